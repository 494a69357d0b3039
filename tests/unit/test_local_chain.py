"""chain.anvil: a local Anvil that is started, stopped, and keeps what it had."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loyalty.chain import Node, Receipt, Signer, abi
from loyalty.chain import node as node_module
from loyalty.chain import signer as signers
from loyalty.chain.anvil import LocalChain
from loyalty.errors import ChainError, LoyaltyError

CHAIN = 31337


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalChain]:
    """A chain that was never started; whatever runs at the end of the test is ended."""
    chain = LocalChain(tmp_path / ".loyalty", CHAIN)
    yield chain
    running = chain.status()
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)


@pytest.fixture
def signer() -> Signer:
    """Anvil's first account."""
    return signers.from_anvil(0)


def send(node: Node, signer: Signer, to: str, data: bytes) -> Receipt:
    """Send a transaction and wait until it is mined."""
    made = signer.sign(CHAIN, node.nonce(signer.address), to, data, 5_000_000, 10**11, 10**9)
    node.broadcast(made.raw)
    deadline = time.monotonic() + 10
    while (receipt := node.receipt(made.tx_hash)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return receipt


def test_a_chain_is_started_once_and_stopped_once(local: LocalChain) -> None:
    """Before its first start it has no URL; started again it is the same; stopped twice it was running once."""
    assert (local.url(), local.status(), local.stop()) == (None, None, False)
    running = local.start()
    assert local.start() == local.status() == running
    assert local.url() == running.url
    Node(running.url, CHAIN).check()
    assert (local.stop(), local.stop()) == (True, False)
    assert local.status() is None
    assert local.url() == running.url, "where it listened last is still known"


def test_restarts_keep_everything(local: LocalChain, signer: Signer) -> None:
    """Balances, nonces, code, logs, receipts and the first block are the same after three restarts, on the same port, and the chain goes on."""
    running = local.start()
    node = Node(running.url, CHAIN)
    receipts = [send(node, signer, "", abi.creation("PushComm", signer.address, "LOCAL"))]
    comm = abi.contract_address(signer.address, 0)
    channel = signer.address

    def state() -> dict[str, Any]:
        return {
            "genesis": node.genesis(),
            "head": node.block_number(),
            "balance": node.balance(signer.address),
            "nonce": node.nonce(signer.address),
            "code": node.has_code(comm),
            "view": node.call("PushComm", comm, "chainName"),
            "logs": list(node.logs(comm, [abi.topic("PushComm", "SendNotification")], 0)),
            "receipts": [node.receipt(one.tx_hash) for one in receipts],
            "known": [node.knows(one.tx_hash) for one in receipts],
            "blocks": [node.block_hash(number) for number in range(node.block_number() + 1)],
        }

    for restart in range(4):
        for n in range(3):
            identity = f"0+1+{restart}+{n}".encode()
            receipts.append(
                send(node, signer, comm, abi.encode("PushComm", "sendNotification", channel, channel, identity))
            )
        before = state()
        assert len(before["logs"]) == 3 * (restart + 1)
        assert local.stop()
        again = local.start()
        assert again.url == running.url
        assert state() == before


def test_a_restart_does_not_turn_time_back(local: LocalChain) -> None:
    """A chain that was moved ahead in time goes on from there, and one that was stopped for a while from now."""
    node = Node(local.start().url, CHAIN)
    node.ask("evm_mine")
    assert local.stop()
    time.sleep(1.1)
    local.start()
    node.ask("evm_mine")
    assert abs(node.timestamp() - time.time()) < 5
    node.ask("evm_increaseTime", 100 * 86_400)
    node.ask("evm_mine")
    ahead = node.timestamp()
    local.stop()
    local.start()
    node.ask("evm_mine")
    assert ahead <= node.timestamp() < ahead + 60


def test_a_killed_chain_goes_back_to_its_last_state(local: LocalChain) -> None:
    """After kill -9 the chain is the one that was written down last, with the same first block."""
    running = local.start()
    node = Node(running.url, CHAIN)
    node.ask("anvil_mine", "0x5")
    genesis = node.genesis()
    local.stop()
    running = local.start()
    node.ask("anvil_mine", "0x5")
    os.kill(running.pid, signal.SIGKILL)
    assert wait_for(lambda: local.status() is None)
    local.start()
    assert (node.block_number(), node.genesis()) == (5, genesis)


def wait_for(true: Any) -> bool:
    """Whether something becomes true within ten seconds."""
    deadline = time.monotonic() + 10
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_was_taken_meanwhile_is_left_alone(local: LocalChain, taken: int) -> None:
    """When somebody else listens where the chain did, it starts on another port and says so."""
    local.start()
    local.stop()
    note = json.loads(local._described.read_text())
    local._described.write_text(json.dumps({**note, "port": taken}))
    second = local.start()
    assert local.url() == second.url != f"http://127.0.0.1:{taken}"
    Node(second.url, CHAIN).check()


def test_a_port_by_number(local: LocalChain, taken: int) -> None:
    """The chain listens where it is told to, and a port that is in use is one sentence."""
    with pytest.raises(LoyaltyError, match=f"port {taken} of 127.0.0.1 is in use"):
        local.start(port=taken)
    assert local.status() is None
    for port in (free_port(), free_port(), free_port()):
        with contextlib.suppress(LoyaltyError):  # somebody may take it between our looking and Anvil's
            assert local.start(port=port).url == f"http://127.0.0.1:{port}"
            return
    raise AssertionError("three free ports in a row were not to be had")


def test_no_outgoing_connection_gets_the_chain_s_port(local: LocalChain) -> None:
    """The port the chain picks is none that the system gives to outgoing connections, so it is free again at a restart."""
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert int(local.start().url.rpartition(":")[2]) < first


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Another program's process."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def describe(local: LocalChain, **fields: Any) -> None:
    """Write what the chain's folder says of its process."""
    local._folder.mkdir(parents=True, exist_ok=True)
    local._described.write_text(json.dumps({"pid": 0, "port": 1, "chain_id": CHAIN, **fields}))


def test_another_programs_process_is_not_ended(local: LocalChain, stranger: subprocess.Popen[bytes]) -> None:
    """After a reboot Anvil's number may be another program's: it is not taken for Anvil, and not ended."""
    describe(local, pid=stranger.pid)
    assert (local.status(), local.stop()) == (None, False)
    assert stranger.poll() is None
    running = local.start()
    assert running.pid != stranger.pid and local.status() == running
    assert stranger.poll() is None


def test_another_programs_anvil_is_not_ended(local: LocalChain, tmp_path: Path) -> None:
    """Nor is an Anvil of another folder that has got the number."""
    other = LocalChain(tmp_path / "other", CHAIN)
    theirs = other.start()
    try:
        describe(local, pid=theirs.pid, port=1)
        assert (local.status(), local.stop()) == (None, False)
        assert other.status() == theirs
    finally:
        other.stop()


@pytest.mark.parametrize("pid", [0, -1, 1])
def test_no_group_of_processes_is_ended(local: LocalChain, pid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged note that names process 0, -1 or 1 ends nothing: to the system those are groups, or everybody's."""
    ended: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda *asked: ended.append(asked))
    describe(local, pid=pid)
    assert (local.status(), local.stop(), ended) == (None, False, [])


@pytest.mark.parametrize(
    "note", ["", "{", "[]", "null", '{"pid": "x"}', '{"pid": 5}', '{"pid": null, "port": 1, "chain_id": 1}']
)
def test_a_damaged_note_is_no_chain(local: LocalChain, note: str) -> None:
    """What the folder says and nobody can read counts as nothing; the chain can be started."""
    local._folder.mkdir(parents=True)
    local._described.write_text(note)
    assert (local.url(), local.status(), local.stop()) == (None, None, False)


def test_a_chain_that_hangs_is_not_started_twice(local: LocalChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Anvil that runs but does not answer keeps its state file to itself: a second one would write over it."""
    monkeypatch.setattr(node_module, "TIMEOUT", 0.2)
    monkeypatch.setattr(node_module, "_PAUSE", 0)
    running = local.start()
    os.kill(running.pid, signal.SIGSTOP)
    while Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)  # a process of many threads stops when the last of them has
    try:
        assert local.status() is None
        with pytest.raises(ChainError, match=f"process {running.pid}.* runs but does not answer; loyalty chain stop"):
            local.start()
    finally:
        os.kill(running.pid, signal.SIGCONT)
    assert local.start() == running


def test_another_chain_on_the_port_is_not_ours(local: LocalChain) -> None:
    """What answers must be the chain the folder was made for."""
    running = local.start()
    note = json.loads(local._described.read_text())
    local._described.write_text(json.dumps({**note, "chain_id": 5}))
    assert local.status() is None
    local._described.write_text(json.dumps(note))
    assert local.status() == running


def test_a_state_that_cannot_be_read_is_told(local: LocalChain) -> None:
    """Anvil's own last words are passed on."""
    local._folder.mkdir(parents=True)
    local.state.write_text("{")
    with pytest.raises(ChainError, match="Anvil ended as soon as it was started: "):
        local.start()


def test_anvil_must_be_there_and_new_enough(local: LocalChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Anvil, or with an old one, the sentence says how to get it."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LoyaltyError, match="Anvil is not installed; install it with: npm install"):
        local.start()
    for version in ("anvil 0.2.0 (abc 2024-01-01)", "something else", ""):
        (tmp_path / "anvil").write_text(f"#!/bin/sh\necho '{version}'\n")
        (tmp_path / "anvil").chmod(0o755)
        with pytest.raises(
            LoyaltyError,
            match=f"is too old \\({version.replace('(', '.').replace(')', '.') or 'no version'}\\); install",
        ):
            local.start()
    assert not local._folder.exists()


def test_anvil_does_not_hear_our_interrupt(local: LocalChain) -> None:
    """It runs in a session of its own: Ctrl-C in the terminal ends the command, not the chain."""
    running = local.start()
    assert os.getsid(running.pid) == running.pid != os.getsid(0)
