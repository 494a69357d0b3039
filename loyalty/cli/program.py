"""The program as a whole: init, deploy, status, send, retry, sync."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from loyalty.cli import base, show
from loyalty.cli.base import dry_run_option, dry_send_option, json_lines_option, json_option, yes_option

if TYPE_CHECKING:
    from loyalty.outbox import Sent
    from loyalty.program import Program, Status
    from loyalty.sync import Synced


@click.command()
@click.argument("name")
@click.option("--folder", metavar="DIR", type=click.Path(file_okay=False), help="Where; made if it is not there.")
@click.option(
    "--ledger",
    metavar="FILE|URL",
    default="ledger.db",
    show_default=True,
    help="A file there, or a PostgreSQL database: postgresql+psycopg://user@host/name, or ${NAME} to read it from the environment.",
)
@json_option
def init(name: str, folder: str | None, ledger: str, json: bool) -> None:
    """Begin a program called NAME.

    It writes a loyalty.toml and an empty ledger. Nothing is overwritten: a folder that has either is refused.

    \b
    Example:   loyalty init "Maple Records" --folder shop
    """
    import loyalty

    with loyalty.init(name, folder or base.folder(), ledger=ledger) as program:
        made, where = program.settings, program.ledger.where
    if json:
        show.emit({"name": made.name, "folder": made.folder, "ledger": where})
        return
    show.say(f"Wrote {made.folder / 'loyalty.toml'} and an empty ledger, {where.removeprefix(f'{made.folder}/')}.")
    there = f" -C {folder}" if folder else ""
    show.say(f"Next: look through loyalty.toml, then: loyalty{there} chain start")


@click.command()
@click.option(
    "--only",
    multiple=True,
    metavar="NOUNS",
    help="These only, with commas between: points,poap,warranty,rewards,notify.",
)
@dry_send_option
@yes_option
@json_lines_option
def deploy(only: tuple[str, ...], dry_run: bool, yes: bool, json: bool) -> None:
    """Put the program's contracts on its chain.

    They are set up as loyalty.toml says. What stands already is left alone, so it can be run again after anything that stopped it. The cost is shown first.

    \b
    Example:   loyalty deploy --dry-run
    """
    nouns = [noun.strip() for given in only for noun in given.split(",") if noun.strip()]
    with base.opened(dry_run=dry_run) as program:
        currency = program.settings.network.currency
        plan = program.deploy_plan(nouns)
        if dry_run and json:
            show.emit(show.plan_json(plan))
            return
        if plan.operations and not json:
            show.plan(plan, currency)
        if dry_run:
            show.say(
                "Nothing was sent. Next: loyalty deploy" if plan.operations else "All of it stands; nothing to do."
            )
            return
        if plan.operations and not base.agreed(f"Deploy for {show.cost(plan, currency)}?", yes=yes):
            _declined("loyalty deploy")
        if plan.operations:
            _ = program.signer  # asks for a passphrase, and the bar must not be drawn over the question
        with show.progress(plan.operations, "deploy") as tick:
            standing = program.deploy(nouns, tick)
    if json:
        show.emit_lines(standing)
        return
    rows = [(one.contract, show.address(one.address), one.block_number, one.how) for one in standing]
    show.table(("CONTRACT", "ADDRESS", "BLOCK", "HOW"), rows)
    show.say("Next: loyalty customers import FILE.csv, or loyalty points award FILE.csv")


@click.command()
@json_option
def status(json: bool) -> None:
    """Say where the program stands, and what needs attention.

    Chain, signer, contracts, what waits, what it cost. It answers also when the node does not.

    \b
    Example:   loyalty status
    """
    with base.opened() as program:
        found = program.status()
    if json:
        show.emit(found)
    else:
        _print_status(found)


@click.command()
@click.argument("file", metavar="FILE.csv")
@json_option
def plan(file: str, json: bool) -> None:
    """What a file of awards would come to, before any of it is queued.

    Rows and refusals, transactions, gas, cost at today's price, time at this network's pace, and whether an epoch that customers claim from would be cheaper. Nothing is written.

    \b
    Example:   loyalty plan awards.csv
    """
    with base.opened() as program:
        found = program.plan_file(file)
        currency = program.settings.network.currency
    if json:
        show.emit(show.forecast_json(found))
    else:
        show.forecast(found, currency)


@click.command()
@click.option("--watch", is_flag=True, help="Go on: send whatever is queued from now on, until ^C.")
@click.option(
    "--every",
    metavar="SECONDS",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="Between two looks, with --watch or --worker.",
)
@click.option("--worker", is_flag=True, help="As --watch, as one of many on a PostgreSQL ledger.")
@dry_send_option
@yes_option
@click.option("--json", is_flag=True, help="Print one JSON document; with --watch one per line.")
@click.pass_context
def send(ctx: click.Context, watch: bool, every: float, worker: bool, dry_run: bool, yes: bool, json: bool) -> None:
    """Put on chain what is queued and due, each exactly once.

    It waits until all is mined. Run again after anything that stopped it, it goes on where it was. What cannot be sent now waits, with the reason,
    and the exit code is 1. The cost is shown first.

    \b
    Example:   loyalty send --dry-run
    """
    with base.opened(dry_run=dry_run) as program:
        plan = program.plan()
        if dry_run and json:
            show.emit(show.plan_json(plan))
            return
        currency = program.settings.network.currency
        if not json:
            show.plan(plan, currency)
        if dry_run:
            if plan.operations:
                show.say("Nothing was sent. Next: loyalty send")
            return
        watch = watch or worker
        later = ", and go on with whatever is queued later" if watch else ""
        question = f"Send {show.many(plan.operations, 'operation')} for {show.cost(plan, currency)}{later}?"
        if (plan.operations or watch) and not base.agreed(question, yes=yes):
            _declined("loyalty send")
        if worker:
            _work(program, every, json)
            return
        if watch:
            _watch(program, every, json)
            return
        _ = program.signer  # as above
        before = {(one.kind, one.key) for one in program.failed()}
        with show.progress(plan.operations, "sending") as tick:
            done = program.send(tick)
        failed = [one for one in program.failed() if (one.kind, one.key) not in before]
    if json:
        show.emit(done)
    else:
        show.sent(done, currency)
    for one in failed:
        whose = f" for {show.address(one.wallet)}" if one.wallet else ""
        show.aside(f'{one.kind} "{one.key}"{whose} failed: {one.reason}')
    _complain(done)
    if failed or done.parked:
        step = "loyalty retry && loyalty send" if failed else "loyalty send"
        raise click.ClickException(f"not everything was sent, and nothing is lost: correct that, then: {step}")
    if done.transactions and not json:
        show.say("Next: loyalty audit reconcile")


@click.command()
def metrics() -> None:
    """Print the program's state as Prometheus reads it.

    Operations by kind and state, transactions, gas, the signer's funds, and how many things wait for a person. For a text-file collector, or a server of your own.

    \b
    Example:   loyalty metrics > /var/lib/node_exporter/loyalty.prom
    """
    with base.opened() as program:
        click.echo(program.metrics(), nl=False)


@click.command()
@dry_run_option
@json_option
def retry(dry_run: bool, json: bool) -> None:
    """Queue every failed operation again.

    For when the cause is corrected: --dry-run lists them with their reasons.

    \b
    Example:   loyalty retry && loyalty send
    """
    with base.opened(dry_run=dry_run) as program:
        if not json:
            for one in program.failed():
                show.say(f'{one.kind} "{one.key}" had failed: {one.reason}')
        count = program.retry()
    if json:
        show.emit({"queued": count, "dry_run": dry_run})
    elif not count:
        show.say("Nothing has failed.")
    elif dry_run:
        show.say(f"{show.many(count, 'operation')} would be queued again. Nothing was written.")
    else:
        show.say(f"{show.many(count, 'operation')} queued again. Next: loyalty send")


@click.command()
@click.option("--rebuild", is_flag=True, help="Read the contracts' events from nothing.")
@dry_run_option
@yes_option
@json_option
def sync(rebuild: bool, dry_run: bool, yes: bool, json: bool) -> None:
    """Find what the chain has and the ledger does not.

    The contracts' new events are read into the ledger. For a ledger that was restored from an older backup, where send stops, it shows what the signer's transactions have paid since, and which queued operations that settles; you confirm, and sending goes on.

    \b
    Example:   loyalty sync --dry-run
    """
    with base.opened(dry_run=dry_run) as program:
        seen = program.sync(rebuild=rebuild)
        if not json:
            _print_synced(seen)
        if seen.found and not dry_run:
            matched = sum(one.matched for one in seen.found)
            question = f"Write {show.many(len(seen.found), 'transaction')} down, and {show.many(matched, 'queued operation')} as paid?"
            if not base.agreed(question, yes=yes):
                raise click.ClickException("you said no; nothing was written. When it may be: loyalty sync")
            seen = program.sync(confirm=True)
    if json:
        show.emit(seen)
    elif seen.written:
        show.say("Written down. Next: loyalty audit reconcile, then: loyalty send")
    elif seen.found:
        show.say("Nothing was written.")


def _print_synced(seen: Synced) -> None:
    taken = f", {show.many(seen.events.dropped, 'old one')} dropped" if seen.events.dropped else ""
    show.say(f"{show.many(seen.events.new, 'new event')} read{taken}.")
    if not seen.found:
        show.say(f"The ledger knows every transaction of its signer up to block {seen.block_number:,}.")
        return
    rows = [
        (
            one.block_number,
            f"{one.noun}.{one.function}",
            "" if one.number is None else one.number,
            len(one.paid),
            one.matched,
            one.tx_hash,
        )
        for one in seen.found
    ]
    show.table(("BLOCK", "CALL", "BATCH", "GIVEN", "QUEUED HERE", "TRANSACTION"), rows)
    for one in seen.found:
        for paid in one.paid:
            if not paid.key:
                what = f"{paid.amount:,} points" if paid.amount else f"{one.noun} {paid.subject}"
                show.say(
                    f"! {what} to {show.address(paid.wallet)} in block {one.block_number:,}: nothing that is queued here; do not queue it again"
                )
        if not one.paid:
            show.say(f"! {one.noun}.{one.function} in block {one.block_number:,}: no operation that is queued here")


def _declined(step: str) -> None:
    raise click.ClickException(f"you said no; nothing was sent. When it may be: {step}")


def _complain(done: Sent) -> None:
    for kind, reason in done.parked.items():
        show.aside(f"{kind} waits: {reason}")


def _watch(program: Program, every: float, json: bool) -> None:
    """Send round after round."""
    before: dict[str, str] = {}
    for done in program.watch(every=every):
        _tell_round(program, done, before, json=json)
        before = done.parked


def _work(program: Program, every: float, json: bool) -> None:
    """Send as one of many."""
    before: dict[str, dict[str, str]] = {}

    def told(account: str, done: Sent) -> None:
        _tell_round(program, done, before.get(account, {}), json=json, account=account)
        before[account] = done.parked

    if not json:
        show.aside("At work. End with ^C: what is under way is finished first.")
    program.work(told, every=every)


def _tell_round(program: Program, done: Sent, before: dict[str, str], *, json: bool, account: str = "") -> None:
    """Tell what a round did; a reason to wait that was one ``before`` is not told again every few seconds."""
    if not (done.transactions or done.failed or done.parked != before):
        return
    if json:
        show.emit_lines([{"account": account, **asdict(done)} if account else done])
    elif done.transactions:
        show.sent(done, program.settings.network.currency)
    if done.failed:
        show.aside(f"{show.many(done.failed, 'operation')} failed; the reasons: loyalty status")
    if done.parked != before:
        _complain(done)


def _print_status(found: Status) -> None:
    from loyalty import units
    from loyalty.outbox.wire import CONTRACTS

    block = "" if found.block_number is None else f", block {found.block_number:,}"
    balance = "" if found.balance is None else f", {units.ether(found.balance)} {found.currency}"
    show.pairs(
        (
            ("Program", found.name),
            ("Network", f"{found.network}, chain {found.chain_id}"),
            ("Node", f"{found.node or '-'}{block}"),
            ("Signer", f"{show.address(found.signer)}{balance}"),
            ("Customers", f"{found.customers:,} with {show.many(found.wallets, 'wallet')}"),
        )
    )
    if found.contracts:
        show.say()
        show.table(
            ("CONTRACT", "ADDRESS"), [(n, show.address(found.contracts[n])) for n in CONTRACTS if n in found.contracts]
        )
    if found.queue:
        states = [s for s in _STATES if any(s in counts for counts in found.queue.values())]
        states += sorted({s for counts in found.queue.values() for s in counts} - set(states))
        show.say()
        show.table(
            ("OPERATIONS", *(s.upper() for s in states)),
            [(kind, *(counts.get(s, 0) for s in states)) for kind, counts in sorted(found.queue.items())],
        )
    if found.spent:
        show.say()
        show.table(
            ("SPENT ON", "OPERATIONS", "TRANSACTIONS", "GAS", found.currency.upper()),
            [(s.kind, s.operations, s.batches, s.gas, units.ether(s.wei)) for s in found.spent],
        )
    show.say()
    for one in found.attention:
        show.say(f"! {one}")
    if not found.attention:
        show.say("Nothing needs attention.")


_STATES = ("queued", "formed", "signed", "sent", "confirmed", "final", "reverted", "failed", "cancelled")
