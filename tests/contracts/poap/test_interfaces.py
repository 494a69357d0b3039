"""What the contract says it is, and what fits on a chain."""

from functools import reduce

import pytest
from eth_utils import keccak

# EIP-170.
MOST_CODE = 24_576

ERC_165 = ["supportsInterface(bytes4)"]
ERC_721 = [
    "balanceOf(address)",
    "ownerOf(uint256)",
    "safeTransferFrom(address,address,uint256,bytes)",
    "safeTransferFrom(address,address,uint256)",
    "transferFrom(address,address,uint256)",
    "approve(address,uint256)",
    "setApprovalForAll(address,bool)",
    "getApproved(uint256)",
    "isApprovedForAll(address,address)",
]
ERC_721_METADATA = ["name()", "symbol()", "tokenURI(uint256)"]
ERC_5192 = ["locked(uint256)"]
ERC_5484 = ["burnAuth(uint256)"]


def selector(signature: str) -> int:
    return int.from_bytes(keccak(text=signature)[:4])


@pytest.mark.parametrize("signatures", [ERC_165, ERC_721, ERC_721_METADATA, ERC_5192, ERC_5484])
def test_has_every_interface_that_it_claims(poap, signatures):
    """An interface's id is the xor of its selectors, and each of them is there."""
    identifier = reduce(lambda total, signature: total ^ selector(signature), signatures, 0)
    assert poap.supportsInterface(identifier.to_bytes(4)) is True
    assert set(signatures) <= {method.selector for method in poap.contract_type.methods}


def test_claims_erc_4906_which_has_events_only(poap):
    """Its id is fixed by the standard."""
    assert poap.supportsInterface(bytes.fromhex("49064906")) is True


@pytest.mark.parametrize("identifier", ["ffffffff", "00000000", "d9b67a26", "780e9d63", "80ac58cc"])
def test_claims_nothing_else(poap, identifier):
    """Not ERC-165's invalid id, not ERC-1155, not the enumerable extension."""
    assert poap.supportsInterface(bytes.fromhex(identifier)) is False


def test_takes_no_money(poap, issuer):
    """No function and no plain transfer accepts ether, which nobody could get out again."""
    assert not any(method.stateMutability == "payable" for method in poap.contract_type.methods)
    assert poap.contract_type.fallback is None


@pytest.mark.deployed
def test_fits_on_a_chain(poap):
    """The deployed code stays under the limit."""
    assert len(poap.provider.get_code(poap.address)) < MOST_CODE
