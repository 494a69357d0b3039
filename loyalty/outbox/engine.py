"""The engine: operation -> batch -> signed -> sent -> confirmed -> final.

Its one rule: signed bytes are on the disk before they are on the wire. After that, whatever happens (a lost answer, a
crash, a node that forgets), it looks for what became of those bytes and sends the same bytes again. A new nonce for the
same work is taken only when another transaction has spent the old one for good.
"""

from __future__ import annotations

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from loyalty import units
from loyalty.chain import Node, Receipt, Signer, abi
from loyalty.errors import ChainError, LoyaltyError, Parked, Refused, Reverted, Unreachable
from loyalty.ledger import Ledger, batches, catalogue, operations
from loyalty.ledger.batches import Batch
from loyalty.ledger.operations import Group, Operation
from loyalty.outbox import plan, wire
from loyalty.outbox.crash import reached
from loyalty.outbox.wire import GAS_CAP, KINDS

WINDOW = 16
"""How many transactions may be under way at once; more gains nothing, and Anvil stalls on thousands."""

_MOST_TRIES = 3
_PATIENCE = 600.0  # seconds without any progress before send gives up; nothing is lost, it is only not done
# Seconds after which a transaction without a receipt is sent again, and seconds for which its nonce must look spent by
# another before that is believed: a node that lags behind the others shows the same for a while. (A local chain, another.)
_REBROADCAST = (2.0, 15.0)
_PROOF = (2.0, 60.0)

_OVER_BUDGET = "issuers: over budget"

# What a contract says when the fault is not in the operation: it waits, and a person reads why.
_PARKING = {
    "guard: paused": "the contract is paused; the owner can lift it, or wait until the pause ends",
    "issuers: caller is not an issuer": "the signer is not an issuer of this contract; the owner can make it one with set_issuer",
    _OVER_BUDGET: "the issuer's budget for this period is used up; wait for the next period, or let the owner raise it",
    "issuers: batch already spent": "the contract has seen a batch number that this ledger thinks is free: the ledger is older than the chain; do not send until it is restored from its newest backup",
}


@dataclass
class Sent:
    """What one send did. ``parked`` says, by kind, why something still waits."""

    operations: int = 0
    transactions: int = 0
    gas: int = 0
    wei: int = 0
    failed: int = 0
    reverted: int = 0
    parked: dict[str, str] = field(default_factory=dict)


Progress = Callable[[int, str], None]
"""Called with the operations settled since the last call, and the kind they are of."""


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
        self._confirmations = confirmations
        self._max_fee = max_fee
        self._currency = currency

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
            return _Run(self, progress, only).run()

    def contract(self, noun: str) -> str:
        """The address of a noun's contract on this chain."""
        found = catalogue.deployed(self._ledger, self._node.chain_id).get(noun)
        if found is None:
            raise Parked(f"{noun} is not deployed on chain {self._node.chain_id}; run: loyalty deploy")
        return found.address

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
        with open(f"{self._ledger.where}.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise LoyaltyError(
                    "another `loyalty send` is at work on this ledger; wait until it has finished"
                ) from None
            yield


