"""What can go wrong, in one sentence each: the fact, then the next step.

LoyaltyError
├── SettingsError   loyalty.toml, the environment, or an argument says something that cannot be
├── BadFile         a file as a whole cannot be read (missing, empty, binary, no such column)
├── BadRows         some rows of a file cannot be taken; nothing was written
├── KeyReused       a key came again with other contents
├── NotDeployed     a contract the call needs is not on this chain yet
├── ChainError      the node did not answer, or answered something that cannot be
│   ├── Unreachable     no answer: the request may or may not have arrived
│   └── Refused         the node answered with an error
│       └── Reverted    the contract refused the call
└── Parked          an operation waits for something a person must do
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LoyaltyError(Exception):
    """The base of every error this package raises on purpose; its text is meant for a person."""


class SettingsError(LoyaltyError, ValueError):
    """loyalty.toml, the environment or an argument holds a value that cannot be used."""


class BadFile(LoyaltyError, ValueError):
    """A file cannot be read as what it should be."""


@dataclass(frozen=True)
class BadRow:
    """One row that was refused: its line in the file (the header is line 1), why, and its raw fields."""

    line: int
    reason: str
    fields: tuple[str, ...] = ()


class BadRows(LoyaltyError, ValueError):
    """Some rows of a file, or of a list, cannot be taken, so none were. ``rows`` lists each with its line (its place in the list) and reason."""

    def __init__(
        self, source: str, rows: Sequence[BadRow], step: str = "correct the file, or take the rest: --skip-bad"
    ) -> None:
        self.source = source
        self.rows = tuple(rows)
        many = f"{len(rows)} bad rows" if len(rows) > 1 else "1 bad row"
        super().__init__(f"{source} has {many} and nothing was written; {step}")


class KeyReused(LoyaltyError, ValueError):
    """The same key came again with other contents; the first stands."""


class NotDeployed(LoyaltyError):
    """The contract is not on this chain yet."""


class ChainError(LoyaltyError):
    """The node, or what it answered, is not what the program needs."""


class Unreachable(ChainError):
    """No answer came: the request may or may not have been carried out."""


class Refused(ChainError):
    """The node answered with an error. ``code`` and ``text`` are the node's own."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"the node refused: {text}")


class Reverted(Refused):
    """A contract refused the call. ``reason`` is the contract's own sentence, where it gave one."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(3, f"execution reverted: {reason}")


class Parked(LoyaltyError):
    """Nothing is lost and nothing was sent: the operations wait until a person has done something."""
