"""What the unit tests share: an empty ledger, CSV files, and one local Anvil for those that need a chain."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from loyalty.ledger import Ledger
from tests import postgres

# Where two suites share two cores, a slow example says nothing about the code; the number of examples bounds the time.
settings.register_profile("loyalty", deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loyalty")

WALLETS = tuple(f"0x{number:040x}" for number in range(0xA11CE, 0xA11CE + 50))
"""Fifty addresses that nobody holds the key of."""


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer's shell sets for a real program never reaches a test."""
    for name in list(os.environ):
        if name.startswith("LOYALTY_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated ledger, copied for each test: the migrations are tested where they are meant."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    Ledger.open(path, create=True).close()
    return path


@pytest.fixture
def ledger_path(_migrated: Path, tmp_path: Path) -> Path:
    """The file of an empty ledger."""
    return Path(shutil.copy(_migrated, tmp_path / "ledger.db"))


# Tests of the ledger itself, which hold on both databases; the others are run on PostgreSQL by `make test-postgres`.
BOTH = {"test_batches", "test_operations", "test_owed", "test_customers", "test_intake"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Which databases a test that opens a ledger runs on."""
    if "database" in metafunc.fixturenames:
        chosen = os.environ.get("TEST_LEDGER", "")
        both = metafunc.module.__name__.rsplit(".", 1)[-1] in BOTH
        metafunc.parametrize("database", [chosen] if chosen else ["sqlite", "postgresql"] if both else ["sqlite"])


@pytest.fixture
def ledger_at(database: str, request: pytest.FixtureRequest) -> Path | str:
    """Where an empty ledger is: its file, or its URL."""
    if database == "postgresql":
        return postgres.url(postgres.ledger_database())
    found: Path = request.getfixturevalue("ledger_path")
    return found


@pytest.fixture
def ledger(ledger_at: Path | str) -> Iterator[Ledger]:
    """An empty ledger."""
    opened = Ledger.open(ledger_at)
    yield opened
    opened.close()


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    """Write a file as it is given: text in UTF-8, or bytes."""

    def write(content: str | bytes, name: str = "customers.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@dataclass(frozen=True)
class Chain:
    """The tests' own Anvil."""

    url: str
    chain_id: int

    def rpc(self, method: str, *params: Any) -> Any:
        """Ask Anvil what no program asks, such as to mine or to go back."""
        from loyalty.chain import Node

        return Node(self.url, self.chain_id).ask(method, *params)


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A local Anvil for the whole run, with no state of its own left behind."""
    from loyalty.chain.anvil import LocalChain

    local = LocalChain(tmp_path_factory.mktemp("anvil"), 31337)
    running = local.start()
    yield Chain(running.url, running.chain_id)
    # SIGKILL: nobody wants its state, and writing it down takes a while.
    os.kill(running.pid, signal.SIGKILL)


@pytest.fixture
def points(ledger: Ledger) -> Any:
    """The points of a program that has no chain yet: asking its node fails the test."""
    from loyalty.contracts import Contract
    from loyalty.points import Points

    def nothing() -> Any:
        raise AssertionError("queueing asked for a node, or for a key")

    return Points(ledger, Contract("points", "Points", ledger, nothing), nothing, nothing)
