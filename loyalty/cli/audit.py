"""The books."""

from __future__ import annotations

from pathlib import Path

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
@click.option(
    "--sign", metavar="FILE", type=click.Path(dir_okay=False), help="Write a report there, signed by the signer."
)
@json_option
def reconcile(sign: str | None, json: bool) -> None:
    """Compare ledger, logs and contracts, wallet by wallet.

    Lots, badges, warranties, rewards and orders are made again from the chain's events and compared with what the contracts say at one block, and each operation with the transaction that paid it. The exit code is 1 when they differ anywhere.

    \b
    Example:   loyalty audit reconcile --sign books.json
    """
    with base.opened() as program:
        books = program.audit.reconcile()
        if sign:
            Path(sign).write_text(program.audit.sign(books), encoding="utf-8")
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
                ("Warranties", books.warranties),
                ("Rewards held", books.rewards),
                ("Events", books.events),
                ("Transactions", books.transactions),
            )
        )
        for difference in books.differences:
            show.say(f"! {difference}")
    if not books.agree:
        raise click.ClickException(f"the books differ in {show.many(len(books.differences), 'place')}")
    if not json:
        show.say("Ledger, logs and contracts agree.")


@group.command()
@click.argument("file", type=click.Path(dir_okay=False))
@json_option
def verify(file: str, json: bool) -> None:
    """Check the signature of a report that reconcile wrote.

    It says who signed it, when, and whether the books agreed. One that was changed by a single letter is refused. No node is asked.

    \b
    Example:   loyalty audit verify books.json
    """
    from loyalty import units

    with base.opened() as program:
        found = program.audit.verify(file)
    if json:
        show.emit(found)
        return
    said = "the books agreed" if found.agree else f"the books differed in {show.many(found.differences, 'place')}"
    show.say(
        f"Signed by {show.address(found.signer)} on {units.iso(found.made_at)}: at block {found.block_number:,} of chain {found.chain_id} {said}."
    )


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
