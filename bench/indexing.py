"""Events per second: what `loyalty sync --rebuild` reads beside web3.py's decoded get_logs, of one contract on one Anvil in one run.

    python -m bench.indexing [EVENTS] [RUNS]      # by default 100,000 events, 3 runs of each, the best of them told

Ours reads them over the same JSON-RPC and writes them into a SQLite ledger that is synced to the disk; then it decodes each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from web3 import HTTPProvider, Web3

from bench.delivery import wallets
from loyalty.chain import abi
from loyalty.indexer import refresh
from loyalty.program import Program
from loyalty.units import checksum

BATCH = 500


def fill(program: Program, url: str, events: int) -> None:
    """Give so many awards, the same five hundred customers again and again."""
    web3 = Web3(HTTPProvider(url))
    points = checksum(program.status().contracts["points"])
    words = b"".join(bytes.fromhex(one[2:]) + (1).to_bytes(12, "big") for one in wallets(BATCH, 3))
    sender, hashes = web3.eth.accounts[0], []
    for number in range(events // BATCH):
        head = (2**64 + number).to_bytes(32, "big") + (64).to_bytes(32, "big") + BATCH.to_bytes(32, "big")
        data = abi.selector("Points", "award") + head + words
        hashes.append(web3.eth.send_transaction({"from": sender, "to": points, "data": data, "gas": 2**24 - 1}))
        if len(hashes) % 16 == 0:
            web3.eth.wait_for_transaction_receipt(hashes[-1])
    assert web3.eth.wait_for_transaction_receipt(hashes[-1])["status"] == 1


def web3_decoded(program: Program, url: str) -> int:
    """What web3.py's manual says: the contract's event, get_logs."""
    web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": 600}))
    points = checksum(program.status().contracts["points"])
    contract = web3.eth.contract(address=points, abi=abi.artifact("Points")["abi"])
    return len(contract.events.Transfer.get_logs(from_block=0)) + len(contract.events.Awarded.get_logs(from_block=0))


def index(program: Program, url: str) -> int:
    """Into the ledger, from nothing."""
    return refresh(program.ledger, program.node, rebuild=True).new


def index_and_decode(program: Program, url: str) -> int:
    """And then every event read back and decoded, as an audit does."""
    index(program, url)
    return sum(1 for one in program._contract("points").history() if one.fields)


def best(runs: int, work: Callable[[Program, str], int], program: Program, url: str) -> tuple[int, float, float]:
    """Events, wall seconds and CPU seconds of the fastest run."""
    found = []
    for _ in range(runs):
        began, cpu = time.perf_counter(), time.process_time()
        count = work(program, url)
        found.append((time.perf_counter() - began, time.process_time() - cpu, count))
    wall, cpu, count = min(found)
    return count, wall, cpu


def main() -> None:
    """Fill a chain, read it both ways, and print the table."""
    events, runs = (int(a) for a in (*sys.argv[1:], *("100000", "3")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        program = Program.init("Bench", Path(folder))
        url = program.chain.start().url
        try:
            program.settings.points.__dict__["budget"] = 2**40
            program.deploy(["points"])
            fill(program, url, events)
            ways = {
                "web3.py, decoded get_logs": best(1, web3_decoded, program, url),
                "loyalty, into the ledger": best(runs, index, program, url),
                "loyalty, and read back, decoded": best(runs, index_and_decode, program, url),
            }
        finally:
            program.chain.stop()
            program.close()
    print(f"{'way':34} {'events':>8} {'seconds':>8} {'CPU s':>7} {'events/s':>9}")
    slow = ways["web3.py, decoded get_logs"]
    for name, (count, wall, cpu) in ways.items():
        times = (count / wall) / (slow[0] / slow[1])
        print(f"{name:34} {count:8,} {wall:8.2f} {cpu:7.2f} {count / wall:9,.0f} {times:6.1f} times as fast")
    count, wall, _ = ways["loyalty, into the ledger"]
    print(f"wanted: 20 times as fast, and 100,000 events in 5 s; they take {1e5 * wall / count:.2f} s")


if __name__ == "__main__":
    main()
