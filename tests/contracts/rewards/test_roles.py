"""Who may call what: every function that changes something, by every role."""

import pytest

from .conftest import PRICE
from .model import Offer

NOT_OWNER = "ownership: caller is not the owner"
NOT_GUARDIAN = "guard: caller is not the guardian"
NOT_ISSUER = "issuers: caller is not an issuer"
ROLES = ("owner", "issuer", "guardian", "customer", "operator", "stranger", "former_issuer")
EVERYONE = set(ROLES)
ISSUERS = {"issuer"}


@pytest.fixture
def people(request, owner, other_customer):
    """An operator may move the customer's units; the others are as everywhere."""
    return {role: other_customer if role == "operator" else request.getfixturevalue(role) for role in ROLES}


@pytest.fixture
def rules(rewards, people, give, buy, free, bound):
    """Function -> arguments, who may, and what the others are told."""
    for account in people.values():
        give(account, 100)
    order, lots = buy(free, 2)
    buy(bound, 1)
    rewards.setApprovalForAll(people["operator"], True, sender=people["customer"])
    customer, stranger, issuer = (people[role].address for role in ("customer", "stranger", "issuer"))
    may_not_move = "rewards: caller may not move this reward"
    return {
        "offer_ownership": ((stranger,), {"owner"}, NOT_OWNER),
        "accept_ownership": ((), set(), "ownership: caller is not the pending owner"),
        "set_guardian": ((stranger,), {"owner"}, NOT_OWNER),
        "pause": ((60,), {"owner", "guardian"}, NOT_GUARDIAN),
        "unpause": ((), {"owner"}, NOT_OWNER),
        "set_issuer": ((stranger, 5, 60), {"owner"}, NOT_OWNER),
        "stop_issuer": ((issuer,), {"owner", "guardian"}, NOT_GUARDIAN),
        "cancel_numbers": (([3],), EVERYONE, None),
        "create_reward": ((0, *Offer(7, 1, 1)), ISSUERS, NOT_ISSUER),
        "add_stock": ((0, free, 1), ISSUERS, NOT_ISSUER),
        "set_price": ((0, free, 1), ISSUERS, NOT_ISSUER),
        "close_reward": ((free,), {"issuer", "guardian", "owner"}, NOT_GUARDIAN),
        "buy": ((free, 1, PRICE), EVERYONE, None),
        # Whoever sends it, the account has to have signed.
        "buy_for": ((customer, free, 1, PRICE, 0, 2**40, b""), set(), "rewards: not signed by the account"),
        "fulfil": ((0, [order]), ISSUERS, NOT_ISSUER),
        "cancel": ((order, lots), {"customer"}, "rewards: caller did not place this order"),
        "cancel_for": ((0, order, lots, ""), ISSUERS, NOT_ISSUER),
        "safeTransferFrom": ((customer, stranger, free, 1, b""), {"customer", "operator"}, may_not_move),
        "safeBatchTransferFrom": ((customer, stranger, [free], [1], b""), {"customer", "operator"}, may_not_move),
        "setApprovalForAll": ((stranger, True), EVERYONE, None),
        "set_contract_uri": (("",), {"owner"}, NOT_OWNER),
    }


def test_every_function_has_a_rule(rewards, rules):
    """A function that is added without saying who may call it fails here."""
    assert {method.name for method in rewards.contract_type.mutable_methods} == set(rules)


def test_each_role_may_do_what_it_may_and_no_more(rewards, rules, people, refusal):
    """Every function as every role."""
    for function, (arguments, allowed, reason) in rules.items():
        method = getattr(rewards, function)
        answers = {role: refusal(method, *arguments, sender=account) for role, account in people.items()}
        assert answers == {role: None if role in allowed else reason for role in ROLES}, function


def test_a_pause_stops_issuers_and_buying(rewards, rules, people, refusal, guardian, travel):
    """Customers keep what they have, and the guardian and the owner what stops things; it ends by itself."""
    rewards.pause(3_600, sender=guardian)
    stopped = {"create_reward", "add_stock", "set_price", "buy", "fulfil", "cancel_for"}
    for function, (arguments, allowed, _) in rules.items():
        for role in allowed:
            why = refusal(getattr(rewards, function), *arguments, sender=people[role])
            assert why == ("guard: paused" if function in stopped else None), (function, role)
    travel(rewards.paused_until())
    for function in stopped:
        arguments, allowed, _ = rules[function]
        for role in allowed:
            assert refusal(getattr(rewards, function), *arguments, sender=people[role]) is None, (function, role)


def test_the_deployer_has_no_power_left_after_a_handover(rewards, rules, refusal, owner, stranger):
    """The old owner is a stranger once the new one has accepted."""
    rewards.offer_ownership(stranger, sender=owner)
    rewards.accept_ownership(sender=stranger)
    assert rewards.owner() == stranger
    for function, (arguments, allowed, reason) in rules.items():
        if "owner" in allowed and allowed != EVERYONE:
            assert refusal(getattr(rewards, function), *arguments, sender=owner) == reason, function


def test_a_stopped_issuer_is_none(rewards, rules, refusal, guardian, issuer):
    """The guardian takes away everything that an issuer may, at once."""
    rewards.stop_issuer(issuer, sender=guardian)
    for function, (arguments, allowed, reason) in rules.items():
        if "issuer" in allowed and allowed != EVERYONE:
            assert refusal(getattr(rewards, function), *arguments, sender=issuer) == reason, function


def test_each_issuer_counts_its_own_batches(rewards, owner, issuer, former_issuer, sell, free):
    """The same number from two issuers is two batches."""
    rewards.set_issuer(former_issuer, 5, 60, sender=owner)
    rewards.add_stock(5, free, 1, sender=issuer)
    assert not rewards.batch_spent(former_issuer, 5)
    rewards.add_stock(5, free, 1, sender=former_issuer)
    assert rewards.batch_spent(former_issuer, 5)


def test_takes_no_money(rewards, owner):
    """No function is payable, and there is no fallback: no ether can be left in the contract."""
    assert not any(method.is_payable for method in rewards.contract_type.mutable_methods)
    assert rewards.contract_type.fallback is None
    assert rewards.balance == 0
