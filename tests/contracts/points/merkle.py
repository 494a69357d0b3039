"""Merkle trees over (account, cumulative amount), in plain Python: what an issuer publishes and customers prove with."""

from typing import Any

from eth_abi import encode
from eth_utils import keccak


def leaf(account: Any, cumulative: int) -> bytes:
    """The double hash of the two ABI words."""
    return keccak(keccak(encode(["address", "uint256"], [str(account), cumulative])))


def parent(one: bytes, other: bytes) -> bytes:
    """The hash of a pair, the smaller first."""
    return keccak(min(one, other) + max(one, other))


class Tree:
    """A binary heap with the root at 0 and the leaves at its end, the smallest hash last."""

    def __init__(self, *values: tuple[Any, int]) -> None:
        leaves = sorted(leaf(*each) for each in values)
        self.nodes = [b""] * (len(leaves) - 1) + leaves[::-1]
        for at in reversed(range(len(leaves) - 1)):
            self.nodes[at] = parent(self.nodes[2 * at + 1], self.nodes[2 * at + 2])

    @property
    def root(self) -> bytes:
        return self.nodes[0]

    def proof(self, account: Any, cumulative: int) -> list[bytes]:
        return self.path(self.nodes.index(leaf(account, cumulative)))

    def path(self, at: int) -> list[bytes]:
        """The siblings from a node up to the root."""
        siblings = []
        while at:
            siblings.append(self.nodes[at + 1 if at % 2 else at - 1])
            at = (at - 1) // 2
        return siblings


def line(account: Any, cumulative: int, length: int) -> int:
    """A claim as claim_many takes it: account (160 bits), length of the proof (8), cumulative amount (88)."""
    return int(str(account), 16) << 96 | length << 88 | cumulative
