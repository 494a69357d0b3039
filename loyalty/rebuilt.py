"""What the contracts hold, made again from their events alone: lots, badges, warranties, rewards and orders.

The rules are those of the contracts' documentation (docs/contracts.md), written a second time. An event that cannot be,
by them, is told in ``faults`` and passed over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from loyalty.contracts import Event
from loyalty.months import after

ZERO = "0x" + "0" * 40
_AMOUNT = 2**96 - 1  # of a word that holds a lot and its amount


@dataclass
class Fault:
    """An event that cannot be, by the rules: whose account, what is wrong, and where it stands."""

    wallet: str
    told: str
    tx_hash: str


@dataclass
class Lots:
    """Points: who holds how much of which lot, what each was awarded in batches, and what each claimed. ``oldest_at`` says which is the oldest live lot in a block; a lot is the month that it ends with."""

    oldest_at: Callable[[int], int]
    held: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    awarded: Counter[str] = field(default_factory=Counter)
    claimed: Counter[str] = field(default_factory=Counter)
    epoch_lot: int = 0
    _batch: tuple[str, int] = ("", 0)
    _minted: list[tuple[str, str, int]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def read(self, events: Iterable[Event]) -> None:
        """Do what the events say, in their order. What says a batch's lot comes before its transfers or after them; what else explains one, straight after it."""
        last: Event | None = None
        for event in events:
            if last is not None:
                self._transfer(last, event)
            last = event if event.name == "Transfer" else None
            if last is None:
                self._explained(event)
        if last is not None:
            self._transfer(last, None)
        self._settle("", 0)

    def _transfer(self, event: Event, then: Event | None) -> None:
        sender, receiver, value = event.fields["sender"], event.fields["receiver"], event.fields["value"]
        why = then.name if then is not None and then.tx_hash == event.tx_hash else ""
        if sender == ZERO:
            if why not in ("AwardedFor", "Claimed", "Restored"):
                self._award(event, receiver, value)
        elif why == "Expired":
            self._sweep(event)
        elif why not in ("TransferredAtEpoch", "Spent"):
            self._move(event, sender, receiver, value)

    def _award(self, event: Event, receiver: str, value: int) -> None:
        self._minted.append((event.tx_hash, receiver, value))
        self.awarded[receiver] += value
        if self._batch[0] == event.tx_hash:
            self._settle(*self._batch)

    def _settle(self, tx_hash: str, lot: int) -> None:
        """What a transaction awarded goes to the lot that it names."""
        for minted_in, receiver, value in self._minted:
            if minted_in != tx_hash:
                self.faults.append(Fault(receiver, f"{value} points came from no batch of awards", minted_in))
            self._give(receiver, lot, value)
        self._minted.clear()

    def _explained(self, event: Event) -> None:
        match event.name, event.fields:
            case "Awarded", {"lot": lot}:
                self._batch = (event.tx_hash, lot)
                self._settle(*self._batch)
            case "AwardedFor", {"account": account, "lot": lot, "amount": amount}:
                self._give(account, lot, amount)
            case "EpochPublished", {"lot": lot}:
                self.epoch_lot = lot
            case "Claimed", {"account": account, "amount": amount}:
                self._give(account, self.epoch_lot, amount)
                self.claimed[account] += amount
            case "TransferredAtEpoch", {"owner": owner, "to": to, "epoch": lot, "amount": amount}:
                self._take(event, owner, lot, amount)
                self._give(to, lot, amount)
            case "Spent", {"account": account, "lots": lots}:
                for word in lots:
                    self._take(event, account, word >> 96, word & _AMOUNT)
            case "Restored", {"account": account, "lots": lots}:
                for word in lots:
                    self._give(account, word >> 96, word & _AMOUNT)
            case _:
                pass  # what changes no lot

    def _give(self, account: str, lot: int, amount: int) -> None:
        self.held[account][lot] += amount

    def _take(self, event: Event, account: str, lot: int, amount: int) -> None:
        held = self.held[account]
        if held[lot] < amount:
            told = f"{amount} points of lot {lot} left it, which had {held[lot]}"
            self.faults.append(Fault(account, told, event.tx_hash))
        held[lot] = max(held[lot] - amount, 0)

    def _move(self, event: Event, sender: str, receiver: str, value: int) -> None:
        """Oldest live lot first."""
        left, oldest = value, self.oldest_at(event.block_number)
        for lot in sorted(self.held[sender]):
            part = min(self.held[sender][lot], left) if lot >= oldest else 0
            if part:
                self.held[sender][lot] -= part
                if receiver != ZERO:
                    self._give(receiver, lot, part)
                left -= part
        if left:
            self.faults.append(Fault(sender, f"{value} points left it, which had {value - left}", event.tx_hash))

    def _sweep(self, event: Event) -> None:
        account, oldest = event.fields["sender"], self.oldest_at(event.block_number)
        gone = {lot: amount for lot, amount in self.held[account].items() if lot < oldest}
        if sum(gone.values()) != event.fields["value"]:
            told = f"{event.fields['value']} points expired, where {sum(gone.values())} had"
            self.faults.append(Fault(account, told, event.tx_hash))
        for lot in gone:
            del self.held[account][lot]

    def live(self, account: str, oldest: int) -> list[tuple[int, int]]:
        """An account's lots that have not expired, oldest first, with their amounts."""
        return sorted((lot, amount) for lot, amount in self.held[account].items() if lot >= oldest and amount)

    def expired(self, account: str, oldest: int) -> int:
        """What has expired and was not swept yet."""
        return sum(amount for lot, amount in self.held[account].items() if lot < oldest)


