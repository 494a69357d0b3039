"""Claim links."""

from __future__ import annotations

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, dry_run_option, json_lines_option, json_option


@click.group("link", cls=InOrder)
def group() -> None:
    """Links that give a badge to whoever opens them first.

    A link is a secret: whoever has it can have the badge. It holds nothing on chain, so one that expires or is cancelled costs nothing.

    \b
    Example:   loyalty poap link create "Opening night" --count 50 --out links --qr png
    """


@group.command()
@click.argument("event")
@click.option("--count", type=int, default=1, show_default=True, metavar="N", help="How many.")
@click.option("--for", "customers", default="", metavar="FILE.csv", help="One for each customer_id who has none yet.")
@click.option("--expires", default="", metavar="DATE", help="The last day they are good. Default: in 30 days.")
@click.option("--out", default="", metavar="DIR", help="Write them to links.csv in this folder, made for it.")
@click.option("--qr", default="", metavar="FORMAT", help="A picture of each there too: svg or png.")
@dry_run_option
@json_lines_option
def create(event: str, count: int, customers: str, expires: str, out: str, qr: str, dry_run: bool, json: bool) -> None:
    """Make links for badges of EVENT.

    They are printed, or written to a folder with --out: nothing else has them, so keep them. The ledger knows their numbers, never their keys. Nothing is sent until somebody claims.

    \b
    Example:   loyalty poap link create "Opening night" --for guests.csv --out links --qr png
    """
    where = {} if dry_run else {"out": out, "qr": qr}
    with base.opened(dry_run=dry_run) as program:
        _ = program.signer  # asks for a passphrase, and the bar must not be drawn over the question
        with show.progress(None, "links") as tick:
            made = program.poap.link.create(
                event, count=count, customers=customers, expires=expires, progress=tick, **where
            )
    if json:
        show.emit_lines(() if dry_run else made.links)
        return
    some = show.many(len(made.links), "link")
    if dry_run:
        show.say(f"{some} would be made ({made.known:,} known). Nothing was written.")
        return
    if not made.links:
        show.say(f"Nothing new: {made.known:,} have one already.")
        return
    if made.file is None:
        for one in made.links:
            show.say(one.url)
        show.aside(f"{some} made ({made.known:,} known). Nothing else has them: keep them.")
        return
    pictures = f", each with its picture in {made.file.parent}" if qr else ""
    show.say(f"{some} made ({made.known:,} known), in {made.file}{pictures}. Nothing else has them: keep that folder.")


@group.command()
@click.argument("link")
@click.argument("who")
@dry_run_option
@json_option
def claim(link: str, who: str, dry_run: bool, json: bool) -> None:
    """Queue the badge of LINK for WHO.

    WHO is a wallet or a customer's id. The link is looked at first: one for another chain or contract, one that has expired, was altered, cancelled or used is told in a sentence, before
    any gas is paid. "-" reads it from standard input, where it is in no shell's history.

    \b
    Example:   loyalty poap link claim "loyalty:claim#AQAA..." c-1042
    """
    text = show.read(link) if link == "-" else link
    with base.opened(dry_run=dry_run) as program:
        done = program.poap.link.claim(text, who)
    show.queued(done, f"the badge of {done.note} for {show.whom(done)}", json=json, dry_run=dry_run)


@group.command("list")
@click.argument("event")
@json_lines_option
def list_(event: str, json: bool) -> None:
    """List the links of EVENT, as the chain has them now.

    Each is open, queued (claimed, and not on chain yet), claimed, cancelled or expired.

    \b
    Example:   loyalty poap link list "Opening night"
    """
    from loyalty import units

    with base.opened() as program:
        found = program.poap.link.list_(event)
    if json:
        show.emit_lines(found)
    elif found:
        rows = [
            (
                one.number,
                f"{one.state}, freed" if one.freed else one.state,
                one.customer_id or "",
                units.iso(one.deadline),
                show.address(one.wallet) if one.wallet else "",
            )
            for one in found
        ]
        show.table(("LINK", "STATE", "CUSTOMER", "UNTIL", "CLAIMED BY"), rows)
    else:
        show.say("There are no links for it. Next: loyalty poap link create EVENT")


@group.command()
@click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER]...")
@click.option("--all", "event", default="", metavar="EVENT", help="Every open link of this event.")
@dry_run_option
@json_lines_option
def cancel(numbers: tuple[int, ...], event: str, dry_run: bool, json: bool) -> None:
    """Queue cancelling links, by their numbers or all of an event.

    Whoever still has one can then no longer use it. Until it is sent, they can.

    \b
    Example:   loyalty poap link cancel 3 4 5
               loyalty poap link cancel --all "Opening night"
    """
    if bool(numbers) == bool(event):
        raise click.UsageError("name links by their numbers, or --all with an event")
    with base.opened(dry_run=dry_run) as program:
        done = program.poap.link.cancel(numbers, event=event)
    if json:
        show.emit_lines(done)
        return
    new = sum(one.new for one in done)
    if dry_run:
        show.say(f"{show.many(new, 'link')} would be cancelled. Nothing was written.")
    elif new:
        show.say(f"{show.many(new, 'link')} queued to be cancelled. Next: loyalty send")
    else:
        show.say("Nothing new to cancel.")


@group.command()
@click.argument("event")
@dry_run_option
@json_lines_option
def reclaim(event: str, dry_run: bool, json: bool) -> None:
    """Free the links of EVENT that nobody used in time.

    Those that expired or were cancelled: their customers can be given new ones. Nothing is sent, as a link holds nothing on chain.

    \b
    Example:   loyalty poap link reclaim "Opening night"
    """
    with base.opened(dry_run=dry_run) as program:
        found = program.poap.link.reclaim(event)
    if json:
        show.emit_lines(found)
    elif not found:
        show.say("No link has expired or was cancelled unused.")
    elif dry_run:
        show.say(f"{show.many(len(found), 'link')} would be freed. Nothing was written.")
    else:
        show.say(f"{show.many(len(found), 'link')} freed. Next: loyalty poap link create EVENT --for FILE.csv")
