"""refund: an approved claim is settled with money, and the warranty ends."""

from .conftest import DOCUMENT
from .model import APPROVED, CLAIM_REFUNDED
from .packing import add_months


def test_ends_the_warranty(warranty, register, customer, issuer, served, now, claimed):
    """All its data stay; it is refunded and locked."""
    token_id = register(customer, served, start := now(), production=3)
    claimed(token_id, CLAIM_REFUNDED)
    assert tuple(warranty.warranty_of(token_id)) == (
        customer.address, 5, start, add_months(start, 36), served, 0, 0, 3, 0, 1, CLAIM_REFUNDED, 0,
        False, False, False, 0, 0,
    )  # fmt: skip
    assert tuple(warranty.claim_of(token_id)) == (1, CLAIM_REFUNDED, 1, now())
    assert (warranty.locked(token_id), warranty.transfers_left(token_id)) == (True, 0)
    assert warranty.balanceOf(customer) == 1


def test_tells(warranty, register, customer, issuer, free, now, claimed):
    """The claim's last step; it was locked by the claim and stays so."""
    token_id = register(customer, free, now())
    claimed(token_id, APPROVED)
    tx = warranty.refund(10_000, token_id, 1, DOCUMENT, sender=issuer)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=token_id),
        warranty.ClaimChanged(
            token_id=token_id, claim=1, state=CLAIM_REFUNDED, by=issuer, batch=10_000, document=DOCUMENT, reason=""
        ),
    ]


def test_is_refunded_once(refusal, register, customer, issuer, free, now, claimed):
    """Nothing settles it a second time, and no claim follows."""
    token_id = register(customer, free, now())
    claimed(token_id, CLAIM_REFUNDED)
    for function, rest in (("repair", ()), ("replace", (7, True)), ("refund", ())):
        found = refusal(function, 10_000, token_id, 1, *rest, DOCUMENT, sender=issuer)
        assert found == "warranty: claim is not at this step"
    assert refusal("open_claim", token_id, DOCUMENT, sender=customer) == "warranty: not active"
    assert refusal("void", 10_000, token_id, "", sender=issuer) == "warranty: refunded"


def test_costs_no_budget(warranty, register, customer, issuer, free, now, claimed):
    """Nothing is issued by a refund."""
    token_id = register(customer, free, now())
    left = warranty.budget_of(issuer)[2]
    claimed(token_id, CLAIM_REFUNDED)
    assert warranty.budget_of(issuer)[2] == left