@dataclass
class Badges:
    """Proofs of attendance: who owns each token, and how many each event has given."""

    owners: dict[int, str] = field(default_factory=dict)
    given: Counter[int] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def read(self, events: Iterable[Event]) -> None:
        """Do what the events say, in their order."""
        for event in events:
            if event.name == "Transfer":
                moved(self.owners, event, self.faults)
                if event.fields["sender"] == ZERO:
                    self.given[event.fields["token_id"] >> 160 & 0xFFFFFFFF] += 1


def moved(owners: dict[int, str], event: Event, faults: list[Fault]) -> None:
    """An ERC-721 Transfer: from its owner, or from nobody, to its next one, or to nobody."""
    sender, receiver, token = event.fields["sender"], event.fields["receiver"], event.fields["token_id"]
    if owners.pop(token, ZERO) != sender:
        faults.append(Fault(receiver, f"token {token:#x} came from {sender}, who did not own it", event.tx_hash))
    if receiver != ZERO:
        owners[token] = receiver


# The states of a warranty and of its newest claim, as the contract numbers them.
ISSUED, ACTIVE, VOID, REPLACED, REFUNDED, RETURNED = range(1, 7)
_OPEN, _CANCELLED, _REPAIRED, _CLAIM_REPLACED, _CLAIM_REFUNDED = 1, 5, 6, 7, 8


@dataclass
class Token:
    """One warranty. The fields that the contract's ``warranty_of`` tells too have its names."""

    state: int = ISSUED
    start: int = 0
    terms: int = 0
    production: int = 0
    transfers: int = 0
    extra_months: int = 0
    repaired_months: int = 0
    claims: int = 0
    claim_state: int = 0
    services: int = 0
    replaced_by: int = 0
    replaces: int = 0
    holder_says: tuple[bool, bool] = (False, False)
    issuer_says: tuple[bool, bool] = (False, False)


_TOLD = [one.name for one in fields(Token) if not one.name.endswith("_says")]
_KEPT_BY_RETURN = (
    "terms", "production", "claims", "claim_state", "services", "issuer_says", "replaced_by", "replaces",
)  # fmt: skip


