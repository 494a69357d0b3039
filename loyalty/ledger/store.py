"""Opening a ledger, and its two kinds of transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, inspect, select, text
from sqlalchemy.dialects import sqlite

from loyalty.errors import LoyaltyError
from loyalty.ledger import schema


class Ledger:
    """A program's database. ``read()`` and ``write()`` give a connection inside one transaction."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self.where = where
        self._rehearsing = False
        self._rehearsed: Connection | None = None

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Ledger:
        """Open the SQLite ledger at ``path``, migrated to this version; make it only when asked to."""
        if not create and not path.exists():
            raise LoyaltyError(f"the ledger {path} is missing; restore it from a backup, or start anew: loyalty init")
        # Not written into a URL: a folder may be called "50% off?".
        if create:
            path.touch(mode=0o600)  # who the customers are is nobody else's business
        engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 120})
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        ledger = cls(engine, str(path))
        with _plain_errors(ledger.where):
            ledger._migrate()
        return ledger

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the ledger and changes nothing."""
        with _plain_errors(self.where):
            if self._rehearsed is not None:
                yield self._rehearsed
                return
            with self._engine.connect() as connection:
                yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the ledger's write lock from its first statement; all of it or none."""
        with _plain_errors(self.where):
            if self._rehearsing:
                yield self._rehearsal()
                return
            with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
                yield connection

    def rehearse(self) -> None:
        """From now on keep nothing: what is written is seen here, by nobody else, and is gone when the ledger is closed."""
        self._rehearsing = True

    def close(self) -> None:
        """Let go of the file."""
        if self._rehearsed is not None:
            self._rehearsed.close()  # and with it, its transaction
        self._engine.dispose()

    def _rehearsal(self) -> Connection:
        """One transaction for everything, from the first write on; it is never committed."""
        if self._rehearsed is None:
            self._rehearsed = self._engine.connect().execution_options(writes=True)
        return self._rehearsed

    def fact(self, name: str) -> str | None:
        """A single remembered value, such as the genesis hash of the chain this ledger was written for."""
        with self.read() as connection:
            return connection.scalar(select(schema.facts.c.value).where(schema.facts.c.name == name))

    def remember(self, name: str, value: str) -> None:
        """Write a fact down, once: an earlier value stays."""
        with self.write() as connection:
            connection.execute(
                sqlite.insert(schema.facts)
                .values(name=name, value=value)
                .on_conflict_do_nothing(index_elements=["name"])
            )

    def _migrate(self) -> None:
        found = self._version()
        if found == schema.HEAD:
            return
        # Alembic is slow to import and needed only here.
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        folder = str(Path(__file__).parent / "migrations")
        config.set_main_option("script_location", folder.replace("%", "%%"))  # as its file format wants it
        try:
            with self.write() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise LoyaltyError(
                f"the ledger {self.where} has version {found}, which this loyalty does not know; install the newest one"
            ) from error

    def _version(self) -> str | None:
        """The newest migration this ledger has had; None for a new file."""
        with self.read() as connection:
            tables = inspect(connection).get_table_names()
            if "alembic_version" in tables:
                found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
                return found
        if tables:
            raise LoyaltyError(f"{self.where} is another program's database; name another file in loyalty.toml")
        return None


def _on_connect(connection: Any, record: Any) -> None:
    # The driver would open transactions on its own and too late; _on_begin does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL, not NORMAL: signed bytes must be on the disk, not in its cache, before they are on the wire.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    # IMMEDIATE: a transaction that reads and then writes must not find that another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _plain_errors(where: str) -> Iterator[None]:
    """The database's own failures (a full disk, a locked or foreign file) as one sentence."""
    try:
        yield
    except (exc.OperationalError, exc.DatabaseError) as error:
        if isinstance(error, exc.IntegrityError):
            raise
        cause = str(error.orig or error)
        step = {
            "file is not a database": "restore it from a backup",
            "database is locked": "another program holds it; try again when that has finished",
            "database or disk is full": "free some space and run the command again",
        }.get(cause, "nothing was changed; see docs/howto/ledger.md")
        raise LoyaltyError(f"the ledger {where} cannot be used: {cause}; {step}") from error
