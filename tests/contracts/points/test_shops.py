"""spend_for and restore: a shop takes a customer's points for an order, and gives them back when it is cancelled."""

import pytest

from .model import ZERO, lot, pack

REFERENCE, OTHER = b"order 17".ljust(32, b"\0"), b"order 18".ljust(32, b"\0")
NOT_SPENT = "points: nothing like this was spent"
NOT_A_SHOP = "points: caller is not a shop"
FULL = 2**42 - 1


def word(year: int, month: int, amount: int) -> int:
    """Points of the lot that expires at the end of this month."""
    return lot(year, month) << 96 | amount


@pytest.fixture
def open_shop(owner, mock):
    """A shop of a programme."""

    def opened(points):
        shop = owner.deploy(mock("Shop"), points)
        points.set_shop(shop, True, sender=owner)
        return shop

    return opened


@pytest.fixture
def shop(points, open_shop):
    return open_shop(points)


@pytest.fixture
def spend(stranger):
    """Spend through the shop and return the lots that the shop was told."""

    def spent(shop, account, amount, reference=REFERENCE) -> list[int]:
        lots = list(shop.spend.call(account, amount, reference, sender=stranger))
        shop.spend(account, amount, reference, sender=stranger)
        return lots

    return spent


@pytest.fixture
def aged(points, customer, give, travel):
    """The customer holds 10, 20 and 30 points of three lots, in two slots; now it is January 2032."""
    give(points, customer, 10)
    travel(2031, 12, 5)
    give(points, customer, 20)
    travel(2032, 1, 5)
    give(points, customer, 30)
    return points


@pytest.mark.parametrize(
    ("amount", "taken", "left"),
    [
        (1, [(2032, 11, 1)], {lot(2032, 11): 9, lot(2032, 12): 20, lot(2033, 1): 30}),
        (10, [(2032, 11, 10)], {lot(2032, 12): 20, lot(2033, 1): 30}),
        (11, [(2032, 11, 10), (2032, 12, 1)], {lot(2032, 12): 19, lot(2033, 1): 30}),
        (31, [(2032, 11, 10), (2032, 12, 20), (2033, 1, 1)], {lot(2033, 1): 29}),
        (60, [(2032, 11, 10), (2032, 12, 20), (2033, 1, 30)], {}),
    ],
)
def test_takes_the_oldest_first_and_says_which(aged, shop, spend, customer, lots, amount, taken, left):
    """What the shop is told is what is gone, from the account and from the supply, to the point."""
    assert spend(shop, customer, amount) == [word(*each) for each in taken]
    assert lots(aged, customer) == left
    assert aged.balanceOf(customer) == aged.totalSupply() == 60 - amount
    assert [aged.lot_supply(month) for month in left] == list(left.values())


def test_tells_who_spent_what_where(aged, shop, customer, stranger):
    """A Transfer to zero, and Spent with the shop, the reference and the lots."""
    tx = shop.spend(customer, 15, REFERENCE, sender=stranger)
    told = {"shop": shop, "account": customer, "reference": REFERENCE}
    assert tx.events == [
        aged.Transfer(sender=customer, receiver=ZERO, value=15),
        aged.Spent(**told, lots=[word(2032, 11, 10), word(2032, 12, 5)]),
    ]


def test_takes_no_expired_points(aged, shop, spend, customer, travel, lots):
    """Only what the customer can spend, the oldest of that first."""
    travel(2032, 12, 1)
    assert spend(shop, customer, 25) == [word(2032, 12, 20), word(2033, 1, 5)]
    assert lots(aged, customer) == {lot(2033, 1): 25}
    assert aged.expired_of(customer) == 10


def test_takes_all_there_is_and_no_more(aged, shop, customer, stranger, travel, refusal):
    """One point more than the live balance is refused, as is nothing at all."""
    low = "points: balance is too low"
    assert refusal(shop.spend, customer, 61, REFERENCE, sender=stranger) == low
    assert refusal(shop.spend, customer, 60, REFERENCE, sender=stranger) is None
    assert refusal(shop.spend, customer, 2**256 - 1, REFERENCE, sender=stranger) == low
    assert refusal(shop.spend, customer, 0, REFERENCE, sender=stranger) == "points: no amount"
    assert refusal(shop.spend, stranger, 1, REFERENCE, sender=stranger) == low
    travel(2032, 12, 1)
    assert refusal(shop.spend, customer, 51, REFERENCE, sender=stranger) == low
    assert refusal(shop.spend, customer, 50, REFERENCE, sender=stranger) is None


