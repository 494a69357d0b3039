"""What Poap promises, in plain Python: dictionaries and no gas. Also how its ids and lists are written."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

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


def event_of(badge: int) -> int:
    return (badge & ~LISTED) >> 160


def dropped_id(event: int, number: int, position: int) -> int:
    return LISTED | event << 160 | number << 16 | position


class Refused(Exception):
    """The contract reverts, with this reason."""


@dataclass
class Event:
    transferable: bool
    burn_auth: int
    max_supply: int = 0
    # Its own issuers; every issuer's where there is none.
    issuers: set[str] = field(default_factory=set)
    lists: list[list[str]] = field(default_factory=list)
    # Wallet -> the badge it was given; never taken back.
    given: dict[str, int] = field(default_factory=dict)


@dataclass
class Model:
    # Issuer -> what is left of its budget: no window ends here.
    budgets: dict[str, int]
    events: dict[int, Event] = field(default_factory=dict)
    # Badge -> holder; a burnt badge is not in it.
    holders: dict[int, str] = field(default_factory=dict)
    burnt: set[int] = field(default_factory=set)
    approved: dict[int, str] = field(default_factory=dict)
    operators: set[tuple[str, str]] = field(default_factory=set)
    batches: set[tuple[str, int]] = field(default_factory=set)
    # Account and number of what it signed.
    numbers: set[tuple[str, int]] = field(default_factory=set)

    def create_event(self, sender: str, event: int, transferable: bool, burn_auth: int, max_supply: int) -> None:
        self._need(sender in self.budgets, "issuers: caller is not an issuer")
        self._need(event not in self.events, "poap: event exists")
        self.events[event] = Event(transferable, burn_auth, max_supply)

    def set_event_issuer(self, sender: str, event: int, issuer: str, allowed: bool) -> None:
        self._need(event in self.events, "poap: no such event")
        issuers = self.events[event].issuers
        (issuers.add if allowed else issuers.discard)(issuer)

    def drop(self, sender: str, batch: int, event: int, wallets: list[str]) -> None:
        self._may_open(sender, batch, event, len(wallets))
        self._need(len(wallets) > 0, "poap: list is empty or cut")
        self._need(wallets == ascending(set(wallets)), "poap: list is not ascending")
        self._are_new(event, wallets)
        self._give_list(sender, batch, event, wallets)

    def drop_again(self, sender: str, batch: int, event: int, source_event: int, source_list: int) -> None:
        lists = self.events[source_event].lists if source_event in self.events else []
        self._need(source_list < len(lists), "poap: no such list")
        wallets = lists[source_list]
        self._may_open(sender, batch, event, len(wallets))
        self._are_new(event, wallets)
        self._give_list(sender, batch, event, wallets)

    def award(self, sender: str, batch: int, event: int, wallet: str) -> None:
        self._may_open(sender, batch, event, 1)
        self._are_new(event, [wallet])
        self.batches.add((sender, batch))
        self._give(sender, event, {wallet: awarded_id(event, wallet)})

    def claim(self, sender: str, signer: str, event: int, wallet: str, number: int, expired: bool) -> None:
        """By a voucher or a link, whoever sends it."""
        self._need(not expired, "poap: signature has expired")
        self._need(signer in self.budgets, "issuers: signer is not an issuer")
        self._need(self.budgets[signer] >= 1, "issuers: over budget")
        self._need((signer, number) not in self.numbers, "issuers: number already spent")
        self._need(self._may_issue(signer, event), "poap: signer may not issue this event")
        self._has_room(event, 1)
        self._are_new(event, [wallet])
        self.numbers.add((signer, number))
        self._give(signer, event, {wallet: awarded_id(event, wallet)})

    def cancel(self, sender: str, number: int) -> None:
        self.numbers.add((sender, number))

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
            may_not = "poap: caller may not burn this badge"
            self._need(auth in (ISSUER_ONLY, BOTH), may_not)
            self._need(sender in self.budgets, "issuers: caller is not an issuer")
            self._need(self._may_issue(sender, event_of(badge)), may_not)
        del self.holders[badge]
        self.approved.pop(badge, None)
        self.burnt.add(badge)

    def owner_of(self, badge: int) -> str:
        self._need(badge not in self.burnt, "poap: badge is burnt")
        self._need(badge in self.holders, "poap: no such badge")
        return self.holders[badge]

    def balance_of(self, wallet: str) -> int:
        return list(self.holders.values()).count(wallet)

    def token_of(self, event: int, wallet: str) -> int:
        return self.events[event].given.get(wallet, 0)

    def holds_all(self, wallet: str, events: list[int]) -> bool:
        return events != [] and all(
            event in self.events and self.holders.get(self.token_of(event, wallet)) == wallet for event in events
        )

    def _may_open(self, sender: str, batch: int, event: int, count: int) -> None:
        self._need(sender in self.budgets, "issuers: caller is not an issuer")
        self._need(self.budgets[sender] >= count, "issuers: over budget")
        self._need((sender, batch) not in self.batches, "issuers: batch already spent")
        self._need(self._may_issue(sender, event), "poap: caller may not issue this event")
        self._has_room(event, count)

    def _may_issue(self, issuer: str, event: int) -> bool:
        own = self.events[event].issuers if event in self.events else set()
        return not own or issuer in own

    def _has_room(self, event: int, count: int) -> None:
        self._need(event in self.events, "poap: no such event")
        limit = self.events[event].max_supply or 2**32 - 1
        self._need(len(self.events[event].given) + count <= limit, "poap: over the event's supply")

    def _are_new(self, event: int, wallets: list[str]) -> None:
        given = self.events[event].given
        self._need(not any(wallet in given for wallet in wallets), "poap: wallet already has this badge")

    def _give_list(self, issuer: str, batch: int, event: int, wallets: list[str]) -> None:
        number = len(self.events[event].lists)
        self.events[event].lists.append(wallets)
        self.batches.add((issuer, batch))
        self._give(issuer, event, {wallet: dropped_id(event, number, i) for i, wallet in enumerate(wallets)})

    def _give(self, issuer: str, event: int, badges: dict[str, int]) -> None:
        self.budgets[issuer] -= len(badges)
        self.events[event].given.update(badges)
        self.holders.update({badge: wallet for wallet, badge in badges.items()})

    def _event_of(self, badge: int) -> Event:
        return self.events[event_of(badge)]

    @staticmethod
    def _need(condition: bool, reason: str) -> None:
        if not condition:
            raise Refused(reason)


class Reader:
    """Takes the contract's events alone, in order, and ends in the same model."""

    def __init__(self, budgets: dict[str, int]) -> None:
        self.model = Model(dict(budgets))
        # Wallets that were given badges since the last batch or claim, in order.
        self._given: list[str] = []

    def read(self, name: str, values: dict[str, Any]) -> None:
        getattr(self, f"_{name}", lambda values: None)(values)

    def _EventCreated(self, values: dict[str, Any]) -> None:
        self.model.events[values["event_id"]] = Event(values["transferable"], values["burn_auth"], values["max_supply"])

    def _EventIssuerSet(self, values: dict[str, Any]) -> None:
        issuers = self.model.events[values["event_id"]].issuers
        (issuers.add if values["allowed"] else issuers.discard)(values["issuer"])

    def _Transfer(self, values: dict[str, Any]) -> None:
        badge, receiver = values["token_id"], values["receiver"]
        self.model.approved.pop(badge, None)
        if int(values["sender"], 16) == 0:
            self.model.events[event_of(badge)].given[receiver] = badge
            self._given.append(receiver)
        if int(receiver, 16) == 0:
            del self.model.holders[badge]
            self.model.burnt.add(badge)
        else:
            self.model.holders[badge] = receiver

    def _Dropped(self, values: dict[str, Any]) -> None:
        lists = self.model.events[values["event_id"]].lists
        assert (values["list"], values["count"]) == (len(lists), len(self._given))
        lists.append(self._given)
        self._issued(values)

    def _Awarded(self, values: dict[str, Any]) -> None:
        assert self._given == [values["wallet"]]
        self._issued(values)

    def _issued(self, values: dict[str, Any]) -> None:
        self.model.batches.add((values["issuer"], values["batch"]))
        self.model.budgets[values["issuer"]] -= len(self._given)
        self._given = []

    def _Claimed(self, values: dict[str, Any]) -> None:
        assert self._given == [values["wallet"]]
        assert (values["issuer"], values["number"]) in self.model.numbers
        self.model.budgets[values["issuer"]] -= 1
        self._given = []

    def _NumberSpent(self, values: dict[str, Any]) -> None:
        self.model.numbers.add((values["account"], values["number"]))

    def _Approval(self, values: dict[str, Any]) -> None:
        self.model.approved[values["token_id"]] = values["approved"]

    def _ApprovalForAll(self, values: dict[str, Any]) -> None:
        pair = (values["owner"], values["operator"])
        (self.model.operators.add if values["approved"] else self.model.operators.discard)(pair)
