"""award: one badge to one wallet."""

import ape

from .model import awarded_id


def test_gives_the_badge(poap, award, customer, soulbound):
    """The badge's id names the event and the wallet."""
    award(soulbound, customer)
    badge = awarded_id(soulbound, customer.address)
    assert poap.ownerOf(badge) == customer
    assert poap.token_of(soulbound, customer) == badge
    assert poap.issued(soulbound, customer)
    assert poap.balanceOf(customer) == 1
    assert poap.event_info(soulbound).issued == 1
    assert poap.event_info(soulbound).lists == 0


def test_tells_that_a_soulbound_badge_is_locked(poap, issuer, customer, soulbound):
    """Transfer, Locked and Awarded, in this order."""
    tx = poap.award(40, soulbound, customer, sender=issuer)
    badge = awarded_id(soulbound, customer.address)
    assert tx.events == [
        poap.Transfer(sender=ape.utils.ZERO_ADDRESS, receiver=customer, token_id=badge),
        poap.Locked(tokenId=badge),
        poap.Awarded(issuer=issuer, batch=40, event_id=soulbound, wallet=customer, token_id=badge),
    ]


def test_does_not_tell_that_a_transferable_badge_is_locked(poap, issuer, customer, passable):
    """Transfer and Awarded alone."""
    tx = poap.award(40, passable, customer, sender=issuer)
    badge = awarded_id(passable, customer.address)
    assert tx.events == [
        poap.Transfer(sender=ape.utils.ZERO_ADDRESS, receiver=customer, token_id=badge),
        poap.Awarded(issuer=issuer, batch=40, event_id=passable, wallet=customer, token_id=badge),
    ]


def test_refuses_the_zero_address(poap, refused, issuer, soulbound):
    """Nobody holds it, and the batch stays unspent."""
    assert refused("award", 7, soulbound, ape.utils.ZERO_ADDRESS, sender=issuer) == "poap: wallet is the zero address"
    assert poap.event_info(soulbound).issued == 0
    assert not poap.batch_spent(issuer, 7)


def test_refuses_an_event_that_is_not(poap, refused, issuer, customer):
    """A number that was never created gives no badge, not even one that wraps around to a known one."""
    for event in (0, 99, 2**96 + 1):
        assert refused("award", 7, event, customer, sender=issuer) == "poap: no such event"
    assert poap.balanceOf(customer) == 0


def test_a_receiver_that_refuses_badges_gets_one(poap, award, receiver, owner, passable):
    """Receivers are not called."""
    receiver.behave(4, ape.utils.ZERO_ADDRESS, sender=owner)
    award(passable, receiver)
    assert poap.ownerOf(awarded_id(passable, receiver.address)) == receiver
