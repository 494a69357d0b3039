"""Operations: each one thing owed to one wallet, under a key that is never used twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, or_, select, update

from loyalty import units
from loyalty.ledger import notices
from loyalty.ledger.schema import batches, operations
from loyalty.ledger.store import Ledger

_SHARE = 500  # rows in a block of a lane's share: an award call's worth
_CHUNK = 500
_RANGES = 100


@dataclass(frozen=True)
class New:
    """An operation as it is asked for. ``args`` is what its kind needs beyond wallet and amount; ``due_at`` 0 is now.

    ``state``: an award that is not sent by itself but paid by an epoch starts as ``earning``, by a voucher as ``vouched``.
    """

    key: str
    kind: str
    wallet: str = ""
    customer_id: str | None = None
    amount: int = 0
    subject: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    due_at: int = 0
    state: str = "queued"


@dataclass(frozen=True)
class Operation:
    """An operation as the ledger holds it. ``state`` is queued, failed, cancelled, earned, vouched, or how far its batch is."""

    id: int
    key: str
    kind: str
    subject: str
    wallet: str
    customer_id: str | None
    amount: int
    args: dict[str, Any]
    note: str
    state: str
    reason: str
    due_at: int
    created_at: int
    tries: int = 0
    tx_hash: str | None = None
    block_number: int | None = None

    @property
    def waits(self) -> bool:
        """Whether it is owed and not on chain yet."""
        return self.state in ("queued", "formed", "signed", "sent")


_TAKEN = list(Operation.__dataclass_fields__)[: -len(("tx_hash", "block_number"))]
_ARGS = _TAKEN.index("args")


@dataclass(frozen=True)
class Group:
    """Queued operations that can share calls: one kind, one subject."""

    kind: str
    subject: str
    count: int
    amount: int
    first_id: int


@dataclass
class Added:
    """What came of adding: how many are new and their amounts' sum, how many were there before, and which cannot be (index, why)."""

    new: int = 0
    amount: int = 0
    known: int = 0
    clashes: list[tuple[int, str]] = field(default_factory=list)


# What people see of an operation: its own state until a batch has it, the batch's from then on.
_SEEN_STATE = case((operations.c.state == "batched", batches.c.state), else_=operations.c.state).label("seen")
# Owed and not on chain yet.
_WAITING = (operations.c.state == "queued") | batches.c.state.in_(("formed", "signed", "sent"))


def add(connection: Connection, wanted: Iterable[New]) -> Added:
    """Insert those whose key is new. The same key with the same contents is known; with others it is a clash, and not written."""
    added = Added()
    indexed = enumerate(wanted)
    while chunk := list(islice(indexed, _CHUNK)):
        found = _by_keys(connection, [new.key for _, new in chunk])
        fresh: dict[str, New] = {}
        for index, new in chunk:
            before = found.get(new.key) or (_contents(fresh[new.key]) if new.key in fresh else None)
            if before is None:
                fresh[new.key] = new
            elif not _same(before, _contents(new)):
                added.clashes.append((index, _clash(new.key, before)))
            else:
                added.known += 1
        if fresh:
            connection.execute(operations.insert(), [_values(new) for new in fresh.values()])
            added.new += len(fresh)
            added.amount += sum(new.amount for new in fresh.values())
    return added


def put(connection: Connection, new: New) -> None:
    """Insert an operation, or give one that was never sent these contents: for what no customer is owed, such as a deployment."""
    values = _values(new)
    changed = connection.execute(
        update(operations)
        .where(operations.c.key == new.key, operations.c.state.in_(("queued", "failed")))
        .values(
            {
                name: values[name]
                for name in ("subject", "wallet", "customer_id", "args", "note", "state", "reason", "tries")
            }
        )
    )
    if changed.rowcount == 0 and new.key not in _by_keys(connection, [new.key]):
        connection.execute(operations.insert(), [values])


def groups(ledger: Ledger, now: int) -> list[Group]:
    """What is queued and due, oldest group first."""
    statement = (
        select(
            operations.c.kind,
            operations.c.subject,
            func.count(),
            func.sum(operations.c.amount),
            func.min(operations.c.id).label("first"),
        )
        .where(operations.c.state == "queued", operations.c.due_at <= now)
        .group_by(operations.c.kind, operations.c.subject)
        .order_by("first")
    )
    with ledger.read() as connection:
        return [
            Group(kind, subject, count, int(amount), first)
            for kind, subject, count, amount, first in connection.execute(statement)
        ]


