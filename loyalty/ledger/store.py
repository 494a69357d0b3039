"""Opening a ledger, a SQLite file or a PostgreSQL database, and its two kinds of transaction."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, exc, func, inspect, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateSchema

from loyalty.errors import LoyaltyError, SettingsError
from loyalty.ledger import schema

# All writers of a PostgreSQL ledger take turns, as SQLite's do: what one of them has looked up stays true until it
# has written. The numbers are the locks' names among a database's advisory locks.
WRITERS, LANES = 0x10_7A_17, 0x10_7A_18

BUSY = 120.0
"""Seconds to wait while another program writes to a ledger that is a file."""


class Ledger:
    """A program's database. ``read()`` and ``write()`` give a connection inside one transaction."""

    def __init__(self, engine: Engine, where: str, check: Callable[[Connection], None] | None = None) -> None:
        self._engine = engine
        self._check = check
        self.where = where
        self.tells = False
        """Whether what becomes of operations is noted for a backend to be told (loyalty/webhooks.py)."""
        self._rehearsing = False
        self._rehearsed: Connection | None = None

    @classmethod
    def open(cls, where: Path | str, *, create: bool = False) -> Ledger:
        """Open the ledger at a path (SQLite) or a ``postgresql+psycopg://`` URL, migrated to this version; make it only when asked to."""
        engine, name = _postgresql(where) if isinstance(where, str) else _sqlite(where, create)
        ledger = cls(engine, name)
        try:
            with _plain_errors(ledger.where):
                ledger._migrate(create)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def create(cls, url: str) -> None:
        """Make the tables of a ledger in an empty PostgreSQL database; raises where it has any tables."""
        engine, name = _postgresql(url)
        with _plain_errors(name), contextlib.closing(cls(engine, name)):
            if inspect(engine).get_table_names():
                raise LoyaltyError(
                    f"{name} has tables already and may hold what customers are owed; nothing was changed: name an empty database"
                )
        cls.open(url, create=True).close()

    @property
    def is_shared(self) -> bool:
        """Whether other machines can have this ledger open too: PostgreSQL."""
        return self._engine.dialect.name == "postgresql"

    @property
    def conninfo(self) -> str:
        """The URL of a shared ledger's database, as PostgreSQL's own programs take it. It may hold a password."""
        return self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def add_schema(self, name: str, script: str) -> None:
        """Make a schema in a shared ledger's database and run ``script`` in it, unless it is there already."""
        with self.write() as connection:
            if inspect(connection).has_schema(name):
                return
            connection.execute(CreateSchema(name))
            connection.execute(select(func.set_config("search_path", name, True)))
            connection.exec_driver_sql(script.replace("%", "%%"))

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
            with self._writing() as connection, connection.begin():
                if self._check is not None:
                    self._check(connection)
                yield connection

    def fenced(self, check: Callable[[Connection], None]) -> Ledger:
        """The same ledger, of whose writes each begins with ``check``: what that raises undoes the write."""
        same = Ledger(self._engine, self.where, check)
        same.tells = self.tells
        return same

    @contextlib.contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether this is the only holder of the lock ``name``; it stays so until the block ends, or this process does."""
        if self.is_shared:
            # A session's lock: the server takes it back when the connection ends, however that ends.
            with _plain_errors(self.where), self._engine.connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                had = bool(connection.scalar(select(func.pg_try_advisory_lock(LANES, lock_number(name)))))
                try:
                    yield had
                finally:
                    connection.invalidate()  # not back into the pool, where it would keep the lock
            return
        with open(f"{self.where}.{name}.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
            else:
                yield True

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
            self._rehearsed = self._writing()
        return self._rehearsed

    def _writing(self) -> Connection:
        """A connection whose transactions hold the write lock. On PostgreSQL each statement sees what was written before the lock was had."""
        options = {"isolation_level": "READ COMMITTED"} if self.is_shared else {}
        return self._engine.connect().execution_options(writes=True, **options)

    def fact(self, name: str) -> str | None:
        """A single remembered value, such as the genesis hash of the chain this ledger was written for."""
        with self.read() as connection:
            return connection.scalar(select(schema.facts.c.value).where(schema.facts.c.name == name))

    def remember(self, name: str, value: str) -> None:
        """Write a fact down, once: an earlier value stays."""
        with self.write() as connection:
            connection.execute(
                insert(connection, schema.facts)
                .values(name=name, value=value)
                .on_conflict_do_nothing(index_elements=["name"])
            )

    def _migrate(self, create: bool) -> None:
        found = self._version()
        if found == schema.HEAD:
            return
        if found is None and self.is_shared and not create:
            # An empty one in place of another would owe and know nothing, and could pay everybody again.
            raise LoyaltyError(
                f"{self.where} holds no ledger; name the right database in loyalty.toml, or start anew: loyalty init"
            )
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


def lock_number(name: str) -> int:
    """What a lock called ``name`` is numbered in PostgreSQL, beside LANES: 32 bits with a sign."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], signed=True)


def insert(connection: Connection, table: Table) -> Any:
    """The database's own INSERT, which knows what to do where a row is there already."""
    of: dict[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    return of[connection.dialect.name](table)


def _sqlite(path: Path, create: bool) -> tuple[Engine, str]:
    if not create and not path.exists():
        raise LoyaltyError(f"the ledger {path} is missing; restore it from a backup, or start anew: loyalty init")
    if create:
        path.touch(mode=0o600)  # who the customers are is nobody else's business
    # Not written into a URL: a folder may be called "50% off?".
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine, str(path)


def _postgresql(written: str) -> tuple[Engine, str]:
    try:
        url = make_url(written)
        if url.get_backend_name() not in ("postgresql", "postgres"):
            raise ValueError("another database")
        url = url.set(drivername="postgresql+psycopg")
        # A read sees one state throughout. Pooled connections are tried before use: a server may have been restarted.
        engine = create_engine(url, isolation_level="REPEATABLE READ", pool_pre_ping=True)
    except (exc.ArgumentError, ValueError):
        # Not repeated: it may hold a password.
        raise SettingsError(
            "[program] ledger is not a URL such as postgresql+psycopg://user:password@host/database"
        ) from None
    except ModuleNotFoundError as error:
        raise SettingsError(
            "a ledger on PostgreSQL needs more libraries; run: pip install 'loyalty[postgres]'"
        ) from error
    event.listen(engine, "begin", _on_shared_begin)
    return engine, f"postgresql://{url.host or 'localhost'}/{url.database or ''}"


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


def _on_shared_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (WRITERS,))


@contextlib.contextmanager
def _plain_errors(where: str) -> Iterator[None]:
    """The database's own failures (a full disk, a locked or foreign file) as one sentence."""
    try:
        yield
    except (exc.OperationalError, exc.DatabaseError) as error:
        if isinstance(error, exc.IntegrityError):
            raise
        cause = str(error.orig or error).strip().split("\n")[0]
        step = {
            "file is not a database": "restore it from a backup",
            "database is locked": "another program holds it; try again when that has finished",
            "database or disk is full": "free some space and run the command again",
            "disk I/O error": "free some space, or look after the disk, and run the command again",
        }.get(cause, "nothing was changed; see docs/howto/ledger.md")
        raise LoyaltyError(f"the ledger {where} cannot be used: {cause}; {step}") from error
