"""The shops that the journeys share. Each test uses customers, keys and events of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.shop import ANVIL, Shop, wallet

CUSTOMERS = "\n".join(
    ["customer_id,wallet,name", *(f"c{n},{wallet(n)},Customer {n}" for n in range(30))]
    + [f"anvil{n},{ANVIL[n]},Anvil {n}" for n in range(1, 6)]
)


@pytest.fixture(scope="session")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program with customers and without a chain, for others to start from."""
    begun = Shop(tmp_path_factory.mktemp("begun"))
    begun("init", "Maple Records")
    begun("customers", "import", "-", stdin=CUSTOMERS)
    return begun.folder


@pytest.fixture
def paper(_begun: Path, tmp_path: Path) -> Shop:
    """A shop with customers c0 to c29, anvil1 to anvil5, and no chain."""
    shutil.copytree(_begun, tmp_path / "shop")
    return Shop(tmp_path / "shop")


# What has happened before each test of the deployed shop, in one send.
BEFORE = """\
customer_id,amount,key,note
c1,120,before-1,first order
c7,30,before-7,
anvil1,120,before-a1,
anvil2,10,before-a2,
"""


@pytest.fixture(scope="session")
def shop(_begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The same shop, deployed on an Anvil of its own: c1 and anvil1 have 120 points, c7 30, anvil2 10; anvil4 is subscribed."""
    folder = tmp_path_factory.mktemp("deployed") / "shop"
    shutil.copytree(_begun, folder)
    deployed = Shop(folder)
    try:
        deployed("chain", "start")
        deployed("deploy", "--yes")
        deployed("points", "award", "-", stdin=BEFORE)
        deployed("notify", "send", "Early", "bird", "--to", "anvil3", "--key", "early")
        deployed("notify", "subscribe", "anvil4", "--sign-with-anvil", "4")
        deployed("send", "--yes")
        yield deployed
    finally:
        deployed("chain", "stop")


@pytest.fixture(scope="module")
def own(_begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A deployed shop for the tests of one file, which change what all of its customers meet."""
    folder = tmp_path_factory.mktemp("own") / "shop"
    shutil.copytree(_begun, folder)
    deployed = Shop(folder)
    try:
        deployed("chain", "start")
        deployed("deploy", "--yes")
        yield deployed
    finally:
        deployed("chain", "stop")


@pytest.fixture(scope="session")
def node(shop: Shop) -> str:
    """Where the deployed shop's Anvil listens."""
    found: str = shop("chain", "status", "--json").json["url"]
    return found
