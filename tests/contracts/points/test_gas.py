"""What an award costs. The bounds are goals: going over one is a decision, not an accident."""

from .model import pack


def wallets(count: int, first: int) -> list[str]:
    """Addresses with no zero bytes in them, which are the dearest."""
    return [f"0x{'1f' * 16}{first + number:08x}" for number in range(count)]


def test_500_new_customers(points, issuer, customer):
    """At most 24,850 gas for each of 500 wallets that never had points, everything included."""
    points.award_one(0, customer, 5, sender=issuer)
    tx = points.award(1, pack(*((each, 500) for each in wallets(500, 0x11111111))), sender=issuer)
    assert tx.gas_used / 500 <= 24_850


def test_100_returning_customers(points, issuer):
    """At most 8,050 gas for each of 100 wallets that got points this month before."""
    awards = pack(*((each, 500) for each in wallets(100, 0x11111111)))
    points.award(0, awards, sender=issuer)
    tx = points.award(1, awards, sender=issuer)
    assert tx.gas_used / 100 <= 8_050


def test_one_customer(points, issuer, customer, other_customer):
    """A single award: at most 69,000 gas for a new wallet, 52,000 for a returning one."""
    points.award_one(0, customer, 5, sender=issuer)
    assert points.award_one(1, other_customer, 500, sender=issuer).gas_used <= 69_000
    assert points.award_one(2, other_customer, 500, sender=issuer).gas_used <= 52_000


def test_the_largest_batch_fits_in_a_transaction(points, issuer, customer):
    """650 new wallets stay under the 2**24 gas that a transaction may use (EIP-7825)."""
    points.award_one(0, customer, 5, sender=issuer)
    tx = points.award(1, pack(*((each, 500) for each in wallets(650, 0x11111111))), sender=issuer)
    assert tx.gas_used < 2**24
