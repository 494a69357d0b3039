"""The state machine as a table: each function in each state is allowed, or refused for this reason."""

import pytest

from .conftest import DOCUMENT
from .model import (
    APPROVED,
    CANCELLED,
    CLAIM_REFUNDED,
    CLAIM_REPLACED,
    DAY,
    IN_REVIEW,
    OPEN,
    REJECTED,
    REPAIRED,
)
from .packing import add_months

# How a warranty comes to be in a state, and its last claim's number there. Claims' states are states of an active one.
CLAIMS = {
    "open": OPEN,
    "in review": IN_REVIEW,
    "approved": APPROVED,
    "rejected": REJECTED,
    "cancelled": CANCELLED,
    "repaired": REPAIRED,
    "replaced": CLAIM_REPLACED,
    "refunded": CLAIM_REFUNDED,
}
STATES = ["unknown", "issued", "active", "late", "expired", "returned", "void", "lost", "bound", *CLAIMS]

# What each function is given beside the token's id, and by whom it is called.
BY_ISSUER = {
    "extend": (1,),
    "void": ("",),
    "recover": ("",),
    "flag": (True, False),
    "open_claim_for": (DOCUMENT,),
    "review_claim": ("claim",),
    "approve_claim": ("claim", DOCUMENT),
    "reject_claim": ("claim", ""),
    "repair": ("claim", DOCUMENT),
    "replace": ("claim", 777, False, DOCUMENT),
    "refund": ("claim", DOCUMENT),
}
BY_HOLDER = {
    "open_claim": (DOCUMENT,),
    "cancel_claim": ("claim",),
    "report": (False, True),
    "setTransferLimit": (1,),
}
FUNCTIONS = [*BY_ISSUER, *BY_HOLDER, "approve", "transferFrom", "safeTransferFrom", "log_service"]

NONE = "no such warranty"
NOT_ACTIVE = {name: "not active" for name in ("open_claim", "open_claim_for", "setTransferLimit")}
STEPS = ("cancel_claim", "review_claim", "approve_claim", "reject_claim", "repair", "replace", "refund")
NO_CLAIM = {name: "not the last claim" for name in STEPS}
WRONG_STEP = {name: "claim is not at this step" for name in STEPS}
MOVES = ("transferFrom", "safeTransferFrom")
CLAIM_IS_OPEN = {name: "a claim is open" for name in ("void", "recover", "open_claim", "open_claim_for", *MOVES)}


def over(reason: str) -> dict[str, str]:
    """What has ended for good refuses nearly everything."""
    return NOT_ACTIVE | {name: reason for name in ("extend", "void", "recover", *MOVES)}


def allowing(*steps: str) -> dict[str, str]:
    """Of the steps of a claim, these are allowed."""
    return {name: reason for name, reason in WRONG_STEP.items() if name not in steps}


# What is refused in which state; whatever is not named is allowed.
TABLE: dict[str, dict[str, str]] = {
    "unknown": {name: NONE for name in FUNCTIONS},
    "issued": NOT_ACTIVE | NO_CLAIM,
    "active": NO_CLAIM,
    "late": NO_CLAIM | {"recover": "too late to recover"},
    "expired": NO_CLAIM
    | {"recover": "too late to recover"}
    | {name: "not covered any more" for name in ("open_claim", "open_claim_for")},
    "returned": NOT_ACTIVE | NO_CLAIM,
    "void": over("void") | NO_CLAIM,
    "lost": NO_CLAIM | {name: "lost or stolen" for name in ("open_claim", "open_claim_for", *MOVES)},
    "bound": NO_CLAIM
    | {name: "no transfers left" for name in MOVES}
    | {"setTransferLimit": "limit can only be tightened"},
    "open": CLAIM_IS_OPEN | allowing("cancel_claim", "review_claim", "approve_claim", "reject_claim"),
    "in review": CLAIM_IS_OPEN | allowing("cancel_claim", "approve_claim", "reject_claim"),
    "approved": CLAIM_IS_OPEN | allowing("reject_claim", "repair", "replace", "refund"),
    "rejected": WRONG_STEP,
    "cancelled": WRONG_STEP,
    "repaired": WRONG_STEP,
    "replaced": over("replaced") | WRONG_STEP,
    "refunded": over("refunded") | WRONG_STEP,
}


