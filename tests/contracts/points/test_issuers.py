"""set_issuer, stop_issuer, budget_of: who may issue, and how much."""

import ape
import pytest

from .conftest import BUDGET, DAY
from .model import ZERO, unix


def test_the_owner_adds_an_issuer(points, owner, stranger, customer):
    """From then on the account may award, within its budget."""
    tx = points.set_issuer(stranger, 100, DAY, sender=owner)
    assert tx.events == [points.IssuerSet(issuer=stranger, budget=100, period=DAY)]
    assert points.is_issuer(stranger)
    assert points.budget_of(stranger) == (100, DAY, 100)
    points.award_one(0, customer, 100, sender=stranger)
    assert points.balanceOf(customer) == 100


def test_the_owner_removes_an_issuer(points, owner, issuer, customer, refusal):
    """A budget of 0 removes; what was awarded stays."""
    points.award_one(0, customer, 5, sender=issuer)
    tx = points.set_issuer(issuer, 0, DAY, sender=owner)
    assert tx.events == [points.IssuerSet(issuer=issuer, budget=0, period=0)]
    assert not points.is_issuer(issuer)
    assert points.budget_of(issuer) == (0, 0, 0)
    assert refusal(points.award_one, 1, customer, 5, sender=issuer) == "issuers: caller is not an issuer"
    assert points.balanceOf(customer) == 5


@pytest.mark.parametrize("caller", ["guardian", "owner"])
def test_a_leaked_key_is_stopped_at_once(points, issuer, customer, refusal, caller, request):
    """The guardian or the owner stops an issuer, paused or not."""
    tx = points.stop_issuer(issuer, sender=request.getfixturevalue(caller))
    assert tx.events == [points.IssuerSet(issuer=issuer, budget=0, period=0)]
    assert refusal(points.award_one, 0, customer, 5, sender=issuer) == "issuers: caller is not an issuer"


def test_stopping_a_mistyped_address_is_told(points, guardian, stranger):
    """In an emergency, a stop that stops nobody must not look like one that worked."""
    with ape.reverts("issuers: not an issuer"):
        points.stop_issuer(stranger, sender=guardian)


@pytest.mark.parametrize("caller", ["issuer", "partner", "customer", "stranger", "former_issuer"])
def test_nobody_else_stops_an_issuer(points, issuer, refusal, caller, request):
    """Issuers do not stop each other."""
    sender = request.getfixturevalue(caller)
    assert refusal(points.stop_issuer, issuer, sender=sender) == "guard: caller is not the guardian"


@pytest.mark.parametrize("caller", ["guardian", "issuer", "stranger"])
def test_only_the_owner_adds(points, stranger, caller, request):
    """A guardian can take away and not give."""
    with ape.reverts("ownership: caller is not the owner"):
        points.set_issuer(stranger, 100, DAY, sender=request.getfixturevalue(caller))
    assert not points.is_issuer(stranger)


@pytest.mark.parametrize(
    ("issuer_", "budget", "period", "message"),
    [
        (ZERO, 1, 1, "issuers: issuer is the zero address"),
        ("0x0000000000000000000000000000000000000001", 2**48, 1, "issuers: budget is too large"),
        ("0x0000000000000000000000000000000000000001", 1, 0, "issuers: no period"),
        ("0x0000000000000000000000000000000000000001", 1, 2**32, "issuers: period is too long"),
    ],
)
def test_refuses_an_impossible_budget(points, owner, refusal, issuer_, budget, period, message):
    """Zero, and numbers that do not fit in their part of the word, are refused."""
    assert refusal(points.set_issuer, issuer_, budget, period, sender=owner) == message


def test_the_largest_budget_fits(points, owner, stranger, customer):
    """The largest numbers do not run into each other's part of the word."""
    points.set_issuer(stranger, 2**48 - 1, 2**32 - 1, sender=owner)
    points.award_one(0, customer, 7, sender=stranger)
    assert points.budget_of(stranger) == (2**48 - 1, 2**32 - 1, 2**48 - 8)


def test_the_shortest_period_is_a_second(points, owner, stranger, customer, refusal):
    """Windows of one second have large numbers, and still count."""
    points.set_issuer(stranger, 10, 1, sender=owner)
    points.award_one(0, customer, 10, sender=stranger)
    assert points.budget_of(stranger) == (10, 1, 0)
    assert refusal(points.award_one, 1, customer, 10, sender=stranger) == "issuers: over budget"


