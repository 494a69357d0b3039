"""addDelegate, removeDelegate."""


def test_delegate_is_added_and_subscribed(comm, channel, delegate):
    """A delegate may send for the channel, and is subscribed to it."""
    tx = comm.addDelegate(delegate, sender=channel)
    assert tx.events == [
        comm.Subscribe(channel=channel, user=delegate),
        comm.AddDelegate(channel=channel, delegate=delegate),
    ]
    assert comm.delegatedNotificationSenders(channel, delegate)
    assert comm.isUserSubscribed(channel, delegate)
    assert not comm.delegatedNotificationSenders(delegate, channel)


def test_delegate_stays_subscribed_when_removed(comm, channel, delegate):
    """Removing takes the right to send and leaves the subscription."""
    comm.addDelegate(delegate, sender=channel)
    tx = comm.removeDelegate(delegate, sender=channel)
    assert tx.events == [comm.RemoveDelegate(channel=channel, delegate=delegate)]
    assert not comm.delegatedNotificationSenders(channel, delegate)
    assert comm.isUserSubscribed(channel, delegate)


def test_again_tells_again(comm, channel, delegate, stranger):
    """Adding twice and removing one who is none tell it each time, as the protocol's version 2.5 does."""
    comm.addDelegate(delegate, sender=channel)
    again = comm.addDelegate(delegate, sender=channel)
    assert again.events == [comm.AddDelegate(channel=channel, delegate=delegate)]
    removed = comm.removeDelegate(stranger, sender=channel)
    assert removed.events == [comm.RemoveDelegate(channel=channel, delegate=stranger)]
    assert comm.users(delegate)[3] == 1


def test_delegate_who_left_is_subscribed_anew(comm, channel, delegate):
    """Being named again subscribes again."""
    comm.addDelegate(delegate, sender=channel)
    comm.unsubscribe(channel, sender=delegate)
    tx = comm.addDelegate(delegate, sender=channel)
    assert comm.Subscribe(channel=channel, user=delegate) in tx.events
    assert comm.isUserSubscribed(channel, delegate)


def test_only_for_oneself(comm, channel, delegate, stranger):
    """Whoever calls names delegates of its own channel, never of another."""
    comm.addDelegate(delegate, sender=stranger)
    assert comm.delegatedNotificationSenders(stranger, delegate)
    assert not comm.delegatedNotificationSenders(channel, delegate)
    comm.addDelegate(delegate, sender=channel)
    comm.removeDelegate(delegate, sender=stranger)
    assert comm.delegatedNotificationSenders(channel, delegate)
