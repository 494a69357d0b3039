"""Notifications to wallets, on chain, in the EPNS / Push format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loyalty import intake, push, units
from loyalty.contracts import Contract, Event
from loyalty.errors import LoyaltyError, SettingsError
from loyalty.ledger import Ledger
from loyalty.ledger.operations import New
from loyalty.push import BROADCAST, SUBSET, TARGETED, Message
from loyalty.queued import Queued, queue, turned
from loyalty.signed import check_signed
from loyalty.storage import Storage

FORMATS = ("auto", "minimal", "stored", "direct")
"""How a message travels: type 0 where it fits and type 2 where not (auto), or identity type 0, 1 or 2 by name."""


@dataclass(frozen=True)
class Received:
    """One notification of a wallet's inbox. ``spam``: the wallet is not subscribed to the channel that sent it."""

    channel: str
    kind: int
    title: str
    body: str
    subject: str
    message: str
    link: str
    image: str
    spam: bool
    block_number: int
    tx_hash: str
    expiry: int = 0
    silent: bool = False
    hidden: bool = False
    category: str = ""


class Notify:
    """The programme's channel: the account that sends, unless loyalty.toml names another whose delegate it is."""

    def __init__(
        self,
        ledger: Ledger,
        contract: Contract,
        storage: Storage,
        channel: Callable[[], str],
        signer: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage
        self._channel = channel
        self._signer = signer

    def send(
        self,
        title: str,
        body: str,
        *,
        to: list[str] | None = None,
        key: str,
        subject: str = "",
        message: str = "",
        link: str = "",
        image: str = "",
        expires: int = 0,
        silent: bool = False,
        hidden: bool = False,
        category: str = "",
        cut: bool = False,
        format: str = "auto",
    ) -> Queued:
        """Queue a notification: to one wallet or customer, to a list of them, or (``to`` None) to every subscriber.

        Clients do not show it after ``expires`` (unix seconds), ring for a ``silent`` one, or list a ``hidden`` one; ``category`` is
        the channel's setting that it falls under. Raises SettingsError for what clients would cut (title 50 characters, body 180,
        subject 80, message 500, links 255), unless ``cut`` says to cut the texts.
        What is sent on chain is public for ever: it must name no person.
        """
        text = Message(title, body, subject, message, link, image, expires, silent, hidden, category)
        text = text.cut() if cut else text
        text.check()
        if expires and expires <= units.now():
            raise SettingsError("the notification would have expired before it is sent; give a later time")
        if to is not None and not to:
            raise SettingsError(
                "the notification goes to nobody; name a wallet or a customer, or send to all subscribers"
            )
        owners = [intake.owner(self._ledger, who) for who in dict.fromkeys(to or [])]
        if len(owners) > push.MAX_RECIPIENTS:
            raise SettingsError(
                f"one notification names at most {push.MAX_RECIPIENTS} wallets; send several, or to all subscribers"
            )
        kind = BROADCAST if to is None else TARGETED if len(owners) == 1 else SUBSET
        channel = self._channel()
        identity = self._identity(text, kind, [o.wallet for o in owners], channel, format)
        if len(identity.encode()) > push.MAX_IDENTITY:
            raise SettingsError(
                f"the notification takes {len(identity.encode())} bytes and the contract holds {push.MAX_IDENTITY}; send it in the stored format, or to fewer wallets at a time"
            )
        new = New(
            key=f"notify.send:{units.key(key)}",
            kind="notify.send",
            wallet=owners[0].wallet if kind == TARGETED else channel,
            customer_id=owners[0].customer_id if kind == TARGETED else None,
            args={"channel": channel, "type": kind, "identity": identity},
            note=text.title,
        )
        return queue(self._ledger, new)

    def inbox(self, who: str, *, spam: bool = False, everything: bool = False) -> list[Received]:
        """What a wallet or a customer received on this chain, newest first; with ``spam``, also from channels they did not subscribe to.

        What has expired and what is hidden is left out, unless ``everything``.
        """
        wallet = intake.owner(self._ledger, who).wallet
        subscribed: dict[str, bool] = {}
        found = [self._received(sent, wallet, subscribed, spam) for sent in self._contract.events("SendNotification")]
        shown = [one for one in found if one is not None]
        if not everything:
            now = units.now()
            shown = [one for one in shown if not one.hidden and not 0 < one.expiry <= now]
        return shown[::-1]

    def subscribed(self, who: str) -> bool:
        """Whether a wallet or a customer is subscribed to the programme's channel."""
        wallet = intake.owner(self._ledger, who).wallet
        return bool(self._contract.read("isUserSubscribed", self._channel(), wallet))

    def subscription(self, who: str, *, on: bool = True, expiry: int = 0) -> dict[str, Any]:
        """The EIP-712 message a customer signs to subscribe to (or leave) the channel; valid until ``expiry`` (unix seconds; 0: one hour)."""
        wallet = intake.owner(self._ledger, who).wallet
        action, role = "Subscribe" if on else "Unsubscribe", "subscriber"
        return {
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                action: [
                    {"name": "channel", "type": "address"},
                    {"name": role, "type": "address"},
                    {"name": "nonce", "type": "uint256"},
                    {"name": "expiry", "type": "uint256"},
                ],
            },
            "primaryType": action,
            "domain": {
                # Read, not assumed: versions of the protocol's contract differ in it.
                "name": self._contract.read("name"),
                "chainId": self._contract.node.chain_id,
                "verifyingContract": units.checksum(self._contract.address),
            },
            "message": {
                "channel": units.checksum(self._channel()),
                role: units.checksum(wallet),
                "nonce": self._contract.read("nonces", wallet),
                "expiry": expiry or units.now() + 3600,
            },
        }

    def subscribe(self, request: dict[str, Any] | None = None, signature: bytes = b"") -> Queued:
        """Queue a subscription that a customer signed (``request`` is what ``subscription`` gave); without one, the signer's own."""
        return self._subscription(request, signature, on=True)

    def unsubscribe(self, request: dict[str, Any] | None = None, signature: bytes = b"") -> Queued:
        """Queue a customer's signed leaving of the channel; without one, the signer's own."""
        return self._subscription(request, signature, on=False)

    def delegate(self, address: str, *, remove: bool = False) -> Queued:
        """Queue letting another account send for this channel, or no longer."""
        delegate = units.address(address)
        if self._channel() != self._signer():
            raise LoyaltyError(
                f"only the channel itself, {units.checksum(self._channel())}, can name delegates; send with its key"
            )
        new = New(f"notify.delegate:{delegate}", "notify.delegate", wallet=delegate, args={"on": not remove})
        return turned(self._ledger, new)

    def _subscription(self, request: dict[str, Any] | None, signature: bytes, *, on: bool) -> Queued:
        channel, word_for = self._channel(), "on" if on else "off"
        if request is None:
            wallet = self._signer()
            key, args = f"notify.subscribe:{channel}:{wallet}", {"channel": channel, "on": on}
            return turned(self._ledger, New(key, "notify.subscribe", wallet=wallet, args=args))
        message = request["message"]
        wallet = units.address(message["subscriber"])
        if units.address(message["channel"]) != channel:
            raise SettingsError(f"the signature is for another channel than {units.checksum(channel)}")
        if len(signature) != 65:
            raise SettingsError("the signature is not 65 bytes (r, s, v)")
        check_signed(self._contract.node, request, signature, wallet)
        args = {
            "channel": channel,
            "on": on,
            "nonce": units.uint(message["nonce"], "nonce", 64),
            "expiry": units.uint(message["expiry"], "expiry", 64),
            "signature": "0x" + signature.hex(),
        }
        # The nonce is spent once on chain, so it is the key.
        key = f"notify.subscribe:{channel}:{wallet}:{word_for}:{args['nonce']}:{args['expiry']}"
        return queue(self._ledger, New(key, "notify.subscribe", wallet=wallet, args=args))

    def _identity(self, text: Message, kind: int, wallets: list[str], channel: str, format: str) -> str:
        if format not in FORMATS:
            raise SettingsError(f'the format is "{format}"; it is one of {", ".join(FORMATS)}')
        if format == "minimal" and not text.plain:
            raise SettingsError(
                "the minimal format holds a title without a plus sign and a body, nothing else; use auto"
            )
        if format == "minimal" and kind == SUBSET:
            raise SettingsError("the minimal format names no wallets, so none of several would see it; use auto")
        if format == "minimal" or (format == "auto" and text.plain and kind != SUBSET):
            return push.minimal(kind, text)
        chain = self._contract.node.chain_id
        named = [push.caip(chain, units.checksum(w)) for w in wallets]
        whom: str | list[str] = named if kind == SUBSET else (named or [push.caip(chain, units.checksum(channel))])[0]
        document = push.payload(text, kind, whom)
        if format != "stored":
            return push.direct(document)
        uri = self._storage.put(document.encode(), "application/json")
        if not uri.startswith("ipfs://"):
            raise SettingsError(
                'the stored format names an IPFS address; use [storage] kind = "folder" or "ipfs", or another format'
            )
        return push.stored(uri)

    def _received(self, sent: Event, wallet: str, known: dict[str, bool], spam: bool) -> Received | None:
        channel, recipient = sent.fields["channel"].lower(), sent.fields["recipient"].lower()
        if recipient not in (wallet, channel):
            return None
        if channel not in known:
            known[channel] = bool(self._contract.read("isUserSubscribed", channel, wallet))
        subscribed = known[channel]
        if not subscribed and not spam:
            return None  # before its payload is looked for: a stranger's may be nowhere, and looking takes time
        identity = sent.fields["identity"].decode(errors="replace")
        parsed = push.parse(identity, self._fetched(identity))
        if recipient == channel and wallet != channel and parsed.kind == SUBSET and wallet not in parsed.recipients:
            return None
        if recipient == channel and parsed.kind == BROADCAST and not subscribed and wallet != channel:
            return None
        return Received(
            channel=channel,
            kind=parsed.kind,
            title=parsed.title or parsed.pointer,
            body=parsed.body,
            subject=parsed.subject,
            message=parsed.message,
            link=parsed.link,
            image=parsed.image,
            spam=not subscribed,
            block_number=sent.block_number,
            tx_hash=sent.tx_hash,
            expiry=parsed.expiry,
            silent=parsed.silent,
            hidden=parsed.hidden,
            category=parsed.category,
        )

    def _fetched(self, identity: str) -> str | None:
        """The payload behind an identity of type 1, where it is kept here."""
        cid = push.pointer(identity)
        if cid is None:
            return None
        try:
            return self._storage.get(f"ipfs://{cid}").decode(errors="replace")
        except LoyaltyError:
            return None
