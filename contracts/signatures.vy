# pragma version ~=0.4.3
"""
@title Signatures
@license Apache-2.0
@notice Who signed: a key (ECDSA) or a contract wallet (ERC-1271); and typed data as EIP-712 hashes it.
"""

DOMAIN_TYPEHASH: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
# Half the order of secp256k1. Every signature has a twin above it, which is refused.
MAX_S: constant(uint256) = 115792089237316195423570985008687907852837564279074904382605163141518161494337 // 2
IS_VALID_SIGNATURE: constant(bytes4) = 0x1626ba7e
ERC1271_MAGIC: constant(bytes32) = 0x1626ba7e00000000000000000000000000000000000000000000000000000000
# A passkey wallet that checks P-256 in contract code needs about 350,000, a Safe with a few owners a tenth.
# More than this only burns the gas of whoever relays the message.
ERC1271_GAS: constant(uint256) = 500_000


@internal
@view
def _is_signed_by(signer: address, digest: bytes32, signature: Bytes[1024]) -> bool:
    """
    @dev A key is tried first, whatever code the account has: an account under EIP-7702 still signs
         with its key. Never reverts on a bad signature or a bad wallet.
    """
    if self._is_signed_by_key(signer, digest, signature):
        return True
    if not signer.is_contract:
        return False
    success: bool = False
    response: Bytes[32] = b""
    success, response = raw_call(
        signer,
        abi_encode(digest, signature, method_id=IS_VALID_SIGNATURE),
        max_outsize=32,
        gas=ERC1271_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    # A longer answer is cut to its first word; a shorter one is no ABI answer.
    return success and len(response) == 32 and convert(response, bytes32) == ERC1271_MAGIC


@internal
@pure
def _is_signed_by_key(signer: address, digest: bytes32, signature: Bytes[1024]) -> bool:
    if len(signature) != 65 or signer == empty(address):
        return False
    r: uint256 = convert(extract32(signature, 0), uint256)
    s: uint256 = convert(extract32(signature, 32), uint256)
    v: uint256 = convert(slice(signature, 64, 1), uint256)
    # ecrecover gives the zero address for what is no signature, and the signer is not that.
    return (v == 27 or v == 28) and s <= MAX_S and ecrecover(digest, v, r, s) == signer


@internal
@view
def _domain_separator(name_hash: bytes32, version_hash: bytes32) -> bytes32:
    """
    @dev Built from the running chain and this contract at every call, so that a fork of the chain
         does not accept the messages of the other half.
    """
    return keccak256(abi_encode(DOMAIN_TYPEHASH, name_hash, version_hash, chain.id, self))


@internal
@pure
def _digest(domain_separator: bytes32, struct_hash: bytes32) -> bytes32:
    return keccak256(concat(x"1901", domain_separator, struct_hash))
