"""startTime, endTime, isTokenExpired, legal_end, commercial_end: calendar months from the first sale."""

import pytest
from ape import chain

from .packing import add_months, item, unix


@pytest.fixture
def ends(warranty, issuer, customer, batches):
    """The end of a warranty under terms of so many months, bought at a moment."""

    def end(bought: int, legal: int, commercial: int) -> int:
        number = next(batches)
        warranty.set_terms(30_000 + number, legal, commercial, 255, 0, 0, 0, 0, "", sender=issuer)
        warranty.register(number, [number, item(customer, 30_000 + number, bought)], sender=issuer)
        return warranty.endTime(number)

    return end


@pytest.mark.parametrize(
    ("bought", "months", "end"),
    [
        ((2031, 1, 31), 1, (2031, 2, 28)),
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2028, 2, 29), 12, (2029, 2, 28)),
        ((2028, 2, 29), 48, (2032, 2, 29)),
        ((2028, 2, 28), 24, (2030, 2, 28)),
        ((2031, 3, 31, 23, 59, 59), 1, (2031, 4, 30, 23, 59, 59)),
        ((2030, 12, 31, 12, 30), 2, (2031, 2, 28, 12, 30)),
        ((2031, 8, 31), 6, (2032, 2, 29)),
        ((1996, 2, 29), 48 + 12 * 100, (2100, 2, 28)),
        ((2031, 10, 15), 65535, (7493, 1, 15)),
    ],
)
def test_ends_on_the_day_it_began(ends, bought, months, end):
    """So many months later on the same day and time, or on the last day of a month that is too short."""
    assert ends(unix(*bought), months, 0) == unix(*end)


@pytest.mark.parametrize(("legal", "commercial"), [(24, 60), (60, 24), (24, 0), (0, 24), (24, 24)])
def test_longer_guarantee_counts(ends, warranty, batches, legal, commercial):
    """The end is the later of the two, and each of them reads by itself; what is not given ends at 0."""
    bought = unix(2031, 1, 31)
    assert ends(bought, legal, commercial) == add_months(bought, max(legal, commercial))
    token_id = next(batches) - 1
    assert warranty.legal_end(token_id) == (add_months(bought, legal) if legal else 0)
    assert warranty.commercial_end(token_id) == (add_months(bought, commercial) if commercial else 0)


def test_first_sale_starts_the_clock(warranty, register, shop, customer, free, now):
    """It runs from the block in which the shop hands it over, and the sale is no transfer."""
    token_id = register(shop, free)
    moment = now() + 1000
    chain.pending_timestamp = moment
    tx = warranty.transferFrom(shop, customer, token_id, sender=shop)
    assert tuple(warranty.warranty_of(token_id))[:7] == (
        customer.address, 2, moment, add_months(moment, 60), free, 0, 0
    )  # fmt: skip
    assert tx.events == [
        warranty.Transfer(sender=shop, receiver=customer, token_id=token_id),
        warranty.TokenExpiryUpdated(tokenId=token_id, startTime=moment, endTime=add_months(moment, 60)),
    ]


def test_clock_goes_on_after_a_resale(warranty, register, customer, other_customer, free, now):
    """Only the first sale starts it: whoever holds it next has what is left."""
    start = now() - 86_400
    token_id = register(customer, free, start)
    warranty.transferFrom(customer, other_customer, token_id, sender=customer)
    assert (warranty.startTime(token_id), warranty.endTime(token_id)) == (start, add_months(start, 60))


def test_nothing_runs_in_the_shop(warranty, register, shop, free, now):
    """However long it stands there it has no start, no end, and does not expire."""
    token_id = register(shop, free)
    chain.mine(timestamp=add_months(now(), 12 * 30))
    views = (warranty.startTime, warranty.endTime, warranty.legal_end, warranty.commercial_end)
    assert [view(token_id) for view in views] == [0, 0, 0, 0]
    assert not warranty.isTokenExpired(token_id)


@pytest.mark.parametrize(("offset", "expired"), [(-1, False), (0, True), (1, True)])
def test_expires_in_its_last_second(warranty, register, customer, twice, now, offset, expired):
    """The second of the end is the first that is not covered."""
    start = now()
    token_id = register(customer, twice, start)
    end = add_months(start, 24)
    chain.mine(timestamp=end + offset)
    assert warranty.isTokenExpired(token_id) is expired
    assert warranty.warranty_of(token_id).state == 2  # expired is read from the time, never stored


def test_void_still_tells_its_time(warranty, register, issuer, customer, free, now, batches):
    """Voiding keeps start and end; that it covers nothing any more is told by its state."""
    token_id = register(customer, free, start := now())
    warranty.void(next(batches), token_id, "resold abroad", sender=issuer)
    assert (warranty.startTime(token_id), warranty.endTime(token_id)) == (start, add_months(start, 60))
    assert not warranty.isTokenExpired(token_id)


@pytest.mark.parametrize("view", ["startTime", "endTime", "isTokenExpired", "legal_end", "commercial_end"])
def test_refuses_an_unknown_id(refusal, stranger, view):
    """What was never registered has no time to tell."""
    assert refusal(view, 12345, sender=stranger) == "warranty: no such warranty"


def test_type_is_time_based(warranty):
    """ERC-7858 readers are told that the numbers are seconds and not blocks."""
    assert warranty.expiryType() == 1
