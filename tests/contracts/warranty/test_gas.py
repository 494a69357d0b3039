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
            words += [numbers.getrandbits(256), item(wallet, terms, now() - i * 86_400, 1 + i)]
        return words

    return make


@pytest.mark.parametrize("terms", [1, 2, 3, 4])
def test_a_hundred_registrations(warranty, register, issuer, customer, items, free, now, terms):
    """A hundred new customers cost at most 55,000 gas each, all in, where transfers are allowed."""
    register(customer, free, now())  # the issuer's first of the window and of 256 batch numbers
    tx = warranty.register(200, items(100, terms), sender=issuer)
    print("register, each of 100:", tx.gas_used / 100)
    assert tx.gas_used <= 100 * 55_000
