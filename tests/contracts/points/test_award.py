"""award: points for many customers at once."""

import ape
import pytest

from .conftest import BUDGET
from .model import ZERO, lot, pack

NOVEMBER_NEXT_YEAR = lot(2032, 11)
FULL_LOT = 2**42 - 1


@pytest.fixture(scope="session")
def rich_points(deploy):
    """Points whose issuer may fill a lot."""
    return deploy(budget=2**48 - 1)


def test_credits_every_customer(points, issuer, customer, other_customer):
    """Each line of a batch is credited, in the lot that expires twelve months after this one."""
    points.award(0, pack((customer, 5), (other_customer, 7)), sender=issuer)
    assert (points.balanceOf(customer), points.balanceOf(other_customer)) == (5, 7)
    assert points.totalSupply() == points.lot_supply(NOVEMBER_NEXT_YEAR) == 12
    assert points.budget_of(issuer)[2] == BUDGET - 12
    assert points.batch_spent(issuer, 0)


def test_tells_of_every_customer_and_of_the_batch(points, issuer, customer, other_customer):
    """One Transfer from zero for each line, then one Awarded with the lot and the total."""
    tx = points.award(0, pack((customer, 5), (other_customer, 7)), sender=issuer)
    assert tx.events == [
        points.Transfer(sender=ZERO, receiver=customer, value=5),
        points.Transfer(sender=ZERO, receiver=other_customer, value=7),
        points.Awarded(issuer=issuer, batch=0, lot=NOVEMBER_NEXT_YEAR, total=12),
    ]


def test_credits_a_customer_twice_in_one_batch(points, issuer, customer):
    """A wallet that occurs twice gets both amounts."""
    points.award(0, pack((customer, 5), (customer, 7)), sender=issuer)
    assert points.balanceOf(customer) == 12


def test_takes_650_customers(points, issuer):
    """The largest batch is 650 lines; each wallet gets its own amount."""
    wallets = [f"0x{number:040x}" for number in range(1, 651)]
    points.award(0, pack(*((wallet, number + 1) for number, wallet in enumerate(wallets))), sender=issuer)
    assert [points.balanceOf(wallets[number]) for number in (0, 1, 648, 649)] == [1, 2, 649, 650]
    assert points.totalSupply() == 650 * 651 // 2


def test_batch_numbers_need_no_order(points, issuer, customer):
    """Any number is good once: in any order, across words of the bitmap, up to the largest."""
    numbers = [255, 0, 256, 1, 2**256 - 1, 511]
    for number in numbers:
        points.award(number, pack((customer, 1)), sender=issuer)
    assert all(points.batch_spent(issuer, number) for number in numbers)
    assert not any(points.batch_spent(issuer, number) for number in (2, 254, 257, 512, 2**256 - 2))
    assert points.balanceOf(customer) == len(numbers)


def test_refuses_a_batch_seen_before(points, issuer, customer):
    """A batch sent twice pays once, whatever the second one holds."""
    points.award(7, pack((customer, 5)), sender=issuer)
    with ape.reverts("issuers: batch already spent"):
        points.award(7, pack((customer, 5)), sender=issuer)
    with ape.reverts("issuers: batch already spent"):
        points.award(7, pack((customer, 6)), sender=issuer)
    assert points.balanceOf(customer) == 5


def test_issuers_count_their_own_batches(points, owner, issuer, former_issuer, customer):
    """Two issuers may use the same number."""
    points.set_issuer(former_issuer, 100, 86400, sender=owner)
    points.award(0, pack((customer, 5)), sender=issuer)
    points.award(0, pack((customer, 5)), sender=former_issuer)
    assert points.balanceOf(customer) == 10


@pytest.mark.parametrize("caller", ["stranger", "owner", "guardian", "former_issuer", "partner", "customer"])
def test_refuses_who_is_no_issuer(points, customer, caller, request):
    """Only an issuer awards; the owner is none."""
    with ape.reverts("issuers: caller is not an issuer"):
        points.award(0, pack((customer, 5)), sender=request.getfixturevalue(caller))
    assert points.totalSupply() == 0


@pytest.mark.parametrize(
    ("awards", "message"),
    [
        ([], "points: empty batch"),
        ([(ZERO, 5)], "points: award to the zero address"),
        ([("0x01", 0)], "points: no amount"),
        ([("0x01", 5), (ZERO, 5)], "points: award to the zero address"),
        ([("0x01", 5), ("0x02", 0)], "points: no amount"),
        ([("0x01", BUDGET), ("0x02", 1)], "issuers: over budget"),
        ([("0x01", 2**96 - 1)], "issuers: over budget"),
    ],
)
def test_one_bad_line_refuses_the_batch(points, issuer, awards, message):
    """All lines or none: the good ones of a refused batch are not paid, and its number stays good."""
    with ape.reverts(message):
        points.award(0, pack(*awards), sender=issuer)
    assert points.totalSupply() == points.balanceOf("0x0000000000000000000000000000000000000001") == 0
    assert points.budget_of(issuer)[2] == BUDGET
    assert not points.batch_spent(issuer, 0)


