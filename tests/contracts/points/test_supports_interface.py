"""supportsInterface: what the contract says it is."""

import pytest


@pytest.mark.parametrize(
    ("interface", "supported"),
    [("01ffc9a7", True), ("36372b07", True), ("80ac58cd", False), ("ffffffff", False), ("00000000", False)],
)
def test_says_so(points, interface, supported):
    """ERC-165 and ERC-20, and nothing else."""
    assert points.supportsInterface(bytes.fromhex(interface)) is supported