def take(
    ledger: Ledger,
    kind: str,
    subject: str | None,
    now: int,
    most: int,
    *,
    by_wallet: bool = False,
    share: tuple[int, int] = (0, 1),
) -> list[Operation]:
    """The next queued operations of one kind: oldest first, or lowest wallet first. ``subject`` None takes any.

    ``share`` (i, n) takes of every n blocks of rows the i-th, so that n lanes do not reach for the same; any, where none of those are left.
    """
    order = (operations.c.wallet, operations.c.id) if by_wallet else (operations.c.id,)
    statement = (
        select(*[operations.c[name] for name in _TAKEN])
        .where(operations.c.state == "queued", operations.c.kind == kind, operations.c.due_at <= now)
        .order_by(*order)
        .limit(most)
    )
    if subject is not None:
        statement = statement.where(operations.c.subject == subject)
    part, parts = share
    with ledger.read() as connection:
        for some in (
            (statement.where(operations.c.id / _SHARE % parts == part), statement) if parts > 1 else (statement,)
        ):
            found = [_taken(list(row)) for row in connection.execute(some)]
            if found:
                return found
    return []


def by_key(ledger: Ledger, key: str) -> Operation | None:
    """The operation under ``key``."""
    return next(_seen(ledger, operations.c.key == key), None)


def of_wallet(ledger: Ledger, wallet: str, kind: str = "") -> Iterator[Operation]:
    """A wallet's operations, oldest first; those whose kind starts with ``kind``."""
    return _seen(ledger, operations.c.wallet == wallet, operations.c.kind.startswith(kind))


def starting(ledger: Ledger, start: str) -> list[Operation]:
    """The operations whose key begins with ``start``, oldest first."""
    return list(_seen(ledger, *_begins(start)))


def pending(ledger: Ledger, kind: str, subject: str) -> list[Operation]:
    """The operations of a kind (or of all that begin so) and a subject that are not on chain yet, and have not failed; oldest first."""
    o = operations.c
    return list(_seen(ledger, o.kind.startswith(kind), o.subject == subject, _WAITING))


