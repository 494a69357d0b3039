"""Contracts that receive rewards: asked after everything is written down, free to refuse, and to come back in."""

import ape
import pytest

from .conftest import POINTS, PRICE, STOCK
from .model import CANCELLED, OPEN, REFUNDABLE, TRANSFERABLE, ZERO, lot

LOT = lot(2032, 11)
SINGLE, BATCH = "0xf23a6e61", "0xbc197c81"
REFUSED = "rewards: receiver refused the reward"

pytestmark = pytest.mark.usefixtures("rich")


@pytest.fixture
def run(receiver, stranger):
    """Have the wallet call something."""

    def called(method, *arguments):
        return receiver.run(method.contract, method.encode_input(*arguments), sender=stranger)

    return called


@pytest.fixture
def then(receiver, stranger):
    """Have the wallet call something when rewards arrive, once."""

    def planned(method, *arguments):
        receiver.plan(method.contract, method.encode_input(*arguments), sender=stranger)

    return planned


def test_is_asked_when_it_buys(rewards, receiver, free, run):
    """One call, with the operator, no sender, no data, and everything written down already."""
    run(rewards.buy, free, 3, PRICE)
    assert receiver.arrivals() == 1
    seen = receiver.seen(0)
    assert (seen.operator, seen.sender, seen.ids, seen.amounts, seen.data) == (receiver, ZERO, [free], [3], b"")
    assert (seen.held, seen.bought, seen.supply) == (3, 3, 3)
    assert tuple(seen.order) == (receiver, free, 3, OPEN)


def test_is_asked_when_units_are_sent(rewards, receiver, customer, other_customer, free, buy):
    """With the operator, who sent them, and the data; the units are there by then."""
    buy(free, 5)
    rewards.setApprovalForAll(other_customer, True, sender=customer)
    rewards.safeTransferFrom(customer, receiver, free, 2, b"for you", sender=other_customer)
    seen = receiver.seen(0)
    assert (seen.operator, seen.sender, seen.ids, seen.amounts) == (other_customer, customer, [free], [2])
    assert (seen.data, seen.held, seen.bought, seen.supply) == (b"for you", 2, 0, 5)


def test_is_asked_once_for_a_batch(rewards, receiver, customer, sell, buy, free):
    """One call for all of it, also for nothing."""
    other = sell(flags=TRANSFERABLE)
    buy(free, 5)
    buy(other, 5)
    arguments = ([other, free, other], [1, 2, 3], b"x" * 1024)
    rewards.safeBatchTransferFrom(customer, receiver, *arguments, sender=customer)
    seen = receiver.seen(0)
    assert (seen.operator, seen.sender, seen.ids, seen.amounts) == (customer, customer, [other, free, other], [1, 2, 3])
    assert (seen.data, seen.held) == (b"x" * 1024, 4)
    rewards.safeBatchTransferFrom(customer, receiver, [], [], b"", sender=customer)
    assert receiver.arrivals() == 2
    assert receiver.seen(1).ids == []


def test_is_asked_when_it_sends_to_itself(rewards, receiver, free, run):
    """As any receiver."""
    run(rewards.buy, free, 3, PRICE)
    run(rewards.safeTransferFrom, receiver, receiver, free, 1, b"")
    assert receiver.arrivals() == 2
    assert rewards.balanceOf(receiver, free) == 3


def test_is_not_asked_when_units_are_burnt(rewards, points, receiver, issuer, free, run):
    """A cancellation calls nobody, so that nobody can stand in its way."""
    run(rewards.buy, free, 3, PRICE)
    receiver.behave(SINGLE, BATCH, True, sender=issuer)
    rewards.cancel_for(0, 1, [LOT << 96 | 3 * PRICE], "", sender=issuer)
    assert receiver.arrivals() == 1
    assert points.balanceOf(receiver) == POINTS


