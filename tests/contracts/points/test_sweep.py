"""sweep: what has expired is written down as burnt."""

import pytest

from .model import ZERO, lot


@pytest.fixture
def aged(points, customer, other_customer, give, travel):
    """The customer's first two lots have expired and two are live; the other one's single lot has expired."""
    give(points, customer, 10)
    give(points, other_customer, 5)
    travel(2031, 12, 5)
    give(points, customer, 20)
    travel(2032, 1, 5)
    give(points, customer, 30)
    travel(2032, 12, 5)
    give(points, customer, 40)
    travel(2033, 1, 1)
    return points


def test_burns_what_expired_and_nothing_else(aged, customer, other_customer, stranger, lots):
    """Balances and the live supply stay; the expired lots are empty afterwards."""
    before = (aged.balanceOf(customer), aged.totalSupply(), lots(aged, customer))
    assert before == (70, 70, {lot(2033, 1): 30, lot(2033, 12): 40})
    aged.sweep([customer, other_customer], sender=stranger)
    assert (aged.balanceOf(customer), aged.totalSupply(), lots(aged, customer)) == before
    assert aged.expired_of(customer) == aged.expired_of(other_customer) == 0
    assert aged.lot_supply(lot(2032, 11)) == aged.lot_supply(lot(2032, 12)) == 0


def test_tells_for_each_account(aged, customer, other_customer, stranger):
    """A Transfer to zero and an Expired for each account that had something, none for the rest."""
    tx = aged.sweep([stranger, customer, other_customer], sender=stranger)
    assert tx.events == [
        aged.Transfer(sender=customer, receiver=ZERO, value=30),
        aged.Expired(account=customer, amount=30),
        aged.Transfer(sender=other_customer, receiver=ZERO, value=5),
        aged.Expired(account=other_customer, amount=5),
    ]


def test_finds_nothing_a_second_time(aged, customer, stranger):
    """An account named twice, or swept again, is burnt once."""
    tx = aged.sweep([customer, customer], sender=stranger)
    assert len(tx.events) == 2
    assert aged.sweep([customer], sender=stranger).events == []
    assert aged.expired_of(customer) == 0


def test_leaves_others_expired_lots(aged, customer, other_customer, stranger):
    """An account that is not named keeps its expired lot on the books."""
    aged.sweep([customer], sender=stranger)
    assert aged.expired_of(other_customer) == aged.lot_supply(lot(2032, 11)) == 5


def test_makes_no_difference_to_spending(aged, customer, partner, stranger, lots):
    """Spending before or after a sweep takes the same lots."""
    aged.transfer(partner, 35, sender=customer)
    aged.sweep([customer], sender=stranger)
    aged.transfer(partner, 5, sender=customer)
    assert lots(aged, customer) == {lot(2033, 12): 30}
    assert lots(aged, partner) == {lot(2033, 1): 30, lot(2033, 12): 10}


def test_reaches_lots_that_expired_long_ago(points, customer, stranger, give, travel):
    """A single point forgotten for twenty years is still found, in the first lot there ever was, and told."""
    give(points, customer, 1)
    travel(2052, 6, 1)
    give(points, customer, 5)
    assert points.expired_of(customer) == 1
    tx = points.sweep([customer], sender=stranger)
    assert tx.events == [
        points.Transfer(sender=customer, receiver=ZERO, value=1),
        points.Expired(account=customer, amount=1),
    ]
    assert (points.expired_of(customer), points.balanceOf(customer)) == (0, 5)


def test_takes_200_accounts_and_none(points, customer, stranger, give, travel, refusal):
    """From no account to 200; more are refused."""
    give(points, customer, 10)
    travel(2033, 1, 1)
    others = [f"0x{number:040x}" for number in range(1, 200)]
    assert points.sweep([], sender=stranger).events == []
    assert len(points.sweep([*others, customer], sender=stranger).events) == 2
    assert refusal(points.sweep, [*others, customer, customer], sender=stranger) is not None


def test_never_touches_points_without_expiry(eternal_points, customer, stranger, give, travel):
    """With a validity of 0 there is nothing to sweep, ever."""
    give(eternal_points, customer, 10)
    travel(2100, 3, 1)
    assert eternal_points.sweep([customer], sender=stranger).events == []
    assert (eternal_points.balanceOf(customer), eternal_points.expired_of(customer)) == (10, 0)
