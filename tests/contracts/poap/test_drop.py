"""drop: a badge to each wallet of a list, or nothing at all."""

import ape
import pytest
from ape import chain

from .model import HEADER, MAX_WALLETS, dropped_id, listing

# EIP-7825: what one transaction may use.
MOST_GAS = 2**24


def test_first_middle_and_last_of_a_list_hold_their_badges(poap, drop, crowd, soulbound):
    """Ids count the list from 0, whatever is left over of the loop's four at a time."""
    for number, count in enumerate((1, 2, 3, 4, 5, 7, 8, 33, 100)):
        wallets = crowd(count, seed=count)
        drop(soulbound, wallets)
        for position in {0, count // 2, count - 1}:
            badge = dropped_id(soulbound, number, position)
            assert poap.ownerOf(badge) == wallets[position]
            assert poap.token_of(soulbound, wallets[position]) == badge
    assert poap.event_info(soulbound).issued == 163
    assert poap.event_info(soulbound).lists == 9


def test_tells_each_badge_and_the_list_once(poap, issuer, crowd, soulbound):
    """A Transfer for each wallet in order, then one Dropped, and nothing else."""
    wallets = crowd(7)
    tx = poap.drop(40, soulbound, listing(wallets), sender=issuer)
    *transfers, dropped = tx.events
    assert transfers == [
        poap.Transfer(sender=ape.utils.ZERO_ADDRESS, receiver=wallet, token_id=dropped_id(soulbound, 0, position))
        for position, wallet in enumerate(wallets)
    ]
    assert dropped == poap.Dropped(
        issuer=issuer, batch=40, event_id=soulbound, list=0, pointer=dropped.pointer, count=7
    )


def test_the_list_is_kept_as_code_that_cannot_run(drop, crowd, soulbound):
    """The pointer's code is a STOP and the wallets, so anyone can read the whole list."""
    wallets = crowd(5)
    pointer = drop(soulbound, wallets).events[-1].pointer
    assert bytes(chain.provider.get_code(pointer)) == b"\0" + listing(wallets)[len(HEADER) :]


def test_the_longest_list_fits_in_one_transaction(poap, drop, crowd, soulbound, award, customer, refusal, issuer):
    """1,228 wallets, also where each must be looked up among the awards and in a list as long."""
    wallets = crowd(MAX_WALLETS, seed=1)
    assert drop(soulbound, wallets).gas_used < MOST_GAS
    for position in (0, 614, 1_227):
        assert poap.ownerOf(dropped_id(soulbound, 0, position)) == wallets[position]
    assert refusal("ownerOf", dropped_id(soulbound, 0, MAX_WALLETS), sender=customer) == "poap: no such badge"
    award(soulbound, customer)
    # Called with MOST_GAS and not sent: this node records every step of a transaction, for seconds.
    assert refusal("drop", 10**6, soulbound, listing(crowd(MAX_WALLETS, seed=2)), sender=issuer) is None


def test_refuses_a_list_longer_than_a_contract_can_be(poap, refused, issuer, crowd, soulbound):
    """The 1,229th wallet is one too many, and nothing is issued."""
    # Refused where the call is decoded, which gives no reason.
    assert refused("drop", 7, soulbound, listing(crowd(MAX_WALLETS + 1)), sender=issuer) == ""
    assert not poap.batch_spent(issuer, 7)
    assert poap.event_info(soulbound).issued == 0


def test_refuses_the_list_after_the_1024th(poap, drop, refused, crowd, issuer, soulbound, pretend_lists):
    """An event takes 1,024 lists; every award looks into all of them."""
    wallets = crowd(3)
    drop(soulbound, wallets[:1])
    pretend_lists(soulbound, 1_023)
    drop(soulbound, wallets[1:2])
    assert poap.event_info(soulbound).lists == 1_024
    reason = refused("drop", 10**6, soulbound, listing(wallets[2:]), sender=issuer)
    assert reason == "poap: event is full of lists"


WALLETS = ["0x" + f"{number:02x}" * 20 for number in range(1, 10)]
ZERO = "0x" + "00" * 20


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "poap: list is empty or cut", id="nothing"),
        pytest.param(HEADER, "poap: list is empty or cut", id="no wallet"),
        pytest.param(HEADER[1:] + b"\1" * 21, "poap: list has another header", id="header cut at the front"),
        pytest.param(listing(WALLETS)[:-1], "poap: list is empty or cut", id="last byte missing"),
        pytest.param(listing(WALLETS) + b"\xff", "poap: list is empty or cut", id="a byte too many"),
        pytest.param(b"\1" * 20, "poap: list is empty or cut", id="wallet without header"),
        pytest.param(b"\0" * 12 + b"\1" * 20, "poap: list has another header", id="header of zeros"),
        pytest.param(
            bytes.fromhex("600B5981380380925939F301") + b"\1" * 20, "poap: list has another header", id="runnable list"
        ),
        pytest.param(listing([ZERO]), "poap: list is not ascending", id="zero alone"),
        pytest.param(listing([ZERO, *WALLETS]), "poap: list is not ascending", id="zero first"),
        pytest.param(listing([*WALLETS, ZERO]), "poap: list is not ascending", id="zero last"),
        pytest.param(listing(WALLETS[::-1]), "poap: list is not ascending", id="descending"),
    ],
)
def test_refuses_a_list_of_another_form(poap, refused, issuer, soulbound, data, reason):
    """Nothing is issued, and neither batch nor budget is spent."""
    left = poap.budget_of(issuer)
    assert refused("drop", 7, soulbound, data, sender=issuer) == reason
    assert poap.event_info(soulbound).issued == 0
    assert poap.event_info(soulbound).lists == 0
    assert not poap.batch_spent(issuer, 7)
    assert poap.budget_of(issuer) == left


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7, 8, 9])
def test_refuses_a_wallet_out_of_place_wherever_it_stands(refusal, issuer, soulbound, count):
    """Two neighbours swapped, or the same twice, at every place of a list."""
    wallets = WALLETS[:count]
    assert refusal("drop", 0, soulbound, listing(wallets), sender=issuer) is None
    for place in range(count - 1):
        swapped = wallets.copy()
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        twice = wallets.copy()
        twice[place + 1] = twice[place]
        for bad in (swapped, twice):
            assert refusal("drop", 0, soulbound, listing(bad), sender=issuer) == "poap: list is not ascending"


def test_the_highest_and_lowest_wallets_are_wallets_too(poap, drop, soulbound):
    """1 and 2**160 - 1 can stand next to each other."""
    lowest, highest = "0x" + "00" * 19 + "01", "0x" + "ff" * 20
    drop(soulbound, [lowest, highest])
    assert poap.ownerOf(dropped_id(soulbound, 0, 0)) == lowest
    assert poap.ownerOf(dropped_id(soulbound, 0, 1)).lower() == highest


def test_refuses_an_event_that_is_not(poap, refused, issuer, crowd):
    """A number that was never created takes no list."""
    assert refused("drop", 7, 99, listing(crowd(3)), sender=issuer) == "poap: no such event"
    assert not poap.batch_spent(issuer, 7)


def test_a_receiver_that_refuses_badges_does_not_sink_the_drop(poap, drop, crowd, receiver, owner, passable):
    """Receivers are not called: a contract that would revert gets its badge like the rest."""
    receiver.behave(4, ape.utils.ZERO_ADDRESS, sender=owner)
    drop(passable, [*crowd(5), str(receiver.address)])
    assert poap.balanceOf(receiver) == 1
