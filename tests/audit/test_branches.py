"""branches.py on a small contract of which it is known what was reached."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import compiled
import pytest
from branches import Report
from eth_abi import encode
from eth_utils import keccak
from record import Recorder
from web3 import HTTPProvider, Web3

SOURCE = """# pragma version ~=0.4.3
last: public(uint256)
spare: public(uint256)


@deploy
def __init__(first: uint256):
    assert first != 7, "toy: seven"
    self.last = first


@external
def check(x: uint256):
    assert x < 10, "toy: too large"
    if x == 3:
        return
    if x == 4 or x == 5:
        self.last = x
    elif x == 6:
        self.last = 60
    else:
        self.last = 1 if x > 1 else 2
    for i: uint256 in range(9):
        if i == x:
            break
        self.last += i


@external
def never() -> uint256:
    return self._inner()


@internal
def _inner() -> uint256:
    if self.last > 1:
        return 2
    return 3


@internal
def _unused():
    self.last = 0
"""


@pytest.fixture
def web3() -> Iterator[Web3]:
    """An Anvil as ape starts it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    node = subprocess.Popen(["anvil", "--port", str(port), "--steps-tracing"], stdout=subprocess.DEVNULL)
    web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
    while not web3.is_connected():
        time.sleep(0.02)
    yield web3
    node.kill()
    node.wait()


@pytest.fixture
def toy(web3: Web3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Recorder, Callable[..., Any]]]:
    """The contract, deployed and watched, and a way to call or send to it."""
    monkeypatch.setattr(compiled, "ROOT", tmp_path)
    compiled.tree.cache_clear()
    path = tmp_path / "contracts" / "Toy.vy"
    path.parent.mkdir()
    path.write_text(SOURCE)
    contract = compiled.compiled(path, tmp_path)
    recorder = Recorder([contract])
    monkeypatch.setattr(HTTPProvider, "make_request", HTTPProvider.make_request)
    recorder.pytest_sessionstart()
    account = web3.eth.accounts[0]
    sent = web3.eth.send_transaction({"from": account, "data": contract.initcode + encode(["uint256"], [1])})
    address = web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]

    def ask(how: Callable[..., Any], signature: str, *args: int) -> Any:
        data = keccak(text=signature)[:4] + encode(["uint256"] * len(args), args)
        return how({"from": account, "to": address, "data": data, "gas": 1_000_000})

    yield recorder, ask
    compiled.tree.cache_clear()


def test_tells_what_was_not_reached(web3: Web3, toy: tuple[Recorder, Callable[..., Any]]) -> None:
    """Calls, refused calls and transactions count; what none of them does is listed, line by line."""
    recorder, ask = toy
    ask(web3.eth.call, "check(uint256)", 3)
    with pytest.raises(Exception, match="too large"):
        ask(web3.eth.call, "check(uint256)", 10)
    web3.eth.wait_for_transaction_receipt(ask(web3.eth.send_transaction, "check(uint256)", 4))
    web3.eth.wait_for_transaction_receipt(ask(web3.eth.send_transaction, "check(uint256)", 2))
    ask(web3.eth.call, "last()")
    lines = SOURCE.splitlines()
    assert [(lines[line - 1].strip(), what) for line, what in Report(recorder).missing("Toy.vy")] == [
        ("spare: public(uint256)", "is not reached"),
        ('assert first != 7, "toy: seven"', "never fails"),
        ("elif x == 6:", "goes one way only (if / else, column 4, operand 0)"),
        ("self.last = 60", "is not reached"),
        ("self.last = 1 if x > 1 else 2", "goes one way only (ternary, column 20, operand 0)"),
        ("def never() -> uint256:", "is not reached"),
        ("return self._inner()", "is not reached"),
        ("if self.last > 1:", "is never decided"),
        ("if self.last > 1:", "is not reached"),
        ("return 2", "is not reached"),
        ("return 3", "is not reached"),
        ("def _unused():", "is in no contract"),
    ]


def test_misses_nothing_that_was_reached(web3: Web3, toy: tuple[Recorder, Callable[..., Any]]) -> None:
    """Where every way was gone, nothing is listed."""
    recorder, ask = toy
    for x in range(10):
        ask(web3.eth.call, "check(uint256)", x)
    with pytest.raises(Exception, match="too large"):
        ask(web3.eth.call, "check(uint256)", 10)
    lines = SOURCE.splitlines()
    missing = [lines[line - 1].strip() for line, _ in Report(recorder).missing("Toy.vy")]
    first, last = lines.index("def check(x: uint256):"), lines.index("def never() -> uint256:")
    assert not set(missing) & {line.strip() for line in lines[first:last] if line}
    assert len(missing) == 10


def test_belongs_to_the_test_that_did_it(web3: Web3, toy: tuple[Recorder, Callable[..., Any]]) -> None:
    """The lines that a test ran are kept under its name, without those that others ran."""
    recorder, ask = toy
    recorder.doing.append("a test")
    ask(web3.eth.call, "check(uint256)", 3)
    ran = recorder.lines("a test")["Toy"]["Toy.vy"]
    lines = SOURCE.splitlines()
    assert [lines[line - 1].strip() for line in ran] == [
        "def check(x: uint256):",
        'assert x < 10, "toy: too large"',
        "if x == 3:",
    ]
