"""approve, setApprovalForAll, getApproved, isApprovedForAll."""

import pytest

ZERO = "0x" + "0" * 40


def test_approved_account_transfers_once(warranty, register, customer, other_customer, stranger, free, now, refusal):
    """An approval is for one transfer: the next holder has not given it."""
    token_id = register(customer, free, now())
    tx = warranty.approve(other_customer, token_id, sender=customer)
    assert tx.events == [warranty.Approval(owner=customer, approved=other_customer, token_id=token_id)]
    assert warranty.getApproved(token_id) == other_customer
    warranty.transferFrom(customer, stranger, token_id, sender=other_customer)
    assert warranty.ownerOf(token_id) == stranger
    assert warranty.getApproved(token_id) == ZERO
    back = (str(stranger), str(customer), token_id)
    assert refusal("transferFrom", *back, sender=other_customer) == "warranty: caller is not approved"


def test_old_approval_does_not_come_back(warranty, register, customer, other_customer, stranger, free, now, refusal):
    """When a warranty returns to a holder, what that holder approved before does not."""
    token_id = register(customer, free, now())
    warranty.approve(stranger, token_id, sender=customer)
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    warranty.transferFrom(other_customer, customer, token_id, sender=other_customer)
    assert warranty.getApproved(token_id) == ZERO
    move = (str(customer), str(stranger), token_id)
    assert refusal("transferFrom", *move, sender=stranger) == "warranty: caller is not approved"


def test_approval_is_taken_back(warranty, register, customer, stranger, free, now, refusal):
    """Approving zero leaves nobody approved, and says so."""
    token_id = register(customer, free, now())
    warranty.approve(stranger, token_id, sender=customer)
    tx = warranty.approve(ZERO, token_id, sender=customer)
    assert tx.events == [warranty.Approval(owner=customer, approved=ZERO, token_id=token_id)]
    assert warranty.getApproved(token_id) == ZERO
    move = (str(customer), str(stranger), token_id)
    assert refusal("transferFrom", *move, sender=stranger) == "warranty: caller is not approved"


def test_operator_acts_for_a_holder(warranty, register, customer, other_customer, stranger, free, now, refusal):
    """An operator moves and approves all a holder has, until it is taken back."""
    one, two = register(customer, free, now()), register(customer, free, now())
    tx = warranty.setApprovalForAll(other_customer, True, sender=customer)
    assert tx.events == [warranty.ApprovalForAll(owner=customer, operator=other_customer, approved=True)]
    assert warranty.isApprovedForAll(customer, other_customer)
    warranty.approve(stranger, one, sender=other_customer)
    warranty.transferFrom(customer, other_customer, two, sender=other_customer)
    assert (warranty.getApproved(one), warranty.ownerOf(two)) == (stranger, other_customer)
    warranty.setApprovalForAll(other_customer, False, sender=customer)
    assert not warranty.isApprovedForAll(customer, other_customer)
    move = (str(customer), str(other_customer), one)
    assert refusal("transferFrom", *move, sender=other_customer) == "warranty: caller is not approved"


def test_approvals_of_two_warranties_are_apart(warranty, register, customer, stranger, free, now, refusal):
    """Approving one says nothing of the other, nor of other holders' operators."""
    one, two = register(customer, free, now()), register(customer, free, now())
    warranty.approve(stranger, one, sender=customer)
    assert warranty.getApproved(two) == ZERO
    assert not warranty.isApprovedForAll(customer, stranger)
    move = (str(customer), str(stranger), two)
    assert refusal("transferFrom", *move, sender=stranger) == "warranty: caller is not approved"


@pytest.mark.parametrize("who", ["stranger", "approved", "issuer"])
def test_refuses_others(warranty, register, customer, other_customer, stranger, issuer, free, now, refusal, who):
    """Only a holder or its operator approves; an approved account does not pass the right on."""
    token_id = register(customer, free, now())
    warranty.approve(other_customer, token_id, sender=customer)
    sender = {"stranger": stranger, "approved": other_customer, "issuer": issuer}[who]
    assert refusal("approve", str(sender), token_id, sender=sender) == "warranty: caller may not approve"
    assert warranty.getApproved(token_id) == other_customer


def test_refuses_an_unknown_id(refusal, customer):
    """What was never registered cannot be approved, nor asked after."""
    assert refusal("approve", str(customer), 12345, sender=customer) == "warranty: no such warranty"
    assert refusal("getApproved", 12345, sender=customer) == "warranty: no such warranty"