@pytest.fixture
def arrivals(rewards, receiver, customer, stranger, free, buy):
    """Each way in which units come to the wallet."""
    buy(free, 5)
    receive = rewards.buy.encode_input(free, 1, PRICE)
    return {
        "buy": lambda: receiver.run(rewards, receive, sender=stranger),
        "single": lambda: rewards.safeTransferFrom(customer, receiver, free, 1, b"", sender=customer),
        "batch": lambda: rewards.safeBatchTransferFrom(customer, receiver, [free], [1], b"", sender=customer),
    }


@pytest.mark.parametrize("answer", ["0x00000000", "0xffffffff", "0x150b7a02"])
@pytest.mark.parametrize("way", ["buy", "single", "batch"])
def test_a_wrong_answer_is_a_refusal(rewards, points, receiver, stranger, free, arrivals, refused, way, answer):
    """Nothing, everything, and what ERC-721 would say."""
    receiver.behave(answer, answer, False, sender=stranger)
    with refused(REFUSED):
        arrivals[way]()
    assert rewards.balanceOf(receiver, free) == rewards.bought(receiver, free) == 0
    assert points.balanceOf(receiver) == POINTS


@pytest.mark.parametrize("way", ["buy", "single", "batch"])
def test_a_single_and_a_batch_have_their_own_answers(receiver, stranger, arrivals, refused, way):
    """The right answer to the other question is a wrong one."""
    receiver.behave(BATCH, SINGLE, False, sender=stranger)
    with refused(REFUSED):
        arrivals[way]()


@pytest.mark.parametrize("way", ["buy", "single", "batch"])
def test_a_receiver_that_reverts(rewards, points, receiver, stranger, free, arrivals, refused, way):
    """Its reason is passed on, and no points are gone."""
    receiver.behave(SINGLE, BATCH, True, sender=stranger)
    with refused("receiver: not today"):
        arrivals[way]()
    assert points.balanceOf(receiver) == POINTS
    assert rewards.balanceOf(receiver, free) == 0


def test_a_contract_that_receives_nothing(rewards, points, wallet, stranger, give, free, refused):
    """A wallet that does not know rewards cannot buy any."""
    give(wallet, 100)
    with pytest.raises(ape.exceptions.ContractLogicError):
        wallet.run(rewards, rewards.buy.encode_input(free, 1, PRICE), sender=stranger)
    assert points.balanceOf(wallet) == 100
    assert rewards.order_count() == 0


