"""Claims under warranties."""

from __future__ import annotations

import click

from loyalty.cli import base, show
from loyalty.cli.base import InOrder, dry_run_option, json_option

document_option = click.option(
    "--document", default="", metavar="FILE", help="Kept in the program's folder; the SHA-256 of it goes on chain."
)
claim_option = click.option("--claim", type=int, metavar="N", help="The claim's number. Default: the last one.")


@click.group("claim", cls=InOrder)
def group() -> None:
    """Work on claims under warranties.

    A claim is opened, reviewed, approved or rejected, and an approved one is settled by a repair, another article or a refund. Each step is one of the warranty's last claim; while one is
    open the warranty cannot be passed on.

    \b
    Example:   loyalty warranty claim open SN-77 --key ticket-501 --document complaint.pdf
    """


@group.command("open")
@click.argument("serial")
@click.option("--key", required=True, metavar="KEY", help="What makes this claim one of a kind, such as its ticket.")
@document_option
@dry_run_option
@json_option
def open_(serial: str, key: str, document: str, dry_run: bool, json: bool) -> None:
    """Queue a claim for the holder of SERIAL.

    The holder can open one too, with their own wallet. The same key is the same claim.

    \b
    Example:   loyalty warranty claim open SN-77 --key ticket-501 --document complaint.pdf
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.open(serial, key=key, document=document)
    show.queued(done, f'a claim under "{done.note}", key "{key}"', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@claim_option
@dry_run_option
@json_option
def review(serial: str, claim: int | None, dry_run: bool, json: bool) -> None:
    """Queue that the claim of SERIAL is being looked at.

    It is told to its holder by an event, and nothing else changes.

    \b
    Example:   loyalty warranty claim review SN-77
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.review(serial, claim=claim)
    show.queued(done, f'the claim under "{done.note}" is in review', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@document_option
@claim_option
@dry_run_option
@json_option
def approve(serial: str, document: str, claim: int | None, dry_run: bool, json: bool) -> None:
    """Queue accepting the claim of SERIAL.

    Then it is settled: loyalty warranty claim repair, replace or refund.

    \b
    Example:   loyalty warranty claim approve SN-77 --document report.pdf
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.approve(serial, document=document, claim=claim)
    show.queued(done, f'the claim under "{done.note}" is approved', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@click.option("--reason", required=True, metavar="TEXT", help="Goes on chain for all to read, so it names no person.")
@claim_option
@dry_run_option
@json_option
def reject(serial: str, reason: str, claim: int | None, dry_run: bool, json: bool) -> None:
    """Queue turning the claim of SERIAL down.

    Also one that was approved before: everybody can see that it was.

    \b
    Example:   loyalty warranty claim reject SN-77 --reason "water damage is not covered"
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.reject(serial, reason=reason, claim=claim)
    show.queued(done, f'the claim under "{done.note}" is rejected', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@claim_option
@dry_run_option
@json_option
def cancel(serial: str, claim: int | None, dry_run: bool, json: bool) -> None:
    """Queue withdrawing the claim of SERIAL.

    It then counts for nothing. Only its holder can, before it is decided: so this is for what the program's own account holds.

    \b
    Example:   loyalty warranty claim cancel SN-77
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.cancel(serial, claim=claim)
    show.queued(done, f'the claim under "{done.note}" is cancelled', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@document_option
@claim_option
@dry_run_option
@json_option
def repair(serial: str, document: str, claim: int | None, dry_run: bool, json: bool) -> None:
    """Queue that the approved claim of SERIAL was settled by a repair.

    It adds to the statutory guarantee what the terms say.

    \b
    Example:   loyalty warranty claim repair SN-77 --document bill.pdf
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.repair(serial, document=document, claim=claim)
    show.queued(done, f'the claim under "{done.note}" is settled by a repair', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@click.argument("new_serial")
@click.option("--restart", is_flag=True, help="Its clock starts anew; else it goes on where the old one's stands.")
@document_option
@claim_option
@dry_run_option
@json_option
def replace(
    serial: str, new_serial: str, restart: bool, document: str, claim: int | None, dry_run: bool, json: bool
) -> None:
    """Queue that the approved claim of SERIAL was settled by NEW_SERIAL.

    The new article is registered to the same holder under the same terms, the old warranty ends, and each names the other.

    \b
    Example:   loyalty warranty claim replace SN-77 SN-1204
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.replace(serial, new_serial, restart=restart, document=document, claim=claim)
    show.queued(done, f'"{done.note}" is replaced by "{new_serial}"', json=json, dry_run=dry_run)


@group.command()
@click.argument("serial")
@document_option
@claim_option
@dry_run_option
@json_option
def refund(serial: str, document: str, claim: int | None, dry_run: bool, json: bool) -> None:
    """Queue that the approved claim of SERIAL was settled by a refund.

    The money is paid elsewhere. The warranty ends.

    \b
    Example:   loyalty warranty claim refund SN-77
    """
    with base.opened(dry_run=dry_run) as program:
        done = program.warranty.claim.refund(serial, document=document, claim=claim)
    show.queued(done, f'the claim under "{done.note}" is settled by a refund', json=json, dry_run=dry_run)


@group.command("show")
@click.argument("serial")
@json_option
def show_(serial: str, json: bool) -> None:
    """Show the last claim of SERIAL.

    As the chain has it now, with the steps that are queued.

    \b
    Example:   loyalty warranty claim show SN-77
    """
    from loyalty import units

    with base.opened() as program:
        found = program.warranty.claim.show(serial)
    if json:
        show.emit(found)
        return
    show.pairs(
        (
            ("Serial", found.serial),
            ("Claim", found.claim),
            ("State", found.state),
            ("Counted", found.counted),
            ("Last closed", units.iso(found.closed_at)),
            ("Queued", ", ".join(found.queued) or "-"),
        )
    )
