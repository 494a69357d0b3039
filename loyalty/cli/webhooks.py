"""Telling a backend what became of its operations."""

from __future__ import annotations

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, json_option


@click.group("webhooks", cls=InOrder)
def group() -> None:
    """Tell your backend what became of its operations.

    Name it in loyalty.toml: [webhooks] url and secret. loyalty send tells it after each round.

    \b
    Example:   loyalty webhooks deliver
    """


@group.command()
@json_option
def deliver(json: bool) -> None:
    """Tell your backend what is due, now.

    One signed POST for each operation that was confirmed, failed or reorganised away; what it does not take is tried again later. The exit code is 1 when some were not taken.

    \b
    Example:   loyalty webhooks deliver
    """
    with base.opened() as program:
        done = program.webhooks.deliver()
    if json:
        show.emit(done)
    else:
        show.say(f"{show.many(done.delivered, 'message')} delivered.")
    if done.failed:
        raise click.ClickException(
            f"{show.many(done.failed, 'message')} not taken ({done.given_up} given up); they are tried again later. Is your backend up?"
        )


@group.command()
@json_option
def retry(json: bool) -> None:
    """Try again what was given up.

    A message is given up after ten tries in three days.

    \b
    Example:   loyalty webhooks retry && loyalty webhooks deliver
    """
    with base.opened() as program:
        count = program.webhooks.retry()
    if json:
        show.emit({"again": count})
    else:
        show.say(f"{show.many(count, 'message')} to be tried again. Next: loyalty webhooks deliver")
