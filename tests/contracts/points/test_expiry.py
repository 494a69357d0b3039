"""The views of time: balanceOf, totalSupply, lots_of, nearest_expiry, expired_of, lot_supply."""

import pytest

from .model import expiry, lot, month, unix


@pytest.mark.parametrize(
    ("awarded", "last_second", "gone"),
    [
        ((2031, 12, 1), (2032, 12, 31, 23, 59, 59), (2033, 1, 1)),
        ((2031, 12, 31, 23, 59, 58), (2032, 12, 31, 23, 59, 59), (2033, 1, 1)),
        ((2032, 2, 29), (2033, 2, 28, 23, 59, 59), (2033, 3, 1)),
        ((2035, 2, 28), (2036, 2, 29, 23, 59, 59), (2036, 3, 1)),  # lives through a leap day
        ((2099, 2, 28), (2100, 2, 28, 23, 59, 59), (2100, 3, 1)),  # 2100 has none
        ((2032, 4, 30), (2033, 4, 30, 23, 59, 59), (2033, 5, 1)),
    ],
)
def test_points_live_to_the_end_of_their_month(points, customer, give, travel, awarded, last_second, gone):
    """Awarded on any day of a month, they live to that month's last second a year later."""
    travel(*awarded)
    give(points, customer, 50)
    assert points.nearest_expiry(customer) == (unix(*gone), 50)
    travel(*last_second)
    assert points.balanceOf(customer) == points.totalSupply() == 50
    assert points.expired_of(customer) == 0
    travel(*gone)
    assert points.balanceOf(customer) == points.totalSupply() == 0
    assert points.expired_of(customer) == 50


def test_the_first_second_of_a_month_is_another_lot(points, customer, give, travel, lots):
    """Two awards a moment apart may expire a month apart."""
    travel(2032, 1, 31, 23, 59, 57)
    give(points, customer, 10)
    travel(2032, 2, 1)
    give(points, customer, 20)
    assert lots(points, customer) == {lot(2033, 1): 10, lot(2033, 2): 20}


def test_a_year_of_awards_expires_month_by_month(points, customer, give, travel, lots):
    """Thirteen lots in four slots, each gone when its month ends, the supply always what is spendable."""
    first = lot(2031, 12)
    for number in range(13):
        travel(2031 + (11 + number) // 12, (11 + number) % 12 + 1, 15)
        give(points, customer, 2**number)
    assert lots(points, customer) == {first + 12 + number: 2**number for number in range(13)}
    assert [each.expires for each in points.lots_of(customer)] == [expiry(first + 12 + n) for n in range(13)]
    for number in range(14):
        left = 2**13 - 2**number
        assert points.balanceOf(customer) == points.totalSupply() == left
        assert points.expired_of(customer) == 2**number - 1
        if left:
            assert points.nearest_expiry(customer) == (expiry(first + 12 + number), 2**number)
        travel(expiry(first + 12 + number))


def test_nobody_has_nothing(points, stranger):
    """An account without points has no lots and no expiry."""
    assert points.balanceOf(stranger) == points.expired_of(stranger) == 0
    assert points.lots_of(stranger) == []
    assert points.nearest_expiry(stranger) == (0, 0)


def test_lot_supply_remembers_expired_points_until_swept(points, customer, other_customer, stranger, give, travel):
    """The supply of a past lot is what nobody has swept; the total counts none of it."""
    give(points, customer, 10)
    give(points, other_customer, 5)
    travel(2032, 12, 1)
    assert (points.lot_supply(lot(2032, 11)), points.totalSupply()) == (15, 0)
    points.sweep([customer], sender=stranger)
    assert points.lot_supply(lot(2032, 11)) == 5


def test_points_without_expiry_say_so(eternal_points, customer, give, travel):
    """With a validity of 0 there is one lot, 0, that expires never."""
    give(eternal_points, customer, 50)
    travel(2100, 3, 1)
    assert [tuple(each) for each in eternal_points.lots_of(customer)] == [(0, 0, 50)]
    assert eternal_points.nearest_expiry(customer) == (0, 50)
    assert eternal_points.balanceOf(customer) == eternal_points.totalSupply() == eternal_points.lot_supply(0) == 50


@pytest.mark.parametrize("validity", [1, 5, 6, 7, 120])
def test_every_validity_counts_from_the_month_of_the_award(deploy, customer, give, validity):
    """The lot is the month of the award and the validity, in whatever slot that falls."""
    points = deploy(validity=validity)
    tx = give(points, customer, 50)
    expected = month(tx.timestamp) + validity
    assert [tuple(each) for each in points.lots_of(customer)] == [(expected, expiry(expected), 50)]
    assert points.balanceOf(customer) == points.totalSupply() == points.lot_supply(expected) == 50
