"""replace: an approved claim is settled by another item, linked with the old one both ways."""

import pytest
from ape import chain

from .conftest import DOCUMENT, PERIOD
from .model import APPROVED, CANCELLED, CLAIM_REPLACED, DAY, REJECTED, REPAIRED
from .packing import add_months, item, unix

ZERO = "0x" + "0" * 40
NEW = 7


@pytest.fixture
def old(warranty, register, customer, other_customer, issuer, terms_with, now, claimed, batches):
    """A warranty with a past: sold once, extended, repaired, one transfer given up, serviced, and claimed again."""
    terms = terms_with(legal=24, transfers=5, claims=3, cooldown=30, repair=12, recovery=14)
    token_id = register(other_customer, terms, now() - 100 * DAY, production=9)
    warranty.extend(next(batches), token_id, 3, sender=issuer)
    claimed(token_id, REPAIRED)
    warranty.transferFrom(other_customer, customer, token_id, sender=other_customer)
    warranty.setTransferLimit(token_id, 4, sender=customer)
    chain.mine(timestamp=now() + 30 * DAY)
    claimed(token_id, APPROVED)
    return token_id


def test_goes_on_with_the_clock(warranty, customer, issuer, old, now):
    """Start, months, transfers, what was given up, counted claims and cool-down are the old one's; the rest is new."""
    before = warranty.warranty_of(old)
    warranty.replace(10_000, old, 2, NEW, False, DOCUMENT, sender=issuer)
    assert tuple(warranty.warranty_of(NEW)) == (
        customer.address, 2, before.start, before.end, before.terms, 1, 3, 0, 12, 0, 0, 0,
        False, False, False, 0, old,
    )  # fmt: skip
    assert before.end == add_months(before.start, 24 + 12 + 3)
    assert tuple(warranty.claim_of(NEW)) == (0, 0, 2, now())
    assert (warranty.transferLimitOf(NEW), warranty.transfers_left(NEW)) == (4, 3)
    assert not warranty.locked(NEW)


def test_starts_anew(warranty, customer, issuer, old, now):
    """With restart it is a warranty of today: nothing of the old one's history counts."""
    before = warranty.warranty_of(old)
    moment = now() + 500
    chain.pending_timestamp = moment
    warranty.replace(10_000, old, 2, NEW, True, DOCUMENT, sender=issuer)
    assert tuple(warranty.warranty_of(NEW)) == (
        customer.address, 2, moment, add_months(moment, 24), before.terms, 0, 0, 0, 0, 0, 0, 0,
        False, False, False, 0, old,
    )  # fmt: skip
    assert tuple(warranty.claim_of(NEW)) == (0, 0, 0, 0)
    assert (warranty.transferLimitOf(NEW), warranty.transfers_left(NEW)) == (5, 5)


@pytest.mark.parametrize("restart", [False, True])
def test_old_one_is_replaced(warranty, customer, issuer, old, now, restart):
    """It stays with its holder as it was, names the new one, and is locked for good."""
    before = warranty.warranty_of(old)
    warranty.replace(10_000, old, 2, NEW, restart, DOCUMENT, sender=issuer)
    found = warranty.warranty_of(old)
    assert tuple(found) == (
        customer.address, 4, before.start, before.end, before.terms, 1, 3, 9, 12, 2, CLAIM_REPLACED, 0,
        False, False, False, NEW, 0,
    )  # fmt: skip
    assert tuple(warranty.claim_of(old)) == (2, CLAIM_REPLACED, 2, now())
    assert (warranty.locked(old), warranty.transfers_left(old)) == (True, 0)
    assert warranty.ownerOf(NEW) == customer
    assert warranty.balanceOf(customer) == 2


