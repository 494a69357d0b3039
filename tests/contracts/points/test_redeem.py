"""redeem: a customer burns points for something."""

import pytest

from .model import ZERO, lot

REFERENCE = b"order 17".ljust(32, b"\0")


def test_burns_the_callers_points(points, customer, give):
    """Balance and supply fall by what was redeemed."""
    give(points, customer, 50)
    points.redeem(20, REFERENCE, sender=customer)
    assert points.balanceOf(customer) == points.totalSupply() == points.lot_supply(lot(2032, 11)) == 30


def test_tells_what_for(points, customer, give):
    """A Transfer to zero for the token's books, and Redeemed with the shop's reference."""
    give(points, customer, 50)
    tx = points.redeem(20, REFERENCE, sender=customer)
    assert tx.events == [
        points.Transfer(sender=customer, receiver=ZERO, value=20),
        points.Redeemed(account=customer, reference=REFERENCE, amount=20),
    ]


def test_takes_the_oldest_first(points, customer, give, travel, lots):
    """What expires soonest is spent first, across the border between two slots."""
    give(points, customer, 10)
    travel(2031, 12, 5)
    give(points, customer, 20)
    travel(2032, 1, 5)
    give(points, customer, 30)
    points.redeem(15, REFERENCE, sender=customer)
    assert lots(points, customer) == {lot(2032, 12): 15, lot(2033, 1): 30}
    points.redeem(20, REFERENCE, sender=customer)
    assert lots(points, customer) == {lot(2033, 1): 25}
    assert points.totalSupply() == 25


def test_the_last_point_can_be_redeemed(points, customer, give):
    """A balance can be spent to zero."""
    give(points, customer, 50)
    points.redeem(50, REFERENCE, sender=customer)
    assert points.balanceOf(customer) == points.totalSupply() == 0


def test_works_while_paused(points, customer, guardian, give):
    """A pause never locks what a customer has."""
    give(points, customer, 50)
    points.pause(3600, sender=guardian)
    points.redeem(50, REFERENCE, sender=customer)
    assert points.balanceOf(customer) == 0


@pytest.mark.parametrize(
    ("amount", "message"),
    [(0, "points: no amount"), (51, "points: balance is too low"), (2**256 - 1, "points: balance is too low")],
)
def test_refuses(points, customer, other_customer, give, refusal, amount, message):
    """Nothing, and more than there is, cannot be redeemed; another's points do not help."""
    give(points, customer, 50)
    give(points, other_customer, 50)
    assert refusal(points.redeem, amount, REFERENCE, sender=customer) == message


def test_refuses_expired_points(points, customer, give, travel, refusal):
    """In its last second a lot can be redeemed; in the next one it cannot."""
    give(points, customer, 50)
    travel(2032, 11, 30, 23, 59, 59)
    assert refusal(points.redeem, 50, REFERENCE, sender=customer) is None
    travel(2032, 12, 1)
    assert refusal(points.redeem, 1, REFERENCE, sender=customer) == "points: balance is too low"
