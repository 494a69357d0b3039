# pragma version ~=0.4.3
"""
@title Calendar
@license Apache-2.0
@notice Months of the proleptic Gregorian calendar in UTC, counted from January 1970 as month 0.
@dev Years are counted from March inside, so that the leap day is the last day of its year and
     every month before it starts at the same distance from 1 March.
"""

DAY: constant(uint256) = 86400
# A Gregorian cycle: 400 years are always this many days.
CYCLE_DAYS: constant(uint256) = 146097
# From 1 March of the year 0 to 1 January 1970, in days and in months.
EPOCH_DAYS: constant(uint256) = 719468
EPOCH_MONTHS: constant(uint256) = 1970 * 12 - 2


@internal
@pure
def _month_of(timestamp: uint256) -> uint256:
    """
    @return The month that this moment falls in.
    """
    month: uint256 = 0
    day: uint256 = 0
    month, day = self._split(timestamp)
    return month


@internal
@pure
def _month_start(month: uint256) -> uint256:
    """
    @return The first second of the month.
    """
    return (self._days_before(month) - EPOCH_DAYS) * DAY


@internal
@pure
def _add_months(timestamp: uint256, months: uint256) -> uint256:
    """
    @return The same day of the month and time of day, so many months later. Where that month is too
            short, its last day: a month after 31 January is 28 or 29 February.
    """
    month: uint256 = 0
    day: uint256 = 0
    month, day = self._split(timestamp)
    month += months
    first: uint256 = self._days_before(month)
    last: uint256 = self._days_before(month + 1) - first - 1
    return (first + min(day, last) - EPOCH_DAYS) * DAY + timestamp % DAY


@internal
@pure
def _split(timestamp: uint256) -> (uint256, uint256):
    """
    @return The month, and the day of the month counted from 0.
    """
    days: uint256 = timestamp // DAY + EPOCH_DAYS
    cycles: uint256 = days // CYCLE_DAYS
    day: uint256 = days % CYCLE_DAYS
    # Days per 4 years, per century and per cycle are taken out before the plain years are counted.
    year: uint256 = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= year * 365 + year // 4 - year // 100
    # From March on, months repeat in fives of 153 days.
    march_month: uint256 = (5 * day + 2) // 153
    month: uint256 = (cycles * 400 + year) * 12 + march_month - EPOCH_MONTHS
    return month, day - (153 * march_month + 2) // 5


@internal
@pure
def _days_before(month: uint256) -> uint256:
    """
    @return The days from 1 March of the year 0 to the first of the month.
    """
    months: uint256 = month + EPOCH_MONTHS
    year: uint256 = months // 12
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * (months % 12) + 2) // 5
