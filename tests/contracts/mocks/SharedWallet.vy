# pragma version ~=0.4.3
"""
@title Shared wallet
@license Apache-2.0
@notice A contract wallet of several owners for tests: so many of them must sign (ERC-1271).
"""

MOST: constant(uint256) = 16
MAGIC: constant(bytes4) = 0x1626ba7e

owners: DynArray[address, MOST]
needed: uint256


@deploy
def __init__(owners: DynArray[address, MOST], needed: uint256):
    self.owners = owners
    self.needed = needed


@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> bytes4:
    """
    @param signature The owners' signatures of 65 bytes, one after another, owners ascending.
    """
    assert len(signature) == 65 * self.needed, "wallet: not enough signatures"
    last: uint256 = 0
    for i: uint256 in range(self.needed, bound=MOST):
        r: bytes32 = extract32(signature, 65 * i)
        s: bytes32 = extract32(signature, 65 * i + 32)
        v: uint256 = convert(slice(signature, 65 * i + 64, 1), uint256)
        owner: address = ecrecover(digest, v, convert(r, uint256), convert(s, uint256))
        assert owner in self.owners, "wallet: not an owner"
        assert convert(owner, uint256) > last, "wallet: owners are not ascending"
        last = convert(owner, uint256)
    return MAGIC
