"""set_guardian, pause and unpause."""

import ape
import pytest
from ape import chain

from .model import ZERO

MONTH = 30 * 86400


def test_the_owner_sets_and_removes_the_guardian(points, owner, guardian, stranger, refusal):
    """The new guardian may pause, the former one may not."""
    tx = points.set_guardian(stranger, sender=owner)
    assert tx.events == [points.GuardianSet(previous=guardian, guardian=stranger)]
    assert refusal(points.pause, 60, sender=stranger) is None
    assert refusal(points.pause, 60, sender=guardian) == "guard: caller is not the guardian"
    points.set_guardian(ZERO, sender=owner)
    assert points.guardian() == ZERO
    assert refusal(points.pause, 60, sender=stranger) == "guard: caller is not the guardian"
    assert refusal(points.pause, 60, sender=owner) is None


@pytest.mark.parametrize("caller", ["guardian", "issuer", "stranger"])
def test_only_the_owner_sets_the_guardian(points, guardian, stranger, caller, request):
    """A guardian does not name its successor."""
    with ape.reverts("ownership: caller is not the owner"):
        points.set_guardian(stranger, sender=request.getfixturevalue(caller))
    assert points.guardian() == guardian


@pytest.mark.parametrize("caller", ["guardian", "owner"])
def test_pauses_from_now_on(points, caller, request):
    """The guardian and the owner pause for so many seconds, and say so."""
    sender = request.getfixturevalue(caller)
    tx = points.pause(3600, sender=sender)
    assert points.paused_until() == tx.timestamp + 3600
    assert tx.events == [points.Paused(by=sender, until=tx.timestamp + 3600)]


def test_a_pause_is_at_most_30_days(points, guardian, refusal):
    """From one second to 30 days."""
    assert refusal(points.pause, 0, sender=guardian) == "guard: no duration"
    assert refusal(points.pause, 1, sender=guardian) is None
    assert refusal(points.pause, MONTH, sender=guardian) is None
    assert refusal(points.pause, MONTH + 1, sender=guardian) == "guard: pause is too long"
    assert refusal(points.pause, 2**256 - 1, sender=guardian) == "guard: pause is too long"


@pytest.mark.parametrize("caller", ["issuer", "partner", "customer", "stranger", "former_issuer"])
def test_nobody_else_pauses(points, refusal, caller, request):
    """Pausing is for the guardian and the owner."""
    assert refusal(points.pause, 60, sender=request.getfixturevalue(caller)) == "guard: caller is not the guardian"


def test_a_pause_can_be_made_longer_but_not_shorter(points, owner, guardian):
    """A guardian cannot end the owner's pause by pausing for a second."""
    points.pause(MONTH, sender=owner)
    end = points.paused_until()
    tx = points.pause(1, sender=guardian)
    assert points.paused_until() == end
    assert tx.events == [points.Paused(by=guardian, until=end)]
    chain.mine(timestamp=end - 60)
    points.pause(3600, sender=guardian)
    assert points.paused_until() > end


def test_only_the_owner_ends_it_early(points, owner, guardian, issuer, customer, refusal):
    """unpause is the owner's; the guardian waits."""
    points.pause(MONTH, sender=guardian)
    assert refusal(points.unpause, sender=guardian) == "ownership: caller is not the owner"
    tx = points.unpause(sender=owner)
    assert tx.events == [points.Unpaused(by=owner)]
    assert points.paused_until() == 0
    assert refusal(points.award_one, 0, customer, 5, sender=issuer) is None


def test_ends_by_itself(points, guardian, issuer, customer, travel, refusal):
    """Nobody has to come back: after the last second of the longest pause, awards run."""
    points.pause(MONTH, sender=guardian)
    end = points.paused_until()
    travel(end - 1)
    assert refusal(points.award_one, 0, customer, 5, sender=issuer) == "guard: paused"
    travel(end)
    assert refusal(points.award_one, 0, customer, 5, sender=issuer) is None


def test_the_owner_still_governs_while_paused(points, owner, guardian, issuer, stranger):
    """A paused contract can be repaired: issuers stopped and added, the guardian replaced, the owner changed."""
    points.pause(MONTH, sender=guardian)
    points.stop_issuer(issuer, sender=guardian)
    points.set_issuer(stranger, 100, 86400, sender=owner)
    points.set_guardian(stranger, sender=owner)
    points.offer_ownership(stranger, sender=owner)
    points.accept_ownership(sender=stranger)
    assert (points.is_issuer(issuer), points.is_issuer(stranger)) == (False, True)
    assert (points.guardian(), points.owner()) == (stranger, stranger)
