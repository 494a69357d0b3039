"""safeTransferFrom: a receiver with code is asked."""

import ape
import pytest
from eth_utils import function_signature_to_4byte_selector as selector

ACCEPT = selector("onERC721Received(address,address,uint256,bytes)")
ZERO = "0x" + "0" * 40


def test_plain_account_is_not_asked(warranty, register, customer, other_customer, free, now):
    """An account without code just has it afterwards, with or without data."""
    token_id = register(customer, free, now())
    warranty.safeTransferFrom(customer, other_customer, token_id, sender=customer)
    warranty.safeTransferFrom(other_customer, customer, token_id, b"thanks", sender=other_customer)
    assert warranty.ownerOf(token_id) == customer


@pytest.mark.parametrize("data", [b"", b"invoice 17", b"x" * 1024])
def test_receiver_is_told(warranty, register, customer, other_customer, receiver, free, now, data):
    """The receiver learns who sent, from whom and with what, and holds the warranty by then."""
    receiver.behave(ACCEPT, ZERO, sender=customer)
    token_id = register(customer, free, now())
    warranty.setApprovalForAll(other_customer, True, sender=customer)
    warranty.safeTransferFrom(customer, receiver, token_id, data, sender=other_customer)
    assert warranty.ownerOf(token_id) == receiver
    told = (receiver.operator(), receiver.sender(), receiver.data(), receiver.holder())
    assert told == (other_customer, customer, data, receiver)


def test_receiver_may_refuse(warranty, register, customer, receiver, free, now):
    """A wrong answer and a revert leave the warranty where it was."""
    token_id = register(customer, free, now())
    receiver.behave(b"\x12\x34\x56\x78", ZERO, sender=customer)
    with ape.reverts("warranty: receiver refused the warranty"):
        warranty.safeTransferFrom(customer, receiver, token_id, sender=customer)
    receiver.behave(b"\0\0\0\0", ZERO, sender=customer)
    with ape.reverts("receiver: not today"):
        warranty.safeTransferFrom(customer, receiver, token_id, sender=customer)
    assert warranty.ownerOf(token_id) == customer
    assert warranty.balanceOf(receiver) == 0


def test_contract_without_an_answer_gets_nothing(warranty, register, customer, wallet, free, now):
    """A contract that knows nothing of ERC-721 can be sent one only by transferFrom."""
    token_id = register(customer, free, now())
    with ape.reverts():
        warranty.safeTransferFrom(customer, wallet, token_id, sender=customer)
    warranty.transferFrom(customer, wallet, token_id, sender=customer)
    assert warranty.ownerOf(token_id) == wallet


def test_receiver_that_passes_it_on_at_once(warranty, register, shop, receiver, stranger, twice, now):
    """Coming back in from the call finds the sale finished: one start, one transfer counted."""
    receiver.behave(ACCEPT, stranger, sender=shop)
    token_id = register(shop, twice)
    warranty.safeTransferFrom(shop, receiver, token_id, sender=shop)
    found = warranty.warranty_of(token_id)
    assert (found.owner, found.state, found.start, found.transfers) == (stranger, 2, now(), 1)
    assert [warranty.balanceOf(each) for each in (shop, receiver, stranger)] == [0, 0, 1]


def test_receiver_cannot_get_round_the_limit(warranty, register, shop, receiver, stranger, soulbound):
    """A receiver of a bound warranty cannot pass it on from within the call, so the sale to it is undone."""
    receiver.behave(ACCEPT, stranger, sender=shop)
    token_id = register(shop, soulbound)
    with ape.reverts("warranty: no transfers left"):
        warranty.safeTransferFrom(shop, receiver, token_id, sender=shop)
    assert (warranty.ownerOf(token_id), warranty.startTime(token_id)) == (shop, 0)


def test_registering_asks_nobody(warranty, register, receiver, customer, free, now):
    """A receiver that would refuse does not sink a batch: registrations do not call."""
    receiver.behave(b"\0\0\0\0", ZERO, sender=customer)
    assert warranty.ownerOf(register(receiver, free, now())) == receiver