def existing(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of ``keys`` that stand for an operation."""
    found: set[str] = set()
    for first in range(0, len(keys), _CHUNK):
        found |= set(_by_keys(connection, keys[first : first + _CHUNK]))
    return found


def newest_id(ledger: Ledger) -> int:
    """The id of the newest operation; 0 where there is none."""
    with ledger.read() as connection:
        return int(connection.scalar(select(func.max(operations.c.id))) or 0)


def wallets_since(connection: Connection, newest: int, most: int) -> tuple[int, list[str]]:
    """How many wallets the operations after one have, and some of them, at random."""
    later = operations.c.id > newest
    count = connection.scalar(select(func.count(operations.c.wallet.distinct())).where(later))
    wallets = select(operations.c.wallet).where(later).distinct().subquery()
    some = connection.scalars(select(wallets.c.wallet).order_by(func.random()).limit(most))
    return int(count or 0), list(some)


def owed(ledger: Ledger) -> list[Operation]:
    """The operations that no batch has, queued and failed ones, oldest first."""
    return list(_seen(ledger, operations.c.state.in_(("queued", "failed"))))


def unsettled(ledger: Ledger, most: int | None = 50) -> Iterator[Operation]:
    """Failed operations, newest last, or the first ``most``: what a person must look at."""
    return _seen(ledger, operations.c.state == "failed", limit=most)


def counts(ledger: Ledger) -> dict[str, dict[str, int]]:
    """How many operations of each kind are in each state."""
    statement = (
        select(operations.c.kind, _SEEN_STATE, func.count())
        .select_from(operations.outerjoin(batches, operations.c.batch_id == batches.c.id))
        .group_by(operations.c.kind, "seen")
    )
    found: dict[str, dict[str, int]] = {}
    with ledger.read() as connection:
        for kind, state, count in connection.execute(statement):
            found.setdefault(kind, {})[state] = count
    return found


def waiting(ledger: Ledger, kinds: Sequence[str], subject: str) -> int:
    """How many operations of some kinds are not on chain yet, and have not failed: of ``subject``, or of one that has it for its first word."""
    o = operations.c
    statement = (
        select(func.count())
        .select_from(operations.outerjoin(batches, o.batch_id == batches.c.id))
        .where(o.kind.in_(kinds), (o.subject == subject) | o.subject.startswith(f"{subject} "), _WAITING)
    )
    with ledger.read() as connection:
        return int(connection.scalar(statement) or 0)


def wallets_waiting(ledger: Ledger, kind: str) -> set[str]:
    """The wallets that an operation of a kind is not on chain for yet, and has not failed."""
    flying = batches.c.state.in_(("formed", "signed", "sent"))
    statement = (
        select(operations.c.wallet)
        .select_from(operations.outerjoin(batches, operations.c.batch_id == batches.c.id))
        .where(operations.c.kind == kind, (operations.c.state == "queued") | flying)
    )
    with ledger.read() as connection:
        return set(connection.scalars(statement))


def wallets_failed(ledger: Ledger, kind: str) -> set[str]:
    """The wallets that an operation of a kind has failed for."""
    failed = (operations.c.kind == kind, operations.c.state == "failed")
    with ledger.read() as connection:
        return set(connection.scalars(select(operations.c.wallet).where(*failed)))


def amount_waiting(ledger: Ledger, kind: str) -> int:
    """The sum of a kind's operations that are not on chain yet, failed ones too."""
    mined = batches.c.state.in_(("confirmed", "final"))
    statement = (
        select(func.sum(operations.c.amount))
        .select_from(operations.outerjoin(batches, operations.c.batch_id == batches.c.id))
        .where(operations.c.kind == kind, operations.c.state != "cancelled", ~func.coalesce(mined, False))
    )
    with ledger.read() as connection:
        return int(connection.scalar(statement) or 0)


def with_subject(ledger: Ledger, kind: str, subject: str) -> Operation | None:
    """The first operation of a kind with a subject."""
    return next(_seen(ledger, operations.c.kind == kind, operations.c.subject == subject, limit=1), None)


def arg(connection: Connection, key: str, name: str, default: int) -> int:
    """One of an operation's arguments, where there is such an operation."""
    found = connection.scalar(select(operations.c.args).where(operations.c.key == key))
    return default if found is None else int(json.loads(found).get(name, default))


def sums(ledger: Ledger, kind: str, states: Sequence[str] = ("confirmed", "final")) -> dict[str, int]:
    """What each wallet got of a kind, in amounts, counting operations whose batch is in one of ``states``."""
    statement = (
        select(operations.c.wallet, func.sum(operations.c.amount))
        .select_from(operations.join(batches, operations.c.batch_id == batches.c.id))
        .where(operations.c.state == "batched", operations.c.kind == kind, batches.c.state.in_(states))
        .group_by(operations.c.wallet)
    )
    with ledger.read() as connection:
        return {wallet: int(total) for wallet, total in connection.execute(statement)}


def alike(connection: Connection, starts: Sequence[str]) -> dict[str, int]:
    """How many operations have a key that begins with each of ``starts``."""
    found: dict[str, int] = {}
    for first in range(0, len(starts), _RANGES):
        some = starts[first : first + _RANGES]
        ranges = [and_(*_begins(start)) for start in some]
        for key in connection.scalars(select(operations.c.key).where(or_(*ranges))):
            start = next(one for one in some if key.startswith(one))
            found[start] = found.get(start, 0) + 1
    return found


def mined(ledger: Ledger, keys: Sequence[str]) -> set[str]:
    """Those of ``keys`` whose operation is on chain."""
    statement = (
        select(operations.c.key)
        .select_from(operations.join(batches, operations.c.batch_id == batches.c.id))
        .where(operations.c.key.in_(keys), batches.c.state.in_(("confirmed", "final")))
    )
    with ledger.read() as connection:
        return set(connection.scalars(statement))


def given(ledger: Ledger, kinds: Sequence[str]) -> dict[str, list[str]]:
    """The wallets whose operation of some kinds is mined, by their subject's first word."""
    statement = (
        select(operations.c.subject, operations.c.wallet)
        .select_from(operations.join(batches, operations.c.batch_id == batches.c.id))
        .where(operations.c.kind.in_(kinds), batches.c.state.in_(("confirmed", "final")))
        .order_by(operations.c.id)
    )
    found: dict[str, list[str]] = {}
    with ledger.read() as connection:
        for subject, wallet in connection.execute(statement):
            found.setdefault(subject.partition(" ")[0], []).append(wallet)
    return found


def of_batch(ledger: Ledger, batch_id: int) -> list[Operation]:
    """The operations of one batch, in the order the call has them."""
    return sorted(_seen(ledger, operations.c.batch_id == batch_id), key=lambda o: o.id)


def fail(ledger: Ledger, operation_id: int, reason: str) -> None:
    """End an operation with a reason that a person can act on."""
    waiting = and_(operations.c.id == operation_id, operations.c.state == "queued")
    with ledger.write() as connection:
        if ledger.tells:
            notices.note(connection, waiting, "failed", reason=reason)
        connection.execute(update(operations).where(waiting).values(state="failed", reason=reason))


def needless(ledger: Ledger, ids: Sequence[int], reason: str) -> None:
    """End operations that the chain says are done already, by another way."""
    with ledger.write() as connection:
        for first in range(0, len(ids), _CHUNK):
            some = operations.c.id.in_(ids[first : first + _CHUNK])
            connection.execute(
                update(operations).where(some, operations.c.state == "queued").values(state="cancelled", reason=reason)
            )


def cancel(ledger: Ledger, key: str) -> bool:
    """End an operation that is still queued, or has failed; False when there is none such."""
    with ledger.write() as connection:
        done = connection.execute(
            update(operations)
            .where(operations.c.key == key, operations.c.state.in_(("queued", "failed")))
            .values(state="cancelled", reason="cancelled before it was sent")
        )
        return done.rowcount == 1


def retry(ledger: Ledger) -> int:
    """Queue every failed operation again; how many there were."""
    with ledger.write() as connection:
        done = connection.execute(
            update(operations).where(operations.c.state == "failed").values(state="queued", reason="", tries=0)
        )
        return int(done.rowcount)


def _begins(start: str) -> tuple[Any, Any]:
    """That a key begins with ``start``: as a range, which the index on it answers; the character after the last is its end."""
    return operations.c.key >= start, operations.c.key < start[:-1] + chr(ord(start[-1]) + 1)


def _seen(ledger: Ledger, *conditions: Any, limit: int | None = None) -> Iterator[Operation]:
    statement = (
        select(operations, _SEEN_STATE, batches.c.tx_hash, batches.c.block_number)
        .select_from(operations.outerjoin(batches, operations.c.batch_id == batches.c.id))
        .where(*conditions)
        .order_by(operations.c.id)
        .limit(limit)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    return (_operation(row) for row in rows)


def _taken(fields: list[Any]) -> Operation:
    """Past what a named row costs: hundreds go into each call."""
    fields[_ARGS] = {} if fields[_ARGS] == "{}" else json.loads(fields[_ARGS])
    return Operation(*fields)


def _operation(row: Row[Any]) -> Operation:
    return Operation(
        id=row.id,
        key=row.key,
        kind=row.kind,
        subject=row.subject,
        wallet=row.wallet,
        customer_id=row.customer_id,
        amount=row.amount,
        args=json.loads(row.args),
        note=row.note,
        state=row.seen,
        reason=row.reason,
        due_at=row.due_at,
        created_at=row.created_at,
        tries=row.tries,
        tx_hash=getattr(row, "tx_hash", None),
        block_number=getattr(row, "block_number", None),
    )


def _values(new: New) -> dict[str, Any]:
    return {
        "key": new.key,
        "kind": new.kind,
        "subject": new.subject,
        "wallet": new.wallet,
        "customer_id": new.customer_id,
        "amount": new.amount,
        "args": units.canonical(new.args),
        "note": new.note,
        "state": new.state,
        "reason": "",
        "tries": 0,
        "due_at": new.due_at,
        "created_at": units.now(),
    }


_Contents = tuple[str, str, str, str | None, int, str]


def _contents(new: New) -> _Contents:
    return (new.kind, new.subject, new.wallet, new.customer_id, new.amount, units.canonical(new.args))


def _by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, _Contents]:
    o = operations.c
    rows = connection.execute(
        select(o.key, o.kind, o.subject, o.wallet, o.customer_id, o.amount, o.args).where(o.key.in_(keys))
    )
    return {row[0]: (row[1], row[2], row[3], row[4], row[5], row[6]) for row in rows}


def _same(before: _Contents, after: _Contents) -> bool:
    """Whether two operations owe the same. One owed to a customer stays the same when the customer changes wallets."""
    one_customer = before[3] is not None and before[3] == after[3]
    mine, theirs = list(before), list(after)
    if one_customer:
        mine[2] = theirs[2] = ""
    else:
        mine[3] = theirs[3] = None
    return mine == theirs


def _clash(key: str, before: _Contents) -> str:
    owed = (
        f"{before[4]} to {before[3] or units.checksum(before[2])}"
        if before[4]
        else f"{before[0]} {before[3] or before[2]}"
    )
    return f'key "{key.partition(":")[2]}" already stands for something else ({owed}); use a new key, or the first contents'
