"""A deployed program on its own Anvil."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.shop import Shop, deployed


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own for each module."""
    with deployed(tmp_path_factory.mktemp("shop")) as shop:
        yield shop
