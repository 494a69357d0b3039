"""An event's window and supply hold for drops and awards alike."""

import ape
import pytest
from ape import chain

from .model import listing

EARLY = "poap: event has not started"
LATE = "poap: event is over"
FULL = "poap: over the event's supply"


@pytest.fixture
def try_at(poap, issuer, customer, crowd, batches):
    """Whether a drop or an award goes through in a block of exactly this moment; nothing stays of it."""

    def attempt(way: str, event: int, moment: int) -> str | None:
        with chain.isolate():
            chain.pending_timestamp = moment
            try:
                if way == "drop":
                    tx = poap.drop(next(batches), event, listing(crowd(3)), sender=issuer)
                else:
                    tx = poap.award(next(batches), event, customer, sender=issuer)
            except ape.exceptions.ContractLogicError as error:
                return error.revert_message
            assert tx.timestamp == moment
            return None

    return attempt


@pytest.mark.parametrize("way", ["drop", "award"])
def test_the_first_and_last_second_belong_to_the_window(poap, issuer, try_at, way):
    """One second before the first and one after the last are refused."""
    start = chain.pending_timestamp + 1_000
    end = start + 500
    poap.create_event(70, start, end, 0, False, 0, "", sender=issuer)
    answers = {moment: try_at(way, 70, moment) for moment in (start - 1, start, start + 1, end - 1, end, end + 1)}
    assert list(answers.values()) == [EARLY, None, None, None, None, LATE]


@pytest.mark.parametrize("way", ["drop", "award"])
def test_a_bound_that_is_zero_does_not_bind(poap, issuer, try_at, way):
    """Only a start, or only an end."""
    edge = chain.pending_timestamp + 1_000
    poap.create_event(71, edge, 0, 0, False, 0, "", sender=issuer)
    poap.create_event(72, 0, edge, 0, False, 0, "", sender=issuer)
    assert [try_at(way, 71, edge + late) for late in (-1, 0, 10**9)] == [EARLY, None, None]
    assert [try_at(way, 72, edge + late) for late in (-900, 0, 1)] == [None, None, LATE]


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
