"""cancel and cancel_for: an order is undone, and the points come back as they were."""

import pytest

from .conftest import POINTS, PRICE, order_of
from .model import CANCELLED, FULFILLED, NO_BATCH, OPEN, REFUNDABLE, ZERO, lot

LOT = lot(2032, 11)  # of an award in November 2031
NOT_OPEN = "rewards: order is not open"
MOVED_ON = "rewards: reward has moved on"
OTHER_LOTS = "points: nothing like this was spent"

pytestmark = pytest.mark.usefixtures("rich")


@pytest.fixture(params=["cancel", "cancel_for"])
def cancel(request, rewards, customer, issuer, batches):
    """By the customer, and by an issuer."""

    def cancelled(order, lots, contract=rewards):
        if request.param == "cancel":
            return contract.cancel(order, lots, sender=customer)
        return contract.cancel_for(next(batches), order, lots, "sold out", sender=issuer)

    return cancelled


def held(points, account) -> dict[int, int]:
    return {each.month: each.amount for each in points.lots_of(account)}


def test_undoes_the_order(rewards, points, customer, free, buy, cancel):
    """Points, units, stock and count are what they were before; only the order's number stays used."""
    before, supply = tuple(rewards.reward_of(free)), points.totalSupply()
    kept = buy(free, 2)
    order, lots = buy(free, 3)
    cancel(order, lots)
    assert points.balanceOf(customer) == POINTS - 2 * PRICE
    assert points.totalSupply() == supply - 2 * PRICE
    assert rewards.balanceOf(customer, free) == rewards.bought(customer, free) == rewards.totalSupply(free) == 2
    assert tuple(rewards.order_of(order)) == (customer, free, 3, CANCELLED)
    cancel(*kept)
    assert points.balanceOf(customer) == POINTS
    assert rewards.balanceOf(customer, free) == rewards.bought(customer, free) == rewards.totalSupply(free) == 0
    assert tuple(rewards.reward_of(free)) == before
    assert rewards.order_count() == 2


def test_the_customer_tells_all_of_it(rewards, points, customer, free, buy):
    """The points that came back, the order, and the units that went; no batch and no reason."""
    order, lots = buy(free, 3)
    tx = rewards.cancel(order, lots, sender=customer)
    reference = order.to_bytes(32, "big")
    assert tx.events == [
        points.Transfer(sender=ZERO, receiver=customer, value=3 * PRICE),
        points.Restored(shop=rewards, account=customer, reference=reference, lots=lots),
        rewards.Cancelled(order=order, account=customer, reward=free, batch=NO_BATCH, reason=""),
        rewards.TransferSingle(operator=customer, sender=customer, receiver=ZERO, id=free, amount=3),
    ]


def test_an_issuer_tells_all_of_it(rewards, points, customer, issuer, bound, buy):
    """The same, with the batch and the reason, of a reward that the customer could not cancel."""
    order, lots = buy(bound, 3)
    tx = rewards.cancel_for(7, order, lots, "sold out", sender=issuer)
    reference = order.to_bytes(32, "big")
    assert tx.events == [
        points.Transfer(sender=ZERO, receiver=customer, value=3 * PRICE),
        points.Restored(shop=rewards, account=customer, reference=reference, lots=lots),
        rewards.Cancelled(order=order, account=customer, reward=bound, batch=7, reason="sold out"),
        rewards.TransferSingle(operator=issuer, sender=customer, receiver=ZERO, id=bound, amount=3),
    ]
    assert rewards.batch_spent(issuer, 7)


def test_points_keep_their_month(rewards, points, give, customer, free, buy, cancel, travel):
    """Points of two lots go back to these two lots, also when they are cancelled in a later month."""
    travel(2032, 2, 10)
    give(customer, 500)
    order, lots = buy(free, 5, sender=customer)
    points.redeem(POINTS - 5 * PRICE - 20, bytes(32), sender=customer)
    across, both = order_of(rewards.buy(free, 5, PRICE, sender=customer))
    assert both == [LOT << 96 | 20, (LOT + 3) << 96 | 30]
    travel(2032, 6, 1)
    cancel(across, both)
    assert held(points, customer) == {LOT: 20, LOT + 3: 500}
    cancel(order, lots)
    assert held(points, customer) == {LOT: 20 + 5 * PRICE, LOT + 3: 500}