def test_tells_all_of_it(warranty, customer, issuer, old, now):
    """The claim's step, the new token as a registration tells it, and the link."""
    before = warranty.warranty_of(old)
    tx = warranty.replace(10_000, old, 2, NEW, False, DOCUMENT, sender=issuer)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=old),
        warranty.ClaimChanged(
            token_id=old, claim=2, state=CLAIM_REPLACED, by=issuer, batch=10_000, document=DOCUMENT, reason=""
        ),
        warranty.Transfer(sender=ZERO, receiver=customer, token_id=NEW),
        warranty.WarrantyRegistered(token_id=NEW, terms=before.terms, production=0),
        warranty.TokenExpiryUpdated(tokenId=NEW, startTime=before.start, endTime=before.end),
        warranty.Replaced(token_id=old, new_id=NEW, restart=False),
    ]


@pytest.mark.parametrize("restart", [False, True])
def test_soulbound_replacement_is_locked(warranty, register, customer, issuer, soulbound, now, claimed, restart):
    """Under terms without transfers the new token says that it is locked."""
    token_id = register(customer, soulbound, now() - DAY)
    claimed(token_id, APPROVED)
    tx = warranty.replace(10_000, token_id, 1, NEW, restart, DOCUMENT, sender=issuer)
    assert tx.events[-2:] == [
        warranty.Locked(tokenId=NEW),
        warranty.Replaced(token_id=token_id, new_id=NEW, restart=restart),
    ]
    assert warranty.locked(NEW)


def test_used_up_transfers_stay_used_up(warranty, register, customer, other_customer, issuer, terms_with, now, claimed):
    """A replacement without restart brings no transfer back; one with restart does."""
    terms = terms_with(transfers=1)
    for new_id, restart in ((NEW, False), (NEW + 1, True)):
        token_id = register(customer, terms, now())
        warranty.transferFrom(customer, other_customer, token_id, sender=customer)
        claimed(token_id, APPROVED)
        warranty.replace(10_000 + new_id, token_id, 1, new_id, restart, DOCUMENT, sender=issuer)
    assert (warranty.transfers_left(NEW), warranty.locked(NEW)) == (0, True)
    assert (warranty.transfers_left(NEW + 1), warranty.locked(NEW + 1)) == (1, False)


def test_approval_is_not_handed_on(warranty, refusal, register, customer, stranger, issuer, free, now, claimed):
    """Who was approved for the old item has nothing to do with the new one."""
    token_id = register(customer, free, now())
    warranty.approve(stranger, token_id, sender=customer)
    claimed(token_id, APPROVED)
    warranty.replace(10_000, token_id, 1, NEW, False, DOCUMENT, sender=issuer)
    assert warranty.getApproved(NEW) == ZERO
    move = (str(customer), str(stranger), NEW)
    assert refusal("transferFrom", *move, sender=stranger) == "warranty: caller is not approved"


def test_cool_down_goes_on(warranty, refusal, customer, old, issuer, travel, now):
    """Without restart the next claim waits as it would have under the old item."""
    warranty.replace(10_000, old, 2, NEW, False, DOCUMENT, sender=issuer)
    closed = now()
    travel(closed + 30 * DAY - 1)
    assert refusal("open_claim", NEW, DOCUMENT, sender=customer) == "warranty: too soon after the last claim"
    travel(closed + 30 * DAY)
    assert refusal("open_claim", NEW, DOCUMENT, sender=customer) is None


def test_claims_go_on_counting(warranty, refusal, customer, old, issuer, claimed, travel, now):
    """Without restart the third claim of three is the last one, and its number is the new item's first."""
    warranty.replace(10_000, old, 2, NEW, False, DOCUMENT, sender=issuer)
    travel(now() + 30 * DAY)
    assert claimed(NEW, REJECTED) == 1
    travel(now() + 30 * DAY)
    assert refusal("open_claim", NEW, DOCUMENT, sender=customer) == "warranty: no claims left"


def test_restart_waits_for_nothing(warranty, refusal, customer, old, issuer):
    """With restart a claim can be opened at once."""
    warranty.replace(10_000, old, 2, NEW, True, DOCUMENT, sender=issuer)
    assert refusal("open_claim", NEW, DOCUMENT, sender=customer) is None


