"""award_one: points for one customer."""

import ape
import pytest

from .conftest import BUDGET
from .model import ZERO, lot, pack


def test_does_what_a_batch_of_one_does(points, issuer, customer):
    """Balance, supply, budget and batch number change as an award of one line changes them."""
    points.award_one(0, customer, 5, sender=issuer)
    assert points.balanceOf(customer) == points.totalSupply() == points.lot_supply(lot(2032, 11)) == 5
    assert points.budget_of(issuer)[2] == BUDGET - 5
    assert points.batch_spent(issuer, 0)


def test_tells_what_a_batch_of_one_tells(points, issuer, customer):
    """The same two events as an award of one line."""
    tx = points.award_one(0, customer, 5, sender=issuer)
    assert len(tx.events) == 2
    assert points.Transfer(sender=ZERO, receiver=customer, value=5) in tx.events
    assert points.Awarded(issuer=issuer, batch=0, lot=lot(2032, 11), total=5) in tx.events


def test_shares_its_numbers_with_award(points, issuer, customer):
    """A number spent by either is spent for both."""
    points.award_one(0, customer, 5, sender=issuer)
    points.award(1, pack((customer, 5)), sender=issuer)
    with ape.reverts("issuers: batch already spent"):
        points.award(0, pack((customer, 5)), sender=issuer)
    with ape.reverts("issuers: batch already spent"):
        points.award_one(1, customer, 5, sender=issuer)
    assert points.balanceOf(customer) == 10


@pytest.mark.parametrize("caller", ["stranger", "owner", "guardian", "former_issuer"])
def test_refuses_who_is_no_issuer(points, customer, caller, request):
    """Only an issuer awards; the owner is none."""
    with ape.reverts("issuers: caller is not an issuer"):
        points.award_one(0, customer, 5, sender=request.getfixturevalue(caller))
    assert points.totalSupply() == 0


@pytest.mark.parametrize(
    ("account", "amount", "message"),
    [
        (ZERO, 5, "points: award to the zero address"),
        ("0x0000000000000000000000000000000000000001", 0, "points: no amount"),
        ("0x0000000000000000000000000000000000000001", BUDGET + 1, "issuers: over budget"),
    ],
)
def test_refuses(points, issuer, account, amount, message):
    """No wallet, no amount, or more than the budget: nothing is paid and the number stays good."""
    with ape.reverts(message):
        points.award_one(0, account, amount, sender=issuer)
    assert points.totalSupply() == 0
    assert points.budget_of(issuer)[2] == BUDGET
    assert not points.batch_spent(issuer, 0)


def test_refuses_amounts_no_word_can_hold(points, issuer, customer, refusal):
    """Amounts near 2**256 do not wrap round the budget."""
    for amount in (2**64, 2**128, 2**256 - 1):
        assert refusal(points.award_one, 0, customer, amount, sender=issuer) is not None
    points.award_one(0, customer, 5, sender=issuer)
    assert refusal(points.award_one, 1, customer, 2**256 - 5, sender=issuer) is not None


def test_refuses_what_does_not_fit_in_the_lot(deploy, issuer, customer):
    """A lot holds 2**42 - 1 points and not one more."""
    points = deploy(budget=2**48 - 1)
    points.award_one(0, customer, 2**42 - 1, sender=issuer)
    with ape.reverts("points: lot is full"):
        points.award_one(1, customer, 1, sender=issuer)
    assert points.balanceOf(customer) == points.totalSupply() == 2**42 - 1


def test_refuses_while_paused(points, issuer, guardian, customer, refusal):
    """A pause stops single awards too."""
    points.pause(3600, sender=guardian)
    assert refusal(points.award_one, 0, customer, 5, sender=issuer) == "guard: paused"
