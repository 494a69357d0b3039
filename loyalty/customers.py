"""Customers: who they are off chain, and which wallets are theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from loyalty import rows, units
from loyalty.errors import BadRow, BadRows, SettingsError
from loyalty.ledger import Ledger, people
from loyalty.ledger.people import Customer
from loyalty.rows import Row, Table

_CHUNK = 300


@dataclass
class Imported:
    """What came of an import. ``known`` rows changed nothing; ``bad`` ones were left out (only when they are skipped)."""

    source: str
    customers: int = 0
    wallets: int = 0
    changed: int = 0
    known: int = 0
    bad: list[BadRow] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    dry_run: bool = False


class Customers:
    """The programme's customers. Nothing here goes on chain."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def import_(self, source: str | Path, *, skip_bad: bool = False, dry_run: bool = False) -> Imported:
        """Take customers from a CSV with ``customer_id``, ``wallet`` and any further columns, which are kept as attributes.

        A customer may have several wallets; what is owed to the customer goes to the one that came last. A wallet has one customer.
        """
        with rows.opened(source) as table:
            table.need("customer_id", "wallet")
            done = Imported(table.source, columns=table.columns, dry_run=dry_run)
            good = self._good(table, done, skip_bad)
            put = people.put(self._ledger, good, keep=not dry_run)
        done.customers, done.wallets, done.changed, done.known = put.customers, put.wallets, put.changed, put.known
        return done

    def show(self, who: str) -> Customer:
        """A customer, by id or by any of their wallets."""
        customer_id: str | None = who
        if units.is_address(who):
            wallet = units.address(who)
            customer_id = people.owners(self._ledger, [wallet]).get(wallet)
        found = people.get(self._ledger, customer_id) if customer_id else None
        if found is None:
            raise SettingsError(
                f'customer "{who}" is not in the ledger; import customers first: loyalty customers import FILE.csv'
            )
        return found

    def list_(self, most: int | None = None) -> Iterator[Customer]:
        """Every customer in the order of their ids, or the first ``most``."""
        return people.every(self._ledger, most)

    def count(self) -> tuple[int, int]:
        """How many customers and how many wallets there are."""
        return people.count(self._ledger)

    def _good(self, table: Table, done: Imported, skip_bad: bool) -> Iterator[tuple[str, str, dict[str, str]]]:
        """The file's good rows. Raises BadRows at the end of the file, inside the transaction, when there were others."""
        claimed: dict[str, str] = {}
        chunk: list[Row] = []
        for row in table.rows:
            if isinstance(row, BadRow):
                done.bad.append(row)
            else:
                chunk.append(row)
            if len(chunk) == _CHUNK:
                yield from self._checked(chunk, claimed, done)
                chunk = []
        yield from self._checked(chunk, claimed, done)
        done.bad.sort(key=lambda b: b.line)
        if done.bad and not skip_bad:
            raise BadRows(table.source, done.bad)

    def _checked(
        self, chunk: list[Row], claimed: dict[str, str], done: Imported
    ) -> Iterator[tuple[str, str, dict[str, str]]]:
        readable: list[tuple[Row, str]] = []
        for row in chunk:
            try:
                readable.append((row, units.address(row.get("wallet"))))
            except SettingsError as error:
                done.bad.append(BadRow(row.line, str(error), tuple(row.fields.values())))
        taken = people.owners(self._ledger, [wallet for _, wallet in readable])
        for row, wallet in readable:
            customer = row.get("customer_id")
            holder = taken.get(wallet) or claimed.get(wallet)
            if why := _why_not(customer, wallet, holder):
                done.bad.append(BadRow(row.line, why, tuple(row.fields.values())))
                continue
            claimed[wallet] = customer
            yield customer, wallet, {c: v for c, v in row.fields.items() if c not in ("customer_id", "wallet") and v}


def _why_not(customer: str, wallet: str, holder: str | None) -> str:
    if not customer:
        return "has no customer_id"
    if len(customer) > 200 or units.is_address(customer):
        return "has a customer_id that is longer than 200 characters or looks like an address"
    if holder is not None and holder != customer:
        return f'gives {units.checksum(wallet)} to customer "{customer}", but it is customer "{holder}"\'s'
    return ""
