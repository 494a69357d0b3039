"""permit: an allowance by signature (ERC-2612), where customers may send points to each other."""

import pytest
from ape import chain
from eth_abi import encode
from eth_utils import keccak

from . import signing
from .model import ZERO
from .signing import MALFORMED

FIELDS = {"owner": "address", "spender": "address", "value": "uint256", "nonce": "uint256", "deadline": "uint256"}
NOT_SIGNED = "points: not signed by the account"


@pytest.fixture
def deadline():
    return chain.blocks.head.timestamp + 600


def split(signature: bytes) -> tuple[int, bytes, bytes]:
    """v, r, s as the function takes them."""
    return signature[64], signature[:32], signature[32:64]


@pytest.fixture
def permit(open_points, customer, stranger, deadline):
    """The arguments of permit, signed by the customer unless another key is given."""

    def made(
        contract=open_points, key=customer, owner=customer, spender=stranger, value=30, until=None, nonce=0, **domain
    ):
        until = until or deadline
        message = signing.typed(contract, "Permit", FIELDS, (owner, spender, value, nonce, until), **domain)
        return owner, spender, value, until, *split(signing.sign(key, message))

    return made


def test_sets_the_allowance(open_points, permit, customer, stranger, partner):
    """Whoever sends it, the signer's allowance is set and its nonce goes up by one; the sender's do not."""
    tx = open_points.permit(*permit(), sender=partner)
    assert tx.events == [open_points.Approval(owner=customer, spender=stranger, value=30)]
    assert open_points.allowance(customer, stranger) == 30
    assert (open_points.nonces(customer), open_points.nonces(partner)) == (1, 0)


def test_the_allowance_can_be_used(open_points, permit, customer, stranger, give):
    """For a transfer in the same way as one that was approved."""
    give(open_points, customer, 50)
    open_points.permit(*permit(), sender=stranger)
    open_points.transferFrom(customer, stranger, 30, sender=stranger)
    assert (open_points.balanceOf(stranger), open_points.allowance(customer, stranger)) == (30, 0)


def test_replaces_an_allowance(open_points, permit, customer, stranger):
    """It is set, not added to; the next one needs the next nonce."""
    open_points.permit(*permit(), sender=stranger)
    open_points.permit(*permit(value=5, nonce=1), sender=stranger)
    assert (open_points.allowance(customer, stranger), open_points.nonces(customer)) == (5, 2)


def test_is_refused_in_a_closed_loop(points, permit, customer, stranger, refusal):
    """Where points cannot be sent, nobody is asked to sign an allowance away."""
    assert refusal(points.permit, *permit(contract=points), sender=stranger) == "points: transfers are closed"


def test_refuses_a_replay(open_points, permit, stranger, customer, refusal):
    """A permit is good once, also after its allowance was taken back."""
    open_points.permit(*permit(), sender=stranger)
    open_points.approve(stranger, 0, sender=customer)
    assert refusal(open_points.permit, *permit(), sender=stranger) == NOT_SIGNED
    assert open_points.allowance(customer, stranger) == 0


def test_nonces_are_in_order(open_points, permit, stranger, refusal):
    """The next nonce and no other."""
    assert refusal(open_points.permit, *permit(nonce=1), sender=stranger) == NOT_SIGNED
    open_points.permit(*permit(nonce=0), sender=stranger)
    assert refusal(open_points.permit, *permit(nonce=2), sender=stranger) == NOT_SIGNED


def test_the_deadline_is_the_last_good_second(open_points, permit, stranger, deadline, travel, refusal):
    """At the deadline it is good, a second later it is not."""
    travel(deadline)
    assert refusal(open_points.permit, *permit(), sender=stranger) is None
    travel(deadline + 1)
    assert refusal(open_points.permit, *permit(), sender=stranger) == "points: signature has expired"


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": ZERO},
        {"spender": ZERO},
        {"value": 31},
        {"until": 2**40},
        {"chainId": 5},
        {"name": "Other Points"},
        {"version": "2"},
        {"verifyingContract": "0x" + "00" * 19 + "01"},
    ],
    ids=str,
)
def test_refuses_what_was_not_signed(open_points, permit, stranger, refusal, changes):
    """Another owner, spender, value, deadline, chain, name, version or contract is another message."""
    sent, signed = permit(), permit(**changes)
    assert refusal(open_points.permit, *sent[:4], *signed[4:], sender=stranger) == NOT_SIGNED
    assert refusal(open_points.permit, *sent, sender=stranger) is None


