"""Awards per second: a plain web3.py loop against `program.send()`, on one Anvil in one run.

    python bench/delivery.py [LOOP] [AWARDS]      # by default 500 awards one by one, and 5,000 through the outbox

The loop is what a tutorial teaches: one transaction for each award, wait for its receipt, go on with the next.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from web3 import HTTPProvider, Web3

from loyalty.chain import abi
from loyalty.program import Program
from loyalty.units import checksum


def wallets(count: int, seed: int) -> list[str]:
    """Addresses nobody has seen before."""
    pick = random.Random(seed)
    return [f"0x{pick.getrandbits(160):040x}" for _ in range(count)]


def plain_loop(program: Program, url: str, to: list[str]) -> tuple[float, float]:
    """Seconds and gas for each of ``to``: transact, wait, next."""
    web3 = Web3(HTTPProvider(url))
    points = program.status().contracts["points"]
    contract = web3.eth.contract(address=checksum(points), abi=abi.artifact("Points")["abi"])
    sender = web3.eth.accounts[0]
    gas, began = 0, time.perf_counter()
    for number, wallet in enumerate(to):
        # Far from the numbers that the ledger counts up from 0.
        sent = contract.functions.award_one(2**64 + number, checksum(wallet), 10).transact({"from": sender})
        gas += web3.eth.wait_for_transaction_receipt(sent)["gasUsed"]
    return time.perf_counter() - began, gas / len(to)


def engine(program: Program, to: list[str]) -> tuple[float, float, float]:
    """Seconds to queue, seconds to send, and gas for each of ``to``."""
    path = program.settings.state / "bench.csv"
    path.write_text("wallet,amount\n" + "".join(f"{wallet},10\n" for wallet in to))
    began = time.perf_counter()
    program.points.award_file(path)
    queued = time.perf_counter()
    sent = program.send()
    return queued - began, time.perf_counter() - queued, sent.gas / len(to)


def main() -> None:
    """Run both and print the table."""
    loop, awards = (int(a) for a in (*sys.argv[1:], *("500", "5000")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        program = Program.init("Bench", Path(folder))
        url = program.chain.start().url
        try:
            program.deploy()
            slow, slow_gas = plain_loop(program, url, wallets(loop, 1))
            queue, send, gas = engine(program, wallets(awards, 2))
        finally:
            program.chain.stop()
            program.close()
    slow_rate, rate = loop / slow, awards / (queue + send)
    print(f"{'way':34} {'awards':>8} {'seconds':>9} {'awards/s':>9} {'gas each':>9}")
    print(f"{'plain web3.py loop, one by one':34} {loop:8,} {slow:9.2f} {slow_rate:9.1f} {slow_gas:9,.0f}")
    print(f"{'queued from a CSV and sent':34} {awards:8,} {queue + send:9.2f} {rate:9.1f} {gas:9,.0f}")
    print(f"{'  of it, queueing':34} {awards:8,} {queue:9.2f} {awards / queue:9.1f}")
    print(
        f"the outbox is {rate / slow_rate:.0f} times as fast and uses {slow_gas / gas:.2f} times less gas for each award"
    )


if __name__ == "__main__":
    main()
