"""buy: points are burnt and units minted, in one transaction or not at all."""

import ape
import pytest
from ape import chain

from ..points.model import unix
from .conftest import DAY, POINTS, PRICE, STOCK, order_of
from .model import OPEN, REFUNDABLE, ZERO, Offer, lot

LOT = lot(2032, 11)  # of an award in November 2031


def test_burns_the_price_and_mints_the_units(rewards, points, rich, customer, bound):
    """Three units cost three times the price."""
    supply = points.totalSupply()
    rewards.buy(bound, 3, PRICE, sender=customer)
    assert points.balanceOf(customer) == POINTS - 3 * PRICE
    assert points.totalSupply() == supply - 3 * PRICE
    assert rewards.balanceOf(customer, bound) == 3
    assert rewards.bought(customer, bound) == 3
    assert rewards.totalSupply(bound) == 3
    seen = rewards.reward_of(bound)
    assert (seen.stock, seen.sold) == (STOCK - 3, 3)


def test_notes_the_order(rewards, buy, customer, other_customer, bound, free):
    """Orders count from 1, and say who bought how many of what; there is none before the first and after the last."""
    assert rewards.order_count() == 0
    assert buy(bound, 3)[0] == 1
    assert buy(free, 2, sender=other_customer)[0] == 2
    assert rewards.order_count() == 2
    assert tuple(rewards.order_of(1)) == (customer, bound, 3, OPEN)
    assert tuple(rewards.order_of(2)) == (other_customer, free, 2, OPEN)
    assert tuple(rewards.order_of(0)) == tuple(rewards.order_of(3)) == (ZERO, 0, 0, 0)


def test_returns_the_orders_number(rewards, rich, customer, bound):
    """A contract that buys learns which order it was."""
    rewards.buy(bound, 1, PRICE, sender=customer)
    assert rewards.buy.call(bound, 1, PRICE, sender=customer) == 2


def test_tells_all_of_it(rewards, points, rich, customer, bound):
    """The points that went with their lots, the order, and the units that came."""
    tx = rewards.buy(bound, 3, PRICE, sender=customer)
    reference = (1).to_bytes(32, "big")
    lots = [LOT << 96 | 3 * PRICE]
    assert tx.events == [
        points.Transfer(sender=customer, receiver=ZERO, value=3 * PRICE),
        points.Spent(shop=rewards, account=customer, reference=reference, lots=lots),
        rewards.Bought(order=1, account=customer, reward=bound, quantity=3, price=PRICE, lots=lots),
        rewards.TransferSingle(operator=customer, sender=ZERO, receiver=customer, id=bound, amount=3),
    ]


def test_the_oldest_points_pay(rewards, points, give, rich, customer, bound, travel):
    """Two lots are taken where one is not enough, the one that expires first before the other."""
    travel(2031, 12, 5)
    give(customer, 30)
    order, lots = order_of(rewards.buy(bound, 1, PRICE, sender=customer))
    assert (order, lots) == (1, [LOT << 96 | PRICE])
    points.redeem(POINTS - 2 * PRICE, bytes(32), sender=customer)
    order, lots = order_of(rewards.buy(bound, 3, PRICE, sender=customer))
    assert (order, lots) == (2, [LOT << 96 | PRICE, (LOT + 1) << 96 | 2 * PRICE])
    assert points.balanceOf(customer) == 30 - 2 * PRICE


