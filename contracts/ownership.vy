# pragma version ~=0.4.3
"""
@title Ownership
@license Apache-2.0
@notice One owner, handed over in two steps, so that a mistyped address can never take the contract.
@dev There is no renouncing: a shop without an owner cannot remove a leaked issuer's key.
"""

owner: public(address)
pending_owner: public(address)


event OwnershipOffered:
    owner: indexed(address)
    pending_owner: indexed(address)


event OwnershipTransferred:
    # Spelt as ERC-173 spells it.
    previousOwner: indexed(address)
    newOwner: indexed(address)


@deploy
def __init__(owner: address):
    assert owner != empty(address), "ownership: owner is the zero address"
    self.owner = owner
    log OwnershipTransferred(previousOwner=empty(address), newOwner=owner)


@external
def offer_ownership(new_owner: address):
    """
    @notice Offer the contract to another account. Nothing changes until that account accepts.
    @param new_owner The account that may accept; zero withdraws an offer.
    """
    self._check_owner()
    self.pending_owner = new_owner
    log OwnershipOffered(owner=msg.sender, pending_owner=new_owner)


@external
def accept_ownership():
    """
    @notice Become the owner, when the owner has offered it to the caller.
    """
    assert msg.sender == self.pending_owner, "ownership: caller is not the pending owner"
    previous: address = self.owner
    self.owner = msg.sender
    self.pending_owner = empty(address)
    log OwnershipTransferred(previousOwner=previous, newOwner=msg.sender)


@internal
@view
def _check_owner():
    assert msg.sender == self.owner, "ownership: caller is not the owner"
