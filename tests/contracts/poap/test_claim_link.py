"""claim_link: who has the link's key names the receiver, and nobody else does."""

import ape
import pytest
from ape import chain
from eth_account import Account

from .model import awarded_id
from .typed import FOREVER, KEY, compact, digest, link, sign, twin

NOT_BY_LINK = "poap: receiver is not signed by the link"
NOT_BY_ISSUER = "poap: not signed by the issuer"
SPENT = "issuers: number already spent"


@pytest.fixture
def thief(stranger):
    """Sees every transaction before it is mined, and has gas."""
    return stranger


@pytest.fixture
def sent(poap, issuer, customer, soulbound):
    """The arguments with which the customer uses a link."""
    return link(issuer, poap, soulbound, customer)


def with_receiver(arguments: tuple, wallet: str, key_signature: bytes) -> tuple:
    return (*arguments[:6], str(wallet), key_signature)


@pytest.mark.parametrize("signer", ["nobody new", "thief", "issuer", "customer"])
def test_a_thief_cannot_put_itself_in_the_receiver_s_place(
    poap, sent, refused, thief, issuer, customer, soulbound, signer
):
    """The same calldata with another wallet needs the link's key again: the old signature, the thief's or the issuer's will not do."""
    signatures = {"nobody new": sent[7]} | {
        name: sign(account, poap, "Receive", soulbound, thief)
        for name, account in {"thief": thief, "issuer": issuer, "customer": customer}.items()
    }
    assert refused("claim_link", *with_receiver(sent, thief, signatures[signer]), sender=thief) == NOT_BY_LINK
    assert not poap.issued(soulbound, thief)
    assert not poap.number_spent(issuer, 0)
    poap.claim_link(*sent, sender=customer)
    assert poap.ownerOf(awarded_id(soulbound, customer.address)) == customer


def test_a_thief_who_is_faster_pays_for_the_receiver(poap, sent, web3_poap, thief, customer, soulbound):
    """Copied out of the pool and mined first, the same calldata gives the badge to the same wallet; the customer's own fails."""
    w3 = web3_poap.w3
    chain.provider.make_request("evm_setAutomine", [False])
    try:
        bound = web3_poap.functions.claim_link(*sent)
        first = bound.transact({"from": customer.address, "gas": 500_000, "gasPrice": 3 * 10**9})
        pending = w3.eth.get_transaction(first)
        assert pending["blockNumber"] is None
        seen = {"from": thief.address, "to": pending["to"], "data": pending["input"], "gas": 500_000}
        second = w3.eth.send_transaction(seen | {"gasPrice": 9 * 10**9})
    finally:
        chain.provider.make_request("evm_setAutomine", [True])
    chain.mine()
    theirs, copied = (w3.eth.get_transaction_receipt(each) for each in (first, second))
    assert (copied["transactionIndex"], copied["status"]) == (0, 1)
    assert (theirs["transactionIndex"], theirs["status"]) == (1, 0)
    assert poap.ownerOf(awarded_id(soulbound, customer.address)) == customer
    assert poap.balanceOf(thief) == 0


def test_another_key_is_another_link(poap, sent, refused, issuer, thief, customer, soulbound):
    """With a key of one's own in the place of the link's, the issuer has signed nothing."""
    own = Account.from_key(b"\x22" * 32)
    receive = sign(own, poap, "Receive", soulbound, thief)
    forged = (*sent[:2], own.address, *sent[3:6], thief.address, receive)
    assert refused("claim_link", *forged, sender=thief) == NOT_BY_ISSUER
    assert poap.event_info(soulbound).issued == 0
    poap.claim_link(*sent, sender=customer)


