"""Points in plain Python: what the contract should do, written for reading and not for gas."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
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
    """Who holds how much of which lot."""

    def __init__(self, validity: int) -> None:
        self.validity = validity
        self.now = 0
        self.lots: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.allowances: Counter[tuple[str, str]] = Counter()

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

    def award(self, account: str, amount: int) -> None:
        self.lots[account][self.newest] += amount

    def move(self, owner: str, to: str | None, amount: int) -> int:
        """Oldest lot first; to None they are burnt. Returns what the owner did not have."""
        for lot, held in self.live(owner):
            part = min(held, amount)
            amount -= part
            self.lots[owner][lot] -= part
            if to is not None:
                self.lots[to][lot] += part
        return amount

    def sweep(self, account: str) -> int:
        expired = self.expired(account)
        self.lots[account] = Counter(dict(self.live(account)))
        return expired

    def replay(self, timestamp: int, events: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Do what one transaction's events say, and nothing else."""
        self.now = timestamp
        minted = 0
        for name, event in events:
            match name:
                case "Transfer" if event["sender"] == ZERO:
                    self.award(event["receiver"], event["value"])
                    minted += event["value"]
                case "Transfer" if event["receiver"] != ZERO:
                    assert self.move(event["sender"], event["receiver"], event["value"]) == 0
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
        assert minted == sum(event["total"] for name, event in events if name == "Awarded")
