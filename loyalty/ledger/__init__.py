"""The ledger: why customers own what they own, and who they are. The only SQL in the project."""

from loyalty.ledger.store import Ledger

__all__ = ["Ledger"]
