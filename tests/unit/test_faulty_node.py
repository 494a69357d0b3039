"""chain.Node against nodes that fail: nothing is believed that was not said, and nothing is sent twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loyalty.chain import Node
from loyalty.chain import node as module
from loyalty.errors import ChainError, LoyaltyError, Refused, Reverted, Unreachable

from . import faulty_node as faults
from .faulty_node import Fault, FaultyNode

CHAIN = 31337
ACCOUNT = "0x" + "a" * 40
HASH = "0x" + "b" * 64
WORD = "0x" + "0" * 63 + "7"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE", 0)
    monkeypatch.setattr(module, "TIMEOUT", 0.3)


@pytest.fixture
def faulty() -> Iterator[FaultyNode]:
    """A node that answers rightly once its faults are over."""
    with faults.serve(eth_getBalance="0x5", eth_call=WORD) as node:
        yield node


SILENT: dict[str, Fault] = {
    "drop": faults.drop,
    "hang": faults.hang,
    "503": faults.status(503),
    "502 page": faults.status(502),
    "429": faults.status(429, b'{"error":"slow down"}'),
    "500": faults.status(500, b""),
    "404": faults.status(404),
    "truncated": faults.truncated,
    "page": faults.raw(b"<html>Welcome to nginx</html>"),
    "empty": faults.raw(b""),
    "not UTF-8": faults.raw(b'{"result":"\xff"}'),
    "half JSON": faults.raw(b'{"jsonrpc":"2.0","id":1,"res'),
    "too deep": faults.raw(b"[" * 200_000),
}


@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
def test_a_question_is_asked_again(faulty: FaultyNode, fault: Fault) -> None:
    """A question that no answer came to is asked three times, and the third answer counts."""
    faulty.faults = [fault, fault]
    assert Node(faulty.url, CHAIN).balance(ACCOUNT) == 5
    assert faulty.asked == ["eth_getBalance"] * 3


@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
def test_no_answer_is_told_in_one_sentence(faulty: FaultyNode, fault: Fault) -> None:
    """When the third attempt is met by silence too, it is Unreachable, in one line that names the node."""
    faulty.always = fault
    with pytest.raises(Unreachable) as refused:
        Node(faulty.url, CHAIN).balance(ACCOUNT)
    assert faulty.url in str(refused.value) and "\n" not in str(refused.value)
    assert faulty.asked == ["eth_getBalance"] * 3


@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
def test_a_broadcast_is_sent_once(faulty: FaultyNode, fault: Fault) -> None:
    """Signed bytes that no answer came to may have arrived: they are not sent again unasked."""
    faulty.always = fault
    with pytest.raises(Unreachable):
        Node(faulty.url, CHAIN).broadcast(b"\2")
    assert faulty.asked == ["eth_sendRawTransaction"]


def test_a_node_that_is_not_there_is_told() -> None:
    """Nothing listens: the sentence says how to start one."""
    with pytest.raises(
        Unreachable, match=r"no node answers at http://127.0.0.1:9; start it \(locally: loyalty chain start\)"
    ):
        Node("http://127.0.0.1:9", CHAIN).check()


QUESTIONS: dict[str, tuple[str, Callable[[Node], Any]]] = {
    "check": ("eth_chainId", lambda node: node.check()),
    "genesis": ("eth_getBlockByNumber", lambda node: node.genesis()),
    "block_number": ("eth_blockNumber", lambda node: node.block_number()),
    "timestamp": ("eth_getBlockByNumber", lambda node: node.timestamp()),
    "block_hash": ("eth_getBlockByNumber", lambda node: node.block_hash(1)),
    "balance": ("eth_getBalance", lambda node: node.balance(ACCOUNT)),
    "nonce": ("eth_getTransactionCount", lambda node: node.nonce(ACCOUNT)),
    "has_code": ("eth_getCode", lambda node: node.has_code(ACCOUNT)),
    "fees": ("eth_getBlockByNumber", lambda node: node.fees()),
    "estimate": ("eth_estimateGas", lambda node: node.estimate(ACCOUNT, ACCOUNT, b"")),
    "call": ("eth_call", lambda node: node.call("Points", ACCOUNT, "totalSupply")),
    "call_each": ("eth_call", lambda node: list(node.call_each("Points", ACCOUNT, "balanceOf", [(ACCOUNT,)]))),
    "returns_true": ("eth_call", lambda node: node.returns_true(ACCOUNT, ACCOUNT, b"")),
    "receipt": ("eth_getTransactionReceipt", lambda node: node.receipt(HASH)),
    "logs": ("eth_getLogs", lambda node: list(node.logs(ACCOUNT, [], 0))),
}
NONSENSE = [
    5,
    1.5,
    True,
    "x",
    "0x",
    "0xzz",
    [],
    ["x"],
    {},
    {"hash": 5},
    [None],
    [{}],
    {"blockNumber": "x"},
    "0x12",
    None,
]
# What each question may make of an answer of another kind without believing anything false.
FINE = {
    ("block_hash", "None"), ("receipt", "None"), ("receipt", "{}"), ("receipt", '{"hash": 5}'), ("has_code", '"0x"'), ("has_code", '"0x12"'), ("logs", "[]"),
    ("returns_true", '"0x"'), ("returns_true", '"0x12"'), ("genesis", '{"hash": 5}'), ("block_hash", '{"hash": 5}'), ("logs", "{}"),
    *((name, '"0x12"') for name in ("block_number", "balance", "nonce", "estimate")),
}  # fmt: skip


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_of_another_kind_is_told(name: str) -> None:
    """A number in a text's place, a list, null, nonsense: one sentence, never a traceback, never a value made up."""
    method, question = QUESTIONS[name]
    with faults.serve() as faulty:
        node = Node(faulty.url, CHAIN)
        for value in NONSENSE:
            known = {"eth_blockNumber": "0x10", "eth_maxPriorityFeePerGas": "0x1"}
            faulty.results = {**known, "eth_getBlockByNumber": {"hash": HASH}, method: value}
            told = json.dumps(value) if value is not None else "None"
            if (name, told) in FINE:
                question(node)
                continue
            with pytest.raises(ChainError) as refused:
                question(node)
            assert "\n" not in str(refused.value), (name, value)


