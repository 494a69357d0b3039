"""calendar.vy against Python's datetime."""

import calendar
import random
from datetime import UTC, datetime, timedelta

import pytest

DATES = 500
# The calendar repeats itself after 400 years.
CYCLE = 146_097 * 86_400


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


def test_add_months_on_every_day_around_february(contract):
    """Each day from January to March of each kind of year, with so many months that all kinds are reached."""
    days = [unix(year, 1, 1) + day * 86_400 + 86_399 for year in (2027, 2028, 2099, 2100, 2400) for day in range(91)]
    for months in (1, 2, 11, 12, 13, 24, 48, 1200, 4800):
        expected = [add_months(day, months) for day in days]
        assert contract.add_months(days, [months] * len(days)) == expected


def test_no_timestamp_is_too_large(contract, dates):
    """Unchecked, the month is still right for the last timestamps there are: it repeats every 400 years."""
    cycles = [(2**256 - 1 - date) // CYCLE for date in dates]
    last = [date + CYCLE * each for date, each in zip(dates, cycles, strict=True)]
    assert min(last) > 2**256 - 1 - CYCLE
    assert contract.months_of(last) == [month_of(date) + 4800 * each for date, each in zip(dates, cycles, strict=True)]


def test_months_up_to_their_bound(contract, dates):
    """The last month below the bound starts where the cycles say, and can be added to any date."""
    months = [2**64 - 1 - back for back in range(DATES)]
    cycles = [(month // 4800, month % 4800) for month in months]
    assert contract.month_starts(months) == [month_start(month) + CYCLE * cycle for cycle, month in cycles]
    pairs = zip(dates, cycles, strict=True)
    expected = [add_months(date, month) + CYCLE * cycle for date, (cycle, month) in pairs]
    assert contract.add_months(dates, months) == expected


@pytest.mark.parametrize("month", [2**64, 2**64 + 1, 2**255, 2**256 - 1])
def test_refuses_months_past_the_bound(contract, owner, refusal, month):
    """A month that the unchecked arithmetic is not made for is refused, not guessed."""
    assert refusal(contract.month_starts, [month], sender=owner) == "calendar: month is out of range"
