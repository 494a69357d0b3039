"""Vouchers: the signatures that pay an award, each under the award's key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from loyalty import units
from loyalty.ledger.schema import operations, vouchers
from loyalty.ledger.store import Ledger, insert


@dataclass(frozen=True)
class Signed:
    """What was signed for an award: for which contract, by whom, good from when until when (the last good second)."""

    chain_id: int
    contract: str
    issuer: str
    number: int
    start: int
    deadline: int
    signature: str


@dataclass(frozen=True)
class Voucher:
    """An award with the signature that pays it."""

    key: str
    wallet: str
    customer_id: str | None
    amount: int
    note: str
    signed: Signed


def put(connection: Connection, key: str, signed: Signed) -> None:
    """Write down what was signed for an award. Signed anew, the newest counts."""
    values = {**asdict(signed), "number": str(signed.number)}
    connection.execute(
        insert(connection, vouchers)
        .values(key=key, created_at=units.now(), **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
    )


def get(ledger: Ledger, key: str) -> Voucher | None:
    """The voucher for the award under ``key``."""
    return next(_some(ledger, vouchers.c.key == key), None)


def numbered(ledger: Ledger, issuer: str, number: int) -> Voucher | None:
    """The voucher that has an issuer's number."""
    return next(_some(ledger, vouchers.c.issuer == issuer, vouchers.c.number == str(number)), None)


def every(ledger: Ledger) -> Iterator[Voucher]:
    """Every voucher, oldest first."""
    return _some(ledger)


def _some(ledger: Ledger, *conditions: Any) -> Iterator[Voucher]:
    o = operations.c
    statement = (
        select(vouchers, o.wallet, o.customer_id, o.amount, o.note)
        .select_from(vouchers.join(operations, o.key == vouchers.c.key))
        .where(*conditions)
        .order_by(o.id)
    )
    with ledger.read() as connection:
        rows = connection.execute(statement).all()
    for row in rows:
        fields = row._mapping
        signed = Signed(**{name: fields[name] for name in Signed.__dataclass_fields__} | {"number": int(row.number)})
        yield Voucher(row.key, row.wallet, row.customer_id, row.amount, row.note, signed)
