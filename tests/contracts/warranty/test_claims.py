"""open_claim, open_claim_for, review_claim, approve_claim, reject_claim, cancel_claim, claim_of."""

import pytest
from ape import chain

from .conftest import DOCUMENT
from .model import (
    APPROVED,
    CANCELLED,
    CLAIM_REFUNDED,
    CLAIM_REPLACED,
    DAY,
    IN_REVIEW,
    NO_BATCH,
    OPEN,
    REJECTED,
    REPAIRED,
)
from .packing import add_months, unix

OTHER = b"\2" * 32
NOTHING = bytes(32)


@pytest.fixture
def bought(register, customer, served, now):
    """Bought today, under terms with everything."""
    return register(customer, served, now())


def changed(warranty, token_id, claim, state, by, batch=NO_BATCH, document=NOTHING, reason=""):
    """The event of a step."""
    return warranty.ClaimChanged(
        token_id=token_id, claim=claim, state=state, by=by, batch=batch, document=document, reason=reason
    )


def test_holder_opens_a_claim(warranty, web3_warranty, customer, bought):
    """It gets number 1, counts, and locks the warranty; the event says who and about what, and of no batch."""
    call = web3_warranty.functions.open_claim(bought, DOCUMENT).call({"from": customer.address})
    assert call == 1
    tx = warranty.open_claim(bought, DOCUMENT, sender=customer)
    assert tuple(warranty.claim_of(bought)) == (1, OPEN, 1, 0)
    found = warranty.warranty_of(bought)
    assert (found.state, found.claims, found.claim_state) == (2, 1, OPEN)
    assert warranty.locked(bought)
    assert tx.events == [
        warranty.Locked(tokenId=bought),
        warranty.MetadataUpdate(_tokenId=bought),
        changed(warranty, bought, 1, OPEN, customer, document=DOCUMENT),
    ]


def test_issuer_opens_a_claim_for_the_holder(warranty, web3_warranty, issuer, bought):
    """As the holder does, and it spends a batch number."""
    call = web3_warranty.functions.open_claim_for(10_000, bought, DOCUMENT).call({"from": issuer.address})
    assert call == 1
    tx = warranty.open_claim_for(10_000, bought, OTHER, sender=issuer)
    assert tuple(warranty.claim_of(bought)) == (1, OPEN, 1, 0)
    assert warranty.batch_spent(issuer, 10_000)
    assert tx.events == [
        warranty.Locked(tokenId=bought),
        warranty.MetadataUpdate(_tokenId=bought),
        changed(warranty, bought, 1, OPEN, issuer, 10_000, OTHER),
    ]


def test_soulbound_was_locked_before(warranty, register, customer, soulbound, now):
    """Where no transfer is left anyway, a claim neither locks nor unlocks."""
    token_id = register(customer, soulbound, now())
    tx = warranty.open_claim(token_id, NOTHING, sender=customer)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=token_id),
        changed(warranty, token_id, 1, OPEN, customer),
    ]
    tx = warranty.cancel_claim(token_id, 1, sender=customer)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=token_id),
        changed(warranty, token_id, 1, CANCELLED, customer),
    ]
    assert warranty.locked(token_id)


def test_review(warranty, issuer, bought, claimed):
    """An open claim is in review, still open and still locked."""
    claimed(bought)
    tx = warranty.review_claim(10_000, bought, 1, sender=issuer)
    assert tuple(warranty.claim_of(bought)) == (1, IN_REVIEW, 1, 0)
    assert warranty.locked(bought)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=bought),
        changed(warranty, bought, 1, IN_REVIEW, issuer, 10_000),
    ]


@pytest.mark.parametrize("before", [OPEN, IN_REVIEW])
def test_approve(warranty, issuer, bought, claimed, before):
    """With or without a review; it stays open until it is settled."""
    claimed(bought, before)
    tx = warranty.approve_claim(10_000, bought, 1, OTHER, sender=issuer)
    assert tuple(warranty.claim_of(bought)) == (1, APPROVED, 1, 0)
    assert warranty.locked(bought)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=bought),
        changed(warranty, bought, 1, APPROVED, issuer, 10_000, OTHER),
    ]


