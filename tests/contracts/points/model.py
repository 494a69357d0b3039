"""Points in plain Python: what the contract should do, written for reading and not for gas."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

INFINITE = 2**256 - 1
ZERO = "0x0000000000000000000000000000000000000000"


def unix(*date: int) -> int:
    """Seconds of a date in UTC."""
    return int(datetime(*date, tzinfo=UTC).timestamp())


def month(timestamp: int) -> int:
    """Months since January 1970."""
    date = datetime.fromtimestamp(timestamp, UTC)
    return (date.year - 1970) * 12 + date.month - 1


def lot(year: int, of_year: int) -> int:
    """The lot that expires at the end of this month."""
    return (year - 1970) * 12 + of_year - 1


def expiry(lot: int) -> int:
    """The first second at which a lot is no longer spendable."""
    return unix(1970 + (lot + 1) // 12, (lot + 1) % 12 + 1, 1)


def pack(*awards: tuple[Any, int]) -> list[int]:
    """Awards as the contract takes them: the wallet in the high 160 bits, the amount in the low 96."""
    return [int(str(account), 16) << 96 | amount for account, amount in awards]


class Model:
    """Who holds how much of which lot, and what else the contract keeps."""

    def __init__(self, validity: int) -> None:
        self.validity = validity
        self.now = 0
        self.lots: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.allowances: Counter[tuple[str, str]] = Counter()
        self.epoch, self.root, self.epoch_lot, self.unclaimed = 0, bytes(32), 0, 0
        self.claimed: Counter[str] = Counter()
        self.numbers: set[tuple[str, int]] = set()
        self.frozen: set[str] = set()
        self.shops: set[str] = set()
        # (shop, reference) -> the account and its lots; None when they were given back.
        self.spent: dict[tuple[str, bytes], tuple[str, list[int]] | None] = {}

    @property
    def oldest(self) -> int:
        """The oldest lot that is still live; points that never expire are all in lot 0."""
        return month(self.now) if self.validity else 0

    @property
    def newest(self) -> int:
        """The lot that an award of now goes to."""
        return self.oldest + self.validity

    def live(self, account: str) -> list[tuple[int, int]]:
        return sorted((lot, amount) for lot, amount in self.lots[account].items() if lot >= self.oldest and amount)

    def balance(self, account: str) -> int:
        return sum(amount for _, amount in self.live(account))

    def expired(self, account: str) -> int:
        return sum(amount for lot, amount in self.lots[account].items() if lot < self.oldest)

    def supply(self) -> int:
        return sum(self.balance(account) for account in list(self.lots))

    def lot_supply(self, lot: int) -> int:
        return sum(lots[lot] for lots in self.lots.values())

    def lots_held(self) -> dict[tuple[str, int], int]:
        """Every lot that somebody holds, expired ones too."""
        return {(who, lot): amount for who, lots in self.lots.items() for lot, amount in lots.items() if amount}

    def rest(self) -> tuple[Any, ...]:
        """Everything else that events must tell."""
        claimed = {account: amount for account, amount in self.claimed.items() if amount}
        epoch = (self.epoch, self.root, self.epoch_lot, self.unclaimed)
        return epoch, claimed, self.numbers, self.frozen, self.shops, self.spent

    def award(self, account: str, amount: int) -> None:
        self.lots[account][self.newest] += amount

    def move(self, owner: str, to: str | None, amount: int) -> int:
        """Oldest lot first; to None they are burnt. Returns what the owner did not have."""
        return amount - sum(word & 2**96 - 1 for word in self.take(owner, to, amount))

    def take(self, owner: str, to: str | None, amount: int) -> list[int]:
        """As move, but returns the lots that were taken: lot << 96 | amount."""
        taken = []
        for lot, held in self.live(owner):
            part = min(held, amount)
            if part:
                amount -= part
                taken.append(lot << 96 | part)
                self.move_lot(owner, to, lot, part)
        return taken

    def move_lot(self, owner: str, to: str | None, lot: int, amount: int) -> None:
        self.lots[owner][lot] -= amount
        assert self.lots[owner][lot] >= 0
        if to is not None:
            self.lots[to][lot] += amount

    def sweep(self, account: str) -> int:
        expired = self.expired(account)
        self.lots[account] = Counter(dict(self.live(account)))
        return expired

    def publish(self, root: bytes, added: int) -> None:
        """What nobody claimed yet moves along to the newest lot."""
        self.epoch, self.root, self.epoch_lot = self.epoch + 1, root, self.newest
        self.unclaimed += added

    def claim(self, account: str, cumulative: int) -> int:
        """Pay what was not claimed yet; returns how much."""
        amount = max(cumulative - self.claimed[account], 0)
        self.claimed[account] += amount
        self.unclaimed -= amount
        self.lots[account][self.epoch_lot] += amount
        return amount

    def spend(self, shop: str, account: str, amount: int, reference: bytes) -> list[int]:
        taken = self.take(account, None, amount)
        self.spent[shop, reference] = account, taken
        return taken

    def restore(self, shop: str, reference: bytes) -> list[int]:
        account, taken = self.spent[shop, reference]
        for word in taken:
            self.lots[account][word >> 96] += word & 2**96 - 1
        self.spent[shop, reference] = None
        return taken

    def replay(self, timestamp: int, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Do what one transaction's events say, and nothing else. What explains a Transfer comes straight after it."""
        self.now = timestamp
        minted = 0
        for (name, event), (reason, _) in zip_longest(events, events[1:], fillvalue=("", {})):
            match name:
                case "Transfer" if event["sender"] == ZERO:
                    if reason not in ("AwardedFor", "Claimed", "Restored"):
                        self.award(event["receiver"], event["value"])
                        minted += event["value"]
                case "Transfer" if event["receiver"] != ZERO and reason != "TransferredAtEpoch":
                    assert self.move(event["sender"], event["receiver"], event["value"]) == 0
                case "TransferredAtEpoch":
                    self.move_lot(event["owner"], event["to"], event["epoch"], event["amount"])
                case "Redeemed":
                    assert self.move(event["account"], None, event["amount"]) == 0
                case "Revoked":
                    assert self.move(event["account"], None, event["taken"]) == 0
                case "Expired":
                    assert self.sweep(event["account"]) == event["amount"]
                case "Approval":
                    self.allowances[event["owner"], event["spender"]] = event["value"]
                case "Awarded":
                    assert self.newest == event["lot"]
                case "AwardedFor":
                    assert self.newest == event["lot"]
                    assert (event["issuer"], event["number"]) in self.numbers
                    self.award(event["account"], event["amount"])
                case "NumberSpent":
                    self.numbers.add((event["account"], event["number"]))
                case "EpochPublished":
                    self.publish(bytes(event["root"]), event["added"])
                    assert (self.epoch, self.epoch_lot) == (event["epoch"], event["lot"])
                case "Claimed":
                    assert event["epoch"] == self.epoch
                    self.claim(event["account"], self.claimed[event["account"]] + event["amount"])
                case "AccountFrozen":
                    self.frozen.add(event["account"])
                case "AccountUnfrozen":
                    self.frozen.discard(event["account"])
                case "ShopSet":
                    (self.shops.add if event["allowed"] else self.shops.discard)(event["shop"])
                case "Spent":
                    amount = sum(word & 2**96 - 1 for word in event["lots"])
                    taken = self.spend(event["shop"], event["account"], amount, bytes(event["reference"]))
                    assert taken == list(event["lots"])
                case "Restored":
                    assert self.restore(event["shop"], bytes(event["reference"])) == list(event["lots"])
        assert minted == sum(event["total"] for name, event in events if name == "Awarded")
