"""buy_for: a customer signs, anybody pays the gas."""

import ape
import pytest
from ape import chain

from .conftest import POINTS, PRICE, order_of
from .model import OPEN, ZERO, lot
from .typed import FIELDS, digest, sign, typed

NOT_SIGNED = "rewards: not signed by the account"
CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

pytestmark = pytest.mark.usefixtures("rich")


@pytest.fixture
def deadline(now):
    return now() + 600


@pytest.fixture
def message(customer, free, deadline):
    """Two units under number 5."""
    return [customer, free, 2, PRICE, 5, deadline]


@pytest.fixture
def signature(rewards, customer, message):
    """The customer's over the message."""
    return sign(customer.private_key, typed(rewards, *message))


def test_buys_for_who_signed(rewards, points, customer, stranger, free, message, signature):
    """Anybody may send it: the signer's points are burnt, the units are the signer's, the number is spent."""
    rewards.buy_for(*message, signature, sender=stranger)
    assert points.balanceOf(customer) == POINTS - 2 * PRICE
    assert rewards.balanceOf(customer, free) == rewards.bought(customer, free) == 2
    assert rewards.balanceOf(stranger, free) == 0
    assert tuple(rewards.order_of(1)) == (customer, free, 2, OPEN)
    assert rewards.number_spent(customer, 5)
    assert not rewards.number_spent(customer, 4)
    assert not rewards.number_spent(stranger, 5)


def test_tells_what_buy_tells(rewards, points, customer, stranger, free, message, signature):
    """The number that is used up, then the same as the customer's own buying, with the relayer as operator."""
    tx = rewards.buy_for(*message, signature, sender=stranger)
    lots = [lot(2032, 11) << 96 | 2 * PRICE]
    assert tx.events == [
        rewards.NumberSpent(account=customer, number=5),
        points.Transfer(sender=customer, receiver=ZERO, value=2 * PRICE),
        points.Spent(shop=rewards, account=customer, reference=(1).to_bytes(32, "big"), lots=lots),
        rewards.Bought(order=1, account=customer, reward=free, quantity=2, price=PRICE, lots=lots),
        rewards.TransferSingle(operator=stranger, sender=ZERO, receiver=customer, id=free, amount=2),
    ]


def test_returns_the_orders_number(rewards, stranger, message, signature):
    """As buy does."""
    assert rewards.buy_for.call(*message, signature, sender=stranger) == 1


def test_the_customer_cancels_it_alone(rewards, points, customer, stranger, message, signature, refused):
    """The order is the customer's; the relayer has nothing in it."""
    order = order_of(rewards.buy_for(*message, signature, sender=stranger))
    with refused("rewards: caller did not place this order"):
        rewards.cancel(*order, sender=stranger)
    rewards.cancel(*order, sender=customer)
    assert points.balanceOf(customer) == POINTS


def test_refuses_a_replay(rewards, stranger, customer, message, signature, refused):
    """A message buys once, also when its order was cancelled meanwhile."""
    order = order_of(rewards.buy_for(*message, signature, sender=stranger))
    with refused("issuers: number already spent"):
        rewards.buy_for(*message, signature, sender=stranger)
    rewards.cancel(*order, sender=customer)
    with refused("issuers: number already spent"):
        rewards.buy_for(*message, signature, sender=stranger)


def test_a_number_is_good_once(rewards, customer, stranger, message, signature, refused):
    """Two messages of one number: the first that comes is bought, whatever the other says."""
    rewards.buy_for(*message, signature, sender=stranger)
    message[2] = 1
    other = sign(customer.private_key, typed(rewards, *message))
    with refused("issuers: number already spent"):
        rewards.buy_for(*message, other, sender=stranger)


def test_numbers_need_no_order(rewards, customer, stranger, message):
    """Messages are good in any order, and are not batch numbers."""
    for number in (256, 0, 255, 2**256 - 1):
        message[4] = number
        rewards.buy_for(*message, sign(customer.private_key, typed(rewards, *message)), sender=stranger)
    assert rewards.order_count() == 4
    assert not rewards.batch_spent(customer, 0)


def test_numbers_are_each_customers_own(rewards, customer, other_customer, stranger, message, signature):
    """Two customers may use the same number."""
    rewards.buy_for(*message, signature, sender=stranger)
    message[0] = other_customer
    rewards.buy_for(*message, sign(other_customer.private_key, typed(rewards, *message)), sender=stranger)
    assert rewards.order_of(2).account == other_customer


def test_the_deadline_is_the_last_good_second(rewards, stranger, message, signature, deadline, travel, refusal):
    """At the deadline it is good, a second later it is not."""
    travel(deadline)
    assert refusal(rewards.buy_for, *message, signature, sender=stranger) is None
    travel(deadline + 1)
    assert refusal(rewards.buy_for, *message, signature, sender=stranger) == "rewards: signature has expired"


