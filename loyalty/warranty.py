"""Warranties: registered under a salted serial hash, with a clock; claimed, extended, recalled, taken back, voided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from loyalty import claims, intake, rows, serials, service, units
from loyalty.claims import Claims, public_reason
from loyalty.contracts import Contract, word
from loyalty.errors import KeyReused, SettingsError
from loyalty.intake import Owner, Taken
from loyalty.ledger import Ledger, catalogue, operations, people
from loyalty.ledger.catalogue import Terms
from loyalty.ledger.operations import New
from loyalty.outbox.refusals import WAITING
from loyalty.queued import Queued, queue, seen, turned
from loyalty.rows import Row
from loyalty.service import Entry, Service, ServiceCentre
from loyalty.settings import WarrantySettings
from loyalty.storage import Storage

STATES = ("none", "issued", "active", "void", "replaced", "refunded", "returned")
"""A warranty's states in the contract's order; expired is computed from the clock, never stored."""

FREE = 255
"""As often as one likes, in the contract's count of transfers."""

_MOST_MONTHS = 600
_RULES = {"max_claims": 255, "cooldown_days": 65_535, "repair_months": 255, "recovery_days": 255}

# What the contract says of taking back, for a shop.
_PLAIN = {
    "warranty: void": "its warranty has ended",
    "warranty: replaced": "another article has taken its place",
    "warranty: refunded": "it was refunded",
    "warranty: too late to recover": "the days in which its terms allow that are over",
    "warranty: a claim is open": "a claim is open; settle it first",
}


@dataclass(frozen=True)
class Shown:
    """A warranty as the chain has it, with what only the ledger knows: serial, product, the production's name. Times are unix seconds, 0 while the clock stands still.

    ``end`` is the later of both ends, with the months it was extended by; ``claims_left`` "any" where the terms have no bound;
    ``recall`` the notice of a recall, empty where there is none; ``replaced_by`` and ``replaces`` serial numbers.
    """

    serial: str
    token_id: str
    product: str
    production: str
    owner: str
    state: str
    start: int
    end: int
    legal_end: int
    commercial_end: int
    transfers_left: str
    claims_left: str
    claim: int
    claim_state: str
    services: int
    lost: bool
    stolen: bool
    recall: str
    replaced_by: str
    replaces: str
    uri: str


@dataclass(frozen=True)
class Held:
    """An article of a production, and who holds its warranty now. ``serial`` is empty where this ledger did not register it."""

    serial: str
    token_id: str
    wallet: str
    customer_id: str | None
    state: str


