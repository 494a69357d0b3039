"""Warranties."""

from __future__ import annotations

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, dry_run_option, json_option, skip_bad_option


@click.group("warranty", cls=InOrder)
def group() -> None:
    """Register warranties, show, extend and void them.

    A serial number is never on chain in clear: the token id is the hash of it and a random salt.

    \b
    Example:   loyalty warranty import sold.csv
    """


@group.command()
@click.argument("who")
@click.option("--serial", required=True, metavar="SERIAL", help="The article's serial number; it has one warranty.")
@click.option("--product", required=True, metavar="NAME", help="What it is, as wallets show it.")
@click.option("--purchased", default="", metavar="DATE", help="The day its clock starts. Default: today.")
@click.option("--months", type=int, metavar="N", help="The commercial guarantee. Default: loyalty.toml's.")
@click.option("--legal-months", type=int, metavar="N", help="The statutory guarantee. Default: loyalty.toml's.")
@click.option(
    "--transfers", default="", metavar="N", help='How often it may change hands: "free", "never" or a number.'
)
@click.option("--in-stock", is_flag=True, help="It goes to a shop, with its clock stopped until the first sale.")
@click.option("--note", default="", metavar="TEXT", help="Kept in the ledger, with the warranty.")
@dry_run_option
@json_option
def register(
    who: str,
    serial: str,
    product: str,
    purchased: str,
    months: int | None,
    legal_months: int | None,
    transfers: str,
    in_stock: bool,
    note: str,
    dry_run: bool,
    json: bool,
) -> None:
    """Queue a warranty for WHO.

    A serial number has one: the same again is left alone, and other terms are refused.

    \b
    Example:   loyalty warranty register c-1042 --serial SN-77 --product Turntable --purchased 2026-03-31
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.register(
            who,
            serial,
            product,
            purchased=purchased,
            in_stock=in_stock,
            months=months,
            legal_months=legal_months,
            transfers=transfers,
            note=note,
        )
    show.queued(done, f'a warranty for {product} "{done.key}" of {show.whom(done)}', json=json, dry_run=dry_run)


@group.command("import")
@click.argument("file", metavar="FILE.csv")
@skip_bad_option
@dry_run_option
@json_option
def import_(file: str, skip_bad: bool, dry_run: bool, json: bool) -> None:
    """Queue a warranty for each row of a CSV.

    It has wallet or customer_id, serial and product, and may have purchased, months, legal_months, transfers, in_stock (yes or no) and note. All rows or none. A serial
    number has one warranty, so a file can be sent again. "-" reads standard input.

    \b
    Example:   loyalty warranty import sold.csv --dry-run
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.import_(file, skip_bad=skip_bad, dry_run=dry_run)
    show.taken(done, "warranty", "warranties", json=json)


@group.command("show")
@click.argument("serial")
@json_option
def show_(serial: str, json: bool) -> None:
    """Show a warranty, as the chain has it now.

    SERIAL is its serial number, or its token id.

    \b
    Example:   loyalty warranty show SN-77
    """
    from loyalty import units

    with base.opened() as program:
        found = program.warranty.show(serial)
    if json:
        show.emit(found)
        return
    show.pairs(
        (
            ("Serial", found.serial),
            ("Product", found.product),
            ("Owner", show.address(found.owner)),
            ("State", found.state),
            ("From", units.iso(found.start)),
            ("Until", units.iso(found.end)),
            ("Transfers left", found.transfers_left),
            ("Token", found.token_id),
            ("Metadata", found.uri),
        )
    )


@group.command()
@click.argument("serial")
@click.argument("months", type=int)
@click.option(
    "--key", required=True, metavar="KEY", help="What makes this extension one of a kind, such as its order's number."
)
@dry_run_option
@json_option
def extend(serial: str, months: int, key: str, dry_run: bool, json: bool) -> None:
    """Queue MONTHS more for a warranty.

    The same key is the same extension.

    \b
    Example:   loyalty warranty extend SN-77 12 --key order-99
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.extend(serial, months, key=key)
    show.queued(
        done, f'{show.many(months, "month")} more for "{done.note}" under key "{key}"', json=json, dry_run=dry_run
    )


@group.command()
@click.argument("serial")
@click.option("--reason", required=True, metavar="TEXT", help="Goes on chain for all to read, so it names no person.")
@dry_run_option
@json_option
def void(serial: str, reason: str, dry_run: bool, json: bool) -> None:
    """Queue the end of a warranty.

    What it was stays readable, and the reason with it.

    \b
    Example:   loyalty warranty void SN-77 --reason "sold twice"
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.void(serial, reason=reason)
    show.queued(done, f'the end of the warranty "{done.note}"', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@json_option
def proof(serial: str, json: bool) -> None:
    """Print what shows that SERIAL is this token's.

    That is its salt: keccak-256 of salt and serial is the token id. It is for the holder: whoever has it can tell which article the token stands for.

    \b
    Example:   loyalty warranty proof SN-77
    """
    with base.opened() as program:
        found = program.warranty.proof(serial)
    if json:
        show.emit(found)
    else:
        show.pairs((("Serial", found["serial"]), ("Salt", found["salt"]), ("Token", found["token_id"])))
