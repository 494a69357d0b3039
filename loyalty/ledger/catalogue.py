"""What a brand has set up: deployed contracts, POAP events, warranty terms, and the serials behind warranty tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select, update

from loyalty import units
from loyalty.errors import SettingsError
from loyalty.ledger.schema import deployments, events, productions, serials, terms
from loyalty.ledger.store import Ledger, insert

MAX_TERMS = MAX_PRODUCTIONS = 2**16 - 1
"""A warranty has 16 bits for the number of its terms, and as many for that of its production."""


@dataclass(frozen=True)
class Deployment:
    """A contract that stands: whose noun it serves, where, from which block on. ``source`` is the hash of what was deployed."""

    noun: str
    address: str
    block_number: int
    source: str


@dataclass(frozen=True)
class Event:
    """A POAP event: its number on chain, what people call it, its metadata."""

    number: int
    name: str
    uri: str
    soulbound: bool


@dataclass(frozen=True)
class Terms:
    """Warranty terms: periods in months, how often the warranty may change hands (255: as often as one likes), and the rules of claims.

    ``max_claims`` 0: as many as there are; ``cooldown_days`` between one claim and the next; ``repair_months`` that each repair adds to
    the legal guarantee; ``recovery_days`` in which what was sold can be taken back.
    """

    number: int
    product: str
    legal_months: int
    commercial_months: int
    transfers: int
    uri: str
    max_claims: int = 0
    cooldown_days: int = 0
    repair_months: int = 0
    recovery_days: int = 0


@dataclass(frozen=True)
class Serial:
    """What only the ledger knows of a warranty: the serial and the salt whose hash is the token id."""

    serial: str
    salt: str
    token_id: str
    terms: int


def deployed(ledger: Ledger, chain_id: int) -> dict[str, Deployment]:
    """The contracts that stand on a chain, by noun."""
    statement = select(deployments).where(deployments.c.chain_id == chain_id)
    with ledger.read() as connection:
        return {
            row.noun: Deployment(row.noun, row.address, row.block_number, row.source)
            for row in connection.execute(statement)
        }


def put_deployment(ledger: Ledger, chain_id: int, deployment: Deployment) -> None:
    """Write down that a contract stands. Where one stood already, the first stays."""
    with ledger.write() as connection:
        connection.execute(
            insert(connection, deployments)
            .values(
                chain_id=chain_id,
                noun=deployment.noun,
                address=deployment.address,
                block_number=deployment.block_number,
                source=deployment.source,
                created_at=units.now(),
            )
            .on_conflict_do_nothing()
        )


def all_events(ledger: Ledger) -> list[Event]:
    """Every POAP event, by number."""
    with ledger.read() as connection:
        rows = connection.execute(select(events).order_by(events.c.number))
        return [Event(row.number, row.name, row.uri, row.soulbound) for row in rows]


def event_named(connection: Connection, name: str) -> Event | None:
    """A POAP event by its name."""
    row = connection.execute(select(events).where(events.c.name == name)).first()
    return None if row is None else Event(row.number, row.name, row.uri, row.soulbound)


def add_event(connection: Connection, name: str, uri: str, soulbound: bool) -> Event:
    """Give a POAP event the next number."""
    number = int(connection.scalar(select(func.max(events.c.number))) or 0) + 1
    connection.execute(
        events.insert().values(number=number, name=name, uri=uri, soulbound=soulbound, created_at=units.now())
    )
    return Event(number, name, uri, soulbound)


def set_event_uri(connection: Connection, number: int, uri: str) -> None:
    """Write down that an event has other metadata."""
    connection.execute(update(events).where(events.c.number == number).values(uri=uri))


def all_terms(ledger: Ledger) -> dict[int, Terms]:
    """Every set of warranty terms, by number."""
    with ledger.read() as connection:
        return {row.number: _terms(row) for row in connection.execute(select(terms))}


def same_terms(connection: Connection, wanted: Terms) -> Terms | None:
    """Terms that say what ``wanted`` says, whatever their number."""
    said = {name: value for name, value in vars(wanted).items() if name != "number"}
    row = connection.execute(select(terms).filter_by(**said)).first()
    return None if row is None else _terms(row)


def add_terms(connection: Connection, wanted: Terms) -> Terms:
    """Give terms the next number."""
    number = int(connection.scalar(select(func.max(terms.c.number))) or 0) + 1
    if number > MAX_TERMS:
        raise SettingsError(
            f"all {MAX_TERMS:,} numbers for warranty terms are used; sell under terms that there are already"
        )
    new = replace(wanted, number=number)
    connection.execute(terms.insert().values(created_at=units.now(), standing=0, **vars(new)))
    return new


def standing_terms(connection: Connection, product: str) -> Terms | None:
    """The terms that a product was given last, for sales that say nothing else."""
    t = terms.c
    row = connection.execute(
        select(terms).where(t.product == product, t.standing > 0).order_by(t.standing.desc())
    ).first()
    return None if row is None else _terms(row)


def let_stand(connection: Connection, number: int) -> None:
    """Make terms the ones that their product gets from now on."""
    newest = int(connection.scalar(select(func.max(terms.c.standing))) or 0)
    connection.execute(update(terms).where(terms.c.number == number).values(standing=newest + 1))


def production(connection: Connection, name: str, *, add: bool) -> int | None:
    """The number of a production by the brand's own name for it; with ``add``, the next one where it has none."""
    p = productions.c
    found = connection.scalar(select(p.number).where(p.name == name))
    if found is not None or not add:
        return found
    number = int(connection.scalar(select(func.max(p.number))) or 0) + 1
    if number > MAX_PRODUCTIONS:
        raise SettingsError(f"all {MAX_PRODUCTIONS:,} numbers for productions are used; register without one")
    connection.execute(productions.insert().values(number=number, name=name, created_at=units.now()))
    return number


