"""revoke: an issuer takes points back."""

import ape
import pytest

from .conftest import BUDGET
from .model import ZERO, lot

REFERENCE = b"order 17".ljust(32, b"\0")


def test_takes_back(points, issuer, customer, give):
    """Balance and supply fall; the number is spent and the budget is not touched."""
    give(points, customer, 50)
    points.revoke(0, customer, 20, REFERENCE, "order returned", sender=issuer)
    assert points.balanceOf(customer) == points.totalSupply() == points.lot_supply(lot(2032, 11)) == 30
    assert points.batch_spent(issuer, 0)
    assert points.budget_of(issuer)[2] == BUDGET - 50


def test_tells_how_much_and_why(points, issuer, customer, give):
    """A Transfer to zero, and Revoked with what was taken, what was missing and the reason."""
    give(points, customer, 50)
    tx = points.revoke(0, customer, 20, REFERENCE, "order returned", sender=issuer)
    told = {"account": customer, "issuer": issuer, "reference": REFERENCE, "batch": 0, "reason": "order returned"}
    assert tx.events == [
        points.Transfer(sender=customer, receiver=ZERO, value=20),
        points.Revoked(**told, taken=20, missing=0),
    ]


@pytest.mark.parametrize("amount", [51, 2**256 - 1])
def test_takes_at_most_what_is_there(points, issuer, customer, give, amount):
    """Points already spent are reported missing; the balance never goes below zero."""
    give(points, customer, 50)
    tx = points.revoke(0, customer, amount, REFERENCE, "", sender=issuer)
    assert points.balanceOf(customer) == 0
    told = {"account": customer, "issuer": issuer, "reference": REFERENCE, "batch": 0, "reason": ""}
    assert points.Revoked(**told, taken=50, missing=amount - 50) in tx.events


def test_of_nothing_there_is_no_transfer(points, issuer, customer):
    """A revoke that finds nothing says so, burns nothing and spends its number."""
    tx = points.revoke(0, customer, 20, REFERENCE, "", sender=issuer)
    told = {"account": customer, "issuer": issuer, "reference": REFERENCE, "batch": 0, "reason": ""}
    assert tx.events == [points.Revoked(**told, taken=0, missing=20)]
    assert points.batch_spent(issuer, 0)


def test_takes_the_oldest_first(points, issuer, customer, give, travel, lots):
    """What expires soonest goes first, across the border between two slots."""
    travel(2031, 12, 5)
    give(points, customer, 20)
    travel(2032, 1, 5)
    give(points, customer, 30)
    points.revoke(0, customer, 25, REFERENCE, "", sender=issuer)
    assert lots(points, customer) == {lot(2033, 1): 25}


def test_leaves_expired_points_alone(points, issuer, customer, give, travel):
    """What expired is not there to be taken, and not brought back."""
    give(points, customer, 50)
    travel(2032, 12, 1)
    give(points, customer, 10)
    points.revoke(0, customer, 60, REFERENCE, "", sender=issuer)
    assert (points.balanceOf(customer), points.expired_of(customer)) == (0, 50)


def test_refuses_a_number_seen_before(points, issuer, customer, give):
    """A revoke sent twice takes once, and awards and revokes share their numbers."""
    give(points, customer, 50)
    points.revoke(0, customer, 20, REFERENCE, "", sender=issuer)
    with ape.reverts("issuers: batch already spent"):
        points.revoke(0, customer, 20, REFERENCE, "", sender=issuer)
    with ape.reverts("issuers: batch already spent"):
        points.award_one(0, customer, 20, sender=issuer)
    assert points.balanceOf(customer) == 30


@pytest.mark.parametrize("caller", ["stranger", "owner", "guardian", "former_issuer", "partner", "customer"])
def test_refuses_who_is_no_issuer(points, customer, give, refusal, caller, request):
    """Only an issuer takes points back."""
    give(points, customer, 50)
    sender = request.getfixturevalue(caller)
    why = refusal(points.revoke, 0, customer, 20, REFERENCE, "", sender=sender)
    assert why == "issuers: caller is not an issuer"


def test_refuses_no_amount(points, issuer, customer, refusal):
    """A revoke of nothing is a mistake."""
    assert refusal(points.revoke, 0, customer, 0, REFERENCE, "", sender=issuer) == "points: no amount"


def test_refuses_while_paused(points, issuer, guardian, customer, give, refusal):
    """A pause protects balances from a leaked issuer's key."""
    give(points, customer, 50)
    points.pause(3600, sender=guardian)
    assert refusal(points.revoke, 0, customer, 20, REFERENCE, "", sender=issuer) == "guard: paused"
