"""Notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loyalty.cli import base, show, signing
from loyalty.cli.base import InOrder, dry_run_option, json_lines_option, json_option

if TYPE_CHECKING:
    from loyalty.program import Program
    from loyalty.queued import Queued


@click.group("notify", cls=InOrder)
def group() -> None:
    """Notifications to wallets, in the EPNS / Push format.

    They are on chain: public, and for ever.

    \b
    Example:   loyalty notify send "Doors open at six" "See you tonight" --all --key doors-0331
    """


@group.command()
@click.argument("title")
@click.argument("body")
@click.option("--to", multiple=True, metavar="WHO", help="A wallet or a customer's id; may be given again.")
@click.option("--all", "everyone", is_flag=True, help="To every subscriber.")
@click.option("--key", required=True, metavar="KEY", help="What makes this message one of a kind.")
@click.option("--subject", default="", metavar="TEXT", help="The heading inside.")
@click.option("--message", default="", metavar="TEXT", help="The text inside, if it is not BODY.")
@click.option("--link", default="", metavar="URL", help="What a tap opens.")
@click.option("--image", default="", metavar="URL")
@click.option(
    "--expires", default="", metavar="TIME", help="When clients stop showing it: 2027-03-31 or 2027-03-31T18:00."
)
@click.option("--silent", is_flag=True, help="Without a sound.")
@click.option("--hidden", is_flag=True, help="For programs: in nobody's list.")
@click.option("--category", default="", metavar="N", help="The channel's setting that it falls under, such as 2.")
@click.option("--cut", is_flag=True, help="Cut texts that are longer than clients show.")
@click.option(
    "--format",
    type=click.Choice(("auto", "minimal", "stored", "direct")),
    default="auto",
    show_default=True,
    help="How it travels: identity type 0 (minimal), 1 (stored), 2 (direct), or whichever fits.",
)
@dry_run_option
@json_option
def send(
    title: str,
    body: str,
    to: tuple[str, ...],
    everyone: bool,
    key: str,
    subject: str,
    message: str,
    link: str,
    image: str,
    expires: str,
    silent: bool,
    hidden: bool,
    category: str,
    cut: bool,
    format: str,
    dry_run: bool,
    json: bool,
) -> None:
    """Queue a notification.

    It goes to those named with --to, or to every subscriber with --all. It is on chain, public and for ever, so it names no person. The same key is the same notification.

    \b
    Example:   loyalty notify send "100 points" "Thank you for your order" --to c-1042 --key order-77
    """
    from loyalty import units

    if bool(to) == everyone:
        raise click.UsageError("say whom it is for: --to WHO (once for each), or --all")
    with base.opened(dry_run=dry_run) as program:
        done = program.notify.send(
            title,
            body,
            to=None if everyone else list(to),
            key=key,
            subject=subject,
            message=message,
            link=link,
            image=image,
            expires=units.moment(expires) if expires else 0,
            silent=silent,
            hidden=hidden,
            category=category,
            cut=cut,
            format=format,
        )
    whom = (
        "every subscriber" if everyone else show.whom(done) if len(set(to)) == 1 else show.many(len(set(to)), "wallet")
    )
    show.queued(done, f'"{done.note}" to {whom} under key "{done.key}"', json=json, dry_run=dry_run)


@group.command()
@click.argument("who")
@click.option("--spam", is_flag=True, help="Also what came from channels they are not subscribed to.")
@click.option("--everything", is_flag=True, help="Also what has expired or is hidden.")
@json_lines_option
def inbox(who: str, spam: bool, everything: bool, json: bool) -> None:
    """Show what WHO received, newest first.

    Only from channels they are subscribed to, unless --spam.

    \b
    Example:   loyalty notify inbox c-1042 --spam
    """
    with base.opened() as program:
        found = program.notify.inbox(who, spam=spam, everything=everything)
    if json:
        show.emit_lines(found)
        return
    for one in found:
        show.say(f"{one.title}{' (spam)' if one.spam else ''}")
        # The inside repeats the outside where a message has nothing more to say.
        for line in dict.fromkeys((one.body, one.subject, one.message, one.link, one.image)):
            if line and line != one.title:
                show.say(f"  {line}")
        show.say(f"  block {one.block_number:,}, from {show.address(one.channel)}")
    show.say(f"{show.many(len(found), 'notification')}." + ("" if spam else " Those from unknown channels: --spam"))


@group.command()
@click.argument("who", required=False)
@signing.options
@dry_run_option
@json_option
def subscribe(
    who: str | None,
    sign_with: str | None,
    sign_with_anvil: int | None,
    signature: str | None,
    request: str | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Subscribe WHO to the program's channel, as they sign it.

    Without WHO it is the program's own signer. Without a signature this prints the message to sign (EIP-712), which any wallet can. It holds for one hour.

    \b
    Example:   loyalty notify subscribe c-1042 > request.json
               loyalty notify subscribe c-1042 --request request.json --signature 0x...
    """
    way = signing.Way(sign_with, sign_with_anvil, signature, request)
    _change(who, way, on=True, dry_run=dry_run, json=json)


@group.command()
@click.argument("who", required=False)
@signing.options
@dry_run_option
@json_option
def unsubscribe(
    who: str | None,
    sign_with: str | None,
    sign_with_anvil: int | None,
    signature: str | None,
    request: str | None,
    dry_run: bool,
    json: bool,
) -> None:
    """Let WHO leave the program's channel, as they sign it.

    Without WHO it is the program's own signer. Without a signature this prints the message to sign (EIP-712), which any wallet can. It holds for one hour.

    \b
    Example:   loyalty notify unsubscribe c-1042 > request.json
    """
    way = signing.Way(sign_with, sign_with_anvil, signature, request)
    _change(who, way, on=False, dry_run=dry_run, json=json)


@group.command()
@click.argument("address")
@click.option("--remove", is_flag=True, help="No longer.")
@dry_run_option
@json_option
def delegate(address: str, remove: bool, dry_run: bool, json: bool) -> None:
    """Let the account ADDRESS send for this channel.

    Or no longer, with --remove. Only the channel itself can.

    \b
    Example:   loyalty notify delegate 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.notify.delegate(address, remove=remove)
    may = "may no longer send" if remove else "may send"
    show.queued(done, f"{show.address(done.wallet)} {may} for the channel", json=json, dry_run=dry_run)


def _change(who: str | None, way: signing.Way, *, on: bool, dry_run: bool, json: bool) -> None:
    way.check()
    verb = "subscribe" if on else "unsubscribe"
    if who is None and way.given:
        raise click.UsageError("WHO is missing: whose signature is it?")
    with base.opened(dry_run=dry_run) as program:
        if who is not None and not way.given:
            asked = program.notify.subscription(who, on=on)
            signing.ask_to_sign(asked, base.wallet(program, who), ("loyalty", "notify", verb, who))
            return
        done = _queue(program, who, way, on=on)
    what = f"{show.whom(done)} {'joins' if on else 'leaves'} the channel"
    show.queued(done, what, json=json, dry_run=dry_run)


def _queue(program: Program, who: str | None, way: signing.Way, *, on: bool) -> Queued:
    change = program.notify.subscribe if on else program.notify.unsubscribe
    if who is None:
        return change()
    signed = signing.signed(program, way, base.wallet(program, who), lambda: program.notify.subscription(who, on=on))
    return change(*signed)
