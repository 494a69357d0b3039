"""notify.inbox: what a wallet reads of a chain on which anybody may write anything."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from loyalty import push, units
from loyalty.chain import Node, Signer, abi
from loyalty.chain import signer as signers
from loyalty.contracts import Contract
from loyalty.errors import LoyaltyError
from loyalty.ledger import Ledger, catalogue
from loyalty.ledger.catalogue import Deployment
from loyalty.notify import Notify
from loyalty.push import BROADCAST, SUBSET, TARGETED, Message
from loyalty.storage import Storage

from .conftest import Chain

CHANNEL, CUSTOMER, OTHER, STRANGER = (signers.from_anvil(index) for index in (4, 5, 6, 7))


class Comm:
    """A notification contract of one test, and everybody who writes to it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.address = abi.contract_address(CHANNEL.address, node.nonce(CHANNEL.address))
        self.block = node.block_number()
        self.transact(CHANNEL, "", abi.creation("PushComm", CHANNEL.address, "LOCAL"))

    def transact(self, who: Signer, to: str, data: bytes) -> None:
        """Send a transaction and wait until it worked."""
        made = who.sign(self.node.chain_id, self.node.nonce(who.address), to, data, 5_000_000, 10**11, 10**9)
        self.node.broadcast(made.raw)
        deadline = time.monotonic() + 10
        while (receipt := self.node.receipt(made.tx_hash)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert receipt.succeeded

    def send(self, who: Signer, to: Signer, identity: str | bytes) -> None:
        """A notification of ``who``'s own channel."""
        content = identity if isinstance(identity, bytes) else identity.encode()
        self.transact(who, self.address, abi.encode("PushComm", "sendNotification", who.address, to.address, content))

    def subscribe(self, who: Signer, channel: Signer) -> None:
        """Subscribe to a channel."""
        self.transact(who, self.address, abi.encode("PushComm", "subscribe", channel.address))


@pytest.fixture
def comm(anvil: Chain) -> Comm:
    """A new contract, to which the customer is subscribed and the other one is not."""
    comm = Comm(Node(anvil.url, anvil.chain_id))
    comm.subscribe(CUSTOMER, CHANNEL)
    return comm


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """A folder for stored payloads."""
    return Storage("folder", tmp_path / "storage", "")


@pytest.fixture
def notify(comm: Comm, ledger: Ledger, storage: Storage) -> Notify:
    """The channel of a program on that contract."""
    catalogue.put_deployment(ledger, comm.node.chain_id, Deployment("notify", comm.address, comm.block, "x"))
    contract = Contract("notify", "PushComm", ledger, lambda: comm.node)
    return Notify(ledger, contract, storage, lambda: CHANNEL.address, lambda: CHANNEL.address)


def titles(notify: Notify, who: Signer, **options: Any) -> list[str]:
    """What a wallet's inbox shows, newest first."""
    return [one.title for one in notify.inbox(who.address, **options)]


def payload(title: str, kind: int, *wallets: Signer) -> str:
    """A payload for these wallets."""
    named = [push.caip(31337, units.checksum(one.address)) for one in wallets]
    return push.payload(Message(title, "b"), kind, named if kind == SUBSET else named[0])


def test_each_reads_what_is_theirs(comm: Comm, notify: Notify) -> None:
    """A targeted message is its wallet's, a broadcast the subscribers', a subset those it names; newest first."""
    comm.send(CHANNEL, CHANNEL, push.minimal(BROADCAST, Message("all", "b")))
    comm.send(CHANNEL, CUSTOMER, push.minimal(TARGETED, Message("one", "b")))
    comm.send(CHANNEL, CHANNEL, push.direct(payload("some", SUBSET, CUSTOMER)))
    comm.send(CHANNEL, CHANNEL, push.direct(payload("others", SUBSET, OTHER, STRANGER)))
    assert titles(notify, CUSTOMER) == ["some", "one", "all"]
    assert titles(notify, OTHER) == []
    assert titles(notify, OTHER, spam=True) == ["others"]
    found = notify.inbox(CUSTOMER.address)[1]
    assert (found.channel, found.kind, found.body, found.spam) == (CHANNEL.address, TARGETED, "b", False)
    assert notify.subscribed(CUSTOMER.address) and not notify.subscribed(OTHER.address)


def test_what_has_expired_or_is_hidden_is_left_out(comm: Comm, notify: Notify) -> None:
    """A message is shown until it expires; one that is hidden never is, unless everything is asked for."""
    now = int(time.time())
    for title, more in (
        ("open", {"expiry": now + 3600}),
        ("over", {"expiry": now - 5}),
        ("for programs", {"hidden": True}),
        ("quiet", {"silent": True}),
    ):
        document = push.payload(
            Message(title, "b", **more), TARGETED, push.caip(31337, units.checksum(CUSTOMER.address))
        )  # type: ignore[arg-type]
        comm.send(CHANNEL, CUSTOMER, push.direct(document))
    assert titles(notify, CUSTOMER) == ["quiet", "open"]
    assert [one.title for one in notify.inbox(CUSTOMER.address, everything=True)] == [
        "quiet",
        "for programs",
        "over",
        "open",
    ]
    assert notify.inbox(CUSTOMER.address)[0].silent


def test_strangers_are_spam(comm: Comm, notify: Notify) -> None:
    """A channel one did not subscribe to is shown only when it is asked for, and says so; its broadcasts never are."""
    comm.send(STRANGER, CUSTOMER, push.minimal(TARGETED, Message("buy", "b")))
    comm.send(STRANGER, STRANGER, push.minimal(BROADCAST, Message("everybody buy", "b")))
    assert titles(notify, CUSTOMER) == []
    (found,) = notify.inbox(CUSTOMER.address, spam=True)
    assert (found.title, found.spam, found.channel) == ("buy", True, STRANGER.address)
    comm.subscribe(CUSTOMER, STRANGER)
    assert titles(notify, CUSTOMER) == ["everybody buy", "buy"]


HOSTILE = [
    b"", b"\xff\xfe\0", b"0+3", b"0+" + b"1" * 5_000 + b"+t+b", b"2+" + b"[" * 8_000, b"2+null", b"2+{}", b"1+", b"1+../../etc/passwd",
    b"1+" + b"a" * 5_000, b"1+bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", b"9+9+9+9",
    b'2+{"notification":{"title":"t","body":"b"},"data":{"type":1e400}}', b'2+{"data":{"type":"\\ud800"},"notification":[]}',
]  # fmt: skip


def test_nobody_closes_an_inbox(comm: Comm, notify: Notify) -> None:
    """Whatever a subscribed channel writes, the inbox opens, shows each message as it can, and the good one among them."""
    for identity in HOSTILE:
        comm.send(CHANNEL, CUSTOMER, identity)
    comm.send(CHANNEL, CUSTOMER, push.minimal(TARGETED, Message("good", "b")))
    found = notify.inbox(CUSTOMER.address)
    assert len(found) == len(HOSTILE) + 1
    assert found[0].title == "good"
    assert all("".join((one.title, one.body, one.message)).encode() or one.kind == 0 for one in found)


def test_a_stored_message_is_fetched(comm: Comm, notify: Notify, storage: Storage) -> None:
    """A payload behind an address is read where it is kept, shown as its address where it is not, and never looked for in spam."""
    uri = storage.put(payload("stored", TARGETED, CUSTOMER).encode(), "application/json")
    comm.send(CHANNEL, CUSTOMER, push.stored(uri))
    comm.send(STRANGER, CUSTOMER, push.stored(uri))
    assert titles(notify, CUSTOMER) == ["stored"]
    (storage.folder / uri.removeprefix("ipfs://")).unlink()
    (found,) = notify.inbox(CUSTOMER.address)
    assert (found.kind, found.title) == (0, push.stored(uri))


def test_a_signed_subscription_is_the_protocols(notify: Notify, comm: Comm, ledger: Ledger) -> None:
    """What a customer is asked to sign subscribes them: domain, types and nonce are the contract's, and the request is good once."""
    request = json.loads(json.dumps(notify.subscription(OTHER.address)))
    assert request["domain"] == {
        "name": "EPNS COMM V1",
        "chainId": 31337,
        "verifyingContract": units.checksum(comm.address),
    }
    notify.subscribe(request, OTHER.sign_typed(request))
    from loyalty.ledger import operations
    from loyalty.outbox.wire import KINDS

    (queued,) = operations.take(ledger, "notify.subscribe", None, 0, 9)
    comm.transact(STRANGER, comm.address, KINDS["notify.subscribe"].encode(0, STRANGER.address, [queued]))
    assert notify.subscribed(OTHER.address)
    assert notify.subscription(OTHER.address, on=False)["message"]["nonce"] == 1
    with pytest.raises(LoyaltyError, match="not the signer's next one"):
        comm.node.estimate(
            STRANGER.address, comm.address, KINDS["notify.subscribe"].encode(0, STRANGER.address, [queued])
        )
