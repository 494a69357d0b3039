"""Warranties: registered under a salted serial hash, with a clock, extended, voided."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyalty import intake, rows, units
from loyalty.contracts import Contract
from loyalty.errors import KeyReused, SettingsError
from loyalty.intake import Owner, Taken
from loyalty.ledger import Ledger, catalogue, operations
from loyalty.ledger.catalogue import Serial, Terms
from loyalty.ledger.operations import New
from loyalty.queued import Queued, queue
from loyalty.rows import Row
from loyalty.settings import WarrantySettings
from loyalty.storage import Storage

STATES = ("none", "issued", "active", "void", "replaced", "refunded")
"""A warranty's states in the contract's order; expired is computed from the clock, never stored."""

FREE = 255
"""As often as one likes, in the contract's count of transfers."""

_MOST_MONTHS = 600


@dataclass(frozen=True)
class Shown:
    """A warranty as the chain has it, with what only the ledger knows: the serial and the product. Times are unix seconds, 0 while the clock stands still."""

    serial: str
    token_id: str
    product: str
    owner: str
    state: str
    start: int
    end: int
    transfers_left: str
    uri: str


class Warranty:
    """The warranty contract. A warranty is named by its serial number or its token id."""

    def __init__(self, ledger: Ledger, contract: Contract, storage: Storage, settings: WarrantySettings) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage
        self._settings = settings
        # A file repeats the same few terms on every row; their metadata is stored once.
        self._asked: dict[tuple[str, int | None, int | None, str], Terms] = {}

    def register(
        self,
        who: str,
        serial: str,
        product: str,
        *,
        purchased: str = "",
        in_stock: bool = False,
        months: int | None = None,
        legal_months: int | None = None,
        transfers: str = "",
        note: str = "",
    ) -> Queued:
        """Queue a warranty for a wallet or customer; its clock starts on ``purchased`` (an ISO date), or today.

        ``in_stock``: it goes to a shop with its clock stopped, and starts with the first sale. ``months`` is the commercial
        guarantee, ``legal_months`` the statutory one (the later end counts), ``transfers`` "free", "never" or a number.
        The serial number stays in the ledger: the chain holds the hash of it and a random salt.
        """
        owner = intake.owner(self._ledger, who)
        with self._ledger.write() as connection:
            new = self._new(
                connection, owner, serial, product, purchased, in_stock, months, legal_months, transfers, note
            )
        return queue(self._ledger, new)

    def import_(self, source: str | Path, *, skip_bad: bool = False, dry_run: bool = False) -> Taken:
        """Queue a warranty for each row of a CSV with ``wallet`` or ``customer_id``, ``serial`` and ``product``.

        It may also have ``purchased``, ``months``, ``legal_months``, ``transfers``, ``in_stock`` (yes or no) and ``note``. All rows or none.
        """

        def one(connection: Any, row: Row, owner: Owner) -> New:
            return self._new(
                connection,
                owner,
                row.get("serial"),
                row.get("product"),
                row.get("purchased"),
                _yes(row.get("in_stock")),
                _months(row.get("months"), "months"),
                _months(row.get("legal_months"), "legal_months"),
                row.get("transfers"),
                row.get("note"),
            )

        with rows.opened(source) as table:
            table.need("serial", "product")
            uses = ("serial", "product", "purchased", "months", "legal_months", "transfers", "in_stock")
            return intake.take(self._ledger, table, one, skip_bad=skip_bad, dry_run=dry_run, uses=uses)

    def show(self, which: str) -> Shown:
        """A warranty by serial number or token id, as the chain has it now."""
        known = self._known(which)
        told = self._contract.read("warranty_of", int(known.token_id, 16))
        terms = catalogue.all_terms(self._ledger)[known.terms]
        state = STATES[told["state"]]
        if state == "none":
            queued = operations.by_key(self._ledger, f"warranty.register:{known.serial}")
            raise SettingsError(
                f'warranty "{known.serial}" is not on chain yet ({queued.state if queued else "unknown"}); run: loyalty send'
            )
        if state == "active" and told["end"] and self._contract.node.timestamp() >= told["end"]:
            state = "expired"
        left = self._contract.read("transfers_left", int(known.token_id, 16))
        return Shown(
            serial=known.serial,
            token_id=known.token_id,
            product=terms.product,
            owner=told["owner"].lower(),
            state=state,
            start=told["start"],
            end=told["end"],
            transfers_left="free" if left >= FREE else str(left),
            uri=terms.uri,
        )

    def extend(self, which: str, months: int, *, key: str) -> Queued:
        """Queue ``months`` more for a warranty. The same key is the same extension."""
        months = units.whole(months, "months", least=1, most=120)
        return queue(self._ledger, self._change("warranty.extend", which, key, {"months": months}))

    def void(self, which: str, *, reason: str) -> Queued:
        """Queue the end of a warranty; its data stays readable. The reason goes on chain, so it names no person."""
        if not reason.strip() or len(reason.encode()) > 100:
            raise SettingsError("a warranty is voided for a reason of 1 to 100 bytes, which goes on chain")
        return queue(self._ledger, self._change("warranty.void", which, "once", {"reason": reason}))

    def proof(self, which: str) -> dict[str, str]:
        """The salt that lets the holder show that a serial number is this token's: its hash with the salt is the token id."""
        known = self._known(which)
        return {"serial": known.serial, "salt": known.salt, "token_id": known.token_id}

    def _change(self, kind: str, which: str, key: str, args: dict[str, Any]) -> New:
        known = self._known(which)
        registered = operations.by_key(self._ledger, f"warranty.register:{known.serial}")
        return New(
            # A blank between them, which no key holds: "A" with "1:2" is not "A:1" with "2".
            key=f"{kind}:{known.serial} {units.key(key)}",
            kind=kind,
            wallet=registered.wallet if registered else "",
            subject=known.token_id,
            args=args,
            note=known.serial,
        )

    def _known(self, which: str) -> Serial:
        with self._ledger.read() as connection:
            which = unicodedata.normalize("NFKC", which).strip()
            found = catalogue.find_serials(connection, [which]).get(which)
        found = found or catalogue.serial_of(self._ledger, which.lower())
        if found is None:
            raise SettingsError(
                f'there is no warranty "{which}" in the ledger; register it first: loyalty warranty register'
            )
        return found

    def _new(
        self,
        connection: Any,
        owner: Owner,
        serial: str,
        product: str,
        purchased: str,
        in_stock: bool,
        months: int | None,
        legal_months: int | None,
        transfers: str,
        note: str,
    ) -> New:
        """One registration, with its terms and its salt written down. Raises SettingsError for what cannot be."""
        # Everything that can be refused is refused before anything is written: a skipped row leaves nothing behind.
        serial = _serial(serial)
        start = 0 if in_stock else _start(purchased)
        wanted = self._wanted_terms(product, months, legal_months, transfers)
        terms = catalogue.same_terms(connection, wanted)
        known = catalogue.find_serials(connection, [serial]).get(serial)
        if known is not None and (terms is None or known.terms != terms.number):
            raise KeyReused(
                f'serial "{serial}" is registered already, under other terms; a serial number has one warranty'
            )
        if terms is None:
            terms = self._add_terms(connection, wanted)
        if known is None:
            salt = secrets.token_bytes(32)
            known = Serial(serial, "0x" + salt.hex(), token_id(salt, serial), terms.number)
            catalogue.add_serials(connection, [known])
        if not purchased and not in_stock:
            # Registered again without a date, it is the same registration: it keeps the day it was first given.
            start = operations.arg(connection, f"warranty.register:{serial}", "start", start)
        return New(
            key=f"warranty.register:{serial}",
            kind="warranty.register",
            wallet=owner.wallet,
            customer_id=owner.customer_id,
            subject=known.token_id,
            args={"start": start, "terms": terms.number},
            note=note,
        )

    def _wanted_terms(self, product: str, months: int | None, legal: int | None, transfers: str) -> Terms:
        """The terms a row asks for, with the settings' word where it says nothing. They have no number yet."""
        product = product.strip()
        if not product or len(product) > 100:
            raise SettingsError("a warranty names a product of 1 to 100 characters")
        asked = (product, months, legal, transfers)
        if asked not in self._asked:
            commercial = (
                self._settings.commercial_months if months is None else units.whole(months, "months", most=_MOST_MONTHS)
            )
            statutory = (
                self._settings.legal_months if legal is None else units.whole(legal, "legal_months", most=_MOST_MONTHS)
            )
            if commercial == statutory == 0:
                raise SettingsError("a warranty of 0 months covers nothing; give months or legal_months")
            moves = _transfers(transfers or self._settings.transfers)
            uri = self._storage.put_json(metadata(product, statutory, commercial, moves))
            self._asked[asked] = Terms(0, product, statutory, commercial, moves, uri)
        return self._asked[asked]

    def _add_terms(self, connection: Any, wanted: Terms) -> Terms:
        """Number new terms, and queue their setting: it goes on chain before the registrations under them."""
        terms = catalogue.add_terms(connection, wanted)
        number = str(terms.number)
        args = {
            "legal": terms.legal_months,
            "commercial": terms.commercial_months,
            "transfers": terms.transfers,
            "uri": terms.uri,
        }
        operations.add(
            connection,
            [New(f"warranty.terms:{number}", "warranty.terms", subject=number, args=args, note=terms.product)],
        )
        return terms


