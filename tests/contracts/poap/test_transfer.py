"""transferFrom and approvals in a transferable event: plain ERC-721."""

import itertools

import ape
import pytest

from .model import awarded_id

ZERO = ape.utils.ZERO_ADDRESS


@pytest.fixture(params=["listed", "awarded"])
def badge(request, poap, drop, award, crowd, customer, passable):
    """A badge of the customer's that may be passed on, of either kind."""
    if request.param == "listed":
        drop(passable, [*crowd(6), customer.address])
    else:
        award(passable, customer)
    return poap.token_of(passable, customer)


def test_the_holder_moves_it(poap, badge, customer, stranger):
    """The receiver holds it, and everyone is told."""
    tx = poap.transferFrom(customer, stranger, badge, sender=customer)
    assert poap.ownerOf(badge) == stranger
    assert tx.events == [poap.Transfer(sender=customer, receiver=stranger, token_id=badge)]


def test_it_goes_on_and_comes_back(poap, badge, customer, stranger, other_customer):
    """A badge moves any number of times, also back to the wallet that it was issued to."""
    path = [customer, stranger, other_customer, customer, stranger]
    for giver, taker in itertools.pairwise(path):
        poap.transferFrom(giver, taker, badge, sender=giver)
        assert poap.ownerOf(badge) == taker
    assert poap.balanceOf(stranger) == 1
    assert poap.balanceOf(customer) == 0


def test_it_can_go_to_the_addresses_1_and_2(poap, badge, customer):
    """No address is mistaken for a mark that the contract keeps."""
    for number in (1, 2):
        with ape.chain.isolate():
            poap.transferFrom(customer, f"0x{number:040x}", badge, sender=customer)
            assert int(poap.ownerOf(badge), 16) == number
            assert poap.balanceOf(f"0x{number:040x}") == 1


def test_an_approved_account_moves_it_once(poap, refused, badge, customer, stranger, other_customer):
    """The approval is told, seen, used up, and gone with the badge."""
    tx = poap.approve(stranger, badge, sender=customer)
    assert tx.events == [poap.Approval(owner=customer, approved=stranger, token_id=badge)]
    assert poap.getApproved(badge) == stranger
    poap.transferFrom(customer, other_customer, badge, sender=stranger)
    assert poap.getApproved(badge) == ZERO
    assert (
        refused("transferFrom", other_customer, stranger, badge, sender=stranger)
        == "poap: caller may not move this badge"
    )
    assert poap.ownerOf(badge) == other_customer


def test_an_approval_can_be_withdrawn(poap, refused, badge, customer, stranger):
    """Approving the zero address leaves nobody approved."""
    poap.approve(stranger, badge, sender=customer)
    poap.approve(ZERO, badge, sender=customer)
    assert refused("transferFrom", customer, stranger, badge, sender=stranger) == "poap: caller may not move this badge"
    assert poap.ownerOf(badge) == customer


def test_an_operator_moves_and_approves(poap, refused, badge, customer, stranger, other_customer):
    """An operator acts for the holder until it is told to stop."""
    tx = poap.setApprovalForAll(stranger, True, sender=customer)
    assert tx.events == [poap.ApprovalForAll(owner=customer, operator=stranger, approved=True)]
    assert poap.isApprovedForAll(customer, stranger)
    poap.approve(other_customer, badge, sender=stranger)
    assert poap.getApproved(badge) == other_customer
    poap.setApprovalForAll(stranger, False, sender=customer)
    assert not poap.isApprovedForAll(customer, stranger)
    assert refused("transferFrom", customer, stranger, badge, sender=stranger) == "poap: caller may not move this badge"
    poap.setApprovalForAll(stranger, True, sender=customer)
    poap.transferFrom(customer, stranger, badge, sender=stranger)
    assert poap.ownerOf(badge) == stranger


def test_an_approved_account_cannot_approve(poap, refused, badge, customer, stranger, other_customer):
    """Only the holder and its operators hand out approvals."""
    poap.approve(stranger, badge, sender=customer)
    for caller in (stranger, other_customer):
        assert refused("approve", other_customer, badge, sender=caller) == "poap: caller may not approve"
    assert poap.getApproved(badge) == stranger


def test_an_approved_account_or_operator_cannot_burn(poap, refused, badge, customer, stranger):
    """Burning is for the holder and the issuers."""
    poap.approve(stranger, badge, sender=customer)
    poap.setApprovalForAll(stranger, True, sender=customer)
    assert refused("burn", badge, sender=stranger) == "issuers: caller is not an issuer"
    assert poap.ownerOf(badge) == customer


def test_refuses_what_erc_721_refuses(poap, refused, badge, customer, stranger, other_customer, owner, issuer):
    """Not by a stranger nor by any role, not from another holder, not to nobody."""
    for caller in (stranger, owner, issuer):
        assert refused("transferFrom", customer, caller, badge, sender=caller) == "poap: caller may not move this badge"
    assert refused("transferFrom", other_customer, stranger, badge, sender=customer) == "poap: sender is not the holder"
    assert refused("transferFrom", customer, ZERO, badge, sender=customer) == "poap: receiver is the zero address"
    assert poap.ownerOf(badge) == customer
    assert poap.balanceOf(customer) == 1


def test_the_wallet_in_the_id_has_no_say_once_the_badge_has_moved(poap, refused, badge, customer, stranger):
    """The wallet that it was issued to can neither take it back, nor approve, nor burn."""
    poap.transferFrom(customer, stranger, badge, sender=customer)
    assert refused("transferFrom", stranger, customer, badge, sender=customer) == "poap: caller may not move this badge"
    assert refused("approve", customer, badge, sender=customer) == "poap: caller may not approve"
    assert refused("burn", badge, sender=customer) == "issuers: caller is not an issuer"
    assert poap.ownerOf(badge) == stranger


def test_a_badge_that_is_not_cannot_be_moved(poap, refused, customer, stranger, passable):
    """Neither moved nor approved, though the id names the caller."""
    badge = awarded_id(passable, customer.address)
    assert refused("transferFrom", customer, stranger, badge, sender=customer) == "poap: no such badge"
    assert refused("approve", stranger, badge, sender=customer) == "poap: no such badge"
