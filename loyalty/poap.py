"""Proofs of attendance: events, and one badge per wallet per event."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from loyalty import intake, promised, rows, units
from loyalty.chain import Signer
from loyalty.contracts import Contract, word
from loyalty.errors import SettingsError
from loyalty.intake import Owner, Taken
from loyalty.ledger import Ledger, catalogue, operations, people, promises
from loyalty.ledger.operations import New
from loyalty.links import Links
from loyalty.outbox.wire import BADGES
from loyalty.promised import BadgeVoucher
from loyalty.queued import Queued, queue, turned
from loyalty.rows import Row
from loyalty.signed import check_place
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
    frozen: bool
    queued: int


@dataclass(frozen=True)
class Badge:
    """One badge of a wallet. ``token_id`` is 0x and 64 digits."""

    event: int
    name: str
    token_id: str
    uri: str


@dataclass(frozen=True)
class Holder:
    """A wallet that holds badges, and the customer it is of where the ledger knows one."""

    wallet: str
    customer_id: str | None


class Poap:
    """The badge contract. An event is named by its number or its name."""

    def __init__(
        self,
        ledger: Ledger,
        contract: Contract,
        storage: Storage,
        signer: Callable[[], Signer],
        signer_address: Callable[[], str],
        claim_url: str,
    ) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage
        self._signer = signer
        self._signer_address = signer_address
        self._claim_url = claim_url

    @cached_property
    def link(self) -> Links:
        """Links that give a badge to whoever opens them first."""
        return Links(self._ledger, self._contract, self._signer, self._signer_address, self._claim_url, self._on_chain)

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
        end_at = units.last_second(end) if end else 0
        if end_at and end_at < start_at:
            raise SettingsError(f"the event ends on {end}, before it starts on {start}")
        picture = str(image) if not image or _elsewhere(image) else self._storage.put_file(Path(image))
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

    def award_again(self, event: str | int, same_as: str | int) -> Taken:
        """Queue a badge for everybody who was given another event's: a list that is on chain already costs a third of a new one.

        Whoever has this event's badge is left alone. What became of the other event's badges does not matter.
        """
        wanted, other = self.event(event), self._on_chain(same_as)
        if wanted.number == other.number:
            raise SettingsError(f'"{other.name}" cannot be given again to those who have it; name another event')
        if operations.waiting(self._ledger, BADGES, str(other.number)):
            raise SettingsError(f'some badges of "{other.name}" are still queued; run loyalty send, then this again')
        lists, singles = list(self._lists(other.number)), sorted(self._singles(other.number))
        wallets = sorted({wallet for _, listed in lists for wallet in listed} | set(singles))
        has = self._contract.read_each("issued", [(wanted.number, wallet) for wallet in wallets])
        issued = {wallet for wallet, yes in zip(wallets, has, strict=True) if yes}
        done = Taken(f'"{other.name}"', columns=())
        with self._ledger.write() as connection:
            owed = {
                k.rpartition(":")[2] for k in operations.existing(connection, [_key(wanted.number, w) for w in wallets])
            }
            news: list[New] = []
            for number, listed in lists:
                if (issued | owed).isdisjoint(listed):
                    news += [
                        _badge_again(wanted.number, other.number, number, wallet, len(listed)) for wallet in listed
                    ]
                else:
                    singles += listed
            # Twice on the other event's lists, or one by one there: here they go by themselves, and once.
            again = {new.wallet for new in news}
            rest = sorted(set(singles) - issued - owed - again)
            news += [_badge(wanted.number, Owner(wallet), "") for wallet in rest]
            added = operations.add(connection, news)
        done.new, done.known = added.new, len(wallets) - added.new
        return done

    def voucher(self, event: str | int, who: str, *, deadline: str = "") -> BadgeVoucher:
        """Sign a badge away to a wallet or a customer, off chain: whoever has the voucher can put it on chain, until ``deadline`` (an ISO date; 30 days).

        The same wallet again gets the same number, so that one of its vouchers can be used, whichever.
        """
        known, owner, last = self._on_chain(event), intake.owner(self._ledger, who), promised.deadline(deadline)
        signer, place = promised.issuer(self._signer, self._contract), promised.place(self._contract)

        def signed(number: int, *, new: bool) -> BadgeVoucher:
            request = promised.claim_request(self._contract, known.number, owner.wallet, number, last)
            signature = "0x" + signer.sign_typed(request).hex()
            return BadgeVoucher(
                known.number, owner.wallet, owner.customer_id, number, last,
                place.chain_id, place.contract, signer.address, signature, new,
            )  # fmt: skip

        with self._ledger.read() as connection:
            found = promises.voucher(connection, place, signer.address, known.number, owner.wallet)
        if found and self._contract.read("number_spent", signer.address, found.number):
            found = None
        # Tried under a number that is never used, before one is given: what is worth nothing must not be handed out.
        tried = signed(found.number if found else secrets.randbits(255) | 1 << 255, new=False).args
        promised.check_worth(self._contract, signer.address, "the voucher", tried, known.number, owner.wallet)
        with self._ledger.write() as connection:
            if found is not None:
                promises.prolong(connection, place, signer.address, found.number, last)
                return signed(found.number, new=False)
            wanted = promises.New(known.number, owner.wallet, False, owner.customer_id, last)
            (made,) = promises.reserve(connection, place, signer.address, [wanted])
        return signed(made.number, new=True)

    def claim(self, voucher: str | Mapping[str, Any]) -> Queued:
        """Queue the badge of a voucher (its text, or what that holds), once; the programme pays the gas. Raises SettingsError, before any is spent, for one that cannot be used."""
        read, what, contract = promised.read_voucher(voucher), "the voucher", self._contract
        check_place(contract, read.chain_id, read.contract, what, "badges")
        request = promised.claim_request(contract, read.event, read.wallet, read.number, read.deadline)
        promised.check_signature(contract, request, bytes.fromhex(read.signature[2:]), read.issuer, what)
        with self._ledger.read() as connection:
            customer = people.holders(connection, [read.wallet]).get(read.wallet)
        new = promised.operation(read.event, read.wallet, customer, read.args, f"voucher {read.number}")

        def check() -> None:
            promised.check_worth(contract, self._signer_address(), what, read.args, read.event, read.wallet)

        return promised.relay(self._ledger, new, check, what)

    def set_issuer(self, event: str | int, address: str, *, remove: bool = False) -> Queued:
        """Queue naming an issuer of an event's own, or taking it off. While it has any, they alone may give its badges."""
        number, account = self.event(event).number, units.address(address)
        self._contract.check_owner(self._signer_address(), "name an event's issuers")
        key = f"poap.issuer:{number}:{account}"
        return turned(
            self._ledger, New(key, "poap.issuer", wallet=account, subject=str(number), args={"on": not remove})
        )

    def set_art(self, event: str | int, image: str | Path) -> Queued:
        """Queue another picture (a file, or an address) for an event and every badge of it, until it is frozen."""
        known = self._changeable(event)
        picture = str(image) if _elsewhere(image) else self._storage.put_file(Path(image))
        document = self._storage.get_json(known.uri) | {"image": picture, "image_url": picture}
        uri = self._storage.put_json(document)
        new = New(f"poap.art:{known.number}", "poap.art", subject=str(known.number), args={"uri": uri}, note=known.name)
        done = turned(self._ledger, new)
        with self._ledger.write() as connection:
            catalogue.set_event_uri(connection, known.number, uri)
        return done

    def freeze(self, event: str | int) -> Queued:
        """Queue fixing an event's metadata for good."""
        known = self._changeable(event)
        number = str(known.number)
        return queue(self._ledger, New(f"poap.freeze:{number}", "poap.freeze", subject=number, note=known.name))

    def show(self, event: str | int) -> Shown:
        """An event: what the chain says of it, and how many badges are still queued."""
        known = self._on_chain(event)
        on_chain = self._contract.read("event_info", known.number)
        return Shown(
            event=known.number,
            name=known.name,
            uri=on_chain["uri"],
            start=on_chain["start"],
            end=on_chain["end"],
            minted=on_chain["issued"],
            max_supply=on_chain["max_supply"],
            soulbound=known.soulbound,
            frozen=on_chain["frozen"],
            queued=operations.waiting(self._ledger, BADGES, str(known.number)),
        )

    def holders(self, all_of: Sequence[str | int]) -> list[Holder]:
        """Whoever was given the badge of every one of these events and still holds them all, from the chain's own events."""
        wanted = list(dict.fromkeys(self._on_chain(event).number for event in all_of))
        if not wanted:
            raise SettingsError("name an event, or several with commas between them")
        given: dict[int, dict[int, str]] = {number: {} for number in wanted}
        moved: dict[int, str] = {}
        for log in self._contract.events("Transfer"):
            token, receiver = log.fields["token_id"], log.fields["receiver"].lower()
            if int(log.fields["sender"], 16):
                moved[token] = receiver
            elif (number := _event_of(token)) in given:
                given[number][token] = receiver
        held = [{w for token, w in badges.items() if moved.get(token, w) == w} for badges in given.values()]
        wallets = sorted(set.intersection(*held))
        with self._ledger.read() as connection:
            customers = people.holders(connection, wallets)
        return [Holder(wallet, customers.get(wallet)) for wallet in wallets]

    def holds_all(self, who: str, events: Sequence[str | int]) -> bool:
        """Whether a wallet or customer was given the badge of every one of these events (at most 32) and still holds them all, as the contract says."""
        numbers = [self._on_chain(event).number for event in events]
        return bool(self._contract.read("holds_all", intake.owner(self._ledger, who).wallet, numbers))

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

    def _on_chain(self, which: str | int) -> catalogue.Event:
        """The event meant, once it is on chain."""
        known = self.event(which)
        created = operations.by_key(self._ledger, f"poap.create:{known.number}")
        if created is not None and created.state not in ("confirmed", "final"):
            why = f": {created.reason}" if created.reason else ""
            raise SettingsError(f'event "{known.name}" is not on chain yet ({created.state}{why}); run: loyalty send')
        return known

    def _changeable(self, which: str | int) -> catalogue.Event:
        """The event meant, if the signer may change its metadata."""
        known = self._on_chain(which)
        self._contract.check_owner(self._signer_address(), "change an event's metadata")
        if self._contract.read("event_info", known.number)["frozen"]:
            raise SettingsError(f'event "{known.name}" is frozen: its metadata stays as it is')
        return known

    def _lists(self, number: int) -> Iterator[tuple[int, list[str]]]:
        """The lists of an event as they lie on chain, each with its number: contract code, one byte and then the wallets."""
        for log in self._contract.events("Dropped", None, None, word(number)):
            code = self._contract.node.code(log.fields["pointer"])[1:]
            yield log.fields["list"], ["0x" + code[at : at + 20].hex() for at in range(0, len(code), 20)]

    def _singles(self, number: int) -> Iterator[str]:
        """The wallets that were given an event's badge one by one, or claimed it."""
        for log in self._contract.events("Awarded", None, None, word(number)):
            yield log.fields["wallet"].lower()
        for log in self._contract.events("Claimed", None, word(number)):
            yield log.fields["wallet"].lower()


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


def _key(event: int, wallet: str) -> str:
    # The wallet is the key: one per wallet per event, whoever asks and however often.
    return f"poap.award:{event}:{wallet}"


def _badge(event: int, owner: Owner, note: str) -> New:
    return New(key=_key(event, owner.wallet), kind="poap.award", wallet=owner.wallet, subject=str(event), note=note)


def _badge_again(event: int, source: int, listed: int, wallet: str, count: int) -> New:
    """A badge for one wallet of a list that is on chain. What they share a call by is that list."""
    return New(
        key=f"poap.again:{event}:{source}:{listed}:{wallet}",
        kind="poap.again",
        wallet=wallet,
        subject=f"{event} {source} {listed}",
        args={"count": count},
    )


def _event_of(token: int) -> int:
    """The event in a badge's id, below the bit that tells a listed one."""
    return token >> 160 & 0xFFFFFFFF


def _elsewhere(image: str | Path) -> bool:
    """Whether a picture is an address, and no file."""
    return "://" in str(image) or str(image).startswith("data:")
