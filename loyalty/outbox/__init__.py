"""Moves operations to the chain in batches, each exactly once, whatever crashes."""

from loyalty.outbox.engine import Outbox
from loyalty.outbox.plan import Plan
from loyalty.outbox.run import Sent

__all__ = ["Outbox", "Plan", "Sent"]
