"""What the contracts' calls cost in gas, on a local Anvil of its own: the same on every machine.

    python bench/gas.py

Every call is a transaction of its own, its receipt's gasUsed divided by how many it served. Wallets are random addresses.
"fresh" wallets were never seen by the contract before; "returning" ones are the same wallets in the next call.
Each contract has had one call of its kind before, so no figure pays for the first slot of a counter, a budget or a batch number.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loyalty.chain import Node, abi
from loyalty.deploy import CONTRACTS
from loyalty.outbox.wire import DROP_HEADER, GAS_CAP
from loyalty.program import Program

pick = random.Random(1)


def wallets(count: int) -> list[str]:
    """Addresses nobody has seen before, in the order a drop wants them."""
    return sorted(f"0x{pick.getrandbits(160):040x}" for _ in range(count))


class Bench:
    """Calls from the owner, who is the issuer too, each mined before the next."""

    def __init__(self, program: Program) -> None:
        self.node: Node = program.node
        self.at = program.status().contracts
        self.owner = program.signer_address()
        self.number = 2**32  # batch numbers, far from the ledger's
        self.calls(("points", "Points", "award_one", self.next(), wallets(1)[0], 1))
        self.calls(("poap", "Poap", "create_event", 1, 0, 0, 0, False, 2, "ipfs://" + "b" * 59))
        self.calls(("poap", "Poap", "award", self.next(), 1, wallets(1)[0]))
        self.calls(("warranty", "Warranty", "set_terms", 1, 24, 24, 255, "ipfs://" + "b" * 59))
        self.calls(("warranty", "Warranty", "register", self.next(), self.items(1)))
        self.calls(("notify", "PushComm", "subscribe", wallets(1)[0]))

    def next(self) -> int:
        """A batch number that no contract has seen, never the first of its 256."""
        self.number += 1 if self.number % 256 != 255 else 2
        return self.number

    def items(self, count: int) -> list[int]:
        """Warranties for wallets never seen before, bought on different days."""
        words: list[int] = []
        for index, wallet in enumerate(wallets(count)):
            start = int(time.time()) - (index + 1) * 86_400
            words += [pick.getrandbits(256), int(wallet, 16) << 96 | start << 16 | 1]
        return words

    def calls(self, *several: tuple[Any, ...]) -> int:
        """The gas of these calls together."""
        return sum(self.gas(self.at[noun], abi.encode(*rest)) for noun, *rest in several)

    def gas(self, to: str, data: bytes, sender: str = "") -> int:
        """The gas of one transaction; raises when it is refused. ``to`` empty: a deployment."""
        call = {"from": sender or self.owner, "data": "0x" + data.hex(), "gas": hex(GAS_CAP)}
        sent = self.node.ask("eth_sendTransaction", call | ({"to": to} if to else {}))
        while True:
            found = self.node.ask("eth_getTransactionReceipt", sent)
            if found is not None:
                assert found["status"] == "0x1", data[:4].hex()
                return int(found["gasUsed"], 16)
            time.sleep(0.005)


def points(bench: Bench) -> Iterator[tuple[str, int, int]]:
    """Awards in one transaction, to fresh wallets and to returning ones; then what can follow an award."""

    def award(some: list[str]) -> int:
        words = [int(w, 16) << 96 | pick.randint(1, 1000) for w in some]
        return bench.calls(("points", "Points", "award", bench.next(), words))

    (single,) = wallets(1)
    for word in ("fresh", "returning"):
        yield f"award_one, {word}", 1, bench.calls(("points", "Points", "award_one", bench.next(), single, 100))
    for count in (1, 100, 500, 600):
        some = wallets(count)
        yield "award, fresh", count, award(some)
        yield "award, returning", count, award(some)
    revoke = ("points", "Points", "revoke", bench.next(), single, 50, b"\1" * 32, "Returned the goods")
    yield "revoke", 1, bench.calls(revoke)
    bench.calls(("points", "Points", "award_one", bench.next(), bench.owner, 100))
    yield "redeem, own", 1, bench.calls(("points", "Points", "redeem", 10, b"\2" * 32))


def poap(bench: Bench) -> Iterator[tuple[str, int, int]]:
    """Single badges, and drops of one list, each into an event of its own."""
    yield "award", 1, bench.calls(("poap", "Poap", "award", bench.next(), 1, wallets(1)[0]))
    for event, count in enumerate((1, 100, 1000, 1228), 2):
        created = bench.calls(("poap", "Poap", "create_event", event, 0, 0, 0, False, 2, "ipfs://" + "b" * 59))
        if count == 1:
            yield "create_event", 1, created
        packed = DROP_HEADER + b"".join(bytes.fromhex(w[2:]) for w in wallets(count))
        yield "drop", count, bench.calls(("poap", "Poap", "drop", bench.next(), event, packed))


def warranty(bench: Bench) -> Iterator[tuple[str, int, int]]:
    """Registrations in one transaction; then a change."""
    for count in (1, 100, 200):
        items = bench.items(count)
        yield "register", count, bench.calls(("warranty", "Warranty", "register", bench.next(), items))
    yield "extend", 1, bench.calls(("warranty", "Warranty", "extend", bench.next(), items[0], 12))
    yield "void", 1, bench.calls(("warranty", "Warranty", "void", bench.next(), items[0], "Returned the goods"))


def notify(bench: Bench) -> Iterator[tuple[str, int, int]]:
    """A notification of 24 bytes, and subscriptions of Anvil's own accounts, which can sign here."""
    to, identity = wallets(1)[0], b"0+3+Hello+Your points ar"
    yield "sendNotification", 1, bench.calls(("notify", "PushComm", "sendNotification", bench.owner, to, identity))
    user = bench.node.ask("eth_accounts")[5]
    for word, channel in (("user's first", bench.owner), ("user's second", to)):
        data = abi.encode("PushComm", "subscribe", channel)
        yield f"subscribe, {word}", 1, bench.gas(bench.at["notify"], data, user)


def deployments(program: Program) -> Iterator[tuple[str, int]]:
    """What ``deploy`` pays for each contract."""
    before = 0
    for noun in CONTRACTS:
        program.deploy([noun])
        gas = sum(line.gas for line in program.status().spent if line.kind == "deploy")
        yield noun, gas - before
        before = gas


def main() -> None:
    """Run all of it and print the table."""
    with tempfile.TemporaryDirectory() as folder, Program.init("Bench", Path(folder)) as program:
        program.chain.start()
        try:
            print(f"{'contract':10} {'call':24} {'served':>7} {'gas':>12} {'gas each':>10}")
            for noun, gas in deployments(program):
                print(f"{noun:10} {'deploy':24} {1:7,} {gas:12,} {gas:10,}")
            bench = Bench(program)
            for noun, calls in (("points", points), ("poap", poap), ("warranty", warranty), ("notify", notify)):
                for call, count, gas in calls(bench):
                    print(f"{noun:10} {call:24} {count:7,} {gas:12,} {gas / count:10,.0f}")
        finally:
            program.chain.stop()


if __name__ == "__main__":
    main()
