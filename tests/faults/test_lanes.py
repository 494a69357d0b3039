"""Who may send: one engine to a lane, a newer lease over an older one, and the signer's pool beside it."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loyalty.chain.signer import from_anvil
from loyalty.errors import LoyaltyError
from loyalty.ledger import batches, lanes
from loyalty.program import Program
from tests.faults.shop import RUNS, Shop, award_many, deployed, share_out
from tests.faults.test_kill_send import SEND_STEPS

POOL = [from_anvil(index).address for index in (0, 1, 2)]


@pytest.fixture(scope="module")
def pooled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop whose signer has a pool of two, with the budgets of points, badges and warranties shared out."""
    with deployed(tmp_path_factory.mktemp("pool")) as shop:
        share_out(shop)
        yield shop


def test_one_budget_is_shared_out(pooled: Shop) -> None:
    """The signer and each account of its pool may issue a part, together the budget exactly."""
    with Program.open(pooled.folder) as program:
        for office in program.admin.show():
            if office.contract in ("points", "poap", "warranty"):
                budgets = {one.address: one.budget for one in office.issuers}
                assert budgets == dict(zip(POOL, (1_000_001, 1_000_000, 1_000_000), strict=True))


def test_the_pool_sends_beside_the_signer(pooled: Shop) -> None:
    """Awards go out through every account of the pool, each of them once, and everything else through the signer alone."""
    pooled.queue_work(seed=71)
    award_many(pooled, 2_500, seed=72)
    done = pooled.run("send", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    pooled.witness.check()
    lanes_of = Counter(pooled.witness.rows("SELECT signer, kind FROM batches WHERE state = 'final'"))
    assert {signer for signer, kind in lanes_of if kind == "points.award"} == set(POOL)
    assert {signer for signer, kind in lanes_of if kind in ("notify.send", "poap.create", "warranty.terms")} == {
        POOL[0]
    }


def test_what_comes_later_waits_for_the_pool(pooled: Shop) -> None:
    """Points that are taken back right after they were given in several lanes are there to be taken."""
    wallets = award_many(pooled, 2_000, seed=73)
    with Program.open(pooled.folder) as program:
        for number, wallet in enumerate(wallets[::200]):
            program.points.revoke(wallet, 3, reference=f"back-{number}", reason="returned")
    assert pooled.run("send", "--yes").returncode == 0
    with Program.open(pooled.folder) as program:
        assert {program.points.balance(wallet).points for wallet in wallets[::200]} == {4}
        assert program.audit.reconcile().agree


@pytest.mark.parametrize("step", SEND_STEPS if RUNS > 1 else ["stored"])
def test_killed_in_any_lane_it_pays_once(pooled: Shop, step: str) -> None:
    """A send that dies while several lanes are at work leaves nothing lost and nothing paid twice."""
    award_many(pooled, 3_000, seed=sum(step.encode()))
    killed = pooled.run("send", "--yes", crash_at=f"{step}:3")
    assert killed.returncode < 0, killed.stderr
    done = pooled.run("send", "--yes")
    assert done.returncode == 0, done.stderr
    awards = pooled.witness.owed("points.award")
    assert Counter((wallet, amount) for wallet, amount, _, _ in awards) == pooled.witness.minted()
    pooled.witness.check_nonces()


def test_a_pool_account_that_cannot_pay_leaves_its_work_to_the_others(pooled: Shop) -> None:
    """An account without gas money is named, and what it would have sent goes out through the others."""
    with Program.open(pooled.folder) as program:
        held = program.node.balance(POOL[2])
        program.node.ask("anvil_setBalance", POOL[2], "0x0")
        award_many(pooled, 2_500, seed=74)
        try:
            done = pooled.run("send", "--yes")
        finally:
            program.node.ask("anvil_setBalance", POOL[2], hex(held))
        assert "top it up" in done.stderr
        assert program.status().queue["points.award"].keys() == {"final"}


def test_an_account_named_twice_is_refused(pooled: Shop, tmp_path: Path) -> None:
    """A pool that names the signer, or one account twice, is one sentence."""
    text = (pooled.folder / "loyalty.toml").read_text()
    for pool in ("[0, 1]", "[1, 1]"):
        (tmp_path / "loyalty.toml").write_text(text.replace("[1, 2]", pool))
        (tmp_path / "ledger.db").touch()
        with pytest.raises(LoyaltyError, match="names one account twice"):
            _ = Program.open(tmp_path).pool


def test_an_engine_whose_lease_is_gone_can_write_nothing(shop: Shop) -> None:
    """Once a newer lease is given, the older engine can neither reserve a nonce, nor store bytes, nor record a receipt: it stops."""
    with Program.open(shop.folder) as program:
        program.points.award("0x" + "7e" * 20, 5, key="fenced")
        signer = program.signer.address
        with lanes.lease(program.ledger, 31337, signer) as older:
            assert older is not None
            with lanes.lease(program.ledger, 31337, signer) as second:
                assert second is None  # the lock holds while its process does
            lanes._next_token(program.ledger, 31337, signer)  # another engine, after this one's lock was lost
            with pytest.raises(LoyaltyError, match="has taken over"):
                batches.form(
                    older, chain_id=31337, signer=signer, contract="0x" + "11" * 20, kind="points.award", number=99,
                    calldata=b"", gas=1, members=[], chain_nonce=0,
                )  # fmt: skip
        assert program.send().operations == 1
    shop.witness.check_nonces()


def test_a_frozen_engine_that_wakes_up_is_fenced(shop: Shop) -> None:
    """An engine that is frozen while another takes its lane over stops at its next write; each award is paid once."""
    lock = f"{shop.file.name}.31337-*.lock"
    award_many(shop, 700, seed=75)
    frozen = subprocess.Popen([sys.executable, "-c", FREEZE, str(shop.folder)], stdout=subprocess.PIPE, text=True)
    assert frozen.stdout is not None and frozen.stdout.readline() == "frozen\n"
    with Program.open(shop.folder) as program:
        # Its lock is lost, as on a machine that was cut off from the database: the file is another one now.
        next(shop.folder.glob(lock)).unlink()
        assert program.send().operations > 0
    out, _ = frozen.communicate(timeout=60)
    assert "has taken over" in out
    awards = shop.witness.owed("points.award")
    assert Counter((wallet, amount) for wallet, amount, _, _ in awards) == shop.witness.minted()
    shop.witness.check_nonces()


FREEZE = """
import sys, time
from pathlib import Path
from loyalty.program import Program
from loyalty.errors import LoyaltyError
from loyalty.outbox import run

program, frozen = Program.open(sys.argv[1]), []

def reached(step):
    if step == "signed" and not frozen:
        frozen.append(step)
        print("frozen", flush=True)
        time.sleep(4)

run.reached = reached
try:
    program.send()
except LoyaltyError as error:
    print(error)
"""