def test_a_window_gives_its_budget_once(points, issuer, customer, travel, refusal):
    """To the last second of the window nothing more, in the next one all of it again."""
    travel(2031, 12, 1, 23, 0)
    points.award_one(0, customer, BUDGET - 1, sender=issuer)
    assert points.budget_of(issuer)[2] == 1
    points.award_one(1, customer, 1, sender=issuer)
    travel(2031, 12, 1, 23, 59, 59)
    assert points.budget_of(issuer)[2] == 0
    assert refusal(points.award_one, 2, customer, 1, sender=issuer) == "issuers: over budget"
    travel(2031, 12, 2)
    assert points.budget_of(issuer)[2] == BUDGET
    assert refusal(points.award_one, 2, customer, BUDGET, sender=issuer) is None
    assert refusal(points.award_one, 2, customer, BUDGET + 1, sender=issuer) == "issuers: over budget"


def test_what_is_not_spent_is_not_saved_up(points, issuer, customer, travel, refusal):
    """After a quiet year the budget is that of one window."""
    points.award_one(0, customer, 1, sender=issuer)
    travel(2032, 11, 20)
    assert points.budget_of(issuer)[2] == BUDGET
    assert refusal(points.award_one, 1, customer, BUDGET + 1, sender=issuer) == "issuers: over budget"


def test_a_stolen_key_gets_two_windows_at_most_in_one_periods_time(points, issuer, customer, travel, refusal):
    """Around a border: the end of one window and the start of the next, and then nothing for a day."""
    travel(2031, 12, 1, 23, 59, 50)
    points.award_one(0, customer, BUDGET, sender=issuer)
    travel(2031, 12, 2)
    points.award_one(1, customer, BUDGET, sender=issuer)
    travel(2031, 12, 2, 23, 59, 59)
    assert refusal(points.award_one, 2, customer, 1, sender=issuer) == "issuers: over budget"


def test_a_changed_budget_keeps_what_was_spent(points, owner, issuer, customer, refusal):
    """Raising or lowering a budget is not a fresh window; lowered below what was spent, nothing is left."""
    points.award_one(0, customer, 1000, sender=issuer)
    points.set_issuer(issuer, 1500, DAY, sender=owner)
    assert points.budget_of(issuer) == (1500, DAY, 500)
    points.set_issuer(issuer, 600, DAY, sender=owner)
    assert points.budget_of(issuer) == (600, DAY, 0)
    assert refusal(points.award_one, 1, customer, 1, sender=issuer) == "issuers: over budget"


