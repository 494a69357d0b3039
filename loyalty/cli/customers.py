"""Customers."""

from __future__ import annotations

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, dry_run_option, json_lines_option, json_option, skip_bad_option


@click.group("customers", cls=InOrder)
def group() -> None:
    """Who the customers are, and which wallets are theirs.

    All of it stays in the ledger; nothing of it goes on chain.

    \b
    Example:   loyalty customers import customers.csv
    """


@group.command("import")
@click.argument("file", metavar="FILE.csv")
@skip_bad_option
@dry_run_option
@json_option
def import_(file: str, skip_bad: bool, dry_run: bool, json: bool) -> None:
    """Take customers and their wallets from a CSV.

    It has customer_id and wallet; any other column is kept with the customer. All rows or none. A customer may have several wallets, and what is owed goes to the one that came last. A file can
    be imported again. "-" reads standard input.

    \b
    Example:   loyalty customers import customers.csv --dry-run
    """
    with base.opened() as program:
        done = program.customers.import_(file, skip_bad=skip_bad, dry_run=dry_run)
    show.imported(done, json=json)


@group.command("show")
@click.argument("who")
@json_option
def show_(who: str, json: bool) -> None:
    """Show a customer, by id or by any of their wallets.

    What is owed to them goes to the wallet that came last.

    \b
    Example:   loyalty customers show c-1042
    """
    with base.opened() as program:
        found = program.customers.show(who)
    if json:
        show.emit(found)
        return
    *earlier, now = found.wallets
    rows = [("Customer", found.customer_id), ("Wallet", show.address(now))]
    rows += [("", f"{show.address(one)}, earlier") for one in reversed(earlier)]
    show.pairs(rows + [(show.clean(name), value) for name, value in found.attributes.items()])


@group.command("list")
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="The first N only.")
@json_lines_option
def list_(most: int | None, json: bool) -> None:
    """List the customers, in the order of their ids.

    Each with the wallet that is paid now, and how many wallets there are.

    \b
    Example:   loyalty customers list --most 20
    """
    with base.opened() as program:
        found = program.customers.list_(most)
        if json:
            show.emit_lines(found)
            return
        rows = [(one.customer_id, show.address(one.wallet), len(one.wallets)) for one in found]
        customers, wallets = program.customers.count()
    if rows:
        show.table(("CUSTOMER", "WALLET", "WALLETS"), rows)
        show.say(f"{len(rows):,} of {show.many(customers, 'customer')} with {show.many(wallets, 'wallet')}.")
    else:
        show.say("There are no customers yet. Next: loyalty customers import FILE.csv")
