"""void: the end of a warranty, with its data kept."""

from .packing import add_months


def test_keeps_everything_but_the_state(warranty, register, issuer, customer, other_customer, free, now, batches):
    """Holder, time, terms and counters read as before; it is void and locked."""
    start = now()
    token_id = register(customer, free, start)
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    warranty.extend(next(batches), token_id, 5, sender=issuer)
    warranty.void(next(batches), token_id, "resold abroad", sender=issuer)
    assert tuple(warranty.warranty_of(token_id))[:7] == (
        other_customer.address, 3, start, add_months(start, 65), free, 1, 5
    )  # fmt: skip
    assert warranty.balanceOf(other_customer) == 1
    assert warranty.locked(token_id)
    assert warranty.transfers_left(token_id) == 0


def test_voids_what_stands_in_the_shop(warranty, register, issuer, shop, customer, free, batches, refusal):
    """A stolen item can no longer be sold: its clock never starts."""
    token_id = register(shop, free)
    warranty.void(next(batches), token_id, "stolen in transit", sender=issuer)
    assert refusal("transferFrom", str(shop), str(customer), token_id, sender=shop) == "warranty: void"
    assert tuple(warranty.warranty_of(token_id))[:7] == (shop.address, 3, 0, 0, free, 0, 0)


def test_tells_why(warranty, register, issuer, customer, free, soulbound, now):
    """The reason, by whom, that the metadata changed, and that it is locked if it was not before."""
    token_id, bound = register(customer, free, now()), register(customer, soulbound, now())
    tx = warranty.void(10_000, token_id, "resold abroad", sender=issuer)
    told = [
        warranty.MetadataUpdate(_tokenId=token_id),
        warranty.Voided(token_id=token_id, issuer=issuer, batch=10_000, reason="resold abroad"),
    ]
    assert tx.events == [warranty.Locked(tokenId=token_id), *told]
    tx = warranty.void(10_001, bound, "", sender=issuer)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=bound),
        warranty.Voided(token_id=bound, issuer=issuer, batch=10_001, reason=""),
    ]


def test_refuses_a_void_or_unknown_one(warranty, register, issuer, customer, free, now, refusal):
    """It ends once, and only what exists can end; neither uses up the batch number."""
    token_id = register(customer, free, now())
    warranty.void(10_000, token_id, "", sender=issuer)
    assert refusal("void", 10_001, token_id, "", sender=issuer) == "warranty: void"
    assert refusal("void", 10_001, 12345, "", sender=issuer) == "warranty: no such warranty"
    assert not warranty.batch_spent(issuer, 10_001)


def test_approved_account_cannot_move_a_void_one(warranty, register, issuer, customer, stranger, free, now, refusal):
    """No approval, old or new, moves a void warranty."""
    token_id = register(customer, free, now())
    warranty.approve(stranger, token_id, sender=customer)
    warranty.setApprovalForAll(issuer, True, sender=customer)
    warranty.void(10_000, token_id, "", sender=issuer)
    for sender in (customer, stranger, issuer):
        for move in ("transferFrom", "safeTransferFrom"):
            assert refusal(move, str(customer), str(stranger), token_id, sender=sender) == "warranty: void"
    assert warranty.ownerOf(token_id) == customer
