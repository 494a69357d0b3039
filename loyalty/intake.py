"""From a file's rows to operations in the ledger: all of them or none, each bad row named, nothing owed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from loyalty import units
from loyalty.errors import BadRow, BadRows, KeyReused, LoyaltyError, SettingsError
from loyalty.ledger import Ledger, operations, people
from loyalty.ledger.operations import New
from loyalty.rows import Row, Table

_CHUNK = 400


@dataclass(frozen=True)
class Owner:
    """Whom a row is for: the wallet, and the customer when the row named one."""

    wallet: str
    customer_id: str | None = None


@dataclass
class Taken:
    """What came of a file. ``amount`` is the sum over new rows; ``bad`` the rows left out (only when bad rows are skipped).

    ``unused`` are the columns that mean nothing here (a misspelt one is among them); ``own`` counts the rows without a key.
    """

    source: str
    new: int = 0
    known: int = 0
    amount: int = 0
    bad: list[BadRow] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    dry_run: bool = False
    unused: tuple[str, ...] = ()
    own: int = 0


class Overlap(LoyaltyError):
    """Some rows without a key were awarded before, and some were not: only a person knows what is meant."""


class Seen:
    """Which rows without a key are in the ledger already, whatever label or file they came in with."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}
        self._here: Counter[str] = Counter()

    def look(self, connection: Any, starts: list[str]) -> None:
        """Count what the ledger has of each content, the first time this file comes to it."""
        new = sorted({start for start in starts if start not in self._before})
        found = operations.alike(connection, new)
        self._before.update((start, found.get(start, 0)) for start in new)

    def key(self, start: str, was: str, label: str) -> str:
        """The key of the next row with this content; empty as long as the ledger has as many of them.

        A row with a label, or one that was refused, corrected and sent in again, is a payment of its own: once.
        """
        apart = "-".join(part for part in (label.casefold(), was and f"line{was}") if part)
        self._here[start + apart] += 1
        nth = self._here[start + apart]
        if apart:
            return f"{start}{units.fingerprint(apart)[:8]} {nth}"
        return "" if nth <= self._before[start] else f"{start}{nth}"


Make = Callable[[Any, Row, Owner], New]
"""One row as an operation. Its key is the caller's, or empty: then one is made from the row's content. Raises SettingsError or KeyReused for a bad row."""


def take(
    ledger: Ledger,
    table: Table,
    make: Make,
    *,
    skip_bad: bool = False,
    dry_run: bool = False,
    label: str = "",
    only_new: bool = False,
    uses: Sequence[str] = (),
    then: Callable[[Any], None] | None = None,
) -> Taken:
    """Queue every row of ``table`` in one transaction.

    A row without a key gets one from its content, its place among equal rows, and ``label``: two equal rows of a file are
    two operations, and the same file again adds nothing. A file that repeats only some rows of an earlier one is refused,
    unless ``only_new`` says to leave those out or ``label`` says that all are new. ``then`` is called with the connection once
    the rows are in, if any is new: what it writes is kept with them, or lost with them.
    """
    table.need(one_of=("wallet", "customer_id"))
    unused = tuple(c for c in table.columns if c and c not in ("wallet", "customer_id", "note", *uses))
    done = Taken(table.source, columns=table.columns, dry_run=dry_run, unused=unused)
    seen = Seen()
    own = [0, 0]  # of the rows without a key: how many are new, how many known
    with ledger.write() as connection:
        while chunk := list(islice(table.rows, _CHUNK)):
            ready = list(_ready(connection, chunk, make, done.bad, seen, label))
            _add(connection, ready, done, own)
        if done.bad and not skip_bad:
            # Raised inside the transaction: nothing of it is kept.
            raise BadRows(table.source, sorted(done.bad, key=lambda b: b.line))
        if all(own) and not only_new:
            raise Overlap(
                f"{own[1]} of {own[0] + own[1]} rows of {table.source} are in the ledger already, from an earlier file, and nothing was written; "
                "--only-new queues just the others, --label NAME counts all of them as new, and a key column says it for good"
            )
        if then and done.new:
            then(connection)
        if dry_run:
            connection.rollback()
    done.bad.sort(key=lambda b: b.line)
    done.own = sum(own)
    return done


