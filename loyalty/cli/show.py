"""Printing: results on stdout for people or as JSON, everything else on stderr.

Names, notes, titles and reasons come from files, nodes and strangers: what a person sees of them holds no control characters.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from loyalty.customers import Imported
    from loyalty.forecast import Forecast
    from loyalty.governed import Order
    from loyalty.intake import Taken
    from loyalty.outbox import Plan, Sent
    from loyalty.promised import BadgeVoucher
    from loyalty.queued import Queued
    from loyalty.vouchers import Voucher

_ADDRESSES = (
    *("wallet", "wallets", "address", "owner", "channel", "signer", "contracts", "target", "arguments", "may"),
    *("pending_owner", "guardian", "partners", "shops", "frozen", "service_centres", "issuer"),
)
"""The fields that hold addresses, which people and programs see with their checksum."""

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_LONGEST = 1_000_000
_NUMBER = re.compile(r"[+-]?[0-9.,]+|-")


def clean(text: str) -> str:
    """Text as a terminal may have it: one line, nothing that moves the cursor, changes the colour or turns the reading direction."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def say(text: str = "") -> None:
    """One line of the result."""
    click.echo(clean(text))


def aside(text: str) -> None:
    """A line on stderr, for the person at the terminal. A leading newline is kept: it ends a line that ^C broke."""
    click.echo("\n" * text.startswith("\n") + clean(text.lstrip("\n")), err=True)


def emit(value: Any) -> None:
    """One JSON document."""
    # ASCII only: whatever a stranger wrote, it is an escape sequence of JSON's and not of the terminal's.
    click.echo(json.dumps(_plain(value), indent=2))


def emit_lines(values: Iterable[Any]) -> None:
    """One JSON object per line."""
    for value in values:
        click.echo(json.dumps(_plain(value)))


