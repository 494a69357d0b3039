"""The witness itself is tested: engines with a mistake planted in them, each of which it catches, and the sound one, which it passes.

A planted engine is the real command line in a process of its own, with one function exchanged for a wrong one.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loyalty.program import Program
from tests.faults.proxy import SILENCE, TRUTH, between
from tests.faults.shop import RUNS, Shop, backup, deployed

WHOLE = RUNS > 1
"""In every test run some are tried; in `make test-faults` all of them."""

SOUND = ""

# What is planted, and what happens to the engine that has it.
PLANTS: dict[str, tuple[str, str]] = {
    "what was under way when it died is queued again": (
        "kill",
        """
def recover(self):
    for batch in batches.in_state(self._ledger, self._node.chain_id, *batches.IN_FLIGHT):
        with self._ledger.write() as c:
            c.execute(update(schema.batches).where(schema.batches.c.id == batch.id).values(state="reverted"))
            mine = schema.operations.c.batch_id == batch.id
            c.execute(update(schema.operations).where(mine).values(state="queued", batch_id=None))
    return True
run.Run._recover = recover
""",
    ),
    "no answer to a broadcast is a failure": (
        "silence",
        """
def broadcast(self, batch):
    self._heard[batch.id] = 1e18
    try:
        self._node.broadcast(batches.attempts_of(self._ledger, batch.id)[0].raw)
        batches.sent(self._ledger, batch)
    except Unreachable:
        self._flying.remove(batch)
        with self._ledger.write() as c:
            c.execute(update(schema.batches).where(schema.batches.c.id == batch.id).values(state="reverted"))
            mine = schema.operations.c.batch_id == batch.id
            c.execute(update(schema.operations).where(mine).values(state="queued", batch_id=None))
run.Run._broadcast = broadcast
""",
    ),
    "mined is mined, whatever the chain says later": ("reorg", "run.Run._review = lambda self: None"),
    "sent is as good as mined": (
        "drop",
        """
def receipt(self, batch):
    newest = batches.attempts_of(self._ledger, batch.id)
    if not newest:
        return None
    return Receipt(newest[0].tx_hash, 1, "0x00", True, 1, 1, frozenset([batch.contract]))
run.Run._receipt = receipt
""",
    ),
    "a mined call worked, whatever its receipt says": (
        "plain",
        """
run.Run._refusal = lambda self, batch, receipt: ""
run._with_margin = lambda gas: gas * 3 // 4
""",
    ),
    "signed bytes that cannot be written are sent all the same": ("kill", "batches.store = lambda *a, **k: None\nbatches.attempts_of = keep(batches.attempts_of)"),
    "one operation of a batch is left out of the call": (
        "plain", 'encoded("points.award", lambda members: members[:-1] or members)',
    ),
    "one operation of a batch is in the call twice": (
        "plain", 'encoded("points.award", lambda members: [*members, members[-1]])',
    ),
    "amounts slip by one line": (
        "plain",
        'encoded("points.award", lambda m: [replace(a, amount=b.amount) for a, b in zip(m, [*m[1:], m[0]])])',
    ),
    "the ledger's age is not looked at": ("restored", "run.Run._is_current = lambda self: True"),
    "what fails is forgotten": (
        "refused",
        """
def fail(ledger, operation_id, reason):
    with ledger.write() as c:
        c.execute(delete(schema.operations).where(schema.operations.c.id == operation_id))
operations.fail = fail
operations.take = lambda *a, _take=operations.take, **k: _take(*a, **k)[:1]
run.Run._fit = lambda self, kind, to, number, members: operations.fail(self._ledger, members[0].id, "no")
""",
    ),
    "done is what was formed": (
        "drop",
        """
def launch(self, batch):
    with self._ledger.write() as c:
        c.execute(update(schema.batches).where(schema.batches.c.id == batch.id).values(state="final"))
run.Run._launch = launch
""",
    ),
}  # fmt: skip

PRELUDE = """
from dataclasses import replace
from sqlalchemy import delete, update
from loyalty.chain import Receipt
from loyalty.errors import Unreachable
from loyalty.ledger import batches, operations, schema
from loyalty.outbox import run, wire

def encoded(kind, change):
    sound = wire.KINDS[kind]
    wire.KINDS[kind] = replace(sound, encode=lambda n, s, m: sound.encode(n, s, change(list(m))))