class TestComingBackIn:
    """From within onERC1155Received, the contract looks as it does afterwards."""

    def test_to_buy_again(self, rewards, points, receiver, free, run, then):
        """Two orders, each with its own points; the outer one was written down first."""
        then(rewards.buy, free, 2, PRICE)
        tx = run(rewards.buy, free, 3, PRICE)
        assert [tuple(rewards.order_of(order)) for order in (1, 2)] == [
            (receiver, free, 3, OPEN),
            (receiver, free, 2, OPEN),
        ]
        assert rewards.order_count() == 2
        assert rewards.balanceOf(receiver, free) == rewards.bought(receiver, free) == 5
        assert points.balanceOf(receiver) == POINTS - 5 * PRICE
        assert [event.order for event in tx.events if event.event_name == "Bought"] == [1, 2]
        assert [receiver.seen(i).held for i in (0, 1)] == [3, 5]

    def test_to_pass_the_limit(self, rewards, points, receiver, sell, run, then, refusal, stranger):
        """What is bought counts before the receiver is called."""
        reward = sell(limit=3)
        then(rewards.buy, reward, 1, PRICE)
        data = rewards.buy.encode_input(reward, 3, PRICE)
        assert refusal(receiver.run, rewards, data, sender=stranger) == "rewards: over the limit per wallet"
        run(rewards.buy, reward, 2, PRICE)
        assert rewards.bought(receiver, reward) == 3

    def test_to_take_the_stock(self, rewards, receiver, sell, then, refusal, stranger):
        """And so does what is left."""
        reward = sell(stock=3)
        then(rewards.buy, reward, 2, PRICE)
        data = rewards.buy.encode_input(reward, 2, PRICE)
        assert refusal(receiver.run, rewards, data, sender=stranger) == "rewards: out of stock"

    def test_to_spend_the_same_points(self, rewards, points, receiver, sell, then, refusal, stranger):
        """The points are burnt by then."""
        reward = sell(price=POINTS)
        then(rewards.buy, reward, 1, POINTS)
        data = rewards.buy.encode_input(reward, 1, POINTS)
        assert refusal(receiver.run, rewards, data, sender=stranger) == "points: balance is too low"

    def test_to_cancel(self, rewards, points, receiver, free, run, then):
        """The order can be undone at once: units burnt, points back, stock back; the events come in their order."""
        then(rewards.cancel, 1, [LOT << 96 | 3 * PRICE])
        tx = run(rewards.buy, free, 3, PRICE)
        assert tuple(rewards.order_of(1)) == (receiver, free, 3, CANCELLED)
        assert rewards.balanceOf(receiver, free) == rewards.bought(receiver, free) == rewards.totalSupply(free) == 0
        assert rewards.reward_of(free).stock == STOCK
        assert points.balanceOf(receiver) == POINTS
        names = [event.event_name for event in tx.events]
        back = ["Transfer", "Restored", "Cancelled", "TransferSingle"]
        assert names == ["Transfer", "Spent", "Bought", "TransferSingle", *back]

    def test_to_cancel_another_order(self, rewards, points, receiver, free, run, then):
        """An older order, while a new one is on its way."""
        run(rewards.buy, free, 3, PRICE)
        then(rewards.cancel, 1, [LOT << 96 | 3 * PRICE])
        run(rewards.buy, free, 2, PRICE)
        assert [rewards.order_of(order).state for order in (1, 2)] == [CANCELLED, OPEN]
        assert rewards.balanceOf(receiver, free) == 2
        assert points.balanceOf(receiver) == POINTS - 2 * PRICE

    def test_to_pass_on(self, rewards, receiver, customer, free, run, then):
        """What arrived can be sent on at once, and the order stands."""
        then(rewards.safeTransferFrom, receiver, customer, free, 3, b"")
        run(rewards.buy, free, 3, PRICE)
        assert rewards.balanceOf(receiver, free) == 0
        assert rewards.balanceOf(customer, free) == 3
        assert tuple(rewards.order_of(1)) == (receiver, free, 3, OPEN)
        assert rewards.bought(receiver, free) == 3

    def test_to_pass_on_a_batch(self, rewards, receiver, customer, free, buy, then):
        """Also while a batch arrives."""
        buy(free, 5)
        then(rewards.safeBatchTransferFrom, receiver, customer, [free, free], [1, 1], b"")
        rewards.safeBatchTransferFrom(customer, receiver, [free, free], [1, 2], b"", sender=customer)
        assert rewards.balanceOf(receiver, free) == 1
        assert rewards.balanceOf(customer, free) == 4

    def test_to_send_more_than_arrived(self, rewards, receiver, customer, free, then, stranger, refusal):
        """There is no moment at which units are in two places."""
        then(rewards.safeTransferFrom, receiver, customer, free, 4, b"")
        data = rewards.buy.encode_input(free, 3, PRICE)
        assert refusal(receiver.run, rewards, data, sender=stranger) == "rewards: balance is too low"

    def test_to_send_what_is_bound(self, rewards, receiver, customer, sell, then, stranger, refusal):
        """Not even while it arrives."""
        reward = sell(flags=REFUNDABLE)
        then(rewards.safeTransferFrom, receiver, customer, reward, 1, b"")
        data = rewards.buy.encode_input(reward, 3, PRICE)
        assert refusal(receiver.run, rewards, data, sender=stranger) == "rewards: reward is bound"
