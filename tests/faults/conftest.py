"""A deployed program on its own Anvil."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loyalty.program import Program
from tests.faults.checker import Witness
from tests.faults.shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own for each module."""
    folder = tmp_path_factory.mktemp("shop")
    program = Program.init("Fault Shop", folder)
    running = program.chain.start()
    try:
        program.deploy()
        yield Shop(folder, Witness(running.url, folder / "ledger.db"))
    finally:
        program.chain.stop()
        program.close()
