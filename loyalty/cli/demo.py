"""The demo."""

from __future__ import annotations

from pathlib import Path

import click

from loyalty.cli import show
from loyalty.cli.base import json_option


@click.command()
@click.option(
    "--full",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Replay the whole data set in DIR, not its first 1,000 customers.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    default=Path("demo-shop"),
    show_default=True,
    help="The demo's own folder; made if it is not there.",
)
@json_option
def demo(full: Path | None, folder: Path, json: bool) -> None:
    """Replay a real brand's first weeks on a local chain.

    Points, badges, warranties, notifications. It needs no program and no money. Everything in it has a key, so running it again pays nobody twice.

    \b
    Example:   loyalty demo
    """
    from loyalty import demo as library

    with show.progress(None, "demo") as tick:
        report = library.run(folder, full, show.aside, tick)
    if json:
        show.emit(report)
        return
    show.pairs(
        (("Customers", report.customers), ("New awards", report.new_awards), ("Seconds", f"{report.seconds:.1f}"))
    )
    show.say(f"Next: loyalty -C {folder} status")
