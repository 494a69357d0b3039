"""holds_all: whether a wallet was given all of some badges and still has them."""

import pytest

from .model import BOTH

EVENTS = (10, 11, 12, 13)


@pytest.fixture
def attended(poap, drop, award, issuer, customer, crowd):
    """Four events that the customer got badges of: two in lists, two alone; all transferable."""
    for event in EVENTS:
        poap.create_event(event, 0, 0, 0, True, BOTH, "", sender=issuer)
        if event < 12:
            drop(event, [*crowd(5, seed=event), customer.address])
        else:
            award(event, customer)
    return poap


def test_knows_who_was_there(attended, customer, stranger, crowd):
    """All of them, each alone, in any order, the same twice; and nobody else."""
    for events in (EVENTS, EVENTS[::-1], *([event] for event in EVENTS), (10, 10), (12, 12)):
        assert attended.holds_all(customer, events) is True
        assert attended.holds_all(stranger, events) is False
    assert attended.holds_all(crowd(5, seed=10)[2], [10]) is True
    assert attended.holds_all(crowd(5, seed=10)[2], [10, 11]) is False


def test_one_that_is_missing_is_enough(attended, customer, soulbound):
    """Wherever in the list it stands, and an event that is not counts as missing."""
    for missing in (soulbound, 99, 0, 2**96 + 10, 2**256 - 1):
        for place in range(5):
            events = [*EVENTS]
            events.insert(place, missing)
            assert attended.holds_all(customer, events) is False


def test_no_events_is_no(attended, customer):
    """So that an empty list from a form is not a pass for everyone."""
    assert attended.holds_all(customer, []) is False


@pytest.mark.parametrize("event", EVENTS)
def test_a_burnt_badge_does_not_count(attended, customer, event):
    """Listed or alone."""
    attended.burn(attended.token_of(event, customer), sender=customer)
    assert attended.holds_all(customer, [event]) is False
    assert attended.holds_all(customer, [other for other in EVENTS if other != event]) is True


@pytest.mark.parametrize("event", EVENTS)
def test_a_badge_that_was_passed_on_counts_for_nobody(attended, customer, stranger, event):
    """Not for who gave it away, nor for who has it: it was not there. Back again, it counts."""
    badge = attended.token_of(event, customer)
    attended.transferFrom(customer, stranger, badge, sender=customer)
    assert attended.holds_all(customer, [event]) is False
    assert attended.holds_all(stranger, [event]) is False
    attended.transferFrom(stranger, customer, badge, sender=stranger)
    assert attended.holds_all(customer, EVENTS) is True


def test_another_s_badge_does_not_replace_one_s_own(attended, award, customer, stranger):
    """Who gave its own away and got another's of the same event has not got its own."""
    award(10, stranger)
    theirs = attended.token_of(10, stranger)
    attended.transferFrom(customer, stranger, attended.token_of(10, customer), sender=customer)
    attended.transferFrom(stranger, customer, theirs, sender=stranger)
    assert attended.balanceOf(customer) == 4
    assert attended.holds_all(customer, [10]) is False
    assert attended.holds_all(stranger, [10]) is False


@pytest.mark.parametrize("number", [1, 2])
def test_the_lowest_addresses_are_wallets_too(attended, award, customer, number):
    """1 and 2 are also what a badge's state says for issued and burnt."""
    wallet = "0x" + f"{number:040x}"
    award(10, wallet)
    assert attended.holds_all(wallet, [10]) is True
    attended.transferFrom(customer, wallet, attended.token_of(11, customer), sender=customer)
    assert attended.holds_all(wallet, [11]) is False
    assert attended.holds_all(customer, [11]) is False


def test_asks_for_up_to_32_events(poap, issuer, award, refusal, customer):
    """The 33rd is refused where the call is decoded, which gives no reason."""
    events = list(range(100, 133))
    for event in events:
        poap.create_event(event, 0, 0, 0, False, 0, "", sender=issuer)
        award(event, customer)
    assert poap.holds_all(customer, events[:32]) is True
    assert poap.holds_all(customer, [*events[:31], 99]) is False
    assert refusal("holds_all", customer, events, sender=customer) == ""


def test_the_zero_address_was_nowhere(attended, customer):
    """Nor is it the holder of what was burnt."""
    attended.burn(attended.token_of(10, customer), sender=customer)
    assert attended.holds_all("0x" + "00" * 20, EVENTS) is False
