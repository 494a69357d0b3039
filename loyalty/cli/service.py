"""Service books, and who may write into them."""

from __future__ import annotations

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, dry_run_option, json_option


@click.group("service", cls=InOrder)
def group() -> None:
    """Write into the service books of articles.

    \b
    Example:   loyalty warranty service log SN-77 --kind inspection --key visit-12
    """


@group.command()
@click.argument("serial")
@click.option(
    "--kind",
    type=click.Choice(("service", "repair", "inspection", "other")),
    default="service",
    show_default=True,
    help="What was done.",
)
@click.option("--document", default="", metavar="FILE", help="Kept in the folder; the SHA-256 of it goes on chain.")
@click.option("--key", required=True, metavar="KEY", help="What makes this entry one of a kind, such as its order.")
@dry_run_option
@json_option
def log(serial: str, kind: str, document: str, key: str, dry_run: bool, json: bool) -> None:
    """Queue an entry in the service book of SERIAL.

    The program's own account must be a service centre. A repair under a claim is told by the claim itself. The same key is the same entry.

    \b
    Example:   loyalty warranty service log SN-77 --kind inspection --key visit-12 --document report.pdf
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.service.log(serial, kind=kind, document=document, key=key)
    show.queued(done, f'an entry ({kind}) for "{done.note}" under key "{key}"', json=json, dry_run=dry_run)


@click.group("service-centre", cls=InOrder)
def centre() -> None:
    """Say who may write into service books.

    \b
    Example:   loyalty warranty service-centre set 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    """


@centre.command("set")
@click.argument("address")
@click.option("--remove", is_flag=True, help="No longer.")
@dry_run_option
@json_option
def set_(address: str, remove: bool, dry_run: bool, json: bool) -> None:
    """Make the account ADDRESS a service centre.

    Or no longer one, with --remove. Only the contract's owner can.

    \b
    Example:   loyalty warranty service-centre set 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.service_centre.set(address, remove=remove)
    is_ = "is no longer a service centre" if remove else "is a service centre"
    show.queued(done, f"{show.address(done.wallet)} {is_}", json=json, dry_run=dry_run)