@dataclass
class Warranties:
    """Warranties: owner and state of each token, and the productions that were recalled."""

    owners: dict[int, str] = field(default_factory=dict)
    tokens: dict[int, Token] = field(default_factory=dict)
    terms: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    recalled: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def read(self, events: Iterable[Event]) -> None:
        """Do what the events say, in their order."""
        for event in events:
            if event.name == "Transfer":
                if event.fields["sender"] == ZERO:
                    self.tokens[event.fields["token_id"]] = Token()
                moved(self.owners, event, self.faults)
            elif event.name == "TermsSet":
                self.terms[event.fields["terms"]] = event.fields
            elif event.name == "Recalled":
                # What is wrong and what to do; nothing ends the recall.
                change = self.recalled.add if event.fields["uri"] else self.recalled.discard
                change(event.fields["production"])
            else:
                self._one(event)

    def _one(self, event: Event) -> None:
        number = event.fields.get("token_id", event.fields.get("tokenId"))
        token = self.tokens.get(number) if number is not None else None
        if number is None or token is None:
            return
        match event.name, event.fields:
            case "WarrantyRegistered", {"terms": terms, "production": production}:
                token.terms, token.production = terms, production
            case "TokenExpiryUpdated", {"startTime": start}:
                token.start = start
                if start and token.state in (ISSUED, RETURNED):
                    token.state = ACTIVE  # nothing else makes a warranty active than the start of its clock
            case "TransferCount", {"counts": counts}:
                token.transfers = counts
            case "Extended", {"months": months}:
                token.extra_months += months
            case "Voided", _:
                token.state = VOID
            case "Recovered", _:
                kept = {name: getattr(token, name) for name in _KEPT_BY_RETURN}
                self.tokens[number] = Token(RETURNED, **kept)
            case "ClaimChanged", {"claim": claim, "state": state}:
                self._claim(token, claim, state)
            case "Replaced", {"new_id": new, "restart": restart}:
                self._replace(number, new, restart=restart)
            case "ServiceLogged", {"number": count}:
                token.services = count
            case "Flagged", {"by_issuer": True, "lost": lost, "stolen": stolen}:
                token.issuer_says = (lost, stolen)
            case "Flagged", {"lost": lost, "stolen": stolen}:
                token.holder_says = (lost, stolen)
            case _:
                pass  # what the contract tells of no token's state

    def _claim(self, token: Token, claim: int, state: int) -> None:
        token.claims, token.claim_state = (claim if state == _OPEN else token.claims), state
        if state == _REPAIRED:
            token.repaired_months += self._months(token, "repair_months")
        token.state = {_CLAIM_REPLACED: REPLACED, _CLAIM_REFUNDED: REFUNDED}.get(state, token.state)

    def _replace(self, old: int, new: int, *, restart: bool) -> None:
        before, after = self.tokens[old], self.tokens.get(new, Token())
        begun = Token(ACTIVE, after.start, before.terms, replaces=old)
        if not restart:
            kept = ("start", "transfers", "extra_months", "repaired_months")
            begun = replace(begun, **{name: getattr(before, name) for name in kept})
        self.tokens[new] = begun
        before.replaced_by = new

    def _months(self, token: Token, name: str) -> int:
        return int(self.terms.get(token.terms, {}).get(name, 0))

    def _end(self, token: Token) -> int:
        """The longer of the two guarantees: the legal one with what repairs added to it, or the brand's own; and then the extra months."""
        legal = self._months(token, "legal_months") + token.repaired_months
        months = max(legal, self._months(token, "commercial_months")) + token.extra_months
        return after(token.start, months) if token.start and months else 0

    def told(self, number: int) -> dict[str, Any]:
        """What ``warranty_of`` should tell of a token."""
        token = self.tokens[number]
        return {name: getattr(token, name) for name in _TOLD} | {
            "owner": self.owners.get(number, ZERO),
            "end": self._end(token),
            "lost": token.holder_says[0] or token.issuer_says[0],
            "stolen": token.holder_says[1] or token.issuer_says[1],
            "recalled": token.production != 0 and token.production in self.recalled,
        }


@dataclass
class Shelf:
    """Rewards: stock and sales of each, who holds how many, and the orders."""

    stock: Counter[int] = field(default_factory=Counter)
    sold: Counter[int] = field(default_factory=Counter)
    price: dict[int, int] = field(default_factory=dict)
    held: Counter[tuple[str, int]] = field(default_factory=Counter)
    orders: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    states: dict[int, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def read(self, events: Iterable[Event]) -> None:
        """Do what the events say, in their order."""
        for event in events:
            match event.name, event.fields:
                case "RewardCreated", {"reward": reward, "stock": stock, "price": price}:
                    self.stock[reward], self.price[reward] = stock, price
                case "StockAdded", {"reward": reward, "quantity": quantity}:
                    self.stock[reward] += quantity
                case "PriceSet", {"reward": reward, "price": price}:
                    self.price[reward] = price
                case "Bought", {"order": order, "account": account, "reward": reward, "quantity": quantity}:
                    self.orders[order], self.states[order] = (account, reward, quantity), 1
                    self._sold(reward, quantity)
                case "Fulfilled", {"order": order}:
                    self.states[order] = 2
                case "Cancelled", {"order": order}:
                    _, reward, quantity = self.orders.get(order, (ZERO, 0, 0))
                    self.states[order] = 3
                    self._sold(reward, -quantity)
                case "TransferSingle", {"id": number, "amount": amount}:
                    self._move(event, number, amount)
                case "TransferBatch", {"ids": ids, "amounts": amounts}:
                    for number, amount in zip(ids, amounts, strict=True):
                        self._move(event, number, amount)
                case _:
                    pass

    def _sold(self, reward: int, quantity: int) -> None:
        self.stock[reward] -= quantity
        self.sold[reward] += quantity

    def _move(self, event: Event, reward: int, amount: int) -> None:
        sender, receiver = event.fields["sender"], event.fields["receiver"]
        if sender != ZERO:
            self.held[sender, reward] -= amount
            if self.held[sender, reward] < 0:
                self.faults.append(Fault(sender, f"{amount} of reward {reward} left it, which had less", event.tx_hash))
        if receiver != ZERO:
            self.held[receiver, reward] += amount
