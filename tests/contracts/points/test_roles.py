"""Who may call what: every function that changes something, by every role."""

import pytest
from eth_utils import keccak

ZERO_WORD = bytes(32)
# The first refusal says who may call; a call that gets past it may still be refused for another reason.
NOT_OWNER = "ownership: caller is not the owner"
NOT_GUARDIAN = "guard: caller is not the guardian"
NOT_ISSUER = "issuers: caller is not an issuer"
NOT_PENDING = "ownership: caller is not the pending owner"
ROLES = ["owner", "issuer", "guardian", "partner", "customer", "stranger", "former_issuer"]
EVERYONE = set(ROLES)

# function: (arguments, the refusal of who may not, those who may)
RULES = {
    "offer_ownership": (["account"], NOT_OWNER, {"owner"}),
    "accept_ownership": ([], NOT_PENDING, set()),
    "set_guardian": (["account"], NOT_OWNER, {"owner"}),
    "pause": ([60], NOT_GUARDIAN, {"owner", "guardian"}),
    "unpause": ([], NOT_OWNER, {"owner"}),
    "set_issuer": (["account", 1, 1], NOT_OWNER, {"owner"}),
    "stop_issuer": (["account"], NOT_GUARDIAN, {"owner", "guardian"}),
    "set_partner": (["account", True], NOT_OWNER, {"owner"}),
    "set_contract_uri": (["ipfs://new"], NOT_OWNER, {"owner"}),
    "award": ([0, [1 << 96 | 1]], NOT_ISSUER, {"issuer"}),
    "award_one": ([0, "account", 1], NOT_ISSUER, {"issuer"}),
    "revoke": ([0, "account", 1, ZERO_WORD, ""], NOT_ISSUER, {"issuer"}),
    "redeem": ([1, ZERO_WORD], None, EVERYONE),
    "redeem_for": (["account", 1, ZERO_WORD, 0, 2**40, b""], None, EVERYONE),
    "sweep": ([["account"]], None, EVERYONE),
    "transfer": (["account", 1], None, EVERYONE),
    "transferFrom": (["account", "account", 1], None, EVERYONE),
    "approve": (["account", 1], None, EVERYONE),
}
REFUSALS = {NOT_OWNER, NOT_GUARDIAN, NOT_ISSUER, NOT_PENDING}


def test_every_function_has_a_rule(points):
    """A function added without saying who may call it fails here."""
    assert {method.name for method in points.contract_type.mutable_methods} == set(RULES)


@pytest.mark.parametrize("function", RULES)
def test_only_who_may(points, customer, refusal, request, function):
    """Each role gets past the first line, or is told that it is not who may."""
    arguments, not_you, allowed = RULES[function]
    filled = [_fill(argument, str(customer)) for argument in arguments]
    for role in ROLES:
        sender = request.getfixturevalue(role)
        why = refusal(getattr(points, function), *filled, sender=sender)
        if role in allowed:
            assert why not in REFUSALS, role
        else:
            assert why == not_you, role


@pytest.mark.parametrize("function", RULES)
def test_takes_no_money(points, owner, function):
    """Nothing is payable: money sent along is refused, and none can get stuck."""
    [method] = [method for method in points.contract_type.mutable_methods if method.name == function]
    assert method.stateMutability == "nonpayable"


def test_has_no_permit_and_no_renouncing(points):
    """A signature never gives an allowance away, and the owner cannot vanish."""
    selectors = {keccak(text=method.selector)[:4] for method in points.contract_type.methods}
    for missing in ("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", "renounceOwnership()"):
        assert keccak(text=missing)[:4] not in selectors
    assert not any("renounce" in method.name for method in points.contract_type.methods)


def _fill(argument, account):
    if argument == "account":
        return account
    return [account] if argument == ["account"] else argument
