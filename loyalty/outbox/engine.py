"""The engine: operation -> batch -> signed -> sent -> confirmed -> final.

Its one rule: signed bytes are on the disk before they are on the wire. After that, whatever happens (a lost answer, a
crash, a node that forgets), it looks for what became of those bytes and sends the same bytes again. A new nonce for the
same work is taken only when another transaction has spent the old one for good.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from loyalty import units
from loyalty.chain import Node, Signer
from loyalty.errors import ChainError, LoyaltyError
from loyalty.ledger import Ledger, batches, lanes, operations
from loyalty.outbox import plan
from loyalty.outbox.run import POOLED, Lane, Limits, Progress, Run, Sent


class Outbox:
    """Sends what the ledger owes on one chain, through the signer (the first of ``signers``) and its pool."""

    def __init__(
        self,
        ledger: Ledger,
        node: Node,
        signers: Callable[[], Sequence[Signer]],
        *,
        confirmations: int,
        max_fee: int,
        currency: str,
    ) -> None:
        self._ledger = ledger
        self._node = node
        self._signers = signers
        self._limits = Limits(confirmations, max_fee, currency)

    def plan(self, only: str = "") -> plan.Plan:
        """What ``send`` would do now, and about what it would cost; ``only`` one kind of operation, or all."""
        self._check_chain()
        flying = batches.in_state(self._ledger, self._node.chain_id, *batches.IN_FLIGHT)
        fees = self._node.fees()
        due = [g for g in operations.groups(self._ledger, units.now()) if only in ("", g.kind)]
        return plan.make(due, len(flying), fees.base + fees.priority)

    def send(self, progress: Progress = lambda count, kind: None, *, only: str = "") -> Sent:
        """Send what is due (``only`` one kind, or all) and wait until it is mined. Run again after any interruption, it goes on where it was.

        Where the signer has a pool, each of its accounts sends too, in a thread of its own.
        """
        self._check_chain()
        accounts = self._signers()
        with self._leased(accounts[0].address) as ledger:
            if ledger is None:
                raise LoyaltyError("another `loyalty send` is at work on this ledger; wait until it has finished")
            return self._together(ledger, accounts, progress, only)

    def signers(self) -> Sequence[Signer]:
        """The signer, and its pool after it."""
        return self._signers()

    def lanes_due(self) -> list[int]:
        """Which of ``signers`` have something to send, or to look after."""
        chain_id, names = self._node.chain_id, [one.address for one in self._signers()]
        due = {group.kind for group in operations.groups(self._ledger, units.now())}
        open_lanes = batches.lanes_under_way(self._ledger, chain_id)
        lanes_with_work = [0] if due or open_lanes - set(names) else []
        if due & POOLED:
            lanes_with_work = list(range(len(names)))
        return sorted({*lanes_with_work, *(names.index(one) for one in open_lanes if one in names)})

    def send_lane(
        self,
        index: int,
        progress: Progress = lambda count, kind: None,
        *,
        until: Callable[[], bool] = lambda: False,
    ) -> Sent | None:
        """Send what one account of the signer and its pool can; None where another engine is doing that already.

        Once ``until`` is true nothing new is begun, and what is under way is finished.
        """
        self._check_chain()
        accounts = self._signers()
        lane = Lane(tuple(one.address for one in accounts), index)
        with self._leased(accounts[index].address) as ledger:
            if ledger is None:
                return None
            return Run(
                ledger, self._node.another(), accounts[index], self._limits, progress, lane=lane, until=until
            ).run()

    def _together(self, ledger: Ledger, accounts: Sequence[Signer], progress: Progress, only: str) -> Sent:
        """The signer's run with its pool's beside it, and once more where the pool sent something last that others waited for."""
        done = Sent()
        while True:
            round_, pooled = self._round(ledger, accounts, progress, only)
            done.add(round_)
            if not pooled or not any(only in ("", g.kind) for g in operations.groups(self._ledger, units.now())):
                return done

    def _round(self, ledger: Ledger, accounts: Sequence[Signer], progress: Progress, only: str) -> tuple[Sent, int]:
        """The signer's run, with its pool's beside it for as long as it goes on; and how many transactions the pool's sent."""
        names, lock, ended = tuple(one.address for one in accounts), threading.Lock(), threading.Event()

        def told(count: int, kind: str) -> None:
            with lock:
                progress(count, kind)

        def run(index: int, within: Ledger, node: Node, linger: Callable[[], bool]) -> Sent:
            lane = Lane(names, index)
            return Run(within, node, accounts[index], self._limits, told, only, lane=lane, linger=linger).run()

        def alongside(index: int) -> Sent:
            with self._leased(names[index]) as leased:
                if leased is None:
                    return Sent()
                try:
                    return run(index, leased, self._node.another(), lambda: not ended.is_set())
                except LoyaltyError as error:
                    return Sent(parked={units.checksum(names[index]): str(error)})

        with ThreadPoolExecutor(len(names), "lane") as threads:
            others = [threads.submit(alongside, index) for index in range(1, len(names))]

            def busy() -> bool:
                working = not all(one.done() for one in others)
                return working and bool(batches.under_way(self._ledger, self._node.chain_id))

            try:
                done = run(0, ledger, self._node, busy)
            finally:
                ended.set()
        for one in others:
            done.add(one.result())
        return done, sum(one.result().transactions for one in others)

    def _leased(self, signer: str) -> contextlib.AbstractContextManager[Ledger | None]:
        """Two engines in one lane would wait for each other's nonces."""
        return lanes.lease(self._ledger, self._node.chain_id, signer)

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
