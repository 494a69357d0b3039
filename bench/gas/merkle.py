"""Merkle trees for the rivals, whose leaves differ; every claim here hashes the two of a pair in ascending order. Ours are `loyalty.merkle`'s."""

from __future__ import annotations

from typing import Any

from bench.gas.chain import encode
from loyalty.chain import abi

DEPTH = 10
"""Hashes to prove a leaf of a tree of 1,000."""

CLAIMS = range(1, 6)
"""Whose claims are measured. Number 0 comes before, and is not counted."""


def leaf(types: str, *values: Any) -> bytes:
    """A leaf hashed twice, so that it can never be taken for a pair."""
    return abi.keccak(abi.keccak(encode(types, *values)))


def pair(one: bytes, other: bytes) -> bytes:
    """The node above two."""
    return abi.keccak(min(one, other) + max(one, other))


def tree(leaves: list[bytes]) -> list[list[bytes]]:
    """Every level from the leaves to the root; one without a partner goes up as it is."""
    levels = [leaves]
    while len(below := levels[-1]) > 1:
        alone = below[len(below) // 2 * 2 :]
        levels.append([pair(*below[i : i + 2]) for i in range(0, len(below) - 1, 2)] + alone)
    return levels


def root(levels: list[list[bytes]]) -> bytes:
    """What is published."""
    return levels[-1][0]


def proof(levels: list[list[bytes]], index: int) -> list[bytes]:
    """The partners on the way from a leaf to the root."""
    found = []
    for level in levels[:-1]:
        partner = index ^ 1
        found += level[partner : partner + 1]
        index //= 2
    return found
