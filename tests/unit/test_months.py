"""Calendar months, as the contracts count them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.months import after, month


def unix(*date: int) -> int:
    """Midnight of a day, or a time of it."""
    return int(datetime(*date, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2028, 1, 31, 23, 59, 59), 1, (2028, 2, 29, 23, 59, 59)),
        ((2028, 2, 29), 12, (2029, 2, 28)),
        ((2026, 12, 15), 1, (2027, 1, 15)),
        ((2026, 3, 31), 24, (2028, 3, 31)),
        ((2026, 11, 28), 7_973 * 12, (9999, 11, 28)),
        ((1970, 1, 1), 0, (1970, 1, 1)),
    ],
)
def test_the_same_day_or_the_last(start: tuple[int, ...], months: int, end: tuple[int, ...]) -> None:
    """The same day and time so many months later, or the last day of a month that is too short."""
    assert after(unix(*start), months) == unix(*end)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**17), st.integers(0, 5))
def test_four_hundred_years_are_always_as_long(start: int, months: int, eras: int) -> None:
    """Beyond the year 9999 too, 4,800 months are 146,097 days."""
    assert after(start, months + 4_800 * eras) == after(start, months) + eras * 146_097 * 86_400


@given(st.integers(0, 2**32 - 1), st.integers(0, 60_000))
def test_so_many_months_later_it_is_that_month(start: int, months: int) -> None:
    """The month is the one that was counted to, whatever the day."""
    assert month(after(start, months)) == month(start) + months
