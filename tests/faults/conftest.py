"""A deployed program on its own Anvil, as often as this run asks for, on a file and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.faults.shop import RUNS, Shop, deployed

LEDGERS = [f"file {number}" for number in range(RUNS)] + [f"postgresql {number}" for number in range(RUNS // 4)]


@pytest.fixture(scope="module", params=LEDGERS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own for each module, and in each round."""
    kind, _, number = request.param.partition(" ")
    ledger = postgres.url(postgres.empty_database()) if kind == "postgresql" else "ledger.db"
    with deployed(tmp_path_factory.mktemp("shop"), ledger) as shop:
        shop.number = int(number)
        yield shop
