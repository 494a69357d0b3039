"""The books of a brand that did a bit of everything: they agree; one row changed by hand is named; a signed report cannot be changed."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import CUSTOMERS
from tests.journeys.shop import ANVIL, Shop


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with awards, an epoch, badges, warranties, a claim that was settled, and a reward that was bought."""
    shop = Shop(tmp_path_factory.mktemp("books"))
    shop("init", "Maple Records")
    shop("customers", "import", "-", stdin=CUSTOMERS)
    shop("chain", "start")
    try:
        shop("deploy", "--yes")
        rows = "customer_id,amount,key\n" + "".join(f"c{n},{10 * n + 1},order-{n}\n" for n in range(20))
        shop("points", "award", "-", stdin=rows)
        shop("points", "award", ANVIL[1], "500", "--key", "anvil")
        event = str(shop("poap", "create", "Opening night", "--json").json["event"])
        for who in ("c1", "c2", "c3"):
            shop("poap", "award", event, who)
        for number, serial in enumerate(("SN-1", "SN-2", "SN-3")):
            shop("warranty", "register", f"c{number + 3}", "--serial", serial, "--product", "Turntable")
        shop("send", "--yes")
        shop.write("earned.csv", "customer_id,amount,key\nc5,50,e-1\nc6,60,e-2\n")
        shop("points", "publish-epoch", "earned.csv")
        shop("warranty", "claim", "open", "SN-1", "--key", "ticket-1")
        shop("points", "revoke", "c9", "5", "--reference", "back-9", "--reason", "returned")
        shop("send", "--yes")
        shop("points", "claim-epoch", "--all")
        shop("warranty", "claim", "approve", "SN-1")
        shop("warranty", "extend", "SN-2", "7", "--key", "goodwill")
        shop("send", "--yes")
        shop("warranty", "claim", "refund", "SN-1")
        shop("notify", "send", "Hello", "there", "--to", "c4", "--key", "hello")
        shop("send", "--yes")
        yield shop
    finally:
        shop("chain", "stop")


@pytest.fixture
def ledger(brand: Shop) -> Iterator[sqlite3.Connection]:
    """The ledger's file, open to whoever wants to change it; afterwards as it was."""
    path = brand.folder / "ledger.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(path, path.with_suffix(".kept"))
        yield connection
    for left in brand.folder.glob("ledger.db-*"):
        left.unlink()
    shutil.move(path.with_suffix(".kept"), path)


def differences(brand: Shop) -> list[dict[str, str]]:
    """What reconcile finds."""
    ran = brand("audit", "reconcile", "--json", code=1)
    assert ran.out, ran.err
    found: list[dict[str, str]] = ran.json["differences"]
    return found


def test_the_books_agree(brand: Shop) -> None:
    """Everything there is was counted, and nothing differs."""
    books = brand("audit", "reconcile", "--json").json
    assert books["differences"] == []
    assert (books["badges"], books["warranties"]) == (3, 3)
    assert books["awarded"] == sum(10 * n + 1 for n in range(20)) + 500 + 110
    assert books["supply"] == books["awarded"] - 5
    assert books["events"] > 50 and books["transactions"] > 10