class Warranty:
    """The warranty contract. A warranty is named by its serial number or its token id."""

    def __init__(
        self,
        ledger: Ledger,
        contract: Contract,
        storage: Storage,
        settings: WarrantySettings,
        signer_address: Callable[[], str],
    ) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage
        self._settings = settings
        self._signer_address = signer_address
        # A file repeats the same few terms on every row; their metadata is stored once.
        self._asked: dict[tuple[Any, ...], Terms] = {}

    @cached_property
    def claim(self) -> Claims:
        """Claims under warranties."""
        return Claims(self._ledger, self._contract, self._storage, self._signer_address)

    @cached_property
    def service(self) -> Service:
        """What service centres write down."""
        return Service(self._ledger, self._contract, self._storage, self._signer_address)

    @cached_property
    def service_centre(self) -> ServiceCentre:
        """Who may write into service books."""
        return ServiceCentre(self._ledger, self._contract, self._signer_address)

    def terms(
        self,
        product: str,
        *,
        months: int | None = None,
        legal_months: int | None = None,
        transfers: str = "",
        max_claims: int | None = None,
        cooldown_days: int | None = None,
        repair_months: int | None = None,
        recovery_days: int | None = None,
    ) -> Queued:
        """Queue terms for a product, which its registrations get from now on where they say nothing else; loyalty.toml's word where this says nothing.

        ``max_claims`` 0: any number; ``cooldown_days`` from one claim's end to the next; ``repair_months`` that a repair adds to the
        legal guarantee; ``recovery_days`` in which a sale can be taken back. What was promised before stays.
        """
        rules = (max_claims, cooldown_days, repair_months, recovery_days)
        wanted = self._wanted_terms(product, months, legal_months, transfers, None, rules)
        with self._ledger.write() as connection:
            found = catalogue.same_terms(connection, wanted)
            new = self._add_terms(connection, wanted) if found is None else found
            catalogue.let_stand(connection, new.number)
        return replace(queue(self._ledger, _terms_operation(new)), new=found is None)

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
        production: str = "",
        note: str = "",
    ) -> Queued:
        """Queue a warranty for a wallet or customer; its clock starts on ``purchased`` (an ISO date), or today.

        ``in_stock``: it goes to a shop with its clock stopped, and starts with the first sale. ``months`` is the commercial
        guarantee, ``legal_months`` the statutory one (the later end counts), ``transfers`` "free", "never" or a number;
        ``production`` what it was made with, by your own name, which can be recalled together.
        The serial number stays in the ledger: the chain holds the hash of it and a random salt.
        """
        owner = intake.owner(self._ledger, who)
        with self._ledger.write() as connection:
            new = self._new(
                connection,
                {},
                owner,
                serial,
                product,
                purchased,
                in_stock,
                months,
                legal_months,
                transfers,
                production,
                note,
            )
        return queue(self._ledger, new)

    def import_(self, source: str | Path, *, skip_bad: bool = False, dry_run: bool = False) -> Taken:
        """Queue a warranty for each row of a CSV with ``wallet`` or ``customer_id``, ``serial`` and ``product``.

        It may also have ``purchased``, ``months``, ``legal_months``, ``transfers``, ``in_stock`` (yes or no), ``production`` and ``note``. All rows or none.
        """

        # A file repeats its products and productions on every row; while it is taken in nobody else writes.
        known: dict[Any, Any] = {}

        def one(connection: Any, row: Row, owner: Owner) -> New:
            return self._new(
                connection,
                known,
                owner,
                row.get("serial"),
                row.get("product"),
                row.get("purchased"),
                _yes(row.get("in_stock")),
                _months(row.get("months"), "months"),
                _months(row.get("legal_months"), "legal_months"),
                row.get("transfers"),
                row.get("production"),
                row.get("note"),
            )

        with rows.opened(source) as table:
            table.need("serial", "product")
            uses = ("serial", "product", "purchased", "months", "legal_months", "transfers", "in_stock", "production")
            return intake.take(self._ledger, table, one, skip_bad=skip_bad, dry_run=dry_run, uses=uses)

    def show(self, which: str) -> Shown:
        """A warranty by serial number or token id, as the chain has it now."""
        known, told = serials.on_chain(self._ledger, self._contract, which)
        token = int(known.token_id, 16)
        terms = catalogue.all_terms(self._ledger)[known.terms]
        left, counted = self._contract.read("transfers_left", token), self._contract.read("claim_of", token)["counted"]
        with self._ledger.read() as connection:
            production = catalogue.production_name(connection, told["production"])
        return Shown(
            serial=known.serial,
            token_id=known.token_id,
            product=terms.product,
            production=production,
            owner=told["owner"].lower(),
            state=self._state(told),
            start=told["start"],
            end=told["end"],
            legal_end=self._contract.read("legal_end", token),
            commercial_end=self._contract.read("commercial_end", token),
            transfers_left="free" if left >= FREE else str(left),
            claims_left=str(terms.max_claims - counted) if terms.max_claims else "any",
            claim=told["claims"],
            claim_state=claims.STATES[told["claim_state"]],
            services=told["services"],
            lost=told["lost"],
            stolen=told["stolen"],
            recall=self._contract.read("recall_of", token)[1],
            replaced_by=self._serial(told["replaced_by"]),
            replaces=self._serial(told["replaces"]),
            uri=terms.uri,
        )

    def history(self, which: str) -> list[Entry]:
        """Everything that happened to an article, in words, from the chain's own events, oldest first: its service book."""
        return service.history(self._ledger, self._contract, self._storage, which)

    def extend(self, which: str, months: int, *, key: str) -> Queued:
        """Queue ``months`` more for a warranty. The same key is the same extension."""
        months = units.whole(months, "months", least=1, most=120)
        return queue(self._ledger, self._change("warranty.extend", which, key, {"months": months}))

    def void(self, which: str, *, reason: str) -> Queued:
        """Queue the end of a warranty; its data stays readable. The reason goes on chain, so it names no person."""
        args = {"reason": public_reason(reason, "a warranty is voided")}
        return queue(self._ledger, self._change("warranty.void", which, "once", args))

    def flag(self, which: str, *, lost: bool = False, stolen: bool = False, clear: bool = False) -> Queued:
        """Queue saying that an article is lost or stolen, or neither: while either is said it can be neither passed on nor claimed for. What its holder said stays."""
        if clear == (lost or stolen):
            raise SettingsError("say that it is lost, or stolen, or that it is clear of both")
        known = serials.known(self._ledger, which)
        args = {"lost": lost, "stolen": stolen}
        new = New(
            f"warranty.flag:{known.serial}", "warranty.flag", subject=known.token_id, args=args, note=known.serial
        )
        return turned(self._ledger, new)

    def recall(self, production: str, *, notice: str | Path = "", end: bool = False) -> Queued:
        """Queue recalling a production, those of it that are registered later too, with a ``notice`` for all to read: a text, a file, or an address; ``end``: it is over."""
        if end == bool(notice):
            raise SettingsError("a recall has a notice for its holders, or it ends; give one of the two")
        number = self._production(production)
        uri = "" if end else _published(self._storage, notice)
        new = New(
            f"warranty.recall:{number}", "warranty.recall", subject=str(number), args={"uri": uri}, note=production
        )
        return turned(self._ledger, new)

    def holders(self, production: str) -> list[Held]:
        """The articles of a production, and who holds each warranty now, in the order they were registered."""
        logs = self._contract.events("WarrantyRegistered", None, None, word(self._production(production)))
        tokens = [log.fields["token_id"] for log in logs]
        told = list(self._contract.read_each("warranty_of", [(token,) for token in tokens]))
        with self._ledger.read() as connection:
            named = catalogue.by_token(connection, [f"0x{token:064x}" for token in tokens])
            customers = people.holders(connection, [one["owner"].lower() for one in told])
        return [
            Held(
                serial=named.get(f"0x{token:064x}", ""),
                token_id=f"0x{token:064x}",
                wallet=one["owner"].lower(),
                customer_id=customers.get(one["owner"].lower()),
                state=self._state(one),
            )
            for token, one in zip(tokens, told, strict=True)
        ]

    def recover(self, which: str, *, reason: str) -> Queued:
        """Queue taking back what a customer returned in time, or what still stands in a shop: it is the signer's then, its clock stands, and it can be sold again."""
        known, told = serials.on_chain(self._ledger, self._contract, which)
        args = {"reason": public_reason(reason, "a warranty is taken back")}
        earlier = operations.starting(self._ledger, f"warranty.recover:{known.serial} ")
        if earlier and (earlier[-1].waits or STATES[told["state"]] == "returned"):
            return seen(earlier[-1], new=False)
        call = (2**255, int(known.token_id, 16), reason)
        refusal = self._contract.refusal(self._signer_address(), "recover", *call)
        if refusal and refusal not in WAITING:
            raise SettingsError(f'"{known.serial}" cannot be taken back: {_PLAIN.get(refusal, refusal)}')
        return queue(self._ledger, self._change("warranty.recover", known.serial, str(len(earlier) + 1), args))

    def sell(self, which: str, who: str) -> Queued:
        """Queue passing on what the signer itself holds, in stock or taken back, to its customer: the clock starts with that."""
        known, told = serials.on_chain(self._ledger, self._contract, which)
        owner, holder = intake.owner(self._ledger, who), told["owner"].lower()
        mine = holder == self._signer_address()
        earlier = operations.starting(self._ledger, f"warranty.sell:{known.serial} ")
        back = operations.starting(self._ledger, f"warranty.recover:{known.serial} ")
        # Sold, taken back and sold to the same customer is sold twice.
        repeated = earlier and earlier[-1].wallet == owner.wallet and not (back and back[-1].id > earlier[-1].id)
        if repeated and (earlier[-1].waits or not mine):
            return seen(earlier[-1], new=False)
        if not mine and not (back and back[-1].waits):
            raise SettingsError(f'"{known.serial}" is {units.checksum(holder)}\'s, and only its holder can pass it on')
        new = New(
            key=f"warranty.sell:{known.serial} {len(earlier) + 1}",
            kind="warranty.sell",
            wallet=owner.wallet,
            customer_id=owner.customer_id,
            subject=known.token_id,
            note=known.serial,
        )
        return queue(self._ledger, new)

    def proof(self, which: str) -> dict[str, str]:
        """The salt that lets the holder show that a serial number is this token's: its hash with the salt is the token id."""
        known = serials.known(self._ledger, which)
        return {"serial": known.serial, "salt": known.salt, "token_id": known.token_id}

    def _change(self, kind: str, which: str, key: str, args: dict[str, Any]) -> New:
        known = serials.known(self._ledger, which)
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

    def _new(
        self,
        connection: Any,
        looked_up: dict[Any, Any],
        owner: Owner,
        serial: str,
        product: str,
        purchased: str,
        in_stock: bool,
        months: int | None,
        legal_months: int | None,
        transfers: str,
        production: str,
        note: str,
    ) -> New:
        """One registration, with its terms and its salt written down. Raises SettingsError for what cannot be."""
        # Everything that can be refused is refused before anything is written: a skipped row leaves nothing behind.
        serial = serials.clean(serial)
        start = 0 if in_stock else _start(purchased)
        if len(production) > 100 or not production.isprintable():
            raise SettingsError("a production has a name of 1 to 100 printable characters")
        asked = ("standing", product.strip())
        if asked not in looked_up:
            looked_up[asked] = catalogue.standing_terms(connection, product.strip())
        standing = looked_up[asked]
        wanted = self._wanted_terms(product, months, legal_months, transfers, standing)
        terms = looked_up.get(wanted) or catalogue.same_terms(connection, wanted)
        known = catalogue.find_serials(connection, [serial]).get(serial)
        if known is not None and (terms is None or known.terms != terms.number):
            raise KeyReused(
                f'serial "{serial}" is registered already, under other terms; a serial number has one warranty'
            )
        terms = looked_up[wanted] = terms or self._add_terms(connection, wanted)
        if known is None:
            known = serials.salted(serial, terms.number)
            catalogue.add_serials(connection, [known])
        args = {"start": start, "terms": terms.number}
        if not purchased and not in_stock:
            # Registered again without a date, it is the same registration: it keeps the day it was first given.
            args["start"] = operations.arg(connection, f"warranty.register:{serial}", "start", start)
        if production:
            asked = ("production", production)
            if asked not in looked_up:
                looked_up[asked] = catalogue.production(connection, production, add=True)
            args["production"] = looked_up[asked]
        elif made := operations.arg(connection, f"warranty.register:{serial}", "production", 0):
            args["production"] = made
        return New(
            key=f"warranty.register:{serial}",
            kind="warranty.register",
            wallet=owner.wallet,
            customer_id=owner.customer_id,
            subject=known.token_id,
            args=args,
            note=note,
        )

    def _wanted_terms(
        self,
        product: str,
        months: int | None,
        legal: int | None,
        transfers: str,
        standing: Terms | None,
        rules: tuple[int | None, ...] = (None, None, None, None),
    ) -> Terms:
        """The terms a row asks for; where it says nothing, the product's standing ones, else the settings'. They have no number yet."""
        product = product.strip()
        if not product or len(product) > 100:
            raise SettingsError("a warranty names a product of 1 to 100 characters")
        asked = (product, months, legal, transfers, standing and standing.number, rules)
        if asked not in self._asked:
            self._asked[asked] = self._made_terms(product, months, legal, transfers, standing, rules)
        return self._asked[asked]

    def _made_terms(
        self,
        product: str,
        months: int | None,
        legal: int | None,
        transfers: str,
        standing: Terms | None,
        rules: tuple[int | None, ...],
    ) -> Terms:
        usual = standing or self._settings
        commercial = usual.commercial_months if months is None else units.whole(months, "months", most=_MOST_MONTHS)
        statutory = usual.legal_months if legal is None else units.whole(legal, "legal_months", most=_MOST_MONTHS)
        if commercial == statutory == 0:
            raise SettingsError("a warranty of 0 months covers nothing; give months or legal_months")
        moves = standing.transfers if standing and not transfers else _transfers(transfers or self._settings.transfers)
        of_claims = {
            name: getattr(usual, name) if value is None else units.whole(value, name, most=most)
            for (name, most), value in zip(_RULES.items(), rules, strict=True)
        }
        if of_claims["repair_months"] and not statutory:
            raise SettingsError("repair_months adds to the legal guarantee, and there is none; give legal_months")
        uri = self._storage.put_json(metadata(product, statutory, commercial, moves, **of_claims))
        return Terms(0, product, statutory, commercial, moves, uri, **of_claims)

    def _add_terms(self, connection: Any, wanted: Terms) -> Terms:
        """Number new terms, and queue their setting: it goes on chain before the registrations under them."""
        terms = catalogue.add_terms(connection, wanted)
        operations.add(connection, [_terms_operation(terms)])
        return terms

    def _production(self, name: str) -> int:
        with self._ledger.read() as connection:
            number = catalogue.production(connection, name.strip(), add=False)
        if number is None:
            raise SettingsError(f'there is no production "{name}" in the ledger; register its articles with it first')
        return number

    def _state(self, told: dict[str, Any]) -> str:
        state = STATES[told["state"]]
        if state == "active" and told["end"] and self._now >= told["end"]:
            return "expired"
        return state

    @property
    def _now(self) -> int:
        return self._contract.node.timestamp()

    def _serial(self, token: int) -> str:
        """The serial number of a token that another names; its id where the ledger does not know it, nothing where there is none."""
        found = catalogue.serial_of(self._ledger, f"0x{token:064x}") if token else None
        return found.serial if found else f"0x{token:064x}" if token else ""


