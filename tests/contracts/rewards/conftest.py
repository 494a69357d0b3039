"""A catalogue beside real Points, customers with points, and one reward of each kind."""

from collections.abc import Callable
from contextlib import contextmanager
from itertools import count
from typing import Any

import ape
import pytest
from ape import chain

from .model import REFUNDABLE, TRANSFERABLE, Offer

DAY = 86_400
BUDGET = 1_000_000
# What a customer starts with, all in one lot.
POINTS = 1_000
PRICE = 10
STOCK = 50


@pytest.fixture(scope="session")
def contract(project):
    """Fetched once: ape looks for changed sources every time."""
    return project.Rewards


@pytest.fixture(scope="session")
def batches():
    """Batch numbers that no test chose itself."""
    return count(1000)


@pytest.fixture(scope="session")
def points(project, owner, issuer):
    """Points good for the month of the award and 12 more, in a closed loop."""
    return owner.deploy(project.Points, "Points", "PTS", 0, 12, False, "ipfs://points", owner, issuer, 10**12, DAY)


@pytest.fixture(scope="session")
def deploy(contract, points, owner, issuer, guardian, former_issuer):
    """A catalogue that is a shop of Points, with an issuer, a guardian, and an issuer that was removed."""

    def deployed(budget: int = BUDGET, period: int = DAY, points=points):
        arguments = ("Shop Rewards", "RWD", "ipfs://rewards", points, owner, issuer, budget, period)
        rewards = owner.deploy(contract, *arguments)
        rewards.set_guardian(guardian, sender=owner)
        rewards.set_issuer(former_issuer, budget, period, sender=owner)
        rewards.stop_issuer(former_issuer, sender=guardian)
        points.set_shop(rewards, True, sender=owner)
        return rewards

    return deployed


@pytest.fixture(scope="session")
def rewards(deploy):
    return deploy()


@pytest.fixture(scope="session")
def give(points, issuer, batches) -> Callable[..., Any]:
    """Award points, in the lot of the running month."""

    def award(account, amount: int = POINTS):
        return points.award_one(next(batches), account, amount, sender=issuer)

    return award


@pytest.fixture(scope="session")
def sell(rewards, issuer, batches) -> Callable[..., int]:
    """Put a reward on offer and give its number; what is not said is one of each kind's default."""
    numbers = count(100)

    def created(contract=rewards, **changes: Any) -> int:
        offer = Offer(next(numbers), PRICE, STOCK)._replace(**changes)
        contract.create_reward(next(batches), *offer, sender=issuer)
        return offer.reward

    return created


@pytest.fixture(scope="session")
def bound(sell):
    """A reward that stays where it is and cannot be cancelled by who bought it."""
    return sell(uri="ipfs://bound")


@pytest.fixture(scope="session")
def free(sell):
    """A reward that may be passed on, and cancelled until it is fulfilled."""
    return sell(flags=TRANSFERABLE | REFUNDABLE, uri="ipfs://free")


@pytest.fixture(scope="session")
def rich(give, customer, other_customer):
    """Two customers with points."""
    give(customer)
    give(other_customer)


@pytest.fixture
def buy(rewards, rich, customer) -> Callable[..., tuple[int, list[int]]]:
    """Buy, and give the order's number and the lots that a cancellation has to name."""

    def bought(reward: int, quantity: int = 1, price: int = PRICE, sender=customer, contract=rewards):
        return order_of(contract.buy(reward, quantity, price, sender=sender))

    return bought


def order_of(tx) -> tuple[int, list[int]]:
    """The order's number and lots, of a transaction that bought one thing."""
    [event] = [event for event in tx.events if event.event_name == "Bought"]
    return event.order, event.lots


@pytest.fixture
def buy_many(rewards, rich, customer, sell) -> Callable[[int], list[int]]:
    """So many orders, past ape, which would take a while."""

    def bought(count: int) -> list[int]:
        data = rewards.buy.encode_input(sell(price=1, stock=count), 1, 1).to_0x_hex()
        before = rewards.order_count()
        web3 = chain.provider.web3
        # The gas is given: to estimate it would take longer than the call.
        call = {"from": customer.address, "to": rewards.address, "data": data, "gas": 400_000}
        sent = [web3.eth.send_transaction(call) for _ in range(count)]
        web3.eth.wait_for_transaction_receipt(sent[-1], poll_latency=0.005)
        assert rewards.order_count() == before + count
        return list(range(before + 1, rewards.order_count() + 1))

    return bought


@pytest.fixture
def refused(rewards, points, bound, free, customer, other_customer, issuer):
    """A transaction that is refused for this reason, and moves nothing."""

    def picture():
        people = [customer, other_customer]
        return (
            [tuple(rewards.reward_of(reward)) for reward in (bound, free)],
            [rewards.order_of(order).state for order in range(1, rewards.order_count() + 2)],
            rewards.balanceOfBatch(people * 2, [bound, bound, free, free]),
            [rewards.bought(account, reward) for account in people for reward in (bound, free)],
            [points.balanceOf(account) for account in people],
            points.totalSupply(),
            rewards.budget_of(issuer),
        )

    @contextmanager
    def for_reason(reason: str):
        before = picture()
        with ape.reverts(reason):
            yield
        assert picture() == before

    return for_reason


@pytest.fixture(scope="session")
def receiver(mock, owner, give):
    """A contract wallet with points, which does as it is told when rewards arrive (Receiver.vy)."""
    wallet = owner.deploy(mock("../rewards/Receiver"))
    give(wallet)
    return wallet


@pytest.fixture
def now() -> Callable[[], int]:
    """The time of the newest block, which calls see."""
    return lambda: chain.blocks.head.timestamp
