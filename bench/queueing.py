"""Durable awards per second, the memory that a million of them take, and how soon a send that was killed is back on the wire.

    python -m bench.queueing [ROWS]      # by default 1,000,000 rows in the file

Beside each rate stands what SQLite itself does with bare rows of the same contents in the same commits: the disk's limit.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.delivery import programs, wallets
from loyalty.program import Program

ONE_BY_ONE, TOGETHER, BATCH = 2_000, 50_000, 1_000

MEMORY = """
import resource, sys
from loyalty.program import Program
with Program.open(sys.argv[1]) as program:
    if sys.argv[2] == "plan":
        done = program.plan_file(sys.argv[3]).awards
    else:
        done = program.points.award_file(sys.argv[3]).new
print(done, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def rate(count: int, work: Callable[[], object]) -> float:
    """How many a second."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def ours(program: Program, name: str) -> tuple[float, float]:
    """Awards one by one, and in batches."""
    to = wallets(TOGETHER, 7)

    def one_by_one() -> None:
        for number, wallet in enumerate(to[:ONE_BY_ONE]):
            program.points.award(wallet, 10, key=f"{name}-one-{number}")

    def together() -> None:
        for first in range(0, TOGETHER, BATCH):
            some = enumerate(to[first : first + BATCH], first)
            program.points.award_many({"wallet": w, "amount": 10, "key": f"{name}-many-{n}"} for n, w in some)

    return rate(ONE_BY_ONE, one_by_one), rate(TOGETHER, together)


def bare(path: Path) -> tuple[float, float]:
    """The same rows and commits in SQLite, with one index and nothing else."""
    to = wallets(TOGETHER, 7)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=FULL")
        file.execute("CREATE TABLE awards (id INTEGER PRIMARY KEY, key TEXT UNIQUE, wallet TEXT, amount INTEGER)")

        def one_by_one() -> None:
            for number, wallet in enumerate(to[:ONE_BY_ONE]):
                file.execute("INSERT INTO awards (key, wallet, amount) VALUES (?, ?, 10)", (f"one-{number}", wallet))

        def together() -> None:
            for first in range(0, TOGETHER, BATCH):
                some = enumerate(to[first : first + BATCH], first)
                file.execute("BEGIN IMMEDIATE")
                file.executemany("INSERT INTO awards (key, wallet, amount) VALUES (?, ?, 10)", [(f"m-{n}", w) for n, w in some])  # fmt: skip
                file.execute("COMMIT")

        return rate(ONE_BY_ONE, one_by_one), rate(TOGETHER, together)


def memory(folder: Path, what: str, file: Path) -> tuple[float, int]:
    """Seconds, and the most memory (MB) that a process of its own held."""
    began = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", MEMORY, str(folder), what, str(file)], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - began, int(told.stdout.split()[1])


def comes_back(program: Program) -> tuple[float, float]:
    """Seconds from the start of a command after one that was killed (with signed bytes on the disk, not on the wire) until the chain has mined them; and how long the command took."""
    node, signer = program.node, program.signer.address
    command = [sys.executable, "-m", "loyalty", "send", "--yes"]
    environment = os.environ | {"LOYALTY_CRASH_AT": "stored:3"}
    subprocess.run(command, cwd=program.settings.folder, env=environment, capture_output=True)
    before = node.nonce(signer)
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=program.settings.folder, stdout=subprocess.DEVNULL) as running:
        while node.nonce(signer) == before:
            time.sleep(0.01)
        first = time.perf_counter() - began
        running.wait()
    return first, time.perf_counter() - began


def main() -> None:
    """Run all of them and print what they gave."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one, many = bare(folder / "bare.db")
        print(f"{'':28} {'one by one':>12} {'by thousands':>14}   awards a second, each on the disk")
        print(f"{'SQLite, bare rows':28} {one:12,.0f} {many:14,.0f}")
        for way, program in programs(folder):
            singly, together = ours(program, "bench")
            print(
                f"{way.replace('send', 'award'):28} {singly:12,.0f} {together:14,.0f}   {singly / one:.0%} and {together / many:.0%} of bare rows"
            )
            program.close()
        program = Program.init("Million", folder / "million")
        program.chain.start()
        try:
            program.deploy()
            file = folder / "million.csv"
            with file.open("w") as rows:
                rows.write("wallet,amount,key\n")
                rows.writelines(f"0x{n + 2**100:040x},1,order-{n}\n" for n in range(count))
            for what in ("plan", "import"):
                seconds, megabytes = memory(program.settings.folder, what, file)
                print(f"{what} {count:,} rows: {seconds:.0f} s, {count / seconds:,.0f} rows/s, {megabytes} MB at most")
            first, whole = comes_back(program)
            print(
                f"a send after one that was killed, {count:,} awards queued: on the chain after {first:.1f} s; all sent after {whole:.0f} s"
            )
        finally:
            program.chain.stop()
            program.close()
    print("wanted: 500 and 5,000 awards a second, 300 MB, 10 s")


if __name__ == "__main__":
    main()