def metadata(
    product: str,
    legal_months: int,
    commercial_months: int,
    transfers: int,
    max_claims: int = 0,
    cooldown_days: int = 0,
    repair_months: int = 0,
    recovery_days: int = 0,
) -> dict[str, Any]:
    """What wallets and marketplaces show of a warranty: the product and its terms, no serial number and nobody's name."""
    traits: dict[str, Any] = {
        "Product": product,
        "Legal guarantee (months)": legal_months,
        "Commercial guarantee (months)": commercial_months,
        "Transfers": "free" if transfers == FREE else transfers,
    }
    rules = {
        "Claims at most": max_claims,
        "Days between claims": cooldown_days,
        "Added by a repair (months)": repair_months,
        "Can be returned (days)": recovery_days,
    }
    traits |= {trait: value for trait, value in rules.items() if value}
    return {
        "name": f"Warranty: {product}",
        "description": f"Warranty for {product}: {max(legal_months, commercial_months)} months from the day of purchase.",
        "attributes": [{"trait_type": trait, "value": value} for trait, value in traits.items()],
    }


def _terms_operation(terms: Terms) -> New:
    args: dict[str, Any] = {
        "legal": terms.legal_months,
        "commercial": terms.commercial_months,
        "transfers": terms.transfers,
        "uri": terms.uri,
    }
    # Left out where there is none: terms that were queued before there were such rules are the same terms.
    args |= {rule: value for rule in _RULES if (value := getattr(terms, rule))}
    number = str(terms.number)
    return New(f"warranty.terms:{number}", "warranty.terms", subject=number, args=args, note=terms.product)


def _published(storage: Storage, notice: str | Path) -> str:
    """The address of a recall's notice: as it is given, or that of a file or a text, which is stored for all to read."""
    import mimetypes

    text = str(notice)
    if "://" in text or text.startswith("data:"):
        return text
    path = Path(text)
    if len(text) < 256 and path.is_file():
        return storage.put(path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream")
    if path.suffix and not any(c.isspace() for c in text):
        raise SettingsError(f"there is no file {text}; check its name, or write the notice as a sentence")
    return storage.put(text.encode(), "text/plain;charset=utf-8")


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
