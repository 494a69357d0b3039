"""A pytest plugin that traces what the contract tests send, on the chain they send it to."""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from compiled import END, Contract, Place
from web3 import HTTPProvider

TRACE = {"disableMemory": True, "disableStorage": True, "enableReturnData": False}
CALLS = {"eth_call", "eth_estimateGas"}
SENDS = {"eth_sendTransaction", "eth_sendRawTransaction"}
CALL_OPS = {"CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"}
ELSEWHERE = "in what a contract of the tests has made"


class Recorder:
    """A pytest plugin that traces what the tests send."""

    def __init__(self, contracts: list[Contract]) -> None:
        self.contracts = contracts
        self.seen: dict[tuple[str, bool], set[tuple[int, int]]] = defaultdict(set)
        # By whom (a test, or a fixture that many tests share) and in which contract.
        self.touched: dict[str, dict[str, set[Place]]] = defaultdict(lambda: defaultdict(set))
        self.seconds: dict[str, float] = {}
        self.uses: dict[str, list[str]] = {}
        self.doing = ["the start"]
        self.unmined: dict[str, str] = {}
        self.traces = 0
        self.session = requests.Session()
        self.session.trust_env = False

    def pytest_sessionstart(self) -> None:
        """From here on, look at every request."""
        recorder, request = self, HTTPProvider.make_request

        def watched(provider: HTTPProvider, method: str, params: Any) -> Any:
            if method in ("evm_revert", "anvil_reset"):
                recorder.trace_mined(str(provider.endpoint_uri))
            answer = request(provider, method, params)
            recorder.look(str(provider.endpoint_uri), method, params, answer)
            return answer

        HTTPProvider.make_request = watched  # type: ignore[method-assign]

    def pytest_collection_finish(self) -> None:
        """What ape deploys is what was compiled here, or no address would be told."""
        from ape import project

        for one in self.contracts:
            if one.source.parent.name == "contracts":
                code = project.contracts.get(one.name).contract_type.deployment_bytecode.bytecode
                if code != "0x" + one.initcode.hex():
                    pytest.exit(f"ape has an older {one.name}; run: make clean", 1)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """What is sent now belongs to this test."""
        started = time.monotonic()
        self.doing.append(item.nodeid)
        self.uses[item.nodeid] = list(getattr(item, "fixturenames", []))
        answer = yield
        self.doing.pop()
        self.seconds[item.nodeid] = round(time.monotonic() - started, 3)
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """What a shared fixture sends belongs to every test that uses it, and not to the first one alone."""
        shared = fixturedef.scope != "function"
        if shared:
            self.doing.append(fixturedef.argname)
        answer = yield
        if shared:
            self.doing.pop()
        return answer

    def look(self, node: str, method: str, params: Any, answer: Any) -> None:
        """Trace what a request made the node do."""
        if method in CALLS:
            block = params[1] if len(params) > 1 else "latest"
            self.trace(node, "debug_traceCall", [params[0], block], params[0], self.doing[-1])
        elif method in SENDS and "result" in answer:
            self.unmined[answer["result"]] = self.doing[-1]
        elif method == "eth_getTransactionReceipt" and answer.get("result") and params[0] in self.unmined:
            self.trace_transaction(node, params[0])

    def trace_mined(self, node: str) -> None:
        """Trace what was mined without anybody asking for its receipt, before it is gone."""
        for sent in list(self.unmined):
            if self.ask(node, "eth_getTransactionReceipt", [sent]):
                self.trace_transaction(node, sent)
        self.unmined.clear()

    def trace_transaction(self, node: str, sent: str) -> None:
        transaction = self.ask(node, "eth_getTransactionByHash", [sent])
        self.trace(node, "debug_traceTransaction", [sent], transaction, self.unmined.pop(sent))

    def trace(self, node: str, method: str, params: list[Any], call: dict[str, Any], doing: str) -> None:
        """Ask for a trace, and keep what it says of our contracts."""
        self.traces += 1
        raw = self.post(node, method, [*params, {**TRACE, "disableStack": True}])
        if not re.search(rb'"depth":(?!1\b)', raw):
            frames = [(call.get("to"), [int(pc) for pc in re.findall(rb'"pc":(\d+)', raw)])]
        else:  # it calls others, and whom it calls is on the stack
            steps = self.ask(node, method, [*params, {**TRACE, "disableStack": False}])["structLogs"]
            frames = list(_frames(steps, call.get("to")))
        for address, counters in frames:
            if found := self.section(node, address, call):
                contract, constructor = found
                self.seen[contract.name, constructor] |= set(zip(counters, [*counters[1:], END], strict=True))
                section = contract.constructor if constructor else contract.runtime
                self.touched[doing][contract.name] |= section.places_of(set(counters))

    def section(self, node: str, address: str | None, call: dict[str, Any]) -> tuple[Contract, bool] | None:
        """Which contract's code an address runs, and whether it is the constructor: told by the code, for addresses come again."""
        if address == ELSEWHERE:
            return None
        if address is None:
            initcode = bytes.fromhex(str(call.get("input") or call.get("data") or "0x")[2:])
            return next(((one, True) for one in self.contracts if initcode.startswith(one.initcode)), None)
        code = bytes.fromhex(self.ask(node, "eth_getCode", [address, "latest"])[2:])
        return next(((one, False) for one in self.contracts if code.startswith(one.runtime.code)), None)

    def ask(self, node: str, method: str, params: list[Any]) -> Any:
        return json.loads(self.post(node, method, params))["result"]

    def post(self, node: str, method: str, params: list[Any]) -> bytes:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.session.post(
            node, data=json.dumps(body, default=_plain), headers={"Content-Type": "application/json"}
        )
        assert b'"error":{' not in answer.content[:200], (method, answer.content[:500])
        return answer.content

    def told(self) -> dict[str, Any]:
        """What is left for mutants.py: the lines that each test and each shared fixture ran, by contract and file."""
        tests = {}
        for test, took in self.seconds.items():
            uses = sorted({name for name in self.uses[test] if name in self.touched})
            tests[test] = {"seconds": took, "uses": uses, "lines": self.lines(test)}
        fixtures = {name: self.lines(name) for test in tests.values() for name in test["uses"]}
        return {"tests": tests, "fixtures": fixtures}

    def lines(self, doing: str) -> dict[str, dict[str, list[int]]]:
        """The lines that a test or a fixture ran, by contract and file."""
        found: dict[str, dict[str, list[int]]] = {}
        for contract, places in self.touched.get(doing, {}).items():
            for place in sorted(places):
                found.setdefault(contract, {}).setdefault(place.file, []).append(place.line)
        return found


def _frames(steps: list[dict[str, Any]], to: str | None) -> Iterator[tuple[str | None, list[int]]]:
    """The calls within a trace: whose code each runs, and its program counters."""
    running: list[tuple[str | None, list[int]]] = []
    called = to
    for step in steps:
        while step["depth"] < len(running):
            yield running.pop()
        if step["depth"] > len(running):
            running.append((called, []))
        running[-1][1].append(step["pc"])
        if step["op"] in CALL_OPS:
            called = f"0x{int(step['stack'][-2], 16) % 2**160:040x}"
        elif step["op"].startswith("CREATE"):
            called = ELSEWHERE
    yield from running


def _plain(value: Any) -> str:
    return "0x" + bytes(value).hex()