def test_replaced_again(warranty, customer, issuer, register, free, now, claimed):
    """A replacement can be replaced: each names the one before and the one after."""
    first = register(customer, free, now())
    claimed(first, CLAIM_REPLACED, new_id=NEW, restart=False)
    claimed(NEW, CLAIM_REPLACED, new_id=NEW + 1, restart=True)
    links = [(found.replaces, found.replaced_by) for found in map(warranty.warranty_of, (first, NEW, NEW + 1))]
    assert links == [(0, NEW), (first, NEW + 1), (NEW, 0)]
    assert warranty.balanceOf(customer) == 3


def test_is_replaced_once(warranty, refusal, customer, issuer, register, free, now, claimed):
    """No second item for one claim, nor a second claim for one item."""
    token_id = register(customer, free, now())
    claimed(token_id, CLAIM_REPLACED, new_id=NEW, restart=False)
    again = refusal("replace", 10_000, token_id, 1, NEW + 1, False, DOCUMENT, sender=issuer)
    assert again == "warranty: claim is not at this step"
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: not active"
    assert warranty.warranty_of(token_id).replaced_by == NEW
    assert warranty.warranty_of(NEW + 1).state == 0


def test_refuses_an_id_in_use(warranty, refusal, register, customer, shop, issuer, free, now, claimed):
    """The new item is registered nowhere yet, is not the old one, and has an id."""
    token_id, other = register(customer, free, now()), register(shop, free)
    claimed(token_id, APPROVED)
    for new_id, reason in ((token_id, "registered already"), (other, "registered already"), (0, "id is zero")):
        for restart in (False, True):
            found = refusal("replace", 10_000, token_id, 1, new_id, restart, DOCUMENT, sender=issuer)
            assert found == f"warranty: {reason}"
    assert warranty.claim_of(token_id).state == APPROVED


def test_is_charged_as_one_registration(warranty, refusal, owner, register, customer, issuer, free, now, claimed):
    """It comes out of the issuer's budget, and with that spent it is refused until the next window."""
    one, two = register(customer, free, now()), register(customer, free, now())
    claimed(one, APPROVED)
    claimed(two, APPROVED)
    budget, _, left = warranty.budget_of(issuer)
    warranty.set_issuer(issuer, budget - left + 1, PERIOD, sender=owner)
    assert warranty.budget_of(issuer)[2] == 1
    warranty.replace(10_000, one, 1, NEW, False, DOCUMENT, sender=issuer)
    assert warranty.budget_of(issuer)[2] == 0
    args = (10_001, two, 1, NEW + 1, False, DOCUMENT)
    assert refusal("replace", *args, sender=issuer) == "issuers: over budget"
    assert warranty.claim_of(two).state == APPROVED
    chain.mine(timestamp=(now() // PERIOD + 1) * PERIOD)
    assert refusal("replace", *args, sender=issuer) is None


def test_replaced_item_is_not_registered_again(warranty, refusal, register, customer, issuer, free, now, claimed):
    """Old and new id are both taken."""
    token_id = register(customer, free, now())
    claimed(token_id, CLAIM_REPLACED, new_id=NEW, restart=False)
    for each in (token_id, NEW):
        found = refusal("register", 10_000, [each, item(customer, free)], sender=issuer)
        assert found == "warranty: registered already"


def test_restart_still_fits_in_the_last_year_it_can(warranty, register, customer, issuer, terms_with, now, claimed):
    """From February 2106 on a new start is held at the last second that has room."""
    token_id = register(customer, terms_with(legal=65535), now())
    claimed(token_id, CANCELLED)
    chain.mine(timestamp=unix(2107, 1, 1))
    claimed(token_id, CLAIM_REPLACED, new_id=NEW, restart=True)
    found = warranty.warranty_of(NEW)
    assert (found.owner, found.start, found.terms) == (customer, 2**32 - 1, warranty.warranty_of(token_id).terms)
