"""Vouchers: awards that the programme's signer has signed, for a customer or a till to carry and anybody to put on chain."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from loyalty import units
from loyalty.chain import Signer, abi
from loyalty.contracts import Contract
from loyalty.errors import KeyReused, LoyaltyError, SettingsError
from loyalty.ledger import Ledger, operations
from loyalty.ledger import vouchers as book
from loyalty.ledger.operations import New
from loyalty.ledger.vouchers import Signed
from loyalty.queued import Queued, queue, seen
from loyalty.signed import check_place, may_be_signed, parsed, typed

GOOD_FOR = 30 * 86_400
"""Seconds that a voucher is good where no deadline is given."""

_FORM = "points"  # what the text says it is a voucher for
_AWARD = {
    "account": "address",
    "amount": "uint256",
    "number": "uint256",
    "start": "uint256",
    "deadline": "uint256",
}


@dataclass(frozen=True)
class Voucher:
    """A signed award. ``state``: good, early (not good yet), claimed, queued (its claim is on its way), cancelled, expired; ``new``: signed just now."""

    key: str
    wallet: str
    customer_id: str | None
    amount: int
    note: str
    chain_id: int
    contract: str
    issuer: str
    number: int
    start: int
    deadline: int
    signature: str
    state: str = "good"
    new: bool = False

    @property
    def text(self) -> str:
        """What is carried: a line of JSON. Whoever has it can only pay the wallet it names."""
        return json.dumps(
            {
                "voucher": _FORM,
                "chain_id": self.chain_id,
                "contract": units.checksum(self.contract),
                "issuer": units.checksum(self.issuer),
                "account": units.checksum(self.wallet),
                "amount": self.amount,
                "number": str(self.number),
                "start": self.start,
                "deadline": self.deadline,
                "signature": self.signature,
            }
        )


def of(ledger: Ledger, key: str) -> book.Voucher | None:
    """The voucher under an award's key."""
    return book.get(ledger, f"points.award:{units.key(key)}")


def sign(
    ledger: Ledger, contract: Contract, signer: Callable[[], Signer], new: New, start: int, deadline: int
) -> Voucher:
    """Sign an award, or find it signed. Signed again with other times, it has the same number: so it pays once all the same."""
    key = new.key.partition(":")[2]
    _check_award(ledger, new)
    before = book.get(ledger, new.key)
    now = _now(contract)
    if before and _same_times(before.signed, start, deadline, now):
        return _told(before, _state(before, contract, now, ledger))
    if before:
        _check_renewal(ledger, contract, signer(), before, now)
    account, last = signer(), deadline or max(start, now) + GOOD_FOR
    if last < max(start, now):
        raise SettingsError(
            f"a voucher that is good until {units.iso(last)} could never be used; give a later deadline"
        )
    _check_issuer(contract, account)
    number = number_of(key)
    request = _request(contract, new.wallet, new.amount, number, start, last)
    signature = "0x" + account.sign_typed(request).hex()
    signed = Signed(contract.node.chain_id, contract.address, account.address, number, start, last, signature)
    with ledger.write() as connection:
        added = operations.add(connection, [new])
        if added.clashes:
            raise KeyReused(added.clashes[0][1])
        book.put(connection, new.key, signed)
    made = book.get(ledger, new.key)
    assert made is not None
    return _told(made, "good" if signed.start <= now else "early", new=True)


def every(ledger: Ledger, contract: Contract) -> list[Voucher]:
    """Every voucher, oldest first, with what became of it."""
    known, now = list(book.every(ledger)), _now(contract)
    spent = contract.read_each("number_spent", [(one.signed.issuer, one.signed.number) for one in known])
    return [_told(one, _state(one, contract, now, ledger, used)) for one, used in zip(known, spent, strict=True)]


