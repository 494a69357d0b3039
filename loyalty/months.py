"""Calendar months in UTC, as the contracts count them: when so many have gone by, and which one a block is in."""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime

from loyalty.chain import Node

_DAY = 86_400
_ERA = 146_097  # days in 400 years


def month(timestamp: int) -> int:
    """Months since January 1970, as the contract counts its lots."""
    date = datetime.fromtimestamp(timestamp, UTC)
    return (date.year - 1970) * 12 + date.month - 1


def after(timestamp: int, months: int) -> int:
    """The same day and time so many months later, unix seconds; where that month is too short, its last day."""
    days, time = divmod(timestamp, _DAY)
    day = datetime.fromtimestamp(days * _DAY, UTC)
    years, month_ = divmod(day.year * 12 + day.month - 1 + months, 12)
    # The calendar repeats every 400 years; Python's own ends with 9999.
    eras = max(0, years - 9_600) // 400 + (years > 9_600)
    year = years - 400 * eras
    then = datetime(year, month_ + 1, min(day.day, monthrange(year, month_ + 1)[1]), tzinfo=UTC)
    return int(then.timestamp()) + eras * _ERA * _DAY + time


def oldest_live(node: Node, first: int, last: int) -> Callable[[int], int]:
    """For a block from ``first`` to ``last``, the month that it is in: found by halving, not by reading every block."""
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
