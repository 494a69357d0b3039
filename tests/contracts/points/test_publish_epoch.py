"""publish_epoch: an issuer puts up what customers may claim."""

import pytest
from ape import chain

from .conftest import BUDGET
from .merkle import Tree
from .model import lot, pack, unix

FULL = 2**42 - 1
ROOT = b"\xf1" * 32


@pytest.fixture
def rich(deploy):
    """Points whose issuer's budget is no limit."""
    return deploy(budget=2**48 - 1)


def test_before_the_first_there_is_none(points, customer):
    """No number, no root, no lot, nothing unclaimed, nothing claimed."""
    assert tuple(points.claim_epoch()) == (0, bytes(32), 0, 0)
    assert points.claimed_of(customer) == 0


def test_puts_up_an_epoch(points, issuer):
    """Numbered from 1, in the lot of this month; the budget and the batch number are used."""
    points.publish_epoch(3, ROOT, 500, sender=issuer)
    assert tuple(points.claim_epoch()) == (1, ROOT, lot(2032, 11), 500)
    assert points.budget_of(issuer)[2] == BUDGET - 500
    assert points.batch_spent(issuer, 3)
    assert not points.batch_spent(issuer, 0)


def test_tells_all_of_it(points, issuer):
    """One event, with the root, the lot and what was added, and no Transfer: nobody has got anything."""
    points.publish_epoch(3, ROOT, 500, sender=issuer)
    tx = points.publish_epoch(4, b"\x02" * 32, 7, sender=issuer)
    told = {"issuer": issuer, "batch": 4, "epoch": 2, "root": b"\x02" * 32, "lot": lot(2032, 11), "added": 7}
    assert tx.events == [points.EpochPublished(**told)]


def test_unclaimed_points_are_no_supply(points, issuer, customer, give):
    """They count when they are claimed: until then the supply is the balances."""
    give(points, customer, 50)
    points.publish_epoch(0, ROOT, 500, sender=issuer)
    assert points.totalSupply() == points.lot_supply(lot(2032, 11)) == points.balanceOf(customer) == 50


def test_the_next_epoch_adds_to_what_is_unclaimed(points, issuer):
    """Amounts are cumulative: the new root stands for all, and all that it can pay is charged."""
    points.publish_epoch(0, ROOT, 500, sender=issuer)
    points.publish_epoch(1, b"\x02" * 32, 7, sender=issuer)
    assert tuple(points.claim_epoch()) == (2, b"\x02" * 32, lot(2032, 11), 507)
    assert points.budget_of(issuer)[2] == BUDGET - 500 - 507


def test_a_root_can_be_replaced_without_adding(points, issuer):
    """A corrected tree is charged with what it can pay, like the first one."""
    points.publish_epoch(0, ROOT, 500, sender=issuer)
    points.publish_epoch(1, b"\x02" * 32, 0, sender=issuer)
    assert tuple(points.claim_epoch()) == (2, b"\x02" * 32, lot(2032, 11), 500)
    assert points.budget_of(issuer)[2] == BUDGET - 1000


def test_a_small_budget_gives_nothing_of_a_large_epoch_away(points, owner, issuer, former_issuer, refusal):
    """A root decides whose all unclaimed points are, so an issuer needs a budget for all of them."""
    points.publish_epoch(0, ROOT, 500, sender=issuer)
    points.set_issuer(former_issuer, 499, 86_400, sender=owner)
    assert refusal(points.publish_epoch, 0, b"\x02" * 32, 0, sender=former_issuer) == "issuers: over budget"
    points.set_issuer(former_issuer, 501, 86_400, sender=owner)
    assert refusal(points.publish_epoch, 0, b"\x02" * 32, 2, sender=former_issuer) == "issuers: over budget"
    points.publish_epoch(0, b"\x02" * 32, 1, sender=former_issuer)
    assert points.budget_of(former_issuer)[2] == 0