def token_id(salt: bytes, serial: str) -> str:
    """A warranty's token id: keccak-256 of 32 bytes of salt and the serial's UTF-8 bytes."""
    from loyalty.chain import abi

    return "0x" + abi.keccak(salt + serial.encode()).hex()


def metadata(product: str, legal_months: int, commercial_months: int, transfers: int) -> dict[str, Any]:
    """What wallets and marketplaces show of a warranty: the product and its terms, no serial number and nobody's name."""
    traits: dict[str, Any] = {
        "Product": product,
        "Legal guarantee (months)": legal_months,
        "Commercial guarantee (months)": commercial_months,
        "Transfers": "free" if transfers == FREE else transfers,
    }
    return {
        "name": f"Warranty: {product}",
        "description": f"Warranty for {product}: {max(legal_months, commercial_months)} months from the day of purchase.",
        "attributes": [{"trait_type": trait, "value": value} for trait, value in traits.items()],
    }


def _serial(text: str) -> str:
    # One spelling for what looks the same: full-width digits, composed and decomposed letters.
    serial = unicodedata.normalize("NFKC", text).strip()
    if not serial or len(serial.encode()) > 100 or not serial.isprintable() or units.is_address(serial):
        raise SettingsError("a serial number has 1 to 100 printable characters and does not start with 0x")
    return serial


def _start(purchased: str) -> int:
    now = units.now()
    start = units.moment(purchased) if purchased else now - now % 86_400
    if start > now:
        raise SettingsError(f"purchased on {purchased}: that day has not come yet")
    if start == 0:
        raise SettingsError(f"purchased on {purchased}: too early for the contract's clock")
    return start


def _transfers(text: str) -> int:
    if text in ("free", "never"):
        return FREE if text == "free" else 0
    return units.whole(text, "transfers", most=254)


def _months(text: str, name: str) -> int | None:
    return units.whole(text, name, most=_MOST_MONTHS) if text else None


def _yes(text: str) -> bool:
    if text.lower() in ("", "no", "false", "0"):
        return False
    if text.lower() in ("yes", "true", "1"):
        return True
    raise SettingsError(f'in_stock is "{text}"; it takes yes or no')
