"""`loyalty send` is killed with kill -9 at each of its steps; run again, it pays everybody once."""

from __future__ import annotations

import random
import signal

import pytest

from loyalty.outbox.crash import STEPS
from tests.faults.shop import Shop, killed_and_finished

# Only a transaction that waits is offered more for: test_fees.py kills there.
SEND_STEPS = [step for step in STEPS if step not in ("accepted", "bumped")]


@pytest.mark.parametrize("step", SEND_STEPS)
def test_killed_send_finishes_when_run_again(shop: Shop, step: str) -> None:
    """A send killed at this step, the n-th time it comes there, leaves nothing lost and nothing paid twice."""
    killed_and_finished(shop, step, 1 + (shop.number * 7 + STEPS.index(step)) % 11)
    shop.witness.check()


def test_killed_award_is_accepted_once(shop: Shop) -> None:
    """An award whose command is killed once it is accepted is paid once, though the command is run again."""
    wallet, key = f"0x{random.getrandbits(160):040x}", "accepted"
    killed = shop.run("points", "award", wallet, "70", "--key", key, crash_at="accepted")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = shop.run("points", "award", wallet, "70", "--key", key)
    assert again.returncode == 0, again.stderr
    assert shop.run("send", "--yes").returncode == 0
    assert shop.witness.minted()[(wallet, 70)] == 1
    shop.witness.check()


def test_killed_many_times_in_a_row(shop: Shop) -> None:
    """A send killed at one step after another, without ever being let through, still pays everybody once in the end."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    shop.queue_work(seed)
    for step in ("batched", "signed", "stored", "broadcast", "receipt", "recorded", "batched", "stored"):
        assert shop.run("send", "--yes", crash_at=step).returncode == -signal.SIGKILL
    assert shop.run("send", "--yes").returncode == 0
    shop.witness.check()
