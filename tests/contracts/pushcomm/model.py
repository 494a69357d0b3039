"""A PushComm in plain Python: what each call does, or the error it gives; and the same from events alone."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from .conftest import error

ZERO = "0x" + "0" * 40


class Refused(Exception):
    """With the bytes of the error that the contract gives."""


def refuse_unless(condition: bool, reason: str) -> None:
    if not condition:
        raise Refused(reason)


@dataclass
class Model:
    admin: str
    governance: str
    core: str = ZERO
    token: str = ZERO
    # In the order of their first subscription, with its block.
    users: dict[str, int] = field(default_factory=dict)
    subscriptions: set[tuple[str, str]] = field(default_factory=set)
    delegates: set[tuple[str, str]] = field(default_factory=set)
    settings: dict[tuple[str, str], str] = field(default_factory=dict)
    nonces: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    def count(self, user: str) -> int:
        return sum(each == user for each, _ in self.subscriptions)

    def may_send(self, sender: str, channel: str) -> bool:
        return sender == channel or (channel, sender) in self.delegates

    def subscribe(self, block: int, user: str, *channels: str) -> None:
        for channel in channels:
            self.users.setdefault(user, block)
            self.subscriptions.add((user, channel))

    def unsubscribe(self, block: int, user: str, *channels: str) -> None:
        self.subscriptions -= {(user, channel) for channel in channels}

    def via_core(self, block: int, caller: str, subscribe: bool, channel: str, user: str) -> None:
        refuse_unless(caller == self.core, error("UnauthorizedCaller(address)", int(caller, 16)))
        (self.subscribe if subscribe else self.unsubscribe)(block, user, channel)

    def add_delegate(self, block: int, channel: str, delegate: str) -> None:
        self.delegates.add((channel, delegate))
        self.subscribe(block, delegate, channel)

    def remove_delegate(self, block: int, channel: str, delegate: str) -> None:
        self.delegates.discard((channel, delegate))

    def send(self, block: int, sender: str, channel: str, recipient: str, identity: bytes) -> None:
        if self.may_send(sender, channel):
            self.sent.append((channel, recipient, identity))

    def by_sig(
        self, block: int, now: int, subscribe: bool, channel: str, user: str, nonce: int, expiry: int, valid: bool
    ) -> None:
        refuse_unless(user != ZERO, error("InvalidArgument_WrongAddress(address)", 0))
        refuse_unless(nonce == self.nonces.get(user, 0), error("Comm_InvalidNonce()"))
        refuse_unless(now <= expiry, error("Comm_TimeExpired(uint256,uint256)", expiry, now))
        refuse_unless(valid, error("Comm_InvalidSignature_FromEOA()"))
        self.nonces[user] += 1
        (self.subscribe if subscribe else self.unsubscribe)(block, user, channel)

    def send_by_sig(self, now: int, message: tuple[str, str, str, bytes, int, int], valid: bool) -> None:
        channel, recipient, signer, identity, nonce, expiry = message
        if nonce == self.nonces.get(signer, 0) and now <= expiry and valid:
            self.nonces[signer] += 1
            self.send(0, signer, channel, recipient, identity)

    def change_settings(self, block: int, user: str, channel: str, number: int, text: str) -> None:
        refuse_unless((user, channel) in self.subscriptions, error("Comm_InvalidSubscriber()"))
        self.settings[user, channel] = f"{number}+{text}"

    def set_address(self, block: int, caller: str, name: str, value: str) -> None:
        refuse_unless(caller == self.admin, error("CallerNotAdmin()"))
        if name == "admin":
            wrong = value in (ZERO, self.admin)
            refuse_unless(not wrong, error("InvalidArgument_WrongAddress(address)", int(value, 16)))
        setattr(self, name, value)


def rebuilt(logs: list[Any], first: Model) -> Model:
    """The whole state, from the events since a first state."""
    model = first
    for log in logs:
        args = {key: value.lower() if isinstance(value, str) else value for key, value in log["args"].items()}
        match log["event"]:
            case "Subscribe":
                model.subscribe(log["blockNumber"], args["user"], args["channel"])
            case "Unsubscribe":
                model.unsubscribe(log["blockNumber"], args["user"], args["channel"])
            case "AddDelegate":
                model.delegates.add((args["channel"], args["delegate"]))
            case "RemoveDelegate":
                model.delegates.discard((args["channel"], args["delegate"]))
            case "SendNotification":
                model.sent.append((args["channel"], args["recipient"], args["identity"]))
            case "UserNotifcationSettingsAdded":
                model.settings[args["_user"], args["_channel"]] = args["_notifSettings"]
            case "NonceUsed":
                model.nonces[args["signer"]] = args["nonce"] + 1
            case "AdminSet":
                model.admin = args["admin"]
            case "GovernanceSet":
                model.governance = args["governance"]
            case "CoreSet":
                model.core = args["core"]
            case "PushTokenSet":
                model.token = args["token"]
    return model
