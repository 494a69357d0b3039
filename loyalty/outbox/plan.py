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
    lines: dict[str, list[int]] = {}
    for group in groups:
        wire = KINDS[group.kind]
        calls = math.ceil(group.count / wire.most)
        line = lines.setdefault(group.kind, [0, 0, 0])
        for index, part in enumerate((group.count, calls, calls * wire.gas_base + group.count * wire.gas_each)):
            line[index] += part
    return Plan(tuple(Line(kind, *line) for kind, line in lines.items()), in_flight, gas_price)
