"""drop_again: the wallets of a list that is on chain already, for another event."""

import ape
import pytest
from ape import chain

from .model import BOTH, ascending, awarded_id, dropped_id, listing

HELD = "poap: wallet already has this badge"
NO_LIST = "poap: no such list"


@pytest.fixture
def again(poap, issuer, batches):
    """Drop to a list's wallets again."""

    def send(event: int, source_event: int, source_list: int = 0):
        return poap.drop_again(next(batches), event, source_event, source_list, sender=issuer)

    return send


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 64, 65, 100])
def test_every_wallet_of_the_list_gets_the_badge(poap, drop, again, crowd, soulbound, passable, count):
    """Around the size of a page. Positions are those of the source; the badges are the event's own."""
    wallets = crowd(count)
    drop(soulbound, wallets)
    again(passable, soulbound)
    for position, wallet in enumerate(wallets):
        badge = dropped_id(passable, 0, position)
        assert poap.token_of(passable, wallet) == badge
        assert poap.ownerOf(badge) == wallet
    assert poap.event_info(passable).issued == count
    assert poap.event_info(passable).lists == 1
    assert poap.balanceOf(wallets[-1]) == 2


@pytest.mark.parametrize("count", [1, 32, 33, 70])
def test_tells_what_a_drop_tells(poap, drop, issuer, crowd, soulbound, passable, count):
    """A Transfer for each wallet in order, then one Dropped with the same pointer, and nothing else."""
    wallets = crowd(count)
    pointer = drop(soulbound, wallets).events[-1].pointer
    drop(passable, ["0x" + "00" * 19 + "01"])
    tx = poap.drop_again(400, passable, soulbound, 0, sender=issuer)
    assert tx.events == [
        *(
            poap.Transfer(sender=ape.utils.ZERO_ADDRESS, receiver=wallet, token_id=dropped_id(passable, 1, position))
            for position, wallet in enumerate(wallets)
        ),
        poap.Dropped(issuer=issuer, batch=400, event_id=passable, list=1, pointer=pointer, count=count),
    ]


def test_any_list_of_an_event_can_be_the_source(poap, drop, again, crowd, issuer, soulbound, passable):
    """The first, a later one, and a list that was itself dropped again; in an event of several lists the pages do not mix."""
    wallets = crowd(90)
    pieces = [wallets[:10], wallets[10:50], wallets[50:]]
    for piece in pieces:
        drop(soulbound, piece)
    for number in (1, 0, 2):
        again(passable, soulbound, number)
    for number, piece in enumerate((pieces[1], pieces[0], pieces[2])):
        for position, wallet in enumerate(piece):
            assert poap.token_of(passable, wallet) == dropped_id(passable, number, position)
    poap.create_event(3, 0, 0, 0, True, BOTH, "", sender=issuer)
    again(3, passable, 0)
    assert poap.ownerOf(dropped_id(3, 0, 39)) == pieces[1][39]
    assert poap.event_info(passable).lists == 3


def test_what_became_of_the_source_s_badges_does_not_matter(
    poap, drop, again, crowd, issuer, customer, stranger, soulbound, passable
):
    """Moved, burnt or moved and back: the wallets that the list names get the badges, and their old badges stay as they are."""
    wallets = ascending([*crowd(40), customer.address, issuer.address])
    drop(passable, wallets)
    moved, burnt = poap.token_of(passable, customer), poap.token_of(passable, wallets[3])
    poap.transferFrom(customer, stranger, moved, sender=customer)
    poap.burn(burnt, sender=issuer)
    again(soulbound, passable)
    for position, wallet in enumerate(wallets):
        assert poap.ownerOf(dropped_id(soulbound, 0, position)) == wallet
    assert not poap.issued(soulbound, stranger)
    assert poap.ownerOf(moved) == stranger
    assert poap.balanceOf(customer) == 1
    assert poap.balanceOf(wallets[3]) == 1


def test_the_new_badges_are_the_event_s_own(poap, drop, again, refusal, customer, stranger, soulbound, passable):
    """Soulbound or transferable, and burnt, as their own event says; the source's badges stay untouched."""
    drop(passable, [customer.address])
    again(soulbound, passable)
    new, old = poap.token_of(soulbound, customer), poap.token_of(passable, customer)
    assert (poap.locked(new), poap.locked(old)) == (True, False)
    assert refusal("transferFrom", customer, stranger, new, sender=customer) == "poap: badge is soulbound"
    poap.burn(new, sender=customer)
    assert poap.ownerOf(old) == customer
    assert (poap.tokenURI(old), poap.event_of(new)) == ("ipfs://passable", soulbound)


def test_refuses_a_list_that_is_not(poap, drop, refused, issuer, crowd, soulbound, passable):
    """The one after the last, of an event without any, of an event that is not, and numbers that wrap around."""
    wallets = crowd(4)
    drop(soulbound, wallets[:2])
    drop(soulbound, wallets[2:])
    for source_event, source_list in (
        (soulbound, 2),
        (soulbound, 2**144),
        (soulbound, 2**256 - 1),
        (passable, 0),
        (99, 0),
        (0, 0),
        (2**96 + soulbound, 0),
    ):
        assert refused("drop_again", 7, passable, source_event, source_list, sender=issuer) == NO_LIST
    assert poap.event_info(passable).issued == 0
    assert not poap.batch_spent(issuer, 7)


