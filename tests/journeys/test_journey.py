"""From an empty folder to a customer's inbox, in the order a person meets the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import loyalty
from loyalty.chain import Node
from loyalty.outbox.wire import CONTRACTS
from tests.journeys.shop import ANVIL, Shop, wallet

ARTIFACTS = Path(loyalty.__file__).parent / "artifacts"


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Shop]:
    """A folder in which somebody will open a shop; what it starts is stopped."""
    yield Shop(tmp_path)
    if (tmp_path / "shop").exists():
        Shop(tmp_path / "shop")("chain", "stop")


def test_from_init_to_inbox(street: Shop) -> None:
    """A brand begins, deploys, imports, awards, drops, registers, notifies, sends once, and every reader agrees."""
    assert street("init", "Maple Records", "--folder", "shop").said.endswith("then: loyalty -C shop chain start")
    assert street("-C", "shop", "chain", "start").said == "Next: loyalty deploy"
    shop = Shop(street.folder / "shop")
    assert (
        "! points, poap, warranty, rewards, notify: not deployed; run: loyalty deploy"
        in shop("status").out.splitlines()
    )
    assert shop("deploy", "--dry-run").said == "Nothing was sent. Next: loyalty deploy"
    deployed = shop("deploy", "--yes", "--json").lines
    assert [one["noun"] for one in deployed] == ["points", "poap", "warranty", "rewards", "notify"]

    shop.write("customers.csv", f"customer_id,wallet\nana,{ANVIL[1]}\nbo,{wallet(1)}\n")
    said = shop("customers", "import", "customers.csv").said
    assert said == (
        "2 customers and 2 wallets added (0 customers changed, 0 rows known). Next: loyalty points award FILE.csv"
    )
    shop.write("awards.csv", "customer_id,amount,key,note\nana,1500,o1,first order\nbo,20,o2,\n")
    said = shop("points", "award", "awards.csv").said
    assert said == "2 awards queued (0 were known), 1,520 points in all. Next: loyalty send"
    assert shop("points", "balance", "ana", "--json").json["queued"] == 1500
    shop("poap", "create", "Opening night", "--start", "2026-03-31", "--city", "Paris")
    assert shop("poap", "drop", "Opening night", "customers.csv").said == (
        "2 badges queued (0 were known). Next: loyalty send"
    )
    shop("warranty", "register", "ana", "--serial", "SN-1", "--product", "Turntable", "--purchased", "2026-03-31")
    shop("notify", "send", "Thank you", "1,500 points are yours", "--to", "ana", "--key", "hello")

    sent = shop("send", "--yes").out.splitlines()
    assert sent[-2].startswith("Sent 8 operations in 6 transactions: ")
    assert sent[-1] == "Next: loyalty audit reconcile"
    assert shop("send").out == "Nothing is waiting to be sent.\n"
    read_it_all(shop)


def read_it_all(shop: Shop) -> None:
    """What a till, a customer page and an auditor would look at."""
    balance = shop("points", "balance", "ana", "--json").json
    assert (balance["wallet"], balance["points"], balance["queued"]) == (ANVIL[1], 1500, 0)
    (movement,) = shop("points", "history", ANVIL[1], "--json").lines
    assert (movement["what"], movement["amount"], movement["key"], movement["note"]) == (
        "award", 1500, "o1", "first order",
    )  # fmt: skip
    assert shop("poap", "show", "1", "--json").json["minted"] == 2
    (badge,) = shop("poap", "badges", "bo", "--json").lines
    assert (badge["event"], badge["name"]) == (1, "Opening night")
    warranty = shop("warranty", "show", "SN-1", "--json").json
    assert (warranty["owner"], warranty["state"]) == (ANVIL[1], "active")
    assert shop("notify", "inbox", "ana").out == "0 notifications. Those from unknown channels: --spam\n"
    inbox = shop("notify", "inbox", "ana", "--spam").out.splitlines()
    assert inbox[:2] == ["Thank you (spam)", "  1,500 points are yours"]
    assert inbox[-1] == "1 notification."
    assert shop("audit", "reconcile").said == "Ledger, logs and contracts agree."
    assert shop("status").said == "Nothing needs attention."


def test_a_chain_comes_back_as_it_was(street: Shop) -> None:
    """Stopping the local chain loses nothing: it starts again on the same port, with the contracts on it."""
    street("init", "Maple Records", "--folder", "shop")
    shop = Shop(street.folder / "shop")
    assert shop("chain", "status").out == "The local chain is not running. Next: loyalty chain start\n"
    first = shop("chain", "start", "--json").json
    assert shop("chain", "start", "--json").json == first
    shop("deploy", "--yes", "--only", "points,notify")
    assert shop("chain", "stop").out == "The local chain is stopped and its state is kept. Next: loyalty chain start\n"
    assert shop("chain", "stop").out == "The local chain was not running. Next: loyalty chain start\n"
    again = shop("chain", "start", "--json").json
    assert (again["url"], again["chain_id"]) == (first["url"], first["chain_id"])
    stands = {one["noun"]: one["how"] for one in shop("deploy", "--yes", "--json").lines}
    assert stands == {
        "points": "stands",
        "poap": "deployed",
        "warranty": "deployed",
        "rewards": "deployed",
        "notify": "stands",
    }


def test_what_stands_on_chain_is_as_long_as_published(shop: Shop, node: str) -> None:
    """With what the constructors add behind the code, each contract has the artifact's size, and EIP-170's at most."""
    status = shop("status", "--json").json
    for noun, address in status["contracts"].items():
        artifact = json.loads((ARTIFACTS / f"{CONTRACTS[noun]}.json").read_text())
        assert len(Node(node, 31337).code(address)) == artifact["runtimeBytes"] <= 24_576, noun


def test_init_overwrites_nothing(paper: Shop) -> None:
    """A folder that holds a program, or a ledger that somebody is owed something in, is refused."""
    refused = "Error: loyalty.toml is here already; nothing was changed: use another folder"
    assert paper.refuses("init", "Other") == [refused]
    (paper.folder / "loyalty.toml").unlink()
    (told,) = Shop(paper.folder.parent).refuses("-C", "shop", "init", "Other")
    assert told.startswith("Error: shop/ledger.db is here already and may hold what customers are owed")


def test_commands_work_from_below(paper: Shop) -> None:
    """In a folder below the program's, or with the folder in the environment, it is the same program."""
    below = paper.folder / "exports" / "2026"
    below.mkdir(parents=True)
    assert Shop(below)("customers", "show", "c1", "--json").json["customer_id"] == "c1"
    elsewhere = Shop(below.parents[2], {"LOYALTY_FOLDER": str(paper.folder)})
    assert elsewhere("customers", "show", wallet(1), "--json").json["customer_id"] == "c1"
