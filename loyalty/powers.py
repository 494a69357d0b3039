"""Powers: who can do what on the contracts today, since when, and within which limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loyalty import units
from loyalty.admin import Office, office
from loyalty.chain import abi
from loyalty.contracts import Contract, Event

# The event that gives a power, and the field that says to whom.
_GIVEN = {
    "OwnershipTransferred": ("owner", "newOwner"),
    "OwnershipOffered": ("may become owner", "pending_owner"),
    "GuardianSet": ("guardian", "guardian"),
    "IssuerSet": ("issuer", "issuer"),
    "PartnerSet": ("partner", "account"),
    "ShopSet": ("shop", "shop"),
    "AccountFrozen": ("frozen", "account"),
    "EventIssuerSet": ("issuer of event", "issuer"),
    "ServiceCentreSet": ("service centre", "account"),
    "AdminSet": ("admin", "admin"),
    "Paused": ("paused", "by"),
}


@dataclass(frozen=True)
class Power:
    """One thing that an account may do, or that holds it back, on one contract.

    ``limit`` says within what: an issuer's budget and what is left of it now, an event, the end of a pause. ``since`` (unix
    seconds), ``block_number`` and ``tx_hash`` are of the event that last said so.
    """

    contract: str
    power: str
    account: str
    limit: str
    since: int
    block_number: int
    tx_hash: str


def powers(contracts: Sequence[Contract]) -> list[Power]:
    """Every power on these contracts, as they say themselves, each with the event that gave it."""
    return [power for contract in contracts for power in _of(contract)]


def _of(contract: Contract) -> Iterator[Power]:
    names = [name for name in _GIVEN if abi.has_event(contract.name, name)]
    last: dict[tuple[str, str, str], Event] = {}
    for event in contract.events(names):
        power, field = _GIVEN[event.name]
        last[power, event.fields[field].lower(), str(event.fields.get("event_id", ""))] = event
    for power, account, subject, limit in _held(office(contract)):
        found = last.get((power, account, subject))
        if found is None and power == "paused":
            found = max((e for e in last.values() if e.name == "Paused"), key=lambda e: e.position, default=None)
        yield _told(contract, power, account, f"{subject} {limit}".strip(), found)
    yield from _delegates(contract)


def _held(held: Office) -> Iterator[tuple[str, str, str, str]]:
    """What the contract says now: power, account, subject, limit."""
    yield "owner" if held.contract != "notify" else "admin", held.owner, "", ""
    if held.pending_owner:
        yield "may become owner", held.pending_owner, "", ""
    if held.guardian:
        yield "guardian", held.guardian, "", ""
    for one in held.issuers:
        yield "issuer", one.address, "", f"{one.budget:,} in {one.period:,} s, {one.left:,} left"
    for event in held.event_issuers:
        yield "issuer of event", event.address, str(event.event), ""
    for power, accounts in (("partner", held.partners), ("shop", held.shops), ("service centre", held.service_centres)):
        for account in accounts:
            yield power, account, "", ""
    for account in held.frozen:
        yield "frozen", account, "", "until the owner frees it"
    if held.paused_until:
        yield "paused", "", "", f"until {units.iso(held.paused_until)}"


def _delegates(contract: Contract) -> Iterator[Power]:
    """Who may send notifications for whose channel: PushComm's events alone list them."""
    if not abi.has_event(contract.name, "AddDelegate"):
        return
    last = {
        (one.fields["channel"].lower(), one.fields["delegate"].lower()): one
        for one in contract.events(["AddDelegate", "RemoveDelegate"])
    }
    for (channel, delegate), event in last.items():
        if event.name == "AddDelegate":
            yield _told(contract, "delegate", delegate, f"of channel {units.checksum(channel)}", event)


def _told(contract: Contract, power: str, account: str, limit: str, event: Event | None) -> Power:
    if event is None:
        return Power(contract.noun, power, account, limit, 0, 0, "")
    since = contract.node.timestamp(hex(event.block_number))
    return Power(contract.noun, power, account, limit, since, event.block_number, event.tx_hash)
