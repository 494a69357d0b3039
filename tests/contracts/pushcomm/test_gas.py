"""What it costs, against the protocol's own version 2.5: gas is the same on every machine."""

import pytest

from .conftest import IDENTITY


@pytest.fixture
def cost(comm, channel, other_customer):
    """Gas of a call, all in, once the contract has its first user."""
    comm.subscribe(channel, sender=other_customer)

    def of(what, function, *args, sender):
        used = getattr(comm, function)(*args, sender=sender).gas_used
        print(f"{what}: {used:,}")
        return used

    return of


def test_send(cost, channel, customer):
    """A notification of 24 bytes costs no more than the protocol's 26,172."""
    assert cost("sendNotification, 24 bytes", "sendNotification", channel, customer, IDENTITY, sender=channel) <= 26_172


def test_subscribe(cost, channel, other_channel, customer):
    """A user's first subscription costs less than half of the protocol's 181,792, a further one of its 97,793."""
    assert cost("subscribe, the user's first", "subscribe", channel, sender=customer) < 90_896
    assert cost("subscribe, a further channel", "subscribe", other_channel, sender=customer) < 97_793 * 0.55
    assert cost("unsubscribe, a further channel", "unsubscribe", other_channel, sender=customer) < 41_490
    assert cost("unsubscribe, the first channel", "unsubscribe", channel, sender=customer) < 41_490


def test_settings(cost, comm, channel, customer):
    """Settings of 18 bytes cost no more than the protocol's 51,410."""
    comm.subscribe(channel, sender=customer)
    used = cost(
        "settings, 18 bytes", "changeUserChannelSettings", channel, 3, "1-0+2-0+3-1+4-98", sender=customer
    )  # fmt: skip
    assert used <= 51_410
