"""sendNotification: from a channel or its delegate, to anyone."""

import pytest

from .conftest import IDENTITY

ZERO = "0x" + "0" * 40


@pytest.fixture
def allowed(web3_comm):
    """What the call answers."""

    def answer(sender, channel, recipient):
        return web3_comm.functions.sendNotification(str(channel), str(recipient), IDENTITY).call({"from": str(sender)})

    return answer


def test_channel_sends(comm, channel, customer, allowed):
    """A channel notifies anyone, subscriber or not, in one event."""
    assert allowed(channel, channel, customer) is True
    tx = comm.sendNotification(channel, customer, IDENTITY, sender=channel)
    assert tx.events == [comm.SendNotification(channel=channel, recipient=customer, identity=IDENTITY)]


def test_broadcast_goes_to_the_channel_itself(comm, channel):
    """The recipient of a broadcast is the channel."""
    tx = comm.sendNotification(channel, channel, b"1+bafkreicid", sender=channel)
    assert tx.events == [comm.SendNotification(channel=channel, recipient=channel, identity=b"1+bafkreicid")]


def test_event_is_encoded_as_the_protocol_does(comm, channel, customer):
    """Byte for byte: offset, length, identity padded with zeroes."""
    (log,) = comm.sendNotification(channel, customer, IDENTITY, sender=channel).logs
    assert bytes(log["data"]) == (32).to_bytes(32, "big") + len(IDENTITY).to_bytes(32, "big") + IDENTITY + bytes(8)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 796, 8191, 8192])
def test_identity_of_any_length(comm, channel, customer, size):
    """Empty and up to 8192 bytes, unchanged, whatever the bytes are."""
    identity = bytes(i * 7 % 256 for i in range(size))
    tx = comm.sendNotification(channel, customer, identity, sender=channel)
    assert tx.events == [comm.SendNotification(channel=channel, recipient=customer, identity=identity)]


def test_longer_identity_is_refused(channel, customer, refusal):
    """A byte over the bound reverts: it cannot be read as something shorter."""
    assert refusal("sendNotification", str(channel), str(customer), bytes(8193), sender=channel) is not None


@pytest.mark.parametrize("who", ["stranger", "customer", "admin", "recipient"])
def test_others_send_nothing(comm, channel, other_customer, stranger, customer, admin, allowed, who):
    """Not the admin, not a subscriber, not the recipient to itself: false, no event, no revert."""
    comm.subscribe(channel, sender=customer)
    sender = {"stranger": stranger, "customer": customer, "admin": admin, "recipient": other_customer}[who]
    assert allowed(sender, channel, other_customer) is False
    assert comm.sendNotification(channel, other_customer, IDENTITY, sender=sender).events == []


def test_nobody_sends_for_the_zero_channel(comm, admin, customer, allowed):
    """The admin's right to speak for address zero ended with the protocol's version 2."""
    assert allowed(admin, ZERO, customer) is False
    assert comm.sendNotification(ZERO, customer, IDENTITY, sender=admin).events == []


def test_delegate_sends_until_removed(comm, channel, other_channel, delegate, customer, allowed):
    """A delegate sends for its channel alone, and no longer once removed."""
    assert allowed(delegate, channel, customer) is False
    comm.addDelegate(delegate, sender=channel)
    assert allowed(delegate, channel, customer) is True
    assert allowed(delegate, other_channel, customer) is False
    assert allowed(channel, delegate, customer) is False
    tx = comm.sendNotification(channel, customer, IDENTITY, sender=delegate)
    assert tx.events == [comm.SendNotification(channel=channel, recipient=customer, identity=IDENTITY)]
    comm.removeDelegate(delegate, sender=channel)
    assert allowed(delegate, channel, customer) is False
