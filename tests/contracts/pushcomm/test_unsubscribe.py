"""unsubscribe, batchUnsubscribe."""

import itertools

import pytest

CHANNELS = [f"0x{number:040x}" for number in (0xA, 0xB, 0xC)]


@pytest.mark.parametrize("order", itertools.permutations(range(3)), ids=str)
def test_leaves_the_others(comm, customer, order):
    """Whatever the order of leaving, exactly the channels left are left, and all can be joined again."""
    comm.batchSubscribe(CHANNELS, sender=customer)
    left = set()
    for which in order:
        tx = comm.unsubscribe(CHANNELS[which], sender=customer)
        assert tx.events == [comm.Unsubscribe(channel=CHANNELS[which], user=customer)]
        left.add(which)
        assert [comm.isUserSubscribed(each, customer) for each in CHANNELS] == [i not in left for i in range(3)]
        assert comm.users(customer)[3] == 3 - len(left)
    for i, which in enumerate(order):
        comm.subscribe(CHANNELS[which], sender=customer)
        back = order[: i + 1]
        assert [comm.isUserSubscribed(each, customer) for each in CHANNELS] == [j in back for j in range(3)]
    assert comm.users(customer)[3] == 3


def test_user_stays_a_user(comm, channel, customer):
    """Leaving the last channel keeps number and start block; coming back makes no second user."""
    block = comm.subscribe(channel, sender=customer).block_number
    comm.unsubscribe(channel, sender=customer)
    assert tuple(comm.users(customer)) == (True, False, block, 0)
    tx = comm.subscribe(channel, sender=customer)
    assert tx.events == [comm.Subscribe(channel=channel, user=customer)]
    assert tuple(comm.users(customer)) == (True, False, block, 1)
    assert comm.usersCount() == 1


def test_without_subscription_nothing_happens(comm, channel, other_channel, customer, stranger):
    """It is no error to leave what one never joined, as a user or as nobody."""
    comm.subscribe(channel, sender=customer)
    assert comm.unsubscribe(other_channel, sender=customer).events == []
    assert comm.unsubscribe(channel, sender=stranger).events == []
    assert comm.users(customer)[3] == 1
    assert not comm.users(stranger)[0]


def test_twice_counts_once(comm, channel, other_channel, customer):
    """The second time tells nothing and takes nothing off the count."""
    comm.batchSubscribe([channel, other_channel], sender=customer)
    tx = comm.batchUnsubscribe([channel, channel], sender=customer)
    assert tx.events == [comm.Unsubscribe(channel=channel, user=customer)]
    assert comm.users(customer)[3] == 1
    assert comm.isUserSubscribed(other_channel, customer)


def test_further_channel_is_not_taken_twice(comm, customer):
    """With the place in the user's own word free, a channel that lies elsewhere is still known."""
    first, second, _ = CHANNELS
    comm.batchSubscribe([first, second], sender=customer)
    comm.unsubscribe(first, sender=customer)
    assert comm.subscribe(second, sender=customer).events == []
    assert comm.users(customer)[3] == 1
    comm.unsubscribe(second, sender=customer)
    assert not comm.isUserSubscribed(second, customer)
    assert comm.users(customer)[3] == 0


def test_users_are_apart(comm, channel, customer, other_customer):
    """One user leaves, the other stays."""
    comm.subscribe(channel, sender=customer)
    comm.subscribe(channel, sender=other_customer)
    comm.unsubscribe(channel, sender=customer)
    assert not comm.isUserSubscribed(channel, customer)
    assert comm.isUserSubscribed(channel, other_customer)
