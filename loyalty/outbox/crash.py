"""Named points at which a test may kill the process, to show that nothing is lost or paid twice there."""

from __future__ import annotations

import os
import signal
from collections import Counter

STEPS = ("accepted", "batched", "signed", "stored", "broadcast", "bumped", "receipt", "recorded")
"""An operation is accepted; then a batch is formed, signed, stored, broadcast, perhaps signed again for a higher fee, its receipt read, and the receipt recorded."""

VARIABLE = "LOYALTY_CRASH_AT"
_seen: Counter[str] = Counter()


def reached(step: str) -> None:
    """Die here as by kill -9 when ``LOYALTY_CRASH_AT=step`` or ``step:n`` (the n-th time) says so. Otherwise nothing."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    name, _, count = wanted.partition(":")
    _seen[step] += 1
    if name == step and _seen[step] == int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
