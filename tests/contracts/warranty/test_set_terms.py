"""set_terms: what a customer is promised is written once."""

import pytest

from .conftest import TERMS


@pytest.mark.parametrize(
    "terms",
    [
        (7, 24, 60, 3, 2, 30, 12, 14, "ipfs://new"),
        (65535, 65535, 0, 255, 255, 65535, 255, 255, ""),
        (8, 0, 1, 0, 0, 0, 0, 0, "x" * 2048),
    ],
)
def test_writes_terms(warranty, issuer, terms):
    """Terms read back as they were set, at every bound."""
    warranty.set_terms(*terms, sender=issuer)
    found = warranty.terms_of(terms[0])
    assert tuple(found) == terms[1:]


def test_tells_all_of_it(warranty, issuer):
    """The event says everything that was set, and by whom."""
    tx = warranty.set_terms(7, 24, 60, 3, 2, 30, 12, 14, "ipfs://new", sender=issuer)
    expected = warranty.TermsSet(
        terms=7,
        issuer=issuer,
        legal_months=24,
        commercial_months=60,
        transfers=3,
        max_claims=2,
        cooldown_days=30,
        repair_months=12,
        recovery_days=14,
        uri="ipfs://new",
    )
    assert tx.events == [expected]


def test_unknown_terms_have_no_months(warranty):
    """A number that nobody set reads as terms without any months."""
    assert tuple(warranty.terms_of(99)) == (0, 0, 0, 0, 0, 0, 0, "")


def test_refuses_to_change_terms(warranty, issuer, free, refusal):
    """Terms that exist stay as they are, also for the one who set them."""
    before = tuple(warranty.terms_of(free))
    assert refusal("set_terms", free, 1, 1, 1, 0, 0, 0, 0, "", sender=issuer) == "warranty: terms exist"
    assert before == tuple(warranty.terms_of(free)) == (*TERMS[free], f"ipfs://terms/{free}")


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ((0, 24, 0, 0, 0, 0, 0, 0, ""), "warranty: terms number is not from 1 to 65535"),
        ((65536, 24, 0, 0, 0, 0, 0, 0, ""), "warranty: terms number is not from 1 to 65535"),
        ((7, 65536, 0, 0, 0, 0, 0, 0, ""), "warranty: too many months"),
        ((7, 0, 65536, 0, 0, 0, 0, 0, ""), "warranty: too many months"),
        ((7, 0, 0, 0, 0, 0, 0, 0, ""), "warranty: terms give no time"),
        ((7, 24, 0, 256, 0, 0, 0, 0, ""), "warranty: transfers are over 255"),
        ((7, 24, 0, 0, 256, 0, 0, 0, ""), "warranty: max claims or cool-down are too large"),
        ((7, 24, 0, 0, 0, 65536, 0, 0, ""), "warranty: max claims or cool-down are too large"),
        ((7, 24, 0, 0, 0, 0, 256, 0, ""), "warranty: repair months or recovery are over 255"),
        ((7, 24, 0, 0, 0, 0, 0, 256, ""), "warranty: repair months or recovery are over 255"),
        ((7, 0, 24, 0, 0, 0, 1, 0, ""), "warranty: no legal guarantee to extend"),
        ((7, 1, 0, 0, 0, 0, 1, 0, ""), None),
        ((7, 0, 24, 0, 0, 0, 0, 0, ""), None),
        ((1, 24, 0, 0, 0, 0, 0, 0, ""), "warranty: terms exist"),
    ],
)
def test_refuses_what_does_not_fit(issuer, refusal, terms, reason):
    """Numbers that the token's word has no room for, and terms that cover nothing, are refused."""
    assert refusal("set_terms", *terms, sender=issuer) == reason