@pytest.mark.parametrize(
    "when", [(2031, 12, 5), (2032, 1, 5), (2040, 7, 1)], ids=["same slot", "next slot", "long after"]
)
def test_what_is_unclaimed_moves_to_the_newest_lot(points, issuer, customer, stranger, travel, give, when):
    """Also when its lot has expired meanwhile: no claim is lost, and the supply is the balances all the time."""
    tree = Tree((customer, 500), (stranger, 100))
    points.publish_epoch(0, tree.root, 600, sender=issuer)
    give(points, customer, 50)
    travel(*when)
    next_tree = Tree((customer, 500), (stranger, 107))
    points.publish_epoch(1, next_tree.root, 7, sender=issuer)
    newest = lot(when[0] + 1, when[1])
    assert tuple(points.claim_epoch()) == (2, next_tree.root, newest, 607)
    assert (points.lot_supply(lot(2032, 11)), points.lot_supply(newest)) == (50, 0)
    assert points.totalSupply() == points.balanceOf(customer)
    points.claim(customer, 500, next_tree.proof(customer, 500), sender=stranger)
    assert (points.lot_supply(lot(2032, 11)), points.lot_supply(newest)) == (50, 500)
    assert points.totalSupply() == points.balanceOf(customer) == (550 if when[0] < 2033 else 500)


def test_without_expiry_there_is_one_lot(eternal_points, issuer, customer, stranger, travel):
    """Everything is and stays in lot 0, and the epoch is never over."""
    points = eternal_points
    tree = Tree((customer, 500))
    points.publish_epoch(0, ROOT, 300, sender=issuer)
    travel(2039, 1, 1)
    points.publish_epoch(1, tree.root, 200, sender=issuer)
    assert tuple(points.claim_epoch()) == (2, tree.root, 0, 500)
    travel(2900, 1, 1)
    points.claim(customer, 500, [], sender=stranger)
    assert points.totalSupply() == points.lot_supply(0) == points.balanceOf(customer) == 500


def test_keeps_room_in_the_lot(rich, issuer, customer, other_customer, stranger, refusal):
    """Awards cannot take the room that a claim will need; when it is claimed the lot is exactly full."""
    tree = Tree((customer, 500))
    rich.publish_epoch(0, tree.root, 500, sender=issuer)
    awards = [1, pack((other_customer, FULL - 499))]
    assert refusal(rich.award, *awards, sender=issuer) == "points: lot is full"
    rich.award(1, pack((other_customer, FULL - 500)), sender=issuer)
    assert refusal(rich.award_one, 2, customer, 1, sender=issuer) == "points: lot is full"
    rich.claim(customer, 500, [], sender=stranger)
    assert rich.totalSupply() == rich.lot_supply(lot(2032, 11)) == FULL
    assert (rich.balanceOf(customer), rich.balanceOf(other_customer)) == (500, FULL - 500)


def test_refuses_more_than_the_lot_has_room_for(rich, issuer, customer, refusal):
    """The lot's limit holds for what is held and what is unclaimed together, that of earlier epochs too."""
    rich.award(0, pack((customer, 100)), sender=issuer)
    rich.publish_epoch(1, ROOT, 50, sender=issuer)
    assert refusal(rich.publish_epoch, 2, ROOT, FULL - 149, sender=issuer) == "points: lot is full"
    assert refusal(rich.publish_epoch, 2, ROOT, FULL - 150, sender=issuer) is None
    assert refusal(rich.publish_epoch, 2, ROOT, 2**256 - 1, sender=issuer) is not None


def test_moving_needs_room_in_the_new_lot(rich, issuer, customer, travel, refusal):
    """What moves along counts in the lot it moves to, and no more in the one it leaves."""
    rich.publish_epoch(0, ROOT, 50, sender=issuer)
    rich.award(1, pack((customer, FULL - 50)), sender=issuer)
    travel(2031, 12, 5)
    rich.award(2, pack((customer, FULL - 60)), sender=issuer)
    assert refusal(rich.publish_epoch, 3, ROOT, 11, sender=issuer) == "points: lot is full"
    rich.publish_epoch(3, ROOT, 10, sender=issuer)
    assert (rich.lot_supply(lot(2032, 11)), rich.lot_supply(lot(2032, 12))) == (FULL - 50, FULL - 60)
    assert rich.totalSupply() == rich.balanceOf(customer) == 2 * FULL - 110