def test_the_key_signs_for_one_event(poap, sent, refused, issuer, customer, soulbound, passable):
    """What the key signed for another event's receiver is not good here, nor the issuer's link for another event."""
    other = link(issuer, poap, passable, customer)
    assert refused("claim_link", *with_receiver(sent, customer, other[7]), sender=customer) == NOT_BY_LINK
    assert refused("claim_link", *sent[:5], other[5], *sent[6:], sender=customer) == NOT_BY_ISSUER
    assert poap.event_info(soulbound).issued == 0
    poap.claim_link(*sent, sender=customer)
    assert poap.event_info(passable).issued == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"chainId": 5},
        {"name": "Other proofs"},
        {"version": "2"},
        {"verifyingContract": "0x0000000000000000000000000000000000000001"},
    ],
    ids=str,
)
def test_the_key_signs_for_one_contract(poap, sent, refused, customer, soulbound, changes):
    """On another chain, for another name, version or contract it has named nobody."""
    elsewhere = sign(KEY, poap, "Receive", soulbound, customer, **changes)
    assert refused("claim_link", *with_receiver(sent, customer, elsewhere), sender=customer) == NOT_BY_LINK
    assert poap.event_info(soulbound).issued == 0


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("empty", NOT_BY_LINK),
        ("64 bytes", NOT_BY_LINK),
        ("compact", NOT_BY_LINK),
        ("high s", NOT_BY_LINK),
        ("v 0 or 1", NOT_BY_LINK),
        ("v 29", NOT_BY_LINK),
        # Refused where the call is decoded, which gives no reason.
        ("66 bytes", ""),
    ],
)
def test_refuses_other_shapes_of_the_key_s_signature(poap, sent, refused, customer, soulbound, shape, reason):
    """As of an issuer's: r, low s, v of 27 or 28."""
    signature = sent[7]
    shapes = {
        "empty": b"",
        "64 bytes": signature[:64],
        "66 bytes": signature + b"\0",
        "compact": compact(signature),
        "high s": twin(signature),
        "v 0 or 1": signature[:64] + bytes([signature[64] - 27]),
        "v 29": signature[:64] + bytes([29]),
    }
    assert refused("claim_link", *with_receiver(sent, customer, shapes[shape]), sender=customer) == reason
    assert poap.event_info(soulbound).issued == 0


@pytest.mark.parametrize("v", [0, 27, 28, 29])
def test_a_link_without_a_key_is_none(poap, refused, issuer, customer, soulbound, v):
    """Signed for the zero address by mistake, it is nobody's: no signature is the zero address's."""
    nobody = ape.utils.ZERO_ADDRESS
    signature = sign(issuer, poap, "Link", soulbound, nobody, 0, FOREVER)
    forged = bytes(64) + bytes([v])
    mistaken = (str(issuer), soulbound, nobody, 0, FOREVER, signature, customer.address, forged)
    assert refused("claim_link", *mistaken, sender=customer) == NOT_BY_LINK
    assert poap.event_info(soulbound).issued == 0


def test_a_contract_is_no_key(poap, refused, wallet, issuer, customer, soulbound, stranger):
    """A link carries a key. What a contract accepts (ERC-1271) counts for issuers alone."""
    wallet.sign(digest(poap, "Receive", soulbound, customer), True, sender=stranger)
    signature = sign(issuer, poap, "Link", soulbound, wallet, 0, FOREVER)
    mistaken = (str(issuer), soulbound, wallet.address, 0, FOREVER, signature, customer.address, bytes(65))
    assert refused("claim_link", *mistaken, sender=customer) == NOT_BY_LINK
    assert poap.event_info(soulbound).issued == 0


def test_a_link_is_used_once(poap, sent, refused, issuer, customer, other_customer, soulbound):
    """Whoever has it too and names another wallet comes too late."""
    poap.claim_link(*sent, sender=customer)
    later = link(issuer, poap, soulbound, other_customer)
    assert refused("claim_link", *later, sender=other_customer) == SPENT
    assert not poap.issued(soulbound, other_customer)
    assert poap.event_info(soulbound).issued == 1


def test_a_cancelled_link_is_worthless(poap, sent, refused, issuer, customer, soulbound):
    """Whoever holds it, and before and after the issuer makes another."""
    poap.cancel_numbers([0], sender=issuer)
    assert refused("claim_link", *sent, sender=customer) == SPENT
    assert poap.event_info(soulbound).issued == 0
    poap.claim_link(*link(issuer, poap, soulbound, customer, number=1), sender=customer)


def test_an_expired_link_is_worthless(poap, refused, refusal, issuer, customer, soulbound, travel):
    """Good in its last second, and a second later it is not."""
    deadline = chain.blocks.head.timestamp + 60
    timed = link(issuer, poap, soulbound, customer, deadline=deadline)
    chain.pending_timestamp = deadline
    assert refusal("claim_link", *timed, sender=customer) is None
    travel(deadline + 1)
    assert refused("claim_link", *timed, sender=customer) == "poap: signature has expired"
    assert poap.event_info(soulbound).issued == 0


def test_two_links_of_one_key_are_two_badges_for_two_wallets(
    poap, issuer, customer, other_customer, soulbound, refused
):
    """The key's signature names a wallet and not a link: a second link of the same key cannot give that wallet a second badge."""
    poap.claim_link(*link(issuer, poap, soulbound, customer, number=0), sender=customer)
    again = link(issuer, poap, soulbound, customer, number=1)
    assert refused("claim_link", *again, sender=customer) == "poap: wallet already has this badge"
    assert not poap.number_spent(issuer, 1)
    poap.claim_link(*link(issuer, poap, soulbound, other_customer, number=1), sender=customer)
    assert poap.event_info(soulbound).issued == 2
