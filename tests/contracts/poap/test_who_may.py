"""Who may call what: every function that changes something, as every role."""

import ape
import pytest

from .model import listing

ROLES = ("owner", "issuer", "guardian", "holder", "stranger", "former_issuer")
NO_OWNER = "ownership: caller is not the owner"
NO_ISSUER = "issuers: caller is not an issuer"
NO_GUARDIAN = "guard: caller is not the guardian"
ANYONE = set(ROLES)
CUSTOMER = "0x" + "11" * 20


@pytest.fixture
def people(request, poap, owner, former_issuer):
    poap.set_issuer(former_issuer, 5, 60, sender=owner)
    poap.set_issuer(former_issuer, 0, 0, sender=owner)
    return {role: request.getfixturevalue("customer" if role == "holder" else role) for role in ROLES}


@pytest.fixture
def rules(poap, drop, people, soulbound, passable):
    """Function -> arguments, who may, and what the others are told."""
    holder, stranger, issuer = (people[role].address for role in ("holder", "stranger", "issuer"))
    drop(soulbound, [holder])
    drop(passable, [holder])
    bound, free = poap.token_of(soulbound, holder), poap.token_of(passable, holder)
    may_not_move = "poap: caller may not move this badge"
    return {
        "offer_ownership": ((stranger,), {"owner"}, NO_OWNER),
        "accept_ownership": ((), set(), "ownership: caller is not the pending owner"),
        "set_guardian": ((stranger,), {"owner"}, NO_OWNER),
        "pause": ((60,), {"owner", "guardian"}, NO_GUARDIAN),
        "unpause": ((), {"owner"}, NO_OWNER),
        "set_issuer": ((stranger, 5, 60), {"owner"}, NO_OWNER),
        "stop_issuer": ((issuer,), {"owner", "guardian"}, NO_GUARDIAN),
        "create_event": ((9, 0, 0, 0, False, 0, ""), {"issuer"}, NO_ISSUER),
        "drop": ((10**6, soulbound, listing([CUSTOMER])), {"issuer"}, NO_ISSUER),
        "award": ((10**6, soulbound, CUSTOMER), {"issuer"}, NO_ISSUER),
        "burn": ((bound,), {"issuer", "holder"}, NO_ISSUER),
        "approve": ((stranger, free), {"holder"}, "poap: caller may not approve"),
        "setApprovalForAll": ((stranger, True), ANYONE, ""),
        "transferFrom": ((holder, stranger, free), {"holder"}, may_not_move),
        "safeTransferFrom": ((holder, stranger, free), {"holder"}, may_not_move),
        "set_event_uri": ((soulbound, ""), {"owner"}, NO_OWNER),
        "freeze_event": ((soulbound,), {"owner"}, NO_OWNER),
        "set_contract_uri": (("",), {"owner"}, NO_OWNER),
    }


def test_every_function_has_a_rule(poap, rules):
    """A function that is added without saying who may call it fails here."""
    assert {method.name for method in poap.contract_type.mutable_methods} == set(rules)


def test_each_role_may_do_what_it_may_and_no_more(rules, people, refusal):
    """Every function as every role."""
    for function, (arguments, allowed, reason) in rules.items():
        answers = {role: refusal(function, *arguments, sender=account) for role, account in people.items()}
        assert answers == {role: None if role in allowed else reason for role in ROLES}, function


def test_the_deployer_has_no_power_left_after_a_handover(poap, rules, people, refusal, owner, stranger):
    """The old owner is a stranger once the new one has accepted."""
    poap.offer_ownership(stranger, sender=owner)
    poap.accept_ownership(sender=stranger)
    assert poap.owner() == stranger
    for function, (arguments, allowed, reason) in rules.items():
        if "owner" in allowed and allowed != ANYONE:
            assert refusal(function, *arguments, sender=owner) == reason, function


