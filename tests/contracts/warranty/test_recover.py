"""recover: an issuer takes back what a customer returned in time, and it can be sold again."""

import pytest
from ape import chain

from .conftest import DOCUMENT
from .model import CANCELLED, DAY, REJECTED, REPAIRED
from .packing import add_months

ZERO = "0x" + "0" * 40


def test_takes_it_back(warranty, register, customer, issuer, served, now):
    """The issuer holds it, returned, with its clock standing still."""
    token_id = register(customer, served, now(), production=3)
    warranty.recover(10_000, token_id, "changed their mind", sender=issuer)
    assert tuple(warranty.warranty_of(token_id)) == (
        issuer.address, 6, 0, 0, served, 0, 0, 3, 0, 0, 0, 0, False, False, False, 0, 0
    )  # fmt: skip
    assert (warranty.balanceOf(customer), warranty.balanceOf(issuer)) == (0, 1)
    assert not warranty.isTokenExpired(token_id)
    assert not warranty.locked(token_id)


def test_tells(warranty, register, customer, issuer, served, now):
    """From whom, by whom and why; that the clock stands still and nothing is counted."""
    token_id = register(customer, served, now())
    tx = warranty.recover(10_000, token_id, "changed their mind", sender=issuer)
    assert tx.events == [
        warranty.Transfer(sender=customer, receiver=issuer, token_id=token_id),
        warranty.MetadataUpdate(_tokenId=token_id),
        warranty.TokenExpiryUpdated(tokenId=token_id, startTime=0, endTime=0),
        warranty.TransferCount(tokenId=token_id, owner=issuer, counts=0),
        warranty.Recovered(
            token_id=token_id, holder=customer, issuer=issuer, batch=10_000, reason="changed their mind"
        ),
    ]


@pytest.mark.parametrize(
    ("days", "offset", "reason"),
    [
        (14, 14 * DAY - 1, None),
        (14, 14 * DAY, "warranty: too late to recover"),
        (14, 14 * DAY + 1, "warranty: too late to recover"),
        (14, 0, None),
        (255, 255 * DAY - 1, None),
        (255, 255 * DAY, "warranty: too late to recover"),
        (1, DAY - 1, None),
        (0, 0, "warranty: too late to recover"),
        (0, 1, "warranty: too late to recover"),
    ],
)
def test_window(refusal, register, customer, issuer, terms_with, now, travel, days, offset, reason):
    """So many days from the start, to the second; none where the terms say none."""
    token_id = register(customer, terms_with(recovery=days), start := now())
    if offset:
        travel(start + offset)
    assert refusal("recover", 10_000, token_id, "", sender=issuer) == reason


def test_window_counts_from_the_sale(refusal, warranty, register, shop, customer, issuer, served, now, travel):
    """What stood in a shop for a year can be returned for 14 days after its sale, and from the shop at any time."""
    token_id = register(shop, served)
    travel(now() + 365 * DAY)
    assert refusal("recover", 10_000, token_id, "", sender=issuer) is None
    warranty.transferFrom(shop, customer, token_id, sender=shop)
    sold = now()
    travel(sold + 14 * DAY - 1)
    assert refusal("recover", 10_000, token_id, "", sender=issuer) is None
    travel(sold + 14 * DAY)
    assert refusal("recover", 10_000, token_id, "", sender=issuer) == "warranty: too late to recover"


def test_from_a_shop(warranty, register, shop, issuer, twice):
    """What is not sold yet comes back whatever the terms say of returns."""
    token_id = register(shop, twice)
    warranty.recover(10_000, token_id, "", sender=issuer)
    found = warranty.warranty_of(token_id)
    assert (found.owner, found.state, found.start) == (issuer, 6, 0)


def test_is_sold_again(warranty, register, customer, other_customer, issuer, served, now):
    """The next customer has a warranty of the day of that sale, with all its transfers and claims."""
    token_id = register(customer, served, now())
    warranty.recover(10_000, token_id, "", sender=issuer)
    moment = now() + 40 * DAY
    chain.pending_timestamp = moment
    tx = warranty.transferFrom(issuer, other_customer, token_id, sender=issuer)
    assert tuple(warranty.warranty_of(token_id))[:7] == (
        other_customer.address, 2, moment, add_months(moment, 36), served, 0, 0
    )  # fmt: skip
    assert warranty.transfers_left(token_id) == 2
    assert tx.events == [
        warranty.Transfer(sender=issuer, receiver=other_customer, token_id=token_id),
        warranty.TokenExpiryUpdated(tokenId=token_id, startTime=moment, endTime=add_months(moment, 36)),
    ]


def test_is_returned_and_recovered_again(warranty, refusal, register, customer, issuer, served, now, travel):
    """The window opens anew with each sale."""
    token_id = register(customer, served, now())
    warranty.recover(10_000, token_id, "", sender=issuer)
    travel(now() + 300 * DAY)
    warranty.transferFrom(issuer, customer, token_id, sender=issuer)
    warranty.recover(10_001, token_id, "", sender=issuer)
    assert warranty.ownerOf(token_id) == issuer


