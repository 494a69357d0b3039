"""What a caller gets back for an operation: the ledger holds it, under its key, and this is how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from loyalty import intake
from loyalty.errors import KeyReused
from loyalty.ledger import Ledger, operations
from loyalty.ledger.operations import New, Operation
from loyalty.outbox.crash import reached


@dataclass(frozen=True)
class Queued:
    """An operation the ledger holds. ``new`` is False when the same key came before; ``state`` says how far it is by now."""

    key: str
    kind: str
    wallet: str
    customer_id: str | None
    amount: int
    state: str
    new: bool
    tx_hash: str | None = None
    note: str = ""
    reason: str = ""


def queue(ledger: Ledger, new: New) -> Queued:
    """Write one operation down, or find it; raises KeyReused."""
    if intake.add_one(ledger, new):
        reached("accepted")
        # As it was written a moment ago: to read it back would take as long as to write it.
        return Queued(
            key=new.key.partition(":")[2],
            kind=new.kind,
            wallet=new.wallet,
            customer_id=new.customer_id,
            amount=new.amount,
            state=new.state,
            new=True,
            note=new.note,
        )
    found = operations.by_key(ledger, new.key)
    assert found is not None
    return seen(found, new=False)


def queue_signed(ledger: Ledger, new: New, clash: Callable[[Operation], str]) -> Queued:
    """Queue what a customer has signed. One that failed gives way: a signature that was wrong or came too late, or a price that changed, must not use the key up.

    Raises KeyReused, in the words that ``clash`` has for what the key stands for already.
    """
    before = operations.by_key(ledger, new.key)
    if before is None:
        return queue(ledger, new)
    if (before.wallet, before.subject, before.amount) != (new.wallet, new.subject, new.amount):
        raise KeyReused(clash(before))
    if before.state != "failed":
        return seen(before, new=False)
    with ledger.write() as connection:
        operations.put(connection, new)
    found = operations.by_key(ledger, new.key)
    assert found is not None
    return seen(found, new=True)


def turned(ledger: Ledger, new: New) -> Queued:
    """Queue setting something that can be set again and again, unless it was last set to just that: on, off and on again are three operations.

    The key of ``new`` names what is set; which turn it is is added here.
    """
    earlier = operations.starting(ledger, f"{new.key}:turn")
    if earlier and (earlier[-1].args, earlier[-1].wallet) == (new.args, new.wallet):
        return seen(earlier[-1], new=False)
    return queue(ledger, replace(new, key=f"{new.key}:turn{len(earlier) + 1}"))


def seen(found: Operation, *, new: bool) -> Queued:
    """An operation of the ledger, as callers see it."""
    return Queued(
        key=found.key.partition(":")[2],
        kind=found.kind,
        wallet=found.wallet,
        customer_id=found.customer_id,
        amount=found.amount,
        state=found.state,
        new=new,
        tx_hash=found.tx_hash,
        note=found.note,
        reason=found.reason,
    )
