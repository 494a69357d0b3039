# pragma version ~=0.4.3
"""
@title Calendar
@license Apache-2.0
@notice Months of the proleptic Gregorian calendar in UTC, counted from January 1970 as month 0.
@dev Years are counted from March inside, so that the leap day is the last day of its year and
     every month before it starts at the same distance from 1 March.
     The arithmetic is unchecked, within these bounds. A timestamp may be any number: it is divided by
     86,400 before anything is multiplied, and 12 months for each of its years are fewer than its days.
     A month, and months to be added to one, are below 2**64: a day count made of them is below 2**70.
     No date is before January 1970, which is month 0, so no difference is negative.
"""

DAY: constant(uint256) = 86400
# A Gregorian cycle: 400 years are always this many days.
CYCLE_DAYS: constant(uint256) = 146097
# From 1 March of the year 0 to 1 January 1970, in days and in months.
EPOCH_DAYS: constant(uint256) = 719468
EPOCH_MONTHS: constant(uint256) = 1970 * 12 - 2
# 2**32 over the 1461 days of four years, and 2**16 over those of a month from March on, 153 / 5.
YEAR_BITS: constant(uint256) = 32
YEAR_MASK: constant(uint256) = 2**YEAR_BITS - 1
YEAR_FACTOR: constant(uint256) = 2939745
MONTH_BITS: constant(uint256) = 16
MONTH_MASK: constant(uint256) = 2**MONTH_BITS - 1
MONTH_FACTOR: constant(uint256) = 2141
# From the months since March of the year 0 to those since 1970; and 1305, which rounds months right.
MONTH_OFFSET: constant(uint256) = (EPOCH_MONTHS << MONTH_BITS) - 1305
# The shortest month's days: from here on a day may be missing in another month.
SHORTEST: constant(uint256) = 28


@internal
@pure
def _month_of(timestamp: uint256) -> uint256:
    """
    @return The month that this moment falls in.
    """
    return self._date(timestamp) >> MONTH_BITS


@internal
@pure
def _month_start(month: uint256) -> uint256:
    """
    @return The first second of the month.
    """
    # Anybody may have chosen it, unlike the months that are added to a date.
    assert month < 2**64, "calendar: month is out of range"
    return unsafe_mul(unsafe_sub(self._days_before(month), EPOCH_DAYS), DAY)


@internal
@pure
def _add_months(timestamp: uint256, months: uint256) -> uint256:
    """
    @return The same day of the month and time of day, so many months later. Where that month is too
            short, its last day: a month after 31 January is 28 or 29 February.
    """
    date: uint256 = self._date(timestamp)
    month: uint256 = unsafe_add(date >> MONTH_BITS, months)
    day: uint256 = (date & MONTH_MASK) // MONTH_FACTOR
    first: uint256 = self._days_before(month)
    if day >= SHORTEST:
        next_first: uint256 = self._days_before(unsafe_add(month, 1))
        day = min(day, unsafe_sub(unsafe_sub(next_first, first), 1))
    days: uint256 = unsafe_sub(unsafe_add(first, day), EPOCH_DAYS)
    return unsafe_add(unsafe_mul(days, DAY), timestamp % DAY)


@internal
@pure
def _date(timestamp: uint256) -> uint256:
    """
    @dev Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms" (2022): a
         division by the mean length of a year or a month, as a multiplication and a shift that are exact for all days.
    @return month << 16 | MONTH_FACTOR * the day of the month, counted from 0, and a remainder.
    """
    quarters: uint256 = unsafe_add(unsafe_mul(unsafe_add(timestamp // DAY, EPOCH_DAYS), 4), 3)
    in_century: uint256 = unsafe_mul((quarters % CYCLE_DAYS) | 3, YEAR_FACTOR)
    years: uint256 = unsafe_add(unsafe_mul(quarters // CYCLE_DAYS, 100), in_century >> YEAR_BITS)
    in_year: uint256 = unsafe_mul((in_century & YEAR_MASK) // (4 * YEAR_FACTOR), MONTH_FACTOR)
    return unsafe_add(unsafe_mul(years, 12 << MONTH_BITS), unsafe_sub(in_year, MONTH_OFFSET))


@internal
@pure
def _days_before(month: uint256) -> uint256:
    """
    @return The days from 1 March of the year 0 to the first of the month.
    """
    months: uint256 = unsafe_add(month, EPOCH_MONTHS)
    year: uint256 = months // 12
    leap_days: uint256 = unsafe_add(unsafe_sub(year // 4, year // 100), year // 400)
    in_year: uint256 = unsafe_add(unsafe_mul(153, months % 12), 2) // 5
    return unsafe_add(unsafe_add(unsafe_mul(year, 365), leap_days), in_year)
