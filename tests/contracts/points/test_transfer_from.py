"""transferFrom and approve: an account lets another one send its points."""

import ape
import pytest

from .model import INFINITE, ZERO, lot


@pytest.fixture
def allowed(points, customer, partner, give):
    """The customer has 50 points and lets the partner take 30."""
    give(points, customer, 50)
    points.approve(partner, 30, sender=customer)
    return points


def test_approve_sets_the_allowance(points, customer, partner):
    """An allowance is replaced, not added to."""
    points.approve(partner, 30, sender=customer)
    points.approve(partner, 20, sender=customer)
    assert points.allowance(customer, partner) == 20
    assert points.allowance(partner, customer) == 0


def test_approve_tells(points, customer, partner):
    """One Approval, and true is returned."""
    assert points.approve.call(partner, 30, sender=customer) is True
    tx = points.approve(partner, 30, sender=customer)
    assert tx.events == [points.Approval(owner=customer, spender=partner, value=30)]


def test_takes_what_was_allowed(allowed, customer, partner, lots):
    """The points move, keep their month, and the allowance falls by as much."""
    assert allowed.transferFrom.call(customer, partner, 20, sender=partner) is True
    allowed.transferFrom(customer, partner, 20, sender=partner)
    assert lots(allowed, partner) == {lot(2032, 11): 20}
    assert (allowed.balanceOf(customer), allowed.allowance(customer, partner)) == (30, 10)


def test_tells_the_new_allowance(allowed, customer, partner):
    """The Approval before the Transfer says what is left, so that events alone give every allowance."""
    tx = allowed.transferFrom(customer, partner, 20, sender=partner)
    assert tx.events == [
        allowed.Approval(owner=customer, spender=partner, value=10),
        allowed.Transfer(sender=customer, receiver=partner, value=20),
    ]


def test_an_infinite_allowance_is_not_used_up(allowed, customer, partner):
    """2**256 - 1 stays as it is, and no Approval is told."""
    allowed.approve(partner, INFINITE, sender=customer)
    tx = allowed.transferFrom(customer, partner, 20, sender=partner)
    assert allowed.allowance(customer, partner) == INFINITE
    assert tx.events == [allowed.Transfer(sender=customer, receiver=partner, value=20)]


@pytest.mark.parametrize(
    ("amount", "message"), [(31, "points: allowance is too low"), (2**256 - 1, "points: allowance is too low")]
)
def test_refuses_more_than_was_allowed(allowed, customer, partner, amount, message):
    """An allowance is a bound; nothing moves and the allowance stays."""
    with ape.reverts(message):
        allowed.transferFrom(customer, partner, amount, sender=partner)
    assert (allowed.balanceOf(customer), allowed.allowance(customer, partner)) == (50, 30)


def test_refuses_without_allowance(allowed, customer, partner, stranger, refusal):
    """Nobody takes what was allowed to another, nor the owner's own without an allowance."""
    assert refusal(allowed.transferFrom, customer, partner, 1, sender=stranger) == "points: allowance is too low"
    assert refusal(allowed.transferFrom, customer, partner, 1, sender=customer) == "points: allowance is too low"


def test_refuses_more_than_there_is(allowed, customer, partner, refusal):
    """An allowance over the balance does not help, and is not used up by trying."""
    allowed.approve(partner, INFINITE, sender=customer)
    assert refusal(allowed.transferFrom, customer, partner, 51, sender=partner) == "points: balance is too low"


def test_the_loop_stays_closed(allowed, customer, other_customer, stranger, refusal):
    """Who sends does not matter in a closed loop: one of the two sides must be a partner."""
    allowed.approve(stranger, 30, sender=customer)
    why = refusal(allowed.transferFrom, customer, other_customer, 1, sender=stranger)
    assert why == "points: transfers are closed"


def test_a_partners_allowance_does_not_open_the_loop(allowed, customer, other_customer, partner, refusal):
    """A partner cannot carry points from one customer straight to another."""
    why = refusal(allowed.transferFrom, customer, other_customer, 1, sender=partner)
    assert why == "points: transfers are closed"


def test_refuses_the_zero_address(allowed, customer, partner, refusal):
    """An allowance cannot be used to burn."""
    why = refusal(allowed.transferFrom, customer, ZERO, 1, sender=partner)
    assert why == "points: transfer to the zero address"


def test_expired_points_cannot_be_taken(allowed, customer, partner, travel, refusal):
    """An allowance outlives the points, and then takes nothing."""
    travel(2032, 12, 1)
    assert refusal(allowed.transferFrom, customer, partner, 1, sender=partner) == "points: balance is too low"
