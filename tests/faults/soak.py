"""The soak: thousands of keys sent through a node that fails one call in twenty, while blocks are taken back and the sender is killed.

    make soak      # SOAK_KEYS, SOAK_WALLETS, SOAK_MINUTES and SOAK_SEED change what it does

A worker (`loyalty send --watch`) runs as a process of its own behind a lying proxy. Every 30 seconds it is killed with
kill -9, every 60 a reorganisation takes one to three blocks away. Keys are queued all the while, each of them twice. Then the
faults end, and within 60 seconds every key must be on chain exactly once: the outside witness looks.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loyalty.chain import Node
from loyalty.program import Program
from tests.faults.proxy import BEFORE, SILENCE, TRUTH, Lie, Refusal, between
from tests.faults.shop import Shop, deployed

KEYS, WALLETS = int(os.environ.get("SOAK_KEYS", "10000")), int(os.environ.get("SOAK_WALLETS", "500"))
MINUTES = float(os.environ.get("SOAK_MINUTES", "5"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.randrange(2**32)
SHARE = 0.05
CHUNK = 250


def liar(real: Node, pick: random.Random, on: threading.Event, told: Counter[str]) -> Lie:
    """One answer in twenty is one of twelve lies, where it fits."""

    def lie(method: str, params: list[Any]) -> Any:
        if not on.is_set() or pick.random() > SHARE:
            return TRUTH
        kind = pick.choice(KINDS)
        told[kind] += 1
        match kind:
            case "lost before":
                return BEFORE
            case "lost after":
                return SILENCE
            case "hang":
                time.sleep(1.0)
            case "sent twice" if method == "eth_sendRawTransaction":
                real.ask(method, *params)
            case "no receipt" if method == "eth_getTransactionReceipt":
                return None
            case "unknown transaction" if method == "eth_getTransactionByHash":
                return None
            case "stale nonce" if method == "eth_getTransactionCount":
                return hex(max(int(real.ask(method, *params), 16) - 1, 0))
            case "fee spike" if method == "eth_maxPriorityFeePerGas":
                return hex(50 * 10**9)
            case "nonsense":
                return "0xzz"
            case "429":
                return Refusal(429, "Too Many Requests")
            case "limit":
                return Refusal(-32005, "daily request count exceeded, request rate limited")
            case "internal":
                return Refusal(-32603, "Internal error")
        return TRUTH

    return lie


KINDS = (
    "lost before", "lost after", "hang", "sent twice", "no receipt", "unknown transaction", "stale nonce", "fee spike",
    "nonsense", "429", "limit", "internal",
)  # fmt: skip


def worker(shop: Shop) -> subprocess.Popen[bytes]:
    """The sender."""
    command = [sys.executable, "-m", "loyalty", "send", "--watch", "--yes", "--every", "1"]
    with open(shop.folder / "worker.log", "ab") as log:
        return subprocess.Popen(command, cwd=shop.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def test_soak(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through faults, kills and reorganisations every key is paid exactly once, and all is settled within a minute of their end."""
    pick = random.Random(SEED)
    with capsys.disabled(), deployed(tmp_path) as shop:
        print(f"\nseed {SEED}, {KEYS:,} keys for {WALLETS} wallets over {MINUTES} minutes")
        play(shop, pick, KEYS, WALLETS, MINUTES * 60)


def play(shop: Shop, pick: random.Random, keys: int, wallets: int, seconds: float) -> None:
    """Queue, lie, kill and take back; then let it settle, and look."""
    on, told = threading.Event(), Counter[str]()
    real = Node(shop.witness.url, 31337)
    to = [f"0x{pick.getrandbits(160):040x}" for _ in range(wallets)]
    kills = reorgs = 0
    with between(real.url, liar(real, pick, on, told)) as url:
        settings = shop.folder / "loyalty.toml"
        settings.write_text(settings.read_text() + f'\n[networks.local]\nrpc = "{url}"\n')
        on.set()
        began = time.monotonic()
        sender, killed, turned, queued = worker(shop), began, began, 0
        while time.monotonic() - began < seconds or queued < keys:
            due = min(keys, int(keys * (time.monotonic() - began) / (seconds * 0.8)) + CHUNK)
            while queued < due:
                queue(shop, to, queued, min(CHUNK, keys - queued))
                queued += CHUNK
            if time.monotonic() - killed > 30:
                sender.send_signal(signal.SIGKILL)
                sender.wait()
                sender, killed, kills = worker(shop), time.monotonic(), kills + 1
            if time.monotonic() - turned > 60:
                real.ask("anvil_reorg", pick.randint(1, 3), [])
                turned, reorgs = time.monotonic(), reorgs + 1
            if sender.poll() is not None:
                sender = worker(shop)  # it had met something that ends it, as a service manager would start it again
            time.sleep(0.25)
        on.clear()
        ended = time.monotonic()
        while not settled(shop) and time.monotonic() - ended < 120:
            if sender.poll() is not None:
                sender = worker(shop)
            time.sleep(0.25)
        took = time.monotonic() - ended
        sender.terminate()
        sender.wait()
    print(f"{kills} kills, {reorgs} reorganisations, {told.total():,} lies: {dict(sorted(told.items()))}")
    print(f"settled {took:.1f} s after the faults ended (wanted: 60)")
    owed = Counter((wallet, amount) for wallet, amount, _, _ in shop.witness.owed("points.award"))
    minted = shop.witness.minted()
    print(
        f"{owed.total():,} keys accepted, {minted.total():,} payments: {(minted - owed).total()} too many, {(owed - minted).total()} missing"
    )
    shop.witness.check()
    assert owed.total() == keys and took <= 60
    print("every key exactly once")


def queue(shop: Shop, to: list[str], first: int, count: int) -> None:
    """So many keys more, given twice, as a shop's webhook may deliver them."""
    rows = [f"{to[n % len(to)]},{1 + n % 97},soak-{n}\n" for n in range(first, first + count)]
    path = shop.folder / "soak.csv"
    path.write_text("wallet,amount,key\n" + "".join(rows))
    with Program.open(shop.folder) as program:
        for _ in range(2):
            program.points.award_file(path)


def settled(shop: Shop) -> bool:
    """Whether nothing waits and nothing is under way."""
    waits = "SELECT id FROM operations WHERE state <> 'batched' LIMIT 1"
    flies = "SELECT id FROM batches WHERE state NOT IN ('final', 'reverted', 'dissolved') LIMIT 1"
    return not shop.witness.rows(waits) and not shop.witness.rows(flies)
