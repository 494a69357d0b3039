"""set_partner: who takes part in a closed loop."""

import ape


def test_a_partner_may_be_paid(points, owner, customer, stranger, give):
    """From then on anybody may send points to the account and get them from it."""
    give(points, customer, 50)
    points.set_partner(stranger, True, sender=owner)
    assert points.is_partner(stranger)
    points.transfer(stranger, 20, sender=customer)
    points.transfer(customer, 5, sender=stranger)
    assert (points.balanceOf(customer), points.balanceOf(stranger)) == (35, 15)


def test_a_former_partner_keeps_points_but_is_no_partner(points, owner, customer, partner, give, refusal):
    """What was taken stays; it can be redeemed, and sent to other partners only."""
    give(points, customer, 50)
    points.transfer(partner, 20, sender=customer)
    points.set_partner(partner, False, sender=owner)
    assert refusal(points.transfer, partner, 1, sender=customer) == "points: transfers are closed"
    assert refusal(points.transfer, customer, 1, sender=partner) == "points: transfers are closed"
    points.redeem(20, b"settled", sender=partner)
    assert points.totalSupply() == 30


def test_tells(points, owner, stranger):
    """One PartnerSet, for yes and for no."""
    assert points.set_partner(stranger, True, sender=owner).events == [
        points.PartnerSet(account=stranger, allowed=True)
    ]
    tx = points.set_partner(stranger, False, sender=owner)
    assert tx.events == [points.PartnerSet(account=stranger, allowed=False)]


def test_refuses_who_is_not_the_owner(points, issuer, stranger):
    """An issuer's key cannot open the loop."""
    with ape.reverts("ownership: caller is not the owner"):
        points.set_partner(stranger, True, sender=issuer)
    assert not points.is_partner(stranger)
