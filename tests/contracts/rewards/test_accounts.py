"""Rewards for a collection: bought by the accounts that badges own (ERC-6551), and by nobody who only says so.

The registry is the real one, deployed by the standard's own transaction; the account behind it is mocks/TokenAccount.vy.
"""

import ape
import pytest
from ape import chain

from . import registry as registries
from .conftest import POINTS, PRICE, order_of
from .model import CANCELLED, OPEN, REFUNDABLE, ZERO
from .typed import sign, typed

EVENT = 1
SALT = bytes(32)
HERE = 31337
REFUSED = "rewards: buyer is not of the collection"
# What the registry's initcode starts with: it deploys the 173 bytes that follow.
DEPLOYS = bytes.fromhex("3d60ad80600a3d3981f3")


@pytest.fixture(scope="session")
def registry(owner):
    return registries.deploy(owner)


@pytest.fixture(scope="session")
def poap(project, owner, issuer):
    """Badges of one event that may be passed on."""
    contract = owner.deploy(project.Poap, "Proofs", "POAP", "", owner, issuer, 1000, 86_400)
    contract.create_event(EVENT, 0, 0, 0, True, 2, "ipfs://badge", sender=issuer)
    return contract


@pytest.fixture(scope="session")
def badge(poap, issuer, customer):
    """The customer's."""
    poap.award(0, EVENT, customer, sender=issuer)
    return poap.token_of(EVENT, customer)


@pytest.fixture(scope="session")
def implementation(mock, owner):
    return owner.deploy(mock("TokenAccount"))


@pytest.fixture(scope="session")
def create(registry, implementation, poap, badge, owner):
    """An account of the badge, but for what is said to be different about it."""

    def created(behind=implementation, salt=SALT, chain_id=HERE, collection=poap, token=badge):
        arguments = (behind, salt, chain_id, collection, token)
        registry.createAccount(*arguments, sender=owner)
        address = registry.account(*arguments)
        return chain.contracts.instance_at(address, contract_type=behind.contract_type)

    return created


@pytest.fixture(scope="session")
def account(create, give):
    """The badge's account, with points."""
    made = create()
    give(made)
    return made


@pytest.fixture(scope="session")
def wearable(sell, poap, implementation):
    """Something for badges to wear."""
    return sell(
        collection=poap.address,
        implementation=implementation.address,
        limit=3,
        flags=REFUNDABLE,
        uri="ipfs://wearable",
    )


@pytest.fixture
def act(account, customer):
    """Have the account do something, by the badge's holder."""

    def acted(method, *arguments, sender=customer):
        return account.execute(method.contract, 0, method.encode_input(*arguments), 0, sender=sender)

    return acted


def test_the_badge_owns_the_account(account, poap, badge, customer, registry, implementation):
    """It stands where the registry says, and its code names chain, collection and token."""
    assert tuple(account.token()) == (HERE, poap, badge)
    assert account.owner() == customer
    code = bytes(chain.provider.get_code(account.address))
    assert code == (
        bytes.fromhex("363d3d373d3d3d363d73" + implementation.address[2:] + "5af43d82803e903d91602b57fd5bf3")
        + SALT
        + HERE.to_bytes(32, "big")
        + bytes.fromhex(poap.address[2:]).rjust(32, b"\0")
        + badge.to_bytes(32, "big")
    )
    assert account == registries.create2(registries.ADDRESS, SALT, DEPLOYS + code)


def test_buys_a_wearable_into_the_account(rewards, points, account, wearable, act):
    """The account's points pay, and the wearable is the account's: it goes wherever the badge goes."""
    tx = act(rewards.buy, wearable, 2, PRICE)
    assert order_of(tx)[0] == 1
    assert points.balanceOf(account) == POINTS - 2 * PRICE
    assert rewards.balanceOf(account, wearable) == rewards.bought(account, wearable) == 2
    assert tuple(rewards.order_of(1)) == (account, wearable, 2, OPEN)
    [moved] = [event for event in tx.events if event.event_name == "TransferSingle"]
    assert (moved.operator, moved.sender, moved.receiver) == (account, ZERO, account)


