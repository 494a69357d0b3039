"""Faults between the engine and the chain that are not its own death."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from loyalty.chain import Signer
from loyalty.chain.signer import from_anvil
from loyalty.errors import LoyaltyError
from loyalty.ledger import operations
from loyalty.program import Program
from tests.faults.shop import Shop, backup


@pytest.fixture
def program(shop: Shop) -> Iterator[Program]:
    """The shop's program."""
    with Program.open(shop.folder) as program:
        yield program


def award(program: Program, shop: Shop, count: int, first: int) -> list[str]:
    """Queue ``count`` awards of 10 points and return their keys."""
    keys = [f"engine-{first + index}" for index in range(count)]
    for index, key in enumerate(keys):
        program.points.award(f"0x{first + index + 1:040x}", 10, key=key)
    return keys


def raw_transfer(signer: Signer, chain_id: int, nonce: int) -> bytes:
    """A transaction that does nothing, signed by the same key outside the engine."""
    return signer.sign(chain_id, nonce, signer.address, b"", 21_000, 10**11, 10**9).raw


def test_one_bad_recipient_costs_only_itself(program: Program, shop: Shop) -> None:
    """An award that the contract refuses fails with its reason, and the rest of its batch is paid."""
    good = award(program, shop, 9, 1_000)
    with program.ledger.write() as connection:
        operations.add(
            connection, [operations.New("points.award:bad", "points.award", wallet="0x" + "0" * 40, amount=5)]
        )
    sent = program.send()
    assert sent.failed == 1
    bad = operations.by_key(program.ledger, "points.award:bad")
    assert bad is not None and bad.state == "failed" and "zero" in bad.reason
    states = {operations.by_key(program.ledger, f"points.award:{key}").state for key in good}  # type: ignore[union-attr]
    assert states == {"final"}
    with program.ledger.write() as connection:
        connection.exec_driver_sql("DELETE FROM operations WHERE key = 'points.award:bad'")
    shop.witness.check()


def test_a_nonce_spent_elsewhere_is_given_up(program: Program, shop: Shop) -> None:
    """When the same key sends another transaction while a signed batch waits, the batch takes a new nonce and pays once."""
    award(program, shop, 3, 2_000)
    killed = shop.run("send", "--yes", crash_at="stored")
    assert killed.returncode < 0
    signer = from_anvil(0)
    nonce = program.node.nonce(signer.address)
    program.node.broadcast(raw_transfer(signer, 31337, nonce))
    sent = program.send()
    assert sent.operations == 3
    nonces = shop.witness.rows("SELECT nonce FROM attempts ORDER BY id DESC LIMIT 2")
    assert nonces == [(nonce + 1,), (nonce,)]
    assert sum(shop.witness.minted()[(f"0x{2_000 + i + 1:040x}", 10)] for i in range(3)) == 3


