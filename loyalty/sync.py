"""Transactions that the chain has and the ledger does not: what they paid, and which queued operations that settles.

For a ledger that was restored from an older backup. What the signer sent to the programme's contracts since the newest
block that the ledger knows is looked up, taken apart by its calldata, and matched with operations that still wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from loyalty.chain import Node, Receipt, abi
from loyalty.errors import ChainError, LoyaltyError
from loyalty.indexer import Indexed, refresh
from loyalty.ledger import Ledger, batches, catalogue, index, operations
from loyalty.ledger.operations import Operation
from loyalty.outbox.wire import CONTRACTS, DROP_HEADER, KINDS

SEVERAL = {
    ("points", "award"): "points.award",
    ("points", "award_one"): "points.award",
    ("poap", "drop"): "poap.award",
    ("poap", "award"): "poap.award",
    ("warranty", "register"): "warranty.register",
}
"""Calls that hold operations of one kind, several to a call; of the others a call is one operation, or is only told."""


@dataclass(frozen=True)
class Paid:
    """One thing that a call gave: to whom, how much of what, and the key of the queued operation that it settles (empty: none)."""

    wallet: str
    amount: int
    subject: str
    key: str = ""


@dataclass(frozen=True)
class Found:
    """A transaction that the ledger does not know. ``number`` is its batch number, where its call has one."""

    tx_hash: str
    block_number: int
    noun: str
    function: str
    number: int | None
    paid: tuple[Paid, ...]

    @property
    def matched(self) -> int:
        """How many queued operations it settles."""
        return sum(bool(one.key) for one in self.paid)


@dataclass(frozen=True)
class Synced:
    """What was found, oldest first, up to ``block_number``; whether it was written down; and how far the contracts' events were read."""

    block_number: int
    found: tuple[Found, ...]
    written: bool
    events: Indexed


def sync(
    ledger: Ledger, node: Node, senders: Sequence[str], confirmations: int, *, confirm: bool, rebuild: bool = False
) -> Synced:
    """Find what the chain has of the transactions of the signer and its pool (``senders``) and the ledger does not; with ``confirm`` write it down as paid.

    Only blocks as deep as the network counts final are looked at, so what is written down stays so. Raises LoyaltyError while
    a transaction of the ledger is under way: send settles that first, and stops before anything new.
    """
    events = refresh(ledger, node, rebuild=rebuild)
    for batch in batches.in_state(ledger, node.chain_id, "signed", "sent"):
        if any(node.knows(one.tx_hash) for one in batches.attempts_of(ledger, batch.id)):
            raise LoyaltyError("a transaction of this ledger is still under way; run: loyalty send, then loyalty sync")
    head = max(events.block_number - confirmations, 0)
    waiting = _Waiting(operations.owed(ledger))
    calls = list(_unknown(ledger, node, senders, head))
    found = [_taken_apart(call, waiting) for call in calls]
    if confirm:
        for call, one in zip(calls, found, strict=True):
            batches.adopt(ledger, _row(node.chain_id, one, call), [paid.key for paid in one.paid if paid.key])
    return Synced(head, tuple(found), confirm and bool(found), events)


@dataclass(frozen=True)
class _Call:
    """A transaction of the signer to one of the programme's contracts."""

    noun: str
    contract: str
    signer: str
    nonce: int
    gas: int
    data: bytes
    receipt: Receipt


def _unknown(ledger: Ledger, node: Node, senders: Sequence[str], head: int) -> Iterator[_Call]:
    """What left a log at one of the contracts, came from one of the senders, and is in no batch; in the chain's order."""
    known, start = batches.known(ledger, node.chain_id)
    logs: dict[str, tuple[tuple[int, int], str, str]] = {}
    for noun, deployed in catalogue.deployed(ledger, node.chain_id).items():
        for log in index.rows(ledger, node.chain_id, deployed.address, first=start, last=head):
            if log.tx_hash not in known:
                logs.setdefault(log.tx_hash, (log.position, noun, deployed.address))
    hashes = sorted(logs, key=lambda one: logs[one][0])
    for tx_hash, told in zip(hashes, node.ask_many("eth_getTransactionByHash", [[one] for one in hashes]), strict=True):
        _, noun, address = logs[tx_hash]
        if told is None or str(told.get("to") or "").lower() != address or str(told["from"]).lower() not in senders:
            continue
        receipt = node.receipt(tx_hash)
        if receipt is None:
            raise ChainError(f"{node.where} has the transaction {tx_hash} and not its receipt; try again later")
        nonce, gas = int(told["nonce"], 16), int(told["gas"], 16)
        yield _Call(noun, address, told["from"].lower(), nonce, gas, bytes.fromhex(told["input"][2:]), receipt)


