# pragma version ~=0.4.3
"""
@title OracleErc721
@notice Somebody else's ERC-721, which ours are compared with. Only the id of a token is for the test to choose.
"""
from snekmate.auth import ownable
from snekmate.tokens import erc721
initializes: ownable
initializes: erc721[ownable := ownable]

exports: erc721.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc721.__init__("Oracle", "ORA", "", "Oracle", "1")


@external
def mint(holder: address, token_id: uint256):
    erc721._mint(holder, token_id)