def test_all_the_points_and_all_the_stock(rewards, points, rich, customer, other_customer, sell):
    """The last unit can be bought with the last point."""
    reward = sell(stock=7, price=POINTS // 5)
    rewards.buy(reward, 5, POINTS // 5, sender=customer)
    assert points.balanceOf(customer) == 0
    rewards.buy(reward, 2, POINTS // 5, sender=other_customer)
    assert (rewards.reward_of(reward).stock, rewards.totalSupply(reward)) == (0, 7)
    with ape.reverts("rewards: out of stock"):
        rewards.buy(reward, 1, POINTS // 5, sender=other_customer)


def test_the_largest_order(rewards, give, customer, other_customer, sell, refusal):
    """65,535 units in one order; one more is refused, and no field of the order runs into its neighbour."""
    reward = sell(reward=2**32 - 1, price=1, stock=70_000)
    give(customer, 70_000)
    assert refusal(rewards.buy, reward, 65_536, 1, sender=customer) == "rewards: quantity is too large"
    rewards.buy(reward, 65_535, 1, sender=customer)
    assert tuple(rewards.order_of(1)) == (customer, reward, 65_535, OPEN)
    seen = rewards.reward_of(reward)
    assert (seen.price, seen.stock, seen.sold, seen.limit) == (1, 4_465, 65_535, 0)


def test_nobody_can_pay_the_highest_price_by_overflow(rewards, rich, customer, sell, refusal):
    """Price times quantity is counted in full."""
    reward = sell(price=2**64 - 1)
    why = refusal(rewards.buy, reward, STOCK, 2**64 - 1, sender=customer)
    assert why == "points: balance is too low"


@pytest.mark.parametrize("price", [PRICE - 1, PRICE + 1, 0, 2**256 - 1])
def test_refuses_another_price_than_the_one_seen(rewards, bound, customer, rich, refused, price):
    """A price that changed between seeing and buying is refused, lower or higher."""
    with refused("rewards: price has changed"):
        rewards.buy(bound, 1, price, sender=customer)


def test_a_price_change_between_seeing_and_buying(rewards, points, rich, customer, issuer, bound, refused):
    """Who saw the old price pays nothing; who sees the new one pays it."""
    rewards.set_price(0, bound, PRICE + 5, sender=issuer)
    with refused("rewards: price has changed"):
        rewards.buy(bound, 2, PRICE, sender=customer)
    rewards.buy(bound, 2, PRICE + 5, sender=customer)
    assert points.balanceOf(customer) == POINTS - 2 * (PRICE + 5)


def test_refuses_nothing(rewards, bound, rich, customer, refused):
    """An order is of something."""
    with refused("rewards: no quantity"):
        rewards.buy(bound, 0, PRICE, sender=customer)


def test_refuses_more_than_there_is(rewards, bound, rich, customer, refused, refusal):
    """Stock is what can be bought."""
    with refused("rewards: out of stock"):
        rewards.buy(bound, STOCK + 1, PRICE, sender=customer)
    assert refusal(rewards.buy, bound, STOCK, PRICE, sender=customer) is None


@pytest.mark.parametrize("reward", [0, 99, 2**32, 2**256 - 1])
def test_refuses_what_is_not_on_offer(rewards, rich, customer, refused, reward):
    """A number that was never created, or cannot be."""
    with refused("rewards: no such reward"):
        rewards.buy(reward, 1, PRICE, sender=customer)


def test_refuses_too_few_points(rewards, points, rich, customer, bound, refused):
    """One point short is too few, and nothing is minted."""
    points.redeem(POINTS - PRICE + 1, bytes(32), sender=customer)
    with refused("points: balance is too low"):
        rewards.buy(bound, 1, PRICE, sender=customer)
    assert rewards.order_count() == 0


def test_expired_points_buy_nothing(rewards, rich, customer, bound, travel, refusal):
    """In the last second of their month they buy, in the next they do not."""
    travel(2032, 11, 30, 23, 59, 59)
    assert refusal(rewards.buy, bound, 1, PRICE, sender=customer) is None
    travel(2032, 12, 1)
    assert refusal(rewards.buy, bound, 1, PRICE, sender=customer) == "points: balance is too low"


def test_refuses_a_frozen_account(rewards, points, rich, customer, owner, guardian, bound, refused, refusal):
    """Whoever took over a frozen account buys nothing with it, until it is unfrozen."""
    points.freeze(customer, sender=owner)
    with refused("points: account is frozen"):
        rewards.buy(bound, 1, PRICE, sender=customer)
    points.unfreeze(customer, sender=owner)
    assert refusal(rewards.buy, bound, 1, PRICE, sender=customer) is None


def test_refuses_a_closed_reward(rewards, rich, customer, issuer, bound, refused):
    """What is closed is sold no more."""
    rewards.close_reward(bound, sender=issuer)
    with refused("rewards: reward is closed"):
        rewards.buy(bound, 1, PRICE, sender=customer)


def test_refuses_while_paused(rewards, rich, customer, guardian, bound, refused, travel, refusal):
    """A pause stops buying until its first second after."""
    rewards.pause(3600, sender=guardian)
    with refused("guard: paused"):
        rewards.buy(bound, 1, PRICE, sender=customer)
    travel(rewards.paused_until() - 1)
    assert refusal(rewards.buy, bound, 1, PRICE, sender=customer) == "guard: paused"
    travel(rewards.paused_until())
    assert refusal(rewards.buy, bound, 1, PRICE, sender=customer) is None


def test_points_pause_does_not_stop_it(rewards, points, rich, customer, owner, bound):
    """Points that are there stay spendable while awards are paused."""
    points.pause(3600, sender=owner)
    rewards.buy(bound, 1, PRICE, sender=customer)
    assert rewards.balanceOf(customer, bound) == 1


def test_a_catalogue_that_is_no_shop_sells_nothing(rewards, points, rich, customer, owner, bound, refused):
    """The owner of Points takes the right to burn back from a catalogue."""
    points.set_shop(rewards, False, sender=owner)
    with refused("points: caller is not a shop"):
        rewards.buy(bound, 1, PRICE, sender=customer)


class TestWindow:
    """The first and the last second of a sale are in it."""

    START, END = 1_960_000_000, 1_960_000_010

    @pytest.fixture
    def check(self, rewards, rich, customer, sell, travel, refusal):
        def answers(*moments: int, **window: int):
            reward = sell(**window)
            for moment in moments:
                travel(moment)
                yield refusal(rewards.buy, reward, 1, PRICE, sender=customer)

        return answers

    EARLY, LATE = "rewards: sale has not started", "rewards: sale is over"

    def test_both_bounds(self, check):
        """One second before, at the start, at the end, one second after."""
        moments = (self.START - 1, self.START, self.END, self.END + 1)
        assert list(check(*moments, start=self.START, end=self.END)) == [self.EARLY, None, None, self.LATE]

    def test_a_start_alone(self, check):
        """From then on, for ever."""
        moments = (self.START - 1, self.START, self.START + 86_400)
        assert list(check(*moments, start=self.START)) == [self.EARLY, None, None]

    def test_an_end_alone(self, check):
        """From now until then."""
        assert list(check(self.END, self.END + 1, end=self.END)) == [None, self.LATE]

    def test_a_single_second(self, check):
        """A window may be one second long."""
        moments = (self.START - 1, self.START, self.START + 1)
        assert list(check(*moments, start=self.START, end=self.START)) == [self.EARLY, None, self.LATE]


class TestLimit:
    """How many units one account may buy."""

    OVER = "rewards: over the limit per wallet"

    def test_counts_over_orders(self, rewards, rich, customer, other_customer, sell, refusal):
        """Up to the limit and not one more, in one order or several; another account has its own."""
        reward = sell(limit=3)
        assert refusal(rewards.buy, reward, 4, PRICE, sender=customer) == self.OVER
        assert refusal(rewards.buy, reward, 3, PRICE, sender=customer) is None
        rewards.buy(reward, 2, PRICE, sender=customer)
        assert refusal(rewards.buy, reward, 2, PRICE, sender=customer) == self.OVER
        rewards.buy(reward, 1, PRICE, sender=customer)
        assert refusal(rewards.buy, reward, 1, PRICE, sender=customer) == self.OVER
        assert refusal(rewards.buy, reward, 3, PRICE, sender=other_customer) is None

    def test_counts_each_reward_alone(self, rewards, rich, customer, sell, refusal):
        """What was bought of one reward does not count for another."""
        one, other = sell(limit=1), sell(limit=1)
        rewards.buy(one, 1, PRICE, sender=customer)
        assert refusal(rewards.buy, other, 1, PRICE, sender=customer) is None

    def test_passing_on_makes_no_room(self, rewards, rich, customer, other_customer, sell, refusal):
        """What was passed on stays bought, and what was received was not."""
        reward = sell(limit=2, flags=1)
        rewards.buy(reward, 2, PRICE, sender=customer)
        rewards.safeTransferFrom(customer, other_customer, reward, 2, b"", sender=customer)
        assert refusal(rewards.buy, reward, 1, PRICE, sender=customer) == self.OVER
        assert refusal(rewards.buy, reward, 2, PRICE, sender=other_customer) is None

    def test_none_means_none(self, rewards, rich, customer, bound, refusal):
        """Without a limit the stock is the limit."""
        assert refusal(rewards.buy, bound, STOCK, PRICE, sender=customer) is None

    def test_more_than_an_order_can_hold(self, rewards, give, customer, sell, refusal):
        """A limit above 65,535 counts over several orders."""
        reward = sell(price=1, stock=200_000, limit=65_536)
        give(customer, 200_000)
        rewards.buy(reward, 65_535, 1, sender=customer)
        assert refusal(rewards.buy, reward, 2, 1, sender=customer) == self.OVER
        assert refusal(rewards.buy, reward, 1, 1, sender=customer) is None


def test_pays_with_every_lot_there_can_be(project, deploy, sell, owner, issuer, customer):
    """121 months' points, which is the most that can be live, buy one thing; cancelled, all come back to their months."""
    points = owner.deploy(project.Points, "Points", "PTS", 0, 120, False, "", owner, issuer, 1000, DAY)
    rewards = deploy(points=points)
    reward = sell(contract=rewards, price=121 * 3, flags=REFUNDABLE)
    web3 = chain.provider.web3
    for months in range(121):
        moment = unix(2032 + months // 12, months % 12 + 1, 15)
        chain.provider.make_request("evm_setNextBlockTimestamp", [moment])
        data = points.award_one.encode_input(months, customer, 3).to_0x_hex()
        sent = web3.eth.send_transaction({"from": issuer.address, "to": points.address, "data": data})
        assert web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.005)["status"] == 1
    first = lot(2042, 1)
    every = [month << 96 | 3 for month in range(first, first + 121)]
    tx = rewards.buy(reward, 1, 121 * 3, sender=customer)
    assert order_of(tx) == (1, every)
    assert tx.gas_used <= 1_250_000
    assert points.balanceOf(customer) == 0
    back = rewards.cancel(1, every, sender=customer)
    assert back.gas_used <= 1_250_000
    assert [(each.month, each.amount) for each in points.lots_of(customer)] == [(word >> 96, 3) for word in every]


def test_two_shops_stand_apart(rewards, points, deploy, sell, buy, rich, customer, bound, refusal):
    """Two catalogues of one programme number their orders alike and touch nothing of each other."""
    twin = deploy()
    reward = sell(contract=twin, price=7)
    assert buy(bound, 1)[0] == 1
    order, lots = buy(reward, 2, 7, contract=twin)
    assert (order, lots) == (1, [LOT << 96 | 14])
    assert points.balanceOf(customer) == POINTS - PRICE - 14
    assert (rewards.order_count(), twin.order_count()) == (1, 1)
    assert rewards.balanceOf(customer, reward) == twin.balanceOf(customer, bound) == 0
    assert refusal(rewards.buy, reward, 1, 7, sender=customer) == "rewards: no such reward"


def test_offers_do_not_share_stock(rewards, issuer, rich, customer, buy, bound, free):
    """Buying one reward leaves the others as they were."""
    before = tuple(rewards.reward_of(free))
    buy(bound, 5)
    assert tuple(rewards.reward_of(free)) == before
    rewards.create_reward(0, *Offer(9, PRICE, 1), sender=issuer)
    assert rewards.reward_of(9).stock == 1
