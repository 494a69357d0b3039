"""Rewards that may be passed on are a plain ERC-1155: the same calls on ours and on snekmate's do the same."""

import random

import pytest

from ..histories import TIMES
from .pair import Pair, dice

STEPS = round(300 * TIMES)
ZERO = "0x0000000000000000000000000000000000000000"
EVENTS = [
    "TransferSingle(address,address,address,uint256,uint256)",
    "TransferBatch(address,address,address,uint256[],uint256[])",
    "ApprovalForAll(address,address,bool)",
]
IDS = [1, 2, 3]


@pytest.fixture
def people(accounts):
    return [str(account) for account in accounts[1:5]]


@pytest.fixture
def pair(project, mock, owner, accounts, people):
    """Ten of each reward for each person: bought with points here, minted there."""
    points = owner.deploy(project.Points, "Points", "PTS", 0, 0, False, "", owner, owner, 2**48 - 1, 86_400)
    rewards = owner.deploy(project.Rewards, "Rewards", "RWD", "", points, owner, owner, 10**6, 86_400)
    points.set_shop(rewards, True, sender=owner)
    points.award(0, [int(person, 16) << 96 | 1000 for person in people], sender=owner)
    oracle = owner.deploy(mock("OracleErc1155"))
    for number in IDS:
        rewards.create_reward(number, number, 1, 1000, 0, 0, 0, 1, ZERO, ZERO, "ipfs://reward", sender=owner)
        for person in accounts[1:5]:
            rewards.buy(number, 10, 1, sender=person)
            oracle.safe_mint(person, number, 10, b"", sender=owner)
    return Pair(rewards, oracle, EVENTS)


def test_same_calls_same_results(pair, project, owner, people):
    """Transfers of one and of many, and approvals: accepted or refused alike, with the same events and balances."""
    pick = dice()
    receivers = [*people, *people, ZERO, owner.deploy(project.PushComm, owner, "local").address]
    for step in range(STEPS):
        one_call(pair, pick, people, receivers)
        if step % 10 == 0 or step == STEPS - 1:
            same_views(pair, people)
    assert pair.done > STEPS // 4 and pair.refused > STEPS // 10


def one_call(pair: Pair, pick: random.Random, people: list[str], receivers: list[str]) -> None:
    """One of the standard's calls; batches with ids twice, with none, and with an amount too few."""
    sender, holder, operator = (pick.choice(people) for _ in range(3))
    sender = holder if pick.random() < 0.5 else sender
    amounts = [0, 1, 2, 3, 11, 2**256 - 1]
    receiver = pick.choice(receivers)
    match pick.randrange(5):
        case 0 | 1:
            pair.send(sender, "safeTransferFrom", holder, receiver, *some(pick, amounts), b"data")
        case 2 | 3:
            several = [some(pick, amounts[:4]) for _ in range(pick.randrange(5))]
            ids = [number for number, _ in several]
            values = [amount for _, amount in several] + [1] * (pick.random() < 0.1)
            pair.send(sender, "safeBatchTransferFrom", holder, receiver, ids, values, b"")
        case 4:
            # snekmate does not let anybody be their own operator; the standard does.
            if operator != sender:
                pair.send(sender, "setApprovalForAll", operator, pick.random() < 0.7)


def some(pick: random.Random, amounts: list[int]) -> tuple[int, int]:
    """An id and an amount; of an id that is not, something: here a reward that is not cannot be passed on at all."""
    number = pick.choice([*IDS, *IDS, 9])
    return number, pick.choice(amounts) or int(number == 9)


def same_views(pair: Pair, people: list[str]) -> None:
    """All there is to ask."""
    for person in people:
        for number in [*IDS, 9]:
            pair.view("balanceOf", person, number)
        for operator in people:
            pair.view("isApprovedForAll", person, operator)
    pair.view("balanceOfBatch", [*people, people[0]], [1, 2, 3, 9, 1])
    pair.view("balanceOfBatch", people, [1])
    pair.view("balanceOfBatch", [], [])
