"""One badge per wallet and event, whatever way and in whatever order badges are issued."""

import pytest
from eth_utils import to_checksum_address

from .model import BOTH, MAX_WALLETS, ascending, awarded_id, dropped_id, listing
from .typed import link, voucher

HELD = "poap: wallet already has this badge"


WAYS = ("drop", "drop_again", "award", "claim", "claim_link")
# Events whose only list can be dropped again.
SOURCES = (90, 91)


@pytest.fixture
def call(poap, issuer, drop, batches, customer, crowd):
    """A call that gives the customer a badge. Two calls have the customer in common, and nothing else."""
    for event in SOURCES:
        poap.create_event(event, 0, 0, 0, False, BOTH, "", sender=issuer)
        drop(event, [*crowd(4, seed=event), customer.address])

    def arguments(way: str, event: int, turn: int):
        with_others = ascending([*crowd(4, seed=turn), customer.address])
        return {
            "drop": lambda: ("drop", next(batches), event, listing(with_others)),
            "drop_again": lambda: ("drop_again", next(batches), event, SOURCES[turn], 0),
            "award": lambda: ("award", next(batches), event, customer),
            "claim": lambda: ("claim", *voucher(issuer, poap, event, customer, number=turn)),
            "claim_link": lambda: ("claim_link", *link(issuer, poap, event, customer, number=turn)),
        }[way]()

    return arguments


@pytest.mark.parametrize("later", ["untouched", "burnt", "moved"])
@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_a_wallet_gets_an_event_s_badge_once(
    poap, call, refused, issuer, customer, stranger, passable, first, second, later
):
    """The second time is refused, also when the badge was burnt or given away in between."""
    function, *arguments = call(first, passable, 0)
    getattr(poap, function)(*arguments, sender=issuer)
    badge = poap.token_of(passable, customer)
    if later == "burnt":
        poap.burn(badge, sender=customer)
    if later == "moved":
        poap.transferFrom(customer, stranger, badge, sender=customer)
    before = poap.event_info(passable), poap.balanceOf(customer), poap.budget_of(issuer)
    assert refused(*call(second, passable, 1), sender=issuer) == HELD
    assert (poap.event_info(passable), poap.balanceOf(customer), poap.budget_of(issuer)) == before
    assert poap.token_of(passable, customer) == badge
    assert not poap.number_spent(issuer, 1)


def test_the_same_list_is_not_dropped_again_twice(poap, call, refused, issuer, passable):
    """Nor after it was dropped there in the first place."""
    _, *arguments = call("drop_again", passable, 0)
    poap.drop_again(*arguments, sender=issuer)
    assert refused(*call("drop_again", passable, 0), sender=issuer) == HELD
    assert refused("drop_again", 10**6, SOURCES[0], passable, 0, sender=issuer) == HELD
    assert poap.event_info(passable).issued == 5


@pytest.mark.parametrize("way", WAYS)
def test_another_event_does_not_count(poap, call, issuer, customer, soulbound, passable, way):
    """The same wallet gets the badge of every event it attends."""
    before = poap.balanceOf(customer)
    for turn, event in enumerate((soulbound, passable)):
        function, *arguments = call(way, event, turn)
        getattr(poap, function)(*arguments, sender=issuer)
    assert poap.balanceOf(customer) == before + 2


def test_a_wallet_that_was_passed_a_badge_can_still_earn_its_own(poap, award, customer, stranger, passable):
    """Only what was issued to a wallet counts, not what others gave it."""
    award(passable, customer)
    poap.transferFrom(customer, stranger, awarded_id(passable, customer.address), sender=customer)
    assert not poap.issued(passable, stranger)
    award(passable, stranger)
    assert poap.balanceOf(stranger) == 2


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 70])
def test_two_interleaved_lists_may_not_share_a_wallet_at_any_place(drop, refusal, issuer, crowd, soulbound, count):
    """Around the size of a page, and wherever the shared wallet stands in either list."""
    wallets = crowd(2 * count)
    held, fresh = wallets[::2], wallets[1::2]
    drop(soulbound, held)
    assert refusal("drop", 10**6, soulbound, listing(fresh), sender=issuer) is None
    for wallet in held:
        shared = listing(ascending([*fresh, wallet]))
        assert refusal("drop", 10**6, soulbound, shared, sender=issuer) == HELD


