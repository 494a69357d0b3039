"""What owner and guardian do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, calldata_option, dry_run_option, json_lines_option

if TYPE_CHECKING:
    from loyalty.admin import Office

_F = TypeVar("_F", bound=Callable[..., Any])


def _options(command: _F) -> _F:
    """The options of every order."""
    for option in (json_lines_option, dry_run_option, calldata_option):
        command = option(command)
    return command


@click.group("admin", cls=InOrder)
def group() -> None:
    """What owner and guardian of the contracts do.

    CONTRACT is points, poap, warranty or rewards, or all. Where the signer is not who may, the command says who must, and --calldata prints what a Safe is to send.

    \b
    Example:   loyalty admin show
    """


@group.command("show")
@json_lines_option
def show_(json: bool) -> None:
    """Show who may do what, on each contract.

    Owner, guardian, issuers with their budgets, partners, shops: from the chain and its events.

    \b
    Example:   loyalty admin show
    """
    with base.opened() as program:
        found = program.admin.show()
    if json:
        show.emit_lines(found)
        return
    for number, office in enumerate(found):
        if number:
            show.say()
        _print_office(office)
    if not found:
        show.say("None of the contracts is deployed. Next: loyalty deploy")


@group.command()
@click.argument("contract")
@click.argument("address")
@click.option("--budget", required=True, type=int, metavar="N", help="The most it may issue in each period.")
@click.option("--period", default="1d", show_default=True, metavar="TIME", help="Such as 1d, 12h or 3600 (seconds).")
@_options
def set_issuer(
    contract: str, address: str, budget: int, period: str, calldata: bool, dry_run: bool, json: bool
) -> None:
    """Let ADDRESS issue on CONTRACT, or change its budget.

    The owner's. Periods begin at fixed times, a day's at midnight UTC. What was spent in the running one still counts where the period stays the same.

    \b
    Example:   loyalty admin set-issuer points 0x... --budget 200000 --period 1d
    """
    from loyalty import units

    seconds = units.length(period)
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.set_issuer(contract, address, budget=budget, period=seconds, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract")
@click.option("--budget", required=True, type=int, metavar="N", help="The most all of them may issue in each period.")
@click.option("--period", default="1d", show_default=True, metavar="TIME", help="Such as 1d, 12h or 3600 (seconds).")
@_options
def set_pool(contract: str, budget: int, period: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Share one budget among the signer and its pool on CONTRACT.

    The owner's. Each account may issue an equal part; what does not divide is the signer's. [signer] pool in loyalty.toml names the accounts.

    \b
    Example:   loyalty admin set-pool points --budget 1000000 && loyalty send
    """
    from loyalty import units

    seconds = units.length(period)
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.set_pool(contract, budget=budget, period=seconds, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract")
@click.argument("address")
@_options
def stop_issuer(contract: str, address: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Stop ADDRESS from issuing, as when its key was stolen.

    The guardian's or the owner's. Only the owner can let it issue again. "all" stops it on every contract.

    \b
    Example:   loyalty admin stop-issuer all 0x... && loyalty send
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.stop_issuer(contract, address, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract")
@click.argument("address")
@_options
def set_guardian(contract: str, address: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Name who may pause, freeze and stop issuers.

    The owner's. A guardian can only stop things. "none" leaves nobody but the owner.

    \b
    Example:   loyalty admin set-guardian all 0x...
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.set_guardian(contract, address, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract", default="all")
@click.option("--for", "duration", required=True, metavar="TIME", help="Such as 3d, 12h or 600 (seconds); at most 30d.")
@_options
def pause(contract: str, duration: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Stop all issuing on CONTRACT for a while.

    The guardian's or the owner's. What customers hold stays theirs, and they can go on spending it. It ends by itself.

    \b
    Example:   loyalty admin pause all --for 3d && loyalty send
    """
    from loyalty import units

    seconds = units.length(duration)
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.pause(contract, duration=seconds, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract", default="all")
@_options
def unpause(contract: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """End a pause of CONTRACT before its time.

    The owner's.

    \b
    Example:   loyalty admin unpause all
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.unpause(contract, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("address")
@click.option("--remove", is_flag=True, help="It is no partner any more.")
@_options
def set_partner(address: str, remove: bool, calldata: bool, dry_run: bool, json: bool) -> None:
    """Name a partner, who takes points in a closed loop.

    The owner's. Anybody can send points to a partner and get them from one, such as a cafe that takes them.

    \b
    Example:   loyalty admin set-partner 0x...
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.set_partner(address, remove=remove, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("address")
@click.option("--remove", is_flag=True, help="It is no shop any more.")
@_options
def set_shop(address: str, remove: bool, calldata: bool, dry_run: bool, json: bool) -> None:
    """Let a contract take points for what it sells.

    The owner's. Nothing but the shop's own code keeps it to what a customer wanted: name only one that was looked through, such as the rewards contract.

    \b
    Example:   loyalty admin set-shop 0x...
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.set_shop(address, remove=remove, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract")
@click.argument("address")
@_options
def offer_ownership(contract: str, address: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Offer CONTRACT to ADDRESS, such as a Safe.

    The owner's. Nothing changes until ADDRESS accepts. "none" withdraws the offer.

    \b
    Example:   loyalty admin offer-ownership all 0x...
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.offer_ownership(contract, address, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract")
@_options
def accept_ownership(contract: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Take CONTRACT, which was offered to the signer.

    With --calldata, for a Safe that it was offered to.

    \b
    Example:   loyalty admin accept-ownership all --calldata
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.accept_ownership(contract, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


@group.command()
@click.argument("contract")
@click.argument("uri", required=False, default="")
@_options
def set_contract_uri(contract: str, uri: str, calldata: bool, dry_run: bool, json: bool) -> None:
    """Replace what marketplaces read of CONTRACT.

    The owner's. Without a URI, the name, description and image that loyalty.toml has now.

    \b
    Example:   loyalty admin set-contract-uri points
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.admin.set_contract_uri(contract, uri, calldata=calldata)
    show.ordered(*done, json=json, dry_run=dry_run)


def _print_office(office: Office) -> None:
    from loyalty import units

    named: list[tuple[str, object]] = [(office.contract.capitalize(), show.address(office.address))]
    named.append(("Owner", show.address(office.owner)))
    if office.pending_owner:
        named.append(("Offered to", show.address(office.pending_owner)))
    if office.contract != "notify":
        named.append(("Guardian", show.address(office.guardian)))
        named.append(("Paused until", units.iso(office.paused_until)))
    for name, some in (
        ("Partner", office.partners),
        ("Shop", office.shops),
        ("Frozen", office.frozen),
        ("Service centre", office.service_centres),
    ):
        named += [(name, show.address(one)) for one in some]
    named += [(f"Gives event {one.event}", show.address(one.address)) for one in office.event_issuers]
    show.pairs(named)
    if office.issuers:
        rows = [(show.address(one.address), one.budget, units.spelt(one.period), one.left) for one in office.issuers]
        show.table(("ISSUER", "BUDGET", "EACH", "LEFT"), rows)
