"""redeem_for: a customer signs, anybody pays the gas."""

import ape
import pytest
from ape import chain

from . import signing
from .model import ZERO
from .signing import MALFORMED, digest

REFERENCE = b"order 17".ljust(32, b"\0")
FIELDS = {"account": "address", "amount": "uint256", "reference": "bytes32", "number": "uint256", "deadline": "uint256"}


def typed(points, account, amount=20, number=0, deadline=None, **domain):
    """What a wallet shows and signs."""
    values = (account, amount, REFERENCE, number, deadline or chain.blocks.head.timestamp + 600)
    return signing.typed(points, "Redeem", FIELDS, values, **domain)


@pytest.fixture
def deadline():
    return chain.blocks.head.timestamp + 600


@pytest.fixture
def sign(points, customer):
    """The customer's signature over a redemption; arguments say what is different about it."""

    def signed(signer=customer, account=customer, contract=points, **changes) -> bytes:
        return signing.sign(signer, typed(contract, account, **changes))

    return signed


@pytest.fixture
def funded(points, customer, give):
    give(points, customer, 50)
    return points


def test_burns_for_who_signed(funded, customer, stranger, sign, deadline):
    """Anybody may send it; the signer's points are burnt and the number is spent."""
    funded.redeem_for(customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline), sender=stranger)
    assert funded.balanceOf(customer) == funded.totalSupply() == 30
    assert funded.number_spent(customer, 0)
    assert not funded.number_spent(customer, 1)


def test_tells_what_redeem_tells(funded, customer, stranger, sign, deadline):
    """The number that is used up, and the same events as the customer's own redeem."""
    tx = funded.redeem_for(customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline), sender=stranger)
    assert tx.events == [
        funded.NumberSpent(account=customer, number=0),
        funded.Transfer(sender=customer, receiver=ZERO, value=20),
        funded.Redeemed(account=customer, reference=REFERENCE, amount=20),
    ]


def test_refuses_a_replay(funded, customer, stranger, sign, deadline):
    """A message burns once."""
    message = (customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline))
    funded.redeem_for(*message, sender=stranger)
    with ape.reverts("issuers: number already spent"):
        funded.redeem_for(*message, sender=stranger)
    assert funded.balanceOf(customer) == 30


def test_numbers_need_no_order(funded, customer, stranger, sign, deadline):
    """Messages are good in any order, and a customer's batch numbers are not these numbers."""
    for number in (256, 0, 255):
        signature = sign(number=number, amount=5, deadline=deadline)
        funded.redeem_for(customer, 5, REFERENCE, number, deadline, signature, sender=stranger)
    assert funded.balanceOf(customer) == 35
    assert not funded.batch_spent(customer, 0)


def test_the_deadline_is_the_last_good_second(funded, customer, stranger, sign, deadline, travel, refusal):
    """At the deadline it is good, a second later it is not."""
    message = (customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline))
    travel(deadline)
    assert refusal(funded.redeem_for, *message, sender=stranger) is None
    travel(deadline + 1)
    assert refusal(funded.redeem_for, *message, sender=stranger) == "points: signature has expired"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 21},
        {"number": 1},
        {"deadline": 2**32},
        {"chainId": 5},
        {"name": "Other Points"},
        {"version": "2"},
        {"verifyingContract": "0x0000000000000000000000000000000000000001"},
    ],
    ids=str,
)
def test_refuses_what_was_not_signed(funded, customer, stranger, sign, deadline, refusal, changes):
    """Another amount, number, deadline, chain, name, version or contract is another message."""
    signature = sign(**{"deadline": deadline} | changes)
    arguments = (customer, 20, REFERENCE, 0, deadline)
    assert refusal(funded.redeem_for, *arguments, signature, sender=stranger) == "points: not signed by the account"
    assert refusal(funded.redeem_for, *arguments, sign(deadline=deadline), sender=stranger) is None


def test_refuses_another_reference(funded, customer, stranger, sign, deadline, refusal):
    """A relayer cannot redeem for another order."""
    other = b"order 18".ljust(32, b"\0")
    why = refusal(funded.redeem_for, customer, 20, other, 0, deadline, sign(deadline=deadline), sender=stranger)
    assert why == "points: not signed by the account"


