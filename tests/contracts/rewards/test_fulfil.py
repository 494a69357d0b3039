"""fulfil: the shop notes what it has handed over."""

import pytest

from .conftest import POINTS, PRICE
from .model import CANCELLED, FULFILLED, OPEN

NOT_OPEN = "rewards: order is not open"


def states(rewards, *orders: int) -> list[int]:
    return [rewards.order_of(order).state for order in orders]


def test_ends_an_order(rewards, points, issuer, customer, bound, buy):
    """The order is fulfilled; the units stay with their holder and the points stay spent."""
    order, _ = buy(bound, 3)
    other, _ = buy(bound, 1)
    rewards.fulfil(0, [order], sender=issuer)
    assert tuple(rewards.order_of(order)) == (customer, bound, 3, FULFILLED)
    assert states(rewards, other) == [OPEN]
    assert rewards.balanceOf(customer, bound) == rewards.totalSupply(bound) == 4
    assert points.balanceOf(customer) == POINTS - 4 * PRICE
    assert rewards.batch_spent(issuer, 0)


def test_tells_each(rewards, issuer, other_customer, bound, free, buy):
    """One event for each order, in the order of the list."""
    first, second = buy(bound)[0], buy(free, sender=other_customer)[0]
    tx = rewards.fulfil(7, [second, first], sender=issuer)
    assert tx.events == [rewards.Fulfilled(order=order, issuer=issuer, batch=7) for order in (second, first)]
    assert states(rewards, first, second) == [FULFILLED, FULFILLED]


def test_two_hundred_at_once(rewards, issuer, buy_many, refusal):
    """The most that a call takes."""
    orders = buy_many(201)
    assert refusal(rewards.fulfil, 0, orders, sender=issuer) == "execution reverted"
    rewards.fulfil(0, orders[:200], sender=issuer)
    assert states(rewards, orders[0], orders[199], orders[200]) == [FULFILLED, FULFILLED, OPEN]


def test_refuses_an_order_twice(rewards, issuer, bound, buy, refused):
    """Neither in two batches nor in one."""
    order, other = buy(bound)[0], buy(bound)[0]
    with refused(NOT_OPEN):
        rewards.fulfil(0, [order, other, order], sender=issuer)
    rewards.fulfil(0, [order], sender=issuer)
    with refused(NOT_OPEN):
        rewards.fulfil(1, [other, order], sender=issuer)
    assert states(rewards, order, other) == [FULFILLED, OPEN]
    assert not rewards.batch_spent(issuer, 1)


@pytest.mark.parametrize("order", [0, 2, 2**256 - 1])
def test_refuses_what_was_not_ordered(rewards, issuer, bound, buy, refused, order):
    """The number before the first, the one after the last, and the highest."""
    buy(bound)
    with refused(NOT_OPEN):
        rewards.fulfil(0, [order], sender=issuer)


def test_refuses_a_cancelled_order(rewards, issuer, customer, free, buy, refused):
    """What was given back is not owed."""
    order, lots = buy(free)
    rewards.cancel(order, lots, sender=customer)
    with refused(NOT_OPEN):
        rewards.fulfil(0, [order], sender=issuer)
    assert states(rewards, order) == [CANCELLED]


def test_refuses_an_empty_batch(rewards, issuer, refused, bound):
    """A batch number is not spent on nothing."""
    with refused("rewards: empty batch"):
        rewards.fulfil(0, [], sender=issuer)


def test_a_batch_is_accepted_once(rewards, issuer, bound, buy, refused):
    """Sent again with other orders, it does nothing."""
    order, other = buy(bound)[0], buy(bound)[0]
    rewards.fulfil(0, [order], sender=issuer)
    with refused("issuers: batch already spent"):
        rewards.fulfil(0, [other], sender=issuer)


def test_what_was_passed_on_is_still_owed_to_who_ordered(rewards, issuer, customer, other_customer, free, buy):
    """Fulfilment is by order: moving the units does not move it."""
    order, _ = buy(free)
    rewards.safeTransferFrom(customer, other_customer, free, 1, b"", sender=customer)
    rewards.fulfil(0, [order], sender=issuer)
    assert tuple(rewards.order_of(order)) == (customer, free, 1, FULFILLED)
    assert rewards.balanceOf(other_customer, free) == 1
