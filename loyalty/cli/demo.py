"""The demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loyalty.cli import show
from loyalty.cli.base import json_option

if TYPE_CHECKING:
    from loyalty.audit import Books
    from loyalty.demo import Report, View
    from loyalty.visitor import Visit


@click.command()
@click.option(
    "--full",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Replay the whole data set in DIR, not its first 1,000 customers.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    default=Path("demo-shop"),
    show_default=True,
    help="The demo's own folder; made if it is not there.",
)
@click.option("--keep", is_flag=True, help="Leave the local chain running, to look around.")
@json_option
def demo(full: Path | None, folder: Path, keep: bool, json: bool) -> None:
    """Replay a real brand's first weeks on a local chain.

    Points, badges, warranties, notifications; then one visitor's voucher, epoch, claim link, warranty claim and reward. It needs no program and no money. Everything in it has a key, so running it again pays nobody twice.

    \b
    Example:   loyalty demo
    """
    from loyalty import demo as library

    try:
        with show.progress(None, "demo") as tick:
            report = library.run(folder, full, show.aside, tick)
    finally:
        if not keep:
            library.stop(folder)
    if json:
        show.emit(report)
    else:
        _print(report)
        _print_next(folder, keep)
    if not report.books.agree:
        raise click.exceptions.Exit(1)


def _print(report: Report) -> None:
    _totals(report)
    _costs(report)
    show.say()
    show.say(f"The {len(report.leaderboard)} best customers")
    rows = [
        (f"{place}.", b.customer_id, show.address(b.wallet), b.points) for place, b in enumerate(report.leaderboard, 1)
    ]
    show.table(("#", "CUSTOMER", "WALLET", "POINTS"), rows)
    _view(report.view)
    _visit(report.visit)
    _books(report.books)


def _totals(report: Report) -> None:
    """What the shop's purchases became."""
    bought, sent = report.replayed, report.sent
    show.say()
    show.say("What happened")
    show.pairs(
        (
            ("Customers", report.customers),
            ("Purchases", bought.purchases),
            (
                "Points",
                f"{bought.points:,} in {bought.awards:,} awards; {bought.nothing:,} purchases of 0 dollars gave nothing",
            ),
            ("Badges", f"{len(bought.first_week):,} for the first week's customers"),
            ("Warranties", f"{len(bought.largest)} for the largest orders"),
            ("Messages", f"{len(report.leaderboard)} to the best customers"),
            ("This run", _this_run(report)),
        )
    )
    if not sent.operations:
        show.say("Everything was known and paid already: nobody was paid twice.")


def _this_run(report: Report) -> str:
    sent = report.sent
    told = f"{show.many(sent.operations, 'operation')} in {show.many(sent.transactions, 'transaction')}, {report.seconds:.1f} s"
    if sent.operations:
        told += f" ({sent.operations / report.sending_seconds:,.0f} a second while sending)"
    return told


def _costs(report: Report) -> None:
    """Gas and cost of each kind since the program began, and for each customer."""
    from loyalty import units

    show.say()
    show.say("What it took, since the program began")
    rows = [
        (s.kind, s.operations, s.batches, s.gas, s.gas // s.operations, f"{units.ether(s.wei)} {report.currency}")
        for s in report.spent
    ]
    show.table(("WHAT", "OPERATIONS", "TRANSACTIONS", "GAS", "GAS EACH", "COST"), rows)
    running = [s for s in report.spent if s.kind != "deploy"]
    gas, wei = sum(s.gas for s in running), sum(s.wei for s in running)
    each = f"{gas // report.customers:,} gas, {units.ether(wei // report.customers)} {report.currency}"
    show.say(f"For each customer, without the deployment: {each}.")


def _view(view: View) -> None:
    """One customer, whole."""
    from loyalty import units

    show.say()
    show.say(f"One customer: {view.customer_id}, {show.address(view.wallet)}")
    lots = ", ".join(f"{lot.amount:,} until {units.iso(lot.expires)}" for lot in view.balance.lots)
    last = view.history[-1]
    show.pairs(
        (
            ("Points", f"{view.balance.points:,} ({lots})"),
            ("Movements", f"{len(view.history)}; the last: {last.what} {last.amount:+,} for {last.key}, {last.note}"),
            ("Badges", ", ".join(badge.name for badge in view.badges) or "none"),
            (
                "Warranties",
                "; ".join(f"{w.serial} {w.product}, {w.state} until {units.iso(w.end)}" for w in view.warranties)
                or "none",
            ),
            ("Inbox", "; ".join(f"{one.title}: {one.body}" for one in view.inbox) or "empty"),
        )
    )


def _visit(visit: Visit) -> None:
    """The visitor, who signed."""
    from loyalty import units

    show.say()
    show.say(f"The visitor, {show.address(visit.wallet)}")
    show.pairs(
        (
            (
                "Points",
                f"{visit.points:,}, of a voucher and epoch {visit.epoch}; {visit.unclaimed:,} of that epoch wait to be claimed",
            ),
            ("Badges", ", ".join(visit.badges)),
            ("Rewards", ", ".join(visit.rewards)),
            ("Warranty", f"{visit.warranty} until {units.iso(visit.until)}; claim {visit.claim}"),
        )
    )


def _books(books: Books) -> None:
    """Whether the ledger and the chain agree, computed from both."""
    show.say()
    if books.agree:
        show.say(
            f"The ledger and the chain agree at block {books.block_number}: {books.awarded:,} points awarded in the ledger, in the chain's logs "
            f"and in totalSupply, for each of {books.wallets:,} wallets; and {books.badges:,} badges."
        )
        return
    for difference in books.differences:
        show.say(str(difference))
    show.say(f"The ledger and the chain do not agree: {show.many(len(books.differences), 'difference')}.")


def _print_next(folder: Path, keep: bool) -> None:
    if keep:
        show.say(f"The chain runs on. Next: loyalty -C {folder} status, and at the end: loyalty -C {folder} chain stop")
    else:
        show.say(f"Next: look around with loyalty -C {folder} chain start, then loyalty -C {folder} status")
