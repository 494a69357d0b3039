"""close_reward: the end of a sale, for good."""

import pytest

from .conftest import POINTS, PRICE, STOCK


@pytest.mark.parametrize("role", ["issuer", "guardian", "owner"])
def test_ends_a_sale(rewards, bound, request, role):
    """An issuer, the guardian and the owner can, and it says so."""
    closer = request.getfixturevalue(role)
    before = tuple(rewards.reward_of(bound))
    tx = rewards.close_reward(bound, sender=closer)
    assert tx.events == [rewards.RewardClosed(reward=bound, by=closer)]
    after = tuple(rewards.reward_of(bound))
    assert after == (*before[:8], True, *before[9:])
    assert not before[8]


def test_leaves_the_others_open(rewards, issuer, bound, free):
    """One reward is closed and no other."""
    rewards.close_reward(bound, sender=issuer)
    assert not rewards.reward_of(free).closed


def test_works_while_paused(rewards, points, issuer, guardian, bound, free, refusal):
    """It only stops things, so a pause does not stop it."""
    rewards.pause(3600, sender=guardian)
    assert refusal(rewards.close_reward, bound, sender=issuer) is None
    rewards.close_reward(free, sender=guardian)
    assert rewards.reward_of(free).closed


def test_refuses_what_is_not_there_or_closed(rewards, issuer, guardian, bound, refused):
    """There is nothing to close a second time, and no opening again."""
    with refused("rewards: no such reward"):
        rewards.close_reward(99, sender=issuer)
    rewards.close_reward(bound, sender=issuer)
    with refused("rewards: reward is closed"):
        rewards.close_reward(bound, sender=guardian)


def test_orders_of_it_go_on(rewards, points, issuer, customer, free, buy):
    """What was bought before can still be moved, fulfilled and cancelled; the stock comes back and is not sold."""
    first, _ = buy(free, 2)
    second, lots = buy(free, 3)
    rewards.close_reward(free, sender=issuer)
    rewards.fulfil(0, [first], sender=issuer)
    rewards.cancel(second, lots, sender=customer)
    assert points.balanceOf(customer) == POINTS - 2 * PRICE
    seen = rewards.reward_of(free)
    assert (seen.stock, seen.sold, seen.closed) == (STOCK - 2, 2, True)
    rewards.safeTransferFrom(customer, issuer, free, 2, b"", sender=customer)
    assert rewards.balanceOf(issuer, free) == 2
