"""The words that registrations are made of, and calendar months in plain Python."""

import calendar
from datetime import UTC, datetime


def item(wallet: object, terms: int, start: int = 0, production: int = 0) -> int:
    """The second word of an item; start 0 leaves the clock standing."""
    return int(str(wallet), 16) << 96 | production << 56 | start << 16 | terms


def unix(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp())


def add_months(timestamp: int, months: int) -> int:
    """So many months later, on the same day of the month or the last one of a month that is too short."""
    date = datetime.fromtimestamp(timestamp, UTC)
    years, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    day = min(date.day, calendar.monthrange(years, month + 1)[1])
    return int(date.replace(year=years, month=month + 1, day=day).timestamp())
