"""A program in a folder, and a stream of work for it; every run uses the real command line."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from loyalty.program import Program
from tests import command
from tests.faults.checker import Witness

RUNS = int(os.environ.get("FAULT_RUNS", "1"))
"""How often each fault is tried, each time on a chain of its own: once in every test run, twenty times in `make test-faults`, and a quarter as often on PostgreSQL."""


@dataclass
class Shop:
    """A program in a folder, with the outside witness of its chain; ``number`` says in which round of the tests."""

    folder: Path
    witness: Witness
    round: int = 0
    number: int = 0

    @property
    def file(self) -> Path:
        """Its ledger's file. A test that needs one is passed over where the ledger is a database."""
        if isinstance(self.witness.ledger, str):
            pytest.skip("of a ledger that is a file")
        return self.witness.ledger

    def run(self, *arguments: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
        """The real command line, in a process of its own, which ``crash_at`` kills as kill -9 does."""
        environment = os.environ | ({"LOYALTY_CRASH_AT": crash_at} if crash_at else {})
        out, err, ended = command.run(arguments, self.folder, environment)
        return subprocess.CompletedProcess(arguments, ended, out.decode(), err.decode())

    def queue_work(self, seed: int) -> None:
        """Some of everything: awards, badges, warranties, notifications; different in every round."""
        self.round += 1
        pick = random.Random(seed)
        name = f"r{self.round}"
        wallets = [f"0x{pick.getrandbits(160):040x}" for _ in range(40)]
        program = Program.open(self.folder)
        for index, wallet in enumerate(wallets):
            program.points.award(wallet, pick.randint(1, 500), key=f"{name}-{index}")
            program.points.award(wallet, pick.randint(1, 500), key=f"{name}-{index}-again")
        for number in range(2):
            event = program.poap.create(f"{name}-{number}")
            for wallet in pick.sample(wallets, 5):
                program.poap.award(event.event, wallet)
        for index in range(3):
            program.warranty.register(wallets[index], f"{name}-{index}", f"Product {name}")
        for index in range(6):
            program.notify.send(name, f"Message {index}", to=[wallets[index]], key=f"{name}-{index}")
        program.close()


def killed_and_finished(shop: Shop, step: str, count: int) -> None:
    """Some of everything, sent by one that is killed the ``count``-th time it comes to ``step``, and then by one that is let through."""
    seed = random.randrange(2**32)
    print(f"seed {seed}, killed at {step}:{count}")
    shop.queue_work(seed)
    killed = shop.run("send", "--yes", crash_at=f"{step}:{count}")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = shop.run("send", "--yes")
    assert again.returncode == 0, again.stderr


def award_many(shop: Shop, count: int, seed: int) -> list[str]:
    """Queue 7 points for each of ``count`` new wallets."""
    pick = random.Random(seed)
    wallets = [f"0x{pick.getrandbits(160):040x}" for _ in range(count)]
    path = shop.folder / f"many-{seed}.csv"
    path.write_text("wallet,amount\n" + "".join(f"{wallet},7\n" for wallet in wallets))
    with Program.open(shop.folder) as program:
        program.points.award_file(path)
    return wallets


def share_out(shop: Shop) -> None:
    """Give the signer a pool of two more of Anvil's accounts, and share its budgets out."""
    settings = shop.folder / "loyalty.toml"
    settings.write_text(settings.read_text().replace("anvil = 0 ", "pool = [1, 2]\nanvil = 0 "))
    for noun in ("points", "poap", "warranty"):
        shop.run("admin", "set-pool", noun, "--budget", "3000001")
    done = shop.run("send", "--yes", "--json")
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def deployed(folder: Path, ledger: str = "ledger.db") -> Iterator[Shop]:
    """A shop in ``folder``, deployed on an Anvil of its own, which stops when the block ends. ``ledger``: a file there, or a PostgreSQL URL."""
    program = Program.init("Fault Shop", folder, ledger=ledger)
    running = program.chain.start()
    try:
        program.deploy()
        yield Shop(folder, Witness(running.url, ledger if "://" in ledger else folder / ledger))
    finally:
        program.chain.stop()
        program.close()


def backup(source: Path, target: Path) -> None:
    """SQLite's own backup: a plain copy would miss what is still in the write-ahead log."""
    script = "import sqlite3, sys; a, b = map(sqlite3.connect, sys.argv[1:]); a.backup(b); a.close(); b.close()"
    subprocess.run([sys.executable, "-c", script, str(source), str(target)], check=True)
