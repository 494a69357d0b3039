"""Metadata: an event's for all its badges, changed by the owner until it is frozen."""

import ape

from .model import LISTED, dropped_id

NEW = "ipfs://new"


def test_the_collection_has_a_name_a_symbol_and_metadata(poap):
    """As deployed."""
    assert (poap.name(), poap.symbol(), poap.contractURI()) == ("Proofs", "POAP", "ipfs://collection")


def test_the_owner_changes_the_collection_s_metadata(poap, refused, owner, issuer):
    """ERC-7572's event tells readers to look again; an issuer cannot."""
    assert poap.set_contract_uri(NEW, sender=owner).events == [poap.ContractURIUpdated()]
    assert refused("set_contract_uri", "ipfs://other", sender=issuer) == "ownership: caller is not the owner"
    assert poap.contractURI() == NEW


def test_every_badge_has_its_event_s_metadata(poap, drop, award, crowd, customer, soulbound, passable):
    """Dropped or awarded."""
    drop(soulbound, crowd(3))
    award(soulbound, customer)
    award(passable, customer)
    assert poap.tokenURI(dropped_id(soulbound, 0, 1)) == "ipfs://soulbound"
    assert poap.tokenURI(poap.token_of(soulbound, customer)) == "ipfs://soulbound"
    assert poap.tokenURI(poap.token_of(passable, customer)) == "ipfs://passable"


def test_a_change_is_told_for_both_ranges_of_ids(poap, owner, customer, drop, award, crowd, soulbound, passable):
    """ERC-4906, from the first to the last id there can be; and the new address itself, for who reads events only."""
    drop(soulbound, crowd(3))
    award(soulbound, customer)
    award(passable, customer)
    tx = poap.set_event_uri(soulbound, NEW, sender=owner)
    first, last = soulbound << 160, (soulbound + 1 << 160) - 1
    assert tx.events == [
        poap.BatchMetadataUpdate(_fromTokenId=first, _toTokenId=last),
        poap.BatchMetadataUpdate(_fromTokenId=LISTED | first, _toTokenId=LISTED | last),
        poap.EventURIUpdated(event_id=soulbound, uri=NEW),
    ]
    for badge in (dropped_id(soulbound, 0, 0), poap.token_of(soulbound, customer)):
        assert poap.tokenURI(badge) == NEW
        assert first <= badge & ~LISTED <= last
    assert poap.tokenURI(poap.token_of(passable, customer)) == "ipfs://passable"
    assert poap.event_info(soulbound).uri == NEW


def test_a_frozen_event_keeps_its_metadata(poap, owner, soulbound, passable):
    """Freezing is told once, cannot be repeated, and leaves other events and all other rules alone."""
    before = poap.event_info(soulbound)
    assert poap.freeze_event(soulbound, sender=owner).events == [poap.EventFrozen(event_id=soulbound)]
    for attempt in (
        lambda: poap.set_event_uri(soulbound, NEW, sender=owner),
        lambda: poap.freeze_event(1, sender=owner),
    ):
        with ape.reverts("poap: event is frozen"):
            attempt()
    after = poap.event_info(soulbound)
    assert (before.frozen, after.frozen) == (False, True)
    assert after.uri == "ipfs://soulbound"
    assert (after.start, after.end, after.max_supply, after.transferable, after.burn_auth) == (
        before.start,
        before.end,
        before.max_supply,
        before.transferable,
        before.burn_auth,
    )
    poap.set_event_uri(passable, NEW, sender=owner)


def test_a_frozen_event_still_issues(poap, owner, award, customer, soulbound):
    """Only the metadata is frozen."""
    poap.freeze_event(soulbound, sender=owner)
    award(soulbound, customer)
    assert poap.tokenURI(poap.token_of(soulbound, customer)) == "ipfs://soulbound"


def test_an_event_that_is_not_has_no_metadata_to_change(poap, refused, owner):
    """Neither changed nor frozen ahead of its creation."""
    assert refused("set_event_uri", 99, NEW, sender=owner) == "poap: no such event"
    assert refused("freeze_event", 99, sender=owner) == "poap: no such event"