def test_refuses_651_customers(points, issuer, refusal):
    """A batch over the bound is refused as bad calldata."""
    awards = pack(*((f"0x{number:040x}", 1) for number in range(1, 652)))
    assert refusal(points.award, 0, awards[:650], sender=issuer) is None
    assert refusal(points.award, 0, awards, sender=issuer) is not None


def test_a_lot_can_be_filled_to_its_last_point(rich_points, issuer, customer, other_customer, lots, travel):
    """A full lot holds 2**42 - 1 points, in one hand or in many, and does not spill into the lots beside it."""
    travel(2032, 1, 5)
    rich_points.award(0, pack((customer, 1)), sender=issuer)
    travel(2032, 2, 5)
    rich_points.award(1, pack((customer, FULL_LOT - 1), (other_customer, 1)), sender=issuer)
    travel(2032, 3, 5)
    rich_points.award(2, pack((customer, 2)), sender=issuer)
    assert lots(rich_points, customer) == {lot(2033, 1): 1, lot(2033, 2): FULL_LOT - 1, lot(2033, 3): 2}
    rich_points.revoke(3, other_customer, 1, b"", "", sender=issuer)
    assert rich_points.lot_supply(lot(2033, 2)) == FULL_LOT - 1
    assert rich_points.totalSupply() == FULL_LOT - 1 + 3


@pytest.mark.parametrize(
    "awards",
    [
        [("0x01", 1)],
        [("0x01", 2**42)],
        [("0x01", 2**46)],  # would wrap round to a small number in the top lane
        [("0x01", 2**47)],
        [("0x01", 2**41), ("0x02", 2**41)],
    ],
)
def test_refuses_what_does_not_fit_in_the_lot(rich_points, issuer, customer, awards):
    """Over the room of a lot, the whole batch is refused and the lots beside it are untouched."""
    rich_points.award(0, pack((customer, FULL_LOT)), sender=issuer)
    with ape.reverts("points: lot is full"):
        rich_points.award(1, pack(*awards), sender=issuer)
    assert rich_points.totalSupply() == rich_points.balanceOf(customer) == FULL_LOT
    assert not rich_points.batch_spent(issuer, 1)


@pytest.mark.parametrize("of_year", range(1, 7))
def test_refuses_a_full_lot_in_every_lane(rich_points, issuer, customer, travel, of_year):
    """The bound holds in each of the six lanes of a slot."""
    travel(2033, of_year, 2)
    rich_points.award(0, pack((customer, FULL_LOT)), sender=issuer)
    with ape.reverts("points: lot is full"):
        rich_points.award(1, pack((customer, 1)), sender=issuer)
    assert rich_points.totalSupply() == FULL_LOT


def test_the_next_month_has_room_again(rich_points, issuer, customer, travel):
    """A full lot stops awards until the month ends, not for good."""
    rich_points.award(0, pack((customer, FULL_LOT)), sender=issuer)
    travel(2031, 12, 1)
    rich_points.award(1, pack((customer, 5)), sender=issuer)
    assert rich_points.balanceOf(customer) == FULL_LOT + 5


def test_refuses_while_paused_and_runs_when_the_pause_ends(points, issuer, guardian, customer, refusal, travel):
    """A pause stops awards to the second, and nobody has to end it."""
    points.pause(3600, sender=guardian)
    end = points.paused_until()
    travel(end - 1)
    assert refusal(points.award, 0, pack((customer, 5)), sender=issuer) == "guard: paused"
    travel(end)
    assert refusal(points.award, 0, pack((customer, 5)), sender=issuer) is None


def test_points_that_never_expire_share_one_lot(eternal_points, issuer, customer, travel):
    """With a validity of 0 every award goes to lot 0, whatever the month."""
    tx = eternal_points.award(0, pack((customer, 5)), sender=issuer)
    assert eternal_points.Awarded(issuer=issuer, batch=0, lot=0, total=5) in tx.events
    travel(2040, 1, 1)
    eternal_points.award(1, pack((customer, 5)), sender=issuer)
    assert eternal_points.lot_supply(0) == eternal_points.balanceOf(customer) == 10