def test_asks_no_allowance_and_no_partner(points, shop, spend, customer, give):
    """That the customer wants it is the shop's to know: it is a contract that the owner trusts."""
    give(points, customer, 50)
    assert not points.is_partner(shop)
    spend(shop, customer, 50)
    assert points.balanceOf(customer) == 0


def test_a_reference_is_used_once(points, shop, spend, customer, other_customer, stranger, give, refusal):
    """By any customer, in any amount, also after it was restored; other references stay good."""
    give(points, customer, 50)
    give(points, other_customer, 50)
    used = "points: reference is used"
    taken = spend(shop, customer, 20)
    assert refusal(shop.spend, customer, 20, REFERENCE, sender=stranger) == used
    assert refusal(shop.spend, other_customer, 5, REFERENCE, sender=stranger) == used
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert refusal(shop.spend, customer, 20, REFERENCE, sender=stranger) == used
    assert refusal(shop.spend, customer, 20, OTHER, sender=stranger) is None
    assert refusal(shop.spend, customer, 20, bytes(32), sender=stranger) is None


def test_two_shops_have_references_of_their_own(points, shop, open_shop, spend, customer, stranger, give, refusal):
    """And neither can restore what the other spent."""
    give(points, customer, 50)
    second = open_shop(points)
    taken = spend(shop, customer, 20)
    assert refusal(second.restore, customer, REFERENCE, taken, sender=stranger) == NOT_SPENT
    assert spend(second, customer, 20) == taken
    second.restore(customer, REFERENCE, taken, sender=stranger)
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert points.balanceOf(customer) == 50


def test_only_shops_spend_and_restore(points, shop, spend, owner, customer, stranger, mock, give, refusal):
    """A contract that is no shop is told so, and one that was removed can neither spend nor restore any more."""
    give(points, customer, 50)
    nobody = owner.deploy(mock("Shop"), points)
    taken = spend(shop, customer, 20)
    assert refusal(nobody.spend, customer, 1, OTHER, sender=stranger) == NOT_A_SHOP
    assert refusal(nobody.restore, customer, REFERENCE, taken, sender=stranger) == NOT_A_SHOP
    points.set_shop(shop, False, sender=owner)
    assert refusal(shop.spend, customer, 1, OTHER, sender=stranger) == NOT_A_SHOP
    assert refusal(shop.restore, customer, REFERENCE, taken, sender=stranger) == NOT_A_SHOP
    points.set_shop(shop, True, sender=owner)
    assert refusal(shop.restore, customer, REFERENCE, taken, sender=stranger) is None


def test_restores_the_lots_as_they_were(aged, shop, spend, customer, stranger, lots):
    """The points come back to the month in which they would have expired, not to a new one."""
    before = lots(aged, customer)
    taken = spend(shop, customer, 45)
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert lots(aged, customer) == before
    assert [aged.lot_supply(month) for month in before] == list(before.values())
    assert aged.totalSupply() == 60


def test_tells_what_came_back(aged, shop, spend, customer, stranger):
    """A Transfer from zero over all of it, and Restored with the lots."""
    taken = spend(shop, customer, 45)
    tx = shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert tx.events == [
        aged.Transfer(sender=ZERO, receiver=customer, value=45),
        aged.Restored(shop=shop, account=customer, reference=REFERENCE, lots=taken),
    ]


def test_restores_once(points, shop, spend, customer, stranger, give, refusal):
    """A second time there is nothing to restore."""
    give(points, customer, 50)
    taken = spend(shop, customer, 20)
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert refusal(shop.restore, customer, REFERENCE, taken, sender=stranger) == NOT_SPENT
    assert points.balanceOf(customer) == 50


def test_restores_nothing_but_what_was_spent(aged, shop, spend, customer, other_customer, stranger, refusal):
    """Not to somebody else, not more, not less, not of other months, not under another reference."""
    taken = spend(shop, customer, 15)
    for lots in (
        [],
        taken[:1],
        taken[::-1],
        [*taken, taken[0]],
        [*taken, 0],
        [taken[0], taken[1] + 1],
        [taken[0], taken[1] - 1],
        [word(2032, 11, 15)],
        [word(2033, 1, 10), taken[1]],
    ):
        assert refusal(shop.restore, customer, REFERENCE, lots, sender=stranger) == NOT_SPENT
    assert refusal(shop.restore, other_customer, REFERENCE, taken, sender=stranger) == NOT_SPENT
    assert refusal(shop.restore, customer, OTHER, taken, sender=stranger) == NOT_SPENT
    assert refusal(shop.restore, ZERO, OTHER, [], sender=stranger) == NOT_SPENT
    assert refusal(shop.restore, customer, REFERENCE, taken, sender=stranger) is None


