"""Measured rows, and what each is held against: the floor of its kind of work, and ours."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.gas import floors
from loyalty.outbox.wire import GAS_CAP

OURS, FLOOR = "ours", "floor"
HOLDERS = ("new", "returning")
SIZES = (1, 100, 500, 1_000)
BEFORE = Path(__file__).with_name("before.csv")
AS_CODE = (OURS, "SS2ERC721")
"""Who keeps a list of wallets as code."""


@dataclass(frozen=True)
class Row:
    """What ``count`` recipients cost together. ``holders``: new (never had the token), returning, or "" where that means nothing.

    ``calls``: in how many transactions. ``source``: whose code it was, where the figure is not of this run but was measured before.
    """

    group: str
    who: str
    call: str
    count: int
    gas: int
    holders: str = ""
    calls: int = 1
    source: str = ""

    @property
    def each(self) -> float:
        """Gas for each recipient."""
        return self.gas / self.count

    @property
    def size(self) -> int:
        """How many recipients share a transaction, where all have as many."""
        return 1 if self.calls == self.count else self.count

    @property
    def too_big(self) -> bool:
        """Whether a real network refuses it: more in one transaction than EIP-7825 allows."""
        return self.gas / self.calls > GAS_CAP and self.group != "deploy"

    @property
    def floor(self) -> float:
        """The least that any contract of its design pays for each; 0 where nothing was worked out."""
        if self.group == "badges" and self.who in AS_CODE:
            least: Floor | None = floors.single_badge if self.call == "award" else floors.badges_as_code
        else:
            least = FLOORS.get(self.call) or FLOORS.get(self.group)
        return least(self.size, self.holders) / self.size if least else 0.0


Floor = Callable[[int, str], float]
FLOORS: dict[str, Floor] = {
    "points": floors.points,
    "badges": floors.badges_in_slots,
    "badges again": floors.badges_of_a_list,
    "publish, first": floors.publish_first,
    "publish": floors.publish,
    "claim": floors.claim,
    "warranty": floors.warranty,
    "soulbound": floors.soulbound,
    "sendNotification, 24 bytes": floors.send,
    "subscribe, a user's first": floors.subscribe_first,
    "subscribe, a user's second": floors.subscribe_again,
}


def lowest() -> Iterator[Row]:
    """The floors as rows, for the tables."""

    def rows(
        group: str, call: str, least: Floor, sizes: Sequence[int], holders: Sequence[str] = HOLDERS
    ) -> Iterator[Row]:
        yield from (Row(group, FLOOR, call, size, round(least(size, h)), h) for h in holders for size in sizes)

    yield from rows("points", "one slot a wallet", floors.points, SIZES)
    yield from rows("points", "award_one: three slots, two events", floors.single_award, (1,))
    yield from rows("badges", "two slots a badge", floors.badges_in_slots, SIZES)
    yield from rows("badges", "the list as code", floors.badges_as_code, SIZES[1:])
    yield from rows("badges", "award: one slot a badge", floors.single_badge, (1,))
    yield from rows("badges again", "a pointer to the list", floors.badges_of_a_list, SIZES[1:], ("returning",))
    yield from rows("merkle", "publish, first", floors.publish_first, (1,), ("",))
    yield from rows("merkle", "publish", floors.publish, (1,), ("",))
    yield from rows("merkle", "claim", floors.claim, (1,))
    yield from rows("warranty", "owner, balance, start and terms", floors.warranty, (1, 100), ("new",))
    yield from rows("warranty", "and Locked", floors.soulbound, (1, 100), ("new",))
    for call in ("sendNotification, 24 bytes", "subscribe, a user's first", "subscribe, a user's second"):
        yield from rows("notify", call, FLOORS[call], (1,), ("",))


def before() -> list[Row]:
    """Figures of rivals that npm does not carry, measured once from their sources with the same method."""
    with BEFORE.open(newline="") as file:
        return [
            Row(
                r["group"],
                r["who"],
                r["call"],
                int(r["count"]),
                int(r["each"]) * int(r["count"]),
                r["holders"],
                1,
                r["source"],
            )
            for r in csv.DictReader(file)
        ]


def told(row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """A row as the file of results has it."""
    peer, floor = ours(row, rows), 0.0 if row.who == FLOOR else row.floor
    return asdict(row) | {
        "each": round(row.each, 1),
        "too_big": row.too_big,
        "floor": round(floor, 1),
        "times_floor": round(row.each / floor, 3) if floor else None,
        "times_ours": round(row.each / peer.each, 3) if peer else None,
    }


def ours(row: Row, rows: Sequence[Row]) -> Row | None:
    """Our own figure for the same work; None where there is none."""
    for one in rows:
        if one.who == OURS and one.group == row.group:
            if row.group == "warranty":
                # Theirs know no bulk, and a warranty is registered in bulk.
                same = (one.call, one.count) == ("transferable", 100)
            elif row.group in ("merkle", "notify"):
                same = (one.call, one.holders) == (row.call, row.holders)
            else:
                same = (one.size, one.holders) == (row.size, row.holders)
            if same:
                return one
    return None