def test_refuses_a_second_use_of_a_batch_number(points, issuer, customer, refusal):
    """Epochs and awards draw on the same numbers."""
    points.publish_epoch(0, ROOT, 500, sender=issuer)
    assert refusal(points.publish_epoch, 0, ROOT, 500, sender=issuer) == "issuers: batch already spent"
    assert refusal(points.award_one, 0, customer, 5, sender=issuer) == "issuers: batch already spent"
    assert tuple(points.claim_epoch()) == (1, ROOT, lot(2032, 11), 500)


def test_refuses_the_empty_root(points, issuer, refusal):
    """No tree has it, and nobody could claim."""
    assert refusal(points.publish_epoch, 0, bytes(32), 500, sender=issuer) == "points: no root"


def test_the_budget_bounds_what_is_added(points, issuer, refusal):
    """Exactly the budget may be put up, and not a point more."""
    assert refusal(points.publish_epoch, 0, ROOT, BUDGET + 1, sender=issuer) == "issuers: over budget"
    assert refusal(points.publish_epoch, 0, ROOT, BUDGET, sender=issuer) is None


def test_a_pause_stops_it(points, issuer, guardian, refusal):
    """As it stops awards, until its last second is over."""
    points.pause(60, sender=guardian)
    assert refusal(points.publish_epoch, 0, ROOT, 500, sender=issuer) == "guard: paused"
    chain.mine(timestamp=points.paused_until())
    assert refusal(points.publish_epoch, 0, ROOT, 500, sender=issuer) is None


def test_a_whole_lot_can_be_put_up(rich, issuer, customer, stranger):
    """As much as a lot holds, claimed to the last point."""
    tree = Tree((customer, FULL))
    rich.publish_epoch(0, tree.root, FULL, sender=issuer)
    assert tuple(rich.claim_epoch()) == (1, tree.root, lot(2032, 11), FULL)
    rich.claim(customer, FULL, [], sender=stranger)
    assert tuple(rich.claim_epoch()) == (1, tree.root, lot(2032, 11), 0)
    assert rich.totalSupply() == rich.balanceOf(customer) == FULL


def test_a_thousand_years_later(points, issuer, customer, stranger, travel, refusal):
    """Months and days still fit into their bits, and the last second of the lot is known."""
    travel(3329, 5, 20)
    tree = Tree((customer, 500))
    points.publish_epoch(0, tree.root, 500, sender=issuer)
    assert tuple(points.claim_epoch()) == (1, tree.root, lot(3330, 5), 500)
    travel(unix(3330, 6, 1) - 1)
    assert refusal(points.claim, customer, 500, [], sender=stranger) is None
    travel(unix(3330, 6, 1))
    assert refusal(points.claim, customer, 500, [], sender=stranger) == "points: epoch has expired"
    points.publish_epoch(1, tree.root, 0, sender=issuer)
    assert points.claim_epoch()[2] == lot(3331, 6)
    points.claim(customer, 500, [], sender=stranger)
    assert tuple(points.nearest_expiry(customer)) == (unix(3331, 7, 1), 500)


def test_a_million_epochs_later(points, issuer, customer, stranger):
    """The number is 21 bits wide; when it is used up it starts again and touches nothing beside it."""
    tree = Tree((customer, 500))
    points.publish_epoch(0, tree.root, 500, sender=issuer)
    slot = _slot_of_the_epoch(points)
    word = int.from_bytes(chain.provider.get_storage(points.address, slot), "big")
    last = word | (2**21 - 1) << 235
    chain.provider.make_request("anvil_setStorageAt", [points.address, hex(slot), f"0x{last:064x}"])
    assert tuple(points.claim_epoch()) == (2**21 - 1, tree.root, lot(2032, 11), 500)
    points.publish_epoch(1, tree.root, 7, sender=issuer)
    assert tuple(points.claim_epoch()) == (0, tree.root, lot(2032, 11), 507)
    points.claim(customer, 500, [], sender=stranger)
    assert points.balanceOf(customer) == 500


def _slot_of_the_epoch(points) -> int:
    """The storage slot whose low 160 bits are the root's."""
    root = points.claim_epoch()[1]
    for slot in range(200):
        if chain.provider.get_storage(points.address, slot)[12:] == root[12:] != root:
            word = chain.provider.get_storage(points.address, slot)
            if word != root:
                return slot
    raise AssertionError("the epoch's word was not found")