def test_a_second_send_waits_its_turn(program: Program, shop: Shop) -> None:
    """Two sends on one ledger do not race: the second says so and changes nothing."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, f"{shop.file}.31337-{program.signer.address}.lock"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(LoyaltyError, match="another `loyalty send` is at work"):
            program.send()
    finally:
        holder.kill()
        holder.communicate()


HOLD = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_an_older_ledger_pays_nobody_again(program: Program, shop: Shop) -> None:
    """A ledger restored from before a batch was sent offers a batch number that the contract has spent: it stops, and pays nobody twice."""
    path = shop.file
    award(program, shop, 4, 3_000)
    program.close()
    backup(path, path.with_suffix(".old"))
    newer = Program.open(shop.folder)
    assert newer.send().operations == 4
    newer.close()
    backup(path, path.with_suffix(".new"))
    backup(path.with_suffix(".old"), path)
    try:
        older = Program.open(shop.folder)
        with pytest.raises(LoyaltyError, match="older than the chain"):
            older.send()
        older.close()
        assert [shop.witness.minted()[(f"0x{3_000 + i + 1:040x}", 10)] for i in range(4)] == [1, 1, 1, 1]
    finally:
        backup(path.with_suffix(".new"), path)


def test_paused_work_waits_and_goes_on(program: Program, shop: Shop) -> None:
    """While a contract is paused its operations wait with a reason, nothing fails, and they are sent once the pause is over."""
    keys = award(program, shop, 2, 4_000)
    points, owner = program.points._contract, from_anvil(0)
    pause = bytes.fromhex(_selector("pause(uint256)")) + (3600).to_bytes(32, "big")
    _send(program, owner, points.address, pause)
    sent = program.send()
    assert sent.operations == 0 and "paused" in sent.parked["points.award"]
    assert operations.by_key(program.ledger, f"points.award:{keys[0]}").state == "queued"  # type: ignore[union-attr]
    _send(program, owner, points.address, bytes.fromhex(_selector("unpause()")))
    assert program.send().operations == 2


def test_no_funds_parks_and_says_how_much(program: Program, shop: Shop) -> None:
    """A signer who cannot pay the gas is told what it has and what it needs, and nothing is signed."""
    award(program, shop, 2, 5_000)
    signer = program.signer.address
    held = shop.witness.rpc("eth_getBalance", signer, "latest")
    before = len(shop.witness.rows("SELECT 1 FROM attempts"))
    shop.witness.rpc("anvil_setBalance", signer, "0x1000")
    sent = program.send()
    assert "needs" in sent.parked["points.award"]
    assert len(shop.witness.rows("SELECT 1 FROM attempts")) == before
    shop.witness.rpc("anvil_setBalance", signer, held)
    assert program.send().operations == 2


def test_a_dropped_transaction_is_sent_again(program: Program, shop: Shop) -> None:
    """A transaction that falls out of the node's pool while send is down is broadcast again with the same bytes."""
    award(program, shop, 2, 6_000)
    shop.witness.rpc("evm_setAutomine", False)
    try:
        assert shop.run("send", "--yes", crash_at="broadcast").returncode < 0
        shop.witness.rpc("anvil_dropAllTransactions")
    finally:
        shop.witness.rpc("evm_setAutomine", True)
    attempts = shop.witness.rows("SELECT count(*) FROM attempts")
    assert program.send().operations == 2
    assert shop.witness.rows("SELECT count(*) FROM attempts") == attempts


def test_another_chain_is_refused(program: Program, shop: Shop) -> None:
    """A node with the right chain id but another first block is not the ledger's chain: nothing is signed."""
    award(program, shop, 1, 7_000)
    known = program.ledger.fact("genesis:31337")
    with program.ledger.write() as connection:
        connection.exec_driver_sql("UPDATE facts SET value = '0xother' WHERE name = 'genesis:31337'")
    with pytest.raises(LoyaltyError, match="another chain 31337"):
        program.send()
    with program.ledger.write() as connection:
        connection.exec_driver_sql(f"UPDATE facts SET value = '{known}' WHERE name = 'genesis:31337'")
    assert program.send().operations == 1


def _selector(signature: str) -> str:
    from eth_utils.crypto import keccak

    return keccak(signature.encode())[:4].hex()


def _send(program: Program, signer: Signer, to: str, data: bytes) -> None:
    """One transaction by hand, mined."""
    node = program.node
    signed = signer.sign(node.chain_id, node.nonce(signer.address), to, data, 200_000, 10**11, 10**9)
    node.broadcast(signed.raw)
    for _ in range(500):
        receipt = node.receipt(signed.tx_hash)
        if receipt is not None:
            assert receipt.succeeded
            return
    raise AssertionError("not mined")


def test_a_notification_that_may_not_be_sent_waits(program: Program, shop: Shop) -> None:
    """The protocol's contract does not revert for a sender without the right: the engine finds out before it sends, and parks."""
    program.settings = replace(program.settings, notify=replace(program.settings.notify, channel="0x" + "7" * 40))
    program.notify.send("Hello", "Not ours to send", to=["0x" + "8" * 40], key="not-ours")
    before = len(shop.witness.rows("SELECT 1 FROM attempts"))
    sent = program.send()
    assert "may not send for this channel" in sent.parked["notify.send"]
    assert len(shop.witness.rows("SELECT 1 FROM attempts")) == before
    with program.ledger.write() as connection:
        connection.exec_driver_sql("DELETE FROM operations WHERE key = 'notify.send:not-ours'")
