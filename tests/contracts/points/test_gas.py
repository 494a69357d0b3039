"""What an award costs. The bounds are goals: going over one is a decision, not an accident."""

from . import signing
from .merkle import Tree, line
from .model import pack
from .test_award_for import FIELDS


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
    """A single award: at most 62,000 gas for a new wallet, 45,000 for a returning one."""
    points.award_one(0, customer, 5, sender=issuer)
    assert points.award_one(1, other_customer, 500, sender=issuer).gas_used <= 62_000
    assert points.award_one(2, other_customer, 500, sender=issuer).gas_used <= 45_000


def test_the_largest_batch_fits_in_a_transaction(points, issuer, customer):
    """650 new wallets stay under the 2**24 gas that a transaction may use (EIP-7825)."""
    points.award_one(0, customer, 5, sender=issuer)
    tx = points.award(1, pack(*((each, 500) for each in wallets(650, 0x11111111))), sender=issuer)
    assert tx.gas_used < 2**24


def test_a_voucher(points, issuer, customer, other_customer, stranger):
    """Cashed for a new wallet: at most 77,000 gas, when its number is not the first of 256; 60,000 the next time."""
    points.award_one(0, customer, 5, sender=issuer)
    gas = []
    for number in range(3):
        account = stranger if number == 0 else other_customer
        values = (account, 500, number, 0, 2**40)
        signature = signing.sign(issuer, signing.typed(points, "Award", FIELDS, values))
        gas.append(points.award_for(issuer, *values, signature, sender=stranger).gas_used)
    assert gas[1] <= 77_000
    assert gas[2] <= 60_000


def test_publishing_an_epoch(points, issuer):
    """At most 60,000 gas, when it is not the first epoch."""
    points.publish_epoch(0, b"\x01" * 32, 500, sender=issuer)
    tx = points.publish_epoch(1, b"\xf1" * 32, 450_000, sender=issuer)
    assert tx.gas_used <= 60_000


def test_claiming(points, issuer, stranger):
    """From a tree of 1,000 wallets: at most 86,000 gas for a wallet that never had points, 52,000 the next time."""
    accounts = wallets(1000, 0x11111111)
    first, second = (Tree(*((each, amount) for each in accounts)) for amount in (250, 500))
    # The leaves of such a tree lie nine or ten levels deep: this one takes ten hashes both times.
    account = next(each for each in accounts if len(first.proof(each, 250)) == len(second.proof(each, 500)) == 10)
    points.publish_epoch(0, first.root, 250_000, sender=issuer)
    assert points.claim(account, 250, first.proof(account, 250), sender=stranger).gas_used <= 86_000
    points.publish_epoch(1, second.root, 250_000, sender=issuer)
    assert points.claim(account, 500, second.proof(account, 500), sender=stranger).gas_used <= 52_000


def test_claiming_for_100(points, issuer, stranger):
    """From the same tree: at most 58,500 gas for each of 100 new wallets, everything included."""
    accounts = wallets(1000, 0x11111111)
    tree = Tree(*((each, 500) for each in accounts))
    points.publish_epoch(0, tree.root, 500_000, sender=issuer)
    proofs = [tree.proof(each, 500) for each in accounts[:100]]
    words = [line(each, 500, len(proof)) for each, proof in zip(accounts, proofs, strict=False)]
    tx = points.claim_many(words, [node for proof in proofs for node in proof], sender=stranger)
    assert tx.gas_used / 100 <= 58_500
