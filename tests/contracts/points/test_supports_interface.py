"""supportsInterface: what the contract says it is."""

import pytest


@pytest.mark.parametrize(
    ("interface", "supported"),
    [
        ("01ffc9a7", True),
        ("36372b07", True),
        ("062e6408", True),
        ("80ac58cd", False),
        ("ffffffff", False),
        ("00000000", False),
    ],
)
def test_says_so(points, interface, supported):
    """ERC-165, ERC-20 and ERC-7818, and nothing else."""
    assert points.supportsInterface(bytes.fromhex(interface)) is supported


def test_points_without_end_are_not_expirable(eternal_points):
    """Where points never expire, ERC-7818 is not claimed; the others are."""
    assert not eternal_points.supportsInterface(bytes.fromhex("062e6408"))
    assert eternal_points.supportsInterface(bytes.fromhex("36372b07"))
