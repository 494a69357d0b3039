"""What a pause stops, and what batch numbers and budgets hold."""

import ape
import pytest

from .model import listing

CUSTOMER = "0x" + "11" * 20


@pytest.fixture
def calls(poap, drop, issuer, customer, stranger, soulbound, passable):
    """A call of each function that issuers and holders have, which works as it stands."""
    drop(soulbound, [customer.address])
    drop(passable, [customer.address])
    poap.create_event(8, 0, 0, 0, False, 0, "", sender=issuer)
    bound, free = poap.token_of(soulbound, customer), poap.token_of(passable, customer)
    return {
        "create_event": (9, 0, 0, 0, False, 0, ""),
        "drop": (10**6, soulbound, listing([CUSTOMER])),
        "drop_again": (10**6, 8, soulbound, 0),
        "award": (10**6, soulbound, CUSTOMER),
        "burn": (bound,),
        "approve": (stranger.address, free),
        "setApprovalForAll": (stranger.address, True),
        "transferFrom": (customer.address, stranger.address, free),
        "safeTransferFrom": (customer.address, stranger.address, free),
    }


def test_a_pause_stops_issuing_and_leaves_holders_free(poap, calls, issuer, customer, refusal, guardian, travel):
    """Issuers can do nothing, holders everything that they could; it ends by itself."""
    poap.pause(3_600, sender=guardian)
    for function in ("create_event", "drop", "drop_again", "award", "burn"):
        assert refusal(function, *calls[function], sender=issuer) == "guard: paused", function
    for function in ("burn", "approve", "setApprovalForAll", "transferFrom", "safeTransferFrom"):
        assert refusal(function, *calls[function], sender=customer) is None, function
    travel(poap.paused_until() - 1)
    assert refusal("award", *calls["award"], sender=issuer) == "guard: paused"
    travel(poap.paused_until())
    assert refusal("award", *calls["award"], sender=issuer) is None


BATCHES = ("drop", "drop_again", "award")


@pytest.mark.parametrize("first", BATCHES)
@pytest.mark.parametrize("second", BATCHES)
def test_a_batch_is_accepted_once(poap, drop, issuer, refused, crowd, soulbound, passable, first, second):
    """A batch sent twice issues once, also when the same number comes back with other contents."""
    wallets = crowd(2)
    for wallet in wallets:
        drop(passable, [wallet])

    def arguments(way: str, turn: int):
        data = {"drop": [listing([wallets[turn]])], "drop_again": [passable, turn], "award": [wallets[turn]]}
        return 300, soulbound, *data[way]

    getattr(poap, first)(*arguments(first, 0), sender=issuer)
    assert poap.batch_spent(issuer, 300)
    for turn in (0, 1):
        assert refused(second, *arguments(second, turn), sender=issuer) == "issuers: batch already spent"
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
    """A drop costs as many as it has wallets, also again, an award one, a new event none; the next window starts afresh."""
    wallets = crowd(9)
    # Windows start at multiples of their period: at the start of one, nothing of it has passed.
    travel((ape.chain.pending_timestamp // 3_600 + 1) * 3_600)
    poap.set_issuer(issuer, 6, 3_600, sender=owner)
    poap.drop(300, soulbound, listing(wallets[:4]), sender=issuer)
    poap.award(301, soulbound, wallets[4], sender=issuer)
    poap.create_event(9, 0, 0, 0, False, 0, "", sender=issuer)
    assert poap.budget_of(issuer) == (6, 3_600, 1)
    assert refused("drop_again", 302, 9, soulbound, 0, sender=issuer) == "issuers: over budget"
    over = "issuers: over budget"
    assert refused("drop", 302, soulbound, listing(wallets[5:7]), sender=issuer) == over
    poap.award(303, soulbound, wallets[5], sender=issuer)
    assert refusal("award", 304, soulbound, wallets[6], sender=issuer) == over
    travel((ape.chain.pending_timestamp // 3_600 + 1) * 3_600)
    assert refusal("drop", 302, soulbound, listing(wallets[6:]), sender=issuer) is None
    assert poap.event_info(soulbound).issued == 6
    poap.drop_again(302, 9, soulbound, 0, sender=issuer)
    assert poap.budget_of(issuer)[2] == 2


def test_a_contract_may_start_without_an_issuer(project, owner):
    """The owner names one later."""
    contract = owner.deploy(project.Poap, "N", "S", "", owner, ape.utils.ZERO_ADDRESS, 0, 0)
    assert not contract.is_issuer(owner)
    assert contract.owner() == owner


def test_an_issuer_needs_a_budget_from_the_start(project, owner, issuer):
    """An issuer named at deployment with nothing to issue is a mistake."""
    with ape.reverts("poap: issuer without a budget"):
        owner.deploy(project.Poap, "N", "S", "", owner, issuer, 0, 86_400)


def test_256_numbers_are_cancelled_in_one_call(poap, issuer, refused):
    """And no more: a call with 257 does nothing."""
    numbers = list(range(257))
    assert refused("cancel_numbers", numbers, sender=issuer) == ""
    assert len(poap.cancel_numbers(numbers[1:], sender=issuer).events) == 256
    assert [poap.number_spent(issuer, number) for number in (0, 1, 256)] == [False, True, True]
