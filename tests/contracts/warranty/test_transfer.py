"""transferFrom: passing a warranty on, as often as its terms allow."""

import pytest
from ape import chain

from .packing import add_months

ZERO = "0x" + "0" * 40


def test_passes_it_on(warranty, register, customer, other_customer, free, now):
    """The new holder has it, the old one does not, and the balances follow."""
    token_id = register(customer, free, now())
    tx = warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert warranty.ownerOf(token_id) == other_customer
    assert (warranty.balanceOf(customer), warranty.balanceOf(other_customer)) == (0, 1)
    assert tx.events == [
        warranty.Transfer(sender=customer, receiver=other_customer, token_id=token_id),
        warranty.TransferCount(tokenId=token_id, owner=other_customer, counts=1),
    ]


def test_counts_transfers(warranty, register, customer, other_customer, twice, now, refusal):
    """Terms that allow two transfers allow two, the last one tells that it is locked, and a third is refused."""
    token_id = register(customer, twice, now())
    assert (warranty.transfers_left(token_id), warranty.locked(token_id)) == (2, False)
    first = warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert (warranty.transfers_left(token_id), warranty.locked(token_id)) == (1, False)
    second = warranty.transferFrom(other_customer, customer, token_id, sender=other_customer)
    assert (warranty.transfers_left(token_id), warranty.locked(token_id)) == (0, True)
    assert first.events == [
        warranty.Transfer(sender=customer, receiver=other_customer, token_id=token_id),
        warranty.TransferCount(tokenId=token_id, owner=other_customer, counts=1),
    ]
    assert second.events == [
        warranty.Transfer(sender=other_customer, receiver=customer, token_id=token_id),
        warranty.TransferCount(tokenId=token_id, owner=customer, counts=2),
        warranty.Locked(tokenId=token_id),
    ]
    move = (str(customer), str(other_customer), token_id)
    assert refusal("transferFrom", *move, sender=customer) == "warranty: no transfers left"
    assert warranty.ownerOf(token_id) == customer
    assert warranty.warranty_of(token_id).transfers == 2


def test_soulbound_stays_where_it_is(warranty, register, customer, other_customer, soulbound, now, issuer, refusal):
    """No way moves a bound warranty: not the holder, not an approved account, not an operator, not safely."""
    token_id = register(customer, soulbound, now())
    assert (warranty.locked(token_id), warranty.transfers_left(token_id)) == (True, 0)
    warranty.approve(other_customer, token_id, sender=customer)
    warranty.setApprovalForAll(issuer, True, sender=customer)
    for sender in (customer, other_customer, issuer):
        for way in ("transferFrom", "safeTransferFrom"):
            move = (str(customer), str(other_customer), token_id)
            assert refusal(way, *move, sender=sender) == "warranty: no transfers left"
    assert warranty.ownerOf(token_id) == customer


def test_sale_of_a_soulbound_one(warranty, register, shop, customer, other_customer, soulbound, refusal):
    """The shop may sell what its customer may not pass on; the sale tells that it is locked."""
    token_id = register(shop, soulbound)
    assert not warranty.locked(token_id)
    tx = warranty.transferFrom(shop, customer, token_id, sender=shop)
    assert tx.events[-1] == warranty.Locked(tokenId=token_id)
    assert warranty.locked(token_id)
    move = (str(customer), str(other_customer), token_id)
    assert refusal("transferFrom", *move, sender=customer) == "warranty: no transfers left"


def test_sale_is_not_counted(warranty, register, shop, customer, other_customer, twice):
    """After the sale both transfers of the terms are left."""
    token_id = register(shop, twice)
    assert warranty.transfers_left(token_id) == 2
    warranty.transferFrom(shop, customer, token_id, sender=shop)
    assert warranty.transfers_left(token_id) == 2
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert warranty.transfers_left(token_id) == 1


def test_free_terms_never_run_out(web3_warranty, warranty, register, customer, other_customer, free, now):
    """Past 255 transfers the count stands still and its neighbours in the word are untouched."""
    start = now()
    token_id = register(customer, free, start)
    holders = [customer.address, other_customer.address]
    for i in range(258):
        move = web3_warranty.functions.transferFrom(holders[i % 2], holders[(i + 1) % 2], token_id)
        sent = move.transact({"from": holders[i % 2], "gas": 200_000})
        receipt = chain.provider.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)
        assert receipt["status"] == 1
    found = warranty.warranty_of(token_id)
    assert tuple(found)[:7] == (customer.address, 2, start, add_months(start, 60), free, 255, 0)
    assert (warranty.transfers_left(token_id), warranty.locked(token_id)) == (255, False)


def test_transfer_to_oneself_passes_nothing_on(warranty, register, customer, shop, twice, stranger, now):
    """It starts no clock and counts as no transfer; it does end an approval."""
    sold, standing = register(customer, twice, now()), register(shop, twice)
    warranty.approve(stranger, sold, sender=customer)
    tx = warranty.transferFrom(customer, customer, sold, sender=customer)
    warranty.transferFrom(shop, shop, standing, sender=shop)
    assert tx.events == [warranty.Transfer(sender=customer, receiver=customer, token_id=sold)]
    assert (warranty.balanceOf(customer), warranty.balanceOf(shop)) == (1, 1)
    assert warranty.transfers_left(sold) == 2
    assert warranty.getApproved(sold) == ZERO
    assert (warranty.warranty_of(standing).state, warranty.startTime(standing)) == (1, 0)


def test_expired_one_still_moves(warranty, register, customer, other_customer, free, now):
    """Time takes the cover, not the token (ERC-7858)."""
    token_id = register(customer, free, start := now())
    chain.mine(timestamp=add_months(start, 61))
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert warranty.ownerOf(token_id) == other_customer


def test_refuses_others(warranty, register, customer, stranger, owner, issuer, guardian, free, now, refusal):
    """Nobody else moves it: neither the brand nor the issuer nor the guardian has a way."""
    token_id = register(customer, free, now())
    for other in (stranger, owner, issuer, guardian):
        move = (str(customer), str(other), token_id)
        for way in ("transferFrom", "safeTransferFrom"):
            assert refusal(way, *move, sender=other) == "warranty: caller is not approved"
    assert warranty.ownerOf(token_id) == customer


@pytest.mark.parametrize("way", ["transferFrom", "safeTransferFrom"])
def test_refuses_what_is_no_transfer(register, customer, other_customer, stranger, free, now, refusal, way):
    """A wrong sender, no receiver and an unknown id are refused, each with its reason."""
    token_id = register(customer, free, now())
    wrong = refusal(way, str(stranger), str(other_customer), token_id, sender=customer)
    assert wrong == "warranty: sender is not the holder"
    nowhere = refusal(way, str(customer), ZERO, token_id, sender=customer)
    assert nowhere == "warranty: receiver is the zero address"
    unknown = refusal(way, str(customer), str(other_customer), 12345, sender=customer)
    assert unknown == "warranty: no such warranty"


def test_holders_pass_on_while_paused(warranty, guardian, register, customer, other_customer, free, now):
    """A pause stops the issuer and leaves the holders alone."""
    token_id = register(customer, free, now())
    warranty.pause(86_400, sender=guardian)
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert warranty.ownerOf(token_id) == other_customer
