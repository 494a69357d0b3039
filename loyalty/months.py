"""Which lot is the oldest live one in a block: lots end with a month, and a chain's months are found by halving, not by reading every block."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import UTC, datetime

from loyalty.chain import Node


def month(timestamp: int) -> int:
    """Months since January 1970, as the contract counts its lots."""
    date = datetime.fromtimestamp(timestamp, UTC)
    return (date.year - 1970) * 12 + date.month - 1


def oldest_live(node: Node, first: int, last: int) -> Callable[[int], int]:
    """For a block from ``first`` to ``last``, the month that it is in."""
    starts = [(first, month(node.timestamp(hex(first))))]

    def look(low: int, low_month: int, high: int, high_month: int) -> None:
        if low_month == high_month:
            return
        if high - low == 1:
            starts.append((high, high_month))
            return
        middle = (low + high) // 2
        middle_month = month(node.timestamp(hex(middle)))
        look(low, low_month, middle, middle_month)
        look(middle, middle_month, high, high_month)

    look(*starts[0], last, month(node.timestamp(hex(last))))
    return lambda block: starts[bisect_right(starts, (block, 2**32)) - 1][1]