@pytest.mark.parametrize("before", [OPEN, IN_REVIEW, APPROVED])
def test_reject(warranty, issuer, bought, claimed, now, before):
    """At any step until it is settled; it counts, the cool-down begins, and the warranty can move again."""
    claimed(bought, before)
    moment = now() + 1000
    chain.pending_timestamp = moment
    tx = warranty.reject_claim(10_000, bought, 1, "not covered: water", sender=issuer)
    assert tuple(warranty.claim_of(bought)) == (1, REJECTED, 1, moment)
    assert warranty.warranty_of(bought).state == 2
    assert not warranty.locked(bought)
    assert tx.events == [
        warranty.Unlocked(tokenId=bought),
        warranty.MetadataUpdate(_tokenId=bought),
        changed(warranty, bought, 1, REJECTED, issuer, 10_000, reason="not covered: water"),
    ]


@pytest.mark.parametrize("before", [OPEN, IN_REVIEW])
def test_cancel(warranty, customer, bought, claimed, before):
    """The holder withdraws what is not decided; it counts for nothing and no cool-down begins."""
    claimed(bought, before)
    tx = warranty.cancel_claim(bought, 1, sender=customer)
    assert tuple(warranty.claim_of(bought)) == (1, CANCELLED, 0, 0)
    assert not warranty.locked(bought)
    assert tx.events == [
        warranty.Unlocked(tokenId=bought),
        warranty.MetadataUpdate(_tokenId=bought),
        changed(warranty, bought, 1, CANCELLED, customer),
    ]


def test_claims_are_numbered(warranty, customer, bought, claimed, travel, now):
    """One, two, three, whatever became of the one before; numbers of other warranties count apart."""
    assert [claimed(bought, CANCELLED), claimed(bought, CANCELLED), claimed(bought, REJECTED)] == [1, 2, 3]
    travel(now() + 30 * DAY)
    assert claimed(bought) == 4
    assert tuple(warranty.claim_of(bought))[:3] == (4, OPEN, 2)
    assert warranty.warranty_of(bought).claims == 4


def test_claims_of_two_warranties_are_apart(warranty, register, customer, served, now, claimed):
    """A claim under one leaves the other as it was."""
    one, two = register(customer, served, now()), register(customer, served, now())
    claimed(one, APPROVED)
    assert tuple(warranty.claim_of(two)) == (0, 0, 0, 0)
    assert not warranty.locked(two)


@pytest.mark.parametrize("state", [OPEN, IN_REVIEW, APPROVED])
def test_one_claim_at_a_time(refusal, customer, issuer, bought, claimed, state):
    """While one is open no other is opened, by nobody."""
    claimed(bought, state)
    assert refusal("open_claim", bought, DOCUMENT, sender=customer) == "warranty: a claim is open"
    assert refusal("open_claim_for", 10_000, bought, DOCUMENT, sender=issuer) == "warranty: a claim is open"


@pytest.mark.parametrize("state", [OPEN, IN_REVIEW, APPROVED])
def test_an_open_claim_holds_the_warranty(warranty, refusal, customer, stranger, issuer, bought, claimed, state):
    """Neither transferred, nor voided, nor taken back until it is closed."""
    warranty.approve(stranger, bought, sender=customer)
    claimed(bought, state)
    move = (str(customer), str(stranger), bought)
    for sender in (customer, stranger):
        for way in ("transferFrom", "safeTransferFrom"):
            assert refusal(way, *move, sender=sender) == "warranty: a claim is open"
    assert refusal("void", 10_000, bought, "", sender=issuer) == "warranty: a claim is open"
    assert refusal("recover", 10_000, bought, "", sender=issuer) == "warranty: a claim is open"
    warranty.reject_claim(10_000, bought, 1, "", sender=issuer)
    assert refusal("transferFrom", *move, sender=stranger) is None
    assert refusal("void", 10_001, bought, "", sender=issuer) is None
    assert refusal("recover", 10_001, bought, "", sender=issuer) is None


