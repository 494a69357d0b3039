"""The longest call the outbox makes of each kind, on a chain that refuses a transaction of more gas than EIP-7825 allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.gas import merkle
from bench.gas.chain import Chain, amounts, wallets, word
from bench.gas.ours import SOULBOUND, buy, create_event, items, sell, set_terms
from bench.gas.rows import OURS, Row
from loyalty.ledger.operations import Operation
from loyalty.outbox.wire import KINDS

CAPPED = ("--enable-tx-gas-limit",)
TEN_YEARS = 3_700 * 86_400  # more than points can be valid


def operation(kind: str, wallet: str = "", subject: str = "", amount: int = 0, **args: Any) -> Operation:
    """One row of the ledger, as far as a call needs it."""
    return Operation(0, "", kind, subject, wallet, None, amount, args, "", "queued", "", 0, 0)


def calls(chain: Chain) -> Iterator[Row]:
    """For each kind that shares calls: as many operations as one call may hold, in the dearest order we know of."""
    for kind, wire in KINDS.items():
        if wire.most > 1 and kind not in MAKERS:
            yield Row("longest", OURS, kind, wire.most, 0)  # not measured
    for kind, maker in MAKERS.items():
        if kind in KINDS:
            wire = KINDS[kind]
            for told, some in maker(chain, kind, wire.most):
                data = wire.encode(chain.next(wire.noun), chain.owner, some)
                yield Row("longest", OURS, f"{kind}, {told}", len(some), chain.gas(chain.at[wire.noun], data))


Made = Iterator[tuple[str, list[Operation]]]


def _awards(chain: Chain, kind: str, most: int) -> Made:
    yield "new wallets", [operation(kind, w, amount=a) for w, a in zip(wallets(most), amounts(most), strict=True)]


def _claims(chain: Chain, kind: str, most: int) -> Made:
    """Proofs as long as in a tree of a million: one of 128 leaves, whose root is proved by 13 hashes more."""
    some, above = wallets(128), [word().to_bytes(32, "big") for _ in range(13)]
    tree = merkle.tree([merkle.leaf("(address,uint256)", wallet, 100) for wallet in some])
    root = merkle.root(tree)
    for partner in above:
        root = merkle.pair(root, partner)
    chain.ours("points", "Points", "publish_epoch", chain.next("points"), root, 12_800)
    yield (
        "new wallets, a tree of a million",
        [
            operation(kind, w, cumulative=100, proof=["0x" + one.hex() for one in merkle.proof(tree, i) + above])
            for i, w in enumerate(some[:most])
        ],
    )


def _numbers(chain: Chain, kind: str, most: int) -> Made:
    yield "no two in one word", [operation(kind, number=str(i << 8)) for i in range(most)]


def _drops(chain: Chain, kind: str, most: int) -> Made:
    some = wallets(2 * most)
    create_event(chain, 1)
    yield "a new event", [operation(kind, w, "1") for w in some[::2]]
    # Every wallet has to be looked up in the list before, as they lie between those of it.
    yield "wallets between those of an earlier list", [operation(kind, w, "1") for w in some[1::2]]


def _drops_again(chain: Chain, kind: str, most: int) -> Made:
    """After the drops: of the first list to a new event, of the second to where the first is now."""
    create_event(chain, 2)
    for told, listed in (("a new event", 0), ("wallets between those of an earlier list", 1)):
        yield told, [operation(kind, subject=f"2 1 {listed}", count=most) for _ in range(most)]


def _registrations(chain: Chain, kind: str, most: int) -> Made:
    set_terms(chain, 1, SOULBOUND)
    words = items(most, 1)
    pairs = zip(words[::2], words[1::2], strict=True)
    yield (
        "soulbound",
        [operation(kind, f"0x{b >> 96:040x}", hex(a), start=b >> 16 & 2**40 - 1, terms=1) for a, b in pairs],
    )


def _orders(chain: Chain, kind: str, most: int) -> Made:
    sell(chain)
    for _ in range(most):
        buy(chain)
    yield "of one reward", [operation(kind, subject=str(order)) for order in range(1, most + 1)]


def _sweeps(chain: Chain, kind: str, most: int) -> Made:
    some = wallets(most)
    chain.ours("points", "Points", "award", chain.next("points"), [int(w, 16) << 96 | 1 for w in some])
    chain.node.ask("evm_increaseTime", TEN_YEARS)
    chain.node.ask("evm_mine")
    yield "one expired month each", [operation(kind, w) for w in some]


MAKERS = {
    "points.award": _awards,
    "points.claim": _claims,
    "points.withdraw": _numbers,
    "poap.award": _drops,
    "poap.again": _drops_again,
    "poap.cancel": _numbers,
    "warranty.register": _registrations,
    "rewards.fulfil": _orders,
    "points.sweep": _sweeps,  # last: it takes the clock ten years ahead
}
