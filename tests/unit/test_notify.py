"""notify: notifications as they are queued, before any node is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty import push, units
from loyalty.chain import Node
from loyalty.contracts import Contract
from loyalty.errors import KeyReused, LoyaltyError, SettingsError
from loyalty.ledger import Ledger, operations, people
from loyalty.notify import Notify
from loyalty.storage import Storage

from .conftest import WALLETS

CHANNEL, A, B = WALLETS[:3]
CHAIN = 31337


def made(ledger: Ledger, folder: Path, storage: str = "folder", signer: str = CHANNEL) -> Notify:
    """A channel of a program whose node is not there."""
    node = Node("http://127.0.0.1:9", CHAIN)
    contract = Contract("notify", "PushComm", ledger, lambda: node)
    return Notify(ledger, contract, Storage(storage, folder / "storage", ""), lambda: CHANNEL, lambda: signer)


@pytest.fixture
def notify(ledger: Ledger, tmp_path: Path) -> Notify:
    """The channel of an empty program."""
    return made(ledger, tmp_path)


@pytest.fixture
def queued(ledger: Ledger) -> Callable[[str], dict[str, Any]]:
    """What stands in the ledger for a key."""

    def args(key: str) -> dict[str, Any]:
        found = operations.by_key(ledger, f"notify.send:{key}")
        assert found is not None
        return found.args | {"wallet": found.wallet, "customer": found.customer_id}

    return args


def test_a_plain_message_to_one_wallet(notify: Notify, queued: Callable[[str], dict[str, Any]]) -> None:
    """Title and body travel as they are, addressed to the wallet."""
    notify.send("Hello", "1 + 1", to=[A], key="k")
    assert queued("k") == {"channel": CHANNEL, "type": 3, "identity": "0+3+Hello+1 + 1", "wallet": A, "customer": None}


def test_a_message_to_a_customer(notify: Notify, ledger: Ledger, queued: Callable[[str], dict[str, Any]]) -> None:
    """A customer's id stands for the wallet they have now, and is remembered."""
    people.put(ledger, [("c1", A, {})])
    notify.send("Hello", "b", to=["c1"], key="k")
    assert (queued("k")["wallet"], queued("k")["customer"]) == (A, "c1")


def test_a_message_to_everybody(notify: Notify, queued: Callable[[str], dict[str, Any]]) -> None:
    """Without recipients it goes to the channel's subscribers."""
    notify.send("Hello", "b", key="k")
    assert queued("k") == {
        "channel": CHANNEL,
        "type": 1,
        "identity": "0+1+Hello+b",
        "wallet": CHANNEL,
        "customer": None,
    }


def test_a_message_to_several_names_each_once(notify: Notify, queued: Callable[[str], dict[str, Any]]) -> None:
    """A list is a subset with every wallet once, in CAIP-10, addressed to the channel."""
    notify.send("Hello", "b", to=[A, B, A], key="k")
    made = queued("k")
    document = json.loads(made["identity"].removeprefix("2+"))
    assert (made["type"], made["wallet"]) == (4, CHANNEL)
    assert list(document["recipients"]) == [f"eip155:{CHAIN}:{units.checksum(w)}" for w in (A, B)]


def test_auto_takes_the_short_format_where_it_fits(notify: Notify, queued: Callable[[str], dict[str, Any]]) -> None:
    """A link, a subject or a plus sign in the title needs the long one."""
    notify.send("a+b", "c", to=[A], key="plus")
    notify.send("a", "b", to=[A], key="link", link="https://shop.example")
    for key in ("plus", "link"):
        assert queued(key)["identity"].startswith("2+{")
    with pytest.raises(SettingsError, match="the minimal format holds a title without a plus sign"):
        notify.send("a+b", "c", to=[A], key="x", format="minimal")
    with pytest.raises(SettingsError, match="the minimal format names no wallets"):
        notify.send("a", "c", to=[A, B], key="x", format="minimal")
    with pytest.raises(SettingsError, match='the format is "short"; it is one of auto, minimal, stored, direct'):
        notify.send("a", "c", to=[A], key="x", format="short")


