"""An event's window and supply hold for every way to issue a badge."""

import pytest
from ape import chain

from .model import listing
from .typed import link, voucher

EARLY = "poap: event has not started"
LATE = "poap: event is over"
FULL = "poap: over the event's supply"


WAYS = ("drop", "drop_again", "award", "claim", "claim_link")
# Three wallets of another event's list.
SOURCE = 90


@pytest.fixture
def call(poap, issuer, drop, customer, crowd, batches):
    """A call that issues an event's badges one way: three in a list, or one."""
    poap.create_event(SOURCE, 0, 0, 0, False, 0, "", sender=issuer)
    drop(SOURCE, crowd(3))

    def arguments(way: str, event: int):
        return {
            "drop": lambda: ("drop", next(batches), event, listing(crowd(3))),
            "drop_again": lambda: ("drop_again", next(batches), event, SOURCE, 0),
            "award": lambda: ("award", next(batches), event, customer),
            "claim": lambda: ("claim", *voucher(issuer, poap, event, customer)),
            "claim_link": lambda: ("claim_link", *link(issuer, poap, event, customer)),
        }[way]()

    return arguments


@pytest.fixture
def try_at(call, refusal, issuer, travel):
    """Whether a call goes through in a block of exactly this moment; nothing stays of it."""

    def attempt(way: str, event: int, moment: int) -> str | None:
        with chain.isolate():
            travel(moment)
            return refusal(*call(way, event), sender=issuer)

    return attempt


@pytest.mark.parametrize("way", WAYS)
def test_the_first_and_last_second_belong_to_the_window(poap, issuer, try_at, way):
    """One second before the first and one after the last are refused."""
    start = chain.pending_timestamp + 1_000
    end = start + 500
    poap.create_event(70, start, end, 0, False, 0, "", sender=issuer)
    answers = {moment: try_at(way, 70, moment) for moment in (start - 1, start, start + 1, end - 1, end, end + 1)}
    assert list(answers.values()) == [EARLY, None, None, None, None, LATE]


@pytest.mark.parametrize("way", WAYS)
def test_a_bound_that_is_zero_does_not_bind(poap, issuer, try_at, way):
    """Only a start, or only an end."""
    edge = chain.pending_timestamp + 1_000
    poap.create_event(71, edge, 0, 0, False, 0, "", sender=issuer)
    poap.create_event(72, 0, edge, 0, False, 0, "", sender=issuer)
    assert [try_at(way, 71, edge + late) for late in (-1, 0, 10**9)] == [EARLY, None, None]
    assert [try_at(way, 72, edge + late) for late in (-900, 0, 1)] == [None, None, LATE]


@pytest.mark.parametrize("way", WAYS)
def test_the_last_of_a_supply_may_be_issued_any_way(poap, call, refused, award, issuer, other_customer, way):
    """What fits to the last badge is issued whole; with one place less, nothing is."""
    size = 3 if way.startswith("drop") else 1
    poap.create_event(74, 0, 0, size + 1, False, 0, "", sender=issuer)
    poap.create_event(75, 0, 0, size, False, 0, "", sender=issuer)
    for event in (74, 75):
        award(event, other_customer)
    assert refused(*call(way, 75), sender=issuer) == FULL
    assert poap.event_info(75).issued == 1
    assert not poap.number_spent(issuer, 0)
    function, *arguments = call(way, 74)
    getattr(poap, function)(*arguments, sender=issuer)
    assert poap.event_info(74).issued == size + 1


def test_supply_is_reached_and_not_passed(poap, drop, award, refusal, issuer, crowd, customer):
    """A drop or an award that would pass it is refused whole; the last badge may be issued either way."""
    poap.create_event(73, 0, 0, 5, False, 0, "", sender=issuer)
    wallets = crowd(9)
    assert refusal("drop", 10**6, 73, listing(wallets[:6]), sender=issuer) == FULL
    assert refusal("drop", 10**6, 73, listing(wallets[:5]), sender=issuer) is None
    drop(73, wallets[:4])
    assert refusal("drop", 10**6, 73, listing(wallets[4:6]), sender=issuer) == FULL
    assert refusal("drop", 10**6, 73, listing(wallets[4:5]), sender=issuer) is None
    award(73, customer)
    assert poap.event_info(73).issued == 5
    for event_is_full in (("drop", 10**6, 73, listing(wallets[4:5])), ("award", 10**6, 73, wallets[4])):
        assert refusal(*event_is_full, sender=issuer) == FULL
