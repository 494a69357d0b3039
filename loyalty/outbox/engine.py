"""The engine: operation -> batch -> signed -> sent -> confirmed -> final.

Its one rule: signed bytes are on the disk before they are on the wire. After that, whatever happens (a lost answer, a
crash, a node that forgets), it looks for what became of those bytes and sends the same bytes again. A new nonce for the
same work is taken only when another transaction has spent the old one for good.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from loyalty import units
from loyalty.chain import Node, Signer
from loyalty.errors import ChainError, LoyaltyError
from loyalty.ledger import Ledger, batches, operations
from loyalty.outbox import plan
from loyalty.outbox.run import Limits, Progress, Run, Sent


class Outbox:
    """Sends what the ledger owes, through one signer, on one chain."""

    def __init__(
        self,
        ledger: Ledger,
        node: Node,
        signer: Callable[[], Signer],
        *,
        confirmations: int,
        max_fee: int,
        currency: str,
    ) -> None:
        self._ledger = ledger
        self._node = node
        self._load_signer = signer
        self._limits = Limits(confirmations, max_fee, currency)

    def plan(self, only: str = "") -> plan.Plan:
        """What ``send`` would do now, and about what it would cost; ``only`` one kind of operation, or all."""
        self._check_chain()
        flying = batches.in_state(self._ledger, self._node.chain_id, *batches.IN_FLIGHT)
        fees = self._node.fees()
        due = [g for g in operations.groups(self._ledger, units.now()) if only in ("", g.kind)]
        return plan.make(due, len(flying), fees.base + fees.priority)

    def send(self, progress: Progress = lambda count, kind: None, *, only: str = "") -> Sent:
        """Send what is due (``only`` one kind, or all) and wait until it is mined. Run again after any interruption, it goes on where it was."""
        with self._alone():
            self._check_chain()
            return Run(self._ledger, self._node, self._load_signer(), self._limits, progress, only).run()

    def _check_chain(self) -> None:
        """Refuse to go on when this is not the chain the ledger was written for."""
        self._node.check()
        chain = self._ledger.fact("chain")
        if chain is not None and chain != str(self._node.chain_id):
            # Operations name no chain: what is owed on one must not be paid on another.
            raise ChainError(
                f"this ledger is for chain {chain}, and loyalty.toml names chain {self._node.chain_id}; nothing was signed: give each network a folder of its own, with loyalty init"
            )
        self._ledger.remember("chain", str(self._node.chain_id))
        genesis, name = self._node.genesis(), f"genesis:{self._node.chain_id}"
        known = self._ledger.fact(name)
        if known is None:
            self._ledger.remember(name, genesis)
        elif known != genesis:
            raise ChainError(
                f"{self._node.where} is another chain {self._node.chain_id} than the one this ledger was written for (its first block differs); "
                "nothing was signed: bring the old chain back, or start a new program in a new folder"
            )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two engines on one ledger would wait for each other's nonces; the second one says so and leaves."""
        with self._ledger.alone() as alone:
            if not alone:
                raise LoyaltyError("another `loyalty send` is at work on this ledger; wait until it has finished")
            yield
