"""Moves operations to the chain in batches, each exactly once, whatever crashes."""

from loyalty.outbox.engine import Outbox, Sent
from loyalty.outbox.plan import Plan

__all__ = ["Outbox", "Plan", "Sent"]
