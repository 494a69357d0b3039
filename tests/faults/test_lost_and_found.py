"""Chains, nodes and ledgers that forget: each of these once paid twice, or forgot, and now does neither."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loyalty.ledger import operations
from loyalty.program import Program
from tests.faults.proxy import TRUTH, between
from tests.faults.shop import RUNS, Shop, backup, deployed

WALLET = "0x" + "5" * 40


@pytest.fixture(params=range(RUNS))
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop and a chain for one test alone: these break them."""
    with deployed(tmp_path) as shop:
        yield shop


def opened(shop: Shop, **network: Any) -> Program:
    """The shop's program, with some of its network's settings changed."""
    program = Program.open(shop.folder)
    program.settings = replace(program.settings, network=replace(program.settings.network, **network))
    return program


def test_a_node_that_denies_a_receipt_pays_nobody_again(shop: Shop) -> None:
    """A mined batch whose receipt a lagging node no longer has stays mined: its block is still the chain's."""
    program = opened(shop, confirmations=3)
    program.points.award(WALLET, 100, key="once")
    program.notify.send("Once", "Only once", to=[WALLET], key="once")
    program.send()
    attempts = shop.witness.rows("SELECT count(*) FROM attempts")

    def lie(method: str, params: list[Any]) -> Any:
        return None if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash") else TRUTH

    with between(shop.witness.url, lie) as url:
        lagging = opened(shop, confirmations=3, rpc=url)
        assert lagging.send().transactions == 0
        lagging.close()
    shop.witness.rpc("anvil_mine", "0x5")
    program.send()
    assert shop.witness.minted() == {(WALLET, 100): 1}
    assert sum(shop.witness.notifications().values()) == 1
    assert shop.witness.rows("SELECT count(*) FROM attempts") == attempts


def test_a_backup_from_before_the_signature_pays_nobody_again(shop: Shop) -> None:
    """A ledger restored to when the batch was formed signs other bytes under the same number, and the contract refuses them."""
    ledger = shop.folder / "ledger.db"
    program = opened(shop)
    program.points.award(WALLET, 100, key="once")
    program.close()
    assert shop.run("send", "--yes", crash_at="batched").returncode == -signal.SIGKILL
    backup(ledger, shop.folder / "old.db")
    assert shop.run("send", "--yes").returncode == 0
    backup(shop.folder / "old.db", ledger)
    sent = shop.run("send", "--yes")
    assert sent.returncode == 1 and "older than the chain" in sent.stdout + sent.stderr
    assert shop.witness.minted() == {(WALLET, 100): 1}


def test_a_reorganisation_over_a_refused_call_pays_once(shop: Shop) -> None:
    """A refusal counts when it is as deep as a payment must be: replayed in another order, the same bytes pay once."""
    program = opened(shop, confirmations=2)
    program.points.award(WALLET, 100, key="once")
    deployed = int(shop.witness.rpc("eth_blockNumber"), 16)
    shop.witness.rpc("evm_setAutomine", False)
    assert shop.run("send", "--yes", crash_at="broadcast").returncode == -signal.SIGKILL
    shop.witness.rpc("anvil_dropAllTransactions")
    points, signer = shop.witness.contract("points"), program.signer
    nonce = program.node.nonce(signer.address)
    ((first,),) = shop.witness.rows("SELECT raw FROM attempts ORDER BY id DESC LIMIT 1")
    # The other transaction takes the nonce of ours, so ours is not mined yet, whatever is mined on top.
    foreign = signer.sign(31337, nonce, points, b"", 100_000, 10**11, 10**9).raw
    shop.witness.rpc("eth_sendRawTransaction", "0x" + foreign.hex())
    shop.witness.rpc("anvil_mine", "0x4")
    shop.witness.rpc("evm_setAutomine", True)
    sent = shop.run("send", "--yes")
    assert sent.returncode == 0, sent.stderr
    (raws, numbers) = zip(
        *shop.witness.rows(
            "SELECT a.raw, b.number FROM attempts a JOIN batches b ON b.id = a.batch_id WHERE b.kind = 'points.award'"
        ),
        strict=True,
    )
    assert first in raws and len(raws) == 2 and len(set(numbers)) == 1
    # Both of our bytes in one chain: the second finds its number spent.
    depth = int(shop.witness.rpc("eth_blockNumber"), 16) - deployed
    shop.witness.rpc("anvil_reorg", depth, [["0x" + first.hex(), 0], ["0x" + raws[-1].hex(), 1]])
    assert shop.witness.minted() == {(WALLET, 100): 1}


