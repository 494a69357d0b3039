"""A network like a public one: another chain id, a block every two seconds, a gas limit per transaction, a key of one's own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from loyalty.chain import Node
from loyalty.chain.anvil import LocalChain
from tests.journeys.shop import ANVIL, Shop, wallet

CHAIN_ID = 84532
AWARDS = 1300  # more than two transactions hold under the limit

NETWORK = """
[networks.base-sepolia]
confirmations = 2
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """An Anvil that behaves as Base Sepolia does."""
    local = LocalChain(tmp_path_factory.mktemp("base"), CHAIN_ID)
    running = local.start(extra=("--block-time", "2", "--enable-tx-gas-limit"))
    yield Node(running.url, CHAIN_ID)
    os.kill(running.pid, signal.SIGKILL)  # nobody wants its state


@pytest.fixture
def brand(paper: Shop, chain: Node) -> Shop:
    """The shop on that network, its signer's key and its node's address in the environment, with one ETH."""
    from eth_account import Account

    account = Account.create()
    chain.ask("anvil_setBalance", account.address, hex(10**18))
    settings = paper.folder / "loyalty.toml"
    written = settings.read_text().replace('network = "local"', 'network = "base-sepolia"')
    settings.write_text(written.replace("anvil = 0", 'key_variable = "MAPLE_KEY"') + NETWORK)
    return Shop(paper.folder, {"MAPLE_KEY": account.key.hex(), "LOYALTY_RPC_BASE_SEPOLIA": chain.url})


def test_a_brand_on_a_public_network(brand: Shop, chain: Node) -> None:
    """It deploys, awards 1,300 times within the gas limit of each transaction, and is final some blocks later."""
    assert [one["how"] for one in brand("deploy", "--yes", "--only", "points,notify", "--json").lines] == [
        "deployed"
    ] * 2
    rows = "".join(f"{wallet(n)},{n + 1},p{n}\n" for n in range(AWARDS))
    planned = brand("plan", "-", "--json", stdin=f"wallet,amount,key\n{rows}").json
    # Three calls, one to a block of this chain's size or more; two seconds a block.
    assert planned["awards"] == planned["wallets"] == planned["new_wallets"] == AWARDS
    assert 2 <= planned["seconds"] <= 60
    assert "Time          about " in brand("plan", "-", stdin=f"wallet,amount,key\n{rows}").out
    brand("points", "award", "-", stdin=f"wallet,amount,key\n{rows}")
    assert "Base Sepolia ETH, at " in brand("send", "--dry-run").out
    sent = brand("send", "--yes", "--json").json
    assert (sent["operations"], sent["parked"], sent["failed"]) == (AWARDS, {}, 0)
    assert sent["transactions"] == planned["transactions"] > 2
    assert abs(sent["gas"] / planned["gas"] - 1) < 0.02
    assert brand("points", "balance", wallet(AWARDS - 1), "--json").json["points"] == AWARDS

    ahead = chain.block_number() + 3
    while chain.block_number() < ahead:
        time.sleep(0.5)
    brand("send")
    status = brand("status", "--json").json
    assert status["queue"]["points.award"] == {"final": AWARDS}
    assert status["attention"] == ["poap, warranty, rewards: not deployed; run: loyalty deploy"]


def test_published_keys_are_refused(brand: Shop) -> None:
    """A published key that somebody put into the environment signs nothing there."""
    from eth_account import Account

    Account.enable_unaudited_hdwallet_features()
    key = Account.from_mnemonic("test " * 11 + "junk").key.hex()
    (told,) = brand("deploy", "--yes", code=1, MAPLE_KEY=key).err.splitlines()
    assert told == (
        f"Error: {ANVIL[0]} is one of Anvil's published accounts: anybody can empty it, so it signs on chain 31337 alone"
    )