def test_buys_it_without_gas(rewards, points, account, customer, stranger, wearable, now):
    """The holder's key signs for the account (ERC-1271), and anybody sends it."""
    message = (account, wearable, 2, PRICE, 0, now() + 600)
    rewards.buy_for(*message, sign(customer.private_key, typed(rewards, *message)), sender=stranger)
    assert rewards.balanceOf(account, wearable) == 2
    assert points.balanceOf(account) == POINTS - 2 * PRICE
    assert rewards.number_spent(account, 0)
    assert not rewards.number_spent(customer, 0)


def test_nobody_else_buys_for_it(rewards, account, stranger, wearable, act, now, refusal):
    """Neither by calling the account nor by signing."""
    with ape.reverts("account: caller does not hold the token"):
        act(rewards.buy, wearable, 1, PRICE, sender=stranger)
    message = (account, wearable, 2, PRICE, 0, now() + 600)
    signature = sign(stranger.private_key, typed(rewards, *message))
    assert refusal(rewards.buy_for, *message, signature, sender=stranger) == "rewards: not signed by the account"


def test_the_closet_goes_with_the_badge(
    rewards, points, poap, badge, account, customer, other_customer, wearable, act, now, refusal
):
    """Whoever gets the badge has what its account bought, can cancel it, and the old holder can do nothing."""
    order, lots = order_of(act(rewards.buy, wearable, 1, PRICE))
    poap.transferFrom(customer, other_customer, badge, sender=customer)
    assert account.owner() == other_customer
    with ape.reverts("account: caller does not hold the token"):
        act(rewards.cancel, order, lots)
    message = (account, wearable, 1, PRICE, 0, now() + 600)
    signature = sign(customer.private_key, typed(rewards, *message))
    assert refusal(rewards.buy_for, *message, signature, sender=customer) == "rewards: not signed by the account"
    act(rewards.cancel, order, lots, sender=other_customer)
    assert rewards.order_of(order).state == CANCELLED
    assert points.balanceOf(account) == POINTS


def test_refuses_a_customer(rewards, rich, customer, wearable, refused):
    """The badge's holder buys nothing into the own wallet."""
    with refused(REFUSED):
        rewards.buy(wearable, 1, PRICE, sender=customer)


def test_refuses_a_contract(rewards, receiver, stranger, wearable, refusal):
    """Some contract is not an account."""
    data = rewards.buy.encode_input(wearable, 1, PRICE)
    assert refusal(receiver.run, rewards, data, sender=stranger) == REFUSED


def test_refuses_who_merely_claims_to_be_of_the_collection(
    rewards, account, implementation, give, owner, customer, wearable, refusal
):
    """A copy of an account, byte for byte, that somebody else deployed: its token() says the same, and it is no account."""
    code = bytes(chain.provider.get_code(account.address))
    initcode = DEPLOYS + code
    address = registries.create2(registries.FACTORY, SALT, initcode)
    web3 = chain.provider.web3
    sent = web3.eth.send_transaction(
        {"from": owner.address, "to": registries.FACTORY, "data": "0x" + (SALT + initcode).hex()}
    )
    assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    copy = chain.contracts.instance_at(address, contract_type=implementation.contract_type)
    assert bytes(chain.provider.get_code(address)) == code
    assert copy.token() == account.token()
    assert copy.owner() == customer
    give(copy)
    data = rewards.buy.encode_input(wearable, 1, PRICE)
    assert refusal(copy.execute, rewards, 0, data, 0, sender=customer) == REFUSED
    assert refusal(account.execute, rewards, 0, data, 0, sender=customer) is None


@pytest.mark.parametrize("at", [0, 10, 29, 30, 44, 45, 76, 77, 108, 109, 120, 121, 140, 141, 172])
def test_every_byte_of_the_code_counts(rewards, account, stranger, wearable, refusal, at):
    """Other code at the account's address is not what the registry made: proxy, implementation, salt, chain and token."""
    code = bytearray(chain.provider.get_code(account.address))
    buy = (wearable, 1, PRICE)
    assert refusal(rewards.buy, *buy, sender=account) is None
    code[at] ^= 1
    chain.provider.make_request("anvil_setCode", [account.address, "0x" + code.hex()])
    assert refusal(rewards.buy, *buy, sender=account) == REFUSED


