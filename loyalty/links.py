"""Claim links: each gives the badge of an event to whoever opens it first, until it expires or is cancelled."""

from __future__ import annotations

import base64
import binascii
import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loyalty import intake, promised, rows, units
from loyalty import qr as qr_codes
from loyalty.chain import Signer
from loyalty.chain import signer as signers
from loyalty.contracts import Contract, word
from loyalty.errors import BadFile, BadRow, SettingsError
from loyalty.ledger import Ledger, operations, people, promises
from loyalty.ledger.catalogue import Event
from loyalty.ledger.operations import New
from loyalty.ledger.promises import Promise
from loyalty.queued import Queued, seen
from loyalty.rows import Row
from loyalty.signed import check_place

FILE = "links.csv"
"""What links are written to, in a folder of their own."""

MOST = 10_000
"""How many links are made at once."""

# What a link carries, before the issuer's signature: version, chain id, contract, event, issuer, number, deadline, key.
_LAYOUT = struct.Struct(">BQ20sI20sQQ32s")
_VERSION = 1


@dataclass(frozen=True)
class Link:
    """A new link. ``url`` holds its key, which is nowhere else: whoever has the link can have the badge. ``qr`` is its picture, where one was asked for."""

    number: int
    event: int
    customer_id: str | None
    deadline: int
    url: str
    qr: Path | None = None


@dataclass(frozen=True)
class Made:
    """What came of making links: the new ones, how many customers had one already, and the file they were written to."""

    links: tuple[Link, ...]
    known: int
    file: Path | None = None


@dataclass(frozen=True)
class Listed:
    """A link as the chain has it. ``state`` is open, queued (claimed by ``wallet``, and not on chain yet), claimed, cancelled or expired; ``freed``: its customer may be given another."""

    number: int
    customer_id: str | None
    deadline: int
    state: str
    wallet: str
    issuer: str
    freed: bool


