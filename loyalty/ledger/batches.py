"""Batches: one contract call each, from the reserved nonce to the final receipt.

formed    nonce and number reserved, operations bound to it, nothing signed
signed    signed bytes stored; they may or may not have been sent
sent      a node has taken them
confirmed mined; the receipt says it worked
final     mined deep enough
reverted  mined and refused: nothing happened on chain, its operations are queued again or failed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Row, and_, func, select, update

from loyalty import units
from loyalty.errors import LoyaltyError
from loyalty.ledger import notices
from loyalty.ledger.schema import attempts, batches, operations
from loyalty.ledger.store import Ledger

IN_FLIGHT = ("formed", "signed", "sent")
EMPTY = "empty"
"""The kind of a batch that is only there to fill a gap between nonces: it calls nothing and no operation is bound to it."""
FOUND_ON_CHAIN = "found on chain"
"""The reason of a batch that was not sent from this ledger, but adopted."""


@dataclass(frozen=True)
class Batch:
    """One contract call and the lane (chain, signer, nonce) it travels in."""

    id: int
    chain_id: int
    signer: str
    nonce: int
    contract: str
    kind: str
    number: int | None
    count: int
    calldata: bytes
    gas: int
    state: str
    tx_hash: str | None
    block_number: int | None
    block_hash: str | None
    gas_used: int | None
    gas_price: int | None
    reason: str


@dataclass(frozen=True)
class Attempt:
    """Signed bytes of a batch, the hash they are known by, and what they offer (wei per gas). ``empty`` ones do nothing but spend its nonce."""

    batch_id: int
    nonce: int
    tx_hash: str
    raw: bytes
    max_fee: int
    priority_fee: int
    empty: bool = False


class Taken(LoyaltyError):
    """Operations that another lane has bound to a batch of its own meanwhile."""


_ATTEMPT = tuple(Attempt.__dataclass_fields__)


@dataclass(frozen=True)
class Spending:
    """What mined batches cost: how many, the operations in them, their gas and what it was paid (wei)."""

    kind: str
    batches: int
    operations: int
    gas: int
    wei: int


def next_number(ledger: Ledger, chain_id: int, signer: str, contract: str) -> int:
    """The batch number that this signer has not used yet on this contract."""
    b = batches.c
    with ledger.read() as connection:
        highest = connection.scalar(
            select(func.max(b.number)).where(b.chain_id == chain_id, b.signer == signer, b.contract == contract)
        )
    return 0 if highest is None else int(highest) + 1


def form(
    ledger: Ledger,
    *,
    chain_id: int,
    signer: str,
    contract: str,
    kind: str,
    number: int | None,
    calldata: bytes,
    gas: int,
    members: Sequence[int],
    chain_nonce: int,
    fill: bool = False,
) -> Batch:
    """Reserve the next nonce for a call (with ``fill`` the chain's own, below what is reserved already) and bind its operations to it, in one transaction.

    Raises Taken where another lane was faster.
    """
    with ledger.write() as connection:
        if fill:
            # A refused call that a reorganisation took out of the chain must not come back: its operations are queued again.
            gone = (batches.c.chain_id == chain_id, batches.c.signer == signer, batches.c.nonce == chain_nonce)
            connection.execute(update(batches).where(*gone, batches.c.state == "reverted").values(nonce=None))
        nonce = chain_nonce if fill else _next_nonce(connection, chain_id, signer, chain_nonce)
        inserted = connection.execute(
            batches.insert().values(
                chain_id=chain_id,
                signer=signer,
                nonce=nonce,
                contract=contract,
                kind=kind,
                number=number,
                count=len(members),
                calldata=calldata,
                gas=gas,
                state="formed",
                reason="",
                created_at=units.now(),
            )
        )
        batch_id = int(inserted.inserted_primary_key[0])  # type: ignore[index]
        bound = 0
        for start in range(0, len(members), 500):
            some = members[start : start + 500]
            bound += connection.execute(
                update(operations)
                .where(operations.c.id.in_(some), operations.c.state == "queued")
                .values(state="batched", batch_id=batch_id)
            ).rowcount
        if bound != len(members):
            raise Taken("another lane took some of these operations; run: loyalty send")  # rolls all of it back
        return _one(connection, batch_id)


def store(
    ledger: Ledger, batch: Batch, tx_hash: str, raw: bytes, max_fee: int, priority_fee: int, *, empty: bool = False
) -> None:
    """Put signed bytes on the disk: the last step before they may be on the wire."""
    with ledger.write() as connection:
        connection.execute(
            attempts.insert().values(
                batch_id=batch.id,
                nonce=batch.nonce,
                tx_hash=tx_hash,
                raw=raw,
                max_fee=max_fee,
                priority_fee=priority_fee,
                empty=empty,
                created_at=units.now(),
            )
        )
        _move(connection, batch.id, ("formed", "signed", "sent"), state="signed")


def sent(ledger: Ledger, batch: Batch) -> None:
    """A node has taken the bytes. Said of a batch that is further already, it changes nothing."""
    with ledger.write() as connection:
        connection.execute(
            update(batches).where(batches.c.id == batch.id, batches.c.state == "signed").values(state="sent")
        )


class Receipt(Protocol):
    """What a receipt must say to be written down; gas price in wei."""

    @property
    def tx_hash(self) -> str: ...
    @property
    def block_number(self) -> int: ...
    @property
    def block_hash(self) -> str: ...
    @property
    def gas_used(self) -> int: ...
    @property
    def gas_price(self) -> int: ...


def mined(ledger: Ledger, batch: Batch, receipt: Receipt, *, state: str) -> None:
    """Write a receipt down: ``state`` is confirmed or final."""
    with ledger.write() as connection:
        _move(connection, batch.id, ("signed", "sent", "confirmed"), state=state, **_paid(receipt))
        if ledger.tells and batch.state != "confirmed":
            notices.note(connection, operations.c.batch_id == batch.id, "confirmed", tx_hash=receipt.tx_hash)


def reverted(ledger: Ledger, batch: Batch, receipt: Receipt, *, reason: str, most_tries: int) -> None:
    """The chain refused the call: its operations are queued again, and those tried too often fail with the reason."""
    with ledger.write() as connection:
        _move(connection, batch.id, ("signed", "sent", "confirmed"), state="reverted", reason=reason, **_paid(receipt))
        mine = operations.c.batch_id == batch.id
        again = {"batch_id": None, "tries": operations.c.tries + 1}
        worn = operations.c.tries + 1 >= most_tries
        if ledger.tells:
            notices.note(connection, and_(mine, worn), "failed", tx_hash=receipt.tx_hash, reason=reason)
        connection.execute(update(operations).where(mine, worn).values(state="failed", reason=reason, **again))
        connection.execute(update(operations).where(mine).values(state="queued", **again))


def taken_back(ledger: Ledger, batch: Batch, receipt: Receipt, *, reason: str) -> None:
    """An empty transaction has spent the nonce, so the call can never be mined: its operations are queued again as if it had not been formed."""
    with ledger.write() as connection:
        _move(connection, batch.id, ("signed", "sent", "confirmed"), state="reverted", reason=reason, **_paid(receipt))
        mine = operations.c.batch_id == batch.id
        connection.execute(update(operations).where(mine).values(state="queued", batch_id=None))


def unneeded(ledger: Ledger, batch: Batch) -> None:
    """The gap that an empty transaction was to fill is filled by another one."""
    with ledger.write() as connection:
        _move(connection, batch.id, ("formed", "signed", "sent"), state="dissolved", nonce=None)


def unmined(ledger: Ledger, batch: Batch) -> None:
    """The chain lost the block: the same signed bytes are to be sent again. The hash they were mined under stays written down."""
    with ledger.write() as connection:
        _move(connection, batch.id, ("confirmed", "final"), state="signed", block_number=None, block_hash=None)
        if ledger.tells:
            notices.note(connection, operations.c.batch_id == batch.id, "reorged", tx_hash=batch.tx_hash)


def moved(ledger: Ledger, batch: Batch, chain_nonce: int) -> Batch:
    """Another transaction took the nonce for good: the same call, under the same number, gets the next nonce, to be signed again."""
    with ledger.write() as connection:
        nonce = _next_nonce(connection, batch.chain_id, batch.signer, chain_nonce)
        _move(connection, batch.id, ("signed", "sent"), state="formed", nonce=nonce)
        return _one(connection, batch.id)


def dissolve(ledger: Ledger, batch: Batch) -> bool:
    """Give up a batch that nothing was ever signed for: nonce and number are free again, its operations queued. False where something was signed."""
    signed = select(attempts.c.id).where(attempts.c.batch_id == batch.id)
    with ledger.write() as connection:
        if connection.execute(signed).first() is not None:
            return False
        _move(connection, batch.id, ("formed",), state="dissolved", nonce=None, number=None)
        connection.execute(
            update(operations).where(operations.c.batch_id == batch.id).values(state="queued", batch_id=None)
        )
        return True


@dataclass(frozen=True)
class Adopted:
    """A transaction of the signer's that is on chain for good, and that this ledger does not know."""

    chain_id: int
    signer: str
    nonce: int
    contract: str
    kind: str
    number: int | None
    calldata: bytes
    gas: int
    receipt: Receipt


def adopt(ledger: Ledger, found: Adopted, keys: Sequence[str]) -> None:
    """Write a transaction down as final, and the operations under ``keys`` as paid by it.

    Where a batch of the ledger is this very call, under the same number, it is that one that was mined. Raises LoyaltyError
    where its number stands for another call, and nothing is written.
    """
    b = batches.c
    same = (b.chain_id == found.chain_id, b.signer == found.signer, b.contract == found.contract)
    with ledger.write() as connection:
        numbered = select(batches).where(*same, b.number == found.number)
        known = connection.execute(numbered).one_or_none() if found.number is not None else None
        taken = connection.execute(select(b.id).where(*same[:2], b.nonce == found.nonce)).one_or_none()
        if known is not None and known.calldata != found.calldata:
            raise LoyaltyError(
                f"batch number {found.number} stands for another call in this ledger than in transaction {found.receipt.tx_hash}; nothing was written: sign with another issuer, whose numbers begin anew"
            )
        values = {"state": "final", "kind": found.kind, **_paid(found.receipt)}
        if known is not None:
            connection.execute(update(batches).where(b.id == known.id).values(**values))
            return
        inserted = connection.execute(
            batches.insert().values(
                chain_id=found.chain_id,
                signer=found.signer,
                nonce=None if taken else found.nonce,
                contract=found.contract,
                number=found.number,
                count=len(keys),
                calldata=found.calldata,
                gas=found.gas,
                reason=FOUND_ON_CHAIN,
                created_at=units.now(),
                **values,
            )
        )
        batch_id = int(inserted.inserted_primary_key[0])  # type: ignore[index]
        for start in range(0, len(keys), 500):
            mine = operations.c.key.in_(keys[start : start + 500])
            connection.execute(
                update(operations)
                .where(mine, operations.c.state.in_(("queued", "failed")))
                .values(state="batched", batch_id=batch_id, reason="")
            )
        if ledger.tells:
            notices.note(connection, operations.c.batch_id == batch_id, "confirmed", tx_hash=found.receipt.tx_hash)


def known(ledger: Ledger, chain_id: int) -> tuple[set[str], int]:
    """Every hash that this ledger's transactions may be mined under, and the newest block that it has seen one of them in (0: none)."""
    b = batches.c
    signed = select(attempts.c.tx_hash).join(batches, b.id == attempts.c.batch_id).where(b.chain_id == chain_id)
    with ledger.read() as connection:
        hashes = {*connection.scalars(signed), *connection.scalars(select(b.tx_hash).where(b.chain_id == chain_id))}
        newest = connection.scalar(select(func.max(b.block_number)).where(b.chain_id == chain_id))
    return hashes, int(newest or 0)


def mined_from(ledger: Ledger, chain_id: int, signer: str, nonce: int) -> list[Batch]:
    """The signer's batches that were mined under ``nonce`` or a later one."""
    b = batches.c
    statement = select(batches).where(
        b.chain_id == chain_id, b.signer == signer, b.nonce >= nonce, b.state.in_(("confirmed", "final"))
    )
    with ledger.read() as connection:
        return [_batch(row) for row in connection.execute(statement)]


def in_state(ledger: Ledger, chain_id: int, *states: str) -> list[Batch]:
    """The batches in any of ``states``, in the order of their nonces."""
    statement = (
        select(batches).where(batches.c.chain_id == chain_id, batches.c.state.in_(states)).order_by(batches.c.nonce)
    )
    with ledger.read() as connection:
        return [_batch(row) for row in connection.execute(statement)]


def under_way(ledger: Ledger, chain_id: int) -> set[str]:
    """The kinds of the batches that are in flight, in whichever lane."""
    statement = select(batches.c.kind).where(batches.c.chain_id == chain_id, batches.c.state.in_(IN_FLIGHT)).distinct()
    with ledger.read() as connection:
        return set(connection.scalars(statement))


def lanes_under_way(ledger: Ledger, chain_id: int) -> set[str]:
    """The signers that have batches in flight, or mined and not final."""
    states = (*IN_FLIGHT, "confirmed")
    statement = select(batches.c.signer).where(batches.c.chain_id == chain_id, batches.c.state.in_(states)).distinct()
    with ledger.read() as connection:
        return set(connection.scalars(statement))


def attempts_of(ledger: Ledger, batch_id: int) -> list[Attempt]:
    """Every set of signed bytes of a batch, newest first."""
    statement = select(attempts).where(attempts.c.batch_id == batch_id).order_by(attempts.c.id.desc())
    with ledger.read() as connection:
        return [Attempt(**{name: row._mapping[name] for name in _ATTEMPT}) for row in connection.execute(statement)]


def spending(ledger: Ledger, chain_id: int) -> list[Spending]:
    """What the mined batches of each kind cost."""
    b = batches.c
    statement = select(b.kind, b.count, b.gas_used, b.gas_price).where(
        b.chain_id == chain_id, b.state.in_(("confirmed", "final", "reverted"))
    )
    totals: dict[str, list[int]] = {}
    with ledger.read() as connection:
        for kind, count, gas_used, gas_price in connection.execute(statement):
            total = totals.setdefault(kind, [0, 0, 0, 0])
            # Summed here and not in SQL: wei outgrows 64 bits.
            for index, part in enumerate((1, count, gas_used, gas_used * gas_price)):
                total[index] += part
    return [Spending(kind, *total) for kind, total in sorted(totals.items())]


def _next_nonce(connection: Connection, chain_id: int, signer: str, chain_nonce: int) -> int:
    """The first nonce that neither the chain nor this ledger has given away."""
    b = batches.c
    highest = connection.scalar(select(func.max(b.nonce)).where(b.chain_id == chain_id, b.signer == signer))
    return chain_nonce if highest is None else max(chain_nonce, int(highest) + 1)


def _move(connection: Connection, batch_id: int, allowed: Sequence[str], **values: Any) -> None:
    """Change a batch's state, but only from a state that may lead there."""
    changed = connection.execute(
        update(batches).where(batches.c.id == batch_id, batches.c.state.in_(allowed)).values(**values)
    )
    if changed.rowcount != 1:
        raise LoyaltyError(f"batch {batch_id} was moved on by another send; run: loyalty send")


def _paid(receipt: Receipt) -> dict[str, Any]:
    return {
        "tx_hash": receipt.tx_hash,
        "block_number": receipt.block_number,
        "block_hash": receipt.block_hash,
        "gas_used": receipt.gas_used,
        "gas_price": receipt.gas_price,
    }


def _one(connection: Connection, batch_id: int) -> Batch:
    return _batch(connection.execute(select(batches).where(batches.c.id == batch_id)).one())


def _batch(row: Row[Any]) -> Batch:
    fields = row._mapping
    return Batch(**{name: fields[name] for name in Batch.__dataclass_fields__})
