"""What it costs: gas is the same on every machine."""

import random

import pytest

from .packing import item


@pytest.fixture
def items(now):
    """A batch for wallets never seen before, bought on different days."""

    def make(count: int, terms: int) -> list[int]:
        numbers = random.Random(1)
        words = []
        for i in range(count):
            wallet = f"0x{numbers.getrandbits(160):040x}"
            words += [numbers.getrandbits(256), item(wallet, terms, now() - i * 86_400)]
        return words

    return make


def test_a_hundred_registrations(warranty, register, issuer, customer, items, free, now):
    """A hundred new customers cost at most 55,000 gas each, all in."""
    register(customer, free, now())  # the issuer's first of the window and of 256 batch numbers
    tx = warranty.register(200, items(100, free), sender=issuer)
    print("register, each of 100:", tx.gas_used / 100)
    assert tx.gas_used <= 100 * 55_000
