"""What our own contracts cost, called as the outbox calls them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from bench.gas import merkle
from bench.gas.chain import Chain, amounts, wallets, word
from bench.gas.rows import HOLDERS, OURS, SIZES, Row
from loyalty.chain import abi
from loyalty.deploy import CONTRACTS
from loyalty.merkle import Tree
from loyalty.outbox.wire import DROP_HEADER, KINDS
from loyalty.program import Program

NOBODY = "0x" + "00" * 20
URI = "ipfs://" + "b" * 59
SOULBOUND, FREE = 0, 255  # how often a warranty's terms let it change hands
NOTE = b"0+3+Hello+Your points ar"  # an identity of 24 bytes


def deployments(program: Program) -> Iterator[Row]:
    """What ``deploy`` pays for each contract."""
    before = 0
    for noun, contract in CONTRACTS.items():
        program.deploy([noun])
        gas = sum(line.gas for line in program.status().spent if line.kind == "deploy")
        yield Row("deploy", OURS, contract, 1, gas - before)
        before = gas


def calls(chain: Chain) -> Iterator[Row]:
    """Every call, after one of its kind: no figure pays for the first slot of a counter, a budget or a batch number."""
    yield from points(chain)
    yield from epochs(chain)
    yield from badges(chain)
    yield from warranties(chain)
    if "rewards" in chain.at:
        yield from rewards(chain)
    yield from notifications(chain)


def award(chain: Chain, some: list[str]) -> tuple[int, int]:
    """The gas of awards to these wallets, and in how many transactions: a single one has a function of its own."""
    if len(some) == 1:
        return chain.ours("points", "Points", "award_one", chain.next("points"), some[0], amounts(1)[0]), 1
    words = iter([int(w, 16) << 96 | a for w, a in zip(some, amounts(len(some)), strict=True)])
    gas = []
    while batch := list(islice(words, KINDS["points.award"].most)):
        gas.append(chain.ours("points", "Points", "award", chain.next("points"), batch))
    return sum(gas), len(gas)


def points(chain: Chain) -> Iterator[Row]:
    """Awards to new wallets and to the same ones again; then what can follow an award."""
    award(chain, wallets(1))
    for count in SIZES:
        some = wallets(count)
        for holders in HOLDERS:
            gas, transactions = award(chain, some)
            yield Row("points", OURS, "award" if count > 1 else "award_one", count, gas, holders, transactions)
    revoke = chain.ours(
        "points", "Points", "revoke", chain.next("points"), some[0], 1, b"\1" * 32, "Returned the goods"
    )
    yield Row("other", OURS, "Points.revoke", 1, revoke)
    award(chain, [chain.owner])
    yield Row("other", OURS, "Points.redeem", 1, chain.ours("points", "Points", "redeem", 1, b"\2" * 32))


def epochs(chain: Chain) -> Iterator[Row]:
    """A root for 1,000 wallets; claims of some of them, and claims of the same ones from the next root."""
    some, trees = wallets(1000), []
    for epoch in (1, 2):
        trees.append(Tree((wallet, 300 * epoch) for wallet in some))
    deep = [wallet for wallet in some if all(len(tree.proof(wallet)) == merkle.DEPTH for tree in trees)]
    first, *others = deep[: len(merkle.CLAIMS) + 1]

    def claim(wallet: str) -> int:
        proof = [bytes.fromhex(one[2:]) for one in tree.proof(wallet)]
        return chain.ours("points", "Points", "claim", wallet, tree.cumulative(wallet), proof)

    for tree, call, holders in zip(trees, ("publish, first", "publish"), HOLDERS, strict=True):
        publish = ("publish_epoch", chain.next("points"), bytes.fromhex(tree.root[2:]), 300 * len(some))
        yield Row("merkle", OURS, call, 1, chain.ours("points", "Points", *publish))
        claim(first)
        yield Row("merkle", OURS, "claim", len(others), sum(map(claim, others)), holders, len(others))


def create_event(chain: Chain, event: int) -> int:
    """An event without bounds, soulbound, burnt by nobody but both."""
    return chain.ours("poap", "Poap", "create_event", event, 0, 0, 0, False, 2, URI)


def badges(chain: Chain) -> Iterator[Row]:
    """Single badges; drops of a list into one event, to the same wallets in the next, and once more from the list on chain."""
    create_event(chain, 1)
    chain.ours("poap", "Poap", "award", chain.next("poap"), 1, wallets(1)[0])
    event = 1
    for count in SIZES:
        some = wallets(count)
        for holders in HOLDERS:
            event += 1
            created = create_event(chain, event)
            if count == 1:
                gas = chain.ours("poap", "Poap", "award", chain.next("poap"), event, some[0])
            else:
                packed = DROP_HEADER + b"".join(bytes.fromhex(w[2:]) for w in some)
                gas = chain.ours("poap", "Poap", "drop", chain.next("poap"), event, packed)
            yield Row("badges", OURS, "award" if count == 1 else "drop", count, gas, holders)
        if count > 1:
            event += 1
            create_event(chain, event)
            gas = chain.ours("poap", "Poap", "drop_again", chain.next("poap"), event, event - 1, 0)
            yield Row("badges again", OURS, "drop_again", count, gas, "returning")
    yield Row("other", OURS, "Poap.create_event", 1, created)


def items(count: int, terms: int) -> list[int]:
    """Warranties for wallets never seen before, bought on different days."""
    words: list[int] = []
    for index, wallet in enumerate(wallets(count)):
        start = int(time.time()) - (index + 1) * 86_400
        words += [word(), int(wallet, 16) << 96 | start << 16 | terms]
    return words


def set_terms(chain: Chain, terms: int, transfers: int) -> int:
    """Two years; three claims with a month between them, each repair six months more; to be taken back for two weeks."""
    return chain.ours("warranty", "Warranty", "set_terms", terms, 24, 24, transfers, 3, 30, 6, 14, URI)


def warranties(chain: Chain) -> Iterator[Row]:
    """Registrations in one transaction, under terms that let a warranty change hands and under terms that do not; then a change."""
    for terms, (call, transfers) in enumerate((("transferable", FREE), ("soulbound", SOULBOUND)), 1):
        chain.ours("warranty", "Warranty", "set_terms", terms, 24, 24, transfers, 0, 0, 0, 0, URI)
        chain.ours("warranty", "Warranty", "register", chain.next("warranty"), items(1, terms))
        for count in (1, 100):
            some = items(count, terms)
            gas = chain.ours("warranty", "Warranty", "register", chain.next("warranty"), some)
            yield Row("warranty", OURS, call, count, gas, "new")
    token, document = some[0], b"\3" * 32
    for call, *arguments in (
        ("extend", token, 12),
        ("open_claim_for", token, document),
        ("approve_claim", token, 1, document),
        ("repair", token, 1, document),
        ("void", token, "Returned the goods"),
    ):
        gas = chain.ours("warranty", "Warranty", call, chain.next("warranty"), *arguments)
        yield Row("other", OURS, f"Warranty.{call}", 1, gas)


REWARD = 1
CUSTOMER_MAY_CANCEL = 2  # a reward's flags


def sell(chain: Chain) -> int:
    """A reward for one point; and the points to buy it with."""
    chain.ours("points", "Points", "set_shop", chain.at["rewards"], True)
    chain.ours("points", "Points", "award_one", chain.next("points"), chain.owner, 10_000)
    created = (
        "create_reward",
        chain.next("rewards"),
        REWARD,
        1,
        1_000,
        0,
        0,
        0,
        CUSTOMER_MAY_CANCEL,
        NOBODY,
        NOBODY,
        URI,
    )
    return chain.ours("rewards", "Rewards", *created)


def buy(chain: Chain) -> int:
    """One of it."""
    return chain.ours("rewards", "Rewards", "buy", REWARD, 1, 1)


def rewards(chain: Chain) -> Iterator[Row]:
    """Orders of a reward: placed, handed over, cancelled."""
    yield Row("other", OURS, "Rewards.create_reward", 1, sell(chain))
    yield Row("other", OURS, "Rewards.buy, a customer's first", 1, buy(chain))
    yield Row("other", OURS, "Rewards.buy", 1, buy(chain))
    orders = list(range(3, 103))
    for _ in orders:
        buy(chain)
    fulfil = chain.ours("rewards", "Rewards", "fulfil", chain.next("rewards"), orders)
    yield Row("other", OURS, "Rewards.fulfil", len(orders), fulfil)
    (lot,) = chain.node.call("Points", chain.at["points"], "lots_of", chain.owner)
    cancel = ("cancel_for", chain.next("rewards"), 2, [lot["month"] << 96 | 1], "Out of stock")
    yield Row("other", OURS, "Rewards.cancel_for", 1, chain.ours("rewards", "Rewards", *cancel))


def notifications(chain: Chain) -> Iterator[Row]:
    """A notification of 24 bytes, and subscriptions of one of Anvil's own accounts, which can sign here."""
    chain.ours("notify", "PushComm", "subscribe", wallets(1)[0])
    to = wallets(1)[0]
    gas = chain.ours("notify", "PushComm", "sendNotification", chain.owner, to, NOTE)
    yield Row("notify", OURS, "sendNotification, 24 bytes", 1, gas)
    user = chain.node.ask("eth_accounts")[5]
    for call, channel in (("subscribe, a user's first", chain.owner), ("subscribe, a user's second", to)):
        data = abi.encode("PushComm", "subscribe", channel)
        yield Row("notify", OURS, call, 1, chain.gas(chain.at["notify"], data, user))
