"""A ledger that was restored from an older backup: sending stops, the chain is asked what was paid, and sending goes on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from loyalty.errors import LoyaltyError
from loyalty.program import Program
from tests.faults.shop import RUNS, Shop, backup, deployed

WALLETS = [f"0x{'51' * 19}{n:02x}" for n in range(4)]


@pytest.fixture(params=range(RUNS))
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop of its own for each test: each loses its memory in another way."""
    with deployed(tmp_path) as shop:
        yield shop


def queue(shop: Shop) -> None:
    """Some of everything that can be paid twice."""
    with Program.open(shop.folder) as program:
        for n, wallet in enumerate(WALLETS):
            program.points.award(wallet, 10 + n, key=f"order-{n}")
        event = program.poap.create("Opening")
        program.poap.award(event.event, WALLETS[0])
        program.poap.award(event.event, WALLETS[1])
        program.warranty.register(WALLETS[2], "SN-1", "Lamp")
        program.notify.send("Hello", "Only once", to=[WALLETS[3]], key="hello")


def remember(shop: Shop, name: str = "old.db") -> None:
    """Make a backup."""
    backup(shop.folder / "ledger.db", shop.folder / name)


def restore(shop: Shop, name: str = "old.db") -> None:
    """Restore it."""
    backup(shop.folder / name, shop.folder / "ledger.db")


def paid_once(shop: Shop) -> None:
    """Everything that queue() owes is on chain exactly once, and the books agree."""
    assert shop.witness.minted() == {(wallet, 10 + n): 1 for n, wallet in enumerate(WALLETS)}
    assert sum(shop.witness.notifications().values()) == 1
    assert shop.run("audit", "reconcile").returncode == 0
    assert shop.witness.rows("SELECT count(*) FROM operations WHERE state = 'queued'") == [(0,)]


def test_what_was_paid_meanwhile_is_found_and_not_paid_again(shop: Shop) -> None:
    """Awards, badges, warranties and notifications that were sent after the backup are recognised in the queue, and the next award goes out."""
    queue(shop)
    remember(shop)
    assert shop.run("send", "--yes").returncode == 0
    restore(shop)
    stopped = shop.run("send", "--yes")
    assert stopped.returncode == 1 and "loyalty sync" in stopped.stderr
    before = shop.witness.rows("SELECT key, state FROM operations ORDER BY id")
    looked = shop.run("sync", "--dry-run")
    assert looked.returncode == 0 and "Nothing was written." in looked.stdout and "!" not in looked.stdout
    assert shop.witness.rows("SELECT key, state FROM operations ORDER BY id") == before
    assert shop.run("sync", "--yes").returncode == 0
    paid_once(shop)
    assert "knows every transaction" in shop.run("sync", "--yes").stdout
    with Program.open(shop.folder) as program:
        program.points.award(WALLETS[0], 77, key="the-next-one")
        assert program.send().operations == 1
    assert shop.witness.minted()[(WALLETS[0], 77)] == 1
    assert shop.run("audit", "reconcile").returncode == 0


def test_the_same_orders_queued_anew_are_recognised(shop: Shop) -> None:
    """When even the queue is from before, the orders are queued again and then found paid."""
    remember(shop)
    queue(shop)
    assert shop.run("send", "--yes").returncode == 0
    restore(shop)
    with Program.open(shop.folder) as program:
        for n, wallet in enumerate(WALLETS):
            program.points.award(wallet, 10 + n, key=f"order-{n}")
        with pytest.raises(LoyaltyError, match="older than the chain"):
            program.send()
        seen = program.sync(confirm=True)
        assert sum(one.matched for one in seen.found) == len(WALLETS)
        assert program.send().operations == 0
    assert shop.witness.minted() == {(wallet, 10 + n): 1 for n, wallet in enumerate(WALLETS)}


def test_what_is_not_queued_is_told(shop: Shop) -> None:
    """A payment that the restored ledger knows nothing of is named, and the rest is settled all the same."""
    remember(shop, "empty.db")
    queue(shop)
    assert shop.run("send", "--yes").returncode == 0
    restore(shop, "empty.db")
    with Program.open(shop.folder) as program:
        program.points.award(WALLETS[0], 10, key="order-0")
    done = shop.run("sync", "--yes")
    assert done.returncode == 0, done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("!")]
    assert any("11 points" in line and WALLETS[1] in line.lower() for line in told)
    assert not any("10 points" in line for line in told)
    assert shop.run("send", "--yes").returncode == 0
    assert shop.witness.minted() == {(wallet, 10 + n): 1 for n, wallet in enumerate(WALLETS)}


def test_two_equal_awards_are_two(shop: Shop) -> None:
    """Of two awards alike of which one was paid, one is settled and one is sent."""
    with Program.open(shop.folder) as program:
        program.points.award(WALLETS[0], 5, key="first")
        remember(shop)
        program.send()
    restore(shop)
    with Program.open(shop.folder) as program:
        program.points.award(WALLETS[0], 5, key="second")
        assert [one.matched for one in program.sync(confirm=True).found] == [1]
        assert program.send().operations == 1
    assert shop.witness.minted()[(WALLETS[0], 5)] == 2
    assert shop.run("audit", "reconcile").returncode == 0


def test_what_was_under_way_in_the_backup_is_settled_first(shop: Shop) -> None:
    """Signed bytes in the backup that were mined since are settled by send, which stops before anything new; sync finds the rest."""
    queue(shop)
    assert shop.run("send", "--yes", crash_at="stored").returncode == -signal.SIGKILL
    remember(shop)
    assert shop.run("send", "--yes").returncode == 0
    restore(shop)
    assert shop.run("sync", "--dry-run").stderr.startswith("Error: a transaction of this ledger is still under way")
    stopped = shop.run("send", "--yes")
    assert stopped.returncode == 1 and "loyalty sync" in stopped.stderr
    assert shop.run("sync", "--yes").returncode == 0
    paid_once(shop)
    assert shop.run("send", "--yes").returncode == 0
    paid_once(shop)


def test_a_backup_from_when_the_batch_was_formed(shop: Shop) -> None:
    """A number that was reserved and never signed in the backup, and is spent on chain, is given to what spent it."""
    queue(shop)
    assert shop.run("send", "--yes", crash_at="batched:2").returncode == -signal.SIGKILL
    remember(shop)
    assert shop.run("send", "--yes").returncode == 0
    restore(shop)
    assert shop.run("send", "--yes").returncode == 1
    assert shop.run("sync", "--yes").returncode == 0
    assert shop.run("send", "--yes").returncode == 0
    paid_once(shop)
