"""Points: awarding (at once, by voucher, by epoch), reading, redeeming, revoking, sweeping, freezing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyalty import epochs, intake, rows, units, vouchers
from loyalty.chain import Signer
from loyalty.contracts import Contract, word
from loyalty.epochs import Claims, Epoch, Proof, Published
from loyalty.errors import BadRows, SettingsError
from loyalty.governed import Order, order
from loyalty.intake import Owner, Taken
from loyalty.ledger import Ledger, operations
from loyalty.ledger.operations import New, Operation
from loyalty.queued import Queued, queue, queue_signed, seen
from loyalty.rows import Row
from loyalty.signed import check_signed, typed
from loyalty.vouchers import Voucher

_ZERO = "0x" + "0" * 40
_REDEEM = {
    "account": "address",
    "amount": "uint256",
    "reference": "bytes32",
    "number": "uint256",
    "deadline": "uint256",
}
_CAUSES = {
    "Expired": "expired",
    "Redeemed": "redeem",
    "Claimed": "claim",
    "Spent": "spend",
    "Restored": "restore",
    "AwardedFor": "award",
}
_MOST_SIGNATURE = 1_024  # what the contract takes: a Safe with several owners signs with more than 65 bytes


@dataclass(frozen=True)
class Lot:
    """Points that expire together: ``expires`` is the first second they can no longer be spent (0: never)."""

    amount: int
    expires: int


@dataclass(frozen=True)
class Balance:
    """What a wallet can spend now, what of it expires first, what is queued for it but not on chain yet, and what an epoch owes it unclaimed."""

    wallet: str
    points: int
    lots: tuple[Lot, ...]
    expired: int
    queued: int
    unclaimed: int = 0


@dataclass(frozen=True)
class Movement:
    """One change of a wallet's points, as the chain has it, with the ledger's word on why where there is one. ``amount`` is signed."""

    block_number: int
    tx_hash: str
    what: str
    amount: int
    balance: int
    key: str
    note: str


class Points:
    """The points token. Amounts are whole numbers in the token's unit."""

    def __init__(
        self, ledger: Ledger, contract: Contract, signer: Callable[[], Signer], signer_address: Callable[[], str]
    ) -> None:
        self._ledger = ledger
        self._contract = contract
        self._signer = signer
        self._signer_address = signer_address

    def award(self, who: str, amount: int, *, key: str, note: str = "", not_before: int = 0) -> Queued:
        """Queue an award to a wallet or a customer. The same key again changes nothing; it opens no socket.

        ``not_before`` (unix seconds) holds the points back: until then the award is pending, and cancelling it costs nothing.
        Raises KeyReused when ``key`` stands for another award.
        """
        due_at = units.whole(not_before, "not_before", most=2**40)
        return queue(self._ledger, _award(intake.owner(self._ledger, who), key, amount, note, due_at=due_at))

    def cancel(self, key: str) -> Queued:
        """Cancel an award that is still queued, which costs nothing, or queue the withdrawal of its voucher. The key is not free again."""
        name = f"points.award:{units.key(key)}"
        if vouchers.of(self._ledger, key):
            return vouchers.withdraw(self._ledger, self._contract, self._signer_address, key)
        cancelled = operations.cancel(self._ledger, name)
        found = operations.by_key(self._ledger, name)
        if found is None:
            raise SettingsError(f'there is no award "{key}" in the ledger')
        if not cancelled and found.state != "cancelled":
            raise SettingsError(
                f'award "{key}" is {found.state} and cannot be cancelled any more; take points back with: loyalty points revoke'
            )
        return seen(found, new=cancelled)

    def award_file(
        self,
        source: str | Path,
        *,
        skip_bad: bool = False,
        dry_run: bool = False,
        label: str = "",
        only_new: bool = False,
        then: Callable[[Any], None] | None = None,
    ) -> Taken:
        """Queue an award for each row of a CSV with ``wallet`` or ``customer_id``, ``amount``, and where known ``key`` and ``note``.

        All rows or none. See ``intake.take`` for rows without a key, and for ``then``.
        """
        with rows.opened(source) as table:
            table.need("amount")
            return intake.take(
                self._ledger,
                table,
                _award_row,
                skip_bad=skip_bad,
                dry_run=dry_run,
                label=label,
                only_new=only_new,
                uses=("amount", "key"),
                then=then,
            )

    def award_many(self, awards: Iterable[Mapping[str, str | int]]) -> Taken:
        """Queue many awards in one transaction, all or none: each with ``wallet`` or ``customer_id``, ``amount``, ``key`` and perhaps ``note``.

        When it returns, they are on the disk. A key that is known with the same contents changes nothing. Raises BadRows,
        whose ``rows`` say which cannot be taken and why (a key that stands for another award among them).
        """
        table = rows.given("the list of awards", awards, ("wallet", "customer_id", "amount", "key", "note"))
        try:
            return intake.take(self._ledger, table, _award_with_key, uses=("amount", "key"))
        except BadRows as error:
            raise BadRows(error.source, error.rows, "its rows say why; correct them, or leave them out") from None

    def voucher(self, who: str, amount: int, *, key: str, note: str = "", start: int = 0, deadline: int = 0) -> Voucher:
        """Sign an award that a customer or a till can carry: whoever sends it, it pays that wallet, once.

        Good from ``start`` (unix seconds; 0: at once) to ``deadline``, the last good second (0: 30 days). The key is an award's: the same
        again gives the same voucher, or the same award signed with other times; however often it was signed, it pays once.
        """
        owner = intake.owner(self._ledger, who)
        new = _award(owner, key, amount, note, state="vouched")
        return vouchers.sign(self._ledger, self._contract, self._signer, new, start, deadline)

    def vouchers(self) -> list[Voucher]:
        """Every voucher, oldest first, with what became of it."""
        return vouchers.every(self._ledger, self._contract)

    def claim_voucher(self, voucher: str | Mapping[str, Any]) -> Queued:
        """Queue putting a voucher on chain (its JSON text, or what that holds); the programme pays the gas. Once, however often it is brought.

        Raises SettingsError for one of another chain or contract, altered, used, expired or not good yet.
        """
        return vouchers.claim(self._ledger, self._contract, voucher)

    def publish_epoch(
        self,
        source: str | Path,
        *,
        skip_bad: bool = False,
        dry_run: bool = False,
        label: str = "",
        only_new: bool = False,
        out: str | Path = "",
    ) -> Published:
        """Queue one root for all awards of a CSV (as ``award_file`` takes it): customers claim them, and what nobody claims costs nothing.

        A row that was awarded before, in whatever way, is known and not in it. ``out`` is a file for the tree, which claim pages read.
        """
        with rows.opened(source) as table:
            table.need("amount")
            return epochs.publish(
                self._ledger,
                table,
                _epoch_row,
                skip_bad=skip_bad,
                dry_run=dry_run,
                label=label,
                only_new=only_new,
                out=out,
            )

    def epoch(self, *, out: str | Path = "") -> Epoch:
        """The epoch on chain: its root, when its points expire, what is claimed of it and what is not; ``out`` is a file for its tree."""
        return epochs.show(self._ledger, self._contract, out)

    def proof(self, who: str) -> Proof:
        """What shows the contract that the epoch on chain owes a wallet or a customer its points."""
        return epochs.proof(self._ledger, self._contract, intake.owner(self._ledger, who).wallet)

    def claim_epoch(self, who: Sequence[str] | None = None) -> Claims:
        """Queue claiming from the epoch on chain for some wallets or customers, or (None) for all that it owes; who was paid is left out."""
        wallets = None if who is None else [intake.owner(self._ledger, one).wallet for one in who]
        return epochs.claim(self._ledger, self._contract, wallets)

    def freeze(self, who: str, *, calldata: bool = False) -> Order:
        """Queue stopping a wallet from spending and sending, as when its key was stolen; it can still be given to. The guardian's or the owner's."""
        wallet = intake.owner(self._ledger, who).wallet
        return order(self._ledger, self._contract, self._signer_address, "freeze", wallet, calldata=calldata)

    def unfreeze(self, who: str, *, calldata: bool = False) -> Order:
        """Queue letting a frozen wallet spend again. The owner's."""
        wallet = intake.owner(self._ledger, who).wallet
        return order(self._ledger, self._contract, self._signer_address, "unfreeze", wallet, calldata=calldata)

    def balance(self, who: str) -> Balance:
        """What a wallet or a customer has: spendable points by lot, from the chain, and what is still queued."""
        wallet = intake.owner(self._ledger, who).wallet
        lots = [Lot(lot["amount"], lot["expires"]) for lot in self._contract.read("lots_of", wallet)]
        waiting = sum(
            o.amount
            for o in operations.of_wallet(self._ledger, wallet, "points.award")
            if o.state in ("queued", "formed", "signed", "sent")
        )
        return Balance(
            wallet=wallet,
            points=self._contract.read("balanceOf", wallet),
            lots=tuple(lots),
            expired=self._contract.read("expired_of", wallet),
            queued=waiting,
            unclaimed=epochs.unclaimed(self._ledger, self._contract, wallet),
        )

    def history(self, who: str) -> list[Movement]:
        """Every change of a wallet's points on chain, oldest first, with the ledger's reason for it."""
        wallet = intake.owner(self._ledger, who).wallet
        moves = [
            *self._contract.events("Transfer", word(wallet)),
            *self._contract.events("Transfer", None, word(wallet)),
        ]
        known: dict[tuple[str, int], list[Operation]] = {}
        for operation in operations.of_wallet(self._ledger, wallet, "points."):
            # What these two move is found out on chain: their transaction alone tells them.
            amount = -1 if operation.kind in ("points.revoke", "points.claim") else operation.amount
            known.setdefault((operation.tx_hash or "", amount), []).append(operation)
        causes = self._causes(wallet)
        balance, told = 0, []
        for move in sorted({m.position: m for m in moves}.values(), key=lambda m: m.position):
            came, went = move.fields["receiver"].lower() == wallet, move.fields["sender"].lower() == wallet
            amount = move.fields["value"] * (came - went)
            balance += amount
            why = known.get((move.tx_hash, abs(amount))) or known.get((move.tx_hash, -1), [])
            reason = why.pop(0) if why else None
            what, note = causes.get(move.position) or (_plain_name(move.fields, amount), "")
            told.append(
                Movement(
                    block_number=move.block_number,
                    tx_hash=move.tx_hash,
                    what=reason.kind.partition(".")[2] if reason else what,
                    amount=amount,
                    balance=balance,
                    key=reason.key.partition(":")[2] if reason and reason.kind != "points.claim" else "",
                    note=reason.note if reason else note,
                )
            )
        return told

    def _causes(self, wallet: str) -> dict[tuple[int, int], tuple[str, str]]:
        """What the contract says of its Transfers, by their place: the event that tells the cause comes right after."""
        own = self._contract.events(["Expired", "Redeemed", "Claimed"], word(wallet))
        others = self._contract.events(["Spent", "Restored", "AwardedFor"], None, word(wallet))
        found = {}
        for event in [*own, *others]:
            block, index = event.position
            order = int.from_bytes(event.fields["reference"], "big") if event.name in ("Spent", "Restored") else 0
            # A shop of another kind may know its orders by something else than a number.
            found[block, index - 1] = (_CAUSES[event.name], f"order {order}" if 0 < order < 2**64 else "")
        return found

    def redemption(
        self, who: str, amount: int, *, reference: str, deadline: int = 0, number: int | None = None
    ) -> dict[str, Any]:
        """The EIP-712 message a customer signs to spend points under ``reference``; valid until ``deadline`` (unix seconds; 0: one hour)."""
        return typed(
            self._contract,
            "Redeem",
            _REDEEM,
            {
                "account": units.checksum(intake.owner(self._ledger, who).wallet),
                "amount": units.amount(amount),
                "reference": reference_word(reference),
                "number": str(secrets.randbits(255) if number is None else number),
                "deadline": deadline or units.now() + 3600,
            },
        )

    def redeem(self, request: dict[str, Any], signature: bytes, *, reference: str) -> Queued:
        """Queue a redemption that the customer has signed (``request`` is what ``redemption`` gave): burns the points; the programme pays the gas.

        One redemption per reference: the same reference again is the same redemption.
        """
        new = _redemption(request, signature, reference)
        check_signed(self._contract.node, request, signature, new.wallet)
        return queue_signed(
            self._ledger,
            new,
            lambda before: (
                f'reference "{reference}" already stands for {before.amount} points of {units.checksum(before.wallet)}; use a new reference'
            ),
        )

    def revoke(self, who: str, amount: int, *, reference: str, reason: str, key: str = "") -> Queued:
        """Queue a clawback: takes what is there, up to ``amount``, and the chain reports the rest as missing. One per reference, unless keys say otherwise."""
        if len(reason.encode()) > 100:
            raise SettingsError("the reason is longer than 100 bytes; it goes on chain: make it shorter")
        if not reason.strip():
            raise SettingsError("a revocation needs a reason; it goes on chain, so name no person in it")
        owner = intake.owner(self._ledger, who)
        new = New(
            key=f"points.revoke:{units.key(key or reference)}",
            kind="points.revoke",
            wallet=owner.wallet,
            customer_id=owner.customer_id,
            amount=units.amount(amount),
            args={"reference": reference_word(reference), "reason": reason},
            note=reference,
        )
        return queue(self._ledger, new)

    def sweep(self, who: str = "") -> list[Queued]:
        """Queue the burning of expired points of one wallet or customer, or of every wallet that was ever awarded any."""
        wallets = (
            [intake.owner(self._ledger, who).wallet] if who else sorted(operations.sums(self._ledger, "points.award"))
        )
        swept = []
        expired = self._contract.read_each("expired_of", [(w,) for w in wallets])
        for wallet, amount in zip(wallets, expired, strict=True):
            if amount:
                # What is expired now is swept once; what expires later is another day's, and another sum.
                lots = f"{wallet}:{self._contract.node.timestamp() // 86_400}:{amount}"
                swept.append(queue(self._ledger, New(f"points.sweep:{lots}", "points.sweep", wallet, amount=amount)))
        return swept


