"""add_stock: more units of what is on offer."""

import pytest

from .conftest import PRICE, STOCK
from .model import Offer

TOP = 2**32 - 1
OUT = "rewards: stock is out of range"


def test_adds_to_what_is_left(rewards, issuer, buy, bound):
    """What was sold stays sold; the rest grows, and nothing else changes."""
    buy(bound, 20)
    before = rewards.reward_of(bound)
    rewards.add_stock(0, bound, 7, sender=issuer)
    seen = rewards.reward_of(bound)
    assert (seen.stock, seen.sold) == (STOCK - 20 + 7, 20)
    assert (seen.price, seen.start, seen.end, seen.limit) == (before.price, before.start, before.end, before.limit)
    assert rewards.batch_spent(issuer, 0)


def test_tells_it(rewards, issuer, bound):
    """One event, with the batch."""
    tx = rewards.add_stock(3, bound, 7, sender=issuer)
    assert tx.events == [rewards.StockAdded(reward=bound, issuer=issuer, batch=3, quantity=7)]


def test_what_is_sold_out_sells_again(rewards, issuer, customer, rich, sell, refusal):
    """A reward may start with nothing in stock."""
    reward = sell(stock=0)
    assert refusal(rewards.buy, reward, 1, PRICE, sender=customer) == "rewards: out of stock"
    rewards.add_stock(0, reward, 1, sender=issuer)
    assert refusal(rewards.buy, reward, 1, PRICE, sender=customer) is None
    assert refusal(rewards.buy, reward, 2, PRICE, sender=customer) == "rewards: out of stock"


def test_is_charged_to_the_budget(rewards, owner, issuer, bound, refused):
    """No more than the budget of the window, over all rewards."""
    rewards.set_issuer(issuer, 10, 3_600, sender=owner)
    rewards.add_stock(0, bound, 4, sender=issuer)
    assert rewards.budget_of(issuer)[2] == 6
    with refused("issuers: over budget"):
        rewards.add_stock(1, bound, 7, sender=issuer)
    rewards.add_stock(1, bound, 6, sender=issuer)
    assert rewards.budget_of(issuer)[2] == 0


def test_stock_and_sold_stay_in_range(rewards, owner, issuer, rich, customer, sell, refusal):
    """Together they are at most 2**32 - 1, so that every unit can come back."""
    rewards.set_issuer(issuer, 2**48 - 1, 3_600, sender=owner)
    reward = sell(stock=TOP - 10)
    assert refusal(rewards.add_stock, 0, reward, 11, sender=issuer) == OUT
    assert refusal(rewards.add_stock, 0, reward, 10, sender=issuer) is None
    rewards.buy(reward, 5, PRICE, sender=customer)
    assert refusal(rewards.add_stock, 0, reward, 11, sender=issuer) == OUT
    rewards.add_stock(0, reward, 10, sender=issuer)
    assert refusal(rewards.add_stock, 1, reward, 1, sender=issuer) == OUT
    seen = rewards.reward_of(reward)
    assert (seen.price, seen.stock, seen.sold) == (PRICE, TOP - 5, 5)


@pytest.mark.parametrize("quantity", [2**32, 2**48 - 1])
def test_refuses_what_no_field_holds(rewards, owner, issuer, bound, refusal, quantity):
    """Also what the budget would allow."""
    rewards.set_issuer(issuer, 2**48 - 1, 3_600, sender=owner)
    assert refusal(rewards.add_stock, 0, bound, quantity, sender=issuer) == OUT


def test_refuses_nothing(rewards, issuer, bound, refused):
    """No units are no stock."""
    with refused("rewards: no quantity"):
        rewards.add_stock(0, bound, 0, sender=issuer)


def test_refuses_what_is_not_there_or_closed(rewards, issuer, bound, refused):
    """Only a reward that is on offer grows."""
    with refused("rewards: no such reward"):
        rewards.add_stock(0, 99, 1, sender=issuer)
    rewards.close_reward(bound, sender=issuer)
    with refused("rewards: reward is closed"):
        rewards.add_stock(0, bound, 1, sender=issuer)


def test_a_batch_is_accepted_once(rewards, issuer, bound, refused):
    """One number for everything an issuer does here."""
    rewards.add_stock(0, bound, 1, sender=issuer)
    with refused("issuers: batch already spent"):
        rewards.add_stock(0, bound, 1, sender=issuer)
    with refused("issuers: batch already spent"):
        rewards.create_reward(0, *Offer(9, PRICE, 1), sender=issuer)
    with refused("issuers: batch already spent"):
        rewards.set_price(0, bound, 1, sender=issuer)
