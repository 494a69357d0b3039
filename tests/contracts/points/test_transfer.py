"""transfer: points change hands and keep their months."""

import ape
import pytest

from .model import ZERO, lot


@pytest.fixture
def three_lots(open_points, customer, give, travel):
    """10 points in November's lot, 20 in December's, 30 in January's: the last is in another slot."""
    give(open_points, customer, 10)
    travel(2031, 12, 31, 23, 59)
    give(open_points, customer, 20)
    travel(2032, 1, 1)
    give(open_points, customer, 30)
    return open_points


@pytest.mark.parametrize(
    ("amount", "left", "arrived"),
    [
        (1, {11: 9, 12: 20, 13: 30}, {11: 1}),
        (10, {12: 20, 13: 30}, {11: 10}),
        (11, {12: 19, 13: 30}, {11: 10, 12: 1}),
        (30, {13: 30}, {11: 10, 12: 20}),
        (31, {13: 29}, {11: 10, 12: 20, 13: 1}),
        (60, {}, {11: 10, 12: 20, 13: 30}),
    ],
)
def test_moves_the_oldest_first_and_keeps_their_month(
    three_lots, customer, other_customer, lots, amount, left, arrived
):
    """Each point arrives in the lot that it left, whatever lots and slots the amount spans."""
    december = lot(2031, 12)
    three_lots.transfer(other_customer, amount, sender=customer)
    assert lots(three_lots, customer) == {december + number: held for number, held in left.items()}
    assert lots(three_lots, other_customer) == {december + number: held for number, held in arrived.items()}
    assert three_lots.totalSupply() == 60
    assert three_lots.lot_supply(lot(2032, 12)) == 20


def test_joins_what_the_receiver_has(three_lots, customer, other_customer, give, lots):
    """Points of a month join the receiver's points of that month."""
    give(three_lots, other_customer, 5)
    three_lots.transfer(other_customer, 60, sender=customer)
    assert lots(three_lots, other_customer) == {lot(2032, 11): 10, lot(2032, 12): 20, lot(2033, 1): 35}


def test_to_oneself_changes_nothing(three_lots, customer, lots):
    """A transfer to oneself, of everything, is allowed and moves nothing."""
    before = lots(three_lots, customer)
    three_lots.transfer(customer, 60, sender=customer)
    three_lots.transfer(customer, 15, sender=customer)
    assert lots(three_lots, customer) == before
    assert three_lots.totalSupply() == 60


def test_tells(open_points, customer, other_customer, give):
    """One Transfer, and true is returned."""
    give(open_points, customer, 50)
    assert open_points.transfer.call(other_customer, 20, sender=customer) is True
    tx = open_points.transfer(other_customer, 20, sender=customer)
    assert tx.events == [open_points.Transfer(sender=customer, receiver=other_customer, value=20)]


def test_of_nothing_is_told_too(open_points, customer, other_customer):
    """ERC-20: a transfer of 0 is a normal transfer, even from an empty account."""
    tx = open_points.transfer(other_customer, 0, sender=customer)
    assert tx.events == [open_points.Transfer(sender=customer, receiver=other_customer, value=0)]


def test_expired_points_stay_behind(three_lots, customer, other_customer, travel, lots, refusal):
    """Only live points move, and an expired lot in the same slot is not disturbed."""
    travel(2032, 12, 1)
    assert refusal(three_lots.transfer, other_customer, 51, sender=customer) == "points: balance is too low"
    three_lots.transfer(other_customer, 50, sender=customer)
    assert lots(three_lots, other_customer) == {lot(2032, 12): 20, lot(2033, 1): 30}
    assert (three_lots.balanceOf(customer), three_lots.expired_of(customer)) == (0, 10)
    assert three_lots.expired_of(other_customer) == 0


def test_received_points_expire_with_their_month(three_lots, customer, other_customer, travel):
    """Sending points to a friend does not make them younger."""
    travel(2032, 11, 30, 23, 59, 50)
    three_lots.transfer(other_customer, 10, sender=customer)
    assert three_lots.balanceOf(other_customer) == 10
    travel(2032, 12, 1)
    assert three_lots.balanceOf(other_customer) == 0


@pytest.mark.parametrize("amount", [51, 2**42, 2**128, 2**256 - 1])
def test_refuses_more_than_there_is(open_points, customer, other_customer, give, refusal, amount):
    """More than the balance is refused, also where another lane would have room for the number."""
    give(open_points, customer, 50)
    give(open_points, other_customer, 50)
    assert refusal(open_points.transfer, other_customer, amount, sender=customer) == "points: balance is too low"


def test_refuses_the_zero_address(open_points, customer, give):
    """Burning is redeeming, and says what for."""
    give(open_points, customer, 50)
    with ape.reverts("points: transfer to the zero address"):
        open_points.transfer(ZERO, 20, sender=customer)
    assert open_points.balanceOf(customer) == 50


def test_closed_loop_refuses_customers_among_themselves(points, customer, other_customer, give, refusal):
    """In a closed loop customers cannot trade points, not even none of them."""
    give(points, customer, 50)
    with ape.reverts("points: transfers are closed"):
        points.transfer(other_customer, 20, sender=customer)
    assert refusal(points.transfer, other_customer, 0, sender=customer) == "points: transfers are closed"
    assert refusal(points.transfer, customer, 20, sender=customer) == "points: transfers are closed"
    assert (points.balanceOf(customer), points.balanceOf(other_customer)) == (50, 0)


def test_closed_loop_lets_partners_take_and_give(points, customer, other_customer, partner, give, lots):
    """A customer pays a partner, and a partner gives change; the month stays with the points."""
    give(points, customer, 50)
    points.transfer(partner, 20, sender=customer)
    points.transfer(other_customer, 5, sender=partner)
    assert lots(points, other_customer) == {lot(2032, 11): 5}
    assert (points.balanceOf(customer), points.balanceOf(partner)) == (30, 15)


def test_works_while_paused(points, customer, partner, guardian, give):
    """A pause never locks what a customer has."""
    give(points, customer, 50)
    points.pause(3600, sender=guardian)
    points.transfer(partner, 50, sender=customer)
    assert points.balanceOf(partner) == 50


def test_points_without_expiry_move_too(eternal_points, customer, other_customer, give, travel):
    """Lot 0 moves like any other, at any date."""
    give(eternal_points, customer, 50)
    travel(2090, 5, 5)
    eternal_points.transfer(other_customer, 20, sender=customer)
    assert (eternal_points.balanceOf(customer), eternal_points.balanceOf(other_customer)) == (30, 20)