class _Run:
    """One call of ``send``: what it has under way and what it has learnt."""

    def __init__(self, outbox: Outbox, progress: Progress, only: str) -> None:
        self._outbox = outbox
        self._only = only
        self._ledger = outbox._ledger
        self._node = outbox._node
        self._signer = outbox._load_signer()
        self._progress = progress
        self._done = Sent()
        self._flying: list[Batch] = []
        self._last_heard: dict[int, float] = {}
        self._suspected: dict[int, float] = {}
        self._far = outbox._confirmations > 0
        self._fees = self._node.fees()

    def run(self) -> Sent:
        """Finish what an earlier run left, then form and send until nothing that can be sent is left."""
        self._review()
        self._recover()
        moved = time.monotonic()
        while True:
            progressed = self._collect()
            while len(self._flying) < WINDOW and self._form():
                progressed = True
            if not self._flying and not progressed:
                return self._done
            if progressed:
                moved = time.monotonic()
            elif time.monotonic() - moved > _PATIENCE:
                raise ChainError(
                    f"no transaction was mined for {_PATIENCE:.0f} s; nothing is lost: run loyalty send again"
                )
            else:
                time.sleep(0.5 if self._far else 0.01)

    # Looking back: what earlier runs left.

    def _review(self) -> None:
        """Batches that were mined but not final: deep enough now, or gone with a reorganised block."""
        for batch in batches.in_state(self._ledger, self._node.chain_id, "confirmed"):
            receipt = self._receipt(batch)
            if receipt is None:
                batches.unmined(self._ledger, batch)
            else:
                self._record(batch, receipt)

    def _recover(self) -> None:
        """Batches in flight when the last run ended: sign what was not, and let the loop look for the rest."""
        for batch in batches.in_state(self._ledger, self._node.chain_id, *batches.IN_FLIGHT):
            if batch.signer != self._signer.address:
                raise LoyaltyError(
                    f"a transaction of {units.checksum(batch.signer)} is still under way, but the signer is now {units.checksum(self._signer.address)}; "
                    "send with the first signer until nothing is under way"
                )
            if batch.state == "formed":
                self._launch(batch)
            else:
                self._flying.append(batch)
                if self._receipt(batch) is None:
                    self._broadcast(batch)

    # Going forward.

    def _form(self) -> bool:
        """Form one batch of the oldest work that is not parked, and launch it. False when there is none now."""
        for group in operations.groups(self._ledger, units.now()):
            if group.kind in self._done.parked or self._only not in ("", group.kind):
                continue
            if any(flying.kind != group.kind for flying in self._flying):
                # A later kind may need what an earlier one does (terms before the warranties under them).
                return False
            try:
                return self._form_from(group)
            except Parked as why:
                self._done.parked[group.kind] = str(why)
        return False

    def _form_from(self, group: Group) -> bool:
        kind = KINDS[group.kind]
        to = self._outbox.contract(kind.noun) if kind.noun else ""
        subject = group.subject if kind.one_subject else None
        members = operations.take(self._ledger, group.kind, subject, units.now(), kind.most, by_wallet=kind.by_wallet)
        number = (
            batches.next_number(self._ledger, self._node.chain_id, self._signer.address, to) if kind.numbered else None
        )
        fitted = self._fit(kind, to, number, members)
        if fitted is None:
            return True
        members, calldata, gas = fitted
        self._afford(gas)
        batch = batches.form(
            self._ledger,
            chain_id=self._node.chain_id,
            signer=self._signer.address,
            contract=to,
            kind=group.kind,
            number=number,
            calldata=calldata,
            gas=gas,
            members=[m.id for m in members],
            chain_nonce=self._node.nonce(self._signer.address, "pending"),
        )
        reached("batched")
        self._launch(batch)
        return True

    def _fit(
        self, kind: wire.Wire, to: str, number: int | None, members: list[Operation]
    ) -> tuple[list[Operation], bytes, int] | None:
        """The longest first part of ``members`` that the contract takes and one transaction holds; None when one was failed instead."""
        while True:
            calldata = kind.encode(number or 0, self._signer.address, members)
            try:
                gas = self._node.estimate(self._signer.address, to, calldata)
            except Refused as error:
                if len(members) == 1 or not _smaller_may_fit(error):
                    self._refuse(members, error)
                    return None
            else:
                if kind.unless_true and not self._node.returns_true(self._signer.address, to, calldata):
                    raise Parked(kind.unless_true)
                # A tenth more: what is pending may be mined in another order and cost another slot.
                limit = min(gas + gas // 10 + 10_000, GAS_CAP)
                if gas <= GAS_CAP or len(members) == 1:
                    return members, calldata, limit
            members = members[: len(members) // 2]

    def _refuse(self, members: list[Operation], error: Refused) -> None:
        """A call that cannot work: parked when the cause is not the operation's own, failed when it is."""
        reason = error.reason if isinstance(error, Reverted) else error.text
        if reason in _PARKING or not isinstance(error, Reverted):
            raise Parked(_PARKING.get(reason) or f"the node will not take it: {reason}")
        operations.fail(self._ledger, members[0].id, reason)
        self._done.failed += 1
        self._progress(1, members[0].kind)

    def _afford(self, gas: int) -> None:
        """Park rather than sign what cannot be paid, or what costs more per gas than loyalty.toml allows."""
        self._fees = self._node.fees()
        if self._fees.max_fee > self._outbox._max_fee and self._fees.base + self._fees.priority > self._outbox._max_fee:
            raise Parked(
                f"gas costs {(self._fees.base + self._fees.priority) / 1e9:.1f} gwei now, more than max_fee_gwei allows; wait, or raise it in loyalty.toml"
            )
        needed, held = gas * min(self._fees.max_fee, self._outbox._max_fee), self._node.balance(self._signer.address)
        if held < needed:
            coin = self._outbox._currency
            raise Parked(
                f"{units.checksum(self._signer.address)} has {units.ether(held)} {coin} and needs {units.ether(needed)} {coin} to send the next transaction; top it up"
            )

    def _launch(self, batch: Batch) -> None:
        """Sign, store, broadcast: in this order and no other."""
        max_fee = min(self._fees.max_fee, self._outbox._max_fee)
        priority = min(self._fees.priority, max_fee)
        signed = self._signer.sign(
            self._node.chain_id, batch.nonce, batch.contract, batch.calldata, batch.gas, max_fee, priority
        )
        reached("signed")
        batches.store(self._ledger, batch, signed.tx_hash, signed.raw, max_fee, priority)
        reached("stored")
        self._flying.append(batch)
        self._broadcast(batch)

    def _broadcast(self, batch: Batch) -> None:
        """Put the stored bytes on the wire. Whatever the answer, the receipt decides what happened."""
        raw = batches.attempts_of(self._ledger, batch.id)[0].raw
        self._last_heard[batch.id] = time.monotonic()
        try:
            self._node.broadcast(raw)
            batches.sent(self._ledger, batch)
        except Unreachable:
            # Sent or not: `_collect` looks, and sends the same bytes again.
            return
        except Refused as error:
            if "nonce too low" in error.text.lower():
                self._nonce_taken(batch)
            elif not _known_already(error) and not self._node.knows(
                batches.attempts_of(self._ledger, batch.id)[0].tx_hash
            ):
                raise ChainError(
                    f"the node will not take transaction {batch.nonce}: {error.text}; nothing is lost: correct that and run loyalty send again"
                ) from error
        finally:
            reached("broadcast")

    def _collect(self) -> bool:
        """Look for the receipts of what is under way; True when any came."""
        came = False
        for batch in list(self._flying):
            receipt = self._receipt(batch)
            if receipt is not None:
                reached("receipt")
                self._record(batch, receipt)
                self._flying.remove(batch)
                came = True
            elif time.monotonic() - self._last_heard.get(batch.id, 0.0) > _REBROADCAST[self._far]:
                self._broadcast(batch)
        return came

    def _record(self, batch: Batch, receipt: Receipt) -> None:
        """Write a receipt down, and what it means for the operations."""
        first_time = batch.state != "confirmed"
        if receipt.succeeded:
            deep = self._node.block_number() - receipt.block_number >= self._outbox._confirmations
            if first_time and batch.kind == "deploy":
                self._stands(batch, receipt)
            batches.mined(self._ledger, batch, receipt, state="final" if deep else "confirmed")
        else:
            reason = self._node.replay(batch.signer, batch.contract, batch.calldata, receipt.block_number)
            batches.reverted(self._ledger, batch, receipt, reason=reason, most_tries=_MOST_TRIES)
            self._done.reverted += 1
        reached("recorded")
        if first_time:
            self._done.transactions += 1
            self._done.gas += receipt.gas_used
            self._done.wei += receipt.gas_used * receipt.gas_price
            if receipt.succeeded:
                self._done.operations += batch.count
                self._progress(batch.count, batch.kind)

    def _stands(self, batch: Batch, receipt: Receipt) -> None:
        """A deployment was mined: its address follows from the signer and the nonce."""
        (operation,) = operations.of_batch(self._ledger, batch.id)
        address = abi.contract_address(batch.signer, batch.nonce)
        source = abi.artifact(operation.args["contract"])["sourceSha256"]
        catalogue.put_deployment(
            self._ledger, batch.chain_id, catalogue.Deployment(operation.subject, address, receipt.block_number, source)
        )

    def _nonce_taken(self, batch: Batch) -> None:
        """The nonce is spent: by our own bytes (the receipt will come), or by somebody else's for good."""
        if self._receipt(batch) is not None or self._node.nonce(batch.signer) <= batch.nonce:
            self._suspected.pop(batch.id, None)
            return
        since = self._suspected.setdefault(batch.id, time.monotonic())
        if time.monotonic() - since < _PROOF[self._far] or not self._spent_for_good(batch):
            return
        batches.displaced(
            self._ledger, batch, f"nonce {batch.nonce} was used by a transaction that is not this ledger's"
        )
        self._flying.remove(batch)

    def _spent_for_good(self, batch: Batch) -> bool:
        """Whether the nonce is spent as deep as this network counts final, and by none of the bytes we ever signed for it."""
        deep = max(self._node.block_number() - self._outbox._confirmations, 0)
        if self._node.nonce(batch.signer, hex(deep)) <= batch.nonce:
            return False
        return not any(self._node.knows(a.tx_hash) for a in batches.attempts_of(self._ledger, batch.id))

    def _receipt(self, batch: Batch) -> Receipt | None:
        """The receipt of any bytes this batch was ever signed as."""
        for attempt in batches.attempts_of(self._ledger, batch.id):
            receipt = self._node.receipt(attempt.tx_hash)
            if receipt is not None:
                return receipt
        return None


def _smaller_may_fit(error: Refused) -> bool:
    """Whether a call with fewer operations might be taken: then the refusal is halved until it is one operation's own."""
    if isinstance(error, Reverted):
        return error.reason not in _PARKING or error.reason == _OVER_BUDGET
    return "gas" in error.text.lower()


def _known_already(error: Refused) -> bool:
    """The node has these very bytes: Anvil, geth and others say it in their own words."""
    text = error.text.lower()
    return any(word in text for word in ("already imported", "already known", "known transaction", "same hash"))
