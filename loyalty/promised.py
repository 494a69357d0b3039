"""A badge as its issuer signs it away, and what is looked at before anybody pays gas for it: by voucher, for one wallet, or by link."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loyalty import units
from loyalty.chain import Signer
from loyalty.contracts import Contract
from loyalty.errors import KeyReused, LoyaltyError, SettingsError
from loyalty.ledger import Ledger, operations
from loyalty.ledger.operations import New
from loyalty.ledger.promises import Place
from loyalty.outbox.refusals import WAITING
from loyalty.queued import Queued, queue, seen
from loyalty.signed import may_be_signed, parsed, typed

DAYS = 30
"""How long a voucher or a link is good where nothing else is said."""

_FORM = "poap"  # what the text says it is a voucher for
_CLAIM = {"event_id": "uint256", "wallet": "address", "number": "uint256", "deadline": "uint256"}
_LINK = {"event_id": "uint256", "key": "address", "number": "uint256", "deadline": "uint256"}
_RECEIVE = {"event_id": "uint256", "wallet": "address"}

_SPENT, _HAS = "issuers: number already spent", "poap: wallet already has this badge"

# What the contract says of a claim, in the words of whoever holds it.
_PLAIN = {
    _SPENT: "was used already, or cancelled; ask for a new one",
    "issuers: signer is not an issuer": "is void: whoever signed it may no longer give badges; ask for a new one",
    "poap: signer may not issue this event": "is void: whoever signed it may not give this event's badges",
    "poap: signature has expired": "has expired; ask for a new one",
    "poap: not signed by the issuer": "was altered or cut short; copy it again",
    "poap: receiver is not signed by the link": "was altered or cut short; copy it again",
    "poap: no such event": "is for an event that is not on chain",
    "poap: event is over": "comes too late: the event's last day for badges is over",
    "poap: over the event's supply": "comes too late: all badges of the event are given",
    _HAS: "is not needed: the wallet has this badge already",
}


@dataclass(frozen=True)
class BadgeVoucher:
    """A badge signed away to a wallet. ``new`` is False where the wallet had its number already, and it was signed again."""

    event: int
    wallet: str
    customer_id: str | None
    number: int
    deadline: int
    chain_id: int
    contract: str
    issuer: str
    signature: str
    new: bool = False

    @property
    def text(self) -> str:
        """What is carried: a line of JSON. Whoever has it can only give the wallet it names its badge."""
        return json.dumps(
            {
                "voucher": _FORM,
                "chain_id": self.chain_id,
                "contract": units.checksum(self.contract),
                "issuer": units.checksum(self.issuer),
                "event": self.event,
                "wallet": units.checksum(self.wallet),
                "number": str(self.number),
                "deadline": self.deadline,
                "signature": self.signature,
            }
        )

    @property
    def args(self) -> dict[str, Any]:
        """What the contract is told of it, beside event and wallet."""
        return {
            "issuer": self.issuer,
            "number": str(self.number),
            "deadline": self.deadline,
            "signature": self.signature,
        }


def read_voucher(voucher: str | Mapping[str, Any]) -> BadgeVoucher:
    """A voucher from its text, or from what that holds. Raises SettingsError for what is none."""
    refused = SettingsError("this is not a voucher for a badge; it is what loyalty poap voucher prints, all of it")
    try:
        read = parsed(voucher)
        if not isinstance(read, dict) or read.get("voucher") != _FORM:
            raise refused
        signature = bytes.fromhex(str(read["signature"]).removeprefix("0x"))
        return BadgeVoucher(
            event=units.uint(read["event"], "event", 32),
            wallet=units.address(str(read["wallet"])),
            customer_id=None,
            number=units.uint(read["number"], "number"),
            deadline=units.uint(read["deadline"], "deadline", 64),
            chain_id=units.whole(read["chain_id"], "chain_id"),
            contract=units.address(str(read["contract"])),
            issuer=units.address(str(read["issuer"])),
            signature="0x" + signature.hex(),
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, SettingsError):
            raise
        raise refused from error


def place(contract: Contract) -> Place:
    """Where numbers of this contract count."""
    return Place(contract.node.chain_id, contract.address)


def claim_request(contract: Contract, event: int, wallet: str, number: int, deadline: int) -> dict[str, Any]:
    """What an issuer signs to give a wallet a badge."""
    return typed(contract, "Claim", _CLAIM, _message(event, "wallet", wallet, number, deadline))


def link_request(contract: Contract, event: int, key: str, number: int, deadline: int) -> dict[str, Any]:
    """What an issuer signs to give whoever has a key a badge."""
    return typed(contract, "Link", _LINK, _message(event, "key", key, number, deadline))


def receive_request(contract: Contract, event: int, wallet: str) -> dict[str, Any]:
    """What a link's key signs to say who gets the badge."""
    return typed(contract, "Receive", _RECEIVE, {"event_id": event, "wallet": units.checksum(wallet)})