def test_the_length_of_the_code_counts(rewards, account, wearable, refusal):
    """A byte less, a byte more, and none."""
    code = bytes(chain.provider.get_code(account.address)).hex()
    for other in (code[:-2], code + "00", ""):
        chain.provider.make_request("anvil_setCode", [account.address, "0x" + other])
        assert refusal(rewards.buy, wearable, 1, PRICE, sender=account) == REFUSED


def test_refuses_another_collections_account(rewards, create, give, points, customer, wearable, refusal):
    """Made by the registry, for something else."""
    other = create(collection=points)
    give(other)
    assert refusal(rewards.buy, wearable, 1, PRICE, sender=other) == REFUSED


@pytest.mark.parametrize("chain_id", [1, 0, 31338, 31337 + 2**64])
def test_refuses_an_account_of_another_chain(rewards, create, give, wearable, refusal, chain_id):
    """The same collection and token on another chain are another collection's."""
    other = create(chain_id=chain_id)
    give(other)
    assert refusal(rewards.buy, wearable, 1, PRICE, sender=other) == REFUSED


def test_an_account_has_to_be_there(rewards, registry, implementation, poap, badge, create, give, wearable, refusal):
    """Points may wait at its address, but it buys once it stands."""
    address = registry.account(implementation, SALT, HERE, poap, badge + 1)
    give(address)
    assert refusal(rewards.buy, wearable, 1, PRICE, sender=address) == REFUSED
    assert create(token=badge + 1) == address
    assert refusal(rewards.buy, wearable, 1, PRICE, sender=address) is None


def test_a_badge_has_one_account_that_counts(rewards, account, create, give, wearable, refusal, act):
    """The one of salt zero: a limit per wallet is a limit per badge."""
    act(rewards.buy, wearable, 3, PRICE)
    over = "rewards: over the limit per wallet"
    assert refusal(rewards.buy, wearable, 1, PRICE, sender=account) == over
    for salt in (b"\xff" * 32, b"\0" * 31 + b"\1"):
        second = create(salt=salt)
        give(second)
        assert refusal(rewards.buy, wearable, 3, PRICE, sender=second) == REFUSED


def test_nobody_gets_in_by_code_of_their_own(rewards, create, give, receiver, badge, stranger, wearable, refusal):
    """The registry makes accounts for anybody, for any token and with any code behind them: only the reward's implementation counts."""
    loose = create(behind=receiver)
    loose.behave("0xf23a6e61", "0xbc197c81", False, sender=stranger)
    give(loose)
    buy = rewards.buy.encode_input(wearable, 1, PRICE)
    assert refusal(loose.run, rewards, buy, sender=stranger) == REFUSED


def test_an_account_of_a_badge_that_is_not_belongs_to_nobody(rewards, create, give, wearable, stranger, refusal):
    """It is of the collection, but the implementation finds no holder who could act for it."""
    nobodys = create(token=424242)
    give(nobodys)
    buy = rewards.buy.encode_input(wearable, 1, PRICE)
    assert refusal(nobodys.execute, rewards, 0, buy, 0, sender=stranger) is not None


def test_an_account_buys_what_everybody_buys(rewards, points, account, free, act):
    """A reward without a collection is for accounts too."""
    act(rewards.buy, free, 1, PRICE)
    assert rewards.balanceOf(account, free) == 1
    assert points.balanceOf(account) == POINTS - PRICE


def test_each_reward_has_its_own_collection(
    rewards, points, sell, create, give, account, implementation, wearable, refusal
):
    """Of two collections, each buys its own rewards."""
    other = create(collection=points)
    give(other)
    theirs = sell(collection=points.address, implementation=implementation.address)
    assert refusal(rewards.buy, theirs, 1, PRICE, sender=other) is None
    assert refusal(rewards.buy, theirs, 1, PRICE, sender=account) == REFUSED
    assert refusal(rewards.buy, wearable, 1, PRICE, sender=account) is None


def test_what_the_proof_costs(rewards, account, sell, wearable, act):
    """A collection adds at most 6,000 gas to buying."""
    plain = sell()
    for reward in (wearable, plain):
        act(rewards.buy, reward, 1, PRICE)
    dear, cheap = (act(rewards.buy, reward, 1, PRICE).gas_used for reward in (wearable, plain))
    print("GAS", dear - cheap)
    assert 0 < dear - cheap <= 6_000
