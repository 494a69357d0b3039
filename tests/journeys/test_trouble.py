"""When the surroundings are not as they should be: one line says what is wrong and what to do, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.journeys.shop import ANVIL, Shop

NOBODY = "http://127.0.0.1:9"


def pointed(shop: Shop, rpc: str, chain_id: int = 31337, signer: str = "anvil = 0") -> Shop:
    """The shop, its network a node of somebody else's."""
    settings = shop.folder / "loyalty.toml"
    written = settings.read_text()
    written = written.replace('network = "local"', 'network = "here"').replace("anvil = 0", signer)
    settings.write_text(f'{written}\n[networks.here]\nrpc = "{rpc}"\nchain_id = {chain_id}\ncurrency = "ETH"\n')
    return shop


def test_without_a_program(tmp_path: Path) -> None:
    """Where there is no loyalty.toml, every command says how to make one."""
    told = f"Error: there is no loyalty.toml in {tmp_path} nor above it; make one with: loyalty init NAME"
    for command in (["status"], ["send", "--yes"], ["points", "award", "awards.csv"]):
        assert Shop(tmp_path).refuses(*command) == [told]


def test_before_the_chain_was_started(paper: Shop) -> None:
    """Queueing needs no node; what does need one says which command starts it."""
    assert paper("points", "award", "c1", "5", "--key", "k").said.endswith("Next: loyalty send")
    for command in (["send", "--yes"], ["deploy", "--yes"], ["points", "balance", "c1"], ["audit", "reconcile"]):
        assert paper.refuses(*command) == ["Error: the local chain was never started; run: loyalty chain start"]


def test_an_unreachable_node(paper: Shop) -> None:
    """Without an answer nothing is signed, and status still says where the program stands."""
    pointed(paper, NOBODY)
    told = f"no node answers at {NOBODY}; start it (locally: loyalty chain start) or correct its URL"
    assert paper.refuses("deploy", "--yes") == [f"Error: {told}"]
    status = paper("status").out.splitlines()
    assert f"! {told}" in status
    assert "Customers  35 with 35 wallets" in status


def test_a_node_whose_address_is_secret(paper: Shop) -> None:
    """An address from the environment is asked for when it is missing, and what is said does not show it."""
    pointed(paper, "${BRAND_RPC}")
    told = "the URL of here is read from the environment variable BRAND_RPC, which is empty; set it"
    assert paper.refuses("send", "--yes") == [f"Error: {told}"]
    secret = {"BRAND_RPC": f"{NOBODY}/v2/s3cret"}
    assert "s3cret" not in paper("status", **secret).out
    assert "s3cret" not in paper("send", "--yes", code=1, **secret).err
    assert paper.refuses("chain", "start") == [
        "Error: network here has a node of its own (its rpc); the local chain serves a network without one, such as local"
    ]


def test_another_chain_than_the_settings_name(paper: Shop, node: str) -> None:
    """A node of another chain is found out before anything is signed."""
    pointed(paper, node, chain_id=4242, signer='key_variable = "BRAND_KEY"')
    told = f"Error: {node} is chain 31337, but loyalty.toml names chain 4242; nothing was signed: correct one of them"
    assert paper.refuses("deploy", "--yes", BRAND_KEY="11" * 32) == [told]


def test_before_deploying(paper: Shop, node: str) -> None:
    """A reader of a contract that is not there says so; send keeps what is queued, with the reason and exit code 1."""
    pointed(paper, node)
    told = "is not deployed on chain 31337; run: loyalty deploy"
    assert paper.refuses("points", "balance", "c1") == [f"Error: Points {told}"]
    paper("points", "award", "c1", "5", "--key", "k")
    sent = paper("send", "--yes", code=1).err.splitlines()
    assert sent == [
        f"points.award waits: points {told}",
        "Error: not everything was sent, and nothing is lost: correct that, then: loyalty send",
    ]
    assert paper("send", "--dry-run", "--json").json["operations"] == 1


def test_a_signer_without_funds(paper: Shop, node: str) -> None:
    """Who cannot pay the gas is told what there is and what it takes, and status repeats it."""
    from eth_account import Account

    account = Account.create()
    pointed(paper, node, signer='key_variable = "BRAND_KEY"')
    (told,) = paper("deploy", "--yes", code=1, BRAND_KEY=account.key.hex()).err.splitlines()
    assert told.startswith(f"Error: {account.address} has 0 ETH and needs 0.")
    assert told.endswith(" ETH to send the next transaction; top it up")
    status = paper("status", BRAND_KEY=account.key.hex()).out
    assert f"! the signer {account.address} has no ETH to pay gas with; top it up" in status.splitlines()


def test_a_key_that_is_none(paper: Shop) -> None:
    """A signer's key that is missing or no key at all is named by its variable; the value is never repeated."""
    pointed(paper, NOBODY, signer='key_variable = "BRAND_KEY"')
    missing = paper("status").out
    assert "! the environment variable BRAND_KEY is empty; put the signer's private key there" in missing
    wrong = paper("status", BRAND_KEY="hunter2").out
    assert "! BRAND_KEY does not hold a private key: 64 hexadecimal digits" in wrong
    assert "hunter2" not in wrong


def test_settings_that_cannot_be(paper: Shop) -> None:
    """A word that loyalty.toml does not know is refused, with those it does."""
    settings = paper.folder / "loyalty.toml"
    settings.write_text(settings.read_text().replace("validity_months", "validity_moths"))
    (told,) = paper.refuses("status")
    assert told.startswith('Error: loyalty.toml: [points] has no setting "validity_moths"; it knows ')


def test_a_ledger_that_is_none(paper: Shop) -> None:
    """A ledger that is gone or is no database is never replaced by an empty one."""
    ledger = paper.folder / "ledger.db"
    for beside in paper.folder.glob("ledger.db-*"):
        beside.unlink()
    ledger.write_bytes(b"not a database, " * 100)
    (told,) = paper("status", code=1).err.splitlines()
    assert told == f"Error: the ledger {ledger} cannot be used: file is not a database; restore it from a backup"
    ledger.unlink()
    (told,) = paper("status", code=1).err.splitlines()
    assert told == f"Error: the ledger {ledger} is missing; restore it from a backup, or start anew: loyalty init"
    assert not ledger.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """Where the surroundings forbid it, that is one line too."""
    tmp_path.chmod(0o500)
    (told,) = Shop(tmp_path)("init", "Maple Records", code=1).err.splitlines()
    assert told == "Error: loyalty.toml cannot be used: permission denied"


def test_a_bug_stays_a_traceback(paper: Shop) -> None:
    """What nobody foresaw is not dressed up as somebody's mistake."""
    ledger = paper.folder / "ledger.db"
    with sqlite3.connect(ledger) as connection:
        connection.execute("UPDATE customers SET attributes = 'not json' WHERE customer_id = 'c1'")
    told = paper("customers", "show", "c1", code=1).err
    assert told.startswith("Traceback (most recent call last):")


def test_published_keys_stay_on_the_local_chain(paper: Shop, node: str) -> None:
    """Anvil's published accounts sign on chain 31337 alone: elsewhere anybody could empty them."""
    pointed(paper, NOBODY, chain_id=84532)
    told = "[signer] anvil is a published key, for chain 31337 alone; name a keystore for here"
    assert f"! {told}" in paper("status").out.splitlines()
    redeem = ("points", "redeem", ANVIL[1], "5", "--reference", "r", "--sign-with-anvil", "1")
    assert paper.refuses(*redeem) == [f"Error: {told}"]
