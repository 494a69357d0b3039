"""One Anvil, one owner who calls everything, and what each call costs."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

from eth_abi import encode as eth_encode
from eth_abi.grammar import parse

from loyalty.chain import Node, abi
from loyalty.outbox.wire import GAS_CAP
from loyalty.program import Program

WIDE = ("--gas-limit", "3000000000")
"""A block for whatever a rival does in one call, so that calls over the cap can be compared and marked."""

_pick = random.Random(1)


def wallets(count: int) -> list[str]:
    """Addresses nobody has seen before, in the order a drop wants them."""
    return sorted(f"0x{_pick.getrandbits(160):040x}" for _ in range(count))


def amounts(count: int) -> list[int]:
    """Whole points, as a shop gives them; the same for everybody, so that no one pays for longer numbers."""
    return [_pick.randint(1, 1000) for _ in range(count)]


def word() -> int:
    """Any 256 bits."""
    return _pick.getrandbits(256)


def encode(types: str, *args: Any) -> bytes:
    """ABI arguments of types written as in a signature: "(address,uint256[])"."""
    data: bytes = eth_encode([types], [args])
    return data[32:] if parse(types).is_dynamic else data  # a tuple on its own would begin with where it begins


def calldata(signature: str, *args: Any) -> bytes:
    """A call of a contract that has no artifact here: "mint(address,uint256)"."""
    return abi.keccak(signature.encode())[:4] + encode(signature[signature.index("(") :], *args)


def creation(code: str, types: str, *args: Any) -> bytes:
    """The bytes that deploy a contract with these constructor arguments; ``types`` "" where it has none."""
    return bytes.fromhex(code.removeprefix("0x")) + (encode(types, *args) if types else b"")


class Chain:
    """Transactions from the programme's owner, each mined before the next."""

    def __init__(self, program: Program) -> None:
        self.node: Node = program.node
        self.at = program.status().contracts
        self.owner = program.signer_address()
        self._numbers: Counter[str] = Counter()

    def next(self, noun: str) -> int:
        """A batch number that this contract has not seen, far from the ledger's; all in one page, which the first turns to."""
        self._numbers[noun] += 1
        assert self._numbers[noun] < 64, "a figure would pay for another page"
        return 2**20 + self._numbers[noun]

    def ours(self, noun: str, contract: str, function: str, *args: Any) -> int:
        """The gas of a call of one of our contracts."""
        return self.gas(self.at[noun], abi.encode(contract, function, *args))

    def call(self, to: str, signature: str, *args: Any, sender: str = "") -> int:
        """The gas of a call of any contract."""
        return self.gas(to, calldata(signature, *args), sender)

    def gas(self, to: str, data: bytes, sender: str = "") -> int:
        """The gas of one transaction; raises when it is refused."""
        return int(self._mined(to, data, sender, 0)["gasUsed"], 16)

    def gas_over_cap(self, to: str, data: bytes) -> int:
        """The same for a call that real networks may refuse as too big."""
        return int(self._mined(to, data, "", 2**31)["gasUsed"], 16)

    def deploy(self, code: str, types: str = "", *args: Any) -> str:
        """Where a new contract stands."""
        return str(self._mined("", creation(code, types, *args), "", 0)["contractAddress"])

    def deployment(self, code: str, types: str = "", *args: Any) -> int:
        """The gas of a new contract."""
        return self.gas("", creation(code, types, *args))

    def _mined(self, to: str, data: bytes, sender: str, limit: int) -> dict[str, Any]:
        call = {"from": sender or self.owner, "data": "0x" + data.hex(), "gas": hex(limit or GAS_CAP)}
        sent = self.node.ask("eth_sendTransaction", call | ({"to": to} if to else {}))
        while True:
            found: dict[str, Any] | None = self.node.ask("eth_getTransactionReceipt", sent)
            if found is not None:
                assert found["status"] == "0x1", f"{data[:4].hex()} to {to or 'a new contract'} was refused"
                return found
            time.sleep(0.005)
