"""setTransferLimit, transferLimitOf, transferCountOf (ERC-7634): transfers can be given up, never won."""

import pytest

from .packing import add_months

NO_LIMIT = 2**256 - 1


@pytest.mark.parametrize(("terms", "limit"), [("free", NO_LIMIT), ("twice", 2), ("soulbound", 0)])
def test_terms_set_the_limit(warranty, register, customer, request, now, terms, limit):
    """What the terms say is the limit; free terms have none."""
    token_id = register(customer, request.getfixturevalue(terms), now())
    assert (warranty.transferLimitOf(token_id), warranty.transferCountOf(token_id)) == (limit, 0)


def test_counts(warranty, register, shop, customer, other_customer, twice):
    """The sale by the shop is none; each one after it is."""
    token_id = register(shop, twice)
    warranty.transferFrom(shop, customer, token_id, sender=shop)
    assert warranty.transferCountOf(token_id) == 0
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    warranty.transferFrom(other_customer, other_customer, token_id, sender=other_customer)
    assert warranty.transferCountOf(token_id) == 1
    assert warranty.transferLimitOf(token_id) == 2


@pytest.mark.parametrize(("terms", "limit"), [("free", 254), ("free", 3), ("twice", 1)])
def test_is_tightened(warranty, register, customer, request, now, terms, limit):
    """To anything below; who did it is told, and nothing else changes."""
    token_id = register(customer, request.getfixturevalue(terms), now())
    before = tuple(warranty.warranty_of(token_id))
    tx = warranty.setTransferLimit(token_id, limit, sender=customer)
    assert (warranty.transferLimitOf(token_id), warranty.transfers_left(token_id)) == (limit, limit)
    assert tuple(warranty.warranty_of(token_id)) == before
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=token_id),
        warranty.TransferLimitSet(tokenId=token_id, by=customer, limit=limit),
    ]


def test_down_to_what_was_made(warranty, refusal, register, customer, other_customer, free, now):
    """At the count it is locked for good, and below the count there is nothing."""
    token_id = register(customer, free, now())
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    found = refusal("setTransferLimit", token_id, 0, sender=other_customer)
    assert found == "warranty: limit is below the transfers made"
    tx = warranty.setTransferLimit(token_id, 1, sender=other_customer)
    assert tx.events[0] == warranty.Locked(tokenId=token_id)
    assert (warranty.locked(token_id), warranty.transfers_left(token_id)) == (True, 0)
    move = (str(other_customer), str(customer), token_id)
    assert refusal("transferFrom", *move, sender=other_customer) == "warranty: no transfers left"


def test_holds_for_the_next_holder(warranty, refusal, register, customer, other_customer, free, now):
    """It goes with the warranty, and the last transfer tells that it is locked."""
    token_id = register(customer, free, start := now())
    warranty.setTransferLimit(token_id, 1, sender=customer)
    tx = warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert tx.events[-2:] == [
        warranty.TransferCount(tokenId=token_id, owner=other_customer, counts=1),
        warranty.Locked(tokenId=token_id),
    ]
    move = (str(other_customer), str(customer), token_id)
    assert refusal("transferFrom", *move, sender=other_customer) == "warranty: no transfers left"
    assert tuple(warranty.warranty_of(token_id))[:7] == (
        other_customer.address, 2, start, add_months(start, 60), free, 1, 0
    )  # fmt: skip


@pytest.mark.parametrize("limit", [2, 3, 255, 256, 2**256 - 1])
def test_is_never_loosened(refusal, register, customer, twice, now, limit):
    """Neither back to where it was nor above what the terms allow."""
    token_id = register(customer, twice, now())
    found = refusal("setTransferLimit", token_id, limit, sender=customer)
    assert found == "warranty: limit can only be tightened"


def test_is_tightened_again(warranty, refusal, register, customer, free, now):
    """Each limit is the bound of the next."""
    token_id = register(customer, free, now())
    assert refusal("setTransferLimit", token_id, 255, sender=customer) == "warranty: limit can only be tightened"
    for limit in (254, 100, 1):
        warranty.setTransferLimit(token_id, limit, sender=customer)
        for wider in (limit, limit + 1, 254, 2**256 - 1):
            found = refusal("setTransferLimit", token_id, wider, sender=customer)
            assert found == "warranty: limit can only be tightened"
        assert warranty.transferLimitOf(token_id) == limit


def test_by_whom_could_transfer(warranty, refusal, register, customer, other_customer, stranger, issuer, free, now):
    """The holder, its operators, and who is approved for this one; nobody else."""
    token_id, other = register(customer, free, now()), register(customer, free, now())
    for sender in (stranger, other_customer, issuer):
        assert refusal("setTransferLimit", token_id, 3, sender=sender) == "warranty: caller is not approved"
    warranty.approve(stranger, token_id, sender=customer)
    tx = warranty.setTransferLimit(token_id, 3, sender=stranger)
    assert tx.events[-1] == warranty.TransferLimitSet(tokenId=token_id, by=stranger, limit=3)
    assert warranty.getApproved(token_id) == stranger
    assert refusal("setTransferLimit", other, 3, sender=stranger) == "warranty: caller is not approved"
    warranty.setApprovalForAll(other_customer, True, sender=customer)
    assert refusal("setTransferLimit", other, 3, sender=other_customer) is None


def test_shops_leave_the_customers_theirs(refusal, warranty, register, shop, free):
    """Before the sale nobody gives up what the terms promise the customer."""
    token_id = register(shop, free)
    assert refusal("setTransferLimit", token_id, 3, sender=shop) == "warranty: not active"
    assert warranty.transferLimitOf(token_id) == NO_LIMIT


@pytest.mark.parametrize("function", ["transferLimitOf", "transferCountOf", "setTransferLimit"])
def test_refuses_an_unknown_id(refusal, customer, function):
    """What was never registered has no limit."""
    args = (12345, 1) if function == "setTransferLimit" else (12345,)
    assert refusal(function, *args, sender=customer) == "warranty: no such warranty"