def _redemption(request: dict[str, Any], signature: bytes, reference: str) -> New:
    """A signed redemption as an operation. Whatever does not fit the contract's types is refused here, not when it is sent."""
    try:
        message = dict(request["message"])
        account, amount, word_ = str(message["account"]), message["amount"], str(message["reference"])
        number, deadline = message["number"], message["deadline"]
    except (KeyError, TypeError, ValueError):
        raise SettingsError(
            "the request is not a redemption; it is what loyalty points redeem prints without a signature"
        ) from None
    if word_ != reference_word(reference):
        raise SettingsError(f'the signed message is not for reference "{reference}"; sign that reference')
    if not 1 <= len(signature) <= _MOST_SIGNATURE:
        raise SettingsError(f"the signature has {len(signature)} bytes; it takes 1 to {_MOST_SIGNATURE}")
    return New(
        key=f"points.redeem:{units.key(reference)}",
        kind="points.redeem",
        wallet=units.address(account),
        amount=units.amount(amount),
        args={
            "reference": word_,
            "number": str(units.uint(number, "number")),
            "deadline": units.uint(deadline, "deadline", 64),
            "signature": "0x" + signature.hex(),
        },
        note=reference,
    )


def reference_word(reference: str) -> str:
    """A reference as the contract keeps it: the keccak-256 of its text, so that an order number is never on chain in clear."""
    from loyalty.chain import abi

    return "0x" + abi.keccak(units.key(reference).encode()).hex()


def _award(
    owner: Owner, key: str, amount: int | str, note: str, *, due_at: int = 0, state: str = "queued", row: bool = False
) -> New:
    """An award, however it will be paid; a row of a file may have no key."""
    return New(
        key="" if row and not key else f"points.award:{units.key(key)}",
        kind="points.award",
        wallet=owner.wallet,
        customer_id=owner.customer_id,
        amount=units.amount(amount),
        note=note,
        due_at=due_at,
        state=state,
    )


def _award_row(connection: Any, row: Row, owner: Owner) -> New:
    return _award(owner, row.get("key"), row.get("amount"), row.get("note"), row=True)


def _award_with_key(connection: Any, row: Row, owner: Owner) -> New:
    return _award(owner, row.get("key"), row.get("amount"), row.get("note"))


def _epoch_row(connection: Any, row: Row, owner: Owner) -> New:
    return _award(owner, row.get("key"), row.get("amount"), row.get("note"), row=True, state="earning")


def _plain_name(fields: dict[str, Any], amount: int) -> str:
    if fields["sender"].lower() == _ZERO:
        return "award"
    if fields["receiver"].lower() == _ZERO:
        return "burn"
    return "received" if amount > 0 else "sent"