@pytest.mark.parametrize("field", FIELDS)
def test_refuses_another_message(rewards, other_customer, stranger, bound, message, signature, refused, field):
    """Each field is signed: account, reward, quantity, price, number and deadline."""
    at = list(FIELDS).index(field)
    message[at] = {"account": other_customer, "reward": bound}.get(field, message[at] if at < 2 else message[at] + 1)
    with refused(NOT_SIGNED):
        rewards.buy_for(*message, signature, sender=stranger)
    assert not rewards.number_spent(message[0], message[4])


@pytest.mark.parametrize(
    "domain",
    [
        {"chainId": 1},
        {"name": "Other Rewards"},
        {"version": "2"},
        {"verifyingContract": "0x0000000000000000000000000000000000000001"},
    ],
    ids=str,
)
def test_refuses_another_domain(rewards, customer, stranger, message, refused, domain):
    """Another chain, name, version or contract is another message."""
    with refused(NOT_SIGNED):
        rewards.buy_for(*message, sign(customer.private_key, typed(rewards, *message, **domain)), sender=stranger)


def test_refuses_another_contract_of_the_same_name(rewards, deploy, sell, customer, stranger, message, signature):
    """Two catalogues may use one name and one number: each takes its own messages only."""
    twin = deploy()
    sell(contract=twin, reward=message[1])
    theirs = sign(customer.private_key, typed(twin, *message))
    with ape.reverts(NOT_SIGNED):
        rewards.buy_for(*message, theirs, sender=stranger)
    with ape.reverts(NOT_SIGNED):
        twin.buy_for(*message, signature, sender=stranger)
    twin.buy_for(*message, theirs, sender=stranger)
    rewards.buy_for(*message, signature, sender=stranger)
    assert (rewards.order_count(), twin.order_count()) == (1, 1)


def test_points_do_not_take_it(rewards, points, customer, stranger, message, signature, refusal):
    """The message of a purchase is no redemption, though the fields look alike."""
    arguments = (customer, message[1], bytes(32), message[4], message[5])
    assert refusal(points.redeem_for, *arguments, signature, sender=stranger) == "points: not signed by the account"


def test_follows_the_chain_id_of_the_running_chain(rewards, customer, stranger, message, signature, refusal):
    """After a fork, a message is good on the half that it names and only there."""
    there = sign(customer.private_key, typed(rewards, *message, chainId=5))
    chain.provider.make_request("anvil_setChainId", [5])
    try:
        assert refusal(rewards.buy_for, *message, signature, sender=stranger) == NOT_SIGNED
        assert refusal(rewards.buy_for, *message, there, sender=stranger) is None
        assert rewards.eip712Domain()[3] == 5
    finally:
        chain.provider.make_request("anvil_setChainId", [31337])


def test_refuses_another_signer(rewards, other_customer, stranger, message, refused):
    """Nobody signs for another."""
    with refused(NOT_SIGNED):
        rewards.buy_for(*message, sign(other_customer.private_key, typed(rewards, *message)), sender=stranger)


@pytest.mark.parametrize("shape", ["empty", "64 bytes", "66 bytes", "compact", "high s", "v 0 or 1", "v 29", "zeros"])
def test_refuses_other_shapes_of_a_signature(rewards, stranger, message, signature, refusal, shape):
    """Only r, low s and v in 65 bytes are a key's signature, with v 27 or 28."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    shapes = {
        "empty": b"",
        "64 bytes": signature[:64],
        "66 bytes": signature + b"\0",
        "compact": r + bytes([s[0] | (v - 27) << 7]) + s[1:],  # EIP-2098
        "high s": r + (CURVE - int.from_bytes(s, "big")).to_bytes(32, "big") + bytes([55 - v]),
        "v 0 or 1": r + s + bytes([v - 27]),
        "v 29": r + s + bytes([29]),
        "zeros": bytes(65),
    }
    assert refusal(rewards.buy_for, *message, shapes[shape], sender=stranger) == NOT_SIGNED
    assert refusal(rewards.buy_for, *message, signature, sender=stranger) is None


@pytest.mark.parametrize("v", [0, 27, 28, 29])
def test_the_zero_address_signs_nothing(rewards, stranger, message, refusal, v):
    """A signature that recovers to nobody is not the zero address's."""
    message[0] = ZERO
    assert refusal(rewards.buy_for, *message, bytes(64) + bytes([v]), sender=stranger) == NOT_SIGNED


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (1, 99, "rewards: no such reward"),
        (2, 0, "rewards: no quantity"),
        (3, PRICE - 1, "rewards: price has changed"),
        (2, 51, "rewards: out of stock"),
    ],
)
def test_refuses_what_buy_refuses(rewards, customer, stranger, message, refused, at, value, reason):
    """However well signed; and the number stays good."""
    message[at] = value
    signature = sign(customer.private_key, typed(rewards, *message))
    with refused(reason):
        rewards.buy_for(*message, signature, sender=stranger)
    assert not rewards.number_spent(customer, 5)