def test_a_pause_stops_issuing_and_leaves_holders_free(poap, people, rules, refusal, guardian, travel):
    """Issuers can do nothing, holders everything that they could; it ends by itself."""
    poap.pause(3_600, sender=guardian)
    for function in ("create_event", "drop", "award", "burn"):
        assert refusal(function, *rules[function][0], sender=people["issuer"]) == "guard: paused", function
    for function in ("burn", "approve", "setApprovalForAll", "transferFrom", "safeTransferFrom"):
        assert refusal(function, *rules[function][0], sender=people["holder"]) is None, function
    travel(poap.paused_until() - 1)
    assert refusal("award", *rules["award"][0], sender=people["issuer"]) == "guard: paused"
    travel(poap.paused_until())
    assert refusal("award", *rules["award"][0], sender=people["issuer"]) is None


@pytest.mark.parametrize("first", ["drop", "award"])
@pytest.mark.parametrize("second", ["drop", "award"])
def test_a_batch_is_accepted_once(poap, issuer, refused, crowd, soulbound, first, second):
    """A batch sent twice issues once, also when the same number comes back with other contents."""
    wallets = crowd(2)

    def arguments(way: str, wallet: str):
        return 300, soulbound, listing([wallet]) if way == "drop" else wallet

    getattr(poap, first)(*arguments(first, wallets[0]), sender=issuer)
    assert poap.batch_spent(issuer, 300)
    for wallet in wallets:
        assert refused(second, *arguments(second, wallet), sender=issuer) == "issuers: batch already spent"
    assert poap.event_info(soulbound).issued == 1


def test_each_issuer_counts_its_own_batches(poap, owner, issuer, former_issuer, crowd, soulbound):
    """The same number from two issuers is two batches."""
    poap.set_issuer(former_issuer, 5, 60, sender=owner)
    wallets = crowd(2)
    poap.award(300, soulbound, wallets[0], sender=issuer)
    assert not poap.batch_spent(former_issuer, 300)
    poap.award(300, soulbound, wallets[1], sender=former_issuer)
    assert poap.event_info(soulbound).issued == 2


def test_a_budget_counts_badges(poap, owner, issuer, refused, refusal, crowd, soulbound, travel):
    """A drop costs as many as it has wallets, an award one, a new event none; the next window starts afresh."""
    wallets = crowd(9)
    # Windows start at multiples of their period: at the start of one, nothing of it has passed.
    travel((ape.chain.pending_timestamp // 3_600 + 1) * 3_600)
    poap.set_issuer(issuer, 6, 3_600, sender=owner)
    poap.drop(300, soulbound, listing(wallets[:4]), sender=issuer)
    poap.award(301, soulbound, wallets[4], sender=issuer)
    poap.create_event(9, 0, 0, 0, False, 0, "", sender=issuer)
    assert poap.budget_of(issuer) == (6, 3_600, 1)
    over = "issuers: over budget"
    assert refused("drop", 302, soulbound, listing(wallets[5:7]), sender=issuer) == over
    poap.award(303, soulbound, wallets[5], sender=issuer)
    assert refusal("award", 304, soulbound, wallets[6], sender=issuer) == over
    travel((ape.chain.pending_timestamp // 3_600 + 1) * 3_600)
    assert refusal("drop", 302, soulbound, listing(wallets[6:]), sender=issuer) is None
    assert poap.event_info(soulbound).issued == 6


def test_a_contract_may_start_without_an_issuer(project, owner):
    """The owner names one later."""
    contract = owner.deploy(project.Poap, "N", "S", "", owner, ape.utils.ZERO_ADDRESS, 0, 0)
    assert not contract.is_issuer(owner)
    assert contract.owner() == owner


def test_an_issuer_needs_a_budget_from_the_start(project, owner, issuer):
    """An issuer named at deployment with nothing to issue is a mistake."""
    with ape.reverts("poap: issuer without a budget"):
        owner.deploy(project.Poap, "N", "S", "", owner, issuer, 0, 86_400)