def test_what_expired_meanwhile_stays_expired(aged, shop, spend, customer, partner, stranger, travel, lots, refusal):
    """Cancelling an old order brings no points back to life: they are there, unspendable, until they are swept."""
    taken = spend(shop, customer, 45)
    travel(2033, 1, 1)
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert lots(aged, customer) == {lot(2033, 1): 30}
    assert (aged.balanceOf(customer), aged.totalSupply(), aged.expired_of(customer)) == (30, 30, 30)
    assert refusal(aged.transfer, partner, 31, sender=customer) == "points: balance is too low"
    assert refusal(shop.spend, customer, 31, OTHER, sender=stranger) == "points: balance is too low"
    tx = aged.sweep([customer], sender=stranger)
    assert tx.events == [
        aged.Transfer(sender=customer, receiver=ZERO, value=30),
        aged.Expired(account=customer, amount=30),
    ]
    assert (aged.lot_supply(lot(2032, 11)), aged.lot_supply(lot(2032, 12)), aged.balanceOf(customer)) == (0, 0, 30)


def test_can_be_restored_after_a_sweep(aged, shop, spend, customer, stranger, travel):
    """What comes back to a lot that was swept is swept again."""
    taken = spend(shop, customer, 5)
    travel(2033, 1, 1)
    aged.sweep([customer], sender=stranger)
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert aged.expired_of(customer) == aged.lot_supply(lot(2032, 11)) == 5
    aged.sweep([customer], sender=stranger)
    assert aged.expired_of(customer) == aged.lot_supply(lot(2032, 11)) == 0


def test_restoring_needs_room_in_the_lot(deploy, open_shop, spend, issuer, customer, other_customer, stranger, refusal):
    """A lot that was awarded full meanwhile takes nothing back until there is room: no lane runs over."""
    points = deploy(budget=2**48 - 1)
    shop = open_shop(points)
    points.award(0, pack((customer, 20)), sender=issuer)
    taken = spend(shop, customer, 20)
    points.award(1, pack((other_customer, FULL - 19)), sender=issuer)
    assert refusal(shop.restore, customer, REFERENCE, taken, sender=stranger) == "points: lot is full"
    points.redeem(1, REFERENCE, sender=other_customer)
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert points.totalSupply() == points.lot_supply(lot(2032, 11)) == FULL


def test_works_with_every_lot_there_can_be(deploy, open_shop, spend, issuer, customer, stranger, travel, lots):
    """121 lots are spent and restored in one call each, after ten years of awards."""
    points = deploy(validity=120)
    shop = open_shop(points)
    for number in range(121):
        travel(2032 + number // 12, number % 12 + 1, 1)
        points.award_one(number, customer, number + 1, sender=issuer)
    before = lots(points, customer)
    assert len(before) == 121
    taken = spend(shop, customer, sum(before.values()))
    assert taken == [month << 96 | amount for month, amount in before.items()]
    assert points.balanceOf(customer) == points.totalSupply() == 0
    tx = shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert lots(points, customer) == before
    assert tx.gas_used < 2**24


def test_works_where_points_never_expire(eternal_points, open_shop, spend, customer, stranger, give, travel, lots):
    """There is one lot, 0, and it comes back to it."""
    shop = open_shop(eternal_points)
    give(eternal_points, customer, 50)
    taken = spend(shop, customer, 20)
    assert taken == [20]
    travel(2500, 1, 1)
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert lots(eternal_points, customer) == {0: 50}


def test_a_pause_stops_neither(points, shop, spend, guardian, customer, stranger, give):
    """Points stay spendable, and an order can be cancelled."""
    give(points, customer, 50)
    points.pause(3600, sender=guardian)
    taken = spend(shop, customer, 20)
    assert points.balanceOf(customer) == 30
    shop.restore(customer, REFERENCE, taken, sender=stranger)
    assert points.balanceOf(customer) == 50
