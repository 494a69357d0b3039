"""ledger: the file, its migrations, and its transactions."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from loyalty.errors import LoyaltyError
from loyalty.ledger import Ledger, operations, schema
from loyalty.ledger.operations import New
from loyalty.points import Points

from .conftest import WALLETS


def shape(engine: Engine) -> dict[str, Any]:
    """All that a database's tables are made of."""
    seen = inspect(engine)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in seen.get_columns(table)],
            "primary key": seen.get_pk_constraint(table),
            "foreign keys": sorted(seen.get_foreign_keys(table), key=str),
            "unique": sorted(seen.get_unique_constraints(table), key=str),
            "indexes": sorted(seen.get_indexes(table), key=str),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_the_migrations_make_the_schema(ledger_path: Path) -> None:
    """All migrations in order give what the schema module says: Alembic would write no further one."""
    engine = create_engine(f"sqlite:///{ledger_path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.HEAD
    engine.dispose()


def test_a_migrated_ledger_is_a_created_one(ledger_path: Path, tmp_path: Path) -> None:
    """Columns, keys, uniqueness and indexes, with their names, are those of the schema created in one go."""
    migrated, created = create_engine(f"sqlite:///{ledger_path}"), create_engine(f"sqlite:///{tmp_path / 'created.db'}")
    schema.metadata.create_all(created)
    assert shape(migrated) == shape(created)
    assert set(shape(created)) == set(schema.metadata.tables)
    for engine in (migrated, created):
        engine.dispose()


def test_a_ledger_is_durable(ledger_path: Path) -> None:
    """Every connection to a SQLite ledger writes ahead, waits for the disk at each commit, and checks what refers to what."""
    ledger = Ledger.open(ledger_path)
    for opened in (ledger.read, ledger.write):
        with opened() as connection:
            pragmas = {
                name: connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert ledger_path.read_bytes()[18:20] == b"\2\2", "the file itself says that it is in WAL mode"
    ledger.close()


def test_a_write_that_raises_leaves_nothing(ledger: Ledger) -> None:
    """Whatever was written before the exception is taken back with it."""
    with pytest.raises(ZeroDivisionError), ledger.write() as connection:
        operations.add(connection, [New("k", "points.award", WALLETS[0], amount=5)])
        raise ZeroDivisionError
    assert operations.by_key(ledger, "k") is None
    with ledger.write() as connection:
        assert operations.add(connection, [New("k", "points.award", WALLETS[0], amount=5)]).new == 1


def test_a_reader_sees_one_state(ledger: Ledger) -> None:
    """What another connection writes meanwhile is seen by the next reader, not by this one."""
    with ledger.read() as connection:
        assert connection.scalar(select(schema.facts.c.value)) is None
        ledger.remember("genesis", "0x1")
        assert connection.scalar(select(schema.facts.c.value)) is None
    assert ledger.fact("genesis") == "0x1"


def test_a_fact_is_written_once(ledger: Ledger) -> None:
    """The first value stays: another chain's genesis cannot take its place."""
    ledger.remember("genesis", "0x1")
    ledger.remember("genesis", "0x2")
    assert (ledger.fact("genesis"), ledger.fact("other")) == ("0x1", None)


def test_foreign_keys_hold(ledger: Ledger) -> None:
    """A wallet of a customer who does not exist cannot be written."""
    with pytest.raises(IntegrityError), ledger.write() as connection:
        connection.execute(schema.wallets.insert().values(address=WALLETS[0], customer_id="nobody", created_at=0))


def test_a_rehearsal_is_seen_and_not_kept(ledger: Ledger, ledger_at: Path | str) -> None:
    """After rehearse() what is written is seen through this ledger alone, and is gone when it closes."""
    ledger.remember("kept", "1")
    ledger.rehearse()
    ledger.remember("rehearsed", "1")
    assert (ledger.fact("kept"), ledger.fact("rehearsed")) == ("1", "1")
    ledger.close()
    again = Ledger.open(ledger_at)
    assert (again.fact("kept"), again.fact("rehearsed")) == ("1", None)
    again.close()


def test_a_missing_ledger_is_not_made_in_passing(tmp_path: Path) -> None:
    """A ledger that is gone is told: an empty one in its place would forget who was paid."""
    with pytest.raises(LoyaltyError, match=r"the ledger .* is missing; restore it from a backup"):
        Ledger.open(tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["50% off?", "a#b", "Caf\xe9 & Bar", "a b", "%20"])
def test_a_ledger_may_be_in_any_folder(tmp_path: Path, folder: str) -> None:
    """The folder's name is a name, not part of a URL."""
    path = tmp_path / folder / "ledger.db"
    path.parent.mkdir()
    ledger = Ledger.open(path, create=True)
    ledger.remember("a", "b")
    ledger.close()
    assert path.exists()
    assert {found.name for found in tmp_path.iterdir()} == {folder}


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    """A crash between making the file and its tables leaves an empty file, which is finished when it is opened."""
    path = tmp_path / "ledger.db"
    path.touch()
    ledger = Ledger.open(path)
    assert ledger.fact("a") is None
    ledger.close()


def database(path: Path, *statements: str) -> Path:
    """An SQLite file made by these statements."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def test_a_file_that_is_no_ledger_is_one_sentence(tmp_path: Path, ledger_path: Path) -> None:
    """A text, another program's database, a ledger of a newer version and a folder are refused, and stay as they were."""
    text_file = tmp_path / "text.db"
    text_file.write_text("customer_id,wallet\n" * 100)
    other = database(tmp_path / "other.db", "CREATE TABLE songs (id INTEGER)")
    newer = database(ledger_path, "UPDATE alembic_version SET version_num = '9999'")
    (tmp_path / "folder.db").mkdir()
    for path, told in (
        (text_file, "cannot be used: file is not a database; restore it from a backup"),
        (other, "is another program's database; name another file in loyalty.toml"),
        (newer, "has version 9999, which this loyalty does not know; install the newest one"),
        (tmp_path / "folder.db", "cannot be used: unable to open database file"),
    ):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(LoyaltyError, match=told) as refused:
            Ledger.open(path)
        assert str(path) in str(refused.value) and "\n" not in str(refused.value)
        # Opening turns on write-ahead logging, which is two bytes of the header and a counter.
        assert path.is_dir() or path.read_bytes()[100:] == before[100:]


def test_a_damaged_ledger_is_one_sentence(ledger: Ledger, ledger_path: Path) -> None:
    """A ledger whose middle was overwritten is told as damaged when that is read, not as a traceback."""
    for n in range(200):
        ledger.remember(f"fact {n}", "x" * 200)
    ledger.close()
    content = bytearray(ledger_path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    ledger_path.write_bytes(content)
    with pytest.raises(LoyaltyError, match=r"the ledger .* cannot be used: database disk image is malformed"):
        Ledger.open(ledger_path).fact("fact 1")


def test_a_ledger_that_cannot_be_written_is_one_sentence(ledger_path: Path) -> None:
    """A ledger on a full disk refuses the write, says so, and holds what it held."""
    ledger = Ledger.open(ledger_path)
    with ledger.read() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
    ledger.remember("before", "1")
    with pytest.raises(LoyaltyError, match="database or disk is full; free some space"), ledger.write() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.execute(schema.facts.insert().values(name="big", value="x" * 1_000_000))
    assert (ledger.fact("before"), ledger.fact("big")) == ("1", None)
    ledger.close()


def test_a_ledger_that_another_program_holds_is_one_sentence(ledger_path: Path) -> None:
    """A lock that is not given up is told after the wait, with the step to take."""
    holder = sqlite3.connect(ledger_path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    ledger = Ledger.open(ledger_path)
    try:
        with ledger.read() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
        with pytest.raises(LoyaltyError, match="database is locked; another program holds it"):
            ledger.remember("a", "b")
        assert ledger.fact("a") is None
    finally:
        holder.close()
    ledger.remember("a", "b")
    assert ledger.fact("a") == "b"
    ledger.close()


def test_fifty_threads_queue_one_award(points: Points, ledger: Ledger) -> None:
    """The same key from fifty threads at once is one operation; each thread is told whether it was the first."""
    start, told, failed = threading.Barrier(50), [], []

    def award() -> None:
        start.wait()
        try:
            told.append(points.award(WALLETS[0], 5, key="webhook-1").new)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=award) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(told) == [False] * 49 + [True]
    assert operations.counts(ledger) == {"points.award": {"queued": 1}}


def test_processes_queue_each_award_once(ledger: Ledger, ledger_at: Path | str, tmp_path: Path) -> None:
    """Three processes that queue the same fifty keys at once, and read between, leave fifty operations and fifty firsts."""
    code = """
import sys, time
from pathlib import Path
from loyalty.contracts import Contract
from loyalty.ledger import Ledger, operations
from loyalty.points import Points
ledger = Ledger.open(sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1]))
points = Points(ledger, Contract("points", "Points", ledger, None), None, None)
print("ready", flush=True)
sys.stdin.read()
firsts = 0
for n in range(50):
    firsts += points.award(sys.argv[2], n + 1, key=f"k{n}").new
    operations.counts(ledger)
print(firsts)
"""
    command = [sys.executable, "-c", code, str(ledger_at), WALLETS[0]]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    done = [process.communicate(timeout=60) for process in processes]
    assert [error for _, error in done] == [""] * 3
    assert sum(int(out) for out, _ in done) == 50
    assert operations.counts(ledger) == {"points.award": {"queued": 50}}
