"""One call of ``send``: finish what an earlier one left, then form, sign, store, broadcast and watch until nothing is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from loyalty import units
from loyalty.chain import Node, Receipt, Signer, abi
from loyalty.chain.answers import Answer, meaning
from loyalty.chain.node import OUT_OF_GAS
from loyalty.errors import ChainError, LoyaltyError, Parked, Refused, Reverted, Unreachable
from loyalty.ledger import Ledger, batches, catalogue, operations
from loyalty.ledger.batches import Attempt, Batch
from loyalty.ledger.operations import Group, Operation
from loyalty.logs import told
from loyalty.outbox import offers, refusals
from loyalty.outbox.crash import reached
from loyalty.outbox.offers import Offer
from loyalty.outbox.wire import CONTRACTS, GAS_CAP, KINDS, Wire

WINDOW = 16
"""How many transactions may be under way at once; more gains nothing, and Anvil stalls on thousands."""

_MANY = 100  # operations in a call from which on its estimate is spared where it can be
_MOST_TRIES = 3
_PATIENCE = 600.0  # seconds without any progress before send gives up; nothing is lost, it is only not done
# In seconds, on a local chain and on another. A transaction without a receipt is sent again after REBROADCAST. A nonce
# must look spent by another for PROOF before that is believed: a node that lags shows the same for a while. And after GAP
# without progress, a nonce that is missing below ours is named.
_REBROADCAST = (2.0, 15.0)
_PROOF = (2.0, 60.0)
_GAP = (10.0, 120.0)
# What gas costs, what the account holds and which nonce the chain expects is asked anew after FRESH.
_FRESH = 1.0
# After STUCK without progress the first transaction is signed again for a higher fee. A node that does not answer while
# work is under way is waited for as long as OUTAGE.
_STUCK = (20.0, 90.0)
_OUTAGE = (10.0, 120.0)


@dataclass(frozen=True)
class Limits:
    """How deep a receipt is final, the most to pay per gas (wei), and what gas is paid in."""

    confirmations: int
    max_fee: int
    currency: str


@dataclass(frozen=True)
class Lane:
    """Which of the program's accounts a run sends through: the ``index``-th of ``accounts``, of which the first is the signer.

    The others, the pool, only give: points, badges and warranties, which any issuer may.
    """

    accounts: tuple[str, ...]
    index: int = 0

    def owns(self, signer: str) -> bool:
        """Whether this lane looks after what ``signer`` sent; after what is nobody's any more, the first one does."""
        return signer == self.accounts[self.index] or (self.index == 0 and signer not in self.accounts)