def test_refuses_an_event_that_is_not(poap, drop, refused, issuer, crowd, soulbound):
    """A number that was never created takes no list."""
    drop(soulbound, crowd(3))
    assert refused("drop_again", 7, 99, soulbound, 0, sender=issuer) == "poap: no such event"
    assert not poap.batch_spent(issuer, 7)


def test_refuses_the_same_event(poap, drop, refused, issuer, crowd, soulbound):
    """Its wallets have its badge."""
    drop(soulbound, crowd(3))
    before = poap.event_info(soulbound)
    assert refused("drop_again", 7, soulbound, soulbound, 0, sender=issuer) == HELD
    assert poap.event_info(soulbound) == before
    assert not poap.batch_spent(issuer, 7)


@pytest.mark.parametrize("count", [1, 31, 32, 33, 70])
def test_refuses_a_list_that_shares_a_wallet_with_an_earlier_one(
    poap, drop, refusal, issuer, crowd, soulbound, passable, count
):
    """Wherever the shared wallet stands; lists that only interleave are taken."""
    wallets = crowd(2 * count)
    drop(soulbound, wallets[::2])
    for place in sorted({0, count // 2, count - 1}):
        with chain.isolate():
            drop(passable, ascending({*wallets[1::2], wallets[2 * place]}))
            assert refusal("drop_again", 7, passable, soulbound, 0, sender=issuer) == HELD
    drop(passable, wallets[1::2])
    assert refusal("drop_again", 7, passable, soulbound, 0, sender=issuer) is None


@pytest.mark.parametrize("place", [0, 1, 31, 32, 33, 63, 64, 69])
def test_refuses_a_list_that_names_a_single_badge_s_wallet(
    poap, drop, award, refused, refusal, issuer, crowd, soulbound, passable, place
):
    """In every page of the list and after the last one; singles of others are in nobody's way."""
    wallets = crowd(70)
    drop(soulbound, wallets)
    award(passable, crowd(1, seed=9)[0])
    assert refusal("drop_again", 7, passable, soulbound, 0, sender=issuer) is None
    award(passable, wallets[place])
    before = poap.event_info(passable)
    assert refused("drop_again", 7, passable, soulbound, 0, sender=issuer) == HELD
    assert poap.event_info(passable) == before
    assert not poap.batch_spent(issuer, 7)


def test_a_single_badge_that_is_gone_still_counts(poap, drop, award, refusal, issuer, customer, soulbound, passable):
    """Burnt, its wallet was given one all the same."""
    drop(soulbound, [customer.address])
    award(passable, customer)
    poap.burn(awarded_id(passable, customer.address), sender=customer)
    assert refusal("drop_again", 7, passable, soulbound, 0, sender=issuer) == HELD


def test_a_list_that_was_dropped_again_is_in_the_order_of_lists(poap, drop, again, refusal, issuer, crowd, soulbound):
    """The next list is compared with its highest wallet, and a wallet of any list before it is refused."""
    wallets = crowd(30)
    for event, piece in ((10, wallets[20:]), (11, wallets[:10])):
        poap.create_event(event, 0, 0, 0, False, 0, "", sender=issuer)
        drop(event, piece)
    again(soulbound, 10)
    # Below the highest: a look-up, which finds nothing.
    again(soulbound, 11)
    for wallet in [*wallets[20:], *wallets[:10]]:
        assert refusal("drop", 7, soulbound, listing([wallet]), sender=issuer) == HELD
        assert refusal("award", 7, soulbound, wallet, sender=issuer) == HELD
    assert refusal("drop", 7, soulbound, listing(wallets[10:20]), sender=issuer) is None
    # Above all: still known to be above the first, and not the second, of the lists.
    above = "0x" + "ff" * 20
    assert refusal("drop", 7, soulbound, listing([wallets[29], above]), sender=issuer) == HELD
    assert refusal("drop", 7, soulbound, listing([above]), sender=issuer) is None


def test_refuses_the_list_after_the_1024th(
    poap, drop, again, refused, crowd, issuer, soulbound, passable, pretend_lists
):
    """As a drop does."""
    wallets = crowd(3)
    for wallet in wallets:
        drop(soulbound, [wallet])
    again(passable, soulbound, 0)
    pretend_lists(passable, 1_023)
    again(passable, soulbound, 1)
    assert poap.event_info(passable).lists == 1_024
    assert refused("drop_again", 10**6, passable, soulbound, 2, sender=issuer) == "poap: event is full of lists"


def test_the_longest_list_fits_in_one_transaction(drop, award, refusal, crowd, issuer, customer, soulbound, passable):
    """1,228 wallets, also where each must be looked up among the awards and in a list as long."""
    drop(soulbound, crowd(1_228, seed=1))
    drop(passable, crowd(1_228, seed=2))
    award(passable, customer)
    # Called with all the gas of a transaction and not sent: this node records every step of one, for seconds.
    assert refusal("drop_again", 10**6, passable, soulbound, 0, sender=issuer) is None


def test_a_receiver_that_refuses_badges_gets_one(poap, drop, again, receiver, owner, crowd, soulbound, passable):
    """Receivers are not called."""
    receiver.behave(4, ape.utils.ZERO_ADDRESS, sender=owner)
    drop(soulbound, [*crowd(5), str(receiver.address)])
    again(passable, soulbound)
    assert poap.balanceOf(receiver) == 2
