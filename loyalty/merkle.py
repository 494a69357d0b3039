"""Merkle trees of what each wallet has earned, as npm's `@openzeppelin/merkle-tree` makes and reads them ("standard-v1").

A leaf is keccak256(keccak256(abi.encode(address, uint256))), hashed twice so that no inner node can pass for one. Leaves
are sorted by their hash and laid at the array's end, the highest first; the parent of 2i + 1 and 2i + 2 is i, the hash of the two in
ascending order. A tree of a million wallets takes about 100 bytes for each.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

_WORD = 32
_ADDRESS = 20
ENCODING = '["address","uint256"]'


class Tree:
    """The tree over (wallet, cumulative amount) pairs, which come in ascending order of the wallets, lower case."""

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        self._keccak = _fastest()
        self._wallets = bytearray()
        self._amounts = array("Q")
        leaves = []
        for wallet, amount in pairs:
            address = bytes.fromhex(wallet[2:])
            if address <= self._wallets[-_ADDRESS:]:
                raise ValueError("wallets come once each, in ascending order")
            self._wallets += address
            self._amounts.append(amount)
            leaves.append(self._keccak(self._keccak(_leaf(address, amount))))
        if not leaves:
            raise ValueError("a tree has at least one leaf")
        self._nodes = bytearray((2 * len(leaves) - 1) * _WORD)
        # Where in the tree each pair's leaf is.
        self._at = array("L", bytes(array("L").itemsize * len(leaves)))
        for rank, pair in enumerate(sorted(range(len(leaves)), key=leaves.__getitem__)):
            self._at[pair] = at = 2 * len(leaves) - 2 - rank
            self._nodes[at * _WORD : (at + 1) * _WORD] = leaves[pair]
        for parent in range(len(leaves) - 2, -1, -1):
            children = bytes(self._nodes[(2 * parent + 1) * _WORD : (2 * parent + 3) * _WORD])
            self._nodes[parent * _WORD : (parent + 1) * _WORD] = self._keccak(_ascending(children))

    def __len__(self) -> int:
        return len(self._amounts)

    @property
    def root(self) -> str:
        """The root, 0x and 64 digits."""
        return self._node(0)

    def wallets(self) -> Iterator[str]:
        """The wallets in it, in ascending order."""
        for start in range(0, len(self._wallets), _ADDRESS):
            yield "0x" + self._wallets[start : start + _ADDRESS].hex()

    def cumulative(self, wallet: str) -> int:
        """What the tree says of a wallet; 0 where it is not in it."""
        found = self._find(wallet)
        return 0 if found is None else self._amounts[found]

    def proof(self, wallet: str) -> list[str]:
        """The hashes that lead from the wallet's leaf to the root. Raises KeyError where the wallet is not in the tree."""
        found = self._find(wallet)
        if found is None:
            raise KeyError(wallet)
        at, proof = self._at[found], []
        while at:
            proof.append(self._node(at + 1 if at % 2 else at - 1))
            at = (at - 1) // 2
        return proof

    def dump(self, file: TextIO) -> None:
        """Write the tree as JSON, for StandardMerkleTree.load."""
        file.write(f'{{"format":"standard-v1","leafEncoding":{ENCODING},"tree":[')
        for at in range(2 * len(self) - 1):
            file.write(f'{"," * (at > 0)}"{self._node(at)}"')
        file.write('],"values":[')
        for pair, amount in enumerate(self._amounts):
            wallet = self._wallets[pair * _ADDRESS : (pair + 1) * _ADDRESS].hex()
            file.write(f'{"," * (pair > 0)}{{"value":["0x{wallet}","{amount}"],"treeIndex":{self._at[pair]}}}')
        file.write("]}\n")

    def _node(self, at: int) -> str:
        return "0x" + self._nodes[at * _WORD : (at + 1) * _WORD].hex()

    def _find(self, wallet: str) -> int | None:
        wanted = bytes.fromhex(wallet[2:])

        def address(pair: int) -> bytes:
            return bytes(self._wallets[pair * _ADDRESS : (pair + 1) * _ADDRESS])

        found = bisect_left(range(len(self)), wanted, key=address)
        return found if found < len(self) and address(found) == wanted else None


def proves(root: str, wallet: str, amount: int, proof: Sequence[str]) -> bool:
    """Whether ``proof`` leads from this wallet and amount to ``root``: what the contract checks."""
    keccak = _fastest()
    node = keccak(keccak(_leaf(bytes.fromhex(wallet[2:]), amount)))
    for other in proof:
        node = keccak(_ascending(node + bytes.fromhex(other[2:])))
    return "0x" + node.hex() == root


def _leaf(address: bytes, amount: int) -> bytes:
    return bytes(12) + address + amount.to_bytes(_WORD)


def _ascending(pair: bytes) -> bytes:
    left, right = pair[:_WORD], pair[_WORD:]
    return pair if left < right else right + left


def _fastest() -> Callable[[bytes], bytes]:
    """keccak-256: three hashes to a leaf, so its speed is the tree's. The C extension (`loyalty[fast]`) is three times as fast."""
    try:
        from sha3 import keccak_256
    except ImportError:
        from eth_hash.auto import keccak

        return keccak
    return lambda data: bytes(keccak_256(data).digest())