def test_a_price_change_voids_the_message(rewards, issuer, stranger, free, message, signature, refused):
    """The price is signed: whoever relays late cannot make the customer pay more, nor less."""
    rewards.set_price(0, free, PRICE + 1, sender=issuer)
    with refused("rewards: price has changed"):
        rewards.buy_for(*message, signature, sender=stranger)


def test_refuses_while_paused(rewards, guardian, stranger, message, signature, refused):
    """As buying does."""
    rewards.pause(3600, sender=guardian)
    with refused("guard: paused"):
        rewards.buy_for(*message, signature, sender=stranger)


def test_a_cancelled_number_is_spent(rewards, customer, stranger, message, signature, refused):
    """A customer who takes a signed message back is not bought for; another's cancelling changes nothing."""
    rewards.cancel_numbers([5], sender=stranger)
    rewards.cancel_numbers([4, 5], sender=customer)
    assert rewards.number_spent(customer, 4)
    with refused("issuers: number already spent"):
        rewards.buy_for(*message, signature, sender=stranger)


def test_a_delegated_account_still_signs_with_its_key(rewards, customer, stranger, receiver, message, signature):
    """An account under EIP-7702 has code, which signed nothing here: its key is enough, and the code takes the units."""
    code = "0xef0100" + receiver.address[2:]
    chain.provider.make_request("anvil_setCode", [customer.address, code])
    # What the delegate was set up with lies in its own storage and not in the customer's.
    delegated = chain.contracts.instance_at(customer.address, contract_type=receiver.contract_type)
    delegated.behave("0xf23a6e61", "0xbc197c81", False, sender=stranger)
    rewards.buy_for(*message, signature, sender=stranger)
    assert rewards.balanceOf(customer, message[1]) == 2


def test_a_delegated_account_that_takes_nothing(rewards, customer, stranger, wallet, message, signature, refusal):
    """Where its code receives no rewards, an account under EIP-7702 cannot buy until it has other code."""
    code = "0xef0100" + wallet.address[2:]
    chain.provider.make_request("anvil_setCode", [customer.address, code])
    assert refusal(rewards.buy_for, *message, signature, sender=stranger) == "execution reverted"
    chain.provider.make_request("anvil_setCode", [customer.address, "0x"])
    rewards.buy_for(*message, signature, sender=stranger)


@pytest.mark.parametrize("length", [0, 64, 65, 130, 1024])
def test_a_contract_wallet_signs(rewards, points, receiver, stranger, message, length):
    """ERC-1271: whatever bytes the wallet takes, two owners' or a passkey's, up to 1024 of them."""
    message[0] = receiver
    receiver.sign(digest(typed(rewards, *message)), sender=stranger)
    rewards.buy_for(*message, b"\x5a" * length, sender=stranger)
    assert points.balanceOf(receiver) == POINTS - 2 * PRICE
    assert rewards.balanceOf(receiver, message[1]) == 2


def test_a_longer_signature_is_refused(rewards, receiver, stranger, message, refusal):
    """1025 bytes are none."""
    message[0] = receiver
    receiver.sign(digest(typed(rewards, *message)), sender=stranger)
    assert refusal(rewards.buy_for, *message, bytes(1025), sender=stranger) == "execution reverted"


def test_refuses_what_a_wallet_did_not_sign(rewards, receiver, stranger, message, refusal):
    """A wallet that signed another message buys nothing, and its answer to one is no answer to the other."""
    message[0] = receiver
    assert refusal(rewards.buy_for, *message, b"", sender=stranger) == NOT_SIGNED
    receiver.sign(digest(typed(rewards, *message)), sender=stranger)
    message[2] += 1
    assert refusal(rewards.buy_for, *message, b"", sender=stranger) == NOT_SIGNED


@pytest.mark.parametrize(("reverts", "burns"), [(True, False), (False, True)], ids=["reverts", "burns all gas"])
def test_a_bad_wallet_is_a_no(rewards, wallet, stranger, message, refusal, reverts, burns):
    """A wallet that reverts or burns all it is given is one that did not sign."""
    wallet.misbehave(b"", reverts, burns, sender=stranger)
    message[0] = wallet
    assert refusal(rewards.buy_for, *message, b"", sender=stranger) == NOT_SIGNED


def test_says_what_is_signed_over(rewards):
    """ERC-5267: the fields used, name, version, chain and contract, no salt and no extensions."""
    assert tuple(rewards.eip712Domain()) == (b"\x0f", "Shop Rewards", "1", 31337, rewards.address, bytes(32), [])
