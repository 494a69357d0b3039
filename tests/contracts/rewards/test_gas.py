"""What selling costs. The bounds are goals: going over one is a decision, not an accident."""

import pytest

from .conftest import PRICE, order_of
from .typed import sign, typed


@pytest.fixture(autouse=True)
def warm(rewards, issuer, buy, other_customer, free):
    """Somebody has bought before and holds points still, and an issuer has been at work: no counter starts from zero."""
    buy(free, 1, sender=other_customer)
    rewards.set_price(0, free, PRICE, sender=issuer)


def test_buy(rewards, customer, free):
    """A customer's first unit of a reward, and one more."""
    assert rewards.buy(free, 1, PRICE, sender=customer).gas_used <= 160_000
    assert rewards.buy(free, 1, PRICE, sender=customer).gas_used <= 143_000


def test_buy_for(rewards, customer, stranger, free, now):
    """The same by signature; the first pays for a word of 256 numbers as well."""
    for number, most in ((0, 194_000), (1, 160_000)):
        message = (customer, free, 1, PRICE, number, now() + 600)
        signature = sign(customer.private_key, typed(rewards, *message))
        assert rewards.buy_for(*message, signature, sender=stranger).gas_used <= most


def test_fulfil(rewards, issuer, buy_many, free):
    """One order, and each of the two hundred that a call takes."""
    orders = buy_many(201)
    rewards.set_price(1, free, PRICE, sender=issuer)  # of the same page of batch numbers
    assert rewards.fulfil(2, orders[:1], sender=issuer).gas_used <= 38_500
    assert rewards.fulfil(3, orders[1:], sender=issuer).gas_used / 200 <= 7_600


def test_cancel(rewards, issuer, customer, free):
    """By the customer and by an issuer, of one lot."""
    first, second, _ = (order_of(rewards.buy(free, 1, PRICE, sender=customer)) for _ in range(3))
    assert rewards.cancel(*first, sender=customer).gas_used <= 75_000
    assert rewards.cancel_for(1, *second, "sold out", sender=issuer).gas_used <= 85_000
