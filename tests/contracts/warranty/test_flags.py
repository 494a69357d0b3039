"""report, flag, flags_of: lost and stolen, as the holder says and as an issuer says."""

import pytest

from .model import NO_BATCH

EVERY = [(False, False), (True, False), (False, True), (True, True)]


@pytest.fixture
def bought(register, customer, free, now):
    """A warranty that could be passed on."""
    return register(customer, free, now())


@pytest.mark.parametrize("says", EVERY)
def test_holder_reports(warranty, customer, bought, says):
    """Lost, stolen, both or neither, on the holder's side alone."""
    tx = warranty.report(bought, *says, sender=customer)
    assert tuple(warranty.flags_of(bought)) == (*says, False, False)
    found = warranty.warranty_of(bought)
    assert (found.lost, found.stolen, found.state) == (*says, 2)
    assert warranty.locked(bought) is any(says)
    assert tx.events == [
        *([warranty.Locked(tokenId=bought)] if any(says) else []),
        warranty.MetadataUpdate(_tokenId=bought),
        warranty.Flagged(token_id=bought, by=customer, by_issuer=False, batch=NO_BATCH, lost=says[0], stolen=says[1]),
    ]


@pytest.mark.parametrize("says", EVERY)
def test_issuer_flags(warranty, issuer, bought, says):
    """The same on the issuer's side, for a batch number."""
    tx = warranty.flag(10_000, bought, *says, sender=issuer)
    assert tuple(warranty.flags_of(bought)) == (False, False, *says)
    found = warranty.warranty_of(bought)
    assert (found.lost, found.stolen) == says
    assert warranty.locked(bought) is any(says)
    assert warranty.batch_spent(issuer, 10_000)
    assert tx.events == [
        *([warranty.Locked(tokenId=bought)] if any(says) else []),
        warranty.MetadataUpdate(_tokenId=bought),
        warranty.Flagged(token_id=bought, by=issuer, by_issuer=True, batch=10_000, lost=says[0], stolen=says[1]),
    ]


def test_the_two_sides_are_apart(warranty, customer, issuer, bought):
    """Neither takes back what the other says; it is unlocked when both have."""
    warranty.report(bought, True, False, sender=customer)
    tx = warranty.flag(10_000, bought, True, True, sender=issuer)
    assert warranty.Locked(tokenId=bought) not in tx.events
    warranty.report(bought, False, False, sender=customer)
    assert tuple(warranty.flags_of(bought)) == (False, False, True, True)
    assert warranty.locked(bought)
    warranty.report(bought, False, True, sender=customer)
    tx = warranty.flag(10_001, bought, False, False, sender=issuer)
    assert tuple(warranty.flags_of(bought)) == (False, True, False, False)
    assert warranty.Unlocked(tokenId=bought) not in tx.events
    tx = warranty.report(bought, False, False, sender=customer)
    assert tx.events[0] == warranty.Unlocked(tokenId=bought)
    assert not warranty.locked(bought)


def test_the_rest_of_the_word_is_untouched(warranty, register, customer, stranger, issuer, served, now, batches):
    """Setting and clearing all of it changes nothing beside it."""
    token_id = register(customer, served, now(), production=2**16 - 1)
    warranty.extend(next(batches), token_id, 255, sender=issuer)
    warranty.approve(stranger, token_id, sender=customer)
    before = tuple(warranty.warranty_of(token_id))
    warranty.report(token_id, True, True, sender=customer)
    warranty.flag(next(batches), token_id, True, True, sender=issuer)
    found = tuple(warranty.warranty_of(token_id))
    assert (*found[:12], False, False, *found[14:]) == before
    warranty.report(token_id, False, False, sender=customer)
    warranty.flag(next(batches), token_id, False, False, sender=issuer)
    assert tuple(warranty.warranty_of(token_id)) == before
    assert warranty.getApproved(token_id) == stranger


@pytest.mark.parametrize("says", EVERY[1:])
@pytest.mark.parametrize("who", ["holder", "issuer"])
def test_flagged_ones_do_not_move(warranty, refusal, customer, stranger, issuer, bought, who, says):
    """Not by the holder, nor by whom it approved, nor to the holder itself; then they do again."""
    warranty.approve(stranger, bought, sender=customer)
    warranty.setApprovalForAll(issuer, True, sender=customer)
    if who == "holder":
        warranty.report(bought, *says, sender=customer)
    else:
        warranty.flag(10_000, bought, *says, sender=issuer)
    for sender in (customer, stranger, issuer):
        for receiver in (customer, stranger):
            for way in ("transferFrom", "safeTransferFrom"):
                found = refusal(way, str(customer), str(receiver), bought, sender=sender)
                assert found == "warranty: lost or stolen"
    if who == "holder":
        warranty.report(bought, False, False, sender=customer)
    else:
        warranty.flag(10_001, bought, False, False, sender=issuer)
    assert refusal("transferFrom", str(customer), str(stranger), bought, sender=stranger) is None


def test_shops_stock_can_be_stolen(warranty, refusal, register, shop, customer, free):
    """What was stolen from a shop is not sold: its clock does not start."""
    token_id = register(shop, free)
    warranty.report(token_id, False, True, sender=shop)
    assert warranty.locked(token_id)
    move = (str(shop), str(customer), token_id)
    assert refusal("transferFrom", *move, sender=shop) == "warranty: lost or stolen"


def test_only_the_holder_reports(warranty, refusal, customer, other_customer, stranger, issuer, owner, bought):
    """Nobody in its name, and not the holder before."""
    warranty.approve(stranger, bought, sender=customer)
    warranty.setApprovalForAll(stranger, True, sender=customer)
    for sender in (stranger, issuer, owner):
        assert refusal("report", bought, True, False, sender=sender) == "warranty: caller is not the holder"
    warranty.transferFrom(customer, other_customer, bought, sender=customer)
    assert refusal("report", bought, True, False, sender=customer) == "warranty: caller is not the holder"
    assert refusal("report", bought, True, False, sender=other_customer) is None


def test_holders_report_while_paused(warranty, guardian, customer, bought):
    """A theft is not put off."""
    warranty.pause(86_400, sender=guardian)
    warranty.report(bought, False, True, sender=customer)
    assert warranty.warranty_of(bought).stolen


def test_refuses_an_unknown_id(refusal, customer, issuer):
    """What was never registered is neither lost nor stolen."""
    assert refusal("report", 12345, True, False, sender=customer) == "warranty: no such warranty"
    assert refusal("flag", 10_000, 12345, True, False, sender=issuer) == "warranty: no such warranty"
    assert refusal("flags_of", 12345, sender=customer) == "warranty: no such warranty"
