"""ERC-1155: balances, approvals, and moving units of transferable rewards one by one and in batches."""

import pytest

from .conftest import PRICE

NOT_YOURS = "rewards: caller may not move this reward"
BOUND = "rewards: reward is bound"
LOW = "rewards: balance is too low"
NONE = "rewards: no such reward"
LENGTHS = "rewards: lists differ in length"
ZERO = "0x0000000000000000000000000000000000000000"


@pytest.fixture
def other(sell):
    """Another transferable reward."""
    return sell(flags=1)


@pytest.fixture
def stocked(buy, free, other, bound):
    """The customer holds 5 of one, 3 of the other, and 2 that stay where they are."""
    for reward, quantity in ((free, 5), (other, 3), (bound, 2)):
        buy(reward, quantity)


@pytest.fixture
def held(rewards, customer, other_customer, free, other, bound):
    """What both customers hold of the three."""

    def balances() -> list[list[int]]:
        return [
            list(rewards.balanceOfBatch([account] * 3, [free, other, bound])) for account in (customer, other_customer)
        ]

    return balances


@pytest.fixture
def send(rewards, customer, other_customer):
    """One kind, by itself or as a batch."""

    def sent(way: str, id: int, amount: int, sender=customer, owner=customer, to=other_customer):
        if way == "single":
            return rewards.safeTransferFrom(owner, to, id, amount, b"", sender=sender)
        return rewards.safeBatchTransferFrom(owner, to, [id], [amount], b"", sender=sender)

    return sent


ways = pytest.mark.parametrize("way", ["single", "batch"])

pytestmark = pytest.mark.usefixtures("stocked")


@ways
def test_moves_units(rewards, free, held, send, way):
    """They leave one and arrive at the other; nothing is minted or burnt."""
    send(way, free, 2)
    assert held() == [[3, 3, 2], [2, 0, 0]]
    assert rewards.totalSupply(free) == 5
    send(way, free, 3)
    assert held() == [[0, 3, 2], [5, 0, 0]]


def test_tells_a_single_move(rewards, customer, other_customer, free, send):
    """The standard's event and no other."""
    assert send("single", free, 2).events == [
        rewards.TransferSingle(operator=customer, sender=customer, receiver=other_customer, id=free, amount=2)
    ]


def test_tells_a_batch(rewards, customer, other_customer, free, other, held):
    """One event with all of it, in its order."""
    tx = rewards.safeBatchTransferFrom(customer, other_customer, [other, free], [3, 1], b"", sender=customer)
    assert tx.events == [
        rewards.TransferBatch(
            operator=customer, sender=customer, receiver=other_customer, ids=[other, free], amounts=[3, 1]
        )
    ]
    assert held() == [[4, 0, 2], [1, 3, 0]]


@ways
def test_an_operator_moves_them(rewards, customer, other_customer, stranger, free, held, send, way):
    """An approved account may, until it is not any more; it may then send to whom it likes."""
    assert not rewards.isApprovedForAll(customer, stranger)
    tx = rewards.setApprovalForAll(stranger, True, sender=customer)
    assert tx.events == [rewards.ApprovalForAll(owner=customer, operator=stranger, approved=True)]
    assert rewards.isApprovedForAll(customer, stranger)
    assert not rewards.isApprovedForAll(stranger, customer)
    [event] = send(way, free, 2, sender=stranger).events
    assert (event.operator, event.sender, event.receiver) == (stranger, customer, other_customer)
    assert held() == [[3, 3, 2], [2, 0, 0]]
    tx = rewards.setApprovalForAll(stranger, False, sender=customer)
    assert tx.events == [rewards.ApprovalForAll(owner=customer, operator=stranger, approved=False)]
    assert not rewards.isApprovedForAll(customer, stranger)


