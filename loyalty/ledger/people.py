"""Customers and their wallets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select

from loyalty import units
from loyalty.ledger.schema import customers, wallets
from loyalty.ledger.store import Ledger, insert

_CHUNK = 300


@dataclass(frozen=True)
class Customer:
    """One customer: the wallets in the order they came, and whatever else the brand keeps (text by name)."""

    customer_id: str
    wallets: tuple[str, ...]
    attributes: dict[str, str]

    @property
    def wallet(self) -> str:
        """Where what is owed to the customer goes now: the wallet that came last."""
        return self.wallets[-1]


@dataclass
class Imported:
    """What came of an import: new customers, new wallets of customers (old or new), customers whose attributes changed, rows that changed nothing."""

    customers: int = 0
    wallets: int = 0
    changed: int = 0
    known: int = 0


def owners(ledger: Ledger, addresses: Sequence[str]) -> dict[str, str]:
    """The customer each known address belongs to."""
    with ledger.read() as connection:
        return holders(connection, addresses)


def holders(connection: Connection, addresses: Sequence[str]) -> dict[str, str]:
    """The customer each known address belongs to, inside a transaction."""
    found: dict[str, str] = {}
    for start in range(0, len(addresses), _CHUNK):
        some = addresses[start : start + _CHUNK]
        rows = connection.execute(select(wallets.c.address, wallets.c.customer_id).where(wallets.c.address.in_(some)))
        found.update((address, customer) for address, customer in rows)
    return found


def current_wallets(ledger: Ledger) -> dict[str, str]:
    """The wallet each customer is paid at now, for all customers."""
    latest = select(func.max(wallets.c.id)).group_by(wallets.c.customer_id)
    statement = select(wallets.c.customer_id, wallets.c.address).where(wallets.c.id.in_(latest))
    with ledger.read() as connection:
        return {customer: address for customer, address in connection.execute(statement)}


def get(ledger: Ledger, customer_id: str) -> Customer | None:
    """A customer by id."""
    with ledger.read() as connection:
        attributes = connection.scalar(select(customers.c.attributes).where(customers.c.customer_id == customer_id))
        if attributes is None:
            return None
        owned = connection.scalars(
            select(wallets.c.address).where(wallets.c.customer_id == customer_id).order_by(wallets.c.id)
        ).all()
    return Customer(customer_id, tuple(owned), json.loads(attributes))


def every(ledger: Ledger, most: int | None = None) -> Iterator[Customer]:
    """All customers by id, or the first ``most``."""
    with ledger.read() as connection:
        ids = connection.scalars(select(customers.c.customer_id).order_by(customers.c.customer_id).limit(most)).all()
    return (found for one in ids if (found := get(ledger, one)) is not None)


def count(ledger: Ledger) -> tuple[int, int]:
    """How many customers there are, and how many wallets."""
    with ledger.read() as connection:
        return (
            int(connection.scalar(select(func.count()).select_from(customers)) or 0),
            int(connection.scalar(select(func.count()).select_from(wallets)) or 0),
        )


def put(ledger: Ledger, rows: Iterable[tuple[str, str, dict[str, str]]], *, keep: bool = True) -> Imported:
    """Write (customer_id, wallet, attributes) rows in one transaction; attributes are merged. ``keep`` False only counts."""
    done = Imported()
    remaining = iter(rows)
    with ledger.write() as connection:
        while chunk := list(islice(remaining, _CHUNK)):
            _put_chunk(connection, chunk, done)
        if not keep:
            connection.rollback()
    return done


def _put_chunk(connection: Connection, chunk: Sequence[tuple[str, str, dict[str, str]]], done: Imported) -> None:
    ids = [row[0] for row in chunk]
    before = {
        customer: json.loads(attributes)
        for customer, attributes in connection.execute(
            select(customers.c.customer_id, customers.c.attributes).where(customers.c.customer_id.in_(ids))
        )
    }
    old = set(before)
    has = set(connection.scalars(select(wallets.c.address).where(wallets.c.address.in_([row[1] for row in chunk]))))
    new_wallets: dict[str, dict[str, Any]] = {}
    changed: dict[str, dict[str, str]] = {}
    for customer, address, attributes in chunk:
        merged = before.get(customer, {}) | attributes
        touched = customer not in before or merged != before[customer]
        if touched:
            before[customer] = changed[customer] = merged
        if address not in has and address not in new_wallets:
            new_wallets[address] = {"address": address, "customer_id": customer, "created_at": units.now()}
        elif not touched:
            done.known += 1
    if changed:
        statement = insert(connection, customers)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["customer_id"], set_={"attributes": statement.excluded.attributes}
            ),
            [
                {"customer_id": customer, "attributes": units.canonical(attributes), "created_at": units.now()}
                for customer, attributes in changed.items()
            ],
        )
    if new_wallets:
        connection.execute(wallets.insert(), list(new_wallets.values()))
    done.customers += len(set(changed) - old)
    done.changed += len(set(changed) & old)
    done.wallets += len(new_wallets)


def wallets_of(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The wallet that each known customer of ``ids`` is paid at now."""
    latest = select(func.max(wallets.c.id)).where(wallets.c.customer_id.in_(ids)).group_by(wallets.c.customer_id)
    rows = connection.execute(select(wallets.c.customer_id, wallets.c.address).where(wallets.c.id.in_(latest)))
    return {customer: address for customer, address in rows}