CHANGES = {
    "an award's amount": (
        "UPDATE operations SET amount = amount + 1 WHERE key = 'points.award:order-7'",
        "points.award:order-7", "71",
    ),
    "an award's wallet": (
        f"UPDATE operations SET wallet = '{ANVIL[5].lower()}' WHERE key = 'points.award:order-8'",
        "points.award:order-8", ANVIL[5],
    ),
    "an award that would be paid again": (
        "UPDATE operations SET state = 'queued', batch_id = NULL WHERE key = 'points.award:order-9'",
        "points.award:order-9", "as queued",
    ),
    "a badge's event": (
        "UPDATE operations SET subject = '99' WHERE id = (SELECT MAX(id) FROM operations WHERE kind = 'poap.award')",
        "poap.award:", "badge of event 99",
    ),
    "a warranty's token": (
        f"UPDATE operations SET subject = '0x{'77' * 32}' WHERE key = 'warranty.register:SN-2'",
        "warranty.register:SN-2", "7777",
    ),
    "a salt": ("UPDATE serials SET salt = '0x' || hex(zeroblob(32)) WHERE serial = 'SN-3'", "warranty.register:SN-3", "salt"),
    "a revocation's reason": (
        "UPDATE operations SET args = replace(args, 'returned', 'rejected') WHERE kind = 'points.revoke'",
        "points.revoke:", "says something else",
    ),
    "a claim's arguments": (
        "UPDATE operations SET args = '{}' WHERE kind = 'warranty.refund'", "warranty.", "says something else",
    ),
    "a transaction's hash": (
        f"UPDATE batches SET tx_hash = '0x{'ab' * 32}' WHERE kind = 'points.revoke'", "points.revoke:", "does not have",
    ),
    "a transaction's block": (
        "UPDATE batches SET block_number = block_number + 1 WHERE kind = 'points.revoke'", "points.revoke:", "in block",
    ),
    "what was earned": ("UPDATE earned SET cumulative = 10 WHERE cumulative = 50", "", "claimed 50 points from epochs"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_row_is_named(brand: Shop, ledger: sqlite3.Connection, change: str) -> None:
    """Whichever row is changed by hand, its operation, wallet and transaction are named, and the command fails."""
    statement, operation, told = CHANGES[change]
    assert ledger.execute(statement).rowcount >= 1
    ledger.commit()
    found = differences(brand)
    named = [one for one in found if told in one["told"]]
    assert named, found
    if operation:
        assert any(one["operation"].startswith(operation) for one in named), named
    if "salt" not in change and "earned" not in change:
        assert all(one["transaction"].startswith("0x") for one in named if one["operation"])


def test_a_deleted_operation_is_missed(brand: Shop, ledger: sqlite3.Connection) -> None:
    """A payment whose operation is gone is told with its wallet and its transaction."""
    ledger.execute("DELETE FROM operations WHERE key = 'points.award:order-11'")
    ledger.commit()
    (one, *_) = [one for one in differences(brand) if "has no operation for it" in one["told"]]
    assert "111 points" in one["told"] and one["wallet"] and one["transaction"]


def test_a_changed_event_is_noticed(brand: Shop, ledger: sqlite3.Connection) -> None:
    """An event changed in the ledger no longer adds up to what the contract says; read again from the chain, it does."""
    points = "address = (SELECT address FROM deployments WHERE noun = 'points')"
    row = f"SELECT MIN(block_number) FROM logs WHERE {points} AND length(topics) = 96 AND length(data) = 32 AND block_number > 5"
    here = f"{points} AND length(topics) = 96 AND block_number = ({row})"
    assert ledger.execute(f"UPDATE logs SET data = zeroblob(32) WHERE {here} AND length(data) = 32").rowcount >= 1
    ledger.commit()
    assert any("the chain's logs add up to" in one["told"] for one in differences(brand))
    assert "dropped" in brand("sync", "--rebuild", "--yes").out
    assert brand("audit", "reconcile").said == "Ledger, logs and contracts agree."


def test_a_signed_report_is_what_was_signed(brand: Shop, tmp_path: Path) -> None:
    """The report says who signed it; laid out anew it still holds, and with a single letter changed it does not."""
    path = tmp_path / "books.json"
    brand("audit", "reconcile", "--sign", str(path))
    assert f"Signed by {ANVIL[0]}" in brand("audit", "verify", str(path)).out
    report = json.loads(path.read_text())
    path.write_text(json.dumps(report))
    assert brand("audit", "verify", str(path), "--json").json["agree"] is True
    path.write_text(json.dumps(report | {"supply": report["supply"] + 1}))
    assert "is not what" in brand("audit", "verify", str(path), code=1).err
    path.write_text("{}")
    assert "is no signed report" in brand("audit", "verify", str(path), code=1).err


def test_an_event_that_cannot_be_read_says_what_to_do(brand: Shop, ledger: sqlite3.Connection) -> None:
    """An event cut short in the ledger is one sentence with the step that mends it."""
    ledger.execute("UPDATE logs SET data = x'00' WHERE length(data) > 32")
    ledger.commit()
    assert "read all of them again: loyalty sync --rebuild" in brand("audit", "reconcile", code=1).err
    brand("sync", "--rebuild", "--yes")
    assert brand("audit", "reconcile").said == "Ledger, logs and contracts agree."