def test_refuses_another_signer(open_points, permit, other_customer, stranger, refusal):
    """Nobody signs for somebody else."""
    assert refusal(open_points.permit, *permit(key=other_customer), sender=stranger) == NOT_SIGNED
    assert refusal(open_points.permit, *permit(owner=other_customer), sender=stranger) == NOT_SIGNED
    own = permit(owner=other_customer, key=other_customer)
    assert refusal(open_points.permit, *own, sender=stranger) is None


def test_follows_the_chain_id_of_the_running_chain(open_points, permit, stranger, refusal):
    """After a fork, a permit is good on the half that it names and only there."""
    before = open_points.DOMAIN_SEPARATOR()
    here, there = permit(), permit(chainId=5)
    chain.provider.make_request("anvil_setChainId", [5])
    try:
        assert refusal(open_points.permit, *here, sender=stranger) == NOT_SIGNED
        assert refusal(open_points.permit, *there, sender=stranger) is None
        assert open_points.DOMAIN_SEPARATOR() != before
    finally:
        chain.provider.make_request("anvil_setChainId", [31337])


@pytest.mark.parametrize("shape", [shape for shape in MALFORMED if shape not in ("empty", "short", "long", "EIP-2098")])
def test_refuses_other_shapes_of_a_signature(open_points, permit, stranger, refusal, shape):
    """Only a low s and v 27 or 28."""
    *message, v, r, s = permit()
    bad = MALFORMED[shape](r + s + bytes([v]))
    assert refusal(open_points.permit, *message, *split(bad), sender=stranger) == NOT_SIGNED


@pytest.mark.parametrize("v", [0, 27, 28, 29, 255])
def test_the_zero_address_signs_nothing(open_points, permit, stranger, refusal, v):
    """A signature that recovers to nobody is not the zero address's."""
    _, *message, _, _, _ = permit()
    assert refusal(open_points.permit, ZERO, *message, v, bytes(32), bytes(32), sender=stranger) == NOT_SIGNED


def test_a_contract_wallet_does_not_sign(open_points, permit, wallet, stranger, deadline, refusal):
    """ERC-2612 is for keys: a wallet that would say yes to everything is not asked."""
    wallet.misbehave(bytes.fromhex("1626ba7e").ljust(32, b"\0"), False, False, sender=stranger)
    assert refusal(open_points.permit, *permit(owner=wallet), sender=stranger) == NOT_SIGNED


def test_a_delegated_account_still_signs_with_its_key(open_points, permit, customer, wallet, stranger):
    """An account under EIP-7702 has code; its key is what counts."""
    chain.provider.make_request("anvil_setCode", [customer.address, "0xef0100" + wallet.address[2:]])
    open_points.permit(*permit(), sender=stranger)
    assert open_points.allowance(customer, stranger) == 30


def test_the_domain_separator_is_that_of_the_domain(points, open_points):
    """The hash of name, version, chain and contract, as EIP-712 makes it."""
    fields = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    for contract in (points, open_points):
        values = [keccak(text=fields), keccak(text="Shop Points"), keccak(text="1"), 31337, contract.address]
        separator = keccak(encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], values))
        assert contract.DOMAIN_SEPARATOR() == separator


def test_works_while_paused(open_points, permit, guardian, customer, stranger):
    """A pause stops what is given out, not what customers do with theirs."""
    open_points.pause(60, sender=guardian)
    open_points.permit(*permit(), sender=stranger)
    assert open_points.allowance(customer, stranger) == 30