def test_nothing_of_the_customers_time_is_left(
    warranty, refusal, register, customer, other_customer, stranger, owner, issuer, served, now, batches, claimed
):
    """Months, transfers, counted claims, cool-down, approval and the customer's flag go; the item's history stays."""
    warranty.set_service_centre(stranger, True, sender=owner)
    token_id = register(customer, served, now(), production=5)
    warranty.extend(next(batches), token_id, 7, sender=issuer)
    claimed(token_id, CANCELLED)
    claimed(token_id, REPAIRED)
    warranty.log_service(token_id, 1, DOCUMENT, sender=stranger)
    warranty.log_service(token_id, 3, DOCUMENT, sender=stranger)
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    warranty.setTransferLimit(token_id, 1, sender=other_customer)
    warranty.approve(stranger, token_id, sender=other_customer)
    warranty.report(token_id, True, True, sender=other_customer)
    tx = warranty.recover(next(batches), token_id, "", sender=issuer)
    assert warranty.Unlocked(tokenId=token_id) in tx.events
    assert tuple(warranty.warranty_of(token_id)) == (
        issuer.address, 6, 0, 0, served, 0, 0, 5, 0, 2, REPAIRED, 2, False, False, False, 0, 0
    )  # fmt: skip
    assert tuple(warranty.claim_of(token_id)) == (2, REPAIRED, 0, 0)
    assert tuple(warranty.flags_of(token_id)) == (False, False, False, False)
    assert warranty.getApproved(token_id) == ZERO
    assert (warranty.transferLimitOf(token_id), warranty.transfers_left(token_id)) == (2, 2)
    warranty.transferFrom(issuer, customer, token_id, sender=issuer)
    assert claimed(token_id) == 3
    assert warranty.claim_of(token_id).counted == 1


def test_issuers_flag_stays(warranty, refusal, register, customer, issuer, served, now):
    """An item the issuers call stolen is recovered, and is still not sold."""
    token_id = register(customer, served, now())
    warranty.flag(10_000, token_id, False, True, sender=issuer)
    tx = warranty.recover(10_001, token_id, "found", sender=issuer)
    assert [event for event in tx.events if event.event_name in ("Locked", "Unlocked")] == []
    assert tuple(warranty.flags_of(token_id)) == (False, False, False, True)
    move = (str(issuer), str(customer), token_id)
    assert refusal("transferFrom", *move, sender=issuer) == "warranty: lost or stolen"
    warranty.flag(10_002, token_id, False, False, sender=issuer)
    assert refusal("transferFrom", *move, sender=issuer) is None


def test_soulbound_is_unlocked_until_it_is_sold(warranty, register, customer, issuer, terms_with, now):
    """What its customer could not pass on can be sold by whom it was returned to."""
    token_id = register(customer, terms_with(transfers=0, recovery=14), now())
    tx = warranty.recover(10_000, token_id, "", sender=issuer)
    assert warranty.Unlocked(tokenId=token_id) in tx.events
    assert not warranty.locked(token_id)
    tx = warranty.transferFrom(issuer, customer, token_id, sender=issuer)
    assert tx.events[-1] == warranty.Locked(tokenId=token_id)


def test_another_issuer_recovers(warranty, owner, register, customer, former_issuer, served, now):
    """It goes to the issuer who takes it back, whoever registered it."""
    warranty.set_issuer(former_issuer, 1, DAY, sender=owner)
    token_id = register(customer, served, now())
    warranty.recover(10_000, token_id, "", sender=former_issuer)
    assert warranty.ownerOf(token_id) == former_issuer
    assert warranty.budget_of(former_issuer)[2] == 1  # taking back is not issuing


def test_what_a_stolen_key_took_comes_back(
    warranty, owner, guardian, register, customer, former_issuer, issuer, served, now
):
    """What a thief recovered to itself is recovered from it by the next issuer, and goes to its customer again."""
    warranty.set_issuer(former_issuer, 1, DAY, sender=owner)
    token_id = register(customer, served, now())
    warranty.recover(10_000, token_id, "", sender=former_issuer)
    warranty.stop_issuer(former_issuer, sender=guardian)
    tx = warranty.recover(10_000, token_id, "taken by a thief", sender=issuer)
    assert tx.events[-1] == warranty.Recovered(
        token_id=token_id, holder=former_issuer, issuer=issuer, batch=10_000, reason="taken by a thief"
    )
    warranty.transferFrom(issuer, customer, token_id, sender=issuer)
    assert (warranty.ownerOf(token_id), warranty.balanceOf(former_issuer)) == (customer, 0)


def test_issuers_own_stock(warranty, register, issuer, served):
    """What the issuer holds itself is returned to itself: it is one warranty still."""
    token_id = register(issuer, served)
    warranty.recover(10_000, token_id, "", sender=issuer)
    assert (warranty.balanceOf(issuer), warranty.warranty_of(token_id).state) == (1, 6)


def test_rejected_claim_does_not_hinder(refusal, register, customer, issuer, served, now, claimed):
    """A closed claim keeps nobody from returning the item."""
    token_id = register(customer, served, now())
    claimed(token_id, REJECTED)
    assert refusal("recover", 10_000, token_id, "", sender=issuer) is None


def test_a_claim_puts_it_off_and_no_further(warranty, refusal, register, customer, issuer, served, now):
    """A thief who claims under it keeps it until the claim is turned down: flagged before, it is taken back then."""
    token_id = register(customer, served, now())
    warranty.open_claim(token_id, DOCUMENT, sender=customer)
    warranty.flag(10_000, token_id, False, True, sender=issuer)
    assert refusal("recover", 10_001, token_id, "", sender=issuer) == "warranty: a claim is open"
    warranty.reject_claim(10_001, token_id, 1, "reported stolen", sender=issuer)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: lost or stolen"
    warranty.recover(10_002, token_id, "reported stolen", sender=issuer)
    assert warranty.ownerOf(token_id) == issuer
