"""chain against a real Anvil: encoding, decoding, reasons, addresses and logs are what the chain says they are."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from eth_utils import event_abi_to_log_topic, function_abi_to_4byte_selector, keccak
from hypothesis import given
from hypothesis import strategies as st

from loyalty.chain import Node, Receipt, Signer, abi
from loyalty.chain import signer as signers
from loyalty.errors import ChainError, Refused, Reverted

from .conftest import WALLETS, Chain

CONTRACTS = ("Points", "Poap", "Warranty", "PushComm")
A, B = WALLETS[:2]
ZERO = "0x" + "0" * 40


@pytest.fixture(scope="module")
def node(anvil: Chain) -> Node:
    """The tests' own Anvil."""
    return Node(anvil.url, anvil.chain_id)


@pytest.fixture(scope="module")
def signer() -> Signer:
    """Its first account."""
    return signers.from_anvil(0)


def send(node: Node, signer: Signer, to: str, data: bytes, gas: int = 8_000_000) -> Receipt:
    """Send a transaction and wait until it is mined, refused or not."""
    made = signer.sign(node.chain_id, node.nonce(signer.address), to, data, gas, 10**11, 10**9)
    node.broadcast(made.raw)
    deadline = time.monotonic() + 10
    while (receipt := node.receipt(made.tx_hash)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return receipt


def deploy(node: Node, signer: Signer, contract: str, *arguments: Any) -> str:
    """A contract's address, once it stands."""
    address = abi.contract_address(signer.address, node.nonce(signer.address))
    assert not node.has_code(address)
    assert send(node, signer, "", abi.creation(contract, *arguments)).succeeded
    assert node.has_code(address), "the address that follows from signer and nonce is the one it was deployed at"
    return address


@pytest.fixture(scope="module")
def points(node: Node, signer: Signer) -> str:
    """Points that expire after twelve months, the signer being owner and issuer."""
    me = signer.address
    return deploy(node, signer, "Points", "Caf\xe9 Points", "CAFE", 0, 12, False, "ipfs://x", me, me, 1_000_000, 86_400)


@pytest.fixture(scope="module")
def comm(node: Node, signer: Signer) -> str:
    """The notification contract."""
    return deploy(node, signer, "PushComm", signer.address, "LOCAL")


def test_the_node_is_the_chain(node: Node, anvil: Chain) -> None:
    """Chain, first block, height and time are Anvil's."""
    node.check()
    node.ask("evm_mine")
    assert node.genesis() == node.block_hash(0) != node.block_hash(node.block_number())
    assert node.block_hash(node.block_number() + 1) is None
    assert abs(node.timestamp() - time.time()) < 3_600
    with pytest.raises(ChainError, match=r"is chain 31337, but loyalty.toml names chain 1"):
        Node(anvil.url, 1).check()


def test_addresses_of_contracts_follow_from_nonces(node: Node) -> None:
    """At nonces of every length that RLP writes differently, the address is the one that the chain gives."""
    account = signers.from_anvil(9)
    for nonce in (0, 1, 127, 128, 255, 256, 70_000):
        node.ask("anvil_setNonce", account.address, hex(nonce))
        receipt = send(node, account, "", bytes.fromhex("6000600055"))
        found = node.ask("eth_getTransactionReceipt", receipt.tx_hash)["contractAddress"]
        assert abi.contract_address(account.address, nonce) == found.lower()


def test_views_are_decoded(node: Node, points: str, signer: Signer) -> None:
    """Text, numbers, truth, addresses, tuples and lists of structs come back as Python's own."""
    assert node.call("Points", points, "name") == "Caf\xe9 Points"
    assert node.call("Points", points, "decimals") == 0
    assert node.call("Points", points, "is_issuer", signer.address) is True
    assert node.call("Points", points, "owner") == signer.address
    budget, period, left = node.call("Points", points, "budget_of", signer.address)
    assert (budget, period) == (1_000_000, 86_400) and left <= budget
    assert node.call("Points", points, "lots_of", A) == []
    domain = node.call("Points", points, "eip712Domain")
    assert domain[1:5] == ("Caf\xe9 Points", "1", node.chain_id, points)


def test_an_award_is_seen_everywhere(node: Node, points: str, signer: Signer) -> None:
    """Balance, lots and events of a batch agree, each decoded from the node's bytes."""
    number = 7
    packed = [int(wallet, 16) << 96 | amount for wallet, amount in ((A, 5), (B, 6), (A, 1))]
    receipt = send(node, signer, points, abi.encode("Points", "award", number, packed))
    assert receipt.succeeded and receipt.gas_used > 21_000 and receipt.gas_price > 0
    assert list(node.call_each("Points", points, "balanceOf", [(A,), (B,), (ZERO,)])) == [6, 6, 0]
    (lot,) = node.call("Points", points, "lots_of", A)
    assert set(lot) == {"month", "expires", "amount"} and lot["amount"] == 6 and lot["expires"] > node.timestamp()
    logs = [log for log in node.logs(points, [], 0) if log.tx_hash == receipt.tx_hash]
    assert [log.topics[0] for log in logs] == [abi.topic("Points", "Transfer")] * 3 + [abi.topic("Points", "Awarded")]
    moved = [abi.event("Points", "Transfer", log.topics, log.data) for log in logs[:3]]
    assert moved == [{"sender": ZERO, "receiver": w, "value": n} for w, n in ((A, 5), (B, 6), (A, 1))]
    awarded = abi.event("Points", "Awarded", logs[3].topics, logs[3].data)
    assert (awarded["issuer"], awarded["batch"], awarded["total"], awarded["lot"]) == (
        signer.address,
        7,
        12,
        lot["month"],
    )
    assert [log.position for log in logs] == sorted(log.position for log in logs)
    assert all(log.address == points and log.block_number == receipt.block_number for log in logs)


def test_logs_are_found_by_their_fields(node: Node, comm: str, signer: Signer) -> None:
    """A topic at its place finds those events alone; None stands for any."""
    for wallet in (A, B, A):
        send(node, signer, comm, abi.encode("PushComm", "sendNotification", signer.address, wallet, b"0+3+t+b"))
    topic, word = abi.topic("PushComm", "SendNotification"), "0x" + "0" * 24 + A[2:]
    assert len(list(node.logs(comm, [topic], 0))) == 3
    assert len(list(node.logs(comm, [topic, None, word], 0))) == 2
    assert list(node.logs(comm, [topic, word], 0)) == []
    (first, *_) = node.logs(comm, [topic], 0)
    assert abi.event("PushComm", "SendNotification", first.topics, first.data)["identity"] == b"0+3+t+b"


def test_a_contracts_reason_comes_through(node: Node, points: str) -> None:
    """A call that would be refused says why, in the contract's words, when it is estimated and when it is called."""
    award = abi.encode("Points", "award_one", 0, A, 5)
    with pytest.raises(Reverted, match="issuers: caller is not an issuer") as refused:
        node.estimate(B, points, award)
    assert refused.value.reason == "issuers: caller is not an issuer"
    with pytest.raises(Reverted) as refused:
        node.ask("eth_call", {"from": B, "to": points, "data": "0x" + award.hex()}, "latest")
    assert refused.value.reason == "issuers: caller is not an issuer"


def test_the_protocols_errors_have_sentences(node: Node, comm: str) -> None:
    """PushComm's custom errors, which carry no text, are told in words."""
    word = b"\0" * 32
    late = ("subscribeBySig", A, B, 0, 1, 27, word, word)
    nonce = ("subscribeBySig", A, B, 5, 2**40, 27, word, word)
    forged = ("subscribeBySig", A, B, 0, 2**40, 27, word, word)
    for call, told in ((late, "expired"), (nonce, "not the signer's next one"), (forged, "is not the signer's")):
        with pytest.raises(Reverted, match=f"execution reverted: push: .*{told}"):
            node.estimate(B, comm, abi.encode("PushComm", call[0], *call[1:]))
    with pytest.raises(Reverted, match="push: caller is not the admin"):
        node.estimate(B, comm, abi.encode("PushComm", "setGovernanceAddress", B))


def test_a_refused_transaction_is_explained_afterwards(node: Node, points: str) -> None:
    """Replayed on its block, a refused call gives its reason; one that ran out of gas says that."""
    stranger = signers.from_anvil(8)
    award = abi.encode("Points", "award_one", 0, A, 5)
    refused = send(node, stranger, points, award, gas=200_000)
    assert not refused.succeeded
    assert node.replay(stranger.address, points, award, refused.block_number) == "issuers: caller is not an issuer"
    owner = signers.from_anvil(0)
    starved = send(node, owner, points, abi.encode("Points", "award_one", 99, A, 5), gas=40_000)
    assert not starved.succeeded
    assert (
        node.replay(owner.address, points, abi.encode("Points", "award_one", 99, A, 5), starved.block_number)
        == "it ran out of gas"
    )


def test_a_refused_deployment_is_explained_afterwards(node: Node, signer: Signer) -> None:
    """A constructor's reason comes through as well: the replay makes a contract too."""
    zero = abi.creation("Points", "n", "s", 0, 12, False, "", ZERO, ZERO, 1, 1)
    with pytest.raises(Reverted, match="zero"):
        node.estimate(signer.address, "", zero)
    refused = send(node, signer, "", zero)
    assert not refused.succeeded
    assert "zero" in node.replay(signer.address, "", zero, refused.block_number)


def test_what_returns_false_is_seen(node: Node, comm: str, signer: Signer) -> None:
    """A notification that may not be sent does not revert: it returns false."""
    call = abi.encode("PushComm", "sendNotification", signer.address, A, b"0+3+t+b")
    assert node.returns_true(signer.address, comm, call)
    assert not node.returns_true(A, comm, call)
    assert node.estimate(A, comm, call) > 21_000


def test_a_view_of_nothing_is_told(node: Node) -> None:
    """Where no contract stands, a view is one sentence and not a number."""
    with pytest.raises(ChainError, match="Points does not stand at this address; run: loyalty deploy"):
        node.call("Points", A, "totalSupply")


def test_a_view_of_another_contract_is_told(node: Node, comm: str, points: str) -> None:
    """A contract that answers in another shape is one sentence."""
    with pytest.raises(ChainError, match="something that cannot be; is it the right contract"):
        abi.decode("Points", "lots_of", b"\xff" * 64)
    with pytest.raises(Refused):
        node.call("Points", comm, "totalSupply")


def test_the_same_bytes_again_are_known(node: Node, signer: Signer) -> None:
    """Sent again, mined bytes are refused in words that the engine knows, and counted once."""
    made = signer.sign(node.chain_id, node.nonce(signer.address), A, b"", 21_000, 10**11, 10**9)
    assert not node.knows(made.tx_hash)
    node.broadcast(made.raw)
    assert node.knows(made.tx_hash)
    before = node.nonce(signer.address, "pending")
    with pytest.raises(Refused, match=r"nonce too low|already (imported|known)"):
        node.broadcast(made.raw)
    assert node.nonce(signer.address, "pending") == before


def test_fees_leave_room_for_six_full_blocks(node: Node) -> None:
    """The offer is twice the base fee and the tip: enough for the base fee to rise by an eighth, six times."""
    fees = node.fees()
    assert fees.max_fee == 2 * fees.base + fees.priority
    assert fees.base * 9**6 // 8**6 <= 2.03 * fees.base


def test_selectors_and_topics_are_eth_utils() -> None:
    """Every function's selector and every event's topic equal those of another library."""
    for contract in CONTRACTS:
        for entry in abi.artifact(contract)["abi"]:
            if entry["type"] == "function":
                assert abi._selector(entry) == function_abi_to_4byte_selector(entry), entry["name"]
            elif entry["type"] == "event":
                assert abi.topic(contract, entry["name"]) == "0x" + event_abi_to_log_topic(entry).hex()


def test_every_event_can_be_decoded() -> None:
    """No event indexes a text or a list, whose hash alone would be on chain, and no two events share a name."""
    for contract in CONTRACTS:
        events = [e for e in abi.artifact(contract)["abi"] if e["type"] == "event"]
        assert len({e["name"] for e in events}) == len(events)
        indexed = [i["type"] for e in events for i in e["inputs"] if i["indexed"]]
        assert not any(kind.endswith("]") or kind in ("string", "bytes") for kind in indexed)


def test_every_error_of_the_protocol_has_a_sentence() -> None:
    """Whatever custom error our contract's source raises is known here, and no other."""
    source = (Path(__file__).resolve().parents[2] / "contracts" / "PushComm.vy").read_text()
    raised = re.findall(r'raw_revert\([^"]*method_id\("([^"]+)"\)', source)
    assert {"0x" + keccak(text=error)[:4].hex() for error in raised} == set(abi._KNOWN_ERRORS)


def test_functions_with_defaults_are_told_apart() -> None:
    """safeTransferFrom with and without data are two selectors."""
    short = abi.encode("Poap", "safeTransferFrom", A, B, 1)
    long = abi.encode("Poap", "safeTransferFrom", A, B, 1, b"data")
    assert short[:4].hex() == "42842e0e" and long[:4].hex() == "b88d4fde"


@given(st.binary(max_size=300))
def test_no_bytes_make_decoding_raise_anything_else(data: bytes) -> None:
    """Whatever a node answers, a view's result is a value or a ChainError."""
    for contract, function in (
        ("Points", "lots_of"),
        ("Points", "name"),
        ("Poap", "event_info"),
        ("PushComm", "users"),
    ):
        try:
            abi.decode(contract, function, data)
        except ChainError:
            continue


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=4), st.binary(max_size=200))
def test_no_log_makes_decoding_raise_anything_else(topics: list[bytes], data: bytes) -> None:
    """Whatever stands in a log, it is fields or a ChainError."""
    words = tuple("0x" + topic.hex() for topic in topics)
    for contract, event in (("Points", "Revoked"), ("PushComm", "SendNotification"), ("Poap", "EventCreated")):
        try:
            abi.event(contract, event, words, data)
        except ChainError:
            continue
