"""From a node's bytes to logs and receipts: up to tens of megabytes at a time, so what is as it should be is read in one go, and no more than is needed."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import msgspec

from loyalty.chain.log import Log


class _Found(msgspec.Struct, gc=False, rename="camel"):
    address: str
    topics: tuple[str, ...]
    data: str
    block_number: str
    transaction_hash: str
    log_index: str
    block_hash: str
    removed: bool = False


class _Answer(msgspec.Struct):
    result: list[_Found] | None = None
    error: Any = None


_reader = msgspec.json.Decoder(_Answer)


class _Emitter(msgspec.Struct, gc=False):
    address: str


class Mined(msgspec.Struct, rename="camel"):
    """What is needed of a receipt."""

    block_number: str
    block_hash: str
    status: str
    gas_used: str
    logs: list[_Emitter] = []
    effective_gas_price: str = "0x0"


class _ReceiptAnswer(msgspec.Struct):
    result: Mined
    error: Any = None


_receipt_reader = msgspec.json.Decoder(_ReceiptAnswer)


def read_receipt(body: bytes) -> Mined | None:
    """The receipt in an answer's bytes; None where it is anything else."""
    try:
        answer = _receipt_reader.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return None if answer.error is not None else answer.result


def read(body: bytes) -> list[Log] | None:
    """The logs in an answer's bytes; None where it is anything else than a list of logs."""
    try:
        answer = _reader.decode(body)
        if answer.result is None or answer.error is not None:
            return None
        return _in_order([_log(one) for one in answer.result if not one.removed])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def of(found: Any) -> list[Log]:
    """The same from an answer that json has read. Raises what comes of one that is something else."""
    told = [
        SimpleNamespace(
            address=one["address"], topics=tuple(one["topics"]), data=one["data"], block_number=one["blockNumber"],
            transaction_hash=one["transactionHash"], log_index=one["logIndex"], block_hash=one["blockHash"],
        )
        for one in found
        if not one.get("removed")
    ]  # fmt: skip
    return _in_order([_log(one) for one in told])


def _in_order(logs: list[Log]) -> list[Log]:
    """In the chain's order, each once; a node's cache may give one twice."""
    if any(a.position >= b.position for a, b in pairwise(logs)):
        logs = sorted({one.position: one for one in logs}.values(), key=lambda one: one.position)
    return logs


def _log(found: Any) -> Log:
    block, topics = int(found.block_number, 16), found.topics
    if bytes.fromhex("".join([one[2:] for one in topics])) and {len(one) for one in topics} != {66}:
        raise ValueError("a topic is 32 bytes")
    return Log(
        found.address.lower(),
        topics,
        bytes.fromhex(found.data.removeprefix("0x")),
        block,
        found.transaction_hash,
        (block, int(found.log_index, 16)),
        found.block_hash,
    )