def pairs(rows: Iterable[tuple[str, object]]) -> None:
    """A few aligned lines: what it is, and its value."""
    some = [(name, _cell(value)) for name, value in rows]
    width = max(len(name) for name, _ in some)
    for name, value in some:
        click.echo(f"{name:{width}}  {value}".rstrip())


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Aligned columns, numbers to the right. Nothing is cut: an address that is not whole is of no use."""
    from rich.cells import cell_len

    cells = [[_cell(value) for value in row] for row in rows]
    right = [all(_NUMBER.fullmatch(row[i]) for row in cells) for i in range(len(headers))]
    widths = [max(map(cell_len, column)) for column in zip(headers, *cells, strict=True)]

    def line(values: Sequence[str]) -> str:
        padded = []
        for value, width, is_right in zip(values, widths, right, strict=True):
            space = " " * (width - cell_len(value))
            padded.append(space + value if is_right else value + space)
        return "  ".join(padded).rstrip()

    click.echo(click.style(line(headers), bold=True))
    for row in cells:
        click.echo(line(row))


def address(lower: str) -> str:
    """An address as people compare it."""
    from loyalty import units

    return units.checksum(lower) if lower else "-"


def many(count: int, one: str, more: str = "") -> str:
    """A count and its word: "1 award", "2,000 awards"."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def read(source: str) -> str:
    """A small text file that the command line names; "-" is standard input."""
    from loyalty.errors import BadFile

    try:
        if source == "-":
            return click.get_text_stream("stdin").read(_LONGEST)
        with Path(source).open(encoding="utf-8-sig") as file:
            return file.read(_LONGEST)
    except OSError as error:
        raise BadFile(f"{source} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError:
        raise BadFile(f"{source} is not a text file; is it the right one?") from None


def write(path: str, text: str) -> None:
    """Write a file that the command line names."""
    from loyalty.errors import BadFile

    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def whom(done: Queued | Voucher | BadgeVoucher) -> str:
    """Whose operation it is: the wallet, and the customer where one was named."""
    return f"{done.customer_id} ({address(done.wallet)})" if done.customer_id else address(done.wallet)


def queued(done: Queued, what: str, *, json: bool, dry_run: bool) -> None:
    """What became of one operation."""
    if json:
        emit(done)
    elif not done.new:
        where = f", in {done.tx_hash}" if done.tx_hash else ""
        why = f": {done.reason}" if done.reason else ""
        step = {"queued": " Next: loyalty send", "failed": " Next: correct the cause, then loyalty retry"}
        say(f"Known already: {what}; it is {done.state}{where}{why}. Nothing new was queued.{step.get(done.state, '')}")
    elif dry_run:
        say(f"Would be queued: {what}. Nothing was written.")
    else:
        say(f"Queued: {what}. Next: loyalty send")


def ordered(*done: Order, json: bool, dry_run: bool) -> None:
    """What became of an owner's or a guardian's orders."""
    if json:
        emit_lines(done)
        return
    for one in done:
        _order(one, dry_run)
    if any(one.queued for one in done) and not dry_run:
        say("Next: loyalty send")


def _order(done: Order, dry_run: bool) -> None:
    from loyalty import units

    told = [address(one) if units.is_address(str(one)) else str(one) for one in done.arguments]
    call = f"{done.function}({', '.join(told)}) of {done.contract}"
    if done.stands:
        say(f"Nothing to do: {call} would change nothing.")
    elif done.queued is None:
        rows = [("Call", call), ("To send by", " or ".join(map(address, done.may)) or "nobody yet")]
        pairs([*rows, ("Target", address(done.target)), ("Value", 0), ("Data", done.data)])
    elif not done.queued.new:
        say(f"Known already: {call}; it is {done.queued.state}. Nothing new was queued.")
    elif dry_run:
        say(f"Would be queued: {call}. Nothing was written.")
    else:
        say(f"Queued: {call}.")


def taken(done: Taken, one: str, more: str = "", *, unit: str = "", json: bool) -> None:
    """What became of a file of operations."""
    set_aside = _set_aside(done)
    if done.unused:
        aside(f"Columns that were not used: {', '.join(done.unused)}.")
    if json:
        emit(done)
        return
    total = f", {done.amount:,} {unit} in all" if unit else ""
    if done.dry_run:
        say(
            f"{many(done.new, one, more)} would be queued ({done.known:,} known){total}. Nothing was written.{set_aside}"
        )
    elif done.new:
        say(f"{many(done.new, one, more)} queued ({_were(done.known)} known){total}.{set_aside} Next: loyalty send")
    else:
        again = (
            " If they are owed once more, say so with --label NAME, or give each row a key."
            if unit and done.own
            else ""
        )
        say(f"Nothing new: {_were(done.known)} known.{set_aside}{again}")


def imported(done: Imported, *, json: bool) -> None:
    """What became of a file of customers."""
    set_aside = _set_aside(done)
    if json:
        emit(done)
        return
    new = f"{many(done.customers, 'customer')} and {many(done.wallets, 'wallet')}"
    rest = f"({many(done.changed, 'customer')} changed, {many(done.known, 'row')} known)"
    if done.dry_run:
        say(f"{new} would be added {rest}. Nothing was written.{set_aside}")
    elif done.customers or done.wallets or done.changed:
        say(f"{new} added {rest}.{set_aside} Next: loyalty points award FILE.csv")
    else:
        say(f"Nothing new: {_were(done.known)} known.{set_aside}")


def _set_aside(done: Taken | Imported) -> str:
    """Keep the rows that were skipped where they can be corrected, and say where."""
    from loyalty import rows

    if not done.bad:
        return ""
    if done.dry_run:
        for row in done.bad:
            aside(f"{done.source} line {row.line}: {row.reason}")
        return f" {many(len(done.bad), 'bad row')} would be left out."
    path = Path("stdin.bad.csv" if done.source == "standard input" else f"{done.source}.bad.csv")
    before = " (it replaces an earlier one)" if path.exists() else ""
    rows.write_bad(path, done.columns, done.bad)
    return f" {many(len(done.bad), 'bad row')} left out: correct {path}{before} and send it in."


def plan(found: Plan, currency: str) -> None:
    """What would be sent and about what it would cost."""
    if found.in_flight:
        say(f"{many(found.in_flight, 'transaction')} of an earlier run are under way, and are finished first.")
    if not found.operations:
        say("Nothing is waiting to be sent.")
        return
    rows = [(line.kind, line.operations, line.transactions, line.gas) for line in found.lines]
    table(("WHAT", "OPERATIONS", "TRANSACTIONS", "GAS (ABOUT)"), rows)
    say(f"Cost: {cost(found, currency)}, at {found.gas_price / 1e9:,.3g} gwei per gas.")


def cost(found: Plan, currency: str) -> str:
    """About what a plan costs, in the network's own coin."""
    from loyalty import units

    return f"about {units.ether(found.wei)} {currency}"


def plan_json(found: Plan) -> dict[str, Any]:
    """A plan with its totals."""
    totals = {name: getattr(found, name) for name in ("operations", "transactions", "gas", "wei")}
    return {**_plain(found), **totals}


def forecast(found: Forecast, currency: str) -> None:
    """What a file of awards would come to."""
    from loyalty import units

    price = f"{found.gas_price / 1e9:,.3g} gwei per gas"
    new = f"{found.new_wallets:,} of them new to the points"
    if found.sampled < found.wallets:
        new = f"about {new}, by {found.sampled:,} looked at"
    pairs(
        (
            ("Awards", f"{found.awards:,} ({found.known:,} known, {_refused(found)})"),
            ("Points", f"{found.points:,}"),
            ("Wallets", f"{found.wallets:,}, {new}"),
            ("Transactions", f"{found.transactions:,}"),
            ("Gas", f"about {found.gas:,}"),
            ("Cost", f"about {units.ether(found.wei)} {currency}, at {price}"),
            ("Time", f"about {_duration(found.seconds)}" if found.seconds else "at once"),
        )
    )
    for row in found.bad[:_MOST_BAD]:
        say(f"! line {row.line}: {row.reason}")
    if len(found.bad) > _MOST_BAD:
        say(f"! and {many(len(found.bad) - _MOST_BAD, 'more row')} that would be refused")
    if found.awards:
        epoch = f"As an epoch: about {found.epoch_gas:,} gas, {units.ether(found.epoch_gas * found.gas_price)} {currency}, and about {found.claim_gas // found.wallets:,} gas for each wallet that claims, paid by whoever sends it."
        cheaper = min(int(found.worth_claiming * 100), 100)
        say(f"{epoch} {_WHICH[found.epoch_gas < found.gas].format(cheaper)}")
    say("Nothing was written.")


_MOST_BAD = 10
_WHICH = {
    True: "Cheaper while you pay for fewer than {} of 100 claims: loyalty points publish-epoch.",
    False: "Awards are cheaper.",
}


def _refused(found: Forecast) -> str:
    """How many rows would be refused."""
    return f"{len(found.bad):,} refused" if found.bad else "none refused"


def _duration(seconds: float) -> str:
    """A time that a person can plan with."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7_200 else f"{seconds / 3_600:.1f} hours"


def forecast_json(found: Forecast) -> dict[str, Any]:
    """A forecast with its totals."""
    return {**_plain(found), "wei": found.wei, "worth_claiming": found.worth_claiming}


def sent(done: Sent, currency: str) -> None:
    """What one send did."""
    from loyalty import units

    if done.transactions:
        cost = f"{done.gas:,} gas, {units.ether(done.wei)} {currency}"
        say(f"Sent {many(done.operations, 'operation')} in {many(done.transactions, 'transaction')}: {cost}.")


@contextlib.contextmanager
def progress(total: int | None, what: str) -> Iterator[Callable[[int, str], None]]:
    """A bar on stderr, where that is a terminal; gives what the library calls as it gets on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count, kind: bar.update(task, advance=count, description=kind)


def _were(count: int) -> str:
    return "1 was" if count == 1 else f"{count:,} were"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else clean(str(value))


def _plain(value: Any, name: str = "") -> Any:
    """A value as JSON has it: dataclasses by their fields, addresses with their checksum."""
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name), f.name) for f in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(one, name if name == "contracts" else key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, name) for one in value]
    if isinstance(value, str) and name in _ADDRESSES and _ADDRESS.fullmatch(value):
        return address(value)
    return str(value) if isinstance(value, Path) else value
