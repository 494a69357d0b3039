"""freeze and unfreeze: an account whose key was stolen is stopped, and nobody else."""

import pytest
from ape import chain

from . import signing
from .merkle import Tree
from .model import INFINITE, lot, pack
from .test_redeem_for import typed

FROZEN = "points: account is frozen"
REFERENCE = b"order 17".ljust(32, b"\0")


@pytest.fixture
def frozen(open_points, customer, other_customer, guardian, give):
    """Two customers with 50 points each, the first of them frozen, where anybody may send."""
    give(open_points, customer, 50)
    give(open_points, other_customer, 50)
    open_points.freeze(customer, sender=guardian)
    return open_points


@pytest.mark.parametrize("who", ["guardian", "owner"])
def test_the_guardian_and_the_owner_freeze(points, customer, other_customer, request, who):
    """Who froze it is told; other accounts are not frozen."""
    by = request.getfixturevalue(who)
    tx = points.freeze(customer, sender=by)
    assert tx.events == [points.AccountFrozen(account=customer, by=by)]
    assert points.is_frozen(customer)
    assert not points.is_frozen(other_customer)


def test_only_the_owner_unfreezes(frozen, owner, guardian, customer, stranger, refusal):
    """A guardian whose key was stolen cannot free a thief; the account itself cannot either."""
    for who in (guardian, customer, stranger):
        assert refusal(frozen.unfreeze, customer, sender=who) == "ownership: caller is not the owner"
    tx = frozen.unfreeze(customer, sender=owner)
    assert tx.events == [frozen.AccountUnfrozen(account=customer, by=owner)]
    assert not frozen.is_frozen(customer)
    frozen.transfer(owner, 20, sender=customer)
    assert frozen.balanceOf(customer) == 30


def test_freezing_twice_is_freezing_once(frozen, owner, guardian, customer):
    """The second says so again; one unfreeze is enough, and another changes nothing."""
    frozen.freeze(customer, sender=guardian)
    frozen.unfreeze(customer, sender=owner)
    frozen.unfreeze(customer, sender=owner)
    assert not frozen.is_frozen(customer)


def test_cannot_send(frozen, customer, other_customer, refusal):
    """Neither oldest first nor from one lot, not even nothing, not even to itself."""
    month = lot(2032, 11)
    assert refusal(frozen.transfer, other_customer, 1, sender=customer) == FROZEN
    assert refusal(frozen.transfer, other_customer, 0, sender=customer) == FROZEN
    assert refusal(frozen.transfer, customer, 1, sender=customer) == FROZEN
    assert refusal(frozen.transferAtEpoch, month, other_customer, 1, sender=customer) == FROZEN
    assert refusal(frozen.transfer, customer, 1, sender=other_customer) is None
    assert refusal(frozen.transferAtEpoch, month, customer, 1, sender=other_customer) is None


def test_nobody_can_send_for_it(frozen, customer, other_customer, stranger, refusal):
    """An allowance that it gave, before or after it was frozen, is good for nothing."""
    frozen.approve(stranger, 50, sender=customer)
    assert refusal(frozen.transferFrom, customer, other_customer, 1, sender=stranger) == FROZEN
    assert refusal(frozen.transferFromAtEpoch, lot(2032, 11), customer, other_customer, 1, sender=stranger) == FROZEN


@pytest.mark.parametrize("allowance", [50, INFINITE])
def test_cannot_send_for_others(frozen, customer, other_customer, stranger, refusal, allowance):
    """A thief with the key of an account cannot use what others allowed that account."""
    frozen.approve(customer, allowance, sender=other_customer)
    month = lot(2032, 11)
    assert refusal(frozen.transferFrom, other_customer, customer, 1, sender=customer) == FROZEN
    assert refusal(frozen.transferFromAtEpoch, month, other_customer, stranger, 1, sender=customer) == FROZEN
    assert frozen.allowance(other_customer, customer) == allowance


def test_cannot_redeem(frozen, customer, stranger, refusal):
    """Neither itself nor by a message that it signed."""
    deadline = chain.blocks.head.timestamp + 600
    signature = signing.sign(customer, typed(frozen, customer, deadline=deadline))
    assert refusal(frozen.redeem, 1, REFERENCE, sender=customer) == FROZEN
    why = refusal(frozen.redeem_for, customer, 20, REFERENCE, 0, deadline, signature, sender=stranger)
    assert why == FROZEN
    assert not frozen.number_spent(customer, 0)


def test_cannot_buy(frozen, owner, mock, customer, other_customer, stranger, refusal):
    """A shop gets nothing from it, and still gets it from others."""
    shop = owner.deploy(mock("Shop"), frozen)
    frozen.set_shop(shop, True, sender=owner)
    assert refusal(shop.spend, customer, 1, REFERENCE, sender=stranger) == FROZEN
    assert refusal(shop.spend, other_customer, 1, REFERENCE, sender=stranger) is None


def test_can_be_given_to(frozen, issuer, owner, customer, other_customer, stranger, mock):
    """Awards, claims, transfers and what a shop gives back come in."""
    shop = owner.deploy(mock("Shop"), frozen)
    frozen.set_shop(shop, True, sender=owner)
    frozen.unfreeze(customer, sender=owner)
    spent = shop.spend(customer, 50, REFERENCE, sender=stranger)
    assert frozen.balanceOf(customer) == 0
    frozen.freeze(customer, sender=owner)
    frozen.award(0, pack((customer, 1)), sender=issuer)
    frozen.award_one(1, customer, 2, sender=issuer)
    frozen.publish_epoch(2, Tree((customer, 4)).root, 4, sender=issuer)
    frozen.claim(customer, 4, [], sender=stranger)
    frozen.transfer(customer, 8, sender=other_customer)
    [event] = [event for event in spent.events if event.event_name == "Spent"]
    shop.restore(customer, REFERENCE, event.lots, sender=stranger)
    assert frozen.balanceOf(customer) == 1 + 2 + 4 + 8 + 50


def test_can_be_taken_from(frozen, issuer, customer, stranger, travel):
    """An issuer revokes what the thief was awarded; what expires is swept."""
    frozen.revoke(0, customer, 20, REFERENCE, "stolen", sender=issuer)
    assert frozen.balanceOf(customer) == 30
    travel(2032, 12, 1)
    frozen.sweep([customer], sender=stranger)
    assert frozen.expired_of(customer) == frozen.lot_supply(lot(2032, 11)) - 50 == 0


def test_other_messages_are_not_stopped(frozen, customer, stranger):
    """It may still withdraw what it signed, and change its allowances."""
    frozen.cancel_numbers([0], sender=customer)
    frozen.approve(stranger, 0, sender=customer)
    assert frozen.number_spent(customer, 0)


def test_works_while_paused(points, owner, guardian, customer):
    """A pause does not keep the guardian from freezing, nor the owner from unfreezing."""
    points.pause(60, sender=guardian)
    points.freeze(customer, sender=guardian)
    assert points.is_frozen(customer)
    points.unfreeze(customer, sender=owner)
    assert not points.is_frozen(customer)
