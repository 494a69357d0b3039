"""What the contracts are meant to cost at most, and whether they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.gas.rows import OURS
from loyalty.outbox.wire import GAS_CAP


@dataclass(frozen=True)
class Goal:
    """A limit in gas for each recipient of some rows: where they are several, for the dearest of them."""

    what: str
    limit: int
    group: str
    call: str
    count: int = 1
    holders: str = ""


GOALS = [
    Goal("points for 500 new wallets, each", 24_850, "points", "award", 500, "new"),
    Goal("points for 100 returning wallets, each", 8_050, "points", "award", 100, "returning"),
    Goal("points for one new wallet", 62_000, "points", "award_one", 1, "new"),
    Goal("points for one returning wallet", 45_000, "points", "award_one", 1, "returning"),
    Goal("an epoch published, not the first", 60_000, "merkle", "publish"),
    Goal("a claim by a new wallet, from a tree of 1,000", 86_000, "merkle", "claim", 5, "new"),
    Goal("a claim by a returning wallet, from a tree of 1,000", 52_000, "merkle", "claim", 5, "returning"),
    Goal("badges for 1,000 new wallets, each", 6_500, "badges", "drop", 1_000, "new"),
    Goal("badges for a list of 1,000 that is on chain, each", 2_200, "badges again", "drop_again", 1_000, "returning"),
    Goal("100 warranties that may change hands, each", 55_000, "warranty", "transferable", 100, "new"),
    Goal("100 soulbound warranties, each", 55_000, "warranty", "soulbound", 100, "new"),
    Goal("a notification of 24 bytes: PushComm V2.5", 26_172, "notify", "sendNotification, 24 bytes"),
    Goal("a user's first subscription: half of PushComm V2.5", 90_896, "notify", "subscribe, a user's first"),
    Goal("the largest call the outbox makes: EIP-7825", GAS_CAP, "longest", ""),
]


def judged(rows: list[dict[str, Any]]) -> Iterator[tuple[Goal, float | None]]:
    """Each goal and what was measured; None where it was not."""
    ours = [row for row in rows if row["who"] == OURS]
    for goal in GOALS:
        wanted = (goal.group, goal.call, goal.count, goal.holders)
        found = [row["each"] for row in ours if (row["group"], row["call"], row["count"], row["holders"]) == wanted]
        if not goal.call:  # whatever its length: the whole call
            found = [row["gas"] for row in ours if row["group"] == goal.group]
        yield goal, max(found, default=None)
