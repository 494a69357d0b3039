# pragma version ~=0.4.3
"""
@title Token account
@license Apache-2.0
@notice What stands behind the account of a token (ERC-6551): the token's holder acts for it, and only calls.
@dev Runs by the proxy that the registry makes. The token is in the proxy's code and nowhere else.
"""
from ethereum.ercs import IERC165
implements: IERC165

# Behind the 45 bytes of the proxy and the salt.
TOKEN_BYTE: constant(uint256) = 77


interface Collection:
    def ownerOf(token_id: uint256) -> address: view


interface ContractWallet:
    def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> bytes4: view


state: public(uint256)


@external
@payable
def __default__():
    pass


@external
@payable
def execute(to: address, amount: uint256, data: Bytes[8192], operation: uint8) -> Bytes[1024]:
    """
    @notice Call something as the account. Other operations than a call are refused.
    """
    assert msg.sender == self._holder(), "account: caller does not hold the token"
    assert operation == 0, "account: only calls"
    self.state += 1
    return raw_call(to, data, max_outsize=1024, value=amount)


@external
@view
def token() -> (uint256, address, uint256):
    """
    @notice Chain, collection and id of the token.
    """
    return self._token()


@external
@view
def owner() -> address:
    """
    @notice The token's holder.
    """
    return self._holder()


@external
@view
def isValidSigner(signer: address, context: Bytes[1024]) -> bytes4:
    """
    @notice 0x523e3260 for the token's holder.
    """
    if signer == self._holder():
        return 0x523e3260
    return empty(bytes4)


@external
@view
def isValidSignature(digest: bytes32, signature: Bytes[1024]) -> bytes4:
    """
    @notice ERC-1271: what the holder's key signed, the account signed.
    """
    if len(signature) == 65:
        r: uint256 = convert(extract32(signature, 0), uint256)
        s: uint256 = convert(extract32(signature, 32), uint256)
        v: uint256 = convert(slice(signature, 64, 1), uint256)
        signer: address = ecrecover(digest, v, r, s)
        if signer != empty(address) and signer == self._holder():
            return 0x1626ba7e
    return 0xffffffff


@external
def onERC721Received(operator: address, sender: address, token_id: uint256, data: Bytes[1024]) -> bytes4:
    return 0x150b7a02


@external
def onERC1155Received(
    operator: address, sender: address, id: uint256, amount: uint256, data: Bytes[1024]
) -> bytes4:
    return 0xf23a6e61


@external
def onERC1155BatchReceived(
    operator: address,
    sender: address,
    ids: DynArray[uint256, 100],
    amounts: DynArray[uint256, 100],
    data: Bytes[1024],
) -> bytes4:
    return 0xbc197c81


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    """
    @notice ERC-165, the account, its execution, and what it receives.
    """
    return interface_id in [0x01ffc9a7, 0x6faff5f1, 0x51945447, 0x150b7a02, 0x4e2312e0]


@internal
@view
def _token() -> (uint256, address, uint256):
    # By its address: `self.code` would be this implementation's own, while the proxy runs it.
    proxy: address = self
    words: Bytes[96] = slice(proxy.code, TOKEN_BYTE, 96)
    return (
        extract32(words, 0, output_type=uint256),
        extract32(words, 32, output_type=address),
        extract32(words, 64, output_type=uint256),
    )


@internal
@view
def _holder() -> address:
    chain_id: uint256 = 0
    collection: address = empty(address)
    token_id: uint256 = 0
    chain_id, collection, token_id = self._token()
    if chain_id != chain.id:
        return empty(address)
    return staticcall Collection(collection).ownerOf(token_id)