def production_name(connection: Connection, number: int) -> str:
    """The brand's own name for a production; empty where there is none."""
    found = connection.scalar(select(productions.c.name).where(productions.c.number == number))
    return str(found) if found is not None else ""


def find_serials(connection: Connection, wanted: Sequence[str]) -> dict[str, Serial]:
    """Those of the serials ``wanted`` that have a warranty."""
    found: dict[str, Serial] = {}
    for start in range(0, len(wanted), 500):
        rows = connection.execute(select(serials).where(serials.c.serial.in_(wanted[start : start + 500])))
        found.update((row.serial, Serial(row.serial, row.salt, row.token_id, row.terms)) for row in rows)
    return found


def serial_of(ledger: Ledger, token_id: str) -> Serial | None:
    """The serial behind a token id (0x and 64 digits)."""
    with ledger.read() as connection:
        row = connection.execute(select(serials).where(serials.c.token_id == token_id)).first()
    return None if row is None else Serial(row.serial, row.salt, row.token_id, row.terms)


def by_token(connection: Connection, tokens: Sequence[str]) -> dict[str, str]:
    """The serial numbers behind token ids, of those that the ledger knows."""
    found: dict[str, str] = {}
    for start in range(0, len(tokens), 500):
        some = tokens[start : start + 500]
        rows = connection.execute(select(serials.c.token_id, serials.c.serial).where(serials.c.token_id.in_(some)))
        found.update((row.token_id, row.serial) for row in rows)
    return found


def every_serial(ledger: Ledger) -> Iterator[Serial]:
    """Every serial that has a warranty, or had one queued."""
    with ledger.read() as connection:
        for row in connection.execute(select(serials).order_by(serials.c.serial).execution_options(yield_per=500)):
            yield Serial(row.serial, row.salt, row.token_id, row.terms)


def add_serials(connection: Connection, new: Sequence[Serial]) -> None:
    """Write serials down with their salts."""
    if new:
        connection.execute(
            serials.insert(),
            [
                {
                    "serial": s.serial,
                    "salt": s.salt,
                    "token_id": s.token_id,
                    "terms": s.terms,
                    "created_at": units.now(),
                }
                for s in new
            ],
        )


def _terms(row: object) -> Terms:
    return Terms(**{name: getattr(row, name) for name in Terms.__dataclass_fields__})
