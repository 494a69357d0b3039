"""Workers: any number of processes, on as many machines, that send from one PostgreSQL ledger. Procrastinate says who sends next.

Each account of the signer and its pool is a lane, and each lane with something to send is one job at a time in that same
database. A worker that dies leaves its job to the next one, which goes on where the ledger says; whatever the jobs do,
the lane's lease alone decides who may send (loyalty/ledger/lanes.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from loyalty import units
from loyalty.errors import LoyaltyError, SettingsError, Unreachable
from loyalty.ledger import Ledger
from loyalty.outbox import Outbox, Sent

if TYPE_CHECKING:
    from procrastinate import App

_HEARTBEAT = 1.0
_SILENT = 6.0  # seconds after which a worker that was not heard of is taken for dead, and its lanes given to others

Told = Callable[[str, Sent], None]


def work(ledger: Ledger, outbox: Outbox, told: Told, then: Callable[[], object], *, every: float) -> None:
    """Send, as one of the ledger's workers, whatever is due in any lane, until SIGINT or SIGTERM; then finish what is under way.

    ``told`` is called with an account and what was sent through it, and ``then`` after each look. Every ``every`` seconds (1 to 59) somebody looks for
    lanes with something to send. Raises SettingsError where the ledger is not on PostgreSQL.
    """
    if not ledger.is_shared:
        raise SettingsError(
            "workers share a ledger on PostgreSQL, and this one is a file; send with: loyalty send --watch"
        )
    _make_tables(ledger)
    accounts, ending = [one.address for one in outbox.signers()], threading.Event()
    app = _app(ledger)

    @app.task(name="loyalty.lane", pass_context=False)
    def lane(index: int) -> None:
        """Send what one account can."""
        if ending.is_set():
            return  # somebody else looks again in a moment
        account = units.checksum(accounts[index])
        try:
            done = outbox.send_lane(index, until=ending.is_set)
        except LoyaltyError as error:
            what = "the node" if isinstance(error, Unreachable) else account
            done = Sent(parked={what: str(error)})
        if done is not None:
            told(account, done)

    @app.periodic(cron=f"* * * * * */{max(1, min(59, round(every)))}")
    @app.task(name="loyalty.look", queueing_lock="look", pass_context=False)
    async def look(timestamp: int) -> None:
        """Ask for every lane that has something to send, and take the lanes of dead workers from them."""
        await _bury(app)
        for index in await asyncio.to_thread(outbox.lanes_due):
            name = f"lane {accounts[index]}"
            await _ask(app, name, index)
        await asyncio.to_thread(then)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        async with app.open_async():
            running = asyncio.create_task(
                app.run_worker_async(
                    concurrency=len(accounts) + 1,
                    fetch_job_polling_interval=1.0,
                    update_heartbeat_interval=_HEARTBEAT,
                    delete_jobs="always",
                    install_signal_handlers=False,
                )
            )

            def end() -> None:
                ending.set()
                running.cancel()

            for one in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(one, end)
            with contextlib.suppress(asyncio.CancelledError):
                await running

    asyncio.run(serve())


def _schema() -> str:
    """The schema of the ledger's database that Procrastinate's tables are in: none of the ledger's, and not in its backups' way.

    Each version of Procrastinate has one of its own. The jobs in it only say which lane to look at, so none of them has to
    be taken along; and should workers of two versions run at once, the lanes' leases hold all the same.
    """
    return "loyalty_jobs_" + version("procrastinate").replace(".", "_")


def _app(ledger: Ledger) -> App:
    try:
        from procrastinate import App, PsycopgConnector
        from psycopg.conninfo import make_conninfo
    except ModuleNotFoundError as error:
        raise SettingsError("workers need more libraries; run: pip install 'loyalty[postgres]'") from error
    where = make_conninfo(ledger.conninfo, options=f"-c search_path={_schema()}")
    return App(connector=PsycopgConnector(conninfo=where))


async def _ask(app: App, name: str, index: int) -> None:
    from procrastinate.exceptions import AlreadyEnqueued

    job = app.configure_task("loyalty.lane", queueing_lock=name, lock=name)
    with contextlib.suppress(AlreadyEnqueued):
        await job.defer_async(index=index)


async def _bury(app: App) -> None:
    """End the jobs of workers that are silent, so that their lanes can be asked for again."""
    from procrastinate.jobs import Status

    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT):
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


def _make_tables(ledger: Ledger) -> None:
    """Procrastinate's tables, once."""
    from importlib.resources import files

    made: Any = files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8")
    ledger.add_schema(_schema(), made)
