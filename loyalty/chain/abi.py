"""The contracts' interfaces, from the committed artifacts: encoding calls, decoding results and events."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

from loyalty.errors import ChainError, LoyaltyError

_Word = tuple[str, Callable[[bytes], Any], int]
# Errors of the notification protocol that carry no sentence of their own.
_KNOWN_ERRORS = {
    "0x06d919f2": "push: caller is not the admin",
    "0xd86ad9cf": "push: only the core contract may do this",
    "0x2dc499f6": "push: the signature's nonce is not the signer's next one",
    "0x4ba2d6f9": "push: the signature has expired",
    "0xbc4057ad": "push: the signature is not the signer's",
    "0xd0f006f1": "push: the signer's wallet contract did not accept the signature",
    "0x3e1378c1": "push: the subscriber is the zero address",
    "0x02155a68": "push: the wallet is not subscribed to the channel",
}


@cache
def artifact(contract: str) -> dict[str, Any]:
    """ABI and bytecode of a contract, as compiled and committed."""
    text = resources.files("loyalty").joinpath("artifacts", f"{contract}.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def encode(contract: str, function: str, *args: Any) -> bytes:
    """Calldata of a call. Functions that take a default argument are told apart by how many are given."""
    entry = _function(contract, function, len(args))
    return _selector(entry) + _encode([_type(i) for i in entry["inputs"]], args)


def decode(contract: str, function: str, data: bytes) -> Any:
    """What a view returned: one value, or a tuple. A struct is a dict by its field names."""
    outputs = next(e for e in artifact(contract)["abi"] if e.get("name") == function)["outputs"]
    if not data:
        raise ChainError(f"{contract} does not stand at this address; run: loyalty deploy")
    values = _decode([_type(o) for o in outputs], data, f"{contract}.{function}")
    named = [_named(output, value) for output, value in zip(outputs, values, strict=True)]
    return named[0] if len(named) == 1 else tuple(named)


def call(contract: str, data: bytes) -> tuple[str, dict[str, Any]]:
    """What a call of a contract says: the function, and its arguments by name. Raises ChainError where it has no such function."""
    for entry in artifact(contract)["abi"]:
        if entry["type"] == "function" and _selector(entry) == data[:4]:
            inputs = entry["inputs"]
            values = _decode([_type(i) for i in inputs], data[4:], f"a call of {contract}.{entry['name']}")
            return entry["name"], {i["name"]: _named(i, value) for i, value in zip(inputs, values, strict=True)}
    raise ChainError(f"a call to {contract} names no function that it has; is it the right contract?")


def creation(contract: str, *args: Any) -> bytes:
    """The bytes that deploy a contract with these constructor arguments."""
    constructor = next(e for e in artifact(contract)["abi"] if e["type"] == "constructor")
    return bytes.fromhex(artifact(contract)["bytecode"][2:]) + _encode([_type(i) for i in constructor["inputs"]], args)


def selector(contract: str, function: str) -> bytes:
    """The first four bytes of a call."""
    return _selector(_function(contract, function, None))


def has_event(contract: str, event: str) -> bool:
    """Whether a contract has events of this name."""
    return event in _events(contract)


def topic(contract: str, event: str) -> str:
    """The first topic of an event's logs."""
    return "0x" + _keccak(_signature(_event(contract, event))).hex()


@cache
def topics(contract: str) -> dict[bytes, str]:
    """A contract's events by the first topic of their logs."""
    return {bytes.fromhex(topic(contract, name)[2:]): name for name in _events(contract)}


def event(contract: str, name: str, topics: tuple[str, ...], data: bytes) -> dict[str, Any]:
    """The fields of one log; ``topics`` and ``data`` as the node gave them."""
    return fields(contract, name, bytes.fromhex("".join([topic[2:] for topic in topics[1:]])), data)


def fields(contract: str, name: str, indexed: bytes, data: bytes) -> dict[str, Any]:
    """The fields of one event, from the words of its indexed fields one after another, and the rest."""
    names, words, types, indexed_types = _layout(contract, name)
    raw = data + indexed
    if words is not None and len(raw) == 32 * len(words):
        # Nearly every event is made of plain words, and a million of them are read here: sliced, not parsed.
        try:
            return {f: read(raw[i : i + 32]) for f, read, i in words}
        except ValueError:
            pass  # told below, with a sentence
    what = f"the event {contract}.{name}"
    # An indexed field of fixed size is one word, so together they are encoded as arguments are.
    values = (*_decode(types, data, what), *_decode(indexed_types, indexed, what))
    return dict(zip(names, values, strict=True))


