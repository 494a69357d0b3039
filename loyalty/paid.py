"""What the ledger says its transactions did, beside what the chain says they called: each difference by operation, wallet and transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty import units
from loyalty.chain import Node, abi
from loyalty.ledger import Ledger, batches, operations
from loyalty.ledger.batches import Batch
from loyalty.ledger.operations import Operation
from loyalty.outbox.wire import CONTRACTS, KINDS
from loyalty.sync import SEVERAL, several

_PAGE = 200


@dataclass(frozen=True)
class Difference:
    """One thing that does not agree, as a sentence, and what it is about: an operation's key, a wallet, a transaction (each empty where it is about none)."""

    told: str
    operation: str = ""
    wallet: str = ""
    transaction: str = ""

    def __str__(self) -> str:
        return self.told


def differences(ledger: Ledger, node: Node, with_events: set[str]) -> Iterator[Difference]:
    """Where an operation that the ledger counts as paid, and the transaction that paid it, say two things.

    ``with_events``: the hashes of all transactions that left an event at one of the contracts.
    """
    mined = batches.in_state(ledger, node.chain_id, "confirmed", "final")
    for first in range(0, len(mined), _PAGE):
        some = mined[first : first + _PAGE]
        asked = node.ask_many("eth_getTransactionByHash", [[one.tx_hash] for one in some])
        for batch, told in zip(some, asked, strict=True):
            yield from _batch(ledger, batch, told, with_events)


def _batch(ledger: Ledger, batch: Batch, told: Any, with_events: set[str]) -> Iterator[Difference]:
    members = operations.of_batch(ledger, batch.id)
    tx_hash = str(batch.tx_hash)
    if told is None or told.get("blockNumber") is None:
        yield from _all(
            members, tx_hash, "the ledger counts it as paid by transaction {tx}, which the chain does not have"
        )
        return
    block = int(told["blockNumber"], 16)
    if block != batch.block_number:
        yield from _all(
            members,
            tx_hash,
            f"the ledger has transaction {{tx}} in block {batch.block_number}, the chain in block {block}",
        )
    if batch.kind == "deploy":
        return
    if str(told.get("to") or "").lower() != batch.contract or str(told["from"]).lower() != batch.signer:
        yield from _all(members, tx_hash, "transaction {tx} is between other accounts than the ledger says")
        return
    wire = KINDS.get(batch.kind)
    if wire and wire.emits and tx_hash not in with_events:
        yield from _all(members, tx_hash, "transaction {tx} left no event: it did nothing")
        return
    data = bytes.fromhex(told["input"][2:])
    if batch.kind in SEVERAL.values():
        yield from _gave(ledger, batch, members, data)
    elif wire:
        yield from _called(batch, members, data)


def _all(members: Sequence[Operation], tx_hash: str, sentence: str) -> Iterator[Difference]:
    for one in members:
        yield Difference(f"{_name(one)}: {sentence.format(tx=tx_hash)}", one.key, one.wallet, tx_hash)


def _gave(ledger: Ledger, batch: Batch, members: Sequence[Operation], data: bytes) -> Iterator[Difference]:
    """A call that holds several of one kind: what it gives, line by line, against the operations bound to it."""
    function, arguments = abi.call(CONTRACTS[KINDS[batch.kind].noun], data)
    given = Counter((one.wallet, one.amount, one.subject) for one in several(function, arguments))
    tx_hash = str(batch.tx_hash)
    left = []
    for one in members:
        line = (one.wallet, one.amount, one.subject.partition(" ")[0])
        if given[line]:
            given[line] -= 1
        else:
            left.append(one)
    rest = list(given.elements())
    for one in left:
        # The line that differs least: of the same wallet, else of the same amount, else any.
        rest.sort(key=lambda line: (line[0] != one.wallet, line[1] != one.amount))
        other = rest.pop(0) if rest else None
        what = f"transaction {tx_hash} gave {_line(*other)}" if other else f"transaction {tx_hash} gave nothing for it"
        yield Difference(
            f"{_name(one)}: the ledger gave {_line(one.wallet, one.amount, one.subject)}, {what}",
            one.key,
            one.wallet,
            tx_hash,
        )
    if batch.reason == batches.FOUND_ON_CHAIN:
        return  # what was not queued here is told by `sync`
    for wallet, amount, subject in rest:
        key, why = _unbound(ledger, batch.kind, wallet, amount)
        yield Difference(
            f"transaction {tx_hash} gave {_line(wallet, amount, subject)}, and {why}", key, wallet, tx_hash
        )


def _unbound(ledger: Ledger, kind: str, wallet: str, amount: int) -> tuple[str, str]:
    """The operation that a payment may have been for, when none is bound to its transaction."""
    for one in operations.of_wallet(ledger, wallet, kind):
        if one.amount == amount and one.state in ("queued", "failed", "cancelled"):
            return one.key, f'the ledger has its operation "{one.key}" as {one.state}'
    return "", "the ledger has no operation for it"


def _called(batch: Batch, members: Sequence[Operation], data: bytes) -> Iterator[Difference]:
    """A call that is one operation's, or several's in a form of its own: encoded anew it must be the same bytes."""
    tx_hash, wire = str(batch.tx_hash), KINDS[batch.kind]
    if len(members) != batch.count and batch.reason != batches.FOUND_ON_CHAIN:
        yield Difference(
            f"transaction {tx_hash} is a call for {batch.count} operations, and the ledger has {len(members)} of them",
            transaction=tx_hash,
        )
        return
    if wire.prepare is not None or not members:
        return  # what such a call says depends on the chain of its moment; what it did is compared event by event
    ordered = sorted(members, key=lambda one: (one.wallet, one.id)) if wire.by_wallet else members
    try:
        same = wire.encode(batch.number or 0, batch.signer, ordered) == data
    except (abi.Unsendable, LookupError, ValueError):
        same = False
    if not same:
        yield from _all(members, tx_hash, "the call of transaction {tx} says something else than the ledger does")


def _name(one: Operation) -> str:
    key = one.key.partition(":")[2]
    return f'{one.kind} "{key}"' + (f" for {units.checksum(one.wallet)}" if units.is_address(one.wallet) else "")


def _line(wallet: str, amount: int, subject: str) -> str:
    what = (
        f"{amount:,} points"
        if amount
        else (f"token {subject}" if subject.startswith("0x") else f"the badge of event {subject.partition(' ')[0]}")
    )
    return f"{what} to {units.checksum(wallet)}"