def _message(event: int, name: str, account: str, number: int, deadline: int) -> dict[str, Any]:
    return {"event_id": event, name: units.checksum(account), "number": str(number), "deadline": deadline}


def deadline(expires: str) -> int:
    """The last second that a date allows (a date alone counts to its end); without one, 30 days from now."""
    last = units.last_second(expires) if expires else units.now() + DAYS * 86_400
    if last < units.now():
        raise SettingsError(f"it would have expired on {expires} already; give a later day")
    return last


def check_signature(contract: Contract, request: Mapping[str, Any], signature: bytes, issuer: str, what: str) -> None:
    """Raise when what was signed is not what is here."""
    if not may_be_signed(contract.node, dict(request), signature, issuer):
        raise SettingsError(f"{what} was altered or cut short: its issuer did not sign this; copy it again")


def check_worth(contract: Contract, sender: str, what: str, args: Mapping[str, Any], event: int, wallet: str) -> None:
    """Raise when the contract would refuse the claim now; what only has to wait (a day, a budget) is let through. No gas is spent."""
    number, last, signature = int(args["number"]), int(args["deadline"]), bytes.fromhex(args["signature"][2:])
    if "key" in args:
        received = bytes.fromhex(args["key_signature"][2:])
        call = (args["issuer"], event, args["key"], number, last, signature, wallet, received)
        reason = contract.refusal(sender, "claim_link", *call)
    else:
        reason = contract.refusal(sender, "claim", args["issuer"], event, wallet, number, last, signature)
    if reason == _SPENT and contract.read("issued", event, wallet):
        reason = _HAS  # this very number gave it, or another: the wallet lacks nothing
    if reason and reason not in WAITING:
        raise SettingsError(f"{what} {_PLAIN.get(reason, f'is refused by the contract: {reason}')}")


def relay(ledger: Ledger, new: New, check: Callable[[], None], what: str) -> Queued:
    """Queue a claim, each issuer's number once: a second wallet under the same number is refused, one that failed makes room."""
    before = operations.by_key(ledger, new.key)
    if before is not None and before.state != "failed":
        if before.wallet != new.wallet:
            raise KeyReused(
                f"{what} is claimed already, by {units.checksum(before.wallet)}; each is good for one wallet"
            )
        return seen(before, new=False)
    check()
    if before is None:
        return queue(ledger, new)
    with ledger.write() as connection:
        operations.put(connection, new)
    found = operations.by_key(ledger, new.key)
    assert found is not None
    return seen(found, new=True)


def operation(event: int, wallet: str, customer_id: str | None, args: Mapping[str, Any], note: str) -> New:
    """A claim as an operation. Its number is the issuer's, and used once: so it is the key."""
    return New(
        key=f"poap.claim:{args['issuer']}:{args['number']}",
        kind="poap.claim",
        wallet=wallet,
        customer_id=customer_id,
        subject=str(event),
        args=dict(args),
        note=note,
    )


def issuer(signer: Callable[[], Signer], contract: Contract) -> Signer:
    """The account that signs badges away, if the contract takes its word."""
    found = signer()
    if not contract.read("is_issuer", found.address):
        raise LoyaltyError(
            f"{units.checksum(found.address)} is not an issuer of {contract.name}, so what it signs is worth nothing; the owner can make it one"
        )
    return found
