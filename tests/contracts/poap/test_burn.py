"""burn: by whom the event says, and only once."""

import ape
import pytest

from .model import BOTH, ISSUER_ONLY, NEITHER, OWNER_ONLY, awarded_id, dropped_id

MAY_NOT = "poap: caller may not burn this badge"
NO_ISSUER = "issuers: caller is not an issuer"
GONE = "poap: badge is burnt"


@pytest.fixture
def event_for(poap, issuer):
    """Number of a new event with this burn authorization."""

    def create(burn_auth: int, transferable: bool = False) -> int:
        poap.create_event(50 + burn_auth, 0, 0, 0, transferable, burn_auth, "", sender=issuer)
        return 50 + burn_auth

    return create


@pytest.mark.parametrize(
    ("burn_auth", "by_holder", "by_issuer", "by_stranger"),
    [
        (ISSUER_ONLY, NO_ISSUER, None, NO_ISSUER),
        (OWNER_ONLY, None, MAY_NOT, MAY_NOT),
        (BOTH, None, None, NO_ISSUER),
        (NEITHER, MAY_NOT, MAY_NOT, MAY_NOT),
    ],
)
def test_who_may_burn(
    poap, event_for, award, refusal, customer, issuer, stranger, owner, burn_auth, by_holder, by_issuer, by_stranger
):
    """ERC-5484's four cases, for the holder, an issuer, anybody else, and the owner who is nobody special here."""
    event = event_for(burn_auth)
    award(event, customer)
    badge = awarded_id(event, customer.address)
    assert poap.burnAuth(badge) == burn_auth
    assert refusal("burn", badge, sender=customer) == by_holder
    assert refusal("burn", badge, sender=issuer) == by_issuer
    assert refusal("burn", badge, sender=stranger) == by_stranger
    assert refusal("burn", badge, sender=owner) == by_stranger


@pytest.mark.parametrize("kind", ["listed", "awarded"])
@pytest.mark.parametrize("by", ["holder", "issuer"])
def test_a_burnt_badge_is_gone(poap, refused, drop, award, crowd, customer, issuer, soulbound, kind, by):
    """Told as a transfer to nobody; it stays counted as issued; a second burn is refused."""
    if kind == "listed":
        drop(soulbound, [*crowd(4), customer.address])
    else:
        award(soulbound, customer)
    badge = poap.token_of(soulbound, customer)
    before = poap.event_info(soulbound)
    burner = customer if by == "holder" else issuer
    tx = poap.burn(badge, sender=burner)
    assert tx.events == [poap.Transfer(sender=customer, receiver=ape.utils.ZERO_ADDRESS, token_id=badge)]
    assert poap.balanceOf(customer) == 0
    assert poap.event_info(soulbound) == before
    assert poap.issued(soulbound, customer)
    assert refused("burn", badge, sender=burner) == GONE
    assert poap.balanceOf(customer) == 0


def test_the_others_of_a_list_keep_theirs(poap, drop, crowd, issuer, soulbound):
    """Burning one badge of a list leaves its neighbours alone."""
    wallets = crowd(5)
    drop(soulbound, wallets)
    poap.burn(dropped_id(soulbound, 0, 2), sender=issuer)
    for position in (0, 1, 3, 4):
        assert poap.ownerOf(dropped_id(soulbound, 0, position)) == wallets[position]


def test_a_badge_that_was_passed_on_is_its_new_holder_s_to_burn(poap, award, refusal, customer, stranger, event_for):
    """The wallet that it was issued to has no say any more."""
    event = event_for(OWNER_ONLY, transferable=True)
    award(event, customer)
    badge = awarded_id(event, customer.address)
    poap.transferFrom(customer, stranger, badge, sender=customer)
    assert refusal("burn", badge, sender=customer) == MAY_NOT
    poap.burn(badge, sender=stranger)
    assert refusal("ownerOf", badge, sender=stranger) == GONE
    assert (poap.balanceOf(customer), poap.balanceOf(stranger)) == (0, 0)


def test_an_issuer_that_was_removed_cannot_burn(poap, refused, award, customer, owner, issuer, soulbound):
    """Burning as an issuer ends with being one."""
    award(soulbound, customer)
    poap.stop_issuer(issuer, sender=owner)
    assert refused("burn", awarded_id(soulbound, customer.address), sender=issuer) == NO_ISSUER
    assert poap.balanceOf(customer) == 1


def test_burning_makes_no_room_under_the_supply(poap, award, issuer, customer, other_customer):
    """A supply counts badges ever issued."""
    poap.create_event(60, 0, 0, 1, False, BOTH, "", sender=issuer)
    award(60, customer)
    poap.burn(awarded_id(60, customer.address), sender=issuer)
    with ape.reverts("poap: over the event's supply"):
        award(60, other_customer)