def add_one(ledger: Ledger, new: New) -> bool:
    """Queue one operation; whether it is new. Raises KeyReused when its key stands for something else."""
    with ledger.write() as connection:
        added = operations.add(connection, [new])
        if added.clashes:
            raise KeyReused(added.clashes[0][1])
    return added.new == 1


def owner(ledger: Ledger, who: str) -> Owner:
    """The wallet meant by an address or a customer's id."""
    who = str(who)  # a shop's own numbers are ids too
    if units.is_address(who):
        return Owner(units.address(who))
    with ledger.read() as connection:
        wallet = people.wallets_of(connection, [who]).get(who)
    if wallet is None:
        raise SettingsError(f'customer "{who}" is not in the ledger; import customers first: loyalty customers import')
    return Owner(wallet, who)


def _ready(
    connection: Any, chunk: list[Row | BadRow], make: Make, bad: list[BadRow], seen: Seen, label: str
) -> Iterator[tuple[Row, New, bool]]:
    """The chunk's good rows as operations, each with whether its key is its own content's."""
    ids = [row.get("customer_id") for row in chunk if isinstance(row, Row) and not row.get("wallet")]
    wallets = people.wallets_of(connection, [i for i in ids if i])
    given = [row.get("wallet").lower() for row in chunk if isinstance(row, Row) and row.get("wallet")]
    holders = people.holders(connection, given)
    ready: list[tuple[Row, New, str]] = []
    for row in chunk:
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        try:
            who = _owner_of(row, wallets, holders)
            new = make(connection, row, who)
        except (SettingsError, KeyReused) as error:
            bad.append(BadRow(row.line, str(error), tuple(row.fields.values())))
            continue
        # Who, what and how much: a note spelt otherwise, or a wallet in place of its customer, is the same payment.
        named = new.customer_id or holders.get(who.wallet, who.wallet)
        parts = (new.kind, new.subject, named, str(new.amount), units.canonical(new.args))
        # No caller's key has a space in it, so none can stand for a row.
        ready.append((row, new, "" if new.key else f"{new.kind}:row {units.fingerprint(*parts)} "))
    seen.look(connection, [start for _, _, start in ready if start])
    for row, new, start in ready:
        yield (row, replace(new, key=seen.key(start, row.was, label)), True) if start else (row, new, False)


def _owner_of(row: Row, wallets: dict[str, str], holders: dict[str, str]) -> Owner:
    customer = row.get("customer_id")
    if row.get("wallet"):
        wallet = units.address(row.get("wallet"))
        if customer and holders.get(wallet, customer) != customer:
            raise SettingsError(
                f'names customer "{customer}", but {units.checksum(wallet)} is customer "{holders[wallet]}"\'s'
            )
        return Owner(wallet)
    if not customer:
        raise SettingsError("names neither a wallet nor a customer_id")
    if customer not in wallets:
        raise SettingsError(f'customer "{customer}" is not in the ledger; import customers first')
    return Owner(wallets[customer], customer)


def _add(connection: Any, ready: list[tuple[Row, New, bool]], done: Taken, own: list[int]) -> None:
    """Write the chunk's operations, those with a caller's key first. A row whose key is empty is known already."""
    for content in (False, True):
        some = [(row, new) for row, new, is_own in ready if is_own == content and new.key]
        added = operations.add(connection, [new for _, new in some])
        for index, why in added.clashes:
            row = some[index][0]
            done.bad.append(BadRow(row.line, why, tuple(row.fields.values())))
        known = added.known + sum(is_own == content and not new.key for _, new, is_own in ready)
        done.new += added.new
        done.known += known
        done.amount += added.amount
        if content:
            own[0] += added.new
            own[1] += known