def withdraw(ledger: Ledger, contract: Contract, signer: Callable[[], str], key: str) -> Queued:
    """Queue cancelling a voucher's number on chain, which only the account that signed it can."""
    known = of(ledger, key)
    assert known is not None
    name = f"points.withdraw:{key}"
    before = operations.by_key(ledger, name)
    if before is not None:
        return seen(before, new=False)
    state = _state(known, contract, _now(contract), ledger)
    if state in ("claimed", "expired"):
        raise SettingsError(
            f'voucher "{key}" {"was claimed" if state == "claimed" else "has expired"} already; there is nothing to cancel'
            + ("; take points back with: loyalty points revoke" if state == "claimed" else "")
        )
    if known.signed.issuer != signer():
        raise SettingsError(
            f'voucher "{key}" was signed by {units.checksum(known.signed.issuer)}, and the signer is {units.checksum(signer())}; cancel it with the account that signed it'
        )
    args = {"number": str(known.signed.number), "issuer": known.signed.issuer}
    new = New(name, "points.withdraw", known.wallet, known.customer_id, args=args, note=known.note)
    return queue(ledger, new)


def claim(ledger: Ledger, contract: Contract, voucher: str | Mapping[str, Any]) -> Queued:
    """Queue putting a voucher on chain, once. Whatever the contract would refuse is refused here, before it costs gas."""
    read = _read(voucher)
    check_place(contract, read.chain_id, read.contract, "the voucher", "points")
    request = _request(contract, read.wallet, read.amount, read.number, read.start, read.deadline)
    if not may_be_signed(contract.node, request, bytes.fromhex(read.signature[2:]), read.issuer):
        raise SettingsError("the voucher was altered or cut short: its issuer did not sign this; copy it again")
    new = _claim(ledger, read)
    before = operations.by_key(ledger, new.key)
    if before is not None and before.state != "failed":
        return seen(before, new=False)
    _check_use(contract, read)
    if before is None:
        return queue(ledger, new)
    # One that failed, say because it came too late, may have been signed anew.
    with ledger.write() as connection:
        operations.put(connection, new)
    found = operations.by_key(ledger, new.key)
    assert found is not None
    return seen(found, new=True)


def number_of(key: str) -> int:
    """A voucher's number: the hash of its award's key. So an award can be signed again and again, by a restored ledger too, and is paid once."""
    return int.from_bytes(abi.keccak(f"points.voucher {key}".encode()))


def _check_award(ledger: Ledger, new: New) -> None:
    """Raise when the key is an award's that is paid in another way."""
    found = operations.by_key(ledger, new.key)
    if found is not None and found.state != "vouched":
        key = new.key.partition(":")[2]
        raise KeyReused(
            f'key "{key}" is an award that is {found.state}, without a voucher; use a new key for a voucher'
        )
    if found is not None and (found.amount != new.amount or not _same_owner(found, new)):
        key = new.key.partition(":")[2]
        owed = f"{found.amount} to {found.customer_id or units.checksum(found.wallet)}"
        raise KeyReused(f'key "{key}" already stands for something else ({owed}); use a new key, or the first contents')


def _same_owner(found: operations.Operation, new: New) -> bool:
    return found.wallet == new.wallet or (found.customer_id is not None and found.customer_id == new.customer_id)


def _same_times(signed: Signed, start: int, deadline: int, now: int) -> bool:
    """Whether what is asked for is what was signed; where nothing is said, whatever is good still."""
    return start in (0, signed.start) and (deadline == signed.deadline or (deadline == 0 and signed.deadline >= now))


def _check_renewal(ledger: Ledger, contract: Contract, account: Signer, before: book.Voucher, now: int) -> None:
    """Raise when a voucher must not be signed again: used, cancelled, or still good from another account or on another contract."""
    key, signed = before.key.partition(":")[2], before.signed
    state = _state(before, contract, now, ledger)
    if state in ("claimed", "cancelled", "queued"):
        word = "is being claimed" if state == "queued" else f"was {state}"
        raise SettingsError(f'voucher "{key}" {word} already; it is not signed again')
    if state != "expired" and (signed.issuer, signed.contract) != (account.address, contract.address):
        # Numbers are an account's own: two accounts' signatures would be paid both.
        raise SettingsError(
            f'voucher "{key}" was signed by {units.checksum(signed.issuer)} for {units.checksum(signed.contract)} and is good until {units.iso(signed.deadline)}; it can be signed anew from then on'
        )


def _check_issuer(contract: Contract, account: Signer) -> None:
    if not contract.read("is_issuer", account.address):
        raise LoyaltyError(
            f"{units.checksum(account.address)} is not an issuer of points, so what it signs is worth nothing; the owner can make it one: loyalty admin set-issuer"
        )


