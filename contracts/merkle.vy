# pragma version ~=0.4.3
"""
@title Merkle
@license Apache-2.0
@notice Merkle trees as OpenZeppelin's StandardMerkleTree builds them: leaves are hashed twice, pairs are sorted.
@dev A leaf is the hash of 32 bytes and an inner node that of 64: neither can pass for the other.
"""

MAX_PROOF: constant(uint256) = 32


@internal
@pure
def _leaf(account: address, amount: uint256) -> bytes32:
    """
    @return The leaf of the values [account, amount] of the types ["address", "uint256"].
    """
    return keccak256(keccak256(abi_encode(account, amount)))


@internal
@pure
def _root(leaf: bytes32, proof: DynArray[bytes32, MAX_PROOF]) -> bytes32:
    """
    @return The root of the tree that this leaf and the siblings on its way up belong to.
    """
    node: bytes32 = leaf
    for sibling: bytes32 in proof:
        # As _parent, which costs a call here for each level.
        if convert(node, uint256) < convert(sibling, uint256):
            node = keccak256(abi_encode(node, sibling))
        else:
            node = keccak256(abi_encode(sibling, node))
    return node


@internal
@pure
def _parent(one: bytes32, other: bytes32) -> bytes32:
    if convert(one, uint256) < convert(other, uint256):
        return keccak256(abi_encode(one, other))
    return keccak256(abi_encode(other, one))
