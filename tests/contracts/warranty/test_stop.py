"""Who may, and how it is stopped."""

import pytest
from ape import chain

from .conftest import BUDGET, DOCUMENT, PERIOD
from .model import APPROVED, DAY, NO_BATCH, OPEN
from .packing import item

STRANGER = "issuers: caller is not an issuer"
# What an issuer calls: the arguments, for a token's id, and the state of its claim that the call asks for.
CALLS = {
    "set_terms": (None, lambda token_id: (7, 24, 0, 0, 0, 0, 0, 0, "")),
    "register": (None, lambda token_id: (10_000, [1, item("0x" + "1" * 40, 1)])),
    "extend": (None, lambda token_id: (10_000, token_id, 1)),
    "void": (None, lambda token_id: (10_000, token_id, "")),
    "recover": (None, lambda token_id: (10_000, token_id, "")),
    "open_claim_for": (None, lambda token_id: (10_000, token_id, DOCUMENT)),
    "review_claim": (OPEN, lambda token_id: (10_000, token_id, 1)),
    "approve_claim": (OPEN, lambda token_id: (10_000, token_id, 1, DOCUMENT)),
    "reject_claim": (OPEN, lambda token_id: (10_000, token_id, 1, "")),
    "repair": (APPROVED, lambda token_id: (10_000, token_id, 1, DOCUMENT)),
    "replace": (APPROVED, lambda token_id: (10_000, token_id, 1, 777, False, DOCUMENT)),
    "refund": (APPROVED, lambda token_id: (10_000, token_id, 1, DOCUMENT)),
    "flag": (None, lambda token_id: (10_000, token_id, True, False)),
    "recall": (None, lambda token_id: (10_000, 7, "ipfs://recall")),
}
BATCHED = [name for name in CALLS if name != "set_terms"]
ROLES = ["owner", "guardian", "issuer", "centre", "holder", "operator", "approved", "stranger"]
# The rest: who may call it, with which arguments, and what the others are told. None = everyone.
OTHERS = {
    "set_service_centre": ({"owner"}, lambda t, w: (w["stranger"], True), "ownership: caller is not the owner"),
    "set_contract_uri": ({"owner"}, lambda t, w: ("ipfs://new",), "ownership: caller is not the owner"),
    "set_issuer": ({"owner"}, lambda t, w: (w["stranger"], 1, 1), "ownership: caller is not the owner"),
    "set_guardian": ({"owner"}, lambda t, w: (w["stranger"],), "ownership: caller is not the owner"),
    "offer_ownership": ({"owner"}, lambda t, w: (w["stranger"],), "ownership: caller is not the owner"),
    "accept_ownership": (set(), lambda t, w: (), "ownership: caller is not the pending owner"),
    "unpause": ({"owner"}, lambda t, w: (), "ownership: caller is not the owner"),
    "pause": ({"owner", "guardian"}, lambda t, w: (1,), "guard: caller is not the guardian"),
    "stop_issuer": ({"owner", "guardian"}, lambda t, w: (w["issuer"],), "guard: caller is not the guardian"),
    "log_service": ({"centre"}, lambda t, w: (t, 1, DOCUMENT), "warranty: caller is not a service centre"),
    "open_claim": ({"holder"}, lambda t, w: (t, DOCUMENT), "warranty: caller is not the holder"),
    "cancel_claim": ({"holder"}, lambda t, w: (t, 1), "warranty: caller is not the holder"),
    "report": ({"holder"}, lambda t, w: (t, True, False), "warranty: caller is not the holder"),
    "approve": ({"holder", "operator"}, lambda t, w: (w["stranger"], t), "warranty: caller may not approve"),
    "setApprovalForAll": (None, lambda t, w: (w["stranger"], True), ""),
    "setTransferLimit": ({"holder", "operator", "approved"}, lambda t, w: (t, 1), "warranty: caller is not approved"),
    "transferFrom": (
        {"holder", "operator", "approved"},
        lambda t, w: (w["holder"], w["stranger"], t),
        "warranty: caller is not approved",
    ),
    "safeTransferFrom": (
        {"holder", "operator", "approved"},
        lambda t, w: (w["holder"], w["stranger"], t),
        "warranty: caller is not approved",
    ),
}


@pytest.fixture
def who(warranty, owner, guardian, issuer, accounts, customer, other_customer, stranger):
    """One account for each role; the holder has an operator, and approves an account for its warranty."""
    warranty.set_service_centre(accounts[9], True, sender=owner)
    warranty.setApprovalForAll(other_customer, True, sender=customer)
    everyone = (owner, guardian, issuer, accounts[9], customer, other_customer, accounts[8], stranger)
    return dict(zip(ROLES, everyone, strict=True))


@pytest.fixture
def token(warranty, who, register, served, now, claimed):
    """A holder's warranty with a claim in a state."""

    def make(claim_state: int | None) -> int:
        token_id = register(who["holder"], served, now())
        warranty.approve(who["approved"], token_id, sender=who["holder"])
        if claim_state is not None:
            claimed(token_id, claim_state)
        return token_id

    return make


