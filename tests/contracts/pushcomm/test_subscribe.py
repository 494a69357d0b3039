"""subscribe, batchSubscribe and what can be read about users."""

import pytest
from ape import chain
from eth_utils import to_checksum_address

ZERO = "0x" + "0" * 40


def address(number: int) -> str:
    return to_checksum_address(f"0x{number:040x}")


def test_first_subscription_activates_the_user(comm, channel, customer):
    """The user gets a number and a start block, and is subscribed to that channel and no other."""
    tx = comm.subscribe(channel, sender=customer)
    assert tx.events == [comm.Subscribe(channel=channel, user=customer)]
    assert comm.isUserSubscribed(channel, customer)
    assert not comm.isUserSubscribed(customer, channel)
    assert not comm.isUserSubscribed(ZERO, customer)
    assert tuple(comm.users(customer)) == (True, False, tx.block_number, 1)
    assert (comm.usersCount(), comm.mapAddressUsers(0)) == (1, customer)


def test_who_never_subscribed_is_no_user(comm, channel, stranger):
    """Nobody is a user before the first subscription."""
    assert tuple(comm.users(stranger)) == (False, False, 0, 0)
    assert not comm.isUserSubscribed(channel, stranger)
    assert not comm.isUserSubscribed(ZERO, stranger)


def test_further_channels_count(comm, channel, other_channel, customer):
    """Further subscriptions add to the count and leave number and start block alone."""
    first = comm.subscribe(channel, sender=customer)
    second = comm.subscribe(other_channel, sender=customer)
    assert second.events == [comm.Subscribe(channel=other_channel, user=customer)]
    assert tuple(comm.users(customer)) == (True, False, first.block_number, 2)
    assert all(comm.isUserSubscribed(each, customer) for each in (channel, other_channel))
    assert comm.usersCount() == 1


def test_users_are_numbered_in_order(comm, channel, customer, other_customer):
    """Each user has a number, from 0 on."""
    comm.subscribe(channel, sender=customer)
    comm.subscribe(channel, sender=other_customer)
    assert [comm.mapAddressUsers(i) for i in range(3)] == [customer, other_customer, ZERO]
    assert comm.usersCount() == 2


@pytest.mark.parametrize("which", ["first", "further"])
def test_subscribing_again_changes_nothing(comm, channel, other_channel, customer, which):
    """A second time is no error, tells nothing and counts nothing."""
    comm.batchSubscribe([channel, other_channel], sender=customer)
    before = tuple(comm.users(customer))
    tx = comm.subscribe(channel if which == "first" else other_channel, sender=customer)
    assert tx.events == []
    assert tuple(comm.users(customer)) == before


def test_answers_true(web3_comm, channel, customer):
    """As in the protocol, each of the four answers true, also when there is nothing to do."""
    for function in ("subscribe", "unsubscribe"):
        assert web3_comm.functions[function](str(channel)).call({"from": str(customer)}) is True
    for function in ("batchSubscribe", "batchUnsubscribe"):
        assert web3_comm.functions[function]([str(channel)]).call({"from": str(customer)}) is True


def test_zero_address_is_a_channel_too(comm, channel, customer):
    """The protocol subscribes its channels to the zero address: it is told apart from none."""
    comm.subscribe(ZERO, sender=customer)
    assert comm.isUserSubscribed(ZERO, customer)
    assert comm.users(customer)[3] == 1
    comm.subscribe(channel, sender=customer)
    assert comm.isUserSubscribed(ZERO, customer)
    comm.unsubscribe(ZERO, sender=customer)
    assert not comm.isUserSubscribed(ZERO, customer)
    assert comm.isUserSubscribed(channel, customer)


def test_batch_subscribes_to_each_once(comm, channel, other_channel, customer):
    """One event a channel in the order given; a channel named twice counts once."""
    tx = comm.batchSubscribe([channel, other_channel, channel], sender=customer)
    assert tx.events == [comm.Subscribe(channel=each, user=customer) for each in (channel, other_channel)]
    assert tuple(comm.users(customer)) == (True, False, tx.block_number, 2)


def test_batch_of_nothing(comm, customer):
    """An empty list makes nobody a user."""
    assert comm.batchSubscribe([], sender=customer).events == []
    assert not comm.users(customer)[0]


def test_batch_of_the_most(comm, customer, refusal):
    """A list of 256 channels fits in one transaction; a longer one is refused whole."""
    channels = [address(i) for i in range(1, 258)]
    tx = comm.batchSubscribe(channels[:256], sender=customer)
    assert tx.gas_used < 2**24  # what one transaction may use (EIP-7825)
    assert comm.users(customer)[3] == 256
    assert comm.isUserSubscribed(channels[255], customer)
    assert refusal("batchSubscribe", channels, sender=customer) is not None
    comm.batchUnsubscribe(channels[:256], sender=customer)
    assert comm.users(customer)[3] == 0


def test_channel_may_be_anyone(comm, customer, wallet):
    """The contract does not ask whether an address is a channel: oneself and a contract are fine."""
    comm.batchSubscribe([customer, wallet, comm], sender=customer)
    assert comm.users(customer)[3] == 3


def test_start_block_is_the_block_of_the_first(comm, channel, customer):
    """However many blocks went by before."""
    chain.mine(3)
    tx = comm.subscribe(channel, sender=customer)
    assert comm.users(customer)[2] == tx.block_number == chain.blocks.height
