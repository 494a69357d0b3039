"""Rewards in plain Python: what the contract should do, written for reading and not for gas."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..points.model import Model as Points
from ..points.model import lot

__all__ = ["Model", "Offer", "Replayed", "lot"]

ZERO = "0x0000000000000000000000000000000000000000"
TRANSFERABLE = 1
REFUNDABLE = 2
OPEN, FULFILLED, CANCELLED = 1, 2, 3
NO_BATCH = 2**256 - 1


class Offer(NamedTuple):
    """The arguments of create_reward after the batch."""

    reward: int
    price: int
    stock: int
    start: int = 0
    end: int = 0
    limit: int = 0
    flags: int = 0
    collection: str = ZERO
    implementation: str = ZERO
    uri: str = ""


@dataclass
class Reward:
    price: int
    stock: int
    start: int
    end: int
    limit: int
    flags: int
    sold: int = 0
    closed: bool = False

    def row(self) -> list[int]:
        """As the lens sees it."""
        bounds = [self.start, self.end, self.limit, self.flags]
        return [self.price, self.stock, self.sold, *bounds, int(self.closed), self.sold]


@dataclass
class Order:
    account: str
    reward: int
    quantity: int
    lots: list[int]
    state: int = OPEN

    def row(self) -> tuple[str, int, int, int]:
        return self.account, self.reward, self.quantity, self.state


class Catalogue:
    """What there is: rewards, orders, who holds and who has bought how much of what, and who may move whose."""

    def __init__(self) -> None:
        self.rewards: dict[int, Reward] = {}
        self.orders: dict[int, Order] = {}
        self.held: Counter[tuple[str, int]] = Counter()
        self.bought: Counter[tuple[str, int]] = Counter()
        self.operators: set[tuple[str, str]] = set()

    def create(self, offer: Offer) -> None:
        self.rewards[offer.reward] = Reward(*offer[1:7])

    def order(self, order: int, account: str, reward: int, quantity: int, lots: list[int]) -> None:
        """All of a purchase but the units, which come as any others do."""
        assert order == len(self.orders) + 1
        self.orders[order] = Order(account, reward, quantity, lots)
        self._sold(account, reward, quantity)

    def cancel(self, order: int) -> Order:
        """All of a cancellation but the units."""
        found = self.orders[order]
        found.state = CANCELLED
        self._sold(found.account, found.reward, -found.quantity)
        return found

    def move(self, sender: str, receiver: str, reward: int, amount: int) -> None:
        """From the zero address units are minted, to it they are burnt."""
        self.held[sender, reward] -= amount
        self.held[receiver, reward] += amount

    def _sold(self, account: str, reward: int, quantity: int) -> None:
        self.rewards[reward].stock -= quantity
        self.rewards[reward].sold += quantity
        self.bought[account, reward] += quantity


class Replayed(Catalogue):
    """The same from the contract's events alone."""

    def __init__(self) -> None:
        super().__init__()
        # By issuer and window's number, in windows of a day.
        self.charged: Counter[tuple[str, int]] = Counter()
        self.batches: set[tuple[str, int]] = set()
        self.numbers: set[tuple[str, int]] = set()

    def replay(self, timestamp: int, events: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Do what one transaction's events say, and nothing else."""
        for name, event in events:
            window = timestamp // 86_400
            if "issuer" in event and "batch" in event:
                self.batches.add((event["issuer"], event["batch"]))
            match name:
                case "RewardCreated":
                    self.create(Offer(*(event[field] for field in Offer._fields[:8])))
                    self.charged[event["issuer"], window] += event["stock"]
                case "StockAdded":
                    self.rewards[event["reward"]].stock += event["quantity"]
                    self.charged[event["issuer"], window] += event["quantity"]
                case "PriceSet":
                    self.rewards[event["reward"]].price = event["price"]
                case "RewardClosed":
                    self.rewards[event["reward"]].closed = True
                case "Bought":
                    assert event["price"] == self.rewards[event["reward"]].price
                    assert sum(word & 2**96 - 1 for word in event["lots"]) == event["price"] * event["quantity"]
                    self.order(event["order"], event["account"], event["reward"], event["quantity"], event["lots"])
                case "Fulfilled":
                    self.orders[event["order"]].state = FULFILLED
                case "Cancelled":
                    cancelled = self.cancel(event["order"])
                    assert (cancelled.account, cancelled.reward) == (event["account"], event["reward"])
                case "TransferSingle":
                    self.move(event["sender"], event["receiver"], event["id"], event["amount"])
                case "TransferBatch":
                    for id, amount in zip(event["ids"], event["amounts"], strict=True):
                        self.move(event["sender"], event["receiver"], id, amount)
                case "ApprovalForAll":
                    change = self.operators.add if event["approved"] else self.operators.discard
                    change((event["owner"], event["operator"]))
                case "NumberSpent":
                    self.numbers.add((event["account"], event["number"]))


class Model(Catalogue):
    """A catalogue beside points: who may do what, and why not."""

    def __init__(self, points: Points) -> None:
        super().__init__()
        self.points = points
        self.paused_until = 0
        self.numbers: set[tuple[str, int]] = set()

    @property
    def now(self) -> int:
        return self.points.now

    def why_paused(self) -> str | None:
        return "guard: paused" if self.now < self.paused_until else None

    def why_not_on_offer(self, reward: int) -> str | None:
        if reward not in self.rewards:
            return "rewards: no such reward"
        return "rewards: reward is closed" if self.rewards[reward].closed else None

    def why_not_buy(self, account: str, reward: int, quantity: int, price: int) -> str | None:
        if refused := self.why_paused() or self.why_not_on_offer(reward):
            return refused
        offer = self.rewards[reward]
        bought = self.bought[account, reward] + quantity
        return next(
            (
                reason
                for reason, applies in (
                    ("rewards: sale has not started", self.now < offer.start),
                    ("rewards: sale is over", 0 < offer.end < self.now),
                    ("rewards: price has changed", price != offer.price),
                    ("rewards: no quantity", quantity == 0),
                    ("rewards: out of stock", quantity > offer.stock),
                    ("rewards: over the limit per wallet", 0 < offer.limit < bought),
                    ("points: account is frozen", account in self.points.frozen),
                    ("points: balance is too low", price * quantity > self.points.balance(account)),
                )
                if applies
            ),
            None,
        )

    def buy(self, account: str, reward: int, quantity: int) -> None:
        lots = self.points.take(account, None, self.rewards[reward].price * quantity)
        self.order(len(self.orders) + 1, account, reward, quantity, lots)
        self.move(ZERO, account, reward, quantity)

    def why_not_open(self, *orders: int) -> str | None:
        open = [order in self.orders and self.orders[order].state == OPEN for order in orders]
        return None if all(open) and len(set(orders)) == len(orders) else "rewards: order is not open"

    def why_not_undo(self, order: int, lots: list[int]) -> str | None:
        found = self.orders[order]
        if self.held[found.account, found.reward] < found.quantity:
            return "rewards: reward has moved on"
        return None if lots == found.lots else "points: nothing like this was spent"

    def why_not_cancel(self, sender: str, order: int, lots: list[int]) -> str | None:
        if refused := self.why_not_open(order):
            return refused
        found = self.orders[order]
        if sender != found.account:
            return "rewards: caller did not place this order"
        if not self.rewards[found.reward].flags & REFUNDABLE:
            return "rewards: reward is not refundable"
        return self.why_not_undo(order, lots)

    def why_not_cancel_for(self, order: int, lots: list[int]) -> str | None:
        return self.why_paused() or self.why_not_open(order) or self.why_not_undo(order, lots)

    def undo(self, order: int) -> None:
        """The points come back to the lots that they were taken from, expired or not."""
        found = self.cancel(order)
        self.move(found.account, ZERO, found.reward, found.quantity)
        for word in found.lots:
            self.points.lots[found.account][word >> 96] += word & 2**96 - 1

    def why_not_move(self, operator: str, sender: str, receiver: str, units: list[tuple[int, int]]) -> str | None:
        """One after the other: what goes to oneself is there for the next one too."""
        if operator != sender and (sender, operator) not in self.operators:
            return "rewards: caller may not move this reward"
        left = {reward: self.held[sender, reward] for reward, _ in units}
        for reward, amount in units:
            if reward not in self.rewards:
                return "rewards: no such reward"
            if not self.rewards[reward].flags & TRANSFERABLE:
                return "rewards: reward is bound"
            if amount > left[reward]:
                return "rewards: balance is too low"
            if sender != receiver:
                left[reward] -= amount
        return None
