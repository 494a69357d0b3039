"""set_shop: which contracts may take customers' points for what they sell."""

from ape import chain

from .model import ZERO

NO_CONTRACT = "points: shop is not a contract"


def test_the_owner_names_and_removes_a_shop(points, owner, wallet, stranger):
    """It is told; other accounts are no shops."""
    tx = points.set_shop(wallet, True, sender=owner)
    assert tx.events == [points.ShopSet(shop=wallet, allowed=True)]
    assert (points.is_shop(wallet), points.is_shop(stranger)) == (True, False)
    tx = points.set_shop(wallet, False, sender=owner)
    assert tx.events == [points.ShopSet(shop=wallet, allowed=False)]
    assert not points.is_shop(wallet)


def test_nobody_else_does(points, issuer, guardian, wallet, stranger, refusal):
    """Neither an issuer nor the guardian."""
    for who in (issuer, guardian, stranger):
        assert refusal(points.set_shop, wallet, True, sender=who) == "ownership: caller is not the owner"


def test_a_key_is_no_shop(points, owner, stranger, refusal):
    """An account without code could take everybody's points at the will of whoever has its key."""
    assert refusal(points.set_shop, stranger, True, sender=owner) == NO_CONTRACT
    assert refusal(points.set_shop, ZERO, True, sender=owner) == NO_CONTRACT


def test_a_key_with_delegated_code_is_no_shop(points, owner, wallet, stranger, refusal):
    """The 23 bytes of an account under EIP-7702 leave it a key; a byte more is a contract."""
    delegation = "0xef0100" + wallet.address[2:]
    chain.provider.make_request("anvil_setCode", [stranger.address, delegation])
    assert refusal(points.set_shop, stranger, True, sender=owner) == NO_CONTRACT
    chain.provider.make_request("anvil_setCode", [stranger.address, "0x" + "00" * 24])
    assert refusal(points.set_shop, stranger, True, sender=owner) is None


def test_a_shop_that_is_gone_can_be_removed(points, owner, wallet):
    """Removing asks for no code."""
    points.set_shop(wallet, True, sender=owner)
    chain.provider.make_request("anvil_setCode", [wallet.address, "0x"])
    points.set_shop(wallet, False, sender=owner)
    assert not points.is_shop(wallet)
