"""One node, over JSON-RPC: every request the programme makes, and what its answer means."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from loyalty.chain import abi, answers
from loyalty.chain.log import Log, LogRange
from loyalty.errors import ChainError, Refused, Reverted, SettingsError, Unreachable

TIMEOUT = 30.0
"""Seconds to wait for one answer."""

_RETRIES = 3
_PAUSE = 0.3  # seconds before a question is asked again; longer each time
_BATCH = 200
_FEW_LOGS = 4_000
_MOST_BLOCKS = 8_192  # many providers answer for 10,000 blocks at most
_ERROR_STRING = "0x08c379a0"  # Error(string), what a contract's reason comes wrapped in
_REVERT_CODE = 3
_T = TypeVar("_T")
OUT_OF_GAS = "it ran out of gas"
"""The reason of a mined call that failed for no other."""


@dataclass(frozen=True)
class Receipt:
    """What became of a mined transaction. ``gas_price`` is wei per gas, as paid; ``emitters`` are the contracts that left an event."""

    tx_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    gas_price: int
    emitters: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fees:
    """What a transaction sent now should offer, wei per gas (EIP-1559); ``base`` is what a block takes now, and ``block_gas`` how much gas it holds."""

    base: int
    max_fee: int
    priority: int
    block_gas: int


class Node:
    """A node at ``url`` that must serve ``chain_id``. Nothing is asked of it before the first call."""

    def __init__(self, url: str, chain_id: int) -> None:
        self.url = url
        self.chain_id = chain_id
        self.where = _where(url)
        """The URL as it may be shown: its path, and a user in it, are often a secret."""

    def another(self) -> Node:
        """The same node over a connection of its own, for another thread."""
        return Node(self.url, self.chain_id)

    @cached_property
    def _provider(self) -> Any:
        from web3 import HTTPProvider

        # web3 would retry a broadcast on its own; here a lost answer is looked into, never hoped away.
        return HTTPProvider(self.url, request_kwargs={"timeout": TIMEOUT}, exception_retry_configuration=None)

    # Questions may be asked again; only `broadcast` may not.

    def ask(self, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC question, asked up to three times while no answer comes."""
        return _again(lambda: self._once(method, params))

    def ask_many(self, method: str, params: Sequence[Sequence[Any]]) -> Iterator[Any]:
        """The results of many questions of one kind, in order, a few hundred to a request."""
        for start in range(0, len(params), _BATCH):
            some = [(method, list(one)) for one in params[start : start + _BATCH]]
            for (_, asked), answer in zip(some, _again(partial(self._batch, some)), strict=True):
                try:
                    yield _result(answer)
                except Reverted:
                    raise
                except (Refused, Unreachable):
                    # One question of many may have met a rate limit: alone, it is asked again.
                    yield self.ask(method, *asked)

    def _batch(self, some: list[tuple[str, list[Any]]]) -> list[Any]:
        """The answers to one request, in the order of its questions, whatever order the node gave them in."""
        try:
            answers = self._guarded(lambda: self._provider.make_batch_request(some))
            by_id = {int(answer["id"]): answer for answer in answers}
        except (ValueError, KeyError, TypeError, AttributeError):
            answers, by_id = [], {}
        if not len(answers) == len(by_id) == len(some):
            raise Unreachable(f"{self.where} answered {len(some)} questions with something else; try again later")
        return [by_id[number] for number in sorted(by_id)]

    def _read(self, read: Callable[[Any], _T], method: str, *params: Any) -> _T:
        """What ``read`` makes of a question's result."""
        return self._understood(read, method, self.ask(method, *params))

    def _understood(self, read: Callable[[Any], _T], method: str, answer: Any) -> _T:
        try:
            return read(answer)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self.nonsense(method) from error

    def nonsense(self, method: str) -> ChainError:
        """What to raise for an answer that cannot be."""
        return ChainError(
            f"{self.where} answered {method} with something that cannot be; try again later, or use another node"
        )

    def check(self) -> None:
        """Raise unless the node serves the chain that the settings name."""
        found = self._read(_number, "eth_chainId")
        if found != self.chain_id:
            raise ChainError(
                f"{self.where} is chain {found}, but loyalty.toml names chain {self.chain_id}; nothing was signed: correct one of them"
            )

    def genesis(self) -> str:
        """The hash of block 0: two chains with one id still differ in it."""
        return self._read(lambda block: str(block["hash"]), "eth_getBlockByNumber", "0x0", False)

    def block_number(self) -> int:
        """The height of the newest block."""
        return self._read(_number, "eth_blockNumber")

    def timestamp(self, block: str = "latest") -> int:
        """A block's time, unix seconds: the newest one's, where none is named."""
        return self._read(lambda found: _number(found["timestamp"]), "eth_getBlockByNumber", block, False)

    def pace(self) -> tuple[float, int]:
        """Seconds from block to block, over the last twenty, and the gas that a block holds."""
        head = self.block_number()
        first = max(head - 20, 0)
        seconds = self.timestamp(hex(head)) - self.timestamp(hex(first))
        limit = self._read(lambda block: _number(block["gasLimit"]), "eth_getBlockByNumber", hex(head), False)
        return seconds / max(head - first, 1), limit

    def block_hash(self, number: int) -> str | None:
        """The hash of the canonical block at ``number``, or None above the head."""
        return self._read(
            lambda block: None if block is None else str(block["hash"]), "eth_getBlockByNumber", hex(number), False
        )

    def balance(self, account: str) -> int:
        """Wei held by ``account``."""
        return self._read(_number, "eth_getBalance", account, "latest")

    def nonce(self, account: str, block: str = "latest") -> int:
        """How many transactions of ``account`` are mined (``latest``) or known (``pending``)."""
        return self._read(_number, "eth_getTransactionCount", account, block)

    def code(self, account: str) -> bytes:
        """The code that stands at ``account``; empty where it is no contract."""
        return self._read(_bytes, "eth_getCode", account, "latest")

    def has_code(self, account: str) -> bool:
        """Whether a contract stands at ``account``."""
        return self.code(account) != b""

    def fees(self) -> Fees:
        """Twice the present base fee plus the tip the node suggests: enough for six full blocks in a row."""
        base, block_gas = self._read(
            lambda block: (_number(block.get("baseFeePerGas", "0x0")), _number(block["gasLimit"])),
            "eth_getBlockByNumber",
            "latest",
            False,
        )
        tip = self._read(_number, "eth_maxPriorityFeePerGas")
        return Fees(base=base, max_fee=2 * base + tip, priority=tip, block_gas=block_gas)

    def estimate(self, sender: str, to: str, data: bytes) -> int:
        """The gas a call would use, on top of what is pending; raises Reverted with the contract's reason."""
        return self._read(_number, "eth_estimateGas", _call(sender, to, data), "pending")

    def call(self, contract: str, address: str, function: str, *args: Any, block: str = "latest") -> Any:
        """A view's result: one value, or a tuple of them."""
        data = abi.encode(contract, function, *args)
        answer = self._read(_bytes, "eth_call", {"to": address, "data": "0x" + data.hex()}, block)
        return abi.decode(contract, function, answer)

    def call_each(
        self, contract: str, address: str, function: str, arguments: Sequence[Sequence[Any]], *, block: str = "latest"
    ) -> Iterator[Any]:
        """One view asked for many arguments, at one block."""
        asked = [
            ({"to": address, "data": "0x" + abi.encode(contract, function, *args).hex()}, block) for args in arguments
        ]
        for answer in self.ask_many("eth_call", asked):
            yield abi.decode(contract, function, self._understood(_bytes, "eth_call", answer))

    def returns_true(self, sender: str, to: str, data: bytes) -> bool:
        """Whether a call would return true, on top of what is pending."""
        return self._read(_bytes, "eth_call", _call(sender, to, data), "pending") == (1).to_bytes(32, "big")

    def refusal(self, sender: str, to: str, data: bytes, block: str = "pending", *, gas: int | None = None) -> str:
        """Why a call would be refused now (with so much gas), on top of what is pending (or in another block); empty where it would be taken."""
        limited = {} if gas is None else {"gas": hex(gas)}
        try:
            self.ask("eth_call", _call(sender, to, data) | limited, block)
        except Reverted as error:
            return error.reason
        except Refused as error:
            return error.text
        return ""

    def replay(self, sender: str, to: str, data: bytes, block: int) -> str:
        """Why a mined call was refused, as far as running it again on that block's state can tell."""
        return self.refusal(sender, to, data, hex(block)) or OUT_OF_GAS

    def receipt(self, tx_hash: str) -> Receipt | None:
        """The receipt of a mined transaction; None says only that this node has none now."""
        return _again(partial(self._receipt, tx_hash))

    def _receipt(self, tx_hash: str) -> Receipt | None:
        """One answer. A call for six hundred has a thousand events: what is as it should be is read past web3."""
        from loyalty.chain import fast_reader

        body = self._guarded(lambda: self._post("eth_getTransactionReceipt", [tx_hash]))
        found = fast_reader.read_receipt(body)
        if found is not None:
            return self._understood(partial(_mined, tx_hash), "eth_getTransactionReceipt", found)
        told = _result(self._guarded(lambda: json.loads(body)))
        return self._understood(lambda answer: _receipt(tx_hash, answer), "eth_getTransactionReceipt", told)

    def knows(self, tx_hash: str) -> bool:
        """Whether the node has the transaction, mined or waiting."""
        return self.ask("eth_getTransactionByHash", tx_hash) is not None

    def broadcast(self, raw: bytes) -> None:
        """Send signed bytes, once. Raises Unreachable when no answer came (the bytes may have arrived all the same)."""
        self._once("eth_sendRawTransaction", ("0x" + raw.hex(),))

    def logs(self, address: str, topics: Sequence[str | Sequence[str] | None], start: int) -> Iterator[Log]:
        """Every event of ``address`` that fits ``topics``, from block ``start`` on, oldest first; never much of the chain at once."""
        for found in self.log_ranges(address, topics, start):
            yield from found.logs

    def log_ranges(
        self, address: str, topics: Sequence[str | Sequence[str] | None], start: int, head: int | None = None
    ) -> Iterator[LogRange]:
        """The events of ``address`` that fit ``topics``, range by range, from block ``start`` to ``head`` (the newest, where none is given).

        The ranges grow while they hold little and shrink when they hold much or the node finds them too long: so memory stays
        bounded, whatever the chain's length. A range whose last block was exchanged for another while it was read is read again.
        """
        first, step, unsteady = start, 16, 0
        head = self.block_number() if head is None else head
        while first <= head:
            last = min(first + step - 1, head)
            wanted = {"address": address, "topics": list(topics), "fromBlock": hex(first), "toBlock": hex(last)}
            ends = self.block_hash(last)
            try:
                found = _again(partial(self._some_logs, wanted))
            except Refused:
                if step == 1:
                    raise
                step = max(step // 4, 1)
                continue
            if ends is None or self.block_hash(last) != ends:
                head = min(head, self.block_number())  # the chain was reorganised; it may be shorter now
                unsteady += 1
                if unsteady > _RETRIES:
                    raise ChainError(f"{self.where} has another block {last:,} each time it is asked; try again later")
                time.sleep(_PAUSE)
                continue
            yield LogRange(first, last, ends, found)
            first, unsteady = last + 1, 0
            if len(found) < _FEW_LOGS:
                step = min(step * 2, _MOST_BLOCKS)
            elif len(found) > 4 * _FEW_LOGS:
                step = max(step // 4, 1)

    def _some_logs(self, wanted: dict[str, Any]) -> list[Log]:
        """The answer to one question for logs. It may be tens of megabytes, so what is as it should be is read past web3."""
        from loyalty.chain import fast_reader  # slow to import

        body = self._guarded(lambda: self._post("eth_getLogs", [wanted]))
        found = fast_reader.read(body)
        if found is None:
            found = self._understood(fast_reader.of, "eth_getLogs", _result(self._guarded(lambda: json.loads(body))))
        return found

    def _post(self, method: str, params: list[Any]) -> bytes:
        """The bytes of an answer."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self._session.post(self.url, json=asked, timeout=TIMEOUT)
        answer.raise_for_status()
        return bytes(answer.content)

    @cached_property
    def _session(self) -> Any:
        import requests

        return requests.Session()

    def _once(self, method: str, params: Sequence[Any]) -> Any:
        return _result(self._guarded(lambda: self._provider.make_request(method, list(params))))

    def _guarded(self, request: Callable[[], Any]) -> Any:
        import requests

        # `from None`: those errors repeat the URL.
        try:
            return request()
        except (requests.ConnectionError, requests.Timeout):
            raise Unreachable(
                f"no node answers at {self.where}; start it (locally: loyalty chain start) or correct its URL"
            ) from None
        except requests.RequestException as error:
            raise Unreachable(f"{self.where} answered with a fault: {_told(error)}; try again later") from None
        except (ValueError, RecursionError):
            raise Unreachable(f"{self.where} did not answer as an Ethereum node does; is the URL right?") from None


def _where(url: str) -> str:
    """A URL without what may be secret in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise SettingsError("the node's URL in loyalty.toml is not a URL; correct rpc") from None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "the node"


def _again(request: Callable[[], _T]) -> _T:
    """What ``request`` gives, tried up to three times while no answer comes."""
    for attempt in range(_RETRIES):
        try:
            return request()
        except Unreachable:
            if attempt == _RETRIES - 1:
                raise
            time.sleep(_PAUSE * (attempt + 1))
    raise AssertionError("the loop returns or raises")


def _call(sender: str, to: str, data: bytes) -> dict[str, str]:
    """A call as a node takes it; without ``to`` it makes a contract."""
    return {"from": sender, "data": "0x" + data.hex()} | ({"to": to} if to else {})


def _number(answer: Any) -> int:
    return int(answer, 16)


def _bytes(answer: Any) -> bytes:
    return bytes.fromhex(answer.removeprefix("0x"))


def _mined(tx_hash: str, found: Any) -> Receipt:
    return Receipt(
        tx_hash=tx_hash,
        block_number=_number(found.block_number),
        block_hash=found.block_hash,
        succeeded=_number(found.status) == 1,
        gas_used=_number(found.gas_used),
        gas_price=_number(found.effective_gas_price),
        emitters=frozenset({log.address.lower() for log in found.logs}),
    )


def _receipt(tx_hash: str, found: Any) -> Receipt | None:
    if found is None or found.get("blockNumber") is None:
        return None
    return Receipt(
        tx_hash=tx_hash,
        block_number=_number(found["blockNumber"]),
        block_hash=str(found["blockHash"]),
        succeeded=_number(found["status"]) == 1,
        gas_used=_number(found["gasUsed"]),
        gas_price=_number(found.get("effectiveGasPrice", "0x0")),
        emitters=frozenset(str(log["address"]).lower() for log in found.get("logs", ())),
    )


def _told(error: Exception) -> str:
    """A request's failure without its URL, which may hold a secret."""
    response = getattr(error, "response", None)
    return f"HTTP {response.status_code}" if response is not None else type(error).__name__


def _result(answer: Any) -> Any:
    if not isinstance(answer, dict):
        raise ChainError("the node's answer is not JSON-RPC; is the URL right?")
    error = answer.get("error")
    if error is None:  # some nodes send it beside every result
        return answer.get("result")
    if not isinstance(error, dict):
        raise Refused(0, str(error)[:200])
    code, text, data = error.get("code", 0), str(error.get("message", "")), error.get("data")
    if code == _REVERT_CODE or "revert" in text.lower():
        raise Reverted(_reason(text, data))
    if answers.meaning(text) is answers.Answer.LIMITED:
        raise Unreachable(f"the node limits how often it may be asked: {text[:200]}; try again later")
    raise Refused(code if isinstance(code, int) else 0, text)


def _reason(text: str, data: Any) -> str:
    """The contract's own sentence where it gave one, else the node's."""
    known: str | None = None
    if isinstance(data, str) and data.startswith(_ERROR_STRING):
        known = abi.decode_reason(data)
    elif isinstance(data, str) and len(data) >= 10:
        known = abi.known_error(data[:10])
    return known or text.removeprefix("execution reverted: ").removeprefix(
        "VM Exception while processing transaction: "
    )
