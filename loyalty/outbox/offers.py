"""What a transaction offers for its place in a block (EIP-1559), and what a second offer for the same nonce must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Fees(Protocol):
    """What the node says of prices now, wei per gas."""

    @property
    def base(self) -> int: ...
    @property
    def max_fee(self) -> int: ...
    @property
    def priority(self) -> int: ...


@dataclass(frozen=True)
class Offer:
    """The most to pay per gas, and how much of it is the tip, in wei."""

    max_fee: int
    priority: int


def first(fees: Fees, ceiling: int) -> Offer:
    """Today's price, never above the ceiling."""
    most = min(fees.max_fee, ceiling)
    return Offer(most, min(fees.priority, most))


def raised(before: Offer, fees: Fees, ceiling: int) -> Offer | None:
    """An offer that replaces the one before: today's price, and both fees an eighth up at least. None where that is above the ceiling, or would not be enough.

    Nodes ask for a tenth more of both (geth's ``--txpool.pricebump``), Nethermind too, some for an eighth.
    """
    least, least_tip = _up(before.max_fee), _up(before.priority)
    if max(least, fees.base) > ceiling:
        return None
    most = min(max(fees.max_fee, least), ceiling)
    return Offer(most, min(max(fees.priority, least_tip), most))


def _up(fee: int) -> int:
    return fee + fee // 8 + 1