@pytest.mark.parametrize(("held", "fresh"), [(70, 1), (1, 70), (70, 33), (64, 65), (5, 40)])
def test_lists_of_unequal_length_may_not_share_a_wallet(drop, refusal, issuer, crowd, soulbound, held, fresh):
    """Each wallet of the earlier list is found among few and among many."""
    earlier = crowd(held, seed=1)
    drop(soulbound, earlier)
    assert refusal("drop", 10**6, soulbound, listing(crowd(fresh, seed=2)), sender=issuer) is None
    for wallet in earlier:
        shared = listing(ascending([*crowd(fresh, seed=2), wallet]))
        assert refusal("drop", 10**6, soulbound, shared, sender=issuer) == HELD


def test_the_longest_walk_finds_a_shared_wallet(drop, refusal, issuer, crowd, soulbound):
    """1,215 wallets are read in the most pieces: 37 pages and 31 alone."""
    highest = "0x" + "ff" * 20
    held = [*crowd(1_214, seed=1), highest]
    drop(soulbound, held)
    fresh = crowd(1_214, seed=2)
    above = "0x" + "ff" * 19 + "fe"
    assert refusal("drop", 10**6, soulbound, listing([*fresh, above]), sender=issuer) is None
    for place in (0, 31, 607, 1_183, 1_184, 1_213):
        shared = ascending([*fresh, held[place]])
        assert refusal("drop", 10**6, soulbound, listing(shared), sender=issuer) == HELD
    # The last of both, and the last of one with a single wallet.
    for shared in ([*fresh, highest], [highest]):
        assert refusal("drop", 10**6, soulbound, listing(shared), sender=issuer) == HELD


def test_every_earlier_list_is_looked_into(drop, refusal, issuer, crowd, soulbound):
    """Lists dropped in any order: above, below and between; the highest is not always the last."""
    wallets = crowd(50)
    pieces = [wallets[30:40], wallets[10:20], wallets[20:30:2], wallets[40:50]]
    fresh = [*wallets[:10], *wallets[21:30:2]]
    held = []
    for piece in pieces:
        drop(soulbound, piece)
        held += piece
        assert refusal("drop", 10**6, soulbound, listing(fresh), sender=issuer) is None
        for wallet in held:
            # Alone as well: then the list may lie wholly above all but one of the earlier ones.
            for shared in ([wallet], ascending([*fresh, wallet])):
                assert refusal("drop", 10**6, soulbound, listing(shared), sender=issuer) == HELD
            assert refusal("award", 10**6, soulbound, wallet, sender=issuer) == HELD


def test_a_list_above_a_single_award_is_looked_up_all_the_same(poap, drop, award, refused, crowd, soulbound, issuer):
    """Awards are not part of the order of lists: they are looked up one by one."""
    wallets = crowd(9)
    drop(soulbound, wallets[:3])
    for wallet in wallets[4:9:2]:
        award(soulbound, wallet)
    drop(soulbound, wallets[3:9:2])
    for wallet in wallets[4:9:2]:
        assert refused("drop", 10**6, soulbound, listing([wallet]), sender=issuer) == HELD
    assert poap.event_info(soulbound).issued == 9


def test_finds_every_wallet_of_the_longest_list(web3_poap, drop, crowd, soulbound):
    """And not the addresses beside them."""
    wallets = crowd(MAX_WALLETS)
    drop(soulbound, wallets)
    token_of = web3_poap.functions.token_of
    for position in {*range(0, MAX_WALLETS, 9), 1, 2, 3, 1_225, 1_226, 1_227}:
        assert token_of(soulbound, wallets[position]).call() == dropped_id(soulbound, 0, position)
        beside = to_checksum_address((int(wallets[position], 16) + 1).to_bytes(20))
        assert token_of(soulbound, beside).call() == 0


def test_tells_who_was_issued_a_badge(poap, drop, award, crowd, customer, soulbound):
    """issued and token_of know every wallet of every list, the awards, and nobody else."""
    first, second = crowd(40, seed=1), crowd(33, seed=2)
    drop(soulbound, first)
    drop(soulbound, second)
    award(soulbound, customer)
    for number, wallets in enumerate((first, second)):
        for position in (0, 1, 16, 31, 32):
            assert poap.token_of(soulbound, wallets[position]) == dropped_id(soulbound, number, position)
    assert poap.token_of(soulbound, customer) == awarded_id(soulbound, customer.address)
    for other in [*crowd(5, seed=3), "0x" + "00" * 20, "0x" + "ff" * 20]:
        assert poap.token_of(soulbound, other) == 0
        assert not poap.issued(soulbound, other)
    assert not poap.issued(99, customer)