@pytest.mark.parametrize(("offset", "reason"), [(-1, None), (0, "warranty: not covered any more"), (1, ...)])
@pytest.mark.parametrize(
    ("start", "legal", "commercial", "end"),
    [
        ((2028, 2, 29), 48, 24, (2032, 2, 29)),
        ((2031, 8, 31, 23, 59, 59), 1, 6, (2032, 2, 29, 23, 59, 59)),
        ((2031, 1, 31), 25, 0, (2033, 2, 28)),
    ],
)
def test_covered_to_the_last_second(
    refusal, register, terms_with, customer, issuer, travel, start, legal, commercial, end, offset, reason
):
    """A claim is opened until the second before the end, on the last day of February as on any other."""
    token_id = register(customer, terms_with(legal=legal, commercial=commercial), unix(*start))
    travel(unix(*end) + offset)
    reason = "warranty: not covered any more" if reason is ... else reason
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == reason
    assert refusal("open_claim_for", 10_000, token_id, DOCUMENT, sender=issuer) == reason


def test_covered_from_the_first_second(warranty, refusal, register, shop, customer, issuer, served, now):
    """What stands in a shop has no claims; from the second of its sale on it has."""
    token_id = register(shop, served)
    assert refusal("open_claim", token_id, DOCUMENT, sender=shop) == "warranty: not active"
    warranty.transferFrom(shop, customer, token_id, sender=shop)
    assert warranty.startTime(token_id) == now()
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None


def test_extra_months_cover_too(warranty, refusal, register, customer, issuer, twice, now, batches, travel):
    """A warranty that was extended after its end can be claimed under again."""
    token_id = register(customer, twice, start := now())
    travel(add_months(start, 24))
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: not covered any more"
    warranty.extend(next(batches), token_id, 1, sender=issuer)
    travel(add_months(start, 25) - 1)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None


def test_claim_outlives_the_cover(warranty, register, customer, issuer, twice, now, claimed, travel):
    """What was opened in time is decided and settled afterwards."""
    token_id = register(customer, twice, start := now())
    claimed(token_id)
    travel(add_months(start, 30))
    warranty.approve_claim(10_000, token_id, 1, DOCUMENT, sender=issuer)
    warranty.repair(10_001, token_id, 1, DOCUMENT, sender=issuer)
    assert warranty.claim_of(token_id).state == REPAIRED


@pytest.mark.parametrize("state", [REJECTED, REPAIRED])
def test_cool_down(warranty, refusal, customer, issuer, bought, claimed, travel, state):
    """Thirty days after one was closed, to the second, the next can be opened."""
    claimed(bought, state)
    closed = warranty.claim_of(bought).closed_at
    assert closed == chain.blocks.head.timestamp
    for moment in (closed + 1, closed + 30 * DAY - 1):
        travel(moment)
        assert refusal("open_claim", bought, DOCUMENT, sender=customer) == "warranty: too soon after the last claim"
        late = refusal("open_claim_for", 10_000, bought, DOCUMENT, sender=issuer)
        assert late == "warranty: too soon after the last claim"
    travel(closed + 30 * DAY)
    assert refusal("open_claim", bought, DOCUMENT, sender=customer) is None
    assert refusal("open_claim_for", 10_000, bought, DOCUMENT, sender=issuer) is None


def test_no_cool_down_after_a_cancelled_claim(warranty, refusal, customer, bought, claimed, travel, now):
    """A claim that was withdrawn neither starts a cool-down nor ends the one before it."""
    claimed(bought, CANCELLED)
    assert refusal("open_claim", bought, DOCUMENT, sender=customer) is None
    claimed(bought, REJECTED)
    closed = now()
    travel(closed + 30 * DAY)
    claimed(bought, CANCELLED)
    assert tuple(warranty.claim_of(bought)) == (3, CANCELLED, 1, closed)
    assert refusal("open_claim", bought, DOCUMENT, sender=customer) is None


