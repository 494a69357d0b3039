"""extend: more months for a warranty that is not void."""

import pytest
from ape import chain

from .packing import add_months, unix


def test_adds_months(warranty, register, issuer, customer, free, now, batches):
    """The end moves by so many months; nothing else changes."""
    start = now()
    token_id = register(customer, free, start)
    warranty.extend(next(batches), token_id, 12, sender=issuer)
    assert tuple(warranty.warranty_of(token_id))[:7] == (
        customer.address, 2, start, add_months(start, 72), free, 0, 12
    )  # fmt: skip
    assert warranty.legal_end(token_id) == add_months(start, 24)
    assert warranty.commercial_end(token_id) == add_months(start, 60)


def test_counts_months_together(warranty, register, issuer, customer, twice, batches):
    """Months are added up before the calendar is asked: a short February in between takes no day away."""
    bought = unix(2029, 12, 31)
    token_id = register(customer, twice, bought)
    warranty.extend(next(batches), token_id, 2, sender=issuer)
    assert warranty.endTime(token_id) == unix(2032, 2, 29)
    warranty.extend(next(batches), token_id, 1, sender=issuer)
    assert warranty.endTime(token_id) == unix(2032, 3, 31)


def test_extends_what_stands_in_the_shop(warranty, register, issuer, shop, customer, twice, now, batches):
    """Extra months wait for the first sale with the rest."""
    token_id = register(shop, twice)
    tx = warranty.extend(next(batches), token_id, 6, sender=issuer)
    assert warranty.endTime(token_id) == 0
    assert warranty.TokenExpiryUpdated(tokenId=token_id, startTime=0, endTime=0) in tx.events
    warranty.transferFrom(shop, customer, token_id, sender=shop)
    assert warranty.endTime(token_id) == add_months(now(), 30)


def test_extends_what_has_run_out(warranty, register, issuer, customer, twice, now, batches):
    """Goodwill after the end: months count from where it ended, not from today."""
    start = now()
    token_id = register(customer, twice, start)
    chain.mine(timestamp=add_months(start, 25))
    assert warranty.isTokenExpired(token_id)
    warranty.extend(next(batches), token_id, 2, sender=issuer)
    assert not warranty.isTokenExpired(token_id)
    assert warranty.endTime(token_id) == add_months(start, 26)


def test_tells_the_new_end(warranty, register, issuer, customer, free, now):
    """The new end, that the metadata changed, and who added how much."""
    token_id = register(customer, free, start := now())
    tx = warranty.extend(10_000, token_id, 12, sender=issuer)
    assert tx.events == [
        warranty.MetadataUpdate(_tokenId=token_id),
        warranty.TokenExpiryUpdated(tokenId=token_id, startTime=start, endTime=add_months(start, 72)),
        warranty.Extended(token_id=token_id, issuer=issuer, batch=10_000, months=12),
    ]


def test_adds_255_months_and_no_more(warranty, register, issuer, customer, free, now, batches, refusal):
    """Extra months fill their field to the last and never spill into the next one."""
    token_id = register(customer, free, now())
    warranty.extend(next(batches), token_id, 254, sender=issuer)
    assert refusal("extend", 10_000, token_id, 2, sender=issuer) == "warranty: too many extra months"
    assert refusal("extend", 10_000, token_id, 2**256 - 1, sender=issuer) == "warranty: too many extra months"
    warranty.extend(next(batches), token_id, 1, sender=issuer)
    assert refusal("extend", 10_000, token_id, 1, sender=issuer) == "warranty: too many extra months"
    found = warranty.warranty_of(token_id)
    assert (found.owner, found.terms, found.extra_months) == (customer, free, 255)


def test_refuses_a_batch_seen_before(warranty, register, issuer, customer, free, now, refusal):
    """An extension sent twice adds once; its number counts with those of registrations."""
    token_id = register(customer, free, now())
    warranty.extend(10_000, token_id, 12, sender=issuer)
    for function, args in (("extend", (token_id, 12)), ("register", ([1, 1],)), ("void", (token_id, ""))):
        assert refusal(function, 10_000, *args, sender=issuer) == "issuers: batch already spent"
    assert warranty.warranty_of(token_id).extra_months == 12


@pytest.mark.parametrize(("months", "reason"), [(0, "warranty: no months"), (256, "warranty: too many extra months")])
def test_refuses_wrong_months(register, issuer, customer, free, now, refusal, months, reason):
    """No months and too many are refused."""
    assert refusal("extend", 10_000, register(customer, free, now()), months, sender=issuer) == reason


def test_refuses_a_void_or_unknown_one(warranty, register, issuer, customer, free, now, batches, refusal):
    """Nothing brings a void warranty back, and an unknown item has none."""
    token_id = register(customer, free, now())
    warranty.void(next(batches), token_id, "", sender=issuer)
    assert refusal("extend", 10_000, token_id, 12, sender=issuer) == "warranty: void"
    assert refusal("extend", 10_000, 12345, 12, sender=issuer) == "warranty: no such warranty"
    assert warranty.warranty_of(token_id).extra_months == 0
