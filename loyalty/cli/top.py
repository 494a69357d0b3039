"""All commands together, in the order a person meets them."""

from __future__ import annotations

import click

from loyalty.cli import admin, audit, chain, customers, demo, notify, poap, points, program, rewards, warranty, webhooks
from loyalty.cli.base import Top


@click.group(cls=Top, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="loyalty", message="loyalty %(version)s")
@click.option(
    "-C",
    "--folder",
    default=".",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="The program's folder. Without it: this folder, or the nearest above it that has a loyalty.toml.",
)
@click.option("--log", type=click.Choice(["json"]), help="Tell each step of sending on stderr, one JSON object a line.")
def cli(folder: str, log: str | None) -> None:
    """Points, proofs of attendance, warranties and notifications for a brand, in its customers' wallets.

    What customers are owed waits in a ledger, each under its key; "loyalty send" puts it on chain, each exactly once.
    Any option can also come from the environment: LOYALTY_FOLDER=shop, LOYALTY_SEND_YES=1.

    \b
    Example:   loyalty init "Maple Records" && loyalty chain start && loyalty deploy
    """
    if log:
        from loyalty import logs

        logs.to_stderr()


for command in (
    program.init,
    chain.group,
    program.deploy,
    program.status,
    customers.group,
    points.group,
    poap.group,
    warranty.group,
    rewards.group,
    notify.group,
    program.plan,
    program.send,
    program.retry,
    program.sync,
    webhooks.group,
    program.metrics,
    admin.group,
    audit.group,
    demo.demo,
):
    cli.add_command(command)
