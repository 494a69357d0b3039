# pragma version ~=0.4.3
"""
@title OracleErc1155
@notice Somebody else's ERC-1155, which ours is compared with.
"""
from snekmate.auth import ownable
from snekmate.tokens import erc1155
initializes: ownable
initializes: erc1155[ownable := ownable]

exports: erc1155.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc1155.__init__("")
