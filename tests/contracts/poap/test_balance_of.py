"""balanceOf: right over many events and lists, whatever was moved or burnt."""

import ape

from .model import awarded_id


def test_counts_over_events_lists_and_awards(poap, issuer, drop, award, crowd, customer, other_customer):
    """Each event counts once for each wallet, in whichever of its lists the wallet stands."""
    for event in range(100, 110):
        poap.create_event(event, 0, 0, 0, False, 0, "", sender=issuer)
        drop(event, crowd(5, seed=event))
        if event % 2:
            drop(event, [*crowd(3, seed=event + 1000), customer.address])
        elif event % 3:
            award(event, customer)
        if event % 5 == 0:
            drop(event, [other_customer.address])
    assert poap.balanceOf(customer) == 5 + 3
    assert poap.balanceOf(other_customer) == 2
    assert poap.balanceOf(crowd(5, seed=100)[2]) == 1
    assert poap.balanceOf(issuer) == 0


def test_follows_badges_that_move_and_burn(poap, drop, award, issuer, customer, stranger, passable):
    """Listed and awarded badges alike, there and back again, and burnt at either end."""
    poap.create_event(3, 0, 0, 0, True, 1, "", sender=issuer)
    drop(passable, [customer.address])
    award(3, customer)
    listed, awarded = poap.token_of(passable, customer), poap.token_of(3, customer)

    def balances():
        return poap.balanceOf(customer), poap.balanceOf(stranger)

    assert balances() == (2, 0)
    poap.transferFrom(customer, stranger, listed, sender=customer)
    assert balances() == (1, 1)
    poap.transferFrom(customer, stranger, awarded, sender=customer)
    assert balances() == (0, 2)
    poap.transferFrom(stranger, customer, listed, sender=stranger)
    assert balances() == (1, 1)
    poap.transferFrom(customer, customer, listed, sender=customer)
    assert balances() == (1, 1)
    poap.burn(listed, sender=customer)
    assert balances() == (0, 1)
    poap.burn(awarded, sender=stranger)
    assert balances() == (0, 0)


def test_a_burnt_badge_that_never_moved_no_longer_counts(poap, drop, award, customer, other_customer, soulbound):
    """The list still names the wallet, the balance does not."""
    drop(soulbound, [customer.address])
    award(soulbound, other_customer)
    poap.burn(poap.token_of(soulbound, customer), sender=customer)
    poap.burn(awarded_id(soulbound, other_customer.address), sender=other_customer)
    assert poap.balanceOf(customer) == 0
    assert poap.balanceOf(other_customer) == 0


def test_the_zero_address_has_no_balance(poap, refusal, stranger):
    """ERC-721 asks for a refusal."""
    assert refusal("balanceOf", ape.utils.ZERO_ADDRESS, sender=stranger) == "poap: wallet is the zero address"