@ways
def test_refuses_who_is_not_approved(rewards, customer, other_customer, stranger, owner, free, refused, send, way):
    """Not a stranger, a former operator, an operator of another, the owner, nor who has the units' other half."""
    rewards.setApprovalForAll(stranger, True, sender=other_customer)
    rewards.setApprovalForAll(other_customer, True, sender=customer)
    rewards.setApprovalForAll(other_customer, False, sender=customer)
    for account in (stranger, other_customer, owner):
        with refused(NOT_YOURS):
            send(way, free, 1, sender=account)


@ways
@pytest.mark.parametrize("approved", [False, True])
def test_bound_ones_stay(rewards, customer, other_customer, stranger, bound, refused, send, way, approved):
    """Neither the holder nor an operator moves a bound reward, not even none of it, nor to itself."""
    if approved:
        rewards.setApprovalForAll(stranger, True, sender=customer)
    sender = stranger if approved else customer
    for amount, to in ((1, other_customer), (0, other_customer), (1, customer)):
        with refused(BOUND):
            send(way, bound, amount, sender=sender, to=to)


def test_a_batch_with_a_bound_one_moves_nothing(rewards, customer, other_customer, free, bound, refused, held):
    """All or none, wherever the bound one stands."""
    for ids in ([free, bound], [bound, free]):
        with refused(BOUND):
            rewards.safeBatchTransferFrom(customer, other_customer, ids, [1, 1], b"", sender=customer)
    assert held() == [[5, 3, 2], [0, 0, 0]]


@ways
@pytest.mark.parametrize("amount", [6, 2**128, 2**128 + 5, 2**256 - 1])
def test_refuses_more_than_there_is(free, refused, send, way, amount):
    """One too many, and what no field holds."""
    with refused(LOW):
        send(way, free, amount)


@ways
def test_what_was_bought_cannot_be_sent_once_it_is_gone(rewards, other_customer, free, refused, send, way):
    """The count of what an account has bought is no balance."""
    send(way, free, 5)
    with refused(LOW):
        send(way, free, 1)


@ways
def test_moves_none(rewards, free, held, send, way):
    """An amount of 0 is a move like any other, also by who has none."""
    assert len(send(way, free, 0).events) == 1
    assert held() == [[5, 3, 2], [0, 0, 0]]


@ways
def test_moves_to_itself(rewards, customer, free, held, send, refused, way):
    """To the holder itself nothing changes, and too many are still too many."""
    assert len(send(way, free, 5, to=customer).events) == 1
    assert held() == [[5, 3, 2], [0, 0, 0]]
    assert rewards.bought(customer, free) == 5
    with refused(LOW):
        send(way, free, 6, to=customer)


@ways
def test_refuses_the_zero_address(free, refused, send, way):
    """Units are burnt by cancelling alone."""
    with refused("rewards: receiver is the zero address"):
        send(way, free, 1, to=ZERO)


@ways
@pytest.mark.parametrize("id", [0, 99, 2**32, 2**255, 2**256 - 1])
@pytest.mark.parametrize("amount", [0, 1])
def test_refuses_ids_that_are_no_rewards(refusal, rewards, customer, other_customer, way, id, amount):
    """Below, between and above; high bits are not cut off."""
    arguments = (id, amount) if way == "single" else ([id], [amount])
    method = rewards.safeTransferFrom if way == "single" else rewards.safeBatchTransferFrom
    assert refusal(method, customer, other_customer, *arguments, b"", sender=customer) == NONE


def test_high_ids_are_not_cut_off(rewards, customer, free, refusal):
    """An id that ends in the bits of a reward's number has no balance and cannot be moved."""
    high = 2**255 | free
    assert rewards.balanceOf(customer, high) == rewards.totalSupply(high) == rewards.bought(customer, high) == 0
    assert refusal(rewards.safeTransferFrom, customer, customer, high, 1, b"", sender=customer) == NONE


def test_an_id_may_come_twice(rewards, customer, other_customer, free, refused, held):
    """Duplicates add up, and are checked as they add up."""
    with refused(LOW):
        rewards.safeBatchTransferFrom(customer, other_customer, [free, free], [3, 3], b"", sender=customer)
    tx = rewards.safeBatchTransferFrom(customer, other_customer, [free, free], [3, 2], b"", sender=customer)
    assert held() == [[0, 3, 2], [5, 0, 0]]
    assert tx.events[0].ids == [free, free]


