"""Badges that an issuer signed away: to a wallet (a voucher), or to whoever has a link's key. Each has a number of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from loyalty import units
from loyalty.ledger.schema import promises
from loyalty.ledger.store import Ledger


@dataclass(frozen=True)
class Place:
    """One contract on one chain: what is signed for it means nothing elsewhere."""

    chain_id: int
    contract: str


@dataclass(frozen=True)
class Promise:
    """One badge signed away. ``account`` is the wallet of a voucher, or the address of a link's key; ``freed``: it can no longer be used."""

    issuer: str
    number: int
    event: int
    account: str
    link: bool
    customer_id: str | None
    deadline: int
    freed: bool = False


@dataclass(frozen=True)
class New:
    """A badge to be signed away."""

    event: int
    account: str
    link: bool
    customer_id: str | None
    deadline: int


def reserve(connection: Connection, place: Place, issuer: str, wanted: Sequence[New]) -> list[Promise]:
    """Write promises down, each under the issuer's next number: counted up, so that 255 of 256 cost the contract no new slot."""
    highest = connection.scalar(select(func.max(promises.c.number)).where(*_of(place, issuer)))
    first = 0 if highest is None else int(highest) + 1
    made = [
        Promise(issuer, first + n, new.event, new.account, new.link, new.customer_id, new.deadline)
        for n, new in enumerate(wanted)
    ]
    if made:
        rest = {"chain_id": place.chain_id, "contract": place.contract, "created_at": units.now()}
        connection.execute(promises.insert(), [{**rest, **vars(one)} for one in made])
    return made


def voucher(connection: Connection, place: Place, issuer: str, event: int, wallet: str) -> Promise | None:
    """The newest voucher that a wallet has for an event's badge from this issuer."""
    p = promises.c
    mine = (*_of(place, issuer), p.event == event, p.account == wallet, ~p.link)
    found = connection.execute(select(promises).where(*mine).order_by(p.id.desc())).first()
    return None if found is None else _promise(found)


def prolong(connection: Connection, place: Place, issuer: str, number: int, deadline: int) -> None:
    """Write down that a number was signed again, with another deadline."""
    _set(connection, place, issuer, number, deadline=deadline)


def free(connection: Connection, place: Place, issuer: str, number: int) -> None:
    """Write down that a link can no longer be used: whoever it was for may be given another."""
    _set(connection, place, issuer, number, freed=True)


def links(connection: Connection, place: Place, event: int) -> list[Promise]:
    """The links of an event, whoever signed them, in the order they were made."""
    p = promises.c
    rows = connection.execute(select(promises).where(*_at(place), p.event == event, p.link).order_by(p.id))
    return [_promise(row) for row in rows]


def numbered(ledger: Ledger, place: Place, issuer: str, number: int) -> Promise | None:
    """What an issuer promised under a number."""
    with ledger.read() as connection:
        found = connection.execute(select(promises).where(*_of(place, issuer), promises.c.number == number)).first()
    return None if found is None else _promise(found)


def _set(connection: Connection, place: Place, issuer: str, number: int, **values: Any) -> None:
    connection.execute(update(promises).where(*_of(place, issuer), promises.c.number == number).values(**values))


def _at(place: Place) -> tuple[Any, ...]:
    return promises.c.chain_id == place.chain_id, promises.c.contract == place.contract


def _of(place: Place, issuer: str) -> tuple[Any, ...]:
    return (*_at(place), promises.c.issuer == issuer)


def _promise(row: Row[Any]) -> Promise:
    fields = row._mapping
    return Promise(**{name: fields[name] for name in Promise.__dataclass_fields__})
