# pragma version ~=0.4.3
"""
@title Calendar mock
@license Apache-2.0
@notice The calendar, many dates to a call.
"""
from contracts import calendar

MOST: constant(uint256) = 500


@external
@pure
def months_of(timestamps: DynArray[uint256, MOST]) -> DynArray[uint256, MOST]:
    months: DynArray[uint256, MOST] = []
    for timestamp: uint256 in timestamps:
        months.append(calendar._month_of(timestamp))
    return months


@external
@pure
def month_starts(months: DynArray[uint256, MOST]) -> DynArray[uint256, MOST]:
    starts: DynArray[uint256, MOST] = []
    for month: uint256 in months:
        starts.append(calendar._month_start(month))
    return starts


@external
@pure
def add_months(timestamps: DynArray[uint256, MOST], months: DynArray[uint256, MOST]) -> DynArray[uint256, MOST]:
    moments: DynArray[uint256, MOST] = []
    for i: uint256 in range(len(timestamps), bound=MOST):
        moments.append(calendar._add_months(timestamps[i], months[i]))
    return moments
