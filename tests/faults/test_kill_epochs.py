"""`loyalty send` is killed with kill -9 while it publishes an epoch, and while it claims from one; each wallet gets what it has earned, once."""

from __future__ import annotations

import random
import signal
from collections import Counter

import pytest
from eth_utils.crypto import keccak

from loyalty.outbox.crash import STEPS
from loyalty.program import Program
from tests.faults.shop import RUNS, Shop

SEND_STEPS = [step for step in STEPS if step not in ("accepted", "bumped")] if RUNS > 1 else ["stored", "receipt"]
"""All of them in `make test-faults`; test_kill_send.py goes through all of them each time."""

PUBLISHED = "0x" + keccak(b"EpochPublished(address,uint256,uint256,bytes32,uint256,uint256)").hex()


def publish(shop: Shop, pick: random.Random) -> None:
    """Queue an epoch for new wallets and for some that were in one before."""
    shop.round += 1
    before = [f"0x{pick.getrandbits(160):040x}" for _ in range(5)]
    known = [wallet for (wallet,) in shop.witness.rows("SELECT DISTINCT wallet FROM earned ORDER BY wallet LIMIT 5")]
    rows = [f"{wallet},{pick.randint(1, 500)},{shop.round}-{n}" for n, wallet in enumerate(before + known + before)]
    file = shop.folder / f"epoch-{shop.round}.csv"
    file.write_text("wallet,amount,key\n" + "\n".join(rows) + "\n")
    with Program.open(shop.folder) as program:
        program.points.publish_epoch(file)


def send_through(shop: Shop, crash_at: str) -> None:
    """Send, be killed, and send again."""
    killed = shop.run("send", "--yes", crash_at=crash_at)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = shop.run("send", "--yes")
    assert again.returncode == 0, again.stderr


def check(shop: Shop) -> None:
    """Raise unless each wallet was paid what its rows say, by as many epochs as were queued, and nothing is open."""
    witness = shop.witness
    owed = dict(witness.rows("SELECT wallet, SUM(amount) FROM operations WHERE kind = 'points.award' GROUP BY wallet"))
    paid: Counter[str] = Counter()
    for (wallet, amount), times in witness.minted().items():
        paid[wallet] += amount * times
    assert owed == paid
    queued = witness.rows("SELECT COUNT(*) FROM operations WHERE kind = 'points.epoch'")
    assert len(witness.logs("points", PUBLISHED)) == queued[0][0]
    states = witness.rows("SELECT DISTINCT kind = 'points.award', state FROM operations")
    assert set(states) == {(1, "earned"), (0, "batched")}
    assert {state for (state,) in witness.rows("SELECT state FROM batches")} == {"final"}
    witness.check_nonces()


@pytest.mark.parametrize("step", SEND_STEPS)
def test_killed_epoch_and_claim_pay_once(shop: Shop, step: str) -> None:
    """A send killed at this step of an epoch's transaction, and again at this step of its claims, pays each wallet once."""
    seed = random.randrange(2**32)
    print(f"seed {seed}, killed at {step}")
    publish(shop, random.Random(seed))
    send_through(shop, step)
    with Program.open(shop.folder) as program:
        assert program.points.claim_epoch().new
    send_through(shop, step)
    check(shop)
