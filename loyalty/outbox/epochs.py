"""What the calls about epochs need of the chain as it is when they are formed: the root that stands there now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loyalty.chain import Node
from loyalty.errors import Parked
from loyalty.ledger import Ledger, epochs, operations
from loyalty.ledger.operations import Operation

NO_ROOT = "0x" + "0" * 64


def parent(m: Operation) -> str:
    """The key of the epoch before: each root counts on the points of all earlier ones being there. The first has none."""
    number = int(m.key.rpartition(":")[2])
    return f"{m.kind}:{number - 1}" if number > 1 else ""


def follows(ledger: Ledger, node: Node, address: str, members: Sequence[Operation]) -> list[Operation]:
    """The next epoch, if the contract has this ledger's last one: a root replaces the one before it, whoever published that."""
    before = operations.by_key(ledger, parent(members[0]))
    if root(node, address) != (before.subject if before else NO_ROOT):
        raise Parked(
            "the contract's epoch is not the last one of this ledger, and a new one would take away what it owes; "
            "publish from the ledger that published it, or restore this one from its newest backup"
        )
    return list(members)


def with_proofs(ledger: Ledger, node: Node, address: str, members: Sequence[Operation]) -> list[Operation]:
    """Claims with what they claim: proofs are made for the root that stands, since a new epoch replaces all of them."""
    number = published(ledger, root(node, address))
    if number is None:
        raise Parked("the contract's epoch is none of this ledger's; claim with the ledger that published it")
    tree = epochs.tree(ledger, number)
    if not all(tree.cumulative(m.wallet) for m in members):
        raise Parked("the epoch that owes these claims is not on chain any more; run: loyalty send")
    return [replace(m, args={"cumulative": tree.cumulative(m.wallet), "proof": tree.proof(m.wallet)}) for m in members]


def published(ledger: Ledger, root: str) -> int | None:
    """The epoch of this ledger that has a root."""
    found = operations.with_subject(ledger, "points.epoch", root)
    return int(found.key.rpartition(":")[2]) if found else None


def root(node: Node, address: str) -> str:
    """The root that the contract has now, 0x and 64 digits."""
    found: bytes = node.call("Points", address, "claim_epoch")[1]
    return "0x" + found.hex()