def test_no_cool_down_in_the_terms(warranty, refusal, register, customer, twice, now, claimed):
    """Terms without one let the next claim be opened in the same second."""
    token_id = register(customer, twice, now())
    claimed(token_id, REJECTED)
    assert warranty.claim_of(token_id).closed_at == now()
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None


def test_longest_cool_down(refusal, register, customer, terms_with, now, claimed, travel):
    """The most days that terms can say are waited for to the last second."""
    token_id = register(customer, terms_with(legal=65535, cooldown=65535), now())
    claimed(token_id, REJECTED)
    closed = now()
    travel(closed + 65535 * DAY - 1)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: too soon after the last claim"
    travel(closed + 65535 * DAY)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None


def test_most_claims(warranty, refusal, register, customer, issuer, terms_with, now, claimed):
    """Terms that allow two allow two that count, and a cancelled one beside them."""
    token_id = register(customer, terms_with(claims=2), now())
    for state in (REJECTED, CANCELLED, REPAIRED):
        assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None
        claimed(token_id, state)
    assert tuple(warranty.claim_of(token_id))[:3] == (3, REPAIRED, 2)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: no claims left"
    assert refusal("open_claim_for", 10_000, token_id, DOCUMENT, sender=issuer) == "warranty: no claims left"


def test_last_claim_can_be_cancelled_and_opened_again(warranty, refusal, register, customer, terms_with, now, claimed):
    """Withdrawing the last one gives it back."""
    token_id = register(customer, terms_with(claims=1), now())
    claimed(token_id, CANCELLED)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) is None
    claimed(token_id, REJECTED)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: no claims left"


def test_claims_without_a_bound(warranty, web3_warranty, register, customer, issuer, twice, now):
    """Terms that say nothing allow as many as there are reasons, past 256, and the counts beside stay apart."""
    token_id = register(customer, twice, now())
    calls = web3_warranty.functions

    def send(call, sender):
        sent = call.transact({"from": str(sender), "gas": 300_000})
        assert chain.provider.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)["status"] == 1

    for claim in range(1, 259):
        send(calls.open_claim(token_id, DOCUMENT), customer)
        send(calls.reject_claim(20_000 + claim, token_id, claim, ""), issuer)
    assert tuple(warranty.claim_of(token_id)) == (258, REJECTED, 258, now())
    found = warranty.warranty_of(token_id)
    assert (found.claims, found.services, found.repaired_months) == (258, 0, 0)


@pytest.mark.parametrize("claim", [0, 1, 3, 2**256 - 1])
def test_refuses_another_claims_number(refusal, customer, issuer, bought, claimed, claim):
    """A step names the claim it means: a decision that comes late does not fall on the next claim."""
    claimed(bought, CANCELLED)
    claimed(bought)
    assert refusal("cancel_claim", bought, claim, sender=customer) == "warranty: not the last claim"
    for function, rest in (
        ("review_claim", ()),
        ("approve_claim", (DOCUMENT,)),
        ("reject_claim", ("",)),
        ("repair", (DOCUMENT,)),
        ("replace", (7, False, DOCUMENT)),
        ("refund", (DOCUMENT,)),
    ):
        found = refusal(function, 10_000, bought, claim, *rest, sender=issuer)
        assert found == "warranty: not the last claim"