def test_what_has_expired_comes_back_expired(rewards, points, give, customer, stranger, free, buy, cancel, travel):
    """A lot whose month ended while the order was open cannot be spent when it comes back, only swept."""
    travel(2032, 2, 10)
    give(customer, 500)
    points.redeem(POINTS - 20, bytes(32), sender=customer)
    order, lots = buy(free, 5, sender=customer)
    assert lots == [LOT << 96 | 20, (LOT + 3) << 96 | 30]
    travel(2032, 12, 1)  # November's lot is over
    assert points.balanceOf(customer) == 470
    cancel(order, lots)
    assert held(points, customer) == {LOT + 3: 500}
    assert (points.balanceOf(customer), points.expired_of(customer)) == (500, 20)
    points.sweep([customer], sender=stranger)
    assert (points.balanceOf(customer), points.expired_of(customer)) == (500, 0)


def test_the_last_second_of_a_lot(points, customer, free, buy, cancel, travel):
    """Cancelled in the last second of their month, points can be spent in that second."""
    order, lots = buy(free, 5)
    travel(2032, 11, 30, 23, 59, 50)
    cancel(order, lots)
    travel(2032, 11, 30, 23, 59, 59)
    assert points.balanceOf(customer) == POINTS
    travel(2032, 12, 1)
    assert points.balanceOf(customer) == 0


def test_makes_room_under_the_limit(rewards, customer, sell, buy, cancel, refusal):
    """A cancelled unit does not count as bought."""
    reward = sell(limit=3, flags=REFUNDABLE)
    order, lots = buy(reward, 2)
    buy(reward, 1)
    assert refusal(rewards.buy, reward, 1, PRICE, sender=customer) == "rewards: over the limit per wallet"
    cancel(order, lots)
    assert refusal(rewards.buy, reward, 3, PRICE, sender=customer) == "rewards: over the limit per wallet"
    assert refusal(rewards.buy, reward, 2, PRICE, sender=customer) is None


def test_the_stock_is_sold_again(rewards, other_customer, sell, buy, cancel, refusal):
    """What one customer gives back another can buy."""
    reward = sell(stock=2, flags=REFUNDABLE)
    order, lots = buy(reward, 2)
    assert refusal(rewards.buy, reward, 1, PRICE, sender=other_customer) == "rewards: out of stock"
    cancel(order, lots)
    assert refusal(rewards.buy, reward, 2, PRICE, sender=other_customer) is None


def test_costs_no_budget(rewards, issuer, free, buy, cancel):
    """Stock that comes back was charged when it was put on offer."""
    order, lots = buy(free, 2)
    left = rewards.budget_of(issuer)[2]
    cancel(order, lots)
    assert rewards.budget_of(issuer)[2] == left


def test_refuses_a_second_time(free, buy, cancel, refused):
    """Points come back once."""
    order, lots = buy(free, 2)
    cancel(order, lots)
    buy(free, 2)
    with refused(NOT_OPEN):
        cancel(order, lots)


def test_refuses_a_fulfilled_order(rewards, issuer, free, buy, cancel, refused):
    """What was handed over is not given back."""
    order, lots = buy(free, 2)
    rewards.fulfil(0, [order], sender=issuer)
    with refused(NOT_OPEN):
        cancel(order, lots)
    assert rewards.order_of(order).state == FULFILLED


@pytest.mark.parametrize("order", [0, 2, 2**256 - 1])
def test_refuses_what_was_not_ordered(free, buy, cancel, refused, order):
    """The number before the first, the one after the last, and the highest."""
    _, lots = buy(free)
    with refused(NOT_OPEN):
        cancel(order, lots)


def test_refuses_other_lots(rewards, free, buy, cancel, refused):
    """Another month, amount, length or order of the lots is not what was spent."""
    order, [word] = buy(free, 2)
    other, _ = buy(free, 3)
    wrong = [
        [],
        [word + 1],
        [word - 1],
        [word + (1 << 96)],
        [word - (1 << 96)],
        [word, word],
        [word, 0],
        [0, word],
        [LOT << 96 | 3 * PRICE],
    ]
    for lots in wrong:
        with refused(OTHER_LOTS):
            cancel(order, lots)
    with refused(OTHER_LOTS):
        cancel(other, [word])
    cancel(order, [word])


