"""The local chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, json_option

if TYPE_CHECKING:
    from loyalty.chain.anvil import Running


@click.group("chain", cls=InOrder)
def group() -> None:
    """A local chain of the program's own, to try things on.

    It is an Anvil; its state is kept in the program's folder.

    \b
    Example:   loyalty chain start
    """


@group.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    metavar="PORT",
    help="Listen here; 0: the last port, or a free one.",
)
@json_option
def start(port: int, json: bool) -> None:
    """Start the local chain, as it was when it was stopped.

    It runs on in the background. Where it runs already, nothing happens.

    \b
    Example:   loyalty chain start
    """
    with base.opened() as program:
        running = program.chain.start(port=port)
    if json:
        show.emit(running)
    else:
        _print_running(running)
        show.say("Next: loyalty deploy")


@group.command()
@json_option
def stop(json: bool) -> None:
    """Stop the local chain, and keep its state.

    It comes back with everything on it: loyalty chain start.

    \b
    Example:   loyalty chain stop
    """
    with base.opened() as program:
        stopped = program.chain.stop()
    if json:
        show.emit({"stopped": stopped})
    elif stopped:
        show.say("The local chain is stopped and its state is kept. Next: loyalty chain start")
    else:
        show.say("The local chain was not running. Next: loyalty chain start")


@group.command()
@json_option
def status(json: bool) -> None:
    """Say whether the local chain runs, and where.

    The exit code is 0 either way.

    \b
    Example:   loyalty chain status
    """
    with base.opened() as program:
        running = program.chain.status()
    if json:
        show.emit(running)
    elif running:
        _print_running(running)
    else:
        show.say("The local chain is not running. Next: loyalty chain start")


def _print_running(running: Running) -> None:
    show.say(f"Anvil runs at {running.url} (chain {running.chain_id}, process {running.pid}).")