@pytest.mark.parametrize("says", [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("who", ["holder", "issuer"])
def test_lost_or_stolen_items_have_no_claims(warranty, refusal, customer, issuer, bought, claimed, who, says):
    """Whoever says so: none is opened; one that is open can be rejected or cancelled and goes no further."""

    def said(*says):
        if who == "holder":
            warranty.report(bought, *says, sender=customer)
        else:
            warranty.flag(next(numbers), bought, *says, sender=issuer)

    numbers = iter(range(10_100, 10_200))
    said(*says)
    assert refusal("open_claim", bought, DOCUMENT, sender=customer) == "warranty: lost or stolen"
    assert refusal("open_claim_for", 10_000, bought, DOCUMENT, sender=issuer) == "warranty: lost or stolen"
    said(False, False)
    claimed(bought)
    said(*says)
    assert refusal("review_claim", 10_000, bought, 1, sender=issuer) == "warranty: lost or stolen"
    assert refusal("approve_claim", 10_000, bought, 1, DOCUMENT, sender=issuer) == "warranty: lost or stolen"
    assert refusal("reject_claim", 10_000, bought, 1, "", sender=issuer) is None
    assert refusal("cancel_claim", bought, 1, sender=customer) is None
    said(False, False)
    warranty.approve_claim(10_000, bought, 1, DOCUMENT, sender=issuer)
    said(*says)
    for function, rest in (("repair", ()), ("replace", (7, False)), ("refund", ())):
        found = refusal(function, 10_001, bought, 1, *rest, DOCUMENT, sender=issuer)
        assert found == "warranty: lost or stolen"
    assert refusal("reject_claim", 10_001, bought, 1, "", sender=issuer) is None


def test_holders_claim_while_paused(warranty, refusal, guardian, customer, bought):
    """A pause stops the issuers; a customer's rights have deadlines."""
    warranty.pause(DAY, sender=guardian)
    warranty.open_claim(bought, DOCUMENT, sender=customer)
    warranty.cancel_claim(bought, 1, sender=customer)
    assert warranty.claim_of(bought).state == CANCELLED


def test_only_the_holder_claims(warranty, refusal, register, customer, other_customer, stranger, free, now, issuer):
    """Neither an operator nor an approved account nor the holder before, and the next holder for the one before."""
    token_id = register(customer, free, now())
    warranty.setApprovalForAll(stranger, True, sender=customer)
    warranty.approve(other_customer, token_id, sender=customer)
    for sender in (stranger, other_customer, issuer):
        assert refusal("open_claim", token_id, DOCUMENT, sender=sender) == "warranty: caller is not the holder"
        assert refusal("cancel_claim", token_id, 0, sender=sender) == "warranty: caller is not the holder"
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: caller is not the holder"
    assert refusal("open_claim", token_id, DOCUMENT, sender=other_customer) is None


def test_a_claim_goes_on_with_a_sold_item(warranty, customer, other_customer, bought, claimed):
    """What was closed stays with the warranty: the next holder sees it and takes over the count."""
    claimed(bought, REJECTED)
    closed = warranty.claim_of(bought).closed_at
    warranty.transferFrom(customer, other_customer, bought, sender=customer)
    assert tuple(warranty.claim_of(bought)) == (1, REJECTED, 1, closed)


@pytest.mark.parametrize("state", [REPAIRED, CLAIM_REPLACED, CLAIM_REFUNDED])
def test_settled_claims_are_closed_with_their_time(warranty, bought, claimed, now, state):
    """A settlement is the claim's last state, and the moment is kept."""
    claimed(bought, state, new_id=7, restart=False)
    assert tuple(warranty.claim_of(bought)) == (1, state, 1, now())


def test_unknown_ids_have_no_claims(refusal, customer, issuer):
    """What was never registered cannot be claimed under, nor asked after."""
    assert refusal("claim_of", 12345, sender=customer) == "warranty: no such warranty"
    assert refusal("open_claim", 12345, DOCUMENT, sender=customer) == "warranty: no such warranty"
    assert refusal("cancel_claim", 12345, 0, sender=customer) == "warranty: no such warranty"
    assert refusal("open_claim_for", 10_000, 12345, DOCUMENT, sender=issuer) == "warranty: no such warranty"
