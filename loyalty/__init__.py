"""A brand's loyalty programme in its customers' wallets.

    import loyalty
    program = loyalty.open("shop")                      # the folder that holds loyalty.toml
    program.points.award("0x…", 100, key="order-1")     # queued, durable, no node needed
    program.send()                                      # on chain, exactly once
    program.points.balance("0x…")

Importing this package loads nothing heavy: web3 and SQLAlchemy come in when a program is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyalty.errors import (
    BadFile,
    BadRows,
    ChainError,
    KeyReused,
    LoyaltyError,
    NotDeployed,
    Parked,
    SettingsError,
)

if TYPE_CHECKING:
    from pathlib import Path

    from loyalty.program import Program

__all__ = [
    "BadFile",
    "BadRows",
    "ChainError",
    "KeyReused",
    "LoyaltyError",
    "NotDeployed",
    "Parked",
    "SettingsError",
    "init",
    "open",
]


def open(folder: str | Path = ".") -> Program:
    """Open the program whose ``loyalty.toml`` is in ``folder`` (or in a folder above it). Opens no socket."""
    from loyalty.program import Program

    return Program.open(folder)


def init(name: str, folder: str | Path = ".", *, ledger: str = "ledger.db") -> Program:
    """Write ``loyalty.toml`` and an empty ledger, a file or a PostgreSQL database by its URL, for a new program; raise rather than overwrite."""
    from loyalty.program import Program

    return Program.init(name, folder, ledger=ledger)


def __getattr__(attribute: str) -> str:
    if attribute == "__version__":
        from importlib.metadata import version

        return version("loyalty")
    raise AttributeError(f"module 'loyalty' has no attribute {attribute!r}")