POOLED = frozenset({"points.award", "poap.award", "warranty.register"})


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

    def add(self, other: Sent) -> None:
        """Count what another lane did, too."""
        for name in ("operations", "transactions", "gas", "wei", "failed", "reverted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.parked = other.parked | self.parked


Progress = Callable[[int, str], None]
"""Called with the operations settled since the last call, and the kind they are of."""


class Run:
    """What a send has under way and what it has learnt."""

    def __init__(
        self,
        ledger: Ledger,
        node: Node,
        signer: Signer,
        limits: Limits,
        progress: Progress,
        only: str = "",
        *,
        lane: Lane | None = None,
        linger: Callable[[], bool] = lambda: False,
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ledger = ledger
        self._node = node
        self._signer = signer
        self._limits = limits
        self._progress = progress
        self._only = only
        self._lane = lane or Lane((signer.address,))
        self._linger = linger
        self._until = until
        self._far = limits.confirmations > 0
        self._done = Sent()
        self._flying: list[Batch] = []
        self._heard: dict[int, float] = {}
        self._suspected: dict[int, float] = {}
        self._renewed: set[int] = set()
        self._moved = time.monotonic()
        self._offered: dict[int, float] = {}
        self._outbid: set[int] = set()
        self._waits: dict[str, str] = {}
        self._aged = False
        self._standing: set[str] = set()
        self._look()
        self._proven: set[str] = set()
        self._due: list[Group] = []
        self._counted = 0.0
        self._ran_out: set[str] = set()

    def run(self) -> Sent:
        """Go on until everything that can be sent is mined."""
        self._signer.check(self._node.chain_id)
        self._review()
        going = self._recover()
        self._moved = time.monotonic()
        while True:
            progressed = self._step(going)
            if not self._flying and not progressed:
                if not self._linger():
                    return self._done
                self._moved = time.monotonic()
            idle = time.monotonic() - self._moved
            if progressed:
                self._moved = time.monotonic()
                self._waits.clear()
            elif self._waits and idle > _GAP[self._far]:
                # It is signed and stored: a later send goes on with it, once what it waits for has come.
                self._done.parked |= self._waits
                return self._done
            else:
                self._wait(idle)

    def _step(self, going: bool) -> bool:
        """Look at what is under way, and send more; whether anything moved."""
        try:
            progressed = self._collect()
            while going and not self._until() and self._is_current() and len(self._flying) < WINDOW and self._form():
                progressed = True
        except Unreachable:
            # Nothing is asked between a nonce that is reserved and the bytes on the disk, so nothing is half done.
            if not self._flying or time.monotonic() - self._moved > _OUTAGE[self._far]:
                raise
            return False
        return progressed

    def _wait(self, idle: float) -> None:
        if idle > _GAP[self._far]:
            self._fill_gap()
        if idle > _PATIENCE:
            raise ChainError(f"no transaction was mined for {_PATIENCE:.0f} s; nothing is lost: run loyalty send again")
        time.sleep(0.5 if self._far else 0.01)

    def _fill_gap(self) -> None:
        """Send what is missing below ours, without which they can never be mined: our own that the chain lost, else transactions that do nothing."""
        mine, next_one = self._signer.address, self._node.nonce(self._signer.address, "pending")
        if next_one >= min(b.nonce for b in self._flying):
            return
        self._review()
        flying = {b.id for b in self._flying}
        lost = [b for b in self._own("signed", "sent") if b.id not in flying]
        self._flying += lost
        for batch in lost:
            self._broadcast(batch)
        missing = range(next_one, min(b.nonce for b in self._flying))
        if len(missing) > WINDOW:
            raise ChainError(
                f"the chain waits for {len(missing):,} transactions of {units.checksum(mine)}, from number {next_one} on, which this ledger does not have; nothing is lost: "
                "see who else sends with this account, then run loyalty send again"
            )
        for nonce in missing:
            self._look()
            empty = self._call(kind=batches.EMPTY, to=mine, calldata=b"", gas=self._gas_of_nothing(), nonce=nonce)
            told("fills", signer=mine, nonce=nonce)
            self._launch(empty)

    # Looking back: what earlier runs left.

    def _review(self) -> None:
        """Batches that were mined: deep enough now, or gone with a block that is no longer the chain's."""
        mine, chain_id = self._signer.address, self._node.chain_id
        # A chain that has not seen these nonces has lost them (a local one, killed): the same bytes are sent again.
        for batch in batches.mined_from(self._ledger, chain_id, mine, self._node.nonce(mine)):
            batches.unmined(self._ledger, batch)
        for batch in self._own("confirmed"):
            receipt = self._receipt(batch)
            if receipt is not None:
                self._record(batch, receipt)
            elif self._node.block_hash(batch.block_number or 0) != batch.block_hash:
                batches.unmined(self._ledger, batch)
            # Else the block stands, and this node only lags behind with the receipt.

    def _recover(self) -> bool:
        """Take up what was in flight when the last run ended. False when something of it cannot go on: nothing overtakes it."""
        for batch in self._own(*batches.IN_FLIGHT):
            if batch.signer != self._signer.address:
                if batch.state == "formed" and batches.dissolve(self._ledger, batch):
                    continue  # nothing was ever signed for it
                raise LoyaltyError(
                    f"a transaction of {units.checksum(batch.signer)} is still under way, but the signer is now {units.checksum(self._signer.address)}; "
                    "send with the first signer until nothing is under way"
                )
            if batch.state == "formed":
                if not self._resume(batch):
                    return False
            else:
                self._flying.append(batch)
                if self._receipt(batch) is None:
                    self._broadcast(batch)
        return True

    def _own(self, *states: str) -> list[Batch]:
        """This lane's batches in any of ``states``, in the order of their nonces."""
        found = batches.in_state(self._ledger, self._node.chain_id, *states)
        return [batch for batch in found if self._lane.owns(batch.signer)]

    def _resume(self, batch: Batch) -> bool:
        """Sign a batch whose nonce is reserved, if it can still work. False when it must wait."""
        try:
            gas = self._node.estimate(batch.signer, batch.contract, batch.calldata)
            self._afford(gas)
        except Parked as why:
            self._done.parked[batch.kind] = str(why)
            return False
        except Refused as error:
            if refusals.text(error) == refusals.BATCH_SPENT and self._receipt(batch) is not None:
                self._flying.append(batch)  # our own earlier bytes were mined after all
                return True
            if batches.dissolve(self._ledger, batch):
                return True
            if refusals.is_too_large(error):
                self._launch(self._emptied(batch))
                return True
            self._done.parked[batch.kind] = refusals.WAITING.get(refusals.text(error), refusals.text(error))
            return False
        self._launch(replace(batch, gas=self._margin(batch.kind, gas)))
        return True

    # Going forward.

    def _is_current(self) -> bool:
        """Whether anything new may be sent: not before what earlier runs left is settled, and never from a ledger that is older than the chain.

        Kinds without batch numbers would be paid again, so nothing is sent at all then.
        """
        if not self._aged and not self._flying:
            for noun, found in catalogue.deployed(self._ledger, self._node.chain_id).items():
                if noun != "notify" and self._node.has_code(found.address) and self._is_spent(noun, found.address):
                    raise LoyaltyError(f"{noun}: {refusals.OLDER}; nothing was sent")
            self._aged = True
        return self._aged

    def _is_spent(self, noun: str, contract: str) -> bool:
        """Whether the contract has seen the batch number that would be next."""
        mine = self._signer.address
        number = batches.next_number(self._ledger, self._node.chain_id, mine, contract)
        return bool(self._node.call(CONTRACTS[noun], contract, "batch_spent", mine, number))

    def _form(self) -> bool:
        """Form one batch of the oldest work that is not parked, and launch it. False when there is none now."""
        if time.monotonic() - self._counted > _FRESH:
            due = operations.groups(self._ledger, units.now())
            self._due, self._counted = sorted(due, key=lambda g: not KINDS[g.kind].first), time.monotonic()
        counted, self._counted = self._counted, 0.0
        for group in self._due:
            label = f"{group.kind} {group.subject}" if KINDS[group.kind].one_subject else group.kind
            if label in self._done.parked or self._only not in ("", group.kind):
                continue
            if self._lane.index and group.kind not in POOLED:
                return False  # the signer's own lane has it, and nothing overtakes it
            if any(kind != group.kind or KINDS[kind].alone for kind in self._under_way()):
                # A later kind may need what an earlier one does (terms before the warranties under them).
                return False
            try:
                if self._form_from(group, label):
                    self._counted = counted  # to count all that waits is not for every call
                return True
            except Parked as why:
                self._done.parked[label] = str(why)
                told("waits", kind=group.kind, reason=str(why))
        return False

    def _under_way(self) -> set[str]:
        """The kinds that are in flight now, in this lane or another."""
        if len(self._lane.accounts) == 1:
            return {batch.kind for batch in self._flying}
        return batches.under_way(self._ledger, self._node.chain_id)

    def _form_from(self, group: Group, label: str) -> bool:
        """Launch a call for the next of a group. False where there is none of it just now: some were ended, or taken by another lane."""
        kind = KINDS[group.kind]
        to = self._contract(kind.noun) if kind.noun else ""
        subject = group.subject if kind.one_subject else None
        share = (self._lane.index, len(self._lane.accounts)) if group.kind in POOLED else (0, 1)
        members = operations.take(
            self._ledger, group.kind, subject, units.now(), kind.most, by_wallet=kind.by_wallet, share=share
        )
        if not members:
            return False  # another lane took the last of them
        members = self._with_parents(kind, members)
        if kind.prepare:
            members = kind.prepare(self._ledger, self._node, to, members)
        number = (
            batches.next_number(self._ledger, self._node.chain_id, self._signer.address, to) if kind.numbered else None
        )
        bounded = self._bounded(kind, to, number, members) if label in self._proven else None
        fitted = bounded or self._fit(kind, to, number, members)
        if fitted is None:
            return False
        if kind.most >= _MANY and not kind.unless_true:
            self._proven.add(label)
        members, calldata, gas = fitted
        try:
            self._afford(gas)
        except Parked:
            if not bounded:
                raise
            self._proven.discard(label)  # the bound is more than it needs: see what an estimate says
            return False
        try:
            batch = self._call(
                kind=group.kind, to=to, number=number, calldata=calldata, gas=gas, members=[m.id for m in members]
            )
        except batches.Taken:
            return False
        reached("batched")
        told("formed", kind=batch.kind, signer=batch.signer, nonce=batch.nonce, number=number, operations=batch.count)
        self._launch(batch)
        return True

    def _call(
        self,
        *,
        kind: str,
        to: str,
        calldata: bytes,
        gas: int,
        number: int | None = None,
        members: Sequence[int] = (),
        nonce: int | None = None,
    ) -> Batch:
        """A batch of this lane at the next nonce, or at one that is missing."""
        return batches.form(
            self._ledger,
            chain_id=self._node.chain_id,
            signer=self._signer.address,
            contract=to,
            kind=kind,
            number=number,
            calldata=calldata,
            gas=gas,
            members=members,
            chain_nonce=self._next if nonce is None else nonce,
            fill=nonce is not None,
        )

    def _contract(self, noun: str) -> str:
        """Where a noun's contract stands; a call to where none stands would succeed and do nothing."""
        found = catalogue.deployed(self._ledger, self._node.chain_id).get(noun)
        if found is None:
            raise Parked(f"{noun} is not deployed on chain {self._node.chain_id}; run: loyalty deploy")
        if found.address not in self._standing and not self._node.has_code(found.address):
            raise Parked(
                f"the chain has no contract at {units.checksum(found.address)}, where {noun} stood; is it the right node, or was its state lost?"
            )
        self._standing.add(found.address)
        return found.address

    def _with_parents(self, kind: Wire, members: list[Operation]) -> list[Operation]:
        """Those whose parent is on chain: a badge's event, a warranty's terms. A number that somebody else used must not serve."""
        if kind.parent is None:
            return members
        parents = {m.id: kind.parent(m) for m in members}
        mined = operations.mined(self._ledger, sorted(set(parents.values())))
        ready = [m for m in members if not parents[m.id] or parents[m.id] in mined]
        if not ready:
            first = operations.by_key(self._ledger, parents[members[0].id])
            why = f"{first.state}: {first.reason}".rstrip(": ") if first else "not in this ledger"
            raise Parked(f"what it belongs to ({parents[members[0].id]}) is not on chain: {why}")
        return ready

    def _bounded(
        self, kind: Wire, to: str, number: int | None, members: list[Operation]
    ) -> tuple[list[Operation], bytes, int] | None:
        """All of ``members``, where one call with the most gas that they can need works now. An estimate runs a call several times, and one of the kind was fitted before."""
        gas = kind.gas_base + kind.gas_each * len(members)
        try:
            calldata = kind.encode(number or 0, self._signer.address, members)
        except abi.Unsendable:
            return None
        if gas > self._most_gas() or self._node.refusal(self._signer.address, to, calldata, gas=gas):
            return None
        return members, calldata, gas

    def _fit(
        self, kind: Wire, to: str, number: int | None, members: list[Operation]
    ) -> tuple[list[Operation], bytes, int] | None:
        """The longest first part of ``members`` that the contract takes and one transaction holds; None when some were ended instead."""
        while True:
            try:
                calldata = kind.encode(number or 0, self._signer.address, members)
                gas = self._node.estimate(self._signer.address, to, calldata)
            except (abi.Unsendable, Refused) as error:
                if isinstance(error, Reverted) and self._end_needless(kind, to, members, error.reason):
                    return None
                if len(members) == 1 or (isinstance(error, Refused) and not refusals.smaller_may_fit(error)):
                    self._refuse(kind, to, members[0], error)
                    return None
            else:
                if kind.unless_true and not self._node.returns_true(self._signer.address, to, calldata):
                    raise Parked(kind.unless_true)
                if gas <= self._most_gas():
                    return members, calldata, self._margin(members[0].kind, gas)
                if len(members) == 1:
                    raise Parked(f"it needs {gas:,} gas, and a transaction may use {self._most_gas():,} here")
            members = members[: len(members) // 2]

    def _end_needless(self, kind: Wire, to: str, members: list[Operation], reason: str) -> bool:
        """End those that were refused because they are done already, as the chain says; False where none of them are."""
        if kind.done is None or reason not in kind.done.reasons:
            return False
        asked = [kind.done.ask(self._signer.address, m) for m in members]
        answers = self._node.call_each(CONTRACTS[kind.noun], to, kind.done.view, asked, block="pending")
        needless = [m for m, yes in zip(members, answers, strict=True) if yes]
        operations.needless(self._ledger, [m.id for m in needless], kind.done.means)
        for one in needless:
            self._progress(1, one.kind)
        return bool(needless)

    def _refuse(self, kind: Wire, to: str, member: Operation, error: Refused | abi.Unsendable) -> None:
        """A call that cannot work: parked when the cause is not the operation's own, failed when it is."""
        reason = refusals.text(error) if isinstance(error, Refused) else str(error)
        if reason == refusals.OVER_BUDGET:
            issuer = member.args.get("issuer", self._signer.address)
            budget = self._node.call(CONTRACTS[kind.noun], to, "budget_of", issuer)[0]
            if max(member.amount, 1) > budget:
                reason = f"it is more than the issuer's whole budget of {budget:,} for a period; the owner can raise it"
        if self._lane.index and reason == refusals.NOT_OF_EVENT:
            raise Parked(f"{units.checksum(self._signer.address)} is not an issuer of this event; the signer is")
        if reason in refusals.WAITING or (isinstance(error, Refused) and not isinstance(error, Reverted)):
            raise Parked(refusals.WAITING.get(reason) or f"the node will not take it: {reason}")
        operations.fail(self._ledger, member.id, reason)
        self._done.failed += 1
        self._progress(1, member.kind)

    def _afford(self, gas: int) -> None:
        """Park rather than sign what cannot be paid, or what costs more per gas than loyalty.toml allows."""
        if time.monotonic() - self._looked > _FRESH:
            self._look()
        price, most = self._fees.base + self._fees.priority, self._limits.max_fee
        if price > most:
            raise Parked(
                f"gas costs {price / 1e9:.1f} gwei now, more than max_fee_gwei allows; wait, or raise it in loyalty.toml"
            )
        needed, held = gas * min(self._fees.max_fee, most), self._held
        if held < needed:
            coin = self._limits.currency
            raise Parked(
                f"{units.checksum(self._signer.address)} has {units.ether(held)} {coin} and needs {units.ether(needed)} {coin} to send the next transaction; top it up"
            )

    def _look(self) -> None:
        """Ask what gas costs, what the account holds, and which nonce the chain expects."""
        self._fees, self._held = self._node.fees(), self._node.balance(self._signer.address)
        self._next = self._node.nonce(self._signer.address, "pending")
        self._looked = time.monotonic()

    def _most_gas(self) -> int:
        """The most that one transaction may ask for, here and now."""
        return min(GAS_CAP, self._fees.block_gas)

    def _margin(self, kind: str, gas: int) -> int:
        """What to ask for where ``gas`` was estimated; thrice as much where an estimate of this kind was too low before."""
        return min(_with_margin(gas) * (3 if kind in self._ran_out else 1), self._most_gas())

    def _gas_of_nothing(self) -> int:
        """What a transaction without a call asks for: 21,000, and more on some networks."""
        return _with_margin(self._node.estimate(self._signer.address, self._signer.address, b""))

    def _emptied(self, batch: Batch) -> Batch:
        """The batch as what spends its nonce and does nothing."""
        return replace(batch, contract=batch.signer, calldata=b"", gas=self._gas_of_nothing())

    def _fitting(self, batch: Batch) -> Batch:
        """The batch with the gas that it needs now; emptied, where that is more than a transaction may ask for."""
        try:
            gas = self._node.estimate(batch.signer, batch.contract, batch.calldata)
        except Refused as error:
            if not refusals.is_too_large(error):
                raise
            return self._emptied(batch)
        return replace(batch, gas=self._margin(batch.kind, gas)) if gas <= self._most_gas() else self._emptied(batch)

    def _launch(self, batch: Batch) -> None:
        """Sign, store, broadcast: in this order and no other."""
        self._sign(batch, offers.first(self._fees, self._limits.max_fee))
        self._flying.append(batch)
        self._broadcast(batch)

    def _sign(self, batch: Batch, offer: Offer) -> None:
        signed = self._signer.sign(
            self._node.chain_id, batch.nonce, batch.contract, batch.calldata, batch.gas, offer.max_fee, offer.priority
        )
        reached("signed")
        empty = not batch.calldata
        batches.store(self._ledger, batch, signed.tx_hash, signed.raw, offer.max_fee, offer.priority, empty=empty)
        told("signed", kind=batch.kind, nonce=batch.nonce, transaction=signed.tx_hash, max_fee=offer.max_fee)
        self._offered[batch.id] = time.monotonic()
        self._outbid.discard(batch.id)
        reached("stored")

    def _broadcast(self, batch: Batch) -> None:
        """Put the stored bytes on the wire. Whatever the answer, the receipt decides what happened."""
        self._heard[batch.id] = time.monotonic()
        newest = batches.attempts_of(self._ledger, batch.id)[0]
        try:
            self._node.broadcast(newest.raw)
            batches.sent(self._ledger, batch)
            told("sent", kind=batch.kind, nonce=batch.nonce, transaction=newest.tx_hash)
        except Unreachable:
            told("no answer", kind=batch.kind, nonce=batch.nonce, transaction=newest.tx_hash)
            return  # sent or not: `_collect` looks, and sends the same bytes again
        except Refused as error:
            self._not_taken(batch, newest, error)
        finally:
            reached("broadcast")

    def _not_taken(self, batch: Batch, newest: Attempt, error: Refused) -> None:
        """What a refusal of stored bytes means for them. What is not known yet is found out when they are sent again."""
        answer = meaning(error.text)
        if answer is Answer.NONCE_LOW:
            self._nonce_spent(batch)
        elif answer in (Answer.REPLACEMENT, Answer.FEE_LOW):
            # Not a success: other bytes of this nonce are there (ours for less, or somebody else's), or none are.
            if not self._node.knows(newest.tx_hash):
                self._outbid.add(batch.id)
        elif answer is Answer.NO_FUNDS:
            coin, account = self._limits.currency, units.checksum(batch.signer)
            self._waits[batch.kind] = f"{account} has too little {coin} for a transaction that is under way; top it up"
        elif answer not in (Answer.KNOWN, Answer.FULL, Answer.NONCE_HIGH) and not self._node.knows(newest.tx_hash):
            self._renew(batch, error)

    def _offer_more(self, batch: Batch) -> bool:
        """Sign a call again at its nonce for a higher fee, where it offers less than a block takes now or has waited too long.

        Every hash is kept: whichever is mined counts, and the others die with the nonce. False where it was not done.
        """
        newest, self._fees = batches.attempts_of(self._ledger, batch.id)[0], self._node.fees()
        waited = time.monotonic() - max(self._moved, self._offered.get(batch.id, self._moved))
        too_large = batch.gas > self._most_gas() and not newest.empty
        cheap = batch.id in self._outbid or self._fees.base > newest.max_fee
        if not cheap and waited < _STUCK[self._far] and (not too_large or batch.id in self._renewed):
            return False
        offer = offers.raised(Offer(newest.max_fee, newest.priority_fee), self._fees, self._limits.max_fee)
        if offer is None:
            self._waits[batch.kind] = (
                f"transaction {newest.nonce} waits at {newest.max_fee / 1e9:.1f} gwei, and a higher offer would go over max_fee_gwei; wait, or raise it in loyalty.toml"
            )
            return False
        if too_large:
            self._renewed.add(batch.id)
        self._sign(self._emptied(batch) if newest.empty else self._fitting(batch) if too_large else batch, offer)
        reached("bumped")
        self._broadcast(batch)
        return True

    def _renew(self, batch: Batch, error: Refused) -> None:
        """Bytes that no node will take (their gas, their fee) are signed again: same nonce, same call, same number. Once a run.

        A call that no block has room for any more becomes an empty one, and once that is mined its operations go out in smaller calls.
        """
        if batch.id in self._renewed:
            raise ChainError(
                f"the node will not take transaction {batch.nonce}: {error.text}; nothing is lost: correct that and run loyalty send again"
            ) from error
        self._renewed.add(batch.id)
        self._fees = self._node.fees()
        self._sign(self._fitting(batch), offers.first(self._fees, self._limits.max_fee))
        self._broadcast(batch)

    # Looking for what became of it.

    def _collect(self) -> bool:
        """Look for the receipts of what is under way; True when any settled."""
        settled = False
        for batch in sorted(self._flying, key=lambda b: b.nonce):
            receipt = self._receipt(batch)
            if receipt is not None:
                reached("receipt")
                if self._record(batch, receipt):
                    self._flying.remove(batch)
                    settled = True
            elif time.monotonic() - self._heard.get(batch.id, 0.0) > _REBROADCAST[self._far]:
                # The others wait for the first: a higher fee for them would buy nothing.
                first = batch.nonce == min(b.nonce for b in self._flying)
                if not (first and self._offer_more(batch)):
                    self._broadcast(batch)
        return settled

    def _record(self, batch: Batch, receipt: Receipt) -> bool:
        """Write a receipt down, and what it means for the operations. False while that is not known yet."""
        needed = self._limits.confirmations
        deep = needed == 0 or self._node.block_number() - receipt.block_number >= needed
        first_time = batch.state != "confirmed"
        refusal = self._refusal(batch, receipt)
        if not refusal:
            if batch.kind == "deploy":
                self._stands(batch, receipt)
            batches.mined(self._ledger, batch, receipt, state="final" if deep else "confirmed")
        elif not deep or refusal == refusals.BATCH_SPENT:
            # A refusal can be undone by a reorganisation; and a spent number means that other bytes of ours were mined.
            return False
        elif refusal == refusals.TAKEN_BACK:
            batches.taken_back(self._ledger, batch, receipt, reason=refusal)
        else:
            if refusal == OUT_OF_GAS:
                self._ran_out.add(batch.kind)
            batches.reverted(self._ledger, batch, receipt, reason=refusal, most_tries=_MOST_TRIES)
            self._done.reverted += 1
        reached("recorded")
        state = "reverted" if refusal else "final" if deep else "confirmed"
        told(state, kind=batch.kind, nonce=batch.nonce, transaction=receipt.tx_hash, block=receipt.block_number,
             gas=receipt.gas_used, reason=refusal)  # fmt: skip
        if first_time:
            self._done.transactions += 1
            self._done.gas += receipt.gas_used
            self._done.wei += receipt.gas_used * receipt.gas_price
            if not refusal:
                self._done.operations += batch.count
                self._progress(batch.count, batch.kind)
        return True

    def _refusal(self, batch: Batch, receipt: Receipt) -> str:
        """Why a mined call did nothing; empty when it did what it should."""
        if not receipt.emitters and any(
            a.empty for a in batches.attempts_of(self._ledger, batch.id) if a.tx_hash == receipt.tx_hash
        ):
            return "" if batch.kind == batches.EMPTY else refusals.TAKEN_BACK
        if not receipt.succeeded:
            return self._node.replay(batch.signer, batch.contract, batch.calldata, receipt.block_number)
        kind = KINDS[batch.kind]
        if kind.emits and batch.contract and batch.contract not in receipt.emitters:
            return kind.unless_true or "the call was mined, but the contract did nothing"
        return ""

    def _stands(self, batch: Batch, receipt: Receipt) -> None:
        """A deployment was mined: its address follows from the signer and the nonce of the bytes that were."""
        (operation,) = operations.of_batch(self._ledger, batch.id)
        nonce = next(a.nonce for a in batches.attempts_of(self._ledger, batch.id) if a.tx_hash == receipt.tx_hash)
        source = abi.artifact(operation.args["contract"])["sourceSha256"]
        address = abi.contract_address(batch.signer, nonce)
        found = catalogue.Deployment(operation.subject, address, receipt.block_number, source)
        catalogue.put_deployment(self._ledger, batch.chain_id, found)

    def _nonce_spent(self, batch: Batch) -> None:
        """The nonce is spent: by our own bytes (the receipt will come), or by somebody else's for good."""
        if self._receipt(batch) is not None or self._node.nonce(batch.signer) <= batch.nonce:
            self._suspected.pop(batch.id, None)
            return
        since = self._suspected.setdefault(batch.id, time.monotonic())
        if time.monotonic() - since < _PROOF[self._far] or not self._spent_by_another(batch):
            return
        self._flying.remove(batch)
        if batch.kind == batches.EMPTY:
            batches.unneeded(self._ledger, batch)
            return
        # The same call under the same batch number: should our first bytes be mined after all, the contract takes one of the two.
        self._resume(batches.moved(self._ledger, batch, self._node.nonce(batch.signer, "pending")))

    def _spent_by_another(self, batch: Batch) -> bool:
        """Whether the nonce is spent as deep as this network counts final, by none of the bytes we ever signed for it."""
        if batch.tx_hash is not None:
            return False  # it was mined once: a node that denies it now lags
        deep = max(self._node.block_number() - self._limits.confirmations, 0)
        if self._node.nonce(batch.signer, hex(deep)) <= batch.nonce:
            return False
        return not any(self._node.knows(a.tx_hash) for a in batches.attempts_of(self._ledger, batch.id))

    def _receipt(self, batch: Batch) -> Receipt | None:
        """The receipt of any bytes this batch was ever signed as; one that worked before one that did not."""
        found = [self._node.receipt(attempt.tx_hash) for attempt in batches.attempts_of(self._ledger, batch.id)]
        return min((r for r in found if r is not None), key=lambda r: not r.succeeded, default=None)


def _with_margin(gas: int) -> int:
    """A tenth more than estimated: what is pending may be mined in another order and cost another slot."""
    return gas + gas // 10 + 10_000
