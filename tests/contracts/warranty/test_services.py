"""set_service_centre, is_service_centre, log_service: an item's history."""

import pytest
from ape import chain

from .conftest import DOCUMENT

OTHER = b"\2" * 32


@pytest.fixture
def centre(warranty, owner, accounts):
    """A workshop the brand trusts."""
    warranty.set_service_centre(accounts[9], True, sender=owner)
    return accounts[9]


@pytest.fixture
def bought(register, customer, free, now):
    """A customer's warranty."""
    return register(customer, free, now())


def test_owner_names_centres(warranty, owner, accounts):
    """They come and go, and both is told."""
    tx = warranty.set_service_centre(accounts[9], True, sender=owner)
    assert tx.events == [warranty.ServiceCentreSet(account=accounts[9], allowed=True)]
    assert warranty.is_service_centre(accounts[9])
    assert not warranty.is_service_centre(owner)
    tx = warranty.set_service_centre(accounts[9], False, sender=owner)
    assert tx.events == [warranty.ServiceCentreSet(account=accounts[9], allowed=False)]
    assert not warranty.is_service_centre(accounts[9])


def test_logs_services(warranty, bought, centre):
    """Numbered from 1; the event has kind, document and by whom, and no lock changes."""
    for number, (kind, document) in enumerate(((1, DOCUMENT), (4, OTHER), (2, bytes(32)), (3, DOCUMENT)), 1):
        tx = warranty.log_service(bought, kind, document, sender=centre)
        assert warranty.warranty_of(bought).services == number
        assert tx.events == [
            warranty.MetadataUpdate(_tokenId=bought),
            warranty.ServiceLogged(token_id=bought, centre=centre, kind=kind, number=number, document=document),
        ]


def test_changes_nothing_else(warranty, bought, centre):
    """The warranty reads as before, but for the count."""
    before = tuple(warranty.warranty_of(bought))
    warranty.log_service(bought, 2, DOCUMENT, sender=centre)
    found = tuple(warranty.warranty_of(bought))
    assert (*found[:11], found[11] - 1, *found[12:]) == before
    assert tuple(warranty.claim_of(bought)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(0, "warranty: kind is not from 1 to 4"), (1, None), (4, None), (5, "warranty: kind is not from 1 to 4")],
)
def test_kinds(refusal, bought, centre, kind, reason):
    """There are four."""
    assert refusal("log_service", bought, kind, DOCUMENT, sender=centre) == reason


def test_refuses_an_unknown_id(refusal, centre):
    """What was never registered has no history."""
    assert refusal("log_service", 12345, 1, DOCUMENT, sender=centre) == "warranty: no such warranty"


def test_former_centre(warranty, refusal, owner, bought, centre):
    """Once it is no longer trusted it writes nothing more; what it wrote stays."""
    warranty.log_service(bought, 1, DOCUMENT, sender=centre)
    warranty.set_service_centre(centre, False, sender=owner)
    found = refusal("log_service", bought, 1, DOCUMENT, sender=centre)
    assert found == "warranty: caller is not a service centre"
    assert warranty.warranty_of(bought).services == 1


def test_pause_stops_centres(warranty, refusal, guardian, bought, centre):
    """A centre's key may have leaked as well as an issuer's."""
    warranty.pause(86_400, sender=guardian)
    until = warranty.paused_until()
    chain.mine(timestamp=until - 1)
    assert refusal("log_service", bought, 1, DOCUMENT, sender=centre) == "guard: paused"
    chain.mine(timestamp=until)
    assert refusal("log_service", bought, 1, DOCUMENT, sender=centre) is None