def test_refuses_another_contract_of_the_same_name(funded, deploy, customer, stranger, sign, give, deadline):
    """Two shops may use one name: each takes its own messages only."""
    twin = deploy()
    give(twin, customer, 50)
    signature = sign(contract=twin, deadline=deadline)
    with ape.reverts("points: not signed by the account"):
        funded.redeem_for(customer, 20, REFERENCE, 0, deadline, signature, sender=stranger)
    twin.redeem_for(customer, 20, REFERENCE, 0, deadline, signature, sender=stranger)
    assert (funded.balanceOf(customer), twin.balanceOf(customer)) == (50, 30)


def test_follows_the_chain_id_of_the_running_chain(funded, customer, stranger, sign, deadline, refusal):
    """After a fork, a message is good on the half that it names and only there."""
    here = (customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline))
    there = (customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline, chainId=5))
    chain.provider.make_request("anvil_setChainId", [5])
    try:
        assert refusal(funded.redeem_for, *here, sender=stranger) == "points: not signed by the account"
        assert refusal(funded.redeem_for, *there, sender=stranger) is None
        assert funded.eip712Domain()[3] == 5
    finally:
        chain.provider.make_request("anvil_setChainId", [31337])


def test_refuses_another_signer(funded, customer, other_customer, stranger, sign, deadline, refusal):
    """Nobody signs for somebody else."""
    arguments = (customer, 20, REFERENCE, 0, deadline)
    signature = sign(signer=other_customer, deadline=deadline)
    assert refusal(funded.redeem_for, *arguments, signature, sender=stranger) == "points: not signed by the account"


@pytest.mark.parametrize("shape", MALFORMED)
def test_refuses_other_shapes_of_a_signature(funded, customer, stranger, sign, deadline, refusal, shape):
    """Only r, low s and v in 65 bytes are a key's signature, with v 27 or 28."""
    signature = MALFORMED[shape](sign(deadline=deadline))
    why = refusal(funded.redeem_for, customer, 20, REFERENCE, 0, deadline, signature, sender=stranger)
    assert why == "points: not signed by the account"


@pytest.mark.parametrize("v", [0, 27, 28, 29])
def test_the_zero_address_signs_nothing(funded, stranger, deadline, refusal, v):
    """A signature that recovers to nobody is not the zero address's."""
    why = refusal(funded.redeem_for, ZERO, 20, REFERENCE, 0, deadline, bytes(64) + bytes([v]), sender=stranger)
    assert why == "points: not signed by the account"


@pytest.mark.parametrize("amount", [0, 51])
def test_refuses_what_cannot_be_redeemed(funded, customer, stranger, sign, deadline, refusal, amount):
    """No amount and too much are refused as in redeem, however well signed."""
    message = (customer, amount, REFERENCE, 0, deadline, sign(amount=amount, deadline=deadline))
    why = refusal(funded.redeem_for, *message, sender=stranger)
    assert why == ("points: no amount" if amount == 0 else "points: balance is too low")


def test_works_while_paused(funded, customer, guardian, stranger, sign, deadline):
    """A pause does not lock points for those without gas either."""
    funded.pause(3600, sender=guardian)
    funded.redeem_for(customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline), sender=stranger)
    assert funded.balanceOf(customer) == 30


def test_a_delegated_account_still_signs_with_its_key(funded, customer, wallet, stranger, sign, deadline):
    """An account under EIP-7702 has code that may refuse everything; its key is enough."""
    code = "0xef0100" + wallet.address[2:]
    chain.provider.make_request("anvil_setCode", [customer.address, code])
    funded.redeem_for(customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline), sender=stranger)
    assert funded.balanceOf(customer) == 30


@pytest.fixture
def wallets_message(points, wallet, give, deadline):
    """A redemption of a contract wallet's points; the signature is whatever the wallet takes."""
    give(points, wallet, 50)
    return digest(typed(points, wallet, deadline=deadline)), (wallet, 20, REFERENCE, 0, deadline)


@pytest.mark.parametrize("length", [0, 65, 130, 1024])
def test_a_contract_wallet_signs(points, wallet, stranger, wallets_message, length):
    """ERC-1271: whatever bytes the wallet takes, two owners' or a passkey's, up to 1024 of them."""
    signed, message = wallets_message
    wallet.sign(signed, True, sender=stranger)
    points.redeem_for(*message, bytes(length), sender=stranger)
    assert points.balanceOf(wallet) == 30


