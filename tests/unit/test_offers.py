"""What a transaction offers, and offers next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loyalty.chain.node import Fees
from loyalty.outbox import offers
from loyalty.outbox.offers import Offer

GWEI = 10**9
prices = st.integers(0, 10**13)
fees = st.builds(lambda base, tip: Fees(base, 2 * base + tip, tip, 30_000_000), prices, prices)
ceilings = st.integers(1, 10**14)


@given(fees, ceilings)
def test_a_first_offer_is_today_s_price_below_the_ceiling(now: Fees, ceiling: int) -> None:
    """Never above the ceiling, and never more tip than the whole."""
    offer = offers.first(now, ceiling)
    assert offer.max_fee == min(now.max_fee, ceiling)
    assert offer.priority <= offer.max_fee


@given(fees, fees, ceilings)
def test_a_raised_offer_replaces_and_keeps_the_ceiling(then: Fees, now: Fees, ceiling: int) -> None:
    """Both fees go up by an eighth at least, a block takes it now, and it stays below the ceiling; or there is none."""
    before = offers.first(then, ceiling)
    after = offers.raised(before, now, ceiling)
    if after is None:
        assert before.max_fee + before.max_fee // 8 + 1 > ceiling or now.base > ceiling
        return
    assert ceiling >= after.max_fee >= max(before.max_fee * 9 / 8, now.base)
    assert after.max_fee >= after.priority >= before.priority * 9 / 8


def test_the_ladder_ends_at_the_ceiling() -> None:
    """From 1 gwei to a ceiling of 100, at a price that does not move, it takes some forty steps and then no more."""
    offer, steps, now = Offer(GWEI, GWEI), 0, Fees(GWEI // 2, 2 * GWEI, GWEI, 30_000_000)
    while (higher := offers.raised(offer, now, 100 * GWEI)) is not None:
        assert higher.max_fee > offer.max_fee
        offer, steps = higher, steps + 1
    assert 30 < steps < 50
    assert 100 * GWEI * 8 / 9 - 2 < offer.max_fee <= 100 * GWEI