def test_a_batch_to_itself(rewards, customer, free, other, held):
    """With duplicates, nothing changes."""
    arguments = ([free, other, free], [5, 3, 5], b"")
    assert len(rewards.safeBatchTransferFrom(customer, customer, *arguments, sender=customer).events) == 1
    assert held() == [[5, 3, 2], [0, 0, 0]]


def test_an_empty_batch(rewards, customer, other_customer, held):
    """Moves nothing and says so."""
    tx = rewards.safeBatchTransferFrom(customer, other_customer, [], [], b"", sender=customer)
    assert tx.events == [
        rewards.TransferBatch(operator=customer, sender=customer, receiver=other_customer, ids=[], amounts=[])
    ]
    assert held() == [[5, 3, 2], [0, 0, 0]]


@pytest.mark.parametrize(("ids", "amounts"), [(2, 1), (1, 2), (0, 1), (1, 0)])
def test_refuses_lists_of_two_lengths(rewards, customer, other_customer, free, refused, ids, amounts):
    """Each id has its amount."""
    lists = ([free] * ids, [1] * amounts)
    with refused(LENGTHS):
        rewards.safeBatchTransferFrom(customer, other_customer, *lists, b"", sender=customer)


def test_a_hundred_at_once(rewards, customer, other_customer, free, refusal):
    """The most that a batch and a question take."""
    hundred = ([free] * 100, [0] * 99 + [5])
    rewards.safeBatchTransferFrom(customer, other_customer, *hundred, b"", sender=customer)
    assert list(rewards.balanceOfBatch([other_customer] * 100, [free] * 100)) == [5] * 100
    more = ([free] * 101, [0] * 101)
    batch = rewards.safeBatchTransferFrom
    assert refusal(batch, customer, other_customer, *more, b"", sender=customer) == "execution reverted"
    assert refusal(rewards.balanceOfBatch, [customer] * 101, [free] * 101, sender=customer) == "execution reverted"


def test_balances_in_a_batch(rewards, customer, other_customer, free, other, bound, refusal):
    """Account and id by place; lists of two lengths are refused, empty ones are empty."""
    people = [customer, other_customer, customer, ZERO]
    assert list(rewards.balanceOfBatch(people, [other, other, bound, free])) == [3, 0, 2, 0]
    assert list(rewards.balanceOfBatch([], [])) == []
    for accounts, ids in (([customer], [free, other]), ([customer, customer], [free])):
        assert refusal(rewards.balanceOfBatch, accounts, ids, sender=customer) == LENGTHS


def test_data_for_nobody(rewards, customer, other_customer, free):
    """A key is handed no data; 1,024 bytes are the most."""
    rewards.safeTransferFrom(customer, other_customer, free, 1, b"\1" * 1024, sender=customer)
    assert rewards.balanceOf(other_customer, free) == 1


def test_a_pause_leaves_holders_free(rewards, guardian, free, send, held):
    """What is held can be moved and approved while buying is stopped."""
    rewards.pause(3600, sender=guardian)
    send("single", free, 1)
    send("batch", free, 1)
    assert held() == [[3, 3, 2], [2, 0, 0]]


def test_what_arrived_can_be_sent_on(rewards, customer, other_customer, stranger, free, send):
    """Units are alike, wherever they came from."""
    send("single", free, 4)
    send("single", free, 3, sender=other_customer, owner=other_customer, to=stranger)
    assert rewards.balanceOf(other_customer, free) == 1
    assert rewards.balanceOf(stranger, free) == 3
    assert rewards.bought(stranger, free) == 0
    rewards.buy(free, 1, PRICE, sender=other_customer)
    assert (rewards.balanceOf(other_customer, free), rewards.bought(other_customer, free)) == (2, 1)
