"""Proofs of attendance: events, and one badge per wallet per event."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from loyalty import intake, rows, units
from loyalty.contracts import Contract
from loyalty.errors import SettingsError
from loyalty.intake import Owner, Taken
from loyalty.ledger import Ledger, catalogue, operations
from loyalty.ledger.operations import New
from loyalty.queued import Queued, queue
from loyalty.rows import Row
from loyalty.storage import Storage

BURN_RIGHTS = ("issuer", "owner", "both", "neither")
"""Who may burn a badge, in the order of ERC-5484's enum; fixed when the event is made."""


@dataclass(frozen=True)
class Created:
    """A new event: its number (what `drop` and `award` take), its name, its metadata's URI."""

    event: int
    name: str
    uri: str
    state: str


@dataclass(frozen=True)
class Shown:
    """An event as the chain and the ledger have it. ``minted`` counts badges on chain, ``queued`` those still to come."""

    event: int
    name: str
    uri: str
    start: int
    end: int
    minted: int
    max_supply: int
    soulbound: bool
    queued: int


@dataclass(frozen=True)
class Badge:
    """One badge of a wallet. ``token_id`` is 0x and 64 digits."""

    event: int
    name: str
    token_id: str
    uri: str


class Poap:
    """The badge contract. An event is named by its number or its name."""

    def __init__(self, ledger: Ledger, contract: Contract, storage: Storage) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage

    def create(
        self,
        name: str,
        *,
        description: str = "",
        image: str | Path = "",
        start: str = "",
        end: str = "",
        city: str = "",
        country: str = "",
        url: str = "",
        virtual: bool = False,
        max_supply: int = 0,
        transferable: bool = False,
        burn: str = "both",
    ) -> Created:
        """Queue a new event; ``start`` and ``end`` (ISO dates; the end day counts) bound when badges may be given. A name is used once."""
        name, start, end = name.strip(), start.strip(), end.strip()
        if not name or len(name) > 100 or name.isdigit():
            raise SettingsError("an event needs a name of 1 to 100 characters that is not a number")
        if burn not in BURN_RIGHTS:
            raise SettingsError(f'burn is "{burn}"; it says who may burn a badge: {", ".join(BURN_RIGHTS)}')
        start_at = units.moment(start) if start else 0
        end_at = _day_end(end) if end else 0
        if end_at and end_at < start_at:
            raise SettingsError(f"the event ends on {end}, before it starts on {start}")
        elsewhere = not image or "://" in str(image) or str(image).startswith("data:")
        picture = str(image) if elsewhere else self._storage.put_file(Path(image))
        uri = self._storage.put_json(metadata(name, description, picture, start, end, city, country, url, virtual))
        args = {
            "start": start_at,
            "end": end_at,
            "max_supply": units.whole(max_supply, "max_supply", most=2**32 - 1),
            "transferable": transferable,
            "burn_auth": BURN_RIGHTS.index(burn),
            "uri": uri,
        }
        with self._ledger.write() as connection:
            known = catalogue.event_named(connection, name)
            event = known or catalogue.add_event(connection, name, uri, not transferable)
            new = New(f"poap.create:{event.number}", "poap.create", subject=str(event.number), args=args, note=name)
            added = operations.add(connection, [new])
            if added.clashes:
                raise SettingsError(
                    f'there is an event "{name}" already, number {event.number}, with other settings; choose another name'
                )
        found = operations.by_key(self._ledger, new.key)
        assert found is not None
        return Created(event.number, name, uri, found.state)

    def drop(self, event: str | int, source: str | Path, *, skip_bad: bool = False, dry_run: bool = False) -> Taken:
        """Queue a badge for each ``wallet`` or ``customer_id`` of a CSV. Whoever has one already is left alone: it is one per wallet."""
        number = self.event(event).number

        def badge(connection: Any, row: Row, owner: Owner) -> New:
            return _badge(number, owner, row.get("note"))

        with rows.opened(source) as table:
            return intake.take(self._ledger, table, badge, skip_bad=skip_bad, dry_run=dry_run)

    def award(self, event: str | int, who: str, *, note: str = "") -> Queued:
        """Queue one badge for a wallet or a customer."""
        return queue(self._ledger, _badge(self.event(event).number, intake.owner(self._ledger, who), note))

    def show(self, event: str | int) -> Shown:
        """An event: what the chain says of it, and how many badges are still queued."""
        known = self.event(event)
        created = operations.by_key(self._ledger, f"poap.create:{known.number}")
        if created is not None and created.state not in ("confirmed", "final"):
            why = f": {created.reason}" if created.reason else ""
            raise SettingsError(f'event "{known.name}" is not on chain yet ({created.state}{why}); run: loyalty send')
        on_chain = self._contract.read("event_info", known.number)
        waiting = operations.waiting(self._ledger, "poap.award", str(known.number))
        return Shown(
            event=known.number,
            name=known.name,
            uri=known.uri,
            start=on_chain["start"],
            end=on_chain["end"],
            minted=on_chain["issued"],
            max_supply=on_chain["max_supply"],
            soulbound=known.soulbound,
            queued=waiting,
        )

    def badges(self, who: str) -> list[Badge]:
        """The badges that a wallet or customer was given on chain and still holds."""
        wallet = intake.owner(self._ledger, who).wallet
        events = catalogue.all_events(self._ledger)
        ids = list(self._contract.read_each("token_of", [(e.number, wallet) for e in events]))
        return [Badge(e.number, e.name, f"0x{i:064x}", e.uri) for e, i in zip(events, ids, strict=True) if i]

    def list_(self) -> list[catalogue.Event]:
        """Every event, by number."""
        return catalogue.all_events(self._ledger)

    def event(self, which: str | int) -> catalogue.Event:
        """The event meant by a number or a name."""
        events = catalogue.all_events(self._ledger)
        for event in events:
            if str(event.number) == str(which) or event.name == which:
                return event
        known = ", ".join(f"{e.number} {e.name}" for e in events[:5]) or "none yet"
        raise SettingsError(f'there is no event "{which}" (there is {known}); make one with: loyalty poap create NAME')


def metadata(
    name: str, description: str, image: str, start: str, end: str, city: str, country: str, url: str, virtual: bool
) -> dict[str, Any]:
    """A badge's metadata, with the fields that POAP's explorers and marketplaces read: both `image` and `image_url`, traits and tags."""
    traits = {
        "startDate": start,
        "endDate": end or start,
        "virtualEvent": str(virtual).lower(),
        "city": city,
        "country": country,
        "eventURL": url,
    }
    document: dict[str, Any] = {
        "name": name,
        "description": description or name,
        "image": image,
        "image_url": image,
        "external_url": url,
        "home_url": url,
        "tags": ["poap", "event"],
        "attributes": [{"trait_type": trait, "value": value} for trait, value in traits.items() if value],
    }
    if start:
        document["year"] = int(start[:4])
    return {field: value for field, value in document.items() if value not in ("", [])}


def _badge(event: int, owner: Owner, note: str) -> New:
    # The wallet is the key: one per wallet per event, whoever asks and however often.
    return New(
        key=f"poap.award:{event}:{owner.wallet}",
        kind="poap.award",
        wallet=owner.wallet,
        subject=str(event),
        note=note,
    )


def _day_end(text: str) -> int:
    """The last second a date allows: a date alone, however it is written, counts to the end of its day."""
    last = units.moment(text)
    with contextlib.suppress(ValueError):
        date.fromisoformat(text)
        return last + 86_399
    return last
