"""safeTransferFrom: a receiver with code must accept the badge."""

import ape
import pytest

ACCEPT, WRONG_ANSWER, REVERT, PASS_ON, BURN = (1 << place for place in range(5))
ZERO = ape.utils.ZERO_ADDRESS


@pytest.fixture
def badge(poap, drop, crowd, customer, passable):
    drop(passable, [*crowd(3), customer.address])
    return poap.token_of(passable, customer)


def test_goes_to_an_account_without_code(poap, badge, customer, stranger):
    """Nobody is called, with data or without."""
    poap.safeTransferFrom(customer, stranger, badge, sender=customer)
    assert poap.ownerOf(badge) == stranger
    poap.safeTransferFrom(stranger, customer, badge, b"data", sender=stranger)
    assert poap.ownerOf(badge) == customer


@pytest.mark.parametrize("data", [None, b"", b"a gift", b"\xff" * 1024])
def test_goes_to_a_receiver_that_accepts(poap, badge, customer, stranger, receiver, data):
    """It is told who moved what from whom, with the data, when it already holds the badge."""
    poap.approve(stranger, badge, sender=customer)
    extra = [] if data is None else [data]
    tx = poap.safeTransferFrom(customer, receiver, badge, *extra, sender=stranger)
    assert poap.ownerOf(badge) == receiver
    assert tx.events == [poap.Transfer(sender=customer, receiver=receiver, token_id=badge)]
    assert (receiver.operator(), receiver.sender()) == (stranger, customer)
    assert (receiver.token_id(), receiver.data()) == (badge, data or b"")
    assert receiver.holder() == receiver


@pytest.mark.parametrize(
    ("manner", "reason"), [(WRONG_ANSWER, "poap: receiver refused the badge"), (REVERT, "receiver: not today")]
)
def test_a_receiver_can_refuse(poap, refused, badge, customer, receiver, owner, manner, reason):
    """The badge stays where it was."""
    receiver.behave(manner, ZERO, sender=owner)
    assert refused("safeTransferFrom", customer, receiver, badge, sender=customer) == reason
    assert poap.ownerOf(badge) == customer
    assert poap.balanceOf(customer) == 1


def test_a_contract_that_is_no_receiver_does_not_get_it(poap, refused, badge, customer):
    """The badge contract itself answers no such call; transferFrom does not ask."""
    assert refused("safeTransferFrom", customer.address, poap.address, badge, sender=customer) == ""
    assert poap.ownerOf(badge) == customer
    poap.transferFrom(customer, poap, badge, sender=customer)
    assert poap.ownerOf(badge) == poap


def test_a_receiver_can_pass_it_on_at_once(poap, badge, customer, stranger, receiver, owner):
    """Coming back in from the call finds the badge moved, and moves it once more."""
    receiver.behave(PASS_ON, stranger, sender=owner)
    poap.safeTransferFrom(customer, receiver, badge, sender=customer)
    assert poap.ownerOf(badge) == stranger
    assert [poap.balanceOf(account) for account in (customer, receiver, stranger)] == [0, 0, 1]


def test_a_receiver_can_send_it_back_at_once(poap, badge, customer, receiver, owner):
    """The badge counts once, and where it came from."""
    receiver.behave(PASS_ON, customer, sender=owner)
    poap.safeTransferFrom(customer, receiver, badge, sender=customer)
    assert poap.ownerOf(badge) == customer
    assert (poap.balanceOf(customer), poap.balanceOf(receiver)) == (1, 0)


def test_a_receiver_can_burn_it_at_once(poap, refusal, badge, customer, receiver, owner, passable, stranger):
    """The badge is gone, and both balances with it."""
    receiver.behave(BURN, ZERO, sender=owner)
    poap.safeTransferFrom(customer, receiver, badge, sender=customer)
    assert refusal("ownerOf", badge, sender=stranger) == "poap: badge is burnt"
    assert (poap.balanceOf(customer), poap.balanceOf(receiver)) == (0, 0)
    assert poap.issued(passable, customer)
    assert not poap.issued(passable, receiver)


def test_refuses_what_transfer_refuses(poap, refused, badge, customer, stranger):
    """A stranger cannot use the safe way either."""
    assert (
        refused("safeTransferFrom", customer, stranger, badge, sender=stranger)
        == "poap: caller may not move this badge"
    )
    assert refused("safeTransferFrom", customer, ZERO, badge, sender=customer) == "poap: receiver is the zero address"
    assert poap.ownerOf(badge) == customer
