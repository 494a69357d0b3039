"""The service book of articles: who may write into it, what was done, and everything that ever happened, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyalty import claims, serials, units
from loyalty.contracts import Contract, Event, word
from loyalty.errors import LoyaltyError, SettingsError
from loyalty.ledger import Ledger, catalogue
from loyalty.ledger.operations import New
from loyalty.queued import Queued, queue, turned
from loyalty.storage import NO_DOCUMENT, Storage

SERVICES = ("service", "repair", "inspection", "other")
"""What a service centre can write down, in the contract's order, from 1."""

# The events that have the token for their first indexed field.
_OF_TOKEN = (
    "WarrantyRegistered", "TokenExpiryUpdated", "Extended", "Voided", "Recovered", "ClaimChanged", "Replaced",
    "ServiceLogged", "Flagged", "TransferLimitSet",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of a service book. ``at`` is unix seconds; ``by`` the account that did it, where the chain says; ``document`` a file's SHA-256."""

    at: int
    block_number: int
    tx_hash: str
    what: str
    text: str
    by: str = ""
    document: str = ""
    file: str = ""


class Service:
    """What service centres write into the history of articles."""

    def __init__(self, ledger: Ledger, contract: Contract, storage: Storage, signer_address: Callable[[], str]) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage
        self._signer_address = signer_address

    def log(self, which: str, *, kind: str = "service", document: str | Path = "", key: str) -> Queued:
        """Queue an entry: a service, a repair outside of a claim, an inspection or something other. Only a service centre can. The same key is the same entry."""
        if kind not in SERVICES:
            raise SettingsError(f'the kind is "{kind}"; it is one of {", ".join(SERVICES)}')
        known, _ = serials.on_chain(self._ledger, self._contract, which)
        signer = self._signer_address()
        if not self._contract.read("is_service_centre", signer):
            raise LoyaltyError(
                f"{units.checksum(signer)} is no service centre; the owner can make it one: loyalty warranty service-centre set"
            )
        hashed = self._storage.keep(Path(document)) if document else NO_DOCUMENT
        new = New(
            f"warranty.service:{known.serial} {units.key(key)}",
            "warranty.service",
            subject=known.token_id,
            args={"kind": SERVICES.index(kind) + 1, "document": hashed},
            note=known.serial,
        )
        return queue(self._ledger, new)


class ServiceCentre:
    """Who may write into service books."""

    def __init__(self, ledger: Ledger, contract: Contract, signer_address: Callable[[], str]) -> None:
        self._ledger = ledger
        self._contract = contract
        self._signer_address = signer_address

    def set(self, address: str, *, remove: bool = False) -> Queued:
        """Queue making an account a service centre, or no longer one. Only the contract's owner can."""
        account = units.address(address)
        self._contract.check_owner(self._signer_address(), "say who is a service centre")
        new = New(f"warranty.centre:{account}", "warranty.centre", wallet=account, args={"on": not remove})
        return turned(self._ledger, new)


def history(ledger: Ledger, contract: Contract, storage: Storage, which: str) -> list[Entry]:
    """Everything that happened to an article, from the chain's own events, oldest first."""
    known, told = serials.on_chain(ledger, contract, which)
    token = word(known.token_id)
    found = [
        *contract.events(_OF_TOKEN, token),
        *contract.events("Replaced", None, token),
        *contract.events("Transfer", None, None, token),
    ]
    if told["production"]:
        found += contract.events("Recalled", word(told["production"]))
    found.sort(key=lambda event: event.position)
    with ledger.read() as connection:
        production = catalogue.production_name(connection, told["production"])
    times: dict[int, int] = {}
    entries = []
    for event, text in _told(found, token, lambda i: _name(ledger, i), production):
        if event.block_number not in times:
            times[event.block_number] = contract.node.timestamp(hex(event.block_number))
        document = "0x" + event.fields.get("document", b"").hex()
        document = "" if document in ("0x", NO_DOCUMENT) else document
        file = str(storage.kept(document) or "") if document else ""
        by = next((str(event.fields[n]).lower() for n in ("by", "issuer", "centre") if n in event.fields), "")
        entries.append(
            Entry(times[event.block_number], event.block_number, event.tx_hash, event.name, text, by, document, file)
        )
    return entries


def _told(found: list[Event], token: str, name: Callable[[int], str], production: str) -> Iterator[tuple[Event, str]]:
    """Each event that says something of its own, in words."""
    runs = False  # whether the clock does: a warranty that is passed on while it stands still is sold
    recovered = {event.tx_hash for event in found if event.name == "Recovered"}
    for event in found:
        fields = event.fields
        if event.name == "TokenExpiryUpdated":
            runs = fields["startTime"] != 0
        elif event.name == "Transfer":
            receiver = units.checksum(fields["receiver"].lower())
            if int(fields["sender"], 16) == 0:
                yield event, f"registered to {receiver}"
            elif event.tx_hash not in recovered:
                yield event, f"{'passed on' if runs else 'sold'} to {receiver}"
        elif event.name == "Replaced":
            is_new = word(fields["new_id"]) == token
            yield (
                event,
                f"in place of {name(fields['token_id'])}" if is_new else f"replaced by {name(fields['new_id'])}",
            )
        elif event.name == "Recalled":
            yield event, f"recall of production {production}: {fields['uri']}" if fields["uri"] else "the recall ended"
        elif event.name != "WarrantyRegistered":
            yield event, _PLAIN[event.name](fields)


def _claim(fields: dict[str, Any]) -> str:
    reason = f": {fields['reason']}" if fields["reason"] else ""
    state = claims.STATES[fields["state"]]
    return f"claim {fields['claim']} {'opened' if state == 'open' else state}{reason}"


def _flagged(fields: dict[str, Any]) -> str:
    who = "the brand" if fields["by_issuer"] else "the holder"
    said = " and ".join(name for name in ("lost", "stolen") if fields[name])
    return f"{who} says: {said or 'neither lost nor stolen'}"


_PLAIN: dict[str, Callable[[dict[str, Any]], str]] = {
    "Extended": lambda fields: f"{fields['months']} months more",
    "Voided": lambda fields: f"ended: {fields['reason']}",
    "Recovered": lambda fields: f"taken back: {fields['reason']}",
    "ClaimChanged": _claim,
    "ServiceLogged": lambda fields: f"entry {fields['number']}: {SERVICES[fields['kind'] - 1]}",
    "Flagged": _flagged,
    "TransferLimitSet": lambda fields: f"may be passed on {fields['limit']} times in all",
}


def _name(ledger: Ledger, token: int) -> str:
    """The serial number of a token, or its id."""
    found = catalogue.serial_of(ledger, f"0x{token:064x}")
    return found.serial if found else f"0x{token:064x}"
