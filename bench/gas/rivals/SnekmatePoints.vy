# pragma version ~=0.4.3
"""
@title snekmate's ERC-20 and a loop around its mint
@license AGPL-3.0-only
@notice snekmate is AGPL: it is compiled for this measurement and shipped nowhere.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc20

initializes: ownable
initializes: erc20[ownable := ownable]
exports: erc20.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc20.__init__("Points", "PTS", 18, "Points", "1")


@external
def batch_mint(to: DynArray[address, 1000], amounts: DynArray[uint256, 1000]):
    ownable._check_owner()
    for i: uint256 in range(len(to), bound=1000):
        erc20._mint(to[i], amounts[i])
