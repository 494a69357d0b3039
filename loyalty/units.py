"""Addresses, amounts, dates and keys as people write them, turned into what the ledger and the contracts hold.

Addresses are kept in lower case; amounts are integers in the token's unit; times are unix seconds, UTC.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
from datetime import UTC, date, datetime
from typing import Any

from loyalty.errors import SettingsError

MAX_AMOUNT = 2**42 - 1
"""The most points one lot holds (Points.vy keeps a lot in 42 bits), so the most one award can be."""

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}", re.ASCII)
_LENGTH = re.compile(r"([0-9]{1,9})\s*([dhms]?)", re.ASCII)
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "": 1}
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)
_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


def address(text: str) -> str:
    """The lower-case address in ``text``; any case is taken, but mixed case must carry a right ERC-55 checksum."""
    text = text.strip()
    if not _ADDRESS.fullmatch(text):
        raise SettingsError(f'"{_short(text)}" is not an address: 0x and 40 hexadecimal digits')
    digits = text[2:]
    lower = "0x" + digits.lower()
    if digits not in (digits.lower(), digits.upper()) and checksum(lower)[2:] != digits:
        raise SettingsError(f'"{text}" has a wrong checksum; copy the address again, or write it in lower case')
    if int(lower, 16) == 0:
        raise SettingsError("the zero address belongs to nobody; give the customer's own wallet")
    return lower


def is_address(text: str) -> bool:
    """Whether ``text`` is meant as an address (its checksum is another question)."""
    return text.strip()[:2].lower() == "0x"


def checksum(lower: str) -> str:
    """The ERC-55 spelling of a lower-case address, for people to compare."""
    from eth_hash.auto import keccak  # not eth_utils, which brings pydantic and takes as long to import as all the rest

    digits = lower[2:]
    nibbles = keccak(digits.encode()).hex()
    return "0x" + "".join(c.upper() if int(nibbles[i], 16) >= 8 else c for i, c in enumerate(digits))


def amount(text: str | int) -> int:
    """The positive whole number in ``text``, in the token's unit."""
    written = str(text).strip()
    if not _DIGITS.fullmatch(written):
        raise SettingsError(f'"{_short(written)}" is not an amount; write a whole number of points, such as 100')
    number = int(written)
    if number == 0:
        raise SettingsError("the amount is 0; an award gives at least 1")
    if number > MAX_AMOUNT:
        raise SettingsError(f"{written} is more than one award can give, {MAX_AMOUNT}")
    return number


def whole(text: str | int, name: str, *, least: int = 0, most: int = 2**63 - 1) -> int:
    """The whole number in ``text`` between ``least`` and ``most``; ``name`` is what the message calls it."""
    written = str(text).strip()
    if not _DIGITS.fullmatch(written) or not least <= int(written) <= most:
        raise SettingsError(f'{name} is "{_short(written)}"; it takes a whole number from {least} to {most}')
    return int(written)


def uint(value: object, name: str, bits: int = 256) -> int:
    """A number that somebody signed, as the contract's type holds it; ``name`` is what the message calls it."""
    written = str(value).strip()
    if not re.fullmatch("[0-9]{1,78}", written, re.ASCII) or int(written) >= 2**bits:
        raise SettingsError(f'{name} is "{_short(written)}"; it takes a whole number of {bits} bits')
    return int(written)


def key(text: str | int) -> str:
    """A caller's idempotency key: 1 to 200 printable ASCII characters without spaces."""
    text = str(text)  # a shop's own numbers are keys too
    if not _KEY.fullmatch(text):
        raise SettingsError(f'"{_short(text)}" cannot be a key; use 1 to 200 letters, digits and signs, no spaces')
    return text


def moment(text: str) -> int:
    """Unix seconds of an ISO date (its first second, UTC) or an ISO date and time."""
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(f'"{_short(text)}" is not a date; write it as 2026-03-31 or 2026-03-31T18:00') from None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    seconds = int(parsed.timestamp())
    if not 0 <= seconds < 2**32:
        raise SettingsError(f'"{_short(text)}" is outside the years 1970 to 2105 that the contracts can hold')
    return seconds


def length(text: str | int) -> int:
    """Seconds of a length of time: ``3d``, ``12h``, ``30m``, or a number of seconds."""
    written = _LENGTH.fullmatch(str(text).strip().lower())
    if not written or int(written[1]) == 0:
        raise SettingsError(f'"{_short(str(text))}" is not a length of time; write it as 3d, 12h, 30m, or in seconds')
    return int(written[1]) * _SECONDS[written[2]]


def spelt(seconds: int) -> str:
    """A length of time as ``length`` reads it, in the longest unit that fits."""
    unit = next(unit for unit, size in _SECONDS.items() if seconds % size == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def last_second(text: str) -> int:
    """The last second a date allows: a date alone, however it is written, counts to the end of its day."""
    last = moment(text)
    with contextlib.suppress(ValueError):
        date.fromisoformat(text.strip())
        return last + 86_399
    return last


def iso(seconds: int | None) -> str:
    """A time as people read it: ``2026-03-31 18:00`` (UTC), without the hours at midnight."""
    if not seconds:
        return "-"
    when = datetime.fromtimestamp(seconds, UTC)
    return when.strftime("%Y-%m-%d" if seconds % 86400 == 0 else "%Y-%m-%d %H:%M")


def now() -> int:
    """The wall clock, unix seconds."""
    return int(time.time())


def canonical(value: Any) -> str:
    """JSON that is the same text for the same value, whatever the order its keys came in."""
    return _canonical(value)


def fingerprint(*parts: str) -> str:
    """32 hexadecimal digits that stand for ``parts``, each kept apart from its neighbour."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()[:32]


def ether(wei: int) -> str:
    """Wei as ETH (or the network's own coin) with as many digits as say something."""
    if wei == 0:
        return "0"
    whole_part, rest = divmod(wei, 10**18)
    digits = f"{rest:018d}"
    keep = max(4, len(digits) - len(digits.lstrip("0")) + 3) if whole_part == 0 else 4
    return f"{whole_part}.{digits[:keep]}".rstrip("0").rstrip(".")


def short(lower: str) -> str:
    """An address in a table: its first and last characters."""
    return f"{lower[:6]}…{lower[-4:]}"


def _short(text: str) -> str:
    """What a message repeats of somebody's input: one line, printable, bounded."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= 60 else shown[:57] + "…"