def test_another_period_starts_afresh(points, owner, issuer, customer, travel):
    """Windows of another length are other windows, also when one of them gets the old one's number later."""
    tx = points.award_one(0, customer, 1000, sender=issuer)
    points.set_issuer(issuer, 1500, DAY + 1, sender=owner)
    assert points.budget_of(issuer) == (1500, DAY + 1, 1500)
    travel(tx.timestamp // DAY * (DAY + 1) + DAY)  # its last second
    assert points.budget_of(issuer) == (1500, DAY + 1, 1500)


def test_budgets_are_each_issuers_own(points, owner, issuer, stranger, customer):
    """One issuer's spending leaves the other's budget alone."""
    points.set_issuer(stranger, 100, DAY, sender=owner)
    points.award_one(0, customer, 100, sender=stranger)
    assert points.budget_of(issuer)[2] == BUDGET


def test_a_former_issuer_can_come_back_but_not_repeat_a_batch(points, owner, issuer, guardian, customer, refusal):
    """Being removed does not make old batch numbers good again."""
    points.award_one(0, customer, 5, sender=issuer)
    points.stop_issuer(issuer, sender=guardian)
    points.set_issuer(issuer, 100, DAY, sender=owner)
    assert refusal(points.award_one, 0, customer, 5, sender=issuer) == "issuers: batch already spent"
    assert refusal(points.award_one, 1, customer, 5, sender=issuer) is None


def test_windows_start_at_multiples_of_the_period(points, owner, stranger, customer, travel):
    """A weekly window starts on a Thursday, as unix time did."""
    points.set_issuer(stranger, 100, 7 * DAY, sender=owner)
    thursday = unix(2031, 12, 4)
    travel(thursday - 30)
    points.award_one(0, customer, 100, sender=stranger)
    assert points.budget_of(stranger)[2] == 0
    travel(thursday)
    assert points.budget_of(stranger)[2] == 100


@pytest.mark.parametrize(
    "numbers",
    [
        (0, 63, 64, 127, 128),
        (64, 0, 65, 1, 130),
        (2**30 - 1, 0, 2**30 - 2),  # the last page that fits in the issuer's word
        (2**30, 2**30 + 63, 0, 2**30 + 64),  # beyond it
        (2**256 - 1, 2**256 - 64, 2**200, 5),
    ],
)
def test_every_number_is_accepted_once_in_any_order(points, issuer, customer, refusal, numbers):
    """Whatever numbers were used before or in between, a new one is good once, and none makes another one spent."""
    neighbours = {n + by for n in numbers for by in (-64, -1, 1, 64, 2**30) if 0 <= n + by < 2**256} - {*numbers}
    for at, number in enumerate(numbers):
        assert [points.batch_spent(issuer, each) for each in numbers] == [each in numbers[:at] for each in numbers]
        points.award_one(number, customer, 1, sender=issuer)
    for number in numbers:
        assert points.batch_spent(issuer, number)
        assert refusal(points.award_one, number, customer, 1, sender=issuer) == "issuers: batch already spent"
    assert not any(points.batch_spent(issuer, each) for each in neighbours)
    assert points.budget_of(issuer) == (BUDGET, DAY, BUDGET - len(numbers))
    for number in sorted(neighbours):
        assert refusal(points.award_one, number, customer, 1, sender=issuer) is None


def test_a_number_that_only_a_revoke_spent_is_spent(points, issuer, customer, refusal):
    """Also what does not touch the budget spends its number in the issuer's word, and leaves the budget as it was."""
    points.award_one(70, customer, 5, sender=issuer)
    points.revoke(3, customer, 5, b"\x01" * 32, "returned", sender=issuer)
    assert points.batch_spent(issuer, 3) and points.batch_spent(issuer, 70)
    assert points.budget_of(issuer) == (BUDGET, DAY, BUDGET - 5)
    assert refusal(points.award_one, 3, customer, 5, sender=issuer) == "issuers: batch already spent"


@pytest.mark.parametrize("numbers", [(0, 1, 63), (64, 100), (0, 64, 1)])
@pytest.mark.parametrize("period", [DAY, DAY + 1])
def test_numbers_outlive_removal_and_another_period(points, owner, issuer, customer, refusal, numbers, period):
    """Removed, stopped, or given another period: what was spent stays spent, and only that."""
    for number in numbers:
        points.award_one(number, customer, 1, sender=issuer)
    points.set_issuer(issuer, 0, 0, sender=owner)
    assert [points.batch_spent(issuer, each) for each in range(130)] == [each in numbers for each in range(130)]
    points.set_issuer(issuer, 50, period, sender=owner)
    assert [points.batch_spent(issuer, each) for each in range(130)] == [each in numbers for each in range(130)]
    assert points.budget_of(issuer) == (50, period, 50)
    for number in numbers:
        assert refusal(points.award_one, number, customer, 1, sender=issuer) == "issuers: batch already spent"


def test_a_removed_issuer_is_none_though_its_numbers_are_kept(points, owner, guardian, issuer, customer, refusal):
    """Its word is not zero, and it is no issuer all the same: it cannot issue, nor be stopped a second time."""
    points.award_one(9, customer, 5, sender=issuer)
    points.stop_issuer(issuer, sender=guardian)
    assert not points.is_issuer(issuer)
    assert points.budget_of(issuer) == (0, 0, 0)
    assert refusal(points.award_one, 10, customer, 5, sender=issuer) == "issuers: caller is not an issuer"
    assert (
        refusal(points.revoke, 10, customer, 5, b"\x01" * 32, "", sender=issuer) == "issuers: caller is not an issuer"
    )
    assert refusal(points.stop_issuer, issuer, sender=guardian) == "issuers: not an issuer"