def keep(found):
    from loyalty.ledger.batches import Attempt
    made = {}
    sign = run.Run._sign
    def signing(self, batch, offer):
        signed = self._signer.sign(31337, batch.nonce, batch.contract, batch.calldata, batch.gas, offer.max_fee, offer.priority)
        made[batch.id] = Attempt(batch.id, batch.nonce, signed.tx_hash, signed.raw, offer.max_fee, offer.priority)
        run.reached("stored")
    run.Run._sign = signing
    return lambda ledger, batch_id: [made[batch_id]] if batch_id in made else found(ledger, batch_id)
"""


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own for each engine."""
    with deployed(tmp_path_factory.mktemp("planted")) as shop:
        yield shop


def send(shop: Shop, plant: str, *, crash_at: str = "") -> int:
    """`loyalty send` with a mistake in it."""
    script = PRELUDE + plant + "\nfrom loyalty.cli import main\nmain()\n"
    environment = os.environ | ({"LOYALTY_CRASH_AT": crash_at} if crash_at else {})
    command = [sys.executable, "-c", script, "send", "--yes"]
    done = subprocess.run(
        command, cwd=shop.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=90
    )
    return done.returncode


def queue(shop: Shop, count: int, seed: int) -> None:
    """Awards of different amounts to new wallets."""
    pick = random.Random(seed)
    with Program.open(shop.folder) as program:
        for index in range(count):
            program.points.award(f"0x{pick.getrandbits(160):040x}", index + 1, key=f"p-{seed}-{index}")


def play(shop: Shop, what: str, plant: str) -> None:
    """Send some awards while this happens, and then once more in peace."""
    program = Program.open(shop.folder)
    queue(shop, 12, 1)
    match what:
        case "kill":
            send(shop, plant, crash_at="broadcast")
        case "silence":
            lost: list[Any] = []

            def lie(method: str, params: list[Any]) -> Any:
                if method == "eth_sendRawTransaction" and not lost:
                    lost.append(method)
                    return SILENCE
                return TRUTH

            with between(program.node.url, lie) as url:
                through(shop, url)
                send(shop, plant)
            through(shop, "")
        case "reorg":
            send(shop, plant)
            program.node.ask("anvil_reorg", 1, [])
        case "drop":
            program.node.ask("evm_setAutomine", False)
            send(shop, plant, crash_at="" if plant else "broadcast")
            program.node.ask("anvil_dropAllTransactions")
            program.node.ask("evm_setAutomine", True)
        case "restored":
            ledger = shop.folder / "ledger.db"
            backup(ledger, ledger.with_suffix(".old"))
            send(shop, plant)
            for left in shop.folder.glob("ledger.db*"):
                left.unlink()
            ledger.with_suffix(".old").rename(ledger)
            if not plant:
                shop.run("sync", "--yes")
        case _:
            send(shop, plant)
    program.close()
    send(shop, plant)


def through(shop: Shop, url: str) -> None:
    """Let the shop reach its node through ``url``; empty: directly."""
    settings = Path(shop.folder, "loyalty.toml")
    start = settings.read_text().partition("\n[networks.local]")[0]
    settings.write_text(start + (f'\n[networks.local]\nrpc = "{url}"\n' if url else ""))


@pytest.mark.parametrize("plant", list(PLANTS) if WHOLE else list(PLANTS)[:1])
def test_a_planted_mistake_is_caught(shop: Shop, plant: str) -> None:
    """An engine with this mistake pays twice, forgets, or says what is not so; and the witness says so."""
    what, code = PLANTS[plant]
    play(shop, what, code)
    print(f"{plant}: {wrong(shop)}")
    with pytest.raises(AssertionError):
        check(shop, what)


@pytest.mark.parametrize("what", sorted({what for what, _ in PLANTS.values()} - {"refused"}) if WHOLE else ["kill"])
def test_the_sound_engine_passes(shop: Shop, what: str) -> None:
    """What happens to the planted engines does the sound one no harm."""
    play(shop, what, SOUND)
    check(shop, what)


def wrong(shop: Shop) -> str:
    """What is wrong, in a word or two."""
    owed = Counter((wallet, amount) for wallet, amount, _, _ in shop.witness.owed("points.award"))
    minted = shop.witness.minted()
    states = Counter(state for *_, state in shop.witness.owed("points.award"))
    return f"{(minted - owed).total()} paid too often, {(owed - minted).total()} not paid, states {dict(states)}"


def check(shop: Shop, what: str) -> None:
    """The witness's verdict; twelve awards were accepted."""
    assert len(shop.witness.owed("points.award")) == 12
    shop.witness.check(nonces=what != "restored")
