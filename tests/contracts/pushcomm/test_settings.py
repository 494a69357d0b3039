"""changeUserChannelSettings, userToChannelNotifs."""

import pytest

from .conftest import error

NOT_SUBSCRIBED = error("Comm_InvalidSubscriber()")


@pytest.fixture(params=["first", "further"])
def place(request, comm, channel, other_channel, customer):
    """A channel of the customer, whichever way the contract keeps it."""
    comm.batchSubscribe([channel, other_channel], sender=customer)
    return channel if request.param == "first" else other_channel


def test_stores_number_and_settings(comm, customer, place):
    """The number of options and a plus sign come before the settings, in the state and in the event."""
    tx = comm.changeUserChannelSettings(place, 3, "1-0+2-0+3-1+4-98", sender=customer)
    assert comm.userToChannelNotifs(customer, place) == "3+1-0+2-0+3-1+4-98"
    assert tx.events == [
        comm.UserNotifcationSettingsAdded(
            _channel=place, _user=customer, _notifID=3, _notifSettings="3+1-0+2-0+3-1+4-98"
        )
    ]


@pytest.mark.parametrize("size", [0, 28, 29, 30, 31, 32, 200, 512])
def test_settings_of_any_length(comm, channel, customer, size):
    """Short and long settings read back as written, across the bound between the two ways to keep them."""
    comm.subscribe(channel, sender=customer)
    settings = "".join(chr(33 + i % 90) for i in range(size))
    comm.changeUserChannelSettings(channel, 1, settings, sender=customer)
    assert comm.userToChannelNotifs(customer, channel) == "1+" + settings


def test_longest_number_and_settings(comm, channel, customer, refusal):
    """The largest number fits before the longest settings; longer settings are refused."""
    comm.subscribe(channel, sender=customer)
    comm.changeUserChannelSettings(channel, 2**256 - 1, "x" * 512, sender=customer)
    assert comm.userToChannelNotifs(customer, channel) == f"{2**256 - 1}+" + "x" * 512
    assert refusal("changeUserChannelSettings", str(channel), 1, "x" * 513, sender=customer) is not None


def test_new_settings_replace_old_ones(comm, channel, customer):
    """Long, short and long again: only the last ones are there."""
    comm.subscribe(channel, sender=customer)
    for settings in ("1-1" * 40, "1-0", "2-5" * 20, ""):
        comm.changeUserChannelSettings(channel, 2, settings, sender=customer)
        assert comm.userToChannelNotifs(customer, channel) == "2+" + settings


def test_settings_are_apart(comm, channel, other_channel, customer, other_customer):
    """One user's settings for one channel are nobody else's, and of no other channel."""
    for user in (customer, other_customer):
        comm.batchSubscribe([channel, other_channel], sender=user)
    comm.changeUserChannelSettings(channel, 1, "1-1", sender=customer)
    assert comm.userToChannelNotifs(customer, other_channel) == ""
    assert comm.userToChannelNotifs(other_customer, channel) == ""
    assert comm.userToChannelNotifs(channel, customer) == ""


def test_settings_stay_when_unsubscribed(comm, channel, customer, refusal):
    """Who leaves cannot change them, and finds them again when coming back."""
    comm.subscribe(channel, sender=customer)
    comm.changeUserChannelSettings(channel, 1, "1-1", sender=customer)
    comm.unsubscribe(channel, sender=customer)
    assert refusal("changeUserChannelSettings", str(channel), 1, "1-0", sender=customer) == NOT_SUBSCRIBED
    assert comm.userToChannelNotifs(customer, channel) == "1+1-1"


def test_refuses_who_is_not_subscribed(comm, channel, other_channel, customer, stranger, refusal):
    """Settings are for subscribers of that channel."""
    comm.subscribe(channel, sender=customer)
    assert refusal("changeUserChannelSettings", str(channel), 1, "1-0", sender=stranger) == NOT_SUBSCRIBED
    assert refusal("changeUserChannelSettings", str(other_channel), 1, "1-0", sender=customer) == NOT_SUBSCRIBED
