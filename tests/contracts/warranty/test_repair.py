"""repair: an approved claim is settled, and the legal guarantee grows."""

import pytest

from .conftest import DOCUMENT
from .model import APPROVED, DAY, IN_REVIEW, OPEN, REPAIRED
from .packing import add_months, unix


def test_adds_to_the_legal_guarantee_alone(warranty, register, customer, served, now, claimed):
    """24 and 36 months with a year for the repair: both end together then, and the end does not move."""
    token_id = register(customer, served, start := now())
    claimed(token_id, REPAIRED)
    found = warranty.warranty_of(token_id)
    assert (found.state, found.start, found.end) == (2, start, add_months(start, 36))
    assert (found.repaired_months, found.extra_months) == (12, 0)
    assert warranty.legal_end(token_id) == add_months(start, 36)
    assert warranty.commercial_end(token_id) == add_months(start, 36)


def test_every_repair_adds(warranty, register, customer, issuer, terms_with, now, claimed, batches):
    """The end is the legal one once that is later; extra months come on top of it, before a repair or after."""
    token_id = register(customer, terms_with(legal=24, commercial=36, repair=9), start := now())
    claimed(token_id, REPAIRED)
    assert (warranty.legal_end(token_id), warranty.endTime(token_id)) == (add_months(start, 33), add_months(start, 36))
    warranty.extend(next(batches), token_id, 5, sender=issuer)
    claimed(token_id, REPAIRED)
    assert (warranty.legal_end(token_id), warranty.endTime(token_id)) == (add_months(start, 42), add_months(start, 47))
    assert warranty.commercial_end(token_id) == add_months(start, 36)
    assert warranty.warranty_of(token_id).repaired_months == 18


def test_settles_and_tells(warranty, register, customer, issuer, terms_with, now, claimed):
    """The warranty can move again; the claim's last step and the new end are told."""
    token_id = register(customer, terms_with(legal=24, repair=12), start := now())
    claimed(token_id, APPROVED)
    tx = warranty.repair(10_000, token_id, 1, DOCUMENT, sender=issuer)
    assert tuple(warranty.claim_of(token_id)) == (1, REPAIRED, 1, now())
    assert not warranty.locked(token_id)
    assert tx.events == [
        warranty.Unlocked(tokenId=token_id),
        warranty.MetadataUpdate(_tokenId=token_id),
        warranty.ClaimChanged(
            token_id=token_id, claim=1, state=REPAIRED, by=issuer, batch=10_000, document=DOCUMENT, reason=""
        ),
        warranty.TokenExpiryUpdated(tokenId=token_id, startTime=start, endTime=add_months(start, 36)),
    ]


def test_terms_may_add_nothing(warranty, register, customer, twice, now, claimed):
    """Without repair months the guarantee stays as long as it was."""
    token_id = register(customer, twice, start := now())
    claimed(token_id, REPAIRED)
    assert warranty.warranty_of(token_id).repaired_months == 0
    assert warranty.legal_end(token_id) == warranty.endTime(token_id) == add_months(start, 24)


@pytest.mark.parametrize(
    ("start", "legal", "repair", "end"),
    [
        ((2031, 1, 31), 12, 1, (2032, 2, 29)),
        ((2028, 2, 29), 45, 3, (2032, 2, 29)),
        ((2028, 2, 29), 48, 12, (2033, 2, 28)),
    ],
)
def test_months_are_added_before_the_calendar(
    warranty, register, customer, terms_with, claimed, start, legal, repair, end
):
    """No short February in between takes a day away."""
    token_id = register(customer, terms_with(legal=legal, repair=repair), unix(*start))
    claimed(token_id, REPAIRED)
    assert warranty.endTime(token_id) == unix(*end)


def test_repair_revives_what_ran_out_meanwhile(
    warranty, refusal, register, customer, issuer, terms_with, now, claimed, travel
):
    """Claimed in time and repaired a month after the end: the year counts from the end, and claims go on."""
    token_id = register(customer, terms_with(legal=24, repair=12), start := now())
    claimed(token_id, APPROVED)
    travel(add_months(start, 25))
    assert warranty.isTokenExpired(token_id)
    warranty.repair(10_000, token_id, 1, DOCUMENT, sender=issuer)
    assert not warranty.isTokenExpired(token_id)
    travel(add_months(start, 36) - 1)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None


def test_many_repairs(web3_warranty, warranty, register, customer, issuer, terms_with, now):
    """Past 255 months the repairs run into no neighbour, and the end is still a date."""
    token_id = register(customer, terms_with(legal=24, repair=255), start := now())
    calls = web3_warranty.functions
    for claim in (1, 2, 3):
        for call in (
            calls.open_claim_for(20_000 + claim, token_id, DOCUMENT),
            calls.approve_claim(20_100 + claim, token_id, claim, DOCUMENT),
            calls.repair(20_200 + claim, token_id, claim, DOCUMENT),
        ):
            call.send(issuer)
    assert warranty.endTime(token_id) == warranty.legal_end(token_id) == add_months(start, 24 + 765)
    found = warranty.warranty_of(token_id)
    assert (found.repaired_months, found.services, found.claims) == (765, 0, 3)
    assert tuple(warranty.claim_of(token_id))[:3] == (3, REPAIRED, 3)


@pytest.mark.parametrize("before", [OPEN, IN_REVIEW, REPAIRED])
def test_refuses_what_is_not_approved(refusal, warranty, register, customer, issuer, served, now, claimed, before):
    """Only an approved claim is settled, and only once."""
    token_id = register(customer, served, now())
    claimed(token_id, before)
    for function, rest in (("repair", ()), ("replace", (7, False)), ("refund", ())):
        found = refusal(function, 10_000, token_id, 1, *rest, DOCUMENT, sender=issuer)
        assert found == "warranty: claim is not at this step"


def test_costs_no_budget(warranty, register, customer, issuer, served, now, claimed):
    """Nothing is issued by a repair."""
    token_id = register(customer, served, now())
    left = warranty.budget_of(issuer)[2]
    claimed(token_id, REPAIRED)
    assert warranty.budget_of(issuer)[2] == left


def test_cool_down_follows(warranty, refusal, register, customer, served, now, claimed, travel):
    """The next claim waits for the cool-down after a repair."""
    token_id = register(customer, served, now())
    claimed(token_id, REPAIRED)
    travel(warranty.claim_of(token_id).closed_at + 30 * DAY - 1)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: too soon after the last claim"