class _Waiting:
    """Operations that are owed and not on chain, each to be settled once."""

    def __init__(self, owed: Sequence[Operation]) -> None:
        self._left = {one.key: one for one in owed}
        self._by_contents: dict[tuple[str, str, int, str], deque[str]] = {}
        for one in owed:
            self._by_contents.setdefault((one.kind, one.wallet, one.amount, _subject(one)), deque()).append(one.key)

    def settle(self, kind: str, paid: Paid) -> Paid:
        """The same, with the key of the oldest operation that it pays, where there is one."""
        keys = self._by_contents.get((kind, paid.wallet, paid.amount, paid.subject), deque())
        while keys:
            if self._left.pop(key := keys.popleft(), None):
                return replace(paid, key=key)
        return paid

    def settle_call(self, noun: str, number: int, signer: str, data: bytes) -> Operation | None:
        """The operation whose own call this is, byte by byte."""
        for one in self._left.values():
            if KINDS[one.kind].noun == noun and _encoded(one, number, signer) == data:
                return self._left.pop(one.key)
        return None


def _subject(operation: Operation) -> str:
    """What an award of points has none of, the event of a badge, the token of a warranty."""
    return operation.subject.partition(" ")[0] if operation.kind in SEVERAL.values() else operation.subject


def _encoded(operation: Operation, number: int, signer: str) -> bytes:
    try:
        return KINDS[operation.kind].encode(number, signer, [operation])
    except (abi.Unsendable, LookupError, ValueError):
        return b""  # it needs something of the chain first, so this call is not it


def _taken_apart(call: _Call, waiting: _Waiting) -> Found:
    function, arguments = abi.call(CONTRACTS[call.noun], call.data)
    number = arguments.get("batch")
    kind = SEVERAL.get((call.noun, function))
    if kind:
        paid = [waiting.settle(kind, one) for one in several(function, arguments)]
    else:
        own = waiting.settle_call(call.noun, number or 0, call.signer, call.data)
        paid = [Paid(own.wallet, own.amount, own.subject, own.key)] if own else []
    return Found(call.receipt.tx_hash, call.receipt.block_number, call.noun, function, number, tuple(paid))


def several(function: str, arguments: dict[str, Any]) -> Iterator[Paid]:
    """What the calls of SEVERAL gave, in the ledger's terms."""
    if "awards" in arguments:
        for word in arguments["awards"]:
            yield Paid(f"0x{word >> 96:040x}", word % 2**96, "")
    elif "items" in arguments:
        items = arguments["items"]
        for token, word in zip(items[::2], items[1::2], strict=True):
            yield Paid(f"0x{word >> 96:040x}", 0, f"0x{token:064x}")
    elif "list" in arguments:
        listed = arguments["list"].removeprefix(DROP_HEADER)
        for first in range(0, len(listed), 20):
            yield Paid(f"0x{listed[first : first + 20].hex()}", 0, str(arguments["event_id"]))
    else:
        wallet = str(arguments.get("account") or arguments["wallet"]).lower()
        yield Paid(wallet, arguments.get("amount", 0), str(arguments.get("event_id", "")))


def _row(chain_id: int, found: Found, call: _Call) -> batches.Adopted:
    kind = SEVERAL.get((found.noun, found.function), f"{found.noun}.{found.function}")
    return batches.Adopted(
        chain_id, call.signer, call.nonce, call.contract, kind, found.number, call.data, call.gas, call.receipt
    )
