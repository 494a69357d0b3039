"""merkle: trees as npm's `@openzeppelin/merkle-tree` makes them, down to the byte."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.merkle import Tree, proves

MADE: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "merkle.json").read_text())
"""What the package itself made, with its proofs: StandardMerkleTree.of(values, ["address", "uint256"])."""

PAIRS = sorted((wallet, int(amount)) for wallet, amount in (entry["value"] for entry in MADE["dump"]["values"]))

pairs = st.dictionaries(st.integers(1, 2**160 - 1), st.integers(0, 2**63 - 1), min_size=1, max_size=40).map(
    lambda owed: [(f"0x{wallet:040x}", amount) for wallet, amount in sorted(owed.items())]
)


def test_a_tree_is_the_packages_own() -> None:
    """Root, every proof and the whole file are what the package makes of the same values."""
    tree = Tree(PAIRS)
    assert tree.root == MADE["root"]
    assert [tree.proof(wallet) for wallet, _ in PAIRS] == MADE["proofs"]
    written = io.StringIO()
    tree.dump(written)
    assert json.loads(written.getvalue()) == MADE["dump"]


@given(pairs)
def test_every_leaf_is_proven_and_nothing_else(owed: list[tuple[str, int]]) -> None:
    """A proof leads to the root from its own wallet and amount, and from no other."""
    tree = Tree(owed)
    assert len(tree) == len(owed)
    for wallet, amount in owed:
        proof = tree.proof(wallet)
        assert tree.cumulative(wallet) == amount
        assert proves(tree.root, wallet, amount, proof)
        assert not proves(tree.root, wallet, amount + 1, proof)
        assert not proves(tree.root, f"0x{int(wallet, 16) ^ 1:040x}", amount, proof)


@given(pairs)
def test_who_is_not_in_a_tree_has_no_proof(owed: list[tuple[str, int]]) -> None:
    """A stranger has earned nothing, and there is no proof of it."""
    tree, stranger = Tree(owed), "0x" + "0" * 40
    assert tree.cumulative(stranger) == 0
    with pytest.raises(KeyError):
        tree.proof(stranger)


@pytest.mark.parametrize("wrong", [PAIRS[::-1], [PAIRS[0], PAIRS[0]], []], ids=["descending", "twice", "empty"])
def test_a_tree_is_of_wallets_once_each_in_order(wrong: list[tuple[str, int]]) -> None:
    """A wallet that came twice would have two leaves; a tree of nothing has no root."""
    with pytest.raises(ValueError):
        Tree(wrong)


def test_the_hash_does_not_depend_on_what_is_installed() -> None:
    """Without the fast extension the tree is the same."""
    code = (
        "import sys; sys.modules['sha3'] = None\n"
        f"from loyalty.merkle import Tree; print(Tree({PAIRS!r}).root)\n"
        "assert 'Crypto.Hash.keccak' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == MADE["root"]


def test_a_tree_of_many_wallets_keeps_within_bounds() -> None:
    """60,000 wallets take less than 30 MB: a million fit into a small server."""
    code = """
import resource
from loyalty.merkle import Tree
pairs = ((f"0x{n:040x}", n) for n in range(1, 60_001))
Tree([("0x" + "1" * 40, 1)])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
Tree(pairs)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 30_000