@cache
def _layout(contract: str, name: str) -> tuple[list[str], list[_Word] | None, list[str], list[str]]:
    """An event's fields, plain ones first; how and where to read each where all are single words; the types of the plain and of the indexed ones."""
    inputs = _event(contract, name)["inputs"]
    plain, indexed = [i for i in inputs if not i["indexed"]], [i for i in inputs if i["indexed"]]
    types = [_type(i) for i in (*plain, *indexed)]
    names = [i["name"] for i in (*plain, *indexed)]
    words = None
    if set(types) <= set(_WORDS):
        words = [(one, _WORDS[kind], 32 * i) for i, (one, kind) in enumerate(zip(names, types, strict=True))]
    return names, words, types[: len(plain)], types[len(plain) :]


_NO_BYTES = bytes(12)


def _address(word: bytes) -> str:
    if word[:12] != _NO_BYTES:
        raise ValueError("not an address")
    return "0x" + word[12:].hex()


def _flag(word: bytes) -> bool:
    found = int.from_bytes(word)
    if found > 1:
        raise ValueError("neither true nor false")
    return found == 1


_WORDS: dict[str, Callable[[bytes], Any]] = {
    "uint256": int.from_bytes,
    "bytes32": bytes,
    "address": _address,
    "bool": _flag,
}


def decode_reason(data: str) -> str | None:
    """The sentence inside Error(string), hexadecimal with its selector; None when it cannot be read."""
    try:
        return str(_decode(["string"], bytes.fromhex(data[10:]), "a reason")[0])
    except (ValueError, ChainError):
        return None


def known_error(selector_hex: str) -> str | None:
    """A sentence for a custom error we know by its selector."""
    return _KNOWN_ERRORS.get(selector_hex)


def contract_address(deployer: str, nonce: int) -> str:
    """Where a contract created by ``deployer`` at ``nonce`` stands (keccak of the RLP of both, yellow paper 7)."""
    import rlp

    return "0x" + _keccak(rlp.encode([bytes.fromhex(deployer[2:]), nonce]))[12:].hex()


def keccak(data: bytes) -> bytes:
    """keccak-256."""
    return _keccak(data)


def _keccak(data: bytes) -> bytes:
    from eth_utils.crypto import keccak

    return bytes(keccak(data))


def _decode(types: list[str], data: bytes, what: str) -> tuple[Any, ...]:
    from eth_abi.abi import decode as eth_decode
    from eth_abi.exceptions import DecodingError

    try:
        return tuple(eth_decode(types, data))
    except (DecodingError, ValueError, OverflowError) as error:
        raise ChainError(
            f"the node answered {what} with something that cannot be; is it the right contract?"
        ) from error


class Unsendable(LoyaltyError):
    """Arguments that do not fit into the contract's types."""


def _encode(types: list[str], args: Any) -> bytes:
    from eth_abi.abi import encode as eth_encode
    from eth_abi.exceptions import EncodingError

    try:
        return bytes(eth_encode(types, list(args)))
    except EncodingError as error:
        raise Unsendable(f"it cannot be written as a contract call: {error}") from error


@cache
def _by_name(contract: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in artifact(contract)["abi"]:
        if entry["type"] == "function":
            found.setdefault(entry["name"], []).append(entry)
    return found


def _function(contract: str, function: str, arguments: int | None) -> dict[str, Any]:
    entries = _by_name(contract)[function]
    return next(e for e in entries if arguments is None or len(e["inputs"]) == arguments)


@cache
def _events(contract: str) -> dict[str, dict[str, Any]]:
    return {e["name"]: e for e in artifact(contract)["abi"] if e["type"] == "event"}


def _event(contract: str, name: str) -> dict[str, Any]:
    return _events(contract)[name]


def _signature(entry: dict[str, Any]) -> bytes:
    return f"{entry['name']}({','.join(_type(i) for i in entry['inputs'])})".encode()


def _selector(entry: dict[str, Any]) -> bytes:
    return _keccak(_signature(entry))[:4]


def _type(entry: dict[str, Any]) -> str:
    """An ABI type in the spelling that signatures and eth_abi use; a struct is the tuple of its fields."""
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    inner = ",".join(_type(c) for c in entry["components"])
    return f"({inner}){entry['type'].removeprefix('tuple')}"


def _named(entry: dict[str, Any], value: Any) -> Any:
    if entry["type"] == "tuple":
        return {c["name"]: _named(c, v) for c, v in zip(entry["components"], value, strict=True)}
    if entry["type"].startswith("tuple["):
        one = {**entry, "type": "tuple"}
        return [_named(one, v) for v in value]
    return value
