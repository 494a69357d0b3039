# pragma version ~=0.4.3
"""
@title snekmate's ERC-721, as it is
@license AGPL-3.0-only
@notice snekmate is AGPL: it is compiled for this measurement and shipped nowhere.
"""

from snekmate.auth import ownable
from snekmate.tokens import erc721

initializes: ownable
initializes: erc721[ownable := ownable]
exports: erc721.__interface__


@deploy
def __init__():
    ownable.__init__()
    erc721.__init__("Badges", "BDG", "", "Badges", "1")
