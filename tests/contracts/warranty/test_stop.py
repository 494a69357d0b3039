"""Who may, and how it is stopped."""

import pytest
from ape import chain

from .conftest import BUDGET, PERIOD
from .packing import item

STRANGER = "issuers: caller is not an issuer"
CALLS = {
    "set_terms": lambda token_id: (7, 24, 0, 0, ""),
    "register": lambda token_id: (10_000, [1, item("0x" + "1" * 40, 1)]),
    "extend": lambda token_id: (10_000, token_id, 1),
    "void": lambda token_id: (10_000, token_id, ""),
}


@pytest.fixture
def token_id(register, customer, free, now):
    return register(customer, free, now())


@pytest.mark.parametrize("function", CALLS)
def test_only_issuers_issue(owner, guardian, customer, stranger, issuer, token_id, refusal, function):
    """The owner, the guardian, the holder and a stranger are all no issuers."""
    for sender in (owner, guardian, customer, stranger):
        assert refusal(function, *CALLS[function](token_id), sender=sender) == STRANGER
    assert refusal(function, *CALLS[function](token_id), sender=issuer) is None


@pytest.mark.parametrize("function", CALLS)
def test_guardian_stops_an_issuer(warranty, owner, guardian, former_issuer, token_id, refusal, function):
    """An issuer that was stopped issues nothing more."""
    warranty.set_issuer(former_issuer, BUDGET, PERIOD, sender=owner)
    assert refusal(function, *CALLS[function](token_id), sender=former_issuer) is None
    warranty.stop_issuer(former_issuer, sender=guardian)
    assert refusal(function, *CALLS[function](token_id), sender=former_issuer) == STRANGER


@pytest.mark.parametrize("function", CALLS)
def test_guardian_pauses(warranty, guardian, issuer, token_id, refusal, function):
    """While paused nothing is issued, to the last second; then it goes on by itself."""
    warranty.pause(86_400, sender=guardian)
    until = warranty.paused_until()
    chain.mine(timestamp=until - 1)
    assert refusal(function, *CALLS[function](token_id), sender=issuer) == "guard: paused"
    chain.mine(timestamp=until)
    assert refusal(function, *CALLS[function](token_id), sender=issuer) is None


def test_batches_count_for_each_issuer(warranty, owner, former_issuer, register, customer, free, issuer):
    """Two issuers may use the same number: each counts its own."""
    warranty.set_issuer(former_issuer, BUDGET, PERIOD, sender=owner)
    warranty.register(10_000, [1, item(customer, free)], sender=issuer)
    warranty.register(10_000, [2, item(customer, free)], sender=former_issuer)
    assert warranty.balanceOf(customer) == 2


def test_nothing_else_is_there(warranty):
    """No function beyond these: no burn, no mint, no way to take a warranty from its holder."""
    expected = """
        owner pending_owner offer_ownership accept_ownership guardian paused_until set_guardian pause unpause
        set_issuer stop_issuer is_issuer budget_of batch_spent set_terms register extend void transferFrom
        safeTransferFrom safeTransferFrom approve setApprovalForAll set_contract_uri serial_id warranty_of terms_of
        startTime endTime legal_end commercial_end isTokenExpired expiryType transfers_left locked name symbol
        ownerOf balanceOf getApproved isApprovedForAll tokenURI contractURI supportsInterface
    """
    assert sorted(method.name for method in warranty.contract_type.methods) == sorted(expected.split())
