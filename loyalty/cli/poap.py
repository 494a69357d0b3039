"""Proofs of attendance."""

from __future__ import annotations

from typing import Any

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, dry_run_option, json_lines_option, json_option, skip_bad_option


@click.group("poap", cls=InOrder)
def group() -> None:
    """Proofs of attendance: events and their badges.

    There is one badge per wallet per event, and the chain sees to it.

    \b
    Example:   loyalty poap create "Opening night" --start 2026-03-31
    """


@group.command()
@click.argument("name")
@click.option("--description", default="", metavar="TEXT")
@click.option(
    "--image", default="", metavar="FILE|URL", help="The badge's picture: a file, which is stored, or an address."
)
@click.option("--start", default="", metavar="DATE", help="The first day that badges may be given.")
@click.option("--end", default="", metavar="DATE", help="The last day that badges may be given.")
@click.option("--city", default="", metavar="TEXT")
@click.option("--country", default="", metavar="TEXT")
@click.option("--url", default="", metavar="URL", help="The event's page.")
@click.option("--virtual", is_flag=True, help="It takes place online.")
@click.option("--max-supply", type=int, default=0, metavar="N", help="How many badges there may ever be; 0: no limit.")
@click.option("--transferable", is_flag=True, help="Badges may change hands; else they stay where they were given.")
@click.option(
    "--burn",
    type=click.Choice(("issuer", "owner", "both", "neither")),
    default="both",
    show_default=True,
    help="Who may burn a badge.",
)
@dry_run_option
@json_option
def create(name: str, dry_run: bool, json: bool, **settings: Any) -> None:
    """Queue a new event called NAME.

    A name is used once: the same again with the same settings is left alone, and with others it is refused.

    \b
    Example:   loyalty poap create "Opening night" --start 2026-03-31 --city Paris --image badge.png
    """
    with base.opened(dry_run=dry_run) as program:
        made = program.poap.create(name, **settings)
    if json:
        show.emit(made)
        return
    show.pairs((("Event", made.event), ("Name", made.name), ("Metadata", made.uri), ("State", made.state)))
    if dry_run:
        show.say("Nothing was written.")
    else:
        show.say(f"Next: loyalty poap drop {made.event} FILE.csv, then: loyalty send")


@group.command()
@click.argument("event")
@click.argument("file", metavar="FILE.csv")
@skip_bad_option
@dry_run_option
@json_option
def drop(event: str, file: str, skip_bad: bool, dry_run: bool, json: bool) -> None:
    """Queue a badge of EVENT for each row of a CSV.

    EVENT is its number or name; the CSV has wallet or customer_id, and where there is one note. All rows or none. Whoever has the badge is left alone, so a file can be sent again. "-" reads standard input.

    \b
    Example:   loyalty poap drop "Opening night" guests.csv --dry-run
    """
    with base.opened() as program:
        done = program.poap.drop(event, file, skip_bad=skip_bad, dry_run=dry_run)
    show.taken(done, "badge", json=json)


@group.command()
@click.argument("event")
@click.argument("who")
@click.option("--note", default="", metavar="TEXT", help="Kept in the ledger, with the badge.")
@dry_run_option
@json_option
def award(event: str, who: str, note: str, dry_run: bool, json: bool) -> None:
    """Queue one badge of EVENT for WHO.

    EVENT is its number or name, WHO a wallet or a customer's id. Whoever has the badge is left alone.

    \b
    Example:   loyalty poap award "Opening night" c-1042
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.poap.award(event, who, note=note)
    show.queued(done, f'the badge of "{event}" for {show.whom(done)}', json=json, dry_run=dry_run)


@group.command("show")
@click.argument("event")
@json_option
def show_(event: str, json: bool) -> None:
    """Show EVENT: its window, and how many badges were given.

    EVENT is its number or name.

    \b
    Example:   loyalty poap show "Opening night"
    """
    from loyalty import units

    with base.opened() as program:
        found = program.poap.show(event)
    if json:
        show.emit(found)
        return
    limit = f"{found.max_supply:,}" if found.max_supply else "any number"
    show.pairs(
        (
            ("Event", found.event),
            ("Name", found.name),
            ("From", units.iso(found.start)),
            ("Until", units.iso(found.end)),
            ("Badges given", f"{found.minted:,} of {limit}"),
            ("Queued", found.queued),
            ("Transferable", not found.soulbound),
            ("Metadata", found.uri),
        )
    )


@group.command()
@click.argument("who")
@json_lines_option
def badges(who: str, json: bool) -> None:
    """List the badges that WHO was given and still holds.

    As the chain has it: what is queued is not there yet.

    \b
    Example:   loyalty poap badges c-1042
    """
    with base.opened() as program:
        found = program.poap.badges(who)
    if json:
        show.emit_lines(found)
    elif found:
        show.table(("EVENT", "NAME", "TOKEN"), [(one.event, one.name, one.token_id) for one in found])
    else:
        show.say("No badges on chain.")


@group.command("list")
@json_lines_option
def list_(json: bool) -> None:
    """List the events.

    Those that are queued are among them.

    \b
    Example:   loyalty poap list
    """
    with base.opened() as program:
        found = program.poap.list_()
    if json:
        show.emit_lines(found)
    elif found:
        show.table(("EVENT", "NAME", "METADATA"), [(one.number, one.name, one.uri) for one in found])
    else:
        show.say("There are no events yet. Next: loyalty poap create NAME")
