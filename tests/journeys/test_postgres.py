"""A brand whose ledger is a PostgreSQL database, with the real command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from loyalty.ledger import store
from tests import postgres
from tests.journeys.conftest import CUSTOMERS
from tests.journeys.shop import ANVIL, Shop


@pytest.fixture(scope="module")
def database() -> str:
    """The brand's database, empty."""
    return postgres.empty_database()


@pytest.fixture(scope="module")
def brand(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A deployed shop whose loyalty.toml names the variable that holds its database's URL."""
    shop = Shop(tmp_path_factory.mktemp("brand"), {"DATABASE_URL": postgres.url(database)})
    assert (
        shop("init", "Maple Records", "--ledger", "${DATABASE_URL}")
        .out.splitlines()[0]
        .endswith(f"an empty ledger, postgresql://localhost/{database}.")
    )
    shop("customers", "import", "-", stdin=CUSTOMERS)
    shop("chain", "start")
    try:
        shop("deploy", "--yes")
        yield shop
    finally:
        shop("chain", "stop")


def test_everything_works_the_same(brand: Shop) -> None:
    """Awards, badges, warranties, an epoch, a reward and a notification are queued, rehearsed, sent, told and balanced."""
    rows = "customer_id,amount,key\n" + "".join(f"c{n},{n + 1},order-{n}\n" for n in range(20))
    assert brand("points", "award", "-", "--dry-run", stdin=rows).out.endswith("Nothing was written.\n")
    assert brand("points", "award", "-", "--json", stdin=rows).json["new"] == 20
    assert brand("points", "award", "-", "--json", stdin=rows).json["known"] == 20
    event = str(brand("poap", "create", "Opening night", "--json").json["event"])
    brand("poap", "award", event, "c1")
    brand("warranty", "register", "c3", "--serial", "SN-1", "--product", "Turntable")
    brand("notify", "send", "Hello", "there", "--to", "c4", "--key", "hello")
    brand.write("earned.csv", "customer_id,amount,key\nc5,50,e-1\nc6,60,e-2\n")
    brand("points", "publish-epoch", "earned.csv")
    sent = brand("send", "--yes", "--json").json
    assert (sent["failed"], sent["parked"]) == (0, {})
    brand("points", "claim-epoch", "--all")
    brand("send", "--yes")
    assert brand("points", "balance", "c5", "--json").json["points"] == 6 + 50
    assert brand("audit", "reconcile").said == "Ledger, logs and contracts agree."
    assert brand("status", "--json").json["in_flight"] == 0
    assert "ledger.db" not in os.listdir(brand.folder)


def test_a_second_send_waits_its_turn(brand: Shop, database: str) -> None:
    """While another engine holds the ledger, on whatever machine, a send changes nothing and says so; once that one is gone, it sends."""
    brand("points", "award", ANVIL[1], "5", "--key", "turn-1")
    with psycopg.connect(postgres.server().get_uri(database)) as other:
        lane = store.lock_number(f"31337-{ANVIL[0].lower()}")
        other.execute("SELECT pg_try_advisory_lock(%s::int, %s::int)", (store.LANES, lane))
        told = brand("send", "--yes", code=1).err.splitlines()[-1]
        assert told == "Error: another `loyalty send` is at work on this ledger; wait until it has finished"
    assert brand("send", "--yes", "--json").json["operations"] == 1


def test_a_killed_send_goes_on(brand: Shop) -> None:
    """Killed with signed bytes on the wire or before, the next send finds them in the database and pays once."""
    for number, step in enumerate(("batched", "signed", "stored", "broadcast", "receipt")):
        brand("points", "award", "c10", "7", "--key", f"killed-{step}")
        brand("send", "--yes", code=-9, LOYALTY_CRASH_AT=step)
        brand("send", "--yes")
        assert brand("points", "balance", "c10", "--json").json["points"] == 11 + 7 * (number + 1)
    assert brand("audit", "reconcile").said == "Ledger, logs and contracts agree."


def test_another_folder_is_not_begun_on_it(brand: Shop, tmp_path: Path) -> None:
    """init refuses a database that has a ledger, and leaves no file."""
    other = Shop(tmp_path, brand.environment)
    told = other("init", "Other", "--ledger", "${DATABASE_URL}", code=1).err
    assert "has tables already and may hold what customers are owed" in told
    assert list(tmp_path.iterdir()) == []
