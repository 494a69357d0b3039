"""calendar.vy against Python's datetime."""

import calendar
import random
from datetime import UTC, datetime, timedelta

import pytest

DATES = 500


def unix(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp())


def date_of(timestamp: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timestamp)


def month_of(timestamp: int) -> int:
    date = date_of(timestamp)
    return (date.year - 1970) * 12 + date.month - 1


def month_start(month: int) -> int:
    return unix(1970 + month // 12, month % 12 + 1, 1)


def add_months(timestamp: int, months: int) -> int:
    date = date_of(timestamp)
    years, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    day = min(date.day, calendar.monthrange(years, month + 1)[1])
    return int(date.replace(year=years, month=month + 1, day=day).timestamp())


@pytest.fixture(scope="session")  # any scope between session and function makes ape rebase the other fixtures
def contract(mock, owner):
    return owner.deploy(mock("CalendarMock"))


@pytest.fixture
def dates() -> list[int]:
    """Random moments until the year 4000, half of them within a second of a month's end."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    anywhere = [chance.randrange(unix(4000, 1, 1)) for _ in range(DATES // 2)]
    edges = [month_start(chance.randrange(1, 2030 * 12)) + chance.randint(-1, 1) for _ in range(DATES // 2)]
    return anywhere + edges


def test_month_of_agrees_with_datetime(contract, dates):
    """Random moments fall in the month that datetime says."""
    assert [month_of(moment) for moment in dates] == contract.months_of(dates)


def test_month_start_agrees_with_datetime(contract):
    """Every month of five centuries starts where datetime says."""
    for first in range(0, 6000, DATES):
        months = list(range(first, first + DATES))
        assert [month_start(month) for month in months] == contract.month_starts(months)


def test_add_months_agrees_with_datetime(contract, dates):
    """Months added to random moments give datetime's day, or the last one of a month that is too short."""
    months = [moment % 1201 for moment in dates]
    expected = [add_months(*both) for both in zip(dates, months, strict=True)]
    assert expected == contract.add_months(dates, months)


@pytest.mark.parametrize(
    ("date", "months", "expected"),
    [
        ((2031, 1, 31), 1, (2031, 2, 28)),
        ((2032, 1, 31), 1, (2032, 2, 29)),
        ((2032, 2, 29), 12, (2033, 2, 28)),
        ((2032, 2, 29), 48, (2036, 2, 29)),
        ((2096, 2, 29), 48, (2100, 2, 28)),  # 2100 is no leap year
        ((2396, 2, 29), 48, (2400, 2, 29)),  # 2400 is one
        ((2031, 12, 31, 23, 59, 59), 1, (2032, 1, 31, 23, 59, 59)),
        ((2031, 3, 31), 0, (2031, 3, 31)),
        ((1970, 1, 1), 1, (1970, 2, 1)),
    ],
)
def test_add_months_at_the_edges(contract, date, months, expected):
    """The last day of a month stays a last day, through leap years and the centuries that have none."""
    assert contract.add_months([unix(*date)], [months]) == [unix(*expected)]


@pytest.mark.parametrize("year", [1970, 2000, 2031, 2032, 2100, 2400])
def test_every_second_belongs_to_one_month(contract, year):
    """A month ends in its last second, and the next one starts in the second after."""
    starts = [unix(year, month, 1) for month in range(2, 13)]
    first = (year - 1970) * 12
    assert contract.months_of([start - 1 for start in starts]) == list(range(first, first + 11))
    assert contract.months_of(starts) == list(range(first + 1, first + 12))
