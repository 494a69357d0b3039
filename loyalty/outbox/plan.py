"""What sending would take, said before anything is spent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.ledger.operations import Group
from loyalty.outbox.wire import KINDS


@dataclass(frozen=True)
class Line:
    """One kind of operation in a plan."""

    kind: str
    operations: int
    transactions: int
    gas: int


@dataclass(frozen=True)
class Plan:
    """Operations by kind, the transactions they take, their gas (about) and what that costs in wei at ``gas_price``."""

    lines: tuple[Line, ...]
    in_flight: int
    gas_price: int

    @property
    def operations(self) -> int:
        """How many operations would be sent."""
        return sum(line.operations for line in self.lines)

    @property
    def transactions(self) -> int:
        """How many transactions that takes."""
        return sum(line.transactions for line in self.lines)

    @property
    def gas(self) -> int:
        """About how much gas they use together."""
        return sum(line.gas for line in self.lines)

    @property
    def wei(self) -> int:
        """About what they cost, at the present gas price."""
        return self.gas * self.gas_price


def make(groups: Sequence[Group], in_flight: int, gas_price: int) -> Plan:
    """The plan for what is queued, from each kind's measured gas."""
    shares: dict[tuple[str, str], int] = {}
    for group in groups:
        share = (group.kind, group.subject if KINDS[group.kind].one_subject else "")
        shares[share] = shares.get(share, 0) + group.count
    lines: dict[str, Line] = {}
    for (kind, _), count in shares.items():
        wire, line = KINDS[kind], lines.get(kind, Line(kind, 0, 0, 0))
        calls = math.ceil(count / wire.most)
        gas = calls * wire.gas_base + count * wire.gas_each
        lines[kind] = Line(kind, line.operations + count, line.transactions + calls, line.gas + gas)
    return Plan(tuple(lines.values()), in_flight, gas_price)
