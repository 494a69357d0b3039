"""ownerOf: one read for any badge, and no answer for what was never issued."""

import pytest

from .model import LISTED, awarded_id, dropped_id


@pytest.fixture
def filled(drop, award, crowd, customer, soulbound):
    """Two lists of 3 and 2 wallets, and one award."""
    drop(soulbound, crowd(3, seed=1))
    drop(soulbound, crowd(2, seed=2))
    award(soulbound, customer)


@pytest.mark.usefixtures("filled")
def test_the_id_of_a_badge_never_issued_has_no_owner(refusal, customer, stranger, crowd, soulbound, passable):
    """Whatever part of the id is wrong: position, list, event, wallet, or a bit that no id uses."""
    first = dropped_id(soulbound, 0, 0)
    nowhere = {
        "position past the first list": dropped_id(soulbound, 0, 3),
        "position past the second list": dropped_id(soulbound, 1, 2),
        "last position": dropped_id(soulbound, 0, 2**16 - 1),
        "list past the last": dropped_id(soulbound, 2, 0),
        "list far past the last": first | 1 << 159,
        "list number that is the first plus 2**32": dropped_id(soulbound, 2**32, 0),
        "event without lists": dropped_id(passable, 0, 0),
        "unknown event": dropped_id(99, 0, 0),
        "no event": dropped_id(0, 0, 0),
        "event plus 2**32": dropped_id(soulbound + 2**32, 0, 0),
        "bit 254": first | 1 << 254,
        "award to another wallet": awarded_id(soulbound, stranger.address),
        "award to a wallet of a list": awarded_id(soulbound, crowd(3, seed=1)[0]),
        "award of another event": awarded_id(passable, customer.address),
        "award of event plus 2**32": awarded_id(soulbound + 2**32, customer.address),
        "award, marked as from a list": LISTED | awarded_id(soulbound, customer.address),
        "from a list, not marked": first & ~LISTED,
        "zero": 0,
        "the highest number": 2**256 - 1,
    }
    for function in ("ownerOf", "tokenURI", "locked", "burnAuth", "getApproved", "burn"):
        answers = {name: refusal(function, badge, sender=stranger) for name, badge in nowhere.items()}
        assert answers == dict.fromkeys(nowhere, "poap: no such badge"), function


@pytest.mark.usefixtures("filled")
def test_a_burnt_badge_has_no_owner(poap, refusal, customer, soulbound):
    """It says that it was burnt, from every view of a badge."""
    badge = awarded_id(soulbound, customer.address)
    poap.burn(badge, sender=customer)
    for function in ("ownerOf", "tokenURI", "locked", "burnAuth", "getApproved", "burn"):
        assert refusal(function, badge, sender=customer) == "poap: badge is burnt"


@pytest.mark.usefixtures("filled")
def test_the_event_is_read_off_the_id(poap, customer, soulbound):
    """For both kinds of id, to the highest event."""
    assert poap.event_of(awarded_id(soulbound, customer.address)) == soulbound
    assert poap.event_of(dropped_id(soulbound, 1, 1)) == soulbound
    assert poap.event_of(awarded_id(2**32 - 1, "0x" + "ff" * 20)) == 2**32 - 1
    assert poap.event_of(dropped_id(2**32 - 1, 2**32 - 1, 2**16 - 1)) == 2**32 - 1


def test_reading_an_owner_costs_the_same_beside_any_number_of_lists(web3_poap, drop, crowd, soulbound):
    """The owner of a badge of the second list and of the ninth."""
    for number in range(9):
        drop(soulbound, crowd(20, seed=number))
    costs = [web3_poap.functions.ownerOf(dropped_id(soulbound, number, 10)).estimate_gas() for number in (1, 8)]
    assert abs(costs[0] - costs[1]) < 100
