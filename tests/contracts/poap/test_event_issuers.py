"""set_event_issuer: an event that has issuers of its own is issued by those alone."""

import ape
import pytest

from .model import ISSUER_ONLY, awarded_id, listing
from .typed import link, voucher

CALLER = "poap: caller may not issue this event"
SIGNER = "poap: signer may not issue this event"


@pytest.fixture
def partner_issuer(poap, partner, owner):
    """A second issuer: a partner's key, with a budget of its own."""
    poap.set_issuer(partner, 50, 86_400, sender=owner)
    return partner


@pytest.fixture
def attempts(poap, drop, customer, crowd, passable):
    """Every way to issue a badge of an event, and what it says to who may not."""
    drop(passable, crowd(3))

    def ways(sender, event: int):
        return {
            "drop": (("drop", 700, event, listing([customer.address])), CALLER),
            "drop_again": (("drop_again", 700, event, passable, 0), CALLER),
            "award": (("award", 700, event, customer), CALLER),
            "claim": (("claim", *voucher(sender, poap, event, customer)), SIGNER),
            "claim_link": (("claim_link", *link(sender, poap, event, customer)), SIGNER),
        }

    return ways


@pytest.fixture
def answers(refusal, attempts):
    """None for each way that an account may issue an event, True for each it is refused for not being the event's issuer."""

    def ask(sender, event: int) -> dict[str, bool | None]:
        found = {}
        for way, (arguments, reason) in attempts(sender, event).items():
            why = refusal(*arguments, sender=sender)
            assert why in (None, reason)
            found[way] = why == reason
        return found

    return ask


ALL = ("drop", "drop_again", "award", "claim", "claim_link")
MAY = dict.fromkeys(ALL, False)
MAY_NOT = dict.fromkeys(ALL, True)


def test_an_event_without_issuers_of_its_own_is_everyone_s(answers, issuer, partner_issuer, soulbound):
    """As long as nobody is named, each issuer may issue it."""
    assert answers(issuer, soulbound) == MAY
    assert answers(partner_issuer, soulbound) == MAY


def test_an_event_with_an_issuer_is_that_one_s(poap, answers, owner, issuer, partner_issuer, soulbound, passable):
    """The others are refused on every path, and other events are not touched."""
    poap.set_event_issuer(soulbound, partner_issuer, True, sender=owner)
    assert poap.is_event_issuer(soulbound, partner_issuer) is True
    assert poap.is_event_issuer(soulbound, issuer) is False
    assert poap.is_event_issuer(passable, partner_issuer) is False
    assert answers(issuer, soulbound) == MAY_NOT
    assert answers(partner_issuer, soulbound) == MAY
    poap.create_event(3, 0, 0, 0, False, 0, "", sender=issuer)
    assert answers(issuer, 3) == MAY


def test_a_refused_issue_moves_nothing(poap, attempts, refused, owner, issuer, partner_issuer, customer, soulbound):
    """Neither budget, batch, number nor badge."""
    poap.set_event_issuer(soulbound, partner_issuer, True, sender=owner)
    before = poap.event_info(soulbound), poap.budget_of(issuer)
    for arguments, reason in attempts(issuer, soulbound).values():
        assert refused(*arguments, sender=issuer) == reason
    assert (poap.event_info(soulbound), poap.budget_of(issuer)) == before
    assert not poap.batch_spent(issuer, 700)
    assert not poap.number_spent(issuer, 0)
    assert not poap.issued(soulbound, customer)


def test_it_counts_who_signed_and_not_who_sends(
    poap, owner, issuer, partner_issuer, refusal, customer, stranger, soulbound
):
    """A message of the event's issuer may be sent by anybody; another issuer's is refused, also when the event's issuer sends it."""
    poap.set_event_issuer(soulbound, partner_issuer, True, sender=owner)
    for way, message in (("claim", voucher), ("claim_link", link)):
        assert refusal(way, *message(partner_issuer, poap, soulbound, customer), sender=stranger) is None
        assert refusal(way, *message(issuer, poap, soulbound, customer), sender=partner_issuer) == SIGNER


def test_several_issuers_share_an_event_until_the_last_is_taken_off(
    poap, answers, owner, issuer, partner_issuer, former_issuer, soulbound
):
    """Each that is taken off loses it; with the last one the event is every issuer's again."""
    poap.set_issuer(former_issuer, 50, 60, sender=owner)
    for account in (partner_issuer, former_issuer):
        poap.set_event_issuer(soulbound, account, True, sender=owner)
    assert [answers(account, soulbound) for account in (issuer, partner_issuer, former_issuer)] == [MAY_NOT, MAY, MAY]
    poap.set_event_issuer(soulbound, partner_issuer, False, sender=owner)
    assert poap.is_event_issuer(soulbound, partner_issuer) is False
    assert [answers(account, soulbound) for account in (issuer, partner_issuer, former_issuer)] == [
        MAY_NOT,
        MAY_NOT,
        MAY,
    ]
    poap.set_event_issuer(soulbound, former_issuer, False, sender=owner)
    assert [answers(account, soulbound) for account in (issuer, partner_issuer, former_issuer)] == [MAY, MAY, MAY]


