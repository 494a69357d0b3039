"""The serial numbers of articles, and the token ids that stand for them: the hash of a random salt and the serial."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Any

from loyalty import units
from loyalty.contracts import Contract
from loyalty.errors import SettingsError
from loyalty.ledger import Ledger, catalogue, operations
from loyalty.ledger.catalogue import Serial


def clean(text: str) -> str:
    """A serial number in one spelling for what looks the same: full-width digits, composed and decomposed letters."""
    serial = unicodedata.normalize("NFKC", text).strip()
    if not serial or len(serial.encode()) > 100 or not serial.isprintable() or units.is_address(serial):
        raise SettingsError("a serial number has 1 to 100 printable characters and does not start with 0x")
    return serial


def salted(serial: str, terms: int) -> Serial:
    """A serial number with a new salt, and so with a token id of its own."""
    salt = secrets.token_bytes(32)
    return Serial(serial, "0x" + salt.hex(), token_id(salt, serial), terms)


def token_id(salt: bytes, serial: str) -> str:
    """A warranty's token id: keccak-256 of 32 bytes of salt and the serial's UTF-8 bytes."""
    from loyalty.chain import abi

    return "0x" + abi.keccak(salt + serial.encode()).hex()


def known(ledger: Ledger, which: str) -> Serial:
    """The article meant by a serial number or a token id."""
    which = unicodedata.normalize("NFKC", which).strip()
    with ledger.read() as connection:
        found = catalogue.find_serials(connection, [which]).get(which)
    found = found or catalogue.serial_of(ledger, which.lower())
    if found is None:
        raise SettingsError(
            f'there is no warranty "{which}" in the ledger; register it first: loyalty warranty register'
        )
    return found


def on_chain(ledger: Ledger, contract: Contract, which: str) -> tuple[Serial, dict[str, Any]]:
    """The article meant, and what the contract tells of its warranty; raises SettingsError where it tells nothing yet."""
    found = known(ledger, which)
    told: dict[str, Any] = contract.read("warranty_of", int(found.token_id, 16))
    if told["state"] == 0:
        queued = operations.by_key(ledger, f"warranty.register:{found.serial}")
        raise SettingsError(
            f'warranty "{found.serial}" is not on chain yet ({queued.state if queued else "unknown"}); run: loyalty send'
        )
    return found, told
