"""What Poap promises, in plain Python: dictionaries and no gas. Also how its ids and lists are written."""

from collections.abc import Iterable
from dataclasses import dataclass, field

HEADER = bytes.fromhex("600B5981380380925939F300")
MAX_WALLETS = 1228
LISTED = 1 << 255
ISSUER_ONLY, OWNER_ONLY, BOTH, NEITHER = range(4)


def listing(wallets: Iterable[str]) -> bytes:
    """The data of a drop, in the order given."""
    return HEADER + b"".join(bytes.fromhex(wallet[2:]) for wallet in wallets)


def ascending(wallets: Iterable[str]) -> list[str]:
    return sorted(wallets, key=lambda wallet: int(wallet, 16))


def awarded_id(event: int, wallet: str) -> int:
    return event << 160 | int(wallet, 16)


def dropped_id(event: int, number: int, position: int) -> int:
    return LISTED | event << 160 | number << 16 | position


class Refused(Exception):
    """The contract reverts, with this reason."""


@dataclass
class Event:
    transferable: bool
    burn_auth: int
    max_supply: int = 0
    lists: int = 0
    # Wallet -> the badge it was given; never taken back.
    given: dict[str, int] = field(default_factory=dict)


@dataclass
class Model:
    issuer: str
    budget: int
    events: dict[int, Event] = field(default_factory=dict)
    # Badge -> holder; a burnt badge is not in it.
    holders: dict[int, str] = field(default_factory=dict)
    burnt: set[int] = field(default_factory=set)
    approved: dict[int, str] = field(default_factory=dict)
    operators: set[tuple[str, str]] = field(default_factory=set)
    batches: set[int] = field(default_factory=set)

    def create_event(self, sender: str, event: int, transferable: bool, burn_auth: int, max_supply: int) -> None:
        self._need(sender == self.issuer, "issuers: caller is not an issuer")
        self._need(event not in self.events, "poap: event exists")
        self.events[event] = Event(transferable, burn_auth, max_supply)

    def drop(self, sender: str, batch: int, event: int, wallets: list[str]) -> None:
        self._may_issue(sender, batch, len(wallets))
        self._need(len(wallets) > 0, "poap: list is empty or cut")
        self._has_room(event, len(wallets))
        self._need(wallets == ascending(set(wallets)), "poap: list is not ascending")
        self._are_new(event, wallets)
        number = self.events[event].lists
        self.events[event].lists += 1
        self._give(batch, event, {w: dropped_id(event, number, i) for i, w in enumerate(wallets)})

    def award(self, sender: str, batch: int, event: int, wallet: str) -> None:
        self._may_issue(sender, batch, 1)
        self._has_room(event, 1)
        self._are_new(event, [wallet])
        self._give(batch, event, {wallet: awarded_id(event, wallet)})

    def transfer(self, sender: str, holder: str, receiver: str, badge: int) -> None:
        owner = self.owner_of(badge)
        self._need(self._event_of(badge).transferable, "poap: badge is soulbound")
        allowed = sender in (owner, self.approved.get(badge)) or (owner, sender) in self.operators
        self._need(allowed, "poap: caller may not move this badge")
        self._need(holder == owner, "poap: sender is not the holder")
        self.holders[badge] = receiver
        self.approved.pop(badge, None)

    def approve(self, sender: str, account: str, badge: int) -> None:
        owner = self.owner_of(badge)
        self._need(self._event_of(badge).transferable, "poap: badge is soulbound")
        self._need(sender == owner or (owner, sender) in self.operators, "poap: caller may not approve")
        self.approved[badge] = account

    def set_approval_for_all(self, sender: str, operator: str, approved: bool) -> None:
        (self.operators.add if approved else self.operators.discard)((sender, operator))

    def burn(self, sender: str, badge: int) -> None:
        owner = self.owner_of(badge)
        auth = self._event_of(badge).burn_auth
        if sender != owner or auth not in (OWNER_ONLY, BOTH):
            self._need(auth in (ISSUER_ONLY, BOTH), "poap: caller may not burn this badge")
            self._need(sender == self.issuer, "issuers: caller is not an issuer")
        del self.holders[badge]
        self.burnt.add(badge)

    def owner_of(self, badge: int) -> str:
        self._need(badge not in self.burnt, "poap: badge is burnt")
        self._need(badge in self.holders, "poap: no such badge")
        return self.holders[badge]

    def balance_of(self, wallet: str) -> int:
        return list(self.holders.values()).count(wallet)

    def token_of(self, event: int, wallet: str) -> int:
        return self.events[event].given.get(wallet, 0)

    def _may_issue(self, sender: str, batch: int, count: int) -> None:
        self._need(sender == self.issuer, "issuers: caller is not an issuer")
        spent = sum(len(event.given) for event in self.events.values())
        self._need(spent + count <= self.budget, "issuers: over budget")
        self._need(batch not in self.batches, "issuers: batch already spent")

    def _has_room(self, event: int, count: int) -> None:
        self._need(event in self.events, "poap: no such event")
        limit = self.events[event].max_supply or 2**32 - 1
        self._need(len(self.events[event].given) + count <= limit, "poap: over the event's supply")

    def _are_new(self, event: int, wallets: list[str]) -> None:
        given = self.events[event].given
        self._need(not any(wallet in given for wallet in wallets), "poap: wallet already has this badge")

    def _give(self, batch: int, event: int, badges: dict[str, int]) -> None:
        self.batches.add(batch)
        self.events[event].given.update(badges)
        self.holders.update({badge: wallet for wallet, badge in badges.items()})

    def _event_of(self, badge: int) -> Event:
        return self.events[(badge & ~LISTED) >> 160]

    @staticmethod
    def _need(condition: bool, reason: str) -> None:
        if not condition:
            raise Refused(reason)
