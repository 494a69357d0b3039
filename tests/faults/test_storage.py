"""The disk is full, the file is locked or torn away, the database's answer to a COMMIT is lost: nothing is paid twice, nothing accepted is lost."""

from __future__ import annotations

import os
import resource
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from loyalty.errors import LoyaltyError
from loyalty.ledger import operations, store
from loyalty.program import Program
from tests import postgres
from tests.faults.shop import RUNS, Shop, award_many, deployed

WALLET = "0x" + "d1" * 20


@contextmanager
def no_room(path: Path, left: int) -> Iterator[None]:
    """The log of this ledger, empty now, may not grow past ``left`` bytes: the kernel refuses the write, as on a full disk."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, 5_000, 20_000, 60_000, 150_000])
def test_a_disk_that_fills_up_while_sending(shop: Shop, room: int) -> None:
    """Wherever the room ends, the engine stops with one sentence before it broadcasts what it could not write; with room again, all is paid once."""
    with Program.open(shop.folder) as program:
        wallets = award_many(shop, 2_000, seed=room)
        program.status()
        with no_room(shop.file, room), pytest.raises(LoyaltyError) as told:
            program.send()
        assert "\n" not in str(told.value) and "disk" in str(told.value)
        stored = {hash for (hash,) in shop.witness.rows("SELECT tx_hash FROM attempts")}
        with closing(sqlite3.connect(shop.file)) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        newest = shop.witness.rpc("eth_getBlockByNumber", "latest", True)
        assert {one["hash"] for one in newest["transactions"]} <= stored
        assert program.send().failed == 0
    minted = shop.witness.minted()
    assert {minted[(wallet, 7)] for wallet in wallets} == {1}
    shop.witness.check()


def test_a_disk_without_room_accepts_nothing_it_could_lose(shop: Shop) -> None:
    """An award on a full disk is refused with a sentence; the same award afterwards is new, and paid once."""
    with Program.open(shop.folder) as program:
        program.status()
        with no_room(shop.file, 0), pytest.raises(LoyaltyError, match="disk"):
            program.points.award(WALLET, 7, key="no-room")
        assert operations.by_key(program.ledger, "points.award:no-room") is None
        assert program.points.award(WALLET, 7, key="no-room").new
        program.send()
    assert shop.witness.minted()[(WALLET, 7)] == 1
    shop.witness.check()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a small disk")
def test_a_small_disk(tmp_path: Path) -> None:
    """A real disk of one megabyte: orders are accepted until it is full, and each one accepted is there when it is opened again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine lets nobody make a small disk")
    try:
        with Program.init("Small", disk) as program:
            accepted = []
            with pytest.raises(LoyaltyError, match="disk") as told:
                for number in range(20_000):
                    program.points.award(WALLET, 1, key=f"small-{number}")
                    accepted.append(f"points.award:small-{number}")
            assert "\n" not in str(told.value)
        with Program.open(disk) as again:
            assert accepted and all(operations.by_key(again.ledger, key) for key in accepted)
            assert operations.by_key(again.ledger, f"points.award:small-{len(accepted)}") is None
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_ledger_that_somebody_has_locked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program holds the file for writing: it is waited for, and after that told in one sentence, with nothing sent; once it lets go, all is paid."""
    script = "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); time.sleep(60)"
    wallets = award_many(shop, 3, seed=77)
    holder = subprocess.Popen([sys.executable, "-c", script, str(shop.file)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        monkeypatch.setattr(store, "BUSY", 0.5)
        with Program.open(shop.folder) as program:
            with pytest.raises(LoyaltyError, match="locked") as told:
                program.send()
            assert "\n" not in str(told.value)
            holder.kill()
            holder.wait()
            assert program.send().operations == 3
    finally:
        holder.kill()
        holder.communicate()
    minted = shop.witness.minted()
    assert {minted[(wallet, 7)] for wallet in wallets} == {1}


class Cutting:
    """A way to a PostgreSQL server that is cut when the ``at``-th COMMIT has been done: its answer never arrives."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.seen, self.at, self.cut = 0, 0, 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                inside, _ = self._listening.accept()
            except OSError:
                return
            outside = socket.socket(socket.AF_UNIX)
            outside.connect(self._target)
            doomed = threading.Event()
            threading.Thread(target=self._forward, args=(inside, outside, doomed), daemon=True).start()
            threading.Thread(target=self._back, args=(outside, inside, doomed), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, doomed: threading.Event) -> None:
        with closing(target):
            while told := _received(source):
                if b"COMMIT\x00" in told:
                    self.seen += 1
                    if self.seen == self.at:
                        doomed.set()
                target.sendall(told)

    def _back(self, source: socket.socket, target: socket.socket, doomed: threading.Event) -> None:
        with closing(target):
            while told := _received(source):
                if doomed.is_set():
                    self.cut += 1
                    target.shutdown(socket.SHUT_RDWR)
                    return
                target.sendall(told)

    def close(self) -> None:
        """Take no more."""
        self._listening.close()


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


@pytest.fixture(scope="module")
def way() -> Iterator[Cutting]:
    """A way to the tests' PostgreSQL."""
    found = urlsplit(str(postgres.server().get_uri()))
    way = Cutting(f"{parse_qs(found.query)['host'][0]}/.s.PGSQL.{found.port or 5432}")
    yield way
    way.close()


@pytest.fixture(scope="module")
def remote(way: Cutting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose ledger is at the other end of ``way``."""
    name = postgres.empty_database()
    url = f"postgresql+psycopg://postgres@127.0.0.1:{way.port}/{name}?sslmode=disable&gssencmode=disable"
    with deployed(tmp_path_factory.mktemp("remote"), url) as shop:
        shop.witness.ledger = postgres.url(name)
        yield shop


def test_an_award_whose_commit_was_not_answered_is_known(remote: Shop, way: Cutting) -> None:
    """The order is in the database and its sender was told that the connection broke: asked again under its key it is the same order."""
    with Program.open(remote.folder) as program:
        program.status()
        way.seen, way.at = 0, 1
        with pytest.raises(LoyaltyError, match="cannot be used") as told:
            program.points.award(WALLET, 7, key="unanswered")
        assert way.cut and "\n" not in str(told.value)
        way.at = 0
        again = program.points.award(WALLET, 7, key="unanswered")
        assert not again.new
        program.send()
    assert remote.witness.minted()[(WALLET, 7)] == 1


@pytest.mark.parametrize("at", range(1, 9 if RUNS == 1 else 14))
def test_a_send_whose_commit_was_not_answered_pays_once(remote: Shop, way: Cutting, at: int) -> None:
    """The connection is cut after the n-th COMMIT of a send: it stops, and the next one finds what was written and goes on."""
    wallets = award_many(remote, 1_500, seed=1_000 + at)
    before = way.cut
    with Program.open(remote.folder) as program:
        way.seen, way.at = 0, at
        with pytest.raises(LoyaltyError, match="cannot be used"):
            program.send()
        way.at = 0
        assert way.cut > before
    with Program.open(remote.folder) as program:
        assert program.send().failed == 0
    minted = remote.witness.minted()
    assert {minted[(wallet, 7)] for wallet in wallets} == {1}
    remote.witness.check_nonces()