def test_refuses_what_a_wallet_did_not_sign(points, wallet, stranger, wallets_message, refusal):
    """A wallet that signed nothing, or took it back, redeems nothing."""
    signed, message = wallets_message
    assert refusal(points.redeem_for, *message, b"", sender=stranger) == "points: not signed by the account"
    wallet.sign(signed, True, sender=stranger)
    wallet.sign(signed, False, sender=stranger)
    assert refusal(points.redeem_for, *message, b"", sender=stranger) == "points: not signed by the account"


MAGIC = bytes.fromhex("1626ba7e")


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (MAGIC.ljust(32, b"\0"), True),
        (MAGIC.ljust(64, b"\0"), True),
        (MAGIC, False),
        (MAGIC.ljust(31, b"\0"), False),
        (MAGIC.rjust(32, b"\0"), False),
        (MAGIC.ljust(32, b"\1"), False),
        (b"\xff" * 32, False),
        (b"\0" * 31 + b"\1", False),
    ],
    ids=["word", "two words", "4 bytes", "31 bytes", "right", "dirty", "ones", "true"],
)
def test_takes_only_the_magic_answer(points, wallet, stranger, wallets_message, refusal, answer, good):
    """The magic value at the left of a whole word is a yes, and nothing else is."""
    wallet.misbehave(answer, False, False, sender=stranger)
    why = refusal(points.redeem_for, *wallets_message[1], b"", sender=stranger)
    assert why == (None if good else "points: not signed by the account")


@pytest.mark.parametrize(("reverts", "burns"), [(True, False), (False, True)], ids=["reverts", "burns all gas"])
def test_a_bad_wallet_is_a_no(points, wallet, stranger, wallets_message, refusal, reverts, burns):
    """A wallet that reverts or burns all it is given costs a bounded amount of gas and redeems nothing."""
    wallet.misbehave(b"", reverts, burns, sender=stranger)
    message = (*wallets_message[1], b"")
    assert refusal(points.redeem_for, *message, sender=stranger) == "points: not signed by the account"
    # Sent past ape, which would trace every step of the wallet's loop.
    sent = chain.provider.web3.eth.send_transaction(
        {
            "from": stranger.address,
            "to": points.address,
            "data": points.redeem_for.encode_input(*message).to_0x_hex(),
            "gas": 5_000_000,
        }
    )
    receipt = chain.provider.web3.eth.wait_for_transaction_receipt(sent)
    assert receipt.status == 0
    assert receipt.gasUsed < 600_000


def test_says_what_is_signed_over(points):
    """ERC-5267: the fields used, name, version, chain and contract, no salt and no extensions."""
    assert tuple(points.eip712Domain()) == (b"\x0f", "Shop Points", "1", 31337, points.address, bytes(32), [])


def test_a_cancelled_number_is_spent(funded, customer, stranger, sign, deadline):
    """A customer who takes a signed message back is not redeemed by it any more; another number still is."""
    tx = funded.cancel_numbers([0, 7], sender=customer)
    assert tx.events == [
        funded.NumberSpent(account=customer, number=0),
        funded.NumberSpent(account=customer, number=7),
    ]
    with ape.reverts("issuers: number already spent"):
        funded.redeem_for(customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline), sender=stranger)
    assert funded.balanceOf(customer) == 50


def test_nobody_cancels_for_another(funded, customer, stranger, sign, deadline):
    """A stranger's cancelling spends the stranger's number, not the customer's."""
    funded.cancel_numbers([0], sender=stranger)
    funded.redeem_for(customer, 20, REFERENCE, 0, deadline, sign(deadline=deadline), sender=stranger)
    assert funded.balanceOf(customer) == 30


def test_a_used_number_does_not_hold_up_the_others(funded, customer, stranger, sign, deadline):
    """Whoever uses one message in front of its cancelling cannot save the next: used ones are left out, and told once."""
    funded.redeem_for(customer, 20, REFERENCE, 1, deadline, sign(number=1, deadline=deadline), sender=stranger)
    tx = funded.cancel_numbers([0, 1, 2, 2], sender=customer)
    assert tx.events == [
        funded.NumberSpent(account=customer, number=0),
        funded.NumberSpent(account=customer, number=2),
    ]
    assert [funded.number_spent(customer, number) for number in range(4)] == [True, True, True, False]
