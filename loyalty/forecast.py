"""What a file of awards would come to on this network, before anything is written or spent."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loyalty.contracts import Contract
from loyalty.errors import BadRow, NotDeployed
from loyalty.ledger import Ledger, operations
from loyalty.outbox.run import WINDOW
from loyalty.outbox.wire import KINDS
from loyalty.points import Points

# As `make bench-gas` measured them (docs/gas.md): a call, each award in it by whether the wallet has points of this half
# year, a root that replaces one, and a claim that its wallet sends, from a tree of 1,000.
_CALL, _NEW, _RETURNING = 43_000, 24_600, 7_510
_ROOT, _CLAIM_NEW, _CLAIM_RETURNING = 50_000, 85_900, 51_700
_LANES = 6  # lots that share a slot of a wallet, in contracts/Points.vy
_SAMPLE = 1_000


@dataclass(frozen=True)
class Forecast:
    """A file of awards, and about what it would take: gas, wei at ``gas_price`` (wei per gas), seconds from the first transaction to the last one's confirmation.

    ``new_wallets`` hold no points that an award could be added to; of more than 1,000 wallets it is an estimate from a
    ``sampled`` number of them. ``epoch_gas`` is what the same awards cost as a root, and ``claim_gas`` what their claims cost
    together, if all are claimed.
    """

    source: str
    awards: int
    known: int
    points: int
    wallets: int
    new_wallets: int
    sampled: int
    transactions: int
    gas: int
    gas_price: int
    seconds: float
    epoch_gas: int
    claim_gas: int
    bad: list[BadRow] = field(default_factory=list)

    @property
    def wei(self) -> int:
        """About what the awards cost, at the present gas price."""
        return self.gas * self.gas_price

    @property
    def worth_claiming(self) -> float:
        """The share of claims that could be paid for before an epoch costs what awards do: 0 where it is never cheaper."""
        return max(self.gas - self.epoch_gas, 0) / self.claim_gas if self.claim_gas else 0.0


def awards(
    ledger: Ledger, points: Points, contract: Contract, source: str | Path, confirmations: int, *, at_once: bool
) -> Forecast:
    """Look through a file as ``award_file`` would, keeping nothing; bad rows are told and left out. ``at_once``: the chain mines each transaction as it comes."""
    before, wallets = operations.newest_id(ledger), 0
    some: list[str] = []

    def look(connection: Any) -> None:
        nonlocal wallets, some
        wallets, some = operations.wallets_since(connection, before, _SAMPLE)

    taken = points.award_file(source, skip_bad=True, only_new=True, dry_run=True, then=look)
    new = _new_wallets(contract, some)
    new_wallets = round(wallets * new / len(some)) if some else 0
    # A wallet that comes twice is new once.
    claims = new_wallets * _CLAIM_NEW + (wallets - new_wallets) * _CLAIM_RETURNING
    transactions = math.ceil(taken.new / KINDS["points.award"].most)
    gas = transactions * _CALL + new_wallets * _NEW + (taken.new - new_wallets) * _RETURNING
    fees = contract.node.fees()
    return Forecast(
        source=taken.source,
        awards=taken.new,
        known=taken.known,
        points=taken.amount,
        wallets=wallets,
        new_wallets=new_wallets,
        sampled=len(some),
        transactions=transactions,
        gas=gas,
        gas_price=fees.base + fees.priority,
        seconds=0.0 if at_once else _seconds(contract, transactions, gas, confirmations),
        epoch_gas=_ROOT if taken.new else 0,
        claim_gas=claims,
        bad=taken.bad,
    )


def _new_wallets(contract: Contract, wallets: list[str]) -> int:
    """How many of them an award would write a slot for the first time for; all of them where no contract stands yet."""
    try:
        newest = contract.read("currentEpoch")
    except NotDeployed:
        return len(wallets)
    held = contract.read_each("lots_of", [(wallet,) for wallet in wallets])
    return sum(not any(lot["month"] // _LANES == newest // _LANES for lot in lots) for lots in held)


def _seconds(contract: Contract, transactions: int, gas: int, confirmations: int) -> float:
    """At the pace of the last blocks: as many transactions to a block as fit, and as are under way at once."""
    if not transactions:
        return 0.0
    seconds, limit = contract.node.pace()
    together = max(min(limit * transactions // gas, WINDOW), 1)
    return seconds * (math.ceil(transactions / together) + confirmations)
