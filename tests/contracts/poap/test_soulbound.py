"""A soulbound badge stays with its wallet on every path."""

import ape
import pytest

from .model import listing
from .typed import MESSAGES, link, voucher

BOUND = "poap: badge is soulbound"


@pytest.fixture(params=["listed", "listed again", "awarded", "by voucher", "by link"])
def badge(request, poap, drop, award, crowd, issuer, customer, stranger, soulbound):
    """A soulbound badge of the customer's, of every kind."""
    if request.param == "listed":
        drop(soulbound, [*crowd(6), customer.address])
    elif request.param == "listed again":
        poap.create_event(90, 0, 0, 0, True, 2, "", sender=issuer)
        drop(90, [*crowd(6), customer.address])
        poap.drop_again(10**6 + 1, soulbound, 90, 0, sender=issuer)
    elif request.param == "awarded":
        award(soulbound, customer)
    elif request.param == "by voucher":
        poap.claim(*voucher(issuer, poap, soulbound, customer), sender=stranger)
    else:
        poap.claim_link(*link(issuer, poap, soulbound, customer), sender=stranger)
    return poap.token_of(soulbound, customer)


def test_it_is_locked(poap, badge, drop, customer, passable):
    """ERC-5192 says so, and says the opposite of a badge that may be passed on."""
    drop(passable, [customer.address])
    assert poap.locked(badge) is True
    assert poap.locked(poap.token_of(passable, customer)) is False


def test_no_path_moves_it(poap, badge, refused, customer, stranger, owner, issuer, receiver, soulbound):
    """By the holder, an operator, the owner or an issuer: all three transfers and the approval are refused."""
    poap.setApprovalForAll(stranger, True, sender=customer)
    poap.setApprovalForAll(customer, True, sender=customer)
    for caller in (customer, stranger, owner, issuer):
        for target in (caller.address, receiver.address):
            assert refused("transferFrom", customer.address, target, badge, sender=caller) == BOUND
            assert refused("safeTransferFrom", customer.address, target, badge, sender=caller) == BOUND
            assert refused("safeTransferFrom", customer.address, target, badge, b"x", sender=caller) == BOUND
            assert refused("approve", target, badge, sender=caller) == BOUND
    assert poap.ownerOf(badge) == customer
    assert poap.getApproved(badge) == ape.utils.ZERO_ADDRESS
    assert poap.holds_all(customer, [soulbound])


def test_burning_does_not_open_a_way_around(poap, badge, refusal, issuer, customer, soulbound):
    """After a burn the badge can be issued to nobody: not to the same wallet, and not under the same id."""
    poap.burn(badge, sender=customer)
    held = "poap: wallet already has this badge"
    assert refusal("award", 10**6, soulbound, customer.address, sender=issuer) == held
    assert refusal("drop", 10**6, soulbound, listing([customer.address]), sender=issuer) == held
    for way, message in MESSAGES.items():
        signed = message(issuer, poap, soulbound, customer, number=1)
        assert refusal(way, *signed, sender=customer) == held


def test_there_are_no_signed_approvals(poap):
    """Nothing that a holder's signature could move a badge by: no permit, no multicall, no forwarder."""
    names = {method.name for method in poap.contract_type.methods}
    assert not names & {"permit", "permitForAll", "multicall", "isTrustedForwarder", "execute"}
