"""A warranty and a badge that may be passed on are plain ERC-721s: the same calls on ours and on snekmate's do the same."""

import random

import pytest
from ape import chain

from ..histories import TIMES
from .pair import Pair, dice

STEPS = round(300 * TIMES)
ZERO = "0x0000000000000000000000000000000000000000"
EVENTS = [
    "Transfer(address,address,uint256)",
    "Approval(address,address,uint256)",
    "ApprovalForAll(address,address,bool)",
]
TOKENS = 6


@pytest.fixture
def people(accounts):
    return [str(account) for account in accounts[1:5]]


@pytest.fixture
def receivers(project, owner, people):
    """People, a contract that takes no tokens, and one that has no code for it at all."""
    return [*people, *people, ZERO, owner.deploy(project.PushComm, owner, "local").address]


def test_warranties(project, mock, owner, people, receivers):
    """Warranties under terms that leave transfers free."""
    warranty = owner.deploy(project.Warranty, "Warranties", "WAR", "", owner, owner, 1000, 86_400)
    inputs = next(m for m in warranty.contract_type.mutable_methods if m.name == "set_terms").inputs
    values = {"terms": 1, "legal_months": 24, "transfers": 255, "uri": "ipfs://terms"}
    warranty.set_terms(*[values.get(entry.name, 0) for entry in inputs], sender=owner)
    oracle = owner.deploy(mock("OracleErc721"))
    tokens = [warranty.serial_id(bytes(32), f"SN-{number}") for number in range(TOKENS)]
    start = chain.blocks.head.timestamp - 86_400
    for number, token in enumerate(tokens):
        holder = people[number % len(people)]
        warranty.register(number, [token, int(holder, 16) << 96 | start << 16 | 1], sender=owner)
        oracle.mint(holder, token, sender=owner)
    same_calls(Pair(warranty, oracle, EVENTS), tokens, people, receivers)


def test_badges(project, mock, owner, people, receivers):
    """Badges of transferable events, half of them from a list on chain, half awarded one by one."""
    poap = owner.deploy(project.Poap, "Badges", "BDG", "", owner, owner, 1000, 86_400)
    oracle = owner.deploy(mock("OracleErc721"))
    tokens = []
    header = bytes.fromhex("600b5981380380925939f300")
    for event in range(1, TOKENS + 1):
        holder = people[event % len(people)]
        poap.create_event(event, 0, 0, 0, True, 1, "ipfs://event", sender=owner)
        if event % 2:
            poap.award(event, event, holder, sender=owner)
        else:
            poap.drop(event, event, header + bytes.fromhex(holder[2:]), sender=owner)
        tokens.append(poap.token_of(event, holder))
        oracle.mint(holder, tokens[-1], sender=owner)
    same_calls(Pair(poap, oracle, EVENTS), tokens, people, receivers)


def same_calls(pair: Pair, tokens: list[int], people: list[str], receivers: list[str]) -> None:
    """Transfers and approvals, by those who may and those who may not, of tokens that are and one that is not."""
    pick = dice()
    for step in range(STEPS):
        sender, holder, operator = (pick.choice(people) for _ in range(3))
        token = pick.choice([*tokens, *tokens, 12345])
        if token in tokens and pick.random() < 0.6:
            holder = owner_of(pair, token)
        # A contract that was sent a token has no key to send it on with.
        if holder in people and pick.random() < 0.4:
            sender = holder
        one_call(pair, pick, sender, holder, operator, token, pick.choice(receivers))
        pair.view("ownerOf", token)
        if step % 10 == 0 or step == STEPS - 1:
            same_views(pair, tokens, people)
    assert pair.done > STEPS // 4 and pair.refused > STEPS // 10


def same_views(pair: Pair, tokens: list[int], people: list[str]) -> None:
    """All there is to ask, of people and tokens that are and that are not."""
    for token in [*tokens, 12345, 2**256 - 1]:
        pair.view("ownerOf", token)
        pair.view("getApproved", token)
    for person in people:
        pair.view("balanceOf", person)
        for other in people:
            pair.view("isApprovedForAll", person, other)
    pair.view("balanceOf", ZERO)


def one_call(
    pair: Pair, pick: random.Random, sender: str, holder: str, operator: str, token: int, receiver: str
) -> None:
    """One of the standard's calls."""
    match pick.randrange(6):
        case 0 | 1:
            pair.send(sender, "transferFrom", holder, receiver, token)
        case 2:
            data = [b"with data"] if pick.random() < 0.5 else [b""]
            pair.send(sender, "safeTransferFrom(address,address,uint256,bytes)", holder, receiver, token, *data)
        case 3:
            pair.send(sender, "safeTransferFrom(address,address,uint256)", holder, receiver, token)
        case 4:
            approved = pick.choice([operator, ZERO])
            # snekmate refuses two things the standard allows: approving the holder, and being one's own operator.
            if approved != owner_of(pair, token):
                pair.send(sender, "approve", approved, token)
        case 5:
            if operator != sender:
                pair.send(sender, "setApprovalForAll", operator, pick.random() < 0.7)


def owner_of(pair: Pair, token: int) -> str:
    """The holder both name; empty for a token that is not."""
    answer = pair.view("ownerOf", token)
    return pair.contracts[0].w3.to_checksum_address(answer[-20:]) if answer else ""
