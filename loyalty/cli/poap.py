"""Proofs of attendance."""

from __future__ import annotations

from typing import Any

import click

from loyalty.cli import base, links, show
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
@click.argument("who", required=False)
@click.option("--same-as", metavar="OTHER", help="Everybody who was given the badge of this event.")
@click.option("--note", default="", metavar="TEXT", help="Kept in the ledger, with the badge.")
@dry_run_option
@json_option
def award(event: str, who: str | None, same_as: str | None, note: str, dry_run: bool, json: bool) -> None:
    """Queue one badge of EVENT for WHO, or for another event's people.

    EVENT and OTHER are a number or a name, WHO a wallet or a customer's id. Whoever has the badge is left alone. A list that is on chain already costs about a third of what a file does.

    \b
    Example:   loyalty poap award "Opening night" c-1042
               loyalty poap award "Second night" --same-as "Opening night"
    """
    if (who is None) == (same_as is None):
        raise click.UsageError("name one wallet or customer, or --same-as another event")
    with base.opened(dry_run=dry_run) as program:
        if same_as is not None:
            taken = program.poap.award_again(event, same_as)
            taken.dry_run = dry_run
            show.taken(taken, "badge", json=json)
            return
        assert who is not None
        done = program.poap.award(event, who, note=note)
    show.queued(done, f'the badge of "{event}" for {show.whom(done)}', json=json, dry_run=dry_run)


@group.command()
@click.argument("event")
@click.argument("who")
@click.option("--deadline", default="", metavar="DATE", help="Its last good day, or moment. Default: for 30 days.")
@click.option("--out", default="", metavar="FILE", help="Write it there, and not to the screen.")
@dry_run_option
@json_option
def voucher(event: str, who: str, deadline: str, out: str, dry_run: bool, json: bool) -> None:
    """Sign the badge of EVENT for WHO, to be claimed later.

    Nothing is sent: whoever has the voucher can put the badge on chain, for WHO alone, and pays its gas. The same WHO again gets the same number, so one of the two can be used.

    \b
    Example:   loyalty poap voucher "Opening night" c-1042 --out voucher.json
    """
    from loyalty import units

    with base.opened(dry_run=dry_run) as program:
        done = program.poap.voucher(event, who, deadline=deadline)
    if out and not dry_run:
        show.write(out, done.text + "\n")
    what = f'the badge of "{event}" for {show.whom(done)}, good until {units.iso(done.deadline)}'
    if dry_run:
        show.say(f"Would be signed: {what}. Nothing was written.")
    elif json:
        show.emit(done)
    elif out:
        show.say(f"Signed: {what}. Wrote {out}. Next: loyalty poap claim {out}")
    else:
        show.say(done.text)
        show.aside(f"Signed: {what}.")


@group.command()
@click.argument("file")
@dry_run_option
@json_option
def claim(file: str, dry_run: bool, json: bool) -> None:
    """Put a voucher on chain, and pay its gas.

    FILE is what loyalty poap voucher wrote; "-" reads standard input. What the chain would refuse (used, cancelled, expired, altered, of another chain) is refused here.

    \b
    Example:   loyalty poap claim voucher.json && loyalty send
    """
    text = show.read(file)
    with base.opened(dry_run=dry_run) as program:
        done = program.poap.claim(text)
    show.queued(done, f"the badge of {done.note} for {show.whom(done)}", json=json, dry_run=dry_run)


group.add_command(links.group)


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
            ("Frozen", found.frozen),
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


@group.command()
@click.option("--all-of", required=True, metavar="EVENTS", help="Numbers or names, with commas between them.")
@json_lines_option
def holders(all_of: str, json: bool) -> None:
    """List who holds the badges of all of some events.

    As the chain has it: who was given every one of them and still has them all. A badge that was passed on counts for nobody.

    \b
    Example:   loyalty poap holders --all-of "Opening night,Second night"
    """
    with base.opened() as program:
        found = program.poap.holders([name.strip() for name in all_of.split(",") if name.strip()])
    if json:
        show.emit_lines(found)
    elif found:
        show.table(("WALLET", "CUSTOMER"), [(show.address(one.wallet), one.customer_id or "") for one in found])
    else:
        show.say("Nobody holds all of them.")


@group.command("set-issuer")
@click.argument("event")
@click.argument("address")
@click.option("--remove", is_flag=True, help="No longer.")
@dry_run_option
@json_option
def set_issuer(event: str, address: str, remove: bool, dry_run: bool, json: bool) -> None:
    """Make the account ADDRESS an issuer of EVENT's own.

    Or no longer, with --remove. While an event has issuers of its own, they alone may give its badges, each within its budget. Only the contract's owner can.

    \b
    Example:   loyalty poap set-issuer "Opening night" 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.poap.set_issuer(event, address, remove=remove)
    is_ = "is no longer an issuer" if remove else "is an issuer"
    show.queued(done, f'{show.address(done.wallet)} {is_} of "{event}"', json=json, dry_run=dry_run)


@group.command("set-art")
@click.argument("event")
@click.argument("image", metavar="FILE|URL")
@dry_run_option
@json_option
def set_art(event: str, image: str, dry_run: bool, json: bool) -> None:
    """Give EVENT and all its badges another picture.

    Until the event is frozen. Only the contract's owner can.

    \b
    Example:   loyalty poap set-art "Opening night" badge.png
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.poap.set_art(event, image)
    show.queued(done, f'another picture for "{done.note}"', json=json, dry_run=dry_run)


@group.command()
@click.argument("event")
@dry_run_option
@json_option
def freeze(event: str, dry_run: bool, json: bool) -> None:
    """Fix the metadata of EVENT for good.

    Its picture can then never be changed. Only the contract's owner can.

    \b
    Example:   loyalty poap freeze "Opening night"
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.poap.freeze(event)
    show.queued(done, f'"{done.note}" keeps its metadata for good', json=json, dry_run=dry_run)


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
