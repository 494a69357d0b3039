"""The books."""

from __future__ import annotations

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, json_lines_option, json_option


@click.group("audit", cls=InOrder)
def group() -> None:
    """Compare the books with the chain.

    \b
    Example:   loyalty audit reconcile
    """


@group.command()
@json_option
def reconcile(json: bool) -> None:
    """Compare ledger, logs and contracts, wallet by wallet.

    What the ledger gave, what the chain's logs say, what the contracts say. Nothing is changed. The exit code is 1 when they differ anywhere.

    \b
    Example:   loyalty audit reconcile
    """
    with base.opened() as program:
        books = program.audit.reconcile()
    if json:
        show.emit(books)
    else:
        show.pairs(
            (
                ("At block", books.block_number),
                ("Wallets", books.wallets),
                ("Points awarded", books.awarded),
                ("Points in supply", books.supply),
                ("Points expired", books.expired),
                ("Badges", books.badges),
            )
        )
        for difference in books.differences:
            show.say(f"! {difference}")
    if not books.agree:
        raise click.ClickException(f"the books differ in {show.many(len(books.differences), 'place')}")
    if not json:
        show.say("Ledger, logs and contracts agree.")


@group.command()
@json_lines_option
def powers(json: bool) -> None:
    """Who can do what on the contracts, and since when.

    Owners, guardians, issuers with what is left of their budgets, shops, partners, service centres, delegates, frozen accounts, pauses: as the contracts say, with the transaction that gave each.

    \b
    Example:   loyalty audit powers
    """
    from loyalty import units

    with base.opened() as program:
        found = program.audit.powers()
    if json:
        show.emit_lines(found)
        return
    rows = [
        (
            one.contract,
            one.power,
            show.address(one.account) if one.account else "",
            one.limit,
            units.iso(one.since) if one.since else "",
            one.tx_hash,
        )
        for one in found
    ]
    show.table(("CONTRACT", "POWER", "WHO", "WITHIN", "SINCE", "TRANSACTION"), rows)