def test_refuses_the_lots_in_another_order(points, give, customer, free, buy, cancel, refused, travel):
    """Oldest first, as they were taken."""
    points.redeem(POINTS - 5, bytes(32), sender=customer)
    travel(2032, 2, 10)
    give(customer, 500)
    order, lots = buy(free, 1)
    assert len(lots) == 2
    with refused(OTHER_LOTS):
        cancel(order, lots[::-1])


def test_refuses_when_the_units_have_moved_on(rewards, customer, other_customer, free, buy, cancel, refused):
    """Whoever sold the units cannot have the points as well; when they come back, it can."""
    order, lots = buy(free, 3)
    rewards.safeTransferFrom(customer, other_customer, free, 1, b"", sender=customer)
    with refused(MOVED_ON):
        cancel(order, lots)
    rewards.safeTransferFrom(other_customer, customer, free, 1, b"", sender=other_customer)
    cancel(order, lots)


def test_units_of_one_reward_are_alike(rewards, customer, other_customer, free, buy, cancel, refused):
    """Of two orders one can be cancelled with the units that are left, and then the other one cannot."""
    first, second = buy(free, 2), buy(free, 2)
    rewards.safeTransferFrom(customer, other_customer, free, 2, b"", sender=customer)
    cancel(*first)
    with refused(MOVED_ON):
        cancel(*second)
    assert rewards.balanceOf(other_customer, free) == rewards.totalSupply(free) == 2
    assert (rewards.bought(customer, free), rewards.bought(other_customer, free)) == (2, 0)


def test_bought_and_received_units_do_for_a_cancellation(rewards, customer, other_customer, free, buy, cancel):
    """Units that were received count as held and not as bought."""
    order, lots = buy(free, 2)
    buy(free, 5, sender=other_customer)
    rewards.safeTransferFrom(other_customer, customer, free, 4, b"", sender=other_customer)
    cancel(order, lots)
    assert (rewards.balanceOf(customer, free), rewards.bought(customer, free)) == (4, 0)
    assert (rewards.balanceOf(other_customer, free), rewards.bought(other_customer, free)) == (1, 5)


def test_of_another_shop(rewards, deploy, sell, buy, rich, customer, issuer, free, refused):
    """Two catalogues that numbered an order alike cannot give each other's points back."""
    twin = deploy()
    reward = sell(contract=twin, flags=REFUNDABLE)
    (order, lots), (other, others) = buy(free, 2), buy(reward, 3, contract=twin)
    assert order == other
    with refused(OTHER_LOTS):
        rewards.cancel(order, others, sender=customer)
    rewards.cancel(order, lots, sender=customer)
    with refused(NOT_OPEN):
        rewards.cancel(order, others, sender=customer)
    twin.cancel(other, others, sender=customer)


def test_works_for_a_frozen_account(points, customer, owner, free, buy, cancel):
    """What is given back to a frozen account stays there."""
    order, lots = buy(free, 2)
    points.freeze(customer, sender=owner)
    cancel(order, lots)
    assert points.balanceOf(customer) == POINTS


def test_a_catalogue_that_is_no_shop_gives_nothing_back(rewards, points, owner, free, buy, cancel, refused):
    """Points takes nothing from who is no shop any more, and all of it stays as it was; as a shop again it can."""
    order, lots = buy(free, 2)
    points.set_shop(rewards, False, sender=owner)
    with refused("points: caller is not a shop"):
        cancel(order, lots)
    points.set_shop(rewards, True, sender=owner)
    cancel(order, lots)


def test_a_full_lot_has_no_room(rewards, points, give, owner, issuer, other_customer, free, buy, cancel, refused):
    """Where a month's points reach what a lot can hold, a cancellation into it waits until there is room again."""
    order, lots = buy(free, 2)
    points.set_issuer(issuer, 2**43, 3_600, sender=owner)
    give(other_customer, 2**42 - 1 - points.lot_supply(LOT) - 2 * PRICE + 1)
    with refused("points: lot is full"):
        cancel(order, lots)
    points.redeem(1, bytes(32), sender=other_customer)
    cancel(order, lots)
    assert points.lot_supply(LOT) == 2**42 - 1


