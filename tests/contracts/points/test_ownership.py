"""offer_ownership and accept_ownership: a hand-over in two steps."""

import ape
import pytest

from .model import ZERO


def test_changes_hands_when_accepted(points, owner, stranger):
    """An offer changes nothing; accepting it does, and clears it."""
    points.offer_ownership(stranger, sender=owner)
    assert (points.owner(), points.pending_owner()) == (owner, stranger)
    points.accept_ownership(sender=stranger)
    assert (points.owner(), points.pending_owner()) == (stranger, ZERO)


def test_tells_both_steps(points, owner, stranger):
    """The offer, then ERC-173's event with both owners."""
    tx = points.offer_ownership(stranger, sender=owner)
    assert tx.events == [points.OwnershipOffered(owner=owner, pending_owner=stranger)]
    tx = points.accept_ownership(sender=stranger)
    assert tx.events == [points.OwnershipTransferred(previousOwner=owner, newOwner=stranger)]


def test_the_old_owner_rules_until_then_and_not_after(points, owner, stranger, customer, refusal):
    """There is one owner at any time."""
    points.offer_ownership(stranger, sender=owner)
    assert refusal(points.set_partner, customer, True, sender=owner) is None
    assert refusal(points.set_partner, customer, True, sender=stranger) == "ownership: caller is not the owner"
    points.accept_ownership(sender=stranger)
    assert refusal(points.set_partner, customer, True, sender=owner) == "ownership: caller is not the owner"
    assert refusal(points.set_partner, customer, True, sender=stranger) is None


@pytest.mark.parametrize("caller", ["owner", "issuer", "guardian", "customer"])
def test_only_who_was_offered_it_accepts(points, owner, stranger, caller, request):
    """Nobody else can accept, not even the owner."""
    points.offer_ownership(stranger, sender=owner)
    with ape.reverts("ownership: caller is not the pending owner"):
        points.accept_ownership(sender=request.getfixturevalue(caller))
    assert points.owner() == owner


def test_an_offer_can_be_withdrawn_or_replaced(points, owner, stranger, customer, refusal):
    """Offering to zero, or to another, ends the first offer."""
    points.offer_ownership(stranger, sender=owner)
    points.offer_ownership(customer, sender=owner)
    assert refusal(points.accept_ownership, sender=stranger) == "ownership: caller is not the pending owner"
    points.offer_ownership(ZERO, sender=owner)
    assert refusal(points.accept_ownership, sender=customer) == "ownership: caller is not the pending owner"


def test_an_offer_is_accepted_once(points, owner, stranger, refusal):
    """A former owner that was once offered the contract cannot take it back."""
    points.offer_ownership(stranger, sender=owner)
    points.accept_ownership(sender=stranger)
    points.offer_ownership(owner, sender=stranger)
    points.accept_ownership(sender=owner)
    assert refusal(points.accept_ownership, sender=stranger) == "ownership: caller is not the pending owner"


def test_only_the_owner_offers(points, stranger):
    """Nobody gives away what is not theirs."""
    with ape.reverts("ownership: caller is not the owner"):
        points.offer_ownership(stranger, sender=stranger)
    assert points.pending_owner() == ZERO


def test_there_is_no_renouncing(points):
    """The owner cannot vanish, and leave a leaked issuer's key in place."""
    assert not any("renounce" in method.name.lower() for method in points.contract_type.methods)
