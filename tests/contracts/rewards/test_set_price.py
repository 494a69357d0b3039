"""set_price: what a unit costs from now on."""

import pytest

from .conftest import POINTS, PRICE
from .model import lot


def test_changes_the_price_alone(rewards, issuer, sell, buy):
    """Stock, what was sold, window, limit and flags stay."""
    reward = sell(start=5, end=2**40 - 1, limit=9, flags=3)
    buy(reward, 2)
    before = rewards.reward_of(reward)
    rewards.set_price(0, reward, 2**64 - 1, sender=issuer)
    assert tuple(rewards.reward_of(reward)) == (2**64 - 1, *tuple(before)[1:])
    rewards.set_price(1, reward, 1, sender=issuer)
    assert tuple(rewards.reward_of(reward)) == (1, *tuple(before)[1:])
    assert rewards.batch_spent(issuer, 0)


def test_tells_it(rewards, issuer, bound):
    """One event, with the batch."""
    tx = rewards.set_price(3, bound, 77, sender=issuer)
    assert tx.events == [rewards.PriceSet(reward=bound, issuer=issuer, batch=3, price=77)]


def test_orders_keep_their_price(rewards, points, issuer, customer, free, buy):
    """What was bought before comes back at what was paid for it."""
    order, lots = buy(free, 2)
    rewards.set_price(0, free, PRICE * 3, sender=issuer)
    assert lots == [lot(2032, 11) << 96 | 2 * PRICE]
    rewards.cancel(order, lots, sender=customer)
    assert points.balanceOf(customer) == POINTS


@pytest.mark.parametrize("price", [0, 2**64, 2**256 - 1])
def test_refuses_what_does_not_fit(rewards, issuer, bound, refused, price):
    """A price is 1 to 2**64 - 1."""
    with refused("rewards: price is out of range"):
        rewards.set_price(0, bound, price, sender=issuer)


def test_refuses_what_is_not_there_or_closed(rewards, issuer, bound, refused):
    """Only a reward that is on offer has a price to change."""
    with refused("rewards: no such reward"):
        rewards.set_price(0, 99, 1, sender=issuer)
    rewards.close_reward(bound, sender=issuer)
    with refused("rewards: reward is closed"):
        rewards.set_price(0, bound, 1, sender=issuer)


def test_costs_no_budget(rewards, owner, issuer, bound):
    """A price puts nothing on offer."""
    left = rewards.budget_of(issuer)[2]
    rewards.set_price(0, bound, 5, sender=issuer)
    assert rewards.budget_of(issuer)[2] == left


def test_a_batch_is_accepted_once(rewards, issuer, bound, refused):
    """An old price sent again does not come back."""
    rewards.set_price(0, bound, 5, sender=issuer)
    rewards.set_price(1, bound, 6, sender=issuer)
    with refused("issuers: batch already spent"):
        rewards.set_price(0, bound, 5, sender=issuer)
    assert rewards.reward_of(bound).price == 6