@pytest.fixture
def brought(warranty, register, shop, customer, issuer, terms_with, now, batches, travel, claimed):
    """Register a warranty and bring it to a state; its id, its holder, and the number of its last claim."""

    def to(state: str):
        terms = terms_with(transfers=0 if state == "bound" else 5, recovery=14)
        if state == "unknown":
            return 12345, customer, 0
        if state == "issued":
            return register(shop, terms), shop, 1
        token_id = register(customer, terms, now())
        if state == "late":
            travel(now() + 14 * DAY)
        if state == "expired":
            travel(add_months(now(), 24))
        if state == "lost":
            warranty.report(token_id, True, False, sender=customer)
        if state == "void":
            warranty.void(next(batches), token_id, "", sender=issuer)
        if state == "returned":
            warranty.recover(next(batches), token_id, "", sender=issuer)
            return token_id, issuer, 1
        if state in CLAIMS:
            claimed(token_id, CLAIMS[state], new_id=7, restart=False)
        return token_id, customer, 1

    return to


def test_table_names_each_state_and_function():
    """No row is missing, and none is of something that is not there."""
    assert set(TABLE) == set(STATES)
    assert all(set(row) <= set(FUNCTIONS) for row in TABLE.values())


@pytest.mark.parametrize("state", STATES)
def test_what_is_allowed(warranty, owner, issuer, stranger, accounts, refusal, brought, state):
    """Each function does what the table says."""
    warranty.set_service_centre(accounts[9], True, sender=owner)
    token_id, holder, claim = brought(state)

    def call(function: str, sender: object, *args: object):
        return refusal(function, *(claim if arg == "claim" else arg for arg in args), sender=sender)

    found = {name: call(name, issuer, 10_000, token_id, *args) for name, args in BY_ISSUER.items()}
    found |= {name: call(name, holder, token_id, *args) for name, args in BY_HOLDER.items()}
    found |= {name: call(name, holder, str(holder), str(stranger), token_id) for name in MOVES}
    found["approve"] = call("approve", holder, str(stranger), token_id)
    found["log_service"] = call("log_service", accounts[9], token_id, 1, DOCUMENT)
    assert found == {name: None for name in FUNCTIONS} | {
        name: f"warranty: {reason}" for name, reason in TABLE[state].items()
    }


@pytest.mark.parametrize(
    ("state", "number", "locked", "left"),
    [
        ("issued", 1, False, 5),
        ("active", 2, False, 5),
        ("late", 2, False, 5),
        ("expired", 2, False, 5),
        ("returned", 6, False, 5),
        ("void", 3, True, 0),
        ("lost", 2, True, 5),
        ("bound", 2, True, 0),
        ("open", 2, True, 5),
        ("in review", 2, True, 5),
        ("approved", 2, True, 5),
        ("rejected", 2, False, 5),
        ("cancelled", 2, False, 5),
        ("repaired", 2, False, 5),
        ("replaced", 4, True, 0),
        ("refunded", 5, True, 0),
    ],
)
def test_what_is_read(warranty, brought, state, number, locked, left):
    """The state's number, whether it can move now, and how often it still could."""
    token_id, holder, _ = brought(state)
    found = warranty.warranty_of(token_id)
    assert (found.state, found.claim_state, found.owner) == (number, CLAIMS.get(state, 0), holder)
    assert (warranty.locked(token_id), warranty.transfers_left(token_id)) == (locked, left)
    assert warranty.isTokenExpired(token_id) is (state == "expired")