def _state(known: book.Voucher, contract: Contract, now: int, ledger: Ledger, used: bool | None = None) -> str:
    signed, key = known.signed, known.key.partition(":")[2]
    if used is None:
        used = contract.read("number_spent", signed.issuer, signed.number)
    if used:
        cancelled = operations.by_key(ledger, f"points.withdraw:{key}")
        return "cancelled" if cancelled and cancelled.state in ("confirmed", "final") else "claimed"
    claimed = operations.by_key(ledger, f"points.voucher:{key}")
    if claimed and claimed.state in ("queued", "formed", "signed", "sent"):
        return "queued"
    if signed.deadline < now:
        return "expired"
    return "good" if signed.start <= now else "early"


def _told(known: book.Voucher, state: str, *, new: bool = False) -> Voucher:
    return Voucher(
        key=known.key.partition(":")[2],
        wallet=known.wallet,
        customer_id=known.customer_id,
        amount=known.amount,
        note=known.note,
        state=state,
        new=new,
        **asdict(known.signed),
    )


def _now(contract: Contract) -> int:
    """The clock that the next block will have, as far as can be told: a chain that stands still has an old one, a chain of the future a new one."""
    return max(units.now(), contract.node.timestamp())


def _request(contract: Contract, wallet: str, amount: int, number: int, start: int, deadline: int) -> dict[str, Any]:
    """What an issuer signs."""
    message = {
        "account": units.checksum(wallet),
        "amount": amount,
        "number": str(number),
        "start": start,
        "deadline": deadline,
    }
    return typed(contract, "Award", _AWARD, message)


def _read(voucher: str | Mapping[str, Any]) -> Voucher:
    """A voucher from its text. Raises SettingsError for what is none."""
    refused = SettingsError("this is not a voucher for points; it is what loyalty points voucher prints, all of it")
    try:
        read = parsed(voucher)
        if not isinstance(read, dict) or read.get("voucher") != _FORM:
            raise refused
        signature = bytes.fromhex(str(read["signature"]).removeprefix("0x"))
        return Voucher(
            key="",
            wallet=units.address(str(read["account"])),
            customer_id=None,
            amount=units.amount(read["amount"]),
            note="",
            chain_id=units.whole(read["chain_id"], "chain_id"),
            contract=units.address(str(read["contract"])),
            issuer=units.address(str(read["issuer"])),
            number=units.uint(read["number"], "number"),
            start=units.uint(read["start"], "start", 64),
            deadline=units.uint(read["deadline"], "deadline", 64),
            signature="0x" + signature.hex(),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise refused from error


def _check_use(contract: Contract, read: Voucher) -> None:
    """Raise when the contract would not take a voucher now; a pause and a budget it waits for."""
    now = _now(contract)
    if contract.read("number_spent", read.issuer, read.number):
        raise SettingsError("the voucher was used already, or cancelled; it pays once")
    if now < read.start:
        raise SettingsError(f"the voucher is not good yet; claim it from {units.iso(read.start)} (UTC) on")
    if now > read.deadline:
        raise SettingsError(f"the voucher has expired on {units.iso(read.deadline)} (UTC); ask for a new one")
    if not contract.read("is_issuer", read.issuer):
        raise SettingsError(
            f"the voucher is void: {units.checksum(read.issuer)}, who signed it, may not award points; ask for a new one"
        )


def _claim(ledger: Ledger, read: Voucher) -> New:
    """A voucher's claim as an operation: under the award's key where the ledger knows it, else under issuer and number."""
    known = book.numbered(ledger, read.issuer, read.number)
    # No caller's key has a space in it.
    key = known.key.partition(":")[2] if known else f"{read.issuer} {read.number}"
    return New(
        key=f"points.voucher:{key}",
        kind="points.voucher",
        wallet=read.wallet,
        customer_id=known.customer_id if known else None,
        amount=read.amount,
        args={
            "issuer": read.issuer,
            "number": str(read.number),
            "start": read.start,
            "deadline": read.deadline,
            "signature": read.signature,
        },
        note=known.note if known else "",
    )
