"""The indexer: reads the contracts' events from the chain into the ledger, each once, and follows the chain where it turns round.

Anybody may run it, at any time, as often as wanted: it goes on from the last block it read. Where that block is no longer
the chain's, it goes back to the newest one that is. What is in the ledger then is what reading everything again would
give, and `loyalty sync --rebuild` does just that.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from loyalty.chain import Node
from loyalty.chain.log import LogRange
from loyalty.ledger import Ledger, catalogue, index
from loyalty.ledger.index import Cursor
from loyalty.outbox.crash import reached


@dataclass(frozen=True)
class Indexed:
    """How far the events are read now, how many were new, and how many a reorganisation (or a rebuild) took away."""

    block_number: int
    new: int = 0
    dropped: int = 0


def refresh(ledger: Ledger, node: Node, *, rebuild: bool = False) -> Indexed:
    """Read what is new of every contract of the programme, up to one block; with ``rebuild`` from nothing."""
    node.check()
    head, new, dropped = node.block_number(), 0, 0
    for deployed in catalogue.deployed(ledger, node.chain_id).values():
        if rebuild:
            dropped += index.forget(ledger, node.chain_id, deployed.address, None)
        while True:
            dropped += _go_back(ledger, node, deployed.address)
            count, whole = _read(ledger, node, deployed.address, deployed.block_number, head)
            new += count
            if whole:
                break
    return Indexed(head, new, dropped)


def _go_back(ledger: Ledger, node: Node, address: str) -> int:
    """Drop what was read from blocks that are no longer the chain's; how many events those were."""
    cursor = index.cursor(ledger, node.chain_id, address)
    if cursor is None or _stands(node, cursor):
        return 0
    known = index.checkpoints(ledger, node.chain_id, address)
    return index.forget(ledger, node.chain_id, address, next((one for one in known if _stands(node, one)), None))


def _read(ledger: Ledger, node: Node, address: str, deployed: int, head: int) -> tuple[int, bool]:
    """Read one contract's events on from where they were. How many there were, and whether that was all: not where the chain turned round meanwhile."""
    count, cursor = 0, index.cursor(ledger, node.chain_id, address)
    start = deployed if cursor is None else cursor.block_number + 1
    for found in _ahead(node.another().log_ranges(address, [], start, head)):
        if any(log.address != address or not found.first <= log.block_number <= found.last for log in found.logs):
            raise node.nonsense("eth_getLogs")
        if cursor is not None and not _stands(node, cursor):
            return count, False
        after = Cursor(found.last, found.last_hash)
        reached("indexed")
        if not index.append(ledger, node.chain_id, address, cursor, found.logs, after):
            return count, True  # somebody else reads too, and is ahead
        cursor, count = after, count + len(found.logs)
    return count, True


def _ahead(ranges: Iterator[LogRange]) -> Iterator[LogRange]:
    """The same, the next one read while the last one is written."""
    with ThreadPoolExecutor(1, "index") as reader:
        coming = reader.submit(next, ranges, None)
        while (found := coming.result()) is not None:
            coming = reader.submit(next, ranges, None)
            yield found


def _stands(node: Node, cursor: Cursor) -> bool:
    """Whether a block is still the chain's."""
    return node.block_hash(cursor.block_number) == cursor.block_hash
