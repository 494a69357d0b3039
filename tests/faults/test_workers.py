"""Workers on one PostgreSQL ledger: real processes, killed and ended while they send."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from loyalty.chain.signer import from_anvil
from loyalty.program import Program
from tests import postgres
from tests.faults.shop import Shop, award_many, deployed, share_out


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop on PostgreSQL whose signer has a pool of two."""
    url = postgres.url(postgres.empty_database())
    with deployed(tmp_path_factory.mktemp("shared"), url) as shop:
        share_out(shop)
        yield shop


def worker(shop: Shop) -> subprocess.Popen[str]:
    """A worker of its own process."""
    command = [sys.executable, "-m", "loyalty", "send", "--worker", "--yes", "--every", "1"]
    return subprocess.Popen(
        command, cwd=shop.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.1)


def settled(shop: Shop) -> bool:
    """Whether nothing waits and nothing is under way."""
    open_batches = shop.witness.rows("SELECT id FROM batches WHERE state NOT IN ('final', 'reverted', 'dissolved')")
    return not open_batches and not shop.witness.rows("SELECT id FROM operations WHERE state = 'queued' LIMIT 1")


def test_many_workers_pay_once_though_one_is_killed(shared: Shop) -> None:
    """Three workers share the lanes; one dies as by kill -9 while it sends, the others take its lanes over, and every award is paid once."""
    award_many(shared, 3_000, seed=81)
    workers = [worker(shared) for _ in range(3)]
    try:
        until(lambda: bool(shared.witness.rows("SELECT id FROM batches WHERE kind = 'points.award' LIMIT 1")), 60)
        (doing,) = shared.witness.rows("SELECT holder FROM lanes ORDER BY since DESC, token DESC LIMIT 1")
        victim = int(doing[0].rpartition(":")[2])
        os.kill(victim, signal.SIGKILL)
        award_many(shared, 600, seed=82)
        shared.queue_work(seed=83)
        until(lambda: settled(shared), 120)
    finally:
        ended = [end(one) for one in workers]
    assert sorted(code for code, _ in ended) == [-signal.SIGKILL, 0, 0], ended
    shared.witness.check()
    used = Counter(shared.witness.rows("SELECT signer FROM batches WHERE kind = 'points.award' AND state = 'final'"))
    assert used.keys() <= {(from_anvil(index).address,) for index in (0, 1, 2)}


def test_a_worker_that_is_told_to_end_finishes_what_is_under_way(shared: Shop) -> None:
    """SIGTERM leaves nothing signed and unsettled behind; what was not begun waits in the queue."""
    award_many(shared, 5_000, seed=84)
    one = worker(shared)
    until(lambda: bool(shared.witness.rows("SELECT id FROM batches WHERE state IN ('sent', 'signed')")), 60)
    code, err = end(one)
    assert code == 0, err
    assert not shared.witness.rows("SELECT id FROM batches WHERE state IN ('formed', 'signed', 'sent')")
    assert shared.run("send", "--yes").returncode == 0
    shared.witness.check()
    with Program.open(shared.folder) as program:
        assert program.audit.reconcile().agree


def test_workers_need_a_shared_ledger(shop: Shop) -> None:
    """On a ledger in a file there is one machine, and the command says what serves there."""
    assert shop.file.exists()
    told = shop.run("send", "--worker", "--yes")
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1] == (
        "Error: workers share a ledger on PostgreSQL, and this one is a file; send with: loyalty send --watch"
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """End a worker as a service manager does; its exit code and what it said."""
    process.terminate()
    try:
        _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        _, err = process.communicate()
    return process.returncode, err