class Links:
    """The links of the program's events. The ledger keeps each one's number, event, deadline, customer and its key's address: never the key."""

    def __init__(
        self,
        ledger: Ledger,
        contract: Contract,
        signer: Callable[[], Signer],
        signer_address: Callable[[], str],
        claim_url: str,
        event: Callable[[str | int], Event],
    ) -> None:
        self._ledger = ledger
        self._contract = contract
        self._signer = signer
        self._signer_address = signer_address
        self._claim_url = claim_url
        self._event = event

    def create(
        self,
        event: str | int,
        *,
        count: int = 1,
        customers: str | Path = "",
        expires: str = "",
        out: str | Path = "",
        qr: str = "",
        progress: Callable[[int, str], None] = lambda count, what: None,
    ) -> Made:
        """Make ``count`` links for an event, or one for each ``customer_id`` of a CSV who has none; good until ``expires`` (an ISO date; 30 days).

        With ``out`` they are written to links.csv in that new folder, each with a picture where ``qr`` is "png" or "svg".
        The links are secrets and nothing else has them. Nothing of them is on chain until somebody claims.
        """
        if customers and count != 1:
            raise SettingsError("links are made by a count, or one for each customer; give one of the two")
        known, last, folder = self._event(event), promised.deadline(expires), _folder(out, qr)
        signer, place = promised.issuer(self._signer, self._contract), promised.place(self._contract)
        wanted = self._customers(customers) if customers else [None] * units.whole(count, "count", least=1, most=MOST)
        self._check_worth(signer, known.number, last)
        # Before the ledger is locked: keys take their time.
        keys = {signers.from_key(key).address: key for key in (signers.new_key() for _ in wanted)}
        with self._ledger.write() as connection:
            has = {one.customer_id for one in promises.links(connection, place, known.number) if not one.freed} - {None}
            news = [
                promises.New(known.number, address, True, customer, last)
                for address, customer in zip(keys, wanted, strict=True)
                if customer not in has
            ]
            made = promises.reserve(connection, place, signer.address, news)
        # Written down before it is signed: after a crash here there are numbers that nobody has a link of, never a link under another's number.
        links = [self._sealed(signer, one, keys[one.account]) for one in made]
        if folder is None or not links:
            return Made(tuple(links), len(wanted) - len(made))
        return Made(tuple(_saved(links, folder, qr, progress)), len(wanted) - len(made), folder / FILE)

    def claim(self, link: str, who: str) -> Queued:
        """Queue the badge of a link for a wallet or a customer, once; the program pays the gas. Raises SettingsError, before any is spent, for one that cannot be used."""
        owner, contract, what = intake.owner(self._ledger, who), self._contract, "the link"
        chain_id, address, event, issuer, number, last, key, signature = _opened(link)
        check_place(contract, chain_id, address, what, "badges")
        own = signers.from_key(key)
        request = promised.link_request(contract, event, own.address, number, last)
        promised.check_signature(contract, request, signature, issuer, what)
        received = own.sign_typed(promised.receive_request(contract, event, owner.wallet))
        args = {
            "issuer": issuer,
            "number": str(number),
            "deadline": last,
            "signature": "0x" + signature.hex(),
            "key": own.address,
            "key_signature": "0x" + received.hex(),
        }
        new = promised.operation(event, owner.wallet, owner.customer_id, args, f"link {number}")

        def check() -> None:
            promised.check_worth(contract, self._signer_address(), what, args, event, owner.wallet)

        return promised.relay(self._ledger, new, check, what)

    def list_(self, event: str | int) -> list[Listed]:
        """The links of an event that this ledger knows, as the chain has them now, by number."""
        number, place = self._event(event).number, promised.place(self._contract)
        with self._ledger.read() as connection:
            links = promises.links(connection, place, number)
        if not links:
            return []
        claimed = {
            (log.fields["issuer"].lower(), log.fields["number"]): log.fields["wallet"].lower()
            for log in self._contract.events("Claimed", None, word(number))
        }
        queued = {
            (one.args["issuer"], int(one.args["number"])): one.wallet
            for one in operations.pending(self._ledger, "poap.claim", str(number))
        }
        spent = self._contract.read_each("number_spent", [(one.issuer, one.number) for one in links])
        now, listed = self._contract.node.timestamp(), []
        for one, gone in zip(links, spent, strict=True):
            mine = (one.issuer, one.number)
            over = "cancelled" if gone else "queued" if mine in queued else "expired" if now > one.deadline else "open"
            state, wallet = ("claimed", claimed[mine]) if mine in claimed else (over, queued.get(mine, ""))
            listed.append(Listed(one.number, one.customer_id, one.deadline, state, wallet, one.issuer, one.freed))
        return listed

    def cancel(self, numbers: Sequence[int] = (), *, event: str | int = "") -> list[Queued]:
        """Queue cancelling links by their numbers, or every open one of an event: whoever still has one can no longer use it."""
        place, signer = promised.place(self._contract), self._signer_address()
        if event != "":
            numbers = [one.number for one in self.list_(event) if one.state == "open" and one.issuer == signer]
        for number in numbers:
            if promises.numbered(self._ledger, place, signer, units.uint(number, "number", 63)) is None:
                raise SettingsError(
                    f"there is no link {number} of {units.checksum(signer)}; see loyalty poap link list EVENT"
                )
        spent = self._contract.read_each("number_spent", [(signer, number) for number in numbers])
        for number, gone in zip(numbers, spent, strict=True):
            if gone:
                raise SettingsError(f"link {number} was used or cancelled already; see loyalty poap link list EVENT")
        news = {f"poap.cancel:{signer}:{number}": number for number in numbers}
        with self._ledger.write() as connection:
            known = operations.existing(connection, list(news))
            operations.add(connection, [New(key, "poap.cancel", args={"number": n}) for key, n in news.items()])
        made = operations.starting(self._ledger, f"poap.cancel:{signer}:")
        return [seen(one, new=one.key not in known) for one in made if one.key in news]

    def reclaim(self, event: str | int) -> list[Listed]:
        """Free the links of an event that expired or were cancelled unused, so that their customers may be given others. Nothing is sent: a link holds nothing on chain."""
        place = promised.place(self._contract)
        over = [one for one in self.list_(event) if one.state in ("expired", "cancelled") and not one.freed]
        with self._ledger.write() as connection:
            for one in over:
                promises.free(connection, place, one.issuer, one.number)
        return over

    def _check_worth(self, signer: Signer, event: int, last: int) -> None:
        """Raise when links for an event would be worth nothing: one is tried, under a number that is never used."""
        key = signers.from_key(signers.new_key())
        number = 2**256 - 1
        request = promised.link_request(self._contract, event, key.address, number, last)
        args = {
            "issuer": signer.address,
            "number": str(number),
            "deadline": last,
            "signature": "0x" + signer.sign_typed(request).hex(),
            "key": key.address,
            "key_signature": "0x" + key.sign_typed(promised.receive_request(self._contract, event, key.address)).hex(),
        }
        promised.check_worth(self._contract, signer.address, "such a link", args, event, key.address)

    def _sealed(self, signer: Signer, one: Promise, key: bytes) -> Link:
        request = promised.link_request(self._contract, one.event, one.account, one.number, one.deadline)
        contract, chain_id = bytes.fromhex(self._contract.address[2:]), self._contract.node.chain_id
        issuer, signature = bytes.fromhex(signer.address[2:]), signer.sign_typed(request)
        packed = _LAYOUT.pack(_VERSION, chain_id, contract, one.event, issuer, one.number, one.deadline, key)
        payload = base64.urlsafe_b64encode(packed + signature).decode().rstrip("=")
        # After the #, which no browser sends: so the key is in no server's log.
        return Link(one.number, one.event, one.customer_id, one.deadline, f"{self._claim_url}#{payload}")

    def _customers(self, source: str | Path) -> list[str | None]:
        """The customers that a CSV names, each once; raises BadFile where one is not in the ledger."""
        with rows.opened(source) as table:
            table.need("customer_id")
            found = list(table.rows)
        named = [row.get("customer_id") for row in found if isinstance(row, Row)]
        with self._ledger.read() as connection:
            known = people.wallets_of(connection, [one for one in named if one])
        for row in found:
            if isinstance(row, BadRow):
                raise BadFile(f"{table.source} line {row.line} {row.reason}; nothing was written")
            if row.get("customer_id") not in known:
                raise BadFile(
                    f'{table.source} line {row.line}: customer "{row.get("customer_id")}" is not in the ledger; import customers first'
                )
        return list(dict.fromkeys(named))


