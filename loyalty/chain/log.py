"""Contract events as a node gives them."""

from __future__ import annotations

from typing import NamedTuple


class Log(NamedTuple):
    """One contract event. ``data`` is what was not indexed; ``position`` (block, number in it) orders logs in the whole chain."""

    address: str
    topics: tuple[str, ...]
    data: bytes
    block_number: int
    tx_hash: str
    position: tuple[int, int]
    block_hash: str


class LogRange(NamedTuple):
    """What a range of blocks holds, both ends in it; and the hash of its last block."""

    first: int
    last: int
    last_hash: str
    logs: list[Log]
