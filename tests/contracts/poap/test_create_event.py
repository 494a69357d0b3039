"""create_event: rules are set once, by an issuer."""

import pytest

from .model import BOTH, ISSUER_ONLY, NEITHER

ART = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi"


def test_keeps_every_rule(poap, issuer):
    """An event is what it was created as, and counts nothing yet."""
    poap.create_event(77, 1_000, 2_000, 500, True, NEITHER, ART, sender=issuer)
    info = poap.event_info(77)
    assert (info.start, info.end, info.max_supply) == (1_000, 2_000, 500)
    assert (info.transferable, info.burn_auth, info.frozen, info.uri) == (True, NEITHER, False, ART)
    assert (info.issued, info.lists) == (0, 0)


def test_keeps_the_largest_of_everything(poap, issuer):
    """No field spills into its neighbour."""
    poap.create_event(2**32 - 1, 2**40 - 1, 2**40 - 1, 2**32 - 1, False, BOTH, "u" * 2_048, sender=issuer)
    info = poap.event_info(2**32 - 1)
    assert (info.start, info.end, info.max_supply) == (2**40 - 1, 2**40 - 1, 2**32 - 1)
    assert (info.transferable, info.burn_auth, info.frozen, info.uri) == (False, BOTH, False, "u" * 2_048)


def test_lists_events_in_the_order_of_creation(poap, issuer, soulbound, passable):
    """event_at counts from 0 and gives 0 past the last."""
    for event in (900, 5):
        poap.create_event(event, 0, 0, 0, False, ISSUER_ONLY, "", sender=issuer)
    assert poap.event_count() == 4
    assert [poap.event_at(i) for i in range(5)] == [soulbound, passable, 900, 5, 0]


def test_tells_the_rules(poap, issuer):
    """EventCreated says all that event_info will."""
    tx = poap.create_event(77, 1_000, 2_000, 500, True, BOTH, ART, sender=issuer)
    assert tx.events == [
        poap.EventCreated(
            event_id=77,
            issuer=issuer,
            start=1_000,
            end=2_000,
            max_supply=500,
            transferable=True,
            burn_auth=BOTH,
            uri=ART,
        )
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((0, 0, 0, 0, False, 0), "poap: event number is out of range"),
        ((2**32, 0, 0, 0, False, 0), "poap: event number is out of range"),
        ((1, 0, 0, 0, False, 0), "poap: event exists"),
        ((77, 2**40, 0, 0, False, 0), "poap: time is out of range"),
        ((77, 0, 2**40, 0, False, 0), "poap: time is out of range"),
        ((77, 2_000, 1_999, 0, False, 0), "poap: event ends before it starts"),
        ((77, 0, 0, 2**32, False, 0), "poap: supply is out of range"),
        ((77, 0, 0, 0, False, 4), "poap: unknown burn authorization"),
    ],
)
def test_refuses_rules_that_make_no_sense(poap, refused, issuer, arguments, reason):
    """What cannot be kept or can never be met is refused, and no event appears."""
    assert refused("create_event", *arguments, "", sender=issuer) == reason
    assert poap.event_count() == 2


def test_an_event_may_last_one_second(poap, issuer):
    """Start and end may be the same."""
    poap.create_event(77, 2_000, 2_000, 0, False, ISSUER_ONLY, "", sender=issuer)
    assert poap.event_info(77).end == 2_000


def test_there_is_no_info_on_an_event_that_is_not(poap, refusal, stranger):
    """event_info of an unknown number reverts."""
    assert refusal("event_info", 77, sender=stranger) == "poap: no such event"
