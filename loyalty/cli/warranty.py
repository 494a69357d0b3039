"""Warranties."""

from __future__ import annotations

import click

from loyalty.cli import base, claims, service, show
from loyalty.cli.base import InOrder, dry_run_option, json_lines_option, json_option, skip_bad_option


@click.group("warranty", cls=InOrder)
def group() -> None:
    """Register warranties, work on claims, recall, extend and end them.

    A serial number is never on chain in clear: the token id is the hash of it and a random salt.

    \b
    Example:   loyalty warranty import sold.csv
    """


@group.command()
@click.argument("product")
@click.option("--months", type=int, metavar="N", help="The commercial guarantee.")
@click.option("--legal-months", type=int, metavar="N", help="The statutory guarantee.")
@click.option(
    "--transfers", default="", metavar="N", help='How often it may change hands: "free", "never" or a number.'
)
@click.option("--max-claims", type=int, metavar="N", help="The most claims under one warranty; 0: any number.")
@click.option("--cooldown-days", type=int, metavar="N", help="Between the end of a claim and the next one.")
@click.option("--repair-months", type=int, metavar="N", help="What a repair adds to the statutory guarantee.")
@click.option("--recovery-days", type=int, metavar="N", help="In which what was sold can be taken back.")
@dry_run_option
@json_option
def terms(
    product: str,
    months: int | None,
    legal_months: int | None,
    transfers: str,
    max_claims: int | None,
    cooldown_days: int | None,
    repair_months: int | None,
    recovery_days: int | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Set the terms that PRODUCT is sold under from now on.

    Registrations get them where they say nothing else. What is not given is loyalty.toml's. What was promised before stays as it was.

    \b
    Example:   loyalty warranty terms Turntable --months 36 --max-claims 3 --cooldown-days 14 --recovery-days 30
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.terms(
            product,
            months=months,
            legal_months=legal_months,
            transfers=transfers,
            max_claims=max_claims,
            cooldown_days=cooldown_days,
            repair_months=repair_months,
            recovery_days=recovery_days,
        )
    show.queued(done, f"terms {done.key} for {product}", json=json, dry_run=dry_run)


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
@click.option("--production", default="", metavar="NAME", help="What it was made with: it can be recalled together.")
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
    production: str,
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
            production=production,
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

    It has wallet or customer_id, serial and product, and may have purchased, months, legal_months, transfers, in_stock (yes or no), production and note. All rows or none. A serial
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
    said = " and ".join(word for word, yes in (("lost", found.lost), ("stolen", found.stolen)) if yes)
    rows: list[tuple[str, object]] = [
        ("Serial", found.serial),
        ("Product", found.product),
        ("Owner", show.address(found.owner)),
        ("State", found.state),
        ("From", units.iso(found.start)),
        ("Until", units.iso(found.end)),
        ("Legal until", units.iso(found.legal_end)),
        ("Commercial until", units.iso(found.commercial_end)),
        ("Transfers left", found.transfers_left),
        ("Claims left", found.claims_left),
        ("Token", found.token_id),
        ("Metadata", found.uri),
    ]
    # What most warranties have nothing of is told of the others alone.
    rows += [
        (name, value)
        for name, value in (
            ("Production", found.production),
            ("Claim", f"{found.claim}, {found.claim_state}" if found.claim else ""),
            ("Services", found.services),
            ("Said to be", said),
            ("Recalled", found.recall),
            ("Replaced by", found.replaced_by),
            ("In place of", found.replaces),
        )
        if value
    ]
    show.pairs(rows)


@group.command()
@click.argument("serial")
@json_lines_option
def history(serial: str, json: bool) -> None:
    """Print everything that happened to an article.

    Its service book, oldest first, from the chain's own events: SERIAL is its serial number, or its token id.

    \b
    Example:   loyalty warranty history SN-77
    """
    from loyalty import units

    with base.opened() as program:
        found = program.warranty.history(serial)
    if json:
        show.emit_lines(found)
        return
    show.table(("WHEN", "WHAT"), [(units.iso(one.at), one.text) for one in found])


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
@click.option("--lost", is_flag=True, help="It is lost.")
@click.option("--stolen", is_flag=True, help="It was stolen.")
@click.option("--clear", is_flag=True, help="It is neither, or no longer.")
@dry_run_option
@json_option
def flag(serial: str, lost: bool, stolen: bool, clear: bool, dry_run: bool, json: bool) -> None:
    """Say that an article is lost or stolen, or no longer.

    While either is said it can be neither passed on nor claimed for. What its holder has said stays: neither side can take back what the other says.

    \b
    Example:   loyalty warranty flag SN-77 --stolen
    """
    if clear == (lost or stolen):
        raise click.UsageError("say --lost, --stolen or both, or --clear")
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.flag(serial, lost=lost, stolen=stolen, clear=clear)
    said = " and ".join(word for word, yes in (("lost", lost), ("stolen", stolen)) if yes) or "neither lost nor stolen"
    show.queued(done, f'"{done.note}" is said to be {said}', json=json, dry_run=dry_run)


@group.command()
@click.argument("production")
@click.option("--notice", default="", metavar="TEXT|FILE|URL", help="What is wrong and what to do, for all to read.")
@click.option("--end", is_flag=True, help="The recall is over.")
@dry_run_option
@json_option
def recall(production: str, notice: str, end: bool, dry_run: bool, json: bool) -> None:
    """Recall everything of a PRODUCTION, or end its recall.

    What is registered with it later is recalled too. A text or a file is stored and published, so it names no person. It takes nothing from anybody.

    \b
    Example:   loyalty warranty recall 2026-W14 --notice "Unplug it and bring it to a shop."
    """
    if end == bool(notice):
        raise click.UsageError("give --notice, or --end")
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.recall(production, notice=notice, end=end)
    what = f"the end of the recall of {done.note}" if end else f"the recall of {done.note}"
    show.queued(done, what, json=json, dry_run=dry_run)


@group.command()
@click.argument("production")
@json_lines_option
def holders(production: str, json: bool) -> None:
    """List who holds the articles of a PRODUCTION now.

    As the chain has it, with the customers' ids where the ledger knows them.

    \b
    Example:   loyalty warranty holders 2026-W14
    """
    with base.opened() as program:
        found = program.warranty.holders(production)
    if json:
        show.emit_lines(found)
    elif found:
        rows = [
            (one.serial or one.token_id, show.address(one.wallet), one.customer_id or "", one.state) for one in found
        ]
        show.table(("SERIAL", "HOLDER", "CUSTOMER", "STATE"), rows)
    else:
        show.say("Nothing of it is on chain.")


@group.command()
@click.argument("serial")
@click.option("--reason", required=True, metavar="TEXT", help="Goes on chain for all to read, so it names no person.")
@dry_run_option
@json_option
def recover(serial: str, reason: str, dry_run: bool, json: bool) -> None:
    """Take back an article that was returned in time.

    Or one that still stands in a shop. It is the program's own then, its clock stands still, and it can be sold again. The terms say how many days after the sale that is possible.

    \b
    Example:   loyalty warranty recover SN-77 --reason "returned within 30 days"
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.recover(serial, reason=reason)
    show.queued(done, f'"{done.note}" is taken back', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@click.argument("who")
@dry_run_option
@json_option
def sell(serial: str, who: str, dry_run: bool, json: bool) -> None:
    """Pass on to WHO what the program's own account holds.

    What is in stock there, or was taken back: the clock of its warranty starts with that.

    \b
    Example:   loyalty warranty sell SN-77 c-1042
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.sell(serial, who)
    show.queued(done, f'"{done.note}" is sold to {show.whom(done)}', json=json, dry_run=dry_run)


group.add_command(claims.group)
group.add_command(service.group)
group.add_command(service.centre)


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