def test_naming_one_twice_is_naming_it_once(poap, answers, owner, issuer, partner_issuer, soulbound):
    """Taken off once, it is off; taking off whoever was not there opens nothing."""
    for _ in range(2):
        poap.set_event_issuer(soulbound, partner_issuer, True, sender=owner)
    poap.set_event_issuer(soulbound, issuer, False, sender=owner)
    assert answers(issuer, soulbound) == MAY_NOT
    for _ in range(2):
        poap.set_event_issuer(soulbound, partner_issuer, False, sender=owner)
        assert answers(issuer, soulbound) == answers(partner_issuer, soulbound) == MAY
    poap.set_event_issuer(soulbound, issuer, True, sender=owner)
    assert answers(partner_issuer, soulbound) == MAY_NOT


@pytest.mark.parametrize("allowed", [True, False])
def test_tells_what_was_set(poap, owner, partner_issuer, soulbound, allowed):
    """Also where it was so before: the last word counts."""
    for _ in range(2):
        assert poap.set_event_issuer(soulbound, partner_issuer, allowed, sender=owner).events == [
            poap.EventIssuerSet(event_id=soulbound, issuer=partner_issuer, allowed=allowed)
        ]


def test_the_event_s_rules_stay(poap, owner, issuer, partner_issuer):
    """Naming issuers changes nothing else about an event, and freezing it leaves them."""
    start, end = 2**40 - 2, 2**40 - 1
    poap.create_event(80, start, end, 2**32 - 1, True, 3, "ipfs://80", sender=issuer)
    before = poap.event_info(80)
    poap.set_event_issuer(80, partner_issuer, True, sender=owner)
    poap.set_event_issuer(80, issuer, True, sender=owner)
    assert poap.event_info(80) == before
    poap.freeze_event(80, sender=owner)
    assert poap.event_info(80).frozen
    poap.set_event_issuer(80, issuer, False, sender=owner)
    assert poap.event_info(80).frozen
    assert poap.is_event_issuer(80, partner_issuer)
    poap.set_event_issuer(80, partner_issuer, False, sender=owner)
    assert (poap.event_info(80).start, poap.event_info(80).end, poap.event_info(80).burn_auth) == (start, end, 3)


def test_an_event_s_issuer_needs_a_budget_too(
    poap, refused, attempts, owner, stranger, guardian, partner_issuer, soulbound
):
    """Being named for an event makes no issuer of anyone, and stopping an issuer stops it here as well."""
    poap.set_event_issuer(soulbound, stranger, True, sender=owner)
    poap.set_event_issuer(soulbound, partner_issuer, True, sender=owner)
    poap.stop_issuer(partner_issuer, sender=guardian)
    for account in (stranger, partner_issuer):
        for way, (arguments, _) in attempts(account, soulbound).items():
            who = "signer" if way.startswith("claim") else "caller"
            assert refused(*arguments, sender=account) == f"issuers: {who} is not an issuer"
    assert poap.event_info(soulbound).issued == 0


def test_an_event_may_be_left_to_who_issues_nothing(poap, answers, owner, issuer, stranger, soulbound):
    """The owner closes an event by naming an account without a budget, and opens it again."""
    poap.set_event_issuer(soulbound, stranger, True, sender=owner)
    assert answers(issuer, soulbound) == MAY_NOT
    poap.set_event_issuer(soulbound, stranger, False, sender=owner)
    assert answers(issuer, soulbound) == MAY


def test_refuses_an_event_that_is_not_and_the_zero_address(poap, refused, owner, issuer, soulbound):
    """Neither is set, and a number that is created later starts open."""
    for event in (0, 99, 2**96 + soulbound):
        assert refused("set_event_issuer", event, issuer, True, sender=owner) == "poap: no such event"
    nobody = ape.utils.ZERO_ADDRESS
    assert refused("set_event_issuer", soulbound, nobody, True, sender=owner) == "poap: issuer is the zero address"
    assert not poap.is_event_issuer(99, issuer)
    assert not poap.is_event_issuer(soulbound, nobody)


def test_burning_as_an_issuer_is_the_event_s_issuers_too(
    poap, award, refused, owner, issuer, partner_issuer, customer, other_customer
):
    """Another issuer cannot burn what it could not have issued; holders burn as before."""
    poap.create_event(81, 0, 0, 0, False, ISSUER_ONLY, "", sender=issuer)
    poap.create_event(82, 0, 0, 0, False, 2, "", sender=issuer)
    for event in (81, 82):
        for account in (customer, other_customer):
            award(event, account)
        poap.set_event_issuer(event, partner_issuer, True, sender=owner)
        badge = awarded_id(event, customer.address)
        assert refused("burn", badge, sender=issuer) == "poap: caller may not burn this badge"
        poap.burn(badge, sender=partner_issuer)
    assert poap.balanceOf(customer) == 0
    poap.burn(awarded_id(82, other_customer.address), sender=other_customer)
    poap.set_event_issuer(81, partner_issuer, False, sender=owner)
    poap.burn(awarded_id(81, other_customer.address), sender=issuer)
    assert poap.balanceOf(other_customer) == 0
