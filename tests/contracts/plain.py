"""A contract by plain JSON-RPC, in web3's words: web3 looks a function up in the ABI, and checks each argument, every time."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from ape import chain
from eth_abi import decode, encode
from eth_utils import to_checksum_address
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic, function_abi_to_4byte_selector
from hexbytes import HexBytes
from web3._utils.error_formatters_utils import raise_contract_logic_error_on_revert


class Plain:
    """``contract.functions.name(*args).call(…)`` and ``.transact(…)``; for the rest it is web3's contract."""

    def __init__(self, contract: Any) -> None:
        abi = [entry.model_dump(mode="json", by_alias=True) for entry in contract.contract_type.abi]
        self.contract = chain.provider.web3.eth.contract(contract.address, abi=abi)
        self.functions = Functions(self.contract.address, abi)
        self.told = {event.topic: event for event in (Event(one) for one in abi if one["type"] == "event")}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.contract, name)


told_by: dict[str, dict[str, Event]] = {}
"""Events by contract and topic."""


def plain(contract: Any) -> Plain:
    """One for each contract of ape's. Addresses come again, once the chain is taken back."""
    address = str(contract.address).lower()
    key = address, contract.contract_type.name
    if key not in made:
        made[key] = Plain(contract)
    told_by[address] = made[key].told
    return made[key]


made: dict[tuple[str, str], Plain] = {}


class Functions:
    """A contract's functions by their names, with or without what they take."""

    def __init__(self, address: str, abi: list[dict[str, Any]]) -> None:
        self.address = address
        self.known = {(one["name"], len(one["inputs"])): Function(one) for one in abi if one["type"] == "function"}

    def __getitem__(self, name: str) -> Callable[..., Call]:
        name = name.partition("(")[0]
        return lambda *args: Call(self.address, self.known[name, len(args)], args)

    def __getattr__(self, name: str) -> Callable[..., Call]:
        if not any(name == known for known, _ in self.known):
            raise AttributeError(name)
        return self[name]


class Function:
    """How one is encoded and decoded."""

    def __init__(self, abi: dict[str, Any]) -> None:
        self.selector = bytes(function_abi_to_4byte_selector(abi))
        self.inputs = [collapse_if_tuple(one) for one in abi["inputs"]]
        self.outputs = abi["outputs"]
        self.returned = [collapse_if_tuple(one) for one in self.outputs]

    def data(self, args: tuple[Any, ...]) -> str:
        """What calls it."""
        return "0x" + (self.selector + encode(self.inputs, [address_of(arg) for arg in args])).hex()

    def result(self, answer: str) -> Any:
        """What it answered: one value, or a list of several."""
        values = decode(self.returned, bytes.fromhex(answer[2:]))
        found = [as_web3(one["type"], one, value) for one, value in zip(self.outputs, values, strict=True)]
        return found[0] if len(found) == 1 else found


class Call:
    """A function with its arguments."""

    def __init__(self, to: str, function: Function, args: tuple[Any, ...]) -> None:
        self.function = function
        self.question = {"to": to, "data": function.data(args)}

    def call(self, transaction: dict[str, Any] | None = None) -> Any:
        """Its answer, or one of web3's errors."""
        asked = self._made(transaction or {})
        return self.function.result(ask("eth_call", asked, "latest"))

    def transact(self, transaction: dict[str, Any]) -> HexBytes:
        """Send it; the hash of the transaction."""
        asked = self._made({"gasPrice": 10**10} | transaction)
        return HexBytes(ask("eth_sendTransaction", asked))

    def estimate_gas(self) -> int:
        """What it would use."""
        return int(ask("eth_estimateGas", self.question), 16)

    def send(self, sender: Any) -> Sent:
        """Send it, and see it work."""
        made = self.transact({"from": str(sender), "gas": 16_000_000})
        receipt = ask("eth_getTransactionReceipt", made.to_0x_hex())
        while receipt is None:
            receipt = ask("eth_getTransactionReceipt", made.to_0x_hex())
        assert receipt["status"] == "0x1", self.call({"from": str(sender)})
        block = ask("eth_getBlockByNumber", receipt["blockNumber"], False)
        events = [told_by[log["address"]][log["topics"][0]].read(log) for log in receipt["logs"]]
        return Sent(int(block["timestamp"], 16), events)

    def _made(self, transaction: dict[str, Any]) -> dict[str, Any]:
        numbers = {name: hex(value) if isinstance(value, int) else value for name, value in transaction.items()}
        return {**self.question, **numbers}


class Event:
    """How one is read."""

    def __init__(self, abi: dict[str, Any]) -> None:
        self.abi = abi
        self.topic = "0x" + event_abi_to_log_topic(abi).hex()
        self.indexed, self.others = ([one for one in abi["inputs"] if one["indexed"] == way] for way in (True, False))

    def read(self, log: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Its name and what it says; of an indexed text or array, the hash."""
        found = decode([collapse_if_tuple(one) for one in self.others], bytes.fromhex(log["data"][2:]))
        said = {one["name"]: as_web3(one["type"], one, value) for one, value in zip(self.others, found, strict=True)}
        for one, topic in zip(self.indexed, log["topics"][1:], strict=True):
            kind = one["type"] if one["type"] in STATIC else "bytes32"
            said[one["name"]] = as_web3(kind, one, decode([kind], bytes.fromhex(topic[2:]))[0])
        return self.abi["name"], {one["name"]: said[one["name"]] for one in self.abi["inputs"]}


STATIC = {"address", "bool", *(f"uint{bits}" for bits in range(8, 257, 8)), *(f"bytes{size}" for size in range(1, 33))}


class Sent(NamedTuple):
    """What came of a transaction: its block's time, and the events of all contracts."""

    timestamp: int
    events: list[tuple[str, dict[str, Any]]]


def ask(method: str, *params: Any) -> Any:
    """The result of a question, or one of web3's errors."""
    answer = chain.provider.web3.provider.make_request(method, params)
    if "error" in answer:
        raise_contract_logic_error_on_revert(answer)
        raise ValueError(answer["error"])
    return answer["result"]


def address_of(value: Any) -> Any:
    """Accounts and contracts as their addresses, in lists too."""
    if isinstance(value, list | tuple):
        return [address_of(each) for each in value]
    return getattr(value, "address", value)


@cache
def struct(*names: str) -> Callable[..., tuple[Any, ...]]:
    """A tuple with names."""
    return namedtuple("struct", names, rename=True)


def as_web3(kind: str, abi: dict[str, Any], value: Any) -> Any:
    """A decoded value with lists for arrays, and addresses with their checksums."""
    if kind.endswith("]"):
        return [as_web3(kind[: kind.rindex("[")], abi, each) for each in value]
    if kind == "tuple":
        named = struct(*(one["name"] for one in abi["components"]))
        return named(*(as_web3(one["type"], one, each) for one, each in zip(abi["components"], value, strict=True)))
    return to_checksum_address(value) if kind == "address" else value
