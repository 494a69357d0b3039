"""Nonces that are missing, jumped or refused, blocks that became too small, and gas that did not suffice."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from loyalty.chain import Node
from loyalty.chain import node as chain_node
from loyalty.chain.signer import from_anvil
from loyalty.outbox import run
from loyalty.program import Program
from tests.faults.proxy import TRUTH, Refusal, between
from tests.faults.shop import Shop, award_many
from tests.faults.test_engine import raw_transfer
from tests.faults.test_fees import Sending, outbox, until

SIGNER = from_anvil(0).address


@pytest.fixture
def program(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """The shop's program, in a hurry; whatever the test did to its chain, all is paid once afterwards."""
    for name, value in (("_REBROADCAST", 0.2), ("_GAP", 1.0), ("_PROOF", 0.5)):
        monkeypatch.setattr(run, name, (value, value))
    program = Program.open(shop.folder)
    try:
        yield program
    finally:
        program.node.ask("evm_setAutomine", True)
        program.send()
        program.close()


def seeds() -> int:
    """A number that no test of this run has had."""
    return time.time_ns() % 2**40


def in_batches_of(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Calls of at most so many awards."""
    monkeypatch.setitem(run.KINDS, "points.award", replace(run.KINDS["points.award"], most=most))


def kinds(shop: Shop, before: int) -> list[tuple[str, str]]:
    """Kind and state of the batches since ``before``, by nonce."""
    return shop.witness.rows(f"SELECT kind, state FROM batches WHERE id > {before} ORDER BY nonce")


def newest(shop: Shop) -> int:
    """The newest batch there is."""
    return int(shop.witness.rows("SELECT MAX(id) FROM batches")[0][0])


def test_a_strict_node_is_followed_step_by_step(program: Program, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that takes no more than two transactions ahead refuses the others for a while; each is signed once, and no nonce is left out."""
    in_batches_of(monkeypatch, 5)
    before = newest(shop)
    refused: list[str] = []

    def strict(method: str, params: list[Any]) -> Any:
        if method == "eth_sendRawTransaction":
            nonce = TypedTransaction.from_bytes(HexBytes(params[0])).as_dict()["nonce"]
            if nonce > program.node.nonce(SIGNER) + 2:
                refused.append(params[0])
                return Refusal(-32000, "nonce too high")
        return TRUTH

    award_many(shop, 60, seeds())
    program.node.ask("evm_setAutomine", False)
    with between(program.node.url, strict) as url:
        sending = Sending(lambda: outbox(program, Node(url, 31337)).send())
        until(lambda: refused)
        program.node.ask("evm_setAutomine", True)
        program.node.ask("evm_mine")
        assert sending.done().operations == 60
    assert kinds(shop, before) == [("points.award", "final")] * 12
    assert shop.witness.rows(f"SELECT COUNT(*) FROM attempts WHERE batch_id > {before}") == [(12,)]
    shop.witness.check()


def test_a_gap_that_others_left_is_filled(program: Program, shop: Shop) -> None:
    """Somebody else's transaction was waiting when ours got the nonces after it, and then it was dropped: an empty one takes its place."""
    before = newest(shop)
    program.node.ask("evm_setAutomine", False)
    signer = from_anvil(0)
    nonce = program.node.nonce(SIGNER)
    for ahead in range(2):
        program.node.broadcast(raw_transfer(signer, 31337, nonce + ahead))
    award_many(shop, 3, seeds())
    sending = Sending(lambda: outbox(program).send())
    until(lambda: shop.witness.rows(f"SELECT 1 FROM batches WHERE id > {before} AND state = 'sent'"))
    program.node.ask("anvil_dropAllTransactions")
    program.node.ask("evm_setAutomine", True)
    assert sending.done().operations == 3
    assert kinds(shop, before) == [("empty", "final"), ("empty", "final"), ("points.award", "final")]
    shop.witness.check()


def test_a_gap_that_is_filled_after_all_needs_no_filling(program: Program, shop: Shop) -> None:
    """The transaction that was missing turns up while ours is there to fill its place: one of them is mined, and nothing is left over."""
    before = newest(shop)
    program.node.ask("evm_setAutomine", False)
    foreign = raw_transfer(from_anvil(0), 31337, program.node.nonce(SIGNER))
    program.node.broadcast(foreign)
    award_many(shop, 3, seeds())
    turned_up: list[str] = []

    def mined_meanwhile(method: str, params: list[Any]) -> Any:
        """Before the empty transaction arrives, the other one is mined."""
        if method == "eth_sendRawTransaction" and not turned_up and kinds(shop, before)[0][0] == "empty":
            turned_up.append(params[0])
            program.node.broadcast(foreign)
            program.node.ask("evm_mine")
            program.node.ask("evm_setAutomine", True)
        return TRUTH

    with between(program.node.url, mined_meanwhile) as url:
        sending = Sending(lambda: outbox(program, Node(url, 31337)).send())
        until(lambda: shop.witness.rows(f"SELECT 1 FROM batches WHERE id > {before} AND state = 'sent'"))
        program.node.ask("anvil_dropAllTransactions")
        assert sending.done().operations == 3
    assert turned_up
    assert sorted(kinds(shop, before)) == [("empty", "dissolved"), ("points.award", "final")]
    assert program.node.nonce(SIGNER) == program.node.nonce(SIGNER, "pending")


def test_a_block_that_became_too_small_gets_smaller_calls(program: Program, shop: Shop) -> None:
    """Calls that were signed for larger blocks are taken back by empty transactions, and their awards go out in parts; each is paid once."""
    before = newest(shop)
    wallets = award_many(shop, 300, seeds())
    assert shop.run("send", "--yes", crash_at="stored").returncode < 0
    program.node.ask("evm_setBlockGasLimit", hex(2_000_000))
    program.node.ask("evm_mine")
    try:
        sent = outbox(program).send()
    finally:
        program.node.ask("evm_setBlockGasLimit", hex(30_000_000))
        program.node.ask("evm_mine")
    assert (sent.operations, sent.failed, sent.reverted) == (300, 0, 0)
    states = kinds(shop, before)
    assert states[0] == ("points.award", "reverted") and len(states) >= 6
    assert set(states[1:]) == {("points.award", "final")}
    minted = shop.witness.minted()
    assert {minted[(wallet, 7)] for wallet in wallets} == {1}
    assert shop.witness.rows("SELECT COUNT(*) FROM operations WHERE tries > 0") == [(0,)]
    shop.witness.check_nonces()


def test_a_block_that_shrinks_under_a_waiting_call(program: Program, shop: Shop) -> None:
    """A call that the node took when blocks were larger is replaced while it waits, and paid once all the same."""
    before = newest(shop)
    wallets = award_many(shop, 200, seeds())
    program.node.ask("evm_setAutomine", False)
    sending = Sending(lambda: outbox(program).send())
    until(lambda: shop.witness.rows(f"SELECT 1 FROM batches WHERE id > {before} AND state = 'sent'"))
    program.node.ask("evm_setBlockGasLimit", hex(2_000_000))
    program.node.ask("evm_mine")
    program.node.ask("evm_setAutomine", True)
    mined = threading.Event()
    ticking = threading.Thread(target=_mine_until, args=(program.node.another(), mined))
    ticking.start()
    try:
        assert sending.done().operations == 200
    finally:
        mined.set()
        ticking.join()
        program.node.ask("evm_setBlockGasLimit", hex(30_000_000))
        program.node.ask("evm_mine")
    minted = shop.witness.minted()
    assert {minted[(wallet, 7)] for wallet in wallets} == {1}
    shop.witness.check_nonces()


def _mine_until(node: Node, done: threading.Event) -> None:
    while not done.wait(0.3):
        node.ask("evm_mine")


def test_a_call_that_ran_out_of_gas_is_sent_again_with_more(program: Program, shop: Shop) -> None:
    """A node that estimates half of what is needed costs one refused transaction; the next asks for more, and no award fails."""
    before = newest(shop)

    def stingy(method: str, params: list[Any]) -> Any:
        if method == "eth_estimateGas":
            return hex(int(program.node.ask(method, *params), 16) // 2)
        return TRUTH

    award_many(shop, 20, seeds())
    with between(program.node.url, stingy) as url:
        sent = outbox(program, Node(url, 31337)).send()
    assert (sent.operations, sent.failed, sent.reverted) == (20, 0, 1)
    [(used, gas)] = shop.witness.rows(f"SELECT gas_used, gas FROM batches WHERE id > {before} AND state = 'reverted'")
    assert used > 0.9 * gas
    assert [state for _, state in kinds(shop, before)] == ["reverted", "final"]
    shop.witness.check_nonces()


def test_a_frozen_node_is_waited_for(program: Program, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that answers nothing for a while, and does not hang up either, costs time and nothing else; no thread is left behind."""
    monkeypatch.setattr(chain_node, "TIMEOUT", 0.5)
    in_batches_of(monkeypatch, 5)
    award_many(shop, 100, seeds())
    running = program.chain.status()
    assert running is not None
    threads = threading.active_count()
    before = newest(shop)
    sending = Sending(lambda: outbox(program, program.node.another()).send())
    until(lambda: newest(shop) > before)
    os.kill(running.pid, signal.SIGSTOP)
    try:
        time.sleep(3)
    finally:
        os.kill(running.pid, signal.SIGCONT)
    sent = sending.done()
    assert (sent.operations, sent.failed) == (100, 0)
    assert threading.active_count() == threads
    shop.witness.check_nonces()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_hurries_and_delays_nothing(
    program: Program, shop: Shop, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """The wall clock jumps by an hour at every other question while the engine sends: deadlines are of another clock, and all is paid once."""
    in_batches_of(monkeypatch, 5)
    award_many(shop, 50, seeds())
    true_time: Callable[[], float] = time.time
    asked = iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: true_time() + 3600 * hours * (next(asked) % 2))
    sent = outbox(program).send()
    assert (sent.operations, sent.failed) == (50, 0)
    assert next(asked) > 10
    shop.witness.check_nonces()


# The last test here: afterwards the chain has spent nonces that no ledger explains, and the witness counts them.
def test_a_nonce_that_jumped_is_followed(program: Program, shop: Shop) -> None:
    """The account's nonce is ten higher than what was signed: nobody has to help, and the award is paid once."""
    before = newest(shop)
    wallets = award_many(shop, 2, seeds())
    assert shop.run("send", "--yes", crash_at="stored").returncode < 0
    nonce = program.node.nonce(SIGNER)
    program.node.ask("anvil_setNonce", SIGNER, hex(nonce + 10))
    program.node.ask("evm_mine")
    assert outbox(program).send().operations == 2
    assert shop.witness.rows(f"SELECT nonce, state FROM batches WHERE id > {before}") == [(nonce + 10, "final")]
    minted = shop.witness.minted()
    assert [minted[(wallet, 7)] for wallet in wallets] == [1, 1]