def _folder(out: str | Path, kind: str) -> Path | None:
    """The folder that links go to, made; raises where one is full of links already."""
    if kind and kind not in qr_codes.FORMATS:
        raise SettingsError(f'qr is "{kind}"; a picture is {" or ".join(qr_codes.FORMATS)}')
    if not out:
        if kind:
            raise SettingsError("pictures need a folder to go to: out")
        return None
    folder = Path(out)
    if (folder / FILE).exists():
        raise SettingsError(f"{folder / FILE} is here already, and its links are nowhere else; name another folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _saved(links: Sequence[Link], folder: Path, kind: str, progress: Callable[[int, str], None]) -> list[Link]:
    """The links written down for nobody else to read: their pictures, and then the CSV that names them."""
    done = []
    for link in links:
        if kind:
            path = folder / f"{link.number}.{kind}"
            _write(path, qr_codes.picture(link.url, kind))
            link = replace(link, qr=path)
            progress(1, "pictures")
        done.append(link)
    table = [
        (one.number, one.customer_id or "", units.iso(one.deadline), one.url, one.qr.name if one.qr else "")
        for one in done
    ]
    _write(folder / FILE, rows.text(("number", "customer_id", "until", "link", "qr"), table).encode("utf-8-sig"))
    return done


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)


def _opened(link: str) -> tuple[int, str, int, str, int, int, bytes, bytes]:
    """What a link carries: chain id, contract, event, issuer, number, deadline, key, issuer's signature."""
    payload = link.strip().rpartition("#")[2]
    try:
        packed = base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True)
        version, chain_id, contract, event, issuer, number, last, key = _LAYOUT.unpack_from(packed)
        signature = packed[_LAYOUT.size :]
    except (binascii.Error, struct.error, ValueError):
        version, signature = 0, b""
    if version != _VERSION or not signature:
        raise SettingsError("this is not a whole claim link; copy it again, with everything after the #")
    return chain_id, "0x" + contract.hex(), event, "0x" + issuer.hex(), number, last, key, signature
