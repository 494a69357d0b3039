"""What a backend is to be told of its operations: noted in the transaction in which it became so, and crossed out once it was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select, update

from loyalty import units
from loyalty.ledger.schema import notices, operations
from loyalty.ledger.store import Ledger


@dataclass(frozen=True)
class Notice:
    """One thing to tell: ``event`` is confirmed, failed or reorged; ``tries`` how often it was tried; times in unix seconds."""

    id: int
    event: str
    key: str
    kind: str
    wallet: str
    customer_id: str | None
    amount: int
    tx_hash: str | None
    reason: str
    tries: int
    created_at: int


def note(
    connection: Connection, which: ColumnElement[bool], event: str, *, tx_hash: str | None = None, reason: str = ""
) -> None:
    """Note an event for each operation that ``which`` selects, in the transaction that makes it so."""
    now = units.now()
    names = ["operation_id", "event", "tx_hash", "reason", "tries", "next_at", "error", "created_at"]
    values = [literal(event), literal(tx_hash), literal(reason), literal(0), literal(now), literal(""), literal(now)]
    rows = select(operations.c.id, *values).where(which).order_by(operations.c.id)
    connection.execute(notices.insert().from_select(names, rows))


def due(ledger: Ledger, now: int, most: int) -> list[Notice]:
    """What is to be told now, oldest first."""
    n, o = notices.c, operations.c
    fields = [
        n.id,
        n.event,
        o.key,
        o.kind,
        o.wallet,
        o.customer_id,
        o.amount,
        n.tx_hash,
        n.reason,
        n.tries,
        n.created_at,
    ]
    statement = (
        select(*fields).join(operations, o.id == n.operation_id).where(n.next_at <= now).order_by(n.id).limit(most)
    )
    with ledger.read() as connection:
        return [Notice(*row) for row in connection.execute(statement)]


def told(ledger: Ledger, which: Sequence[int]) -> None:
    """It was told, and the other side said so."""
    _change(ledger, which, tries=notices.c.tries + 1, next_at=None, error="")


def failed(ledger: Ledger, notice: Notice, error: str, next_at: int | None) -> None:
    """The other side did not say that it has it; ``next_at`` None gives up."""
    _change(ledger, [notice.id], tries=notice.tries + 1, next_at=next_at, error=error[:500])


def counts(ledger: Ledger) -> tuple[int, int]:
    """How many wait to be told, and how many were given up."""
    n = notices.c
    with ledger.read() as connection:
        waiting = connection.scalar(select(func.count()).select_from(notices).where(n.next_at.is_not(None)))
        lost = connection.scalar(select(func.count()).select_from(notices).where(n.next_at.is_(None), n.error != ""))
    return int(waiting or 0), int(lost or 0)


def again(ledger: Ledger) -> int:
    """Try what was given up once more; how many that is."""
    n = notices.c
    with ledger.write() as connection:
        changed = connection.execute(
            update(notices).where(n.next_at.is_(None), n.error != "").values(next_at=units.now(), tries=0)
        )
        return int(changed.rowcount)


def _change(ledger: Ledger, which: Sequence[int], **values: Any) -> None:
    with ledger.write() as connection:
        connection.execute(update(notices).where(notices.c.id.in_(which)).values(**values))