def test_every_function_has_a_row(warranty):
    """A function without a row in the tables here or in the tables of the modules fails this test."""
    changing = {method.name for method in warranty.contract_type.mutable_methods}
    assert changing == set(CALLS) | set(OTHERS)


@pytest.mark.parametrize("function", CALLS)
def test_only_issuers_issue(who, token, refusal, function):
    """Everybody else is no issuer, whatever else they are."""
    claim_state, args = CALLS[function]
    token_id = token(claim_state)
    for role in ROLES:
        expected = None if role == "issuer" else STRANGER
        assert (role, refusal(function, *args(token_id), sender=who[role])) == (role, expected)


@pytest.mark.parametrize("function", OTHERS)
def test_who_else_may(who, token, refusal, function):
    """Each of the other functions as each role."""
    allowed, args, reason = OTHERS[function]
    token_id = token(OPEN if function == "cancel_claim" else None)
    addresses = {role: str(account) for role, account in who.items()}
    for role in ROLES:
        expected = None if allowed is None or role in allowed else reason
        found = refusal(function, *args(token_id, addresses), sender=who[role])
        assert (role, found) == (role, expected)


@pytest.mark.parametrize("function", CALLS)
def test_guardian_stops_an_issuer(warranty, owner, guardian, former_issuer, token, refusal, function):
    """An issuer that was stopped issues nothing more."""
    claim_state, args = CALLS[function]
    token_id = token(claim_state)
    warranty.set_issuer(former_issuer, BUDGET, PERIOD, sender=owner)
    assert refusal(function, *args(token_id), sender=former_issuer) is None
    warranty.stop_issuer(former_issuer, sender=guardian)
    assert refusal(function, *args(token_id), sender=former_issuer) == STRANGER


@pytest.mark.parametrize("function", CALLS)
def test_guardian_pauses(warranty, guardian, issuer, token, refusal, function):
    """While paused nothing is issued, to the last second; then it goes on by itself."""
    claim_state, args = CALLS[function]
    token_id = token(claim_state)
    warranty.pause(DAY, sender=guardian)
    until = warranty.paused_until()
    chain.mine(timestamp=until - 1)
    assert refusal(function, *args(token_id), sender=issuer) == "guard: paused"
    chain.mine(timestamp=until)
    assert refusal(function, *args(token_id), sender=issuer) is None


@pytest.mark.parametrize("function", BATCHED)
def test_batch_numbers_are_spent(warranty, issuer, token, refusal, function):
    """Each call spends its number, which no other call takes then; the number that stands for none is never taken."""
    claim_state, args = CALLS[function]
    token_id = token(claim_state)
    reserved = refusal(function, NO_BATCH, *args(token_id)[1:], sender=issuer)
    assert reserved == "warranty: batch number stands for none"
    getattr(warranty, function)(*args(token_id), sender=issuer)
    assert warranty.batch_spent(issuer, 10_000)
    for other in BATCHED:
        assert refusal(other, *CALLS[other][1](token_id), sender=issuer) == "issuers: batch already spent"


@pytest.mark.parametrize("function", BATCHED)
def test_refusals_spend_nothing(warranty, issuer, refusal, function):
    """What is refused leaves its batch number and the budget to the next try."""
    _, args = CALLS[function]
    left = warranty.budget_of(issuer)[2]
    bad = {"register": (10_000, [1, 0]), "recall": (10_000, 0, "")}.get(function, args(12345))
    assert refusal(function, *bad, sender=issuer).startswith("warranty: ")
    tx = getattr(warranty, function)(*bad, sender=issuer, gas=500_000, raise_on_revert=False)
    assert tx.failed
    assert not warranty.batch_spent(issuer, 10_000)
    assert warranty.budget_of(issuer)[2] == left


def test_batches_count_for_each_issuer(warranty, owner, former_issuer, register, customer, free, issuer):
    """Two issuers may use the same number: each counts its own."""
    warranty.set_issuer(former_issuer, BUDGET, PERIOD, sender=owner)
    warranty.register(10_000, [1, item(customer, free)], sender=issuer)
    warranty.register(10_000, [2, item(customer, free)], sender=former_issuer)
    assert warranty.balanceOf(customer) == 2


def test_nothing_else_is_there(warranty):
    """No function beyond these: no burn, no mint, nothing that takes a customer's warranty after the recovery days."""
    expected = """
        owner pending_owner offer_ownership accept_ownership guardian paused_until set_guardian pause unpause
        set_issuer stop_issuer is_issuer budget_of batch_spent set_terms register extend void recover transferFrom
        open_claim open_claim_for cancel_claim review_claim approve_claim reject_claim repair replace refund claim_of
        set_service_centre is_service_centre log_service report flag flags_of recall recall_of
        setTransferLimit transferLimitOf transferCountOf
        safeTransferFrom safeTransferFrom approve setApprovalForAll set_contract_uri serial_id warranty_of terms_of
        startTime endTime legal_end commercial_end isTokenExpired expiryType transfers_left locked name symbol
        ownerOf balanceOf getApproved isApprovedForAll tokenURI contractURI supportsInterface
    """
    assert sorted(method.name for method in warranty.contract_type.methods) == sorted(expected.split())