def test_a_chain_that_lost_blocks_gets_the_same_bytes_again(shop: Shop) -> None:
    """A node killed before it wrote its state has forgotten payments: they are sent again, byte for byte, and nobody waits."""
    program = opened(shop)
    program.chain.stop()
    shop.witness.url = program.chain.start().url
    for number in range(3):
        program.points.award(f"0x{number + 1:040x}", 10, key=f"k{number}")
        program.send()
    before = shop.witness.rows("SELECT tx_hash FROM attempts ORDER BY id")
    running = program.chain.status()
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    while program.chain.status() is not None:
        pass
    shop.witness.url = program.chain.start().url
    assert not shop.witness.minted()
    program.points.award("0x" + "9" * 40, 10, key="next")
    program.send()
    assert shop.witness.rows("SELECT tx_hash FROM attempts ORDER BY id")[:-1] == before
    shop.witness.check()


def test_a_badge_waits_for_its_event(shop: Shop) -> None:
    """An event that could not be created gives no badges: its number may be somebody else's on chain."""
    program = opened(shop)
    backup(shop.folder / "ledger.db", shop.folder / "old.db")
    program.poap.create("VIP dinner")
    program.send()
    program.close()
    backup(shop.folder / "old.db", shop.folder / "ledger.db")
    older = opened(shop)
    older.poap.create("Opening night")
    older.poap.award("Opening night", WALLET)
    sent = older.send()
    assert sent.failed == 1
    assert "event exists" in sent.parked["poap.award 1"]
    assert not shop.witness.tokens("poap")


def test_a_call_to_no_contract_is_not_sent(shop: Shop) -> None:
    """Where the chain has no contract any more, an award waits: a call there would be mined and do nothing."""
    program = opened(shop)
    shop.witness.rpc("anvil_setCode", shop.witness.contract("points"), "0x")
    program.points.award(WALLET, 5, key="nowhere")
    assert "no contract at" in program.send().parked["points.award"]


def test_an_award_over_the_whole_budget_stops_no_other(shop: Shop) -> None:
    """What no period could ever pay fails with the reason; the awards behind it are paid."""
    program = opened(shop)
    program.points.award(WALLET, 10_000_001, key="too-much")
    program.points.award(WALLET, 5, key="fine")
    sent = program.send()
    assert (sent.operations, sent.failed) == (1, 1)
    failed = operations.by_key(program.ledger, "points.award:too-much")
    assert failed is not None and "whole budget of 10,000,000" in failed.reason
    assert shop.witness.minted() == {(WALLET, 5): 1}


def test_an_operation_that_cannot_be_written_stops_no_other(shop: Shop) -> None:
    """One operation that does not fit the contract's types fails alone."""
    program = opened(shop)
    with program.ledger.write() as connection:
        bad = {"reference": "0x" + "1" * 64, "number": str(2**256), "deadline": 1, "signature": "0x" + "1" * 130}
        operations.add(
            connection, [operations.New("points.redeem:bad", "points.redeem", wallet=WALLET, amount=1, args=bad)]
        )
    program.points.award(WALLET, 5, key="fine")
    sent = program.send()
    assert (sent.operations, sent.failed) == (1, 1)


def test_another_network_needs_another_ledger(shop: Shop) -> None:
    """A ledger that has sent on one chain refuses another: operations name no chain."""
    program = opened(shop, chain_id=5)
    program.points.award(WALLET, 5, key="here")
    shop.witness.rpc("anvil_setChainId", 5)
    try:
        with pytest.raises(Exception, match="this ledger is for chain 31337"):
            program.send()
    finally:
        shop.witness.rpc("anvil_setChainId", 31337)