class TestCustomer:
    """cancel."""

    def test_refuses_anybody_else(self, rewards, other_customer, owner, issuer, guardian, free, buy, refused):
        """Not another customer, nor a role."""
        order, lots = buy(free, 2)
        buy(free, 2, sender=other_customer)
        for other in (other_customer, owner, issuer, guardian):
            with refused("rewards: caller did not place this order"):
                rewards.cancel(order, lots, sender=other)

    def test_refuses_an_operator_and_who_got_the_units(self, rewards, customer, other_customer, free, buy, refused):
        """An operator moves units and cancels nothing, and neither does whoever got them."""
        order, lots = buy(free, 2)
        rewards.setApprovalForAll(other_customer, True, sender=customer)
        rewards.safeTransferFrom(customer, other_customer, free, 2, b"", sender=other_customer)
        with refused("rewards: caller did not place this order"):
            rewards.cancel(order, lots, sender=other_customer)

    @pytest.mark.parametrize("flags", [0, 1])
    def test_refuses_what_is_not_refundable(self, rewards, customer, sell, buy, refused, flags):
        """Some rewards are final for the customer, whether they can be passed on or not."""
        order, lots = buy(sell(flags=flags), 2)
        with refused("rewards: reward is not refundable"):
            rewards.cancel(order, lots, sender=customer)

    def test_works_while_paused(self, rewards, points, customer, guardian, owner, free, buy):
        """Neither the catalogue's pause nor that of Points keeps points from coming back."""
        order, lots = buy(free, 2)
        rewards.pause(3600, sender=guardian)
        points.pause(3600, sender=owner)
        rewards.cancel(order, lots, sender=customer)
        assert points.balanceOf(customer) == POINTS

    def test_works_long_after_the_sale(self, rewards, customer, sell, buy, now, travel):
        """Until it is fulfilled, however long that takes."""
        reward = sell(end=now() + 60, flags=REFUNDABLE)
        order, lots = buy(reward, 2)
        travel(2040, 1, 1)
        rewards.cancel(order, lots, sender=customer)
        assert rewards.order_of(order).state == CANCELLED


class TestIssuer:
    """cancel_for."""

    def test_a_batch_is_accepted_once(self, rewards, issuer, free, buy, refused):
        """Sent again for another order, it does nothing."""
        first, second = buy(free, 2), buy(free, 2)
        rewards.cancel_for(0, *first, "", sender=issuer)
        with refused("issuers: batch already spent"):
            rewards.cancel_for(0, *second, "", sender=issuer)
        assert rewards.order_of(second[0]).state == OPEN

    def test_is_stopped_by_a_pause(self, rewards, issuer, guardian, free, buy, refused):
        """What issuers do waits until the pause is over."""
        order, lots = buy(free, 2)
        rewards.pause(3600, sender=guardian)
        with refused("guard: paused"):
            rewards.cancel_for(0, order, lots, "", sender=issuer)

    def test_the_longest_reason(self, rewards, issuer, free, buy):
        """100 characters."""
        tx = rewards.cancel_for(0, *buy(free, 2), "x" * 100, sender=issuer)
        [event] = [event for event in tx.events if event.event_name == "Cancelled"]
        assert event.reason == "x" * 100

    def test_stock_of_a_full_reward(self, rewards, owner, issuer, customer, rich, sell, buy):
        """What comes back always fits: stock and sold were in range together."""
        rewards.set_issuer(issuer, 2**48 - 1, 3600, sender=owner)
        reward = sell(stock=2**32 - 1)
        order = buy(reward, 9)
        rewards.cancel_for(0, *order, "", sender=issuer)
        seen = rewards.reward_of(reward)
        assert (seen.price, seen.stock, seen.sold, seen.start) == (PRICE, 2**32 - 1, 0, 0)


def test_an_issuer_does_not_cancel_under_the_customers_number(rewards, free, buy, issuer, refusal):
    """2**256 - 1 stands for no batch in the event: it tells a customer's own cancelling from an issuer's."""
    order, lots = buy(free)
    told = refusal(rewards.cancel_for, 2**256 - 1, order, lots, "", sender=issuer)
    assert told == "rewards: batch number stands for none"
    assert refusal(rewards.cancel_for, 2**256 - 2, order, lots, "", sender=issuer) is None