def test_what_is_not_json_rpc_is_told(faulty: FaultyNode) -> None:
    """A JSON answer that is no JSON-RPC answer is refused."""
    for body in (b"[]", b"5", b'"0x5"', b"null", b"true"):
        faulty.always = faults.raw(body)
        with pytest.raises(ChainError, match="is not JSON-RPC"):
            Node(faulty.url, CHAIN).balance(ACCOUNT)


def test_an_error_that_is_null_is_no_error(faulty: FaultyNode) -> None:
    """Some nodes send "error": null beside every result."""
    faulty.always = faults.raw(b'{"jsonrpc":"2.0","id":1,"result":"0x5","error":null}')
    assert Node(faulty.url, CHAIN).balance(ACCOUNT) == 5


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        ({"code": -32005, "message": "limit exceeded"}, -32005, "limit exceeded"),
        ({"code": "x", "message": None}, 0, "None"),
        ({"message": "no code"}, 0, "no code"),
        ({}, 0, ""),
        ("out of order", 0, "out of order"),
        (["a"], 0, "['a']"),
        (5, 0, "5"),
    ],
)
def test_a_refusal_keeps_the_nodes_words(faulty: FaultyNode, error: Any, code: int, text: str) -> None:
    """A JSON-RPC error in any shape is Refused, is not asked again, and says what the node said."""
    faulty.always = faults.error(error)
    with pytest.raises(Refused, match="the node refused: ") as refused:
        Node(faulty.url, CHAIN).balance(ACCOUNT)
    assert (refused.value.code, refused.value.text) == (code, text)
    assert len(faulty.asked) == 1


SENTENCE = "0x08c379a0" + (32).to_bytes(32, "big").hex() + (4).to_bytes(32, "big").hex() + b"over".hex().ljust(64, "0")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"code": 3, "message": "execution reverted: over", "data": SENTENCE}, "over"),
        ({"code": 3, "message": "execution reverted", "data": SENTENCE}, "over"),
        ({"code": -32000, "message": "execution reverted: over"}, "over"),
        ({"code": -32000, "message": "VM Exception while processing transaction: revert over"}, "revert over"),
        ({"code": 3, "message": "execution reverted", "data": "0x2dc499f6"}, "push: the signature's nonce is not the signer's next one"),
        ({"code": 3, "message": "execution reverted: custom", "data": "0x12345678"}, "custom"),
        ({"code": 3, "message": "execution reverted: raw", "data": SENTENCE[:40]}, "raw"),
        ({"code": 3, "message": "execution reverted: raw", "data": SENTENCE[:-64] + "ff" * 32}, "raw"),
        ({"code": 3, "message": "execution reverted: raw", "data": "0x08c379a0zz"}, "raw"),
        ({"code": 3, "message": "execution reverted: raw", "data": "0x"}, "raw"),
        ({"code": 3, "message": "execution reverted: raw", "data": {"a": 1}}, "raw"),
    ],
)  # fmt: skip
def test_a_revert_keeps_the_contracts_words(faulty: FaultyNode, error: Any, reason: str) -> None:
    """A reason is taken from the data, from a known error, or from the node's text; data that cannot be read is passed over."""
    faulty.always = faults.error(error)
    with pytest.raises(Reverted) as refused:
        Node(faulty.url, CHAIN).estimate(ACCOUNT, ACCOUNT, b"")
    assert refused.value.reason == reason