def test_a_stored_message_is_kept_behind_its_address(
    notify: Notify, ledger: Ledger, tmp_path: Path, queued: Callable[[str], dict[str, Any]]
) -> None:
    """The identity is an IPFS address, and what stands there is the payload; inside a data: URI there is no address."""
    notify.send("Hello", "b", to=[A], key="k", format="stored")
    identity = queued("k")["identity"]
    assert re.fullmatch(r"1\+bafkrei[a-z2-7]{52}", identity)
    payload = Storage("folder", tmp_path / "storage", "").get(f"ipfs://{identity[2:]}").decode()
    assert push.parse(identity, payload).title == "Hello"
    with pytest.raises(SettingsError, match="the stored format names an IPFS address"):
        made(ledger, tmp_path, "data").send("Hello", "b", to=[A], key="x", format="stored")


def test_a_list_too_long_for_the_contract_is_refused(notify: Notify, queued: Callable[[str], dict[str, Any]]) -> None:
    """A thousand wallets do not fit into one call directly, and do when stored; a thousand and one do not at all."""
    many = [f"0x{n:040x}" for n in range(1, 1_001)]
    with pytest.raises(
        SettingsError, match=r"takes \d+ bytes and the contract holds 8192; send it in the stored format"
    ):
        notify.send("Hello", "b", to=many, key="x")
    notify.send("Hello", "b", to=many[:100], key="direct")
    notify.send("Hello", "b", to=many, key="stored", format="stored")
    assert queued("direct")["identity"].startswith("2+") and queued("stored")["identity"].startswith("1+")
    with pytest.raises(SettingsError, match="names at most 1000 wallets"):
        notify.send("Hello", "b", to=[*many, CHANNEL], key="x", format="stored")


def test_the_contract_holds_what_we_say_it_does() -> None:
    """The bound is the one in the contract's source."""
    source = (Path(__file__).resolve().parents[2] / "contracts" / "PushComm.vy").read_text()
    assert f"MAX_IDENTITY: constant(uint256) = {push.MAX_IDENTITY}\n" in source


def test_a_message_to_nobody_is_refused(notify: Notify) -> None:
    """An empty list is not everybody."""
    with pytest.raises(SettingsError, match="goes to nobody"):
        notify.send("Hello", "b", to=[], key="k")


def test_a_key_is_sent_once(notify: Notify) -> None:
    """The same message again is known; another one under its key is refused."""
    assert notify.send("Hello", "b", to=[A], key="k").new
    assert not notify.send("Hello", "b", to=[A], key="k").new
    with pytest.raises(KeyReused):
        notify.send("Hello", "c", to=[A], key="k")


def test_only_the_channel_names_delegates(notify: Notify, ledger: Ledger, tmp_path: Path) -> None:
    """The channel's own key gives and takes back; another signer is told which key it needs."""
    assert notify.delegate(A).new
    assert notify.delegate(A, remove=True).new
    assert not notify.delegate(A, remove=True).new
    assert notify.delegate(A).new
    assert not notify.delegate(A).new
    with pytest.raises(LoyaltyError, match=f"only the channel itself, {units.checksum(CHANNEL)}"):
        made(ledger, tmp_path, signer=B).delegate(A)


def signed(channel: str = CHANNEL, subscriber: str = A, nonce: int = 0) -> dict[str, Any]:
    """A customer's subscription as `subscription` gives it."""
    return {"message": {"channel": channel, "subscriber": subscriber, "nonce": nonce, "expiry": 2_000_000_000}}


def test_a_signed_subscription_is_queued_once(notify: Notify, ledger: Ledger) -> None:
    """The nonce is spent once on chain, so a second delivery is the same subscription; leaving is another."""
    assert notify.subscribe(signed(), b"s" * 65).new
    assert not notify.subscribe(signed(), b"s" * 65).new
    assert notify.unsubscribe(signed(nonce=1), b"s" * 65).new
    (first, second) = operations.take(ledger, "notify.subscribe", None, 0, 9)
    assert (first.wallet, first.args["on"], first.args["nonce"], first.args["signature"]) == (
        A,
        True,
        0,
        "0x" + "73" * 65,
    )
    assert (second.args["on"], second.args["nonce"]) == (False, 1)


@pytest.mark.parametrize(
    ("request_", "signature", "why"),
    [
        (signed(channel=B), b"s" * 65, "is for another channel"),
        (signed(), b"s" * 64, "is not 65 bytes"),
        (signed(subscriber="0x12"), b"s" * 65, "is not an address"),
    ],
)
def test_a_wrong_subscription_is_refused(notify: Notify, request_: dict[str, Any], signature: bytes, why: str) -> None:
    """Another channel's, a short signature and a wallet that is none."""
    with pytest.raises(SettingsError, match=why):
        notify.subscribe(request_, signature)
