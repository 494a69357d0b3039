"""The contracts' events as rows: how far they were read, and what they are. Where they come from is loyalty/indexer.py's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Dialect, and_, bindparam, delete, or_, select

from loyalty.ledger.schema import cursors, logs
from loyalty.ledger.store import Ledger, insert

_PAGE = 2_000
_TOGETHER = 100


@dataclass(frozen=True)
class Cursor:
    """The last block that was read, and its hash."""

    block_number: int
    block_hash: str


class Row(NamedTuple):
    """One event of a contract. ``words`` are its topics one after another, 32 bytes each; ``position`` is (block, number in it)."""

    words: bytes
    data: bytes
    block_number: int
    tx_hash: str
    position: tuple[int, int]


class _Log(Protocol):
    """What is kept of a log, as the node gave it."""

    @property
    def topics(self) -> tuple[str, ...]: ...
    @property
    def data(self) -> bytes: ...
    @property
    def tx_hash(self) -> str: ...
    @property
    def position(self) -> tuple[int, int]: ...
    @property
    def block_hash(self) -> str: ...


def cursor(ledger: Ledger, chain_id: int, address: str) -> Cursor | None:
    """How far a contract's events were read; None before the first."""
    with ledger.read() as connection:
        return _cursor(connection, chain_id, address)


def append(
    ledger: Ledger, chain_id: int, address: str, before: Cursor | None, found: Sequence[_Log], after: Cursor
) -> bool:
    """Keep what was read next, and how far that is; False, and nothing is written, where another reader was faster."""
    rows = [
        (
            chain_id,
            address,
            *log.position,
            bytes.fromhex(log.block_hash[2:]),
            bytes.fromhex(log.tx_hash[2:]),
            bytes.fromhex("".join([one[2:] for one in log.topics])),
            log.data,
        )
        for log in found
    ]
    with ledger.write() as connection:
        if _cursor(connection, chain_id, address) != before:
            return False
        if rows:
            _insert(connection, rows)
        _move(connection, chain_id, address, after)
    return True


def checkpoints(ledger: Ledger, chain_id: int, address: str) -> Iterator[Cursor]:
    """The blocks that events are known from, newest first, each with the hash that it had."""
    statement = (
        select(logs.c.block_number, logs.c.block_hash)
        .where(logs.c.chain_id == chain_id, logs.c.address == address)
        .group_by(logs.c.block_number, logs.c.block_hash)
        .order_by(logs.c.block_number.desc())
    )
    with ledger.read() as connection:
        for number, block_hash in connection.execute(statement.execution_options(yield_per=500)):
            yield Cursor(number, "0x" + bytes(block_hash).hex())


def forget(ledger: Ledger, chain_id: int, address: str, back_to: Cursor | None) -> int:
    """Drop the events after a block (None: all), and how far they were read; how many there were."""
    mine = and_(logs.c.chain_id == chain_id, logs.c.address == address)
    later = mine if back_to is None else and_(mine, logs.c.block_number > back_to.block_number)
    with ledger.write() as connection:
        count = connection.execute(delete(logs).where(later)).rowcount
        if back_to is None:
            connection.execute(delete(cursors).where(cursors.c.chain_id == chain_id, cursors.c.address == address))
        else:
            _move(connection, chain_id, address, back_to)
    return int(count)


def rows(ledger: Ledger, chain_id: int, address: str, *, first: int = 0, last: int | None = None) -> Iterator[Row]:
    """A contract's events from a block up to another (None: all), oldest first; some thousands at a time."""
    c, position = logs.c, (first - 1, 2**31 - 1)
    statement = (
        select(c.topics, c.data, c.block_number, c.tx_hash, c.log_index)
        .where(c.chain_id == chain_id, c.address == address)
        .order_by(c.block_number, c.log_index)
        .limit(_PAGE)
    )
    if last is not None:
        statement = statement.where(c.block_number <= last)
    while True:
        block, number = position
        after = or_(c.block_number > block, and_(c.block_number == block, c.log_index > number))
        with ledger.read() as connection:
            page = connection.execute(statement.where(c.block_number >= block, after)).all()
        for words, data, block, tx_hash, number in page:
            position = (block, number)
            yield Row(bytes(words), bytes(data), block, "0x" + bytes(tx_hash).hex(), position)
        if len(page) < _PAGE:
            return


def _cursor(connection: Connection, chain_id: int, address: str) -> Cursor | None:
    statement = select(cursors.c.block_number, cursors.c.block_hash).where(
        cursors.c.chain_id == chain_id, cursors.c.address == address
    )
    found = connection.execute(statement).one_or_none()
    return None if found is None else Cursor(int(found.block_number), found.block_hash)


def _move(connection: Connection, chain_id: int, address: str, to: Cursor) -> None:
    values = {"block_number": to.block_number, "block_hash": to.block_hash}
    statement = insert(connection, cursors).values(chain_id=chain_id, address=address, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["chain_id", "address"], set_=values))


def _insert(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Many rows in the order of the table's columns, a hundred to a statement, past what SQLAlchemy does for each: a chain's history is millions."""
    whole = len(rows) - len(rows) % _TOGETHER
    for together, some in ((_TOGETHER, rows[:whole]), (1, rows[whole:])):
        if some:
            statement, names = _statement(connection.dialect, together)
            flat = [tuple(chain.from_iterable(some[i : i + together])) for i in range(0, len(some), together)]
            connection.exec_driver_sql(
                statement, flat if names is None else [dict(zip(names, one, strict=True)) for one in flat]
            )


@cache
def _statement(dialect: Dialect, together: int) -> tuple[str, list[str] | None]:
    """An INSERT of so many rows, and its parameters' names; None where they have places."""
    names = [[f"{column.name}_{i}" for column in logs.columns] for i in range(together)]
    values = [
        {column.name: bindparam(name, type_=column.type) for column, name in zip(logs.columns, row, strict=True)}
        for row in names
    ]
    compiled = logs.insert().values(values).compile(dialect=dialect)
    return compiled.string, None if compiled.positional else list(chain.from_iterable(names))
