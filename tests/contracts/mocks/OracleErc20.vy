# pragma version ~=0.4.3
"""
@title OracleErc20
@notice Somebody else's ERC-20, which ours is compared with.
"""
from snekmate.auth import ownable
from snekmate.tokens import erc20
initializes: ownable
initializes: erc20[ownable := ownable]

exports: erc20.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc20.__init__("Oracle", "ORA", 0, "Oracle", "1")