def test_another_chain_is_refused(faulty: FaultyNode) -> None:
    """A node of another chain than the settings name is told before anything is signed."""
    with pytest.raises(ChainError, match=r"is chain 31337, but loyalty.toml names chain 5; nothing was signed"):
        Node(faulty.url, 5).check()
    Node(faulty.url, CHAIN).check()


def balances(node: Node, count: int = 3) -> list[Any]:
    """A batch of questions."""
    return list(node.ask_many("eth_getBalance", [(f"0x{n:040x}", "latest") for n in range(count)]))


def numbered(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The right answers, each with its place as its result."""
    return [{**answer, "result": hex(place)} for place, answer in enumerate(answers)]


def test_a_batch_out_of_order_is_put_in_order(faulty: FaultyNode) -> None:
    """Answers are matched by id, whatever order they come in, and ids that are text are ids."""
    faulty.faults = [
        faults.batch(lambda answers: numbered(answers)[::-1]),
        faults.batch(lambda answers: [{**a, "id": str(a["id"])} for a in numbered(answers)]),
    ]
    assert balances(Node(faulty.url, CHAIN)) == ["0x0", "0x1", "0x2"]
    assert balances(Node(faulty.url, CHAIN)) == ["0x0", "0x1", "0x2"]


@pytest.mark.filterwarnings("ignore:Received batch response with missing `id`:RuntimeWarning")
@pytest.mark.parametrize(
    "change",
    [
        lambda answers: answers[:2],
        lambda answers: [*answers, answers[0]],
        lambda answers: [answers[0], answers[0], answers[1]],
        lambda answers: [{"result": "0x1"} for _ in answers],
        lambda answers: [{**a, "id": None} for a in answers],
        lambda answers: [{**a, "id": "x"} for a in answers],
        lambda answers: [1, 2, 3],
        lambda answers: [None, None, None],
        lambda answers: [],
        lambda answers: {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batches are not served"}},
        lambda answers: "x",
        lambda answers: None,
    ],
    ids=["short", "long", "twice", "no ids", "null ids", "other ids", "numbers", "nulls", "nothing", "an error", "text", "null"],
)  # fmt: skip
def test_a_batch_that_cannot_be_matched_is_asked_again(faulty: FaultyNode, change: Callable[[Any], Any]) -> None:
    """Answers that do not fit their questions one to one are not believed; asked again, right ones are, and else it is told."""
    node = Node(faulty.url, CHAIN)
    faulty.faults = [faults.batch(change)]
    assert balances(node) == ["0x5"] * 3
    faulty.always = faults.batch(change)
    with pytest.raises(Unreachable):
        balances(node)


@pytest.mark.parametrize("fault", SILENT.values(), ids=SILENT)
def test_a_batch_is_asked_again(fault: Fault) -> None:
    """A batch is a question like any other."""
    if fault is faults.truncated:
        fault = faults.raw(b'[{"jsonrpc"', length=1_000)
    with faults.serve(eth_getBalance="0x5") as faulty:
        faulty.faults = [fault]
        assert balances(Node(faulty.url, CHAIN)) == ["0x5"] * 3


def test_one_question_of_a_batch_that_met_a_limit_is_asked_alone(faulty: FaultyNode) -> None:
    """A rate limit inside one item costs that item one more request, or two; a limit that stays is told, as a node that is away."""
    limit = {"code": -32011, "message": "rate limit"}
    faulty.faults = [faults.batch(lambda answers: [answers[0], {"id": answers[1]["id"], "error": limit}, answers[2]])]
    assert balances(Node(faulty.url, CHAIN)) == ["0x5"] * 3
    assert len(faulty.asked) == 4
    all_limited = faults.batch(lambda answers: [{"id": a["id"], "error": limit} for a in answers])
    faulty.faults = [all_limited, faults.error(limit)]
    assert balances(Node(faulty.url, CHAIN)) == ["0x5"] * 3
    faulty.faults = [all_limited, *[faults.error(limit)] * 3]
    with pytest.raises(Unreachable, match="rate limit"):
        balances(Node(faulty.url, CHAIN))


def test_a_revert_in_a_batch_is_a_revert(faulty: FaultyNode) -> None:
    """A view that a contract refuses is not asked again."""
    faulty.faults = [
        faults.batch(
            lambda answers: [
                {"id": a["id"], "error": {"code": 3, "message": "execution reverted: no"}} for a in answers
            ]
        )
    ]
    with pytest.raises(Reverted, match="no"):
        balances(Node(faulty.url, CHAIN))
    assert len(faulty.asked) == 3


def test_a_long_batch_is_cut() -> None:
    """Many questions go out a few hundred to a request, and every answer comes back in its place."""
    seen: list[int] = []

    def count(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seen.append(len(answers))
        return [{**a, "result": hex(sum(seen[:-1]) + place)} for place, a in enumerate(answers)]

    with faults.serve() as faulty:
        faulty.always = faults.batch(count)
        assert balances(Node(faulty.url, CHAIN), 450) == [hex(n) for n in range(450)]
    assert max(seen) <= 200


def log(block: int, index: int = 0) -> dict[str, Any]:
    """A log as a node gives it."""
    return {
        "address": ACCOUNT.upper().replace("X", "x"), "topics": [HASH], "data": "0x00", "blockNumber": hex(block),
        "logIndex": hex(index), "transactionHash": HASH, "blockHash": HASH,
    }  # fmt: skip


@pytest.mark.parametrize("most", [1, 3, 1000])
def test_logs_are_read_in_ranges_the_node_takes(most: int) -> None:
    """A node that refuses long ranges is asked for shorter ones, down to one block: every log comes once and in order."""
    head = 40

    def answer(handler: faults.Handler, request: Any) -> None:
        if request["method"] == "eth_blockNumber":
            return faults.result(hex(head))(handler, request)
        if request["method"] == "eth_getBlockByNumber":
            return faults.result({"hash": HASH})(handler, request)
        first, last = (int(request["params"][0][name], 16) for name in ("fromBlock", "toBlock"))
        if last - first + 1 > most:
            return faults.error({"code": -32005, "message": "range too large"})(handler, request)
        return faults.result([log(block, i) for block in range(first, last + 1) for i in (0, 1)])(handler, request)

    with faults.serve() as faulty:
        faulty.always = answer
        found = [one.position for one in Node(faulty.url, CHAIN).logs(ACCOUNT, [HASH], 3)]
    assert found == [(block, i) for block in range(3, head + 1) for i in (0, 1)]


def test_a_node_that_gives_no_logs_at_all_is_told(faulty: FaultyNode) -> None:
    """A refusal of a single block is the node's last word."""
    block = faults.result({"hash": HASH})
    none = faults.error({"code": -32005, "message": "no logs here"})
    faulty.faults = [faults.result("0x3"), *[block, none] * 9]
    with pytest.raises(Refused, match="no logs here"):
        list(Node(faulty.url, CHAIN).logs(ACCOUNT, [], 0))


@pytest.mark.parametrize(
    "change", [{"topics": [HASH[:-1]]}, {"topics": ["0x" + "z" * 64]}, {"topics": None}, {"data": "x"}, {"data": None}]
)
def test_a_log_that_cannot_be_is_told(faulty: FaultyNode, change: dict[str, Any]) -> None:
    """A topic of another length or a field that is not hexadecimal refuses the answer."""
    faulty.results = {"eth_blockNumber": "0x1", "eth_getLogs": [{**log(1), **change}]}
    faulty.results["eth_getBlockByNumber"] = {"hash": HASH}
    with pytest.raises(ChainError, match="answered eth_getLogs with something that cannot be"):
        list(Node(faulty.url, CHAIN).logs(ACCOUNT, [], 0))


def test_a_receipt_that_is_not_mined_yet_is_none(faulty: FaultyNode) -> None:
    """A pending transaction's receipt, which some nodes give without a block, is no receipt."""
    faulty.results["eth_getTransactionReceipt"] = {"blockNumber": None, "status": None}
    assert Node(faulty.url, CHAIN).receipt(HASH) is None


def test_a_fault_is_not_a_missing_receipt(faulty: FaultyNode) -> None:
    """A node that cannot answer has not said that a transaction is gone."""
    faulty.always = faults.error({"code": -32000, "message": "header not found"})
    for question in (lambda node: node.receipt(HASH), lambda node: node.knows(HASH)):
        with pytest.raises(Refused):
            question(Node(faulty.url, CHAIN))


@pytest.mark.parametrize(
    "fault", [*SILENT.values(), faults.result(None), faults.result("0x5")], ids=[*SILENT, "null", "another chain"]
)
def test_a_urls_secret_is_never_shown(faulty: FaultyNode, fault: Fault) -> None:
    """Whatever goes wrong, neither the sentence nor what caused it repeats the key in a node's URL."""
    import traceback

    faulty.always = fault
    node = Node(faulty.url.replace("//", "//user:hunter2@") + "/v3/canary-key?token=canary-key", CHAIN)
    with pytest.raises(LoyaltyError) as refused:
        node.check()
    told = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    shown = "".join(line for line in told.splitlines() if not line.startswith("    "))
    assert "canary" not in shown and "hunter2" not in shown
    assert faulty.url in str(refused.value) or "JSON-RPC" in str(refused.value)
    assert node.where == faulty.url
