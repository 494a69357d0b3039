"""One node, over JSON-RPC: every request the programme makes, and what its answer means."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loyalty.chain import abi
from loyalty.errors import ChainError, Refused, Reverted, Unreachable

TIMEOUT = 30.0
"""Seconds to wait for one answer."""

_RETRIES = 3
_BATCH = 200
_FEW_LOGS = 2_000
_MOST_BLOCKS = 8_192  # many providers answer for 10,000 blocks at most
_ERROR_STRING = "0x08c379a0"  # Error(string), what a contract's reason comes wrapped in
_REVERT_CODE = 3


@dataclass(frozen=True)
class Receipt:
    """What became of a mined transaction. ``gas_price`` is wei per gas, as paid."""

    tx_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    gas_price: int


@dataclass(frozen=True)
class Fees:
    """What a transaction sent now should offer, wei per gas (EIP-1559)."""

    base: int
    max_fee: int
    priority: int


@dataclass(frozen=True)
class Log:
    """One contract event. ``data`` is what was not indexed; ``position`` orders logs in the whole chain."""

    address: str
    topics: tuple[str, ...]
    data: bytes
    block_number: int
    tx_hash: str
    position: tuple[int, int]


class Node:
    """A node at ``url`` that must serve ``chain_id``. Nothing is asked of it before the first call."""

    def __init__(self, url: str, chain_id: int) -> None:
        self.url = url
        self.chain_id = chain_id

    @cached_property
    def _provider(self) -> Any:
        from web3 import HTTPProvider

        # web3 would retry a broadcast on its own; here a lost answer is looked into, never hoped away.
        return HTTPProvider(self.url, request_kwargs={"timeout": TIMEOUT}, exception_retry_configuration=None)

    # Questions may be asked again; only `broadcast` may not.

    def ask(self, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC question, asked up to three times while no answer comes."""
        for attempt in range(_RETRIES):
            try:
                return self._once(method, params)
            except Unreachable:
                if attempt == _RETRIES - 1:
                    raise
                time.sleep(0.3 * (attempt + 1))
        raise AssertionError("the loop returns or raises")

    def ask_many(self, method: str, params: Sequence[Sequence[Any]]) -> Iterator[Any]:
        """The results of many questions of one kind, in order, a few hundred to a request."""
        for start in range(0, len(params), _BATCH):
            some = [(method, list(one)) for one in params[start : start + _BATCH]]
            answers = self._guarded(lambda some=some: self._provider.make_batch_request(some))
            if not isinstance(answers, list) or len(answers) != len(some):
                raise ChainError(f"{self.url} answered {len(some)} questions with something else; try again")
            for answer in sorted(answers, key=lambda a: int(a["id"])):
                yield _result(answer)

    def check(self) -> None:
        """Raise unless the node serves the chain that the settings name."""
        found = int(self.ask("eth_chainId"), 16)
        if found != self.chain_id:
            raise ChainError(
                f"{self.url} is chain {found}, but loyalty.toml names chain {self.chain_id}; nothing was signed: correct one of them"
            )

    def genesis(self) -> str:
        """The hash of block 0: two chains with one id still differ in it."""
        return str(self.ask("eth_getBlockByNumber", "0x0", False)["hash"])

    def block_number(self) -> int:
        """The height of the newest block."""
        return int(self.ask("eth_blockNumber"), 16)

    def timestamp(self) -> int:
        """The newest block's time, unix seconds."""
        return int(self.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def block_hash(self, number: int) -> str | None:
        """The hash of the canonical block at ``number``, or None above the head."""
        block = self.ask("eth_getBlockByNumber", hex(number), False)
        return None if block is None else str(block["hash"])

    def balance(self, account: str) -> int:
        """Wei held by ``account``."""
        return int(self.ask("eth_getBalance", account, "latest"), 16)

    def nonce(self, account: str, block: str = "latest") -> int:
        """How many transactions of ``account`` are mined (``latest``) or known (``pending``)."""
        return int(self.ask("eth_getTransactionCount", account, block), 16)

    def has_code(self, account: str) -> bool:
        """Whether a contract stands at ``account``."""
        return str(self.ask("eth_getCode", account, "latest")) not in ("0x", "")

    def fees(self) -> Fees:
        """Twice the present base fee plus the tip the node suggests: enough for six full blocks in a row."""
        base = int(self.ask("eth_getBlockByNumber", "latest", False).get("baseFeePerGas", "0x0"), 16)
        tip = int(self.ask("eth_maxPriorityFeePerGas"), 16)
        return Fees(base=base, max_fee=2 * base + tip, priority=tip)

    def estimate(self, sender: str, to: str, data: bytes) -> int:
        """The gas a call would use, on top of what is pending; raises Reverted with the contract's reason."""
        call = {"from": sender, "data": "0x" + data.hex()} | ({"to": to} if to else {})
        return int(self.ask("eth_estimateGas", call, "pending"), 16)

    def call(self, contract: str, address: str, function: str, *args: Any, block: str = "latest") -> Any:
        """A view's result: one value, or a tuple of them."""
        data = abi.encode(contract, function, *args)
        answer = self.ask("eth_call", {"to": address, "data": "0x" + data.hex()}, block)
        return abi.decode(contract, function, bytes.fromhex(answer[2:]))

    def call_each(
        self, contract: str, address: str, function: str, arguments: Sequence[Sequence[Any]], *, block: str = "latest"
    ) -> Iterator[Any]:
        """One view asked for many arguments, at one block."""
        asked = [
            ({"to": address, "data": "0x" + abi.encode(contract, function, *args).hex()}, block) for args in arguments
        ]
        for answer in self.ask_many("eth_call", asked):
            yield abi.decode(contract, function, bytes.fromhex(answer[2:]))

    def returns_true(self, sender: str, to: str, data: bytes) -> bool:
        """Whether a call would return true, on top of what is pending."""
        call = {"from": sender, "to": to, "data": "0x" + data.hex()}
        return int(self.ask("eth_call", call, "pending"), 16) == 1

    def replay(self, sender: str, to: str, data: bytes, block: int) -> str:
        """Why a mined call was refused, as far as running it again on that block's state can tell."""
        call = {"from": sender, "to": to, "data": "0x" + data.hex()}
        try:
            self.ask("eth_call", call, hex(block))
        except Reverted as error:
            return error.reason
        except Refused as error:
            return error.text
        return "it ran out of gas"

    def receipt(self, tx_hash: str) -> Receipt | None:
        """The receipt of a mined transaction; None says only that this node has none now."""
        found = self.ask("eth_getTransactionReceipt", tx_hash)
        if found is None or found.get("blockNumber") is None:
            return None
        return Receipt(
            tx_hash=tx_hash,
            block_number=int(found["blockNumber"], 16),
            block_hash=str(found["blockHash"]),
            succeeded=int(found["status"], 16) == 1,
            gas_used=int(found["gasUsed"], 16),
            gas_price=int(found.get("effectiveGasPrice", "0x0"), 16),
        )

    def knows(self, tx_hash: str) -> bool:
        """Whether the node has the transaction, mined or waiting."""
        return self.ask("eth_getTransactionByHash", tx_hash) is not None

    def broadcast(self, raw: bytes) -> None:
        """Send signed bytes, once. Raises Unreachable when no answer came (the bytes may have arrived all the same)."""
        self._once("eth_sendRawTransaction", ("0x" + raw.hex(),))

    def logs(self, address: str, topics: Sequence[str | Sequence[str] | None], start: int) -> Iterator[Log]:
        """Every event of ``address`` that fits ``topics``, from block ``start`` on, oldest first.

        Asked for in ranges that grow while they hold little and shrink when they hold much or the node finds them too long:
        so memory stays bounded, whatever the chain's length.
        """
        first, head, step = start, self.block_number(), 16
        while first <= head:
            last = min(first + step - 1, head)
            wanted = {"address": address, "topics": list(topics), "fromBlock": hex(first), "toBlock": hex(last)}
            try:
                found = self.ask("eth_getLogs", wanted)
            except Refused:
                if step == 1:
                    raise
                step = max(step // 4, 1)
                continue
            yield from (_log(one) for one in found)
            first = last + 1
            if len(found) < _FEW_LOGS:
                step = min(step * 2, _MOST_BLOCKS)
            elif len(found) > 4 * _FEW_LOGS:
                step = max(step // 4, 1)

    def _once(self, method: str, params: Sequence[Any]) -> Any:
        return _result(self._guarded(lambda: self._provider.make_request(method, list(params))))

    def _guarded(self, request: Any) -> Any:
        import requests

        try:
            return request()
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Unreachable(
                f"no node answers at {self.url}; start it (locally: loyalty chain start) or correct its URL"
            ) from error
        except requests.RequestException as error:
            raise Unreachable(f"{self.url} answered with a fault: {_told(error)}; try again later") from error
        except ValueError as error:
            raise Unreachable(f"{self.url} did not answer as an Ethereum node does; is the URL right?") from error


def _log(found: Any) -> Log:
    block, index = int(found["blockNumber"], 16), int(found["logIndex"], 16)
    return Log(
        address=found["address"].lower(),
        topics=tuple(found["topics"]),
        data=bytes.fromhex(found["data"][2:]),
        block_number=block,
        tx_hash=found["transactionHash"],
        position=(block, index),
    )


def _told(error: Exception) -> str:
    """A request's failure without its URL, which may hold a secret."""
    response = getattr(error, "response", None)
    return f"HTTP {response.status_code}" if response is not None else type(error).__name__


def _result(answer: Any) -> Any:
    if not isinstance(answer, dict):
        raise ChainError("the node's answer is not JSON-RPC; is the URL right?")
    if "error" not in answer:
        return answer.get("result")
    error = answer["error"]
    code, text, data = int(error.get("code", 0)), str(error.get("message", "")), error.get("data")
    if code == _REVERT_CODE or "revert" in text.lower():
        raise Reverted(_reason(text, data))
    raise Refused(code, text)


def _reason(text: str, data: Any) -> str:
    if isinstance(data, str) and data.startswith(_ERROR_STRING):
        return abi.decode_reason(bytes.fromhex(data[10:]))
    known = abi.known_error(data[:10]) if isinstance(data, str) and len(data) >= 10 else None
    return known or text.removeprefix("execution reverted: ").removeprefix(
        "VM Exception while processing transaction: "
    )
