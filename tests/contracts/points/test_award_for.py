"""award_for: an issuer signs a voucher, anybody sends it."""

import pytest
from ape import chain
from eth_account import Account

from . import signing
from .conftest import BUDGET
from .model import ZERO, lot, pack
from .signing import MALFORMED, digest

FIELDS = {"account": "address", "amount": "uint256", "number": "uint256", "start": "uint256", "deadline": "uint256"}
NOT_SIGNED = "points: not signed by the issuer"


@pytest.fixture
def window():
    """Good from a minute ago for ten minutes."""
    now = chain.blocks.head.timestamp
    return now - 60, now + 600


@pytest.fixture
def voucher(points, issuer, customer, window):
    """The arguments of award_for, signed by the issuer unless another key is given."""

    def made(
        contract=points, by=issuer, key=None, account=customer, amount=20, number=0, start=None, deadline=None, **domain
    ):
        start = window[0] if start is None else start
        deadline = window[1] if deadline is None else deadline
        values = (account, amount, number, start, deadline)
        return (by, *values, signing.sign(key or by, signing.typed(contract, "Award", FIELDS, values, **domain)))

    return made


def other(voucher, **signed):
    """A voucher whose signature is over something else than what is sent."""
    sent = voucher()
    return (*sent[:-1], voucher(**signed)[-1])


def test_pays_who_is_named(points, voucher, issuer, customer, stranger, lots):
    """The account gets a lot of this month, the issuer's budget and number are used, and the sender's are not."""
    points.award_for(*voucher(), sender=stranger)
    assert lots(points, customer) == {lot(2032, 11): 20}
    assert points.totalSupply() == points.lot_supply(lot(2032, 11)) == 20
    assert points.budget_of(issuer)[2] == BUDGET - 20
    assert points.number_spent(issuer, 0)
    assert not points.number_spent(stranger, 0)
    assert not points.batch_spent(issuer, 0)


def test_tells_the_number_the_transfer_and_the_award(points, voucher, issuer, customer, stranger):
    """NumberSpent, Transfer and AwardedFor with the lot, in this order; no Awarded."""
    tx = points.award_for(*voucher(number=7), sender=stranger)
    assert tx.events == [
        points.NumberSpent(account=issuer, number=7),
        points.Transfer(sender=ZERO, receiver=customer, value=20),
        points.AwardedFor(issuer=issuer, account=customer, number=7, lot=lot(2032, 11), amount=20),
    ]


def test_adds_to_what_is_there(points, voucher, give, customer, stranger, lots):
    """An award by batch and two vouchers of one month are one lot."""
    give(points, customer, 50)
    points.award_for(*voucher(), sender=stranger)
    points.award_for(*voucher(number=1), sender=customer)
    assert lots(points, customer) == {lot(2032, 11): 90}


def test_the_window_is_as_signed_to_the_second(points, voucher, stranger, travel, refusal):
    """Good from its first second to its last, both included."""
    start = chain.blocks.head.timestamp + 1000
    message = voucher(start=start, deadline=start + 50)
    for moment, why in [
        (start - 1, "points: voucher is not good yet"),
        (start, None),
        (start + 50, None),
        (start + 51, "points: signature has expired"),
    ]:
        travel(moment)
        assert refusal(points.award_for, *message, sender=stranger) == why


def test_a_window_may_be_one_second_but_not_less(points, voucher, stranger, travel, refusal):
    """With start = deadline there is one good second; with start after deadline there is none."""
    now = travel(chain.blocks.head.timestamp + 1000)
    assert refusal(points.award_for, *voucher(start=now, deadline=now), sender=stranger) is None
    backwards = voucher(start=now + 1, deadline=now)
    assert refusal(points.award_for, *backwards, sender=stranger) == "points: voucher is not good yet"
    travel(now + 1)
    assert refusal(points.award_for, *backwards, sender=stranger) == "points: signature has expired"


def test_the_lot_is_that_of_the_day_it_is_cashed(points, voucher, customer, stranger, travel, lots):
    """A voucher signed in November and cashed in January is good for the year after January."""
    message = voucher(deadline=2**40)
    travel(2032, 1, 5)
    points.award_for(*message, sender=stranger)
    assert lots(points, customer) == {lot(2033, 1): 20}


def test_refuses_a_replay(points, voucher, customer, stranger, refusal):
    """A voucher pays once, and nothing of the second try stays."""
    points.award_for(*voucher(), sender=stranger)
    assert refusal(points.award_for, *voucher(), sender=stranger) == "issuers: number already spent"
    assert points.balanceOf(customer) == 20


def test_a_number_pays_one_voucher(points, voucher, other_customer, stranger, refusal):
    """Two vouchers with one number: whichever is sent first."""
    points.award_for(*voucher(account=other_customer, amount=5), sender=stranger)
    assert refusal(points.award_for, *voucher(), sender=stranger) == "issuers: number already spent"


def test_numbers_need_no_order(points, voucher, customer, stranger):
    """Vouchers are good in any order, each number is one bit, and no other number is spent by it."""
    for number in (256, 255, 0, 2**256 - 1):
        points.award_for(*voucher(number=number, amount=5), sender=stranger)
    assert points.balanceOf(customer) == 20
    assert not points.number_spent(stranger, 0)


def test_two_issuers_have_numbers_of_their_own(points, voucher, owner, issuer, other_customer, stranger, customer):
    """Number 0 of one issuer leaves number 0 of the other good."""
    points.set_issuer(other_customer, 100, 86400, sender=owner)
    points.award_for(*voucher(), sender=stranger)
    points.award_for(*voucher(by=other_customer), sender=stranger)
    assert points.balanceOf(customer) == 40
    assert points.budget_of(other_customer)[2] == 80


def test_numbers_are_shared_with_what_the_issuer_signs_as_a_customer(points, voucher, issuer, stranger, refusal):
    """One bitmap per account: what cancel_numbers spends is spent for vouchers too."""
    tx = points.cancel_numbers([0], sender=issuer)
    assert tx.events == [points.NumberSpent(account=issuer, number=0)]
    assert refusal(points.award_for, *voucher(), sender=stranger) == "issuers: number already spent"
    assert refusal(points.award_for, *voucher(number=1), sender=stranger) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 21},
        {"number": 1},
        {"start": 0},
        {"deadline": 2**40},
        {"account": ZERO},
        {"chainId": 5},
        {"name": "Other Points"},
        {"version": "2"},
        {"verifyingContract": "0x" + "00" * 19 + "01"},
    ],
    ids=str,
)
def test_refuses_what_was_not_signed(points, voucher, stranger, refusal, changes):
    """Another account, amount, number, window, chain, name, version or contract is another message."""
    assert refusal(points.award_for, *other(voucher, **changes), sender=stranger) == NOT_SIGNED
    assert refusal(points.award_for, *voucher(), sender=stranger) is None


def test_refuses_another_contract_of_the_same_name(points, deploy, voucher, stranger, refusal):
    """Two programmes with one name and one issuer: each pays its own vouchers only."""
    twin = deploy()
    assert refusal(points.award_for, *voucher(contract=twin), sender=stranger) == NOT_SIGNED
    assert refusal(twin.award_for, *voucher(contract=twin), sender=stranger) is None


def test_follows_the_chain_id_of_the_running_chain(points, voucher, stranger, refusal):
    """After a fork, a voucher is good on the half that it names and only there."""
    here, there = voucher(), voucher(chainId=5)
    chain.provider.make_request("anvil_setChainId", [5])
    try:
        assert refusal(points.award_for, *here, sender=stranger) == NOT_SIGNED
        assert refusal(points.award_for, *there, sender=stranger) is None
    finally:
        chain.provider.make_request("anvil_setChainId", [31337])


def test_a_redemption_is_no_voucher(points, issuer, customer, stranger, window, refusal):
    """An issuer's signature over a redemption of the same numbers awards nothing."""
    fields = {
        "account": "address",
        "amount": "uint256",
        "reference": "bytes32",
        "number": "uint256",
        "deadline": "uint256",
    }
    signature = signing.sign(issuer, signing.typed(points, "Redeem", fields, (customer, 20, bytes(32), 0, window[1])))
    message = (issuer, customer, 20, 0, 0, window[1], signature)
    assert refusal(points.award_for, *message, sender=stranger) == NOT_SIGNED


@pytest.mark.parametrize("shape", MALFORMED)
def test_refuses_other_shapes_of_a_signature(points, voucher, customer, stranger, refusal, shape):
    """Only r, low s and v in 65 bytes are a key's signature."""
    *message, signature = voucher()
    assert refusal(points.award_for, *message, MALFORMED[shape](signature), sender=stranger) == NOT_SIGNED


@pytest.mark.parametrize("v", [0, 27, 28, 29])
def test_the_zero_address_signs_nothing(points, voucher, stranger, refusal, v):
    """A signature that recovers to nobody is not the zero address's."""
    _, *message, _ = voucher()
    assert refusal(points.award_for, ZERO, *message, bytes(64) + bytes([v]), sender=stranger) == NOT_SIGNED


@pytest.mark.parametrize("who", ["owner", "guardian", "partner", "customer", "stranger", "former_issuer"])
def test_refuses_who_is_no_issuer(points, voucher, stranger, refusal, request, who):
    """Nobody else's vouchers pay, however well signed; nor one sent in the issuer's name."""
    signer = request.getfixturevalue(who)
    assert refusal(points.award_for, *voucher(by=signer), sender=stranger) == "issuers: signer is not an issuer"
    assert refusal(points.award_for, *voucher(key=signer), sender=stranger) == NOT_SIGNED


def test_an_issuer_is_no_other_issuer(points, voucher, owner, stranger, refusal, other_customer):
    """An issuer's key spends its own budget, not another issuer's."""
    points.set_issuer(other_customer, 100, 86400, sender=owner)
    assert refusal(points.award_for, *voucher(key=other_customer), sender=stranger) == NOT_SIGNED


def test_removing_an_issuer_ends_its_vouchers(points, voucher, issuer, guardian, customer, stranger, refusal):
    """What a leaked key signed is worth nothing once it is stopped."""
    message = voucher()
    points.stop_issuer(issuer, sender=guardian)
    assert refusal(points.award_for, *message, sender=stranger) == "issuers: signer is not an issuer"
    assert points.balanceOf(customer) == 0


def test_the_budget_is_the_signers(points, voucher, stranger, refusal):
    """A voucher over what is left of the budget is refused, one of exactly that is paid."""
    assert refusal(points.award_for, *voucher(amount=BUDGET + 1), sender=stranger) == "issuers: over budget"
    assert refusal(points.award_for, *voucher(amount=BUDGET), sender=stranger) is None


def test_waits_for_the_next_window_of_the_budget(points, voucher, issuer, customer, stranger, refusal, travel):
    """A voucher refused for want of budget is good in the next window: its number is still free."""
    points.award(0, pack((stranger, BUDGET)), sender=issuer)
    message = voucher(deadline=2**40)
    assert refusal(points.award_for, *message, sender=stranger) == "issuers: over budget"
    travel(chain.blocks.head.timestamp + 86400)
    points.award_for(*message, sender=stranger)
    assert points.balanceOf(customer) == 20


def test_refuses_no_amount_and_no_account(points, voucher, stranger, refusal):
    """As in award."""
    assert refusal(points.award_for, *voucher(amount=0), sender=stranger) == "points: no amount"
    assert refusal(points.award_for, *voucher(account=ZERO), sender=stranger) == "points: award to the zero address"


def test_refuses_more_than_a_lot_holds(deploy, voucher, customer, stranger, refusal):
    """A lot's last point can be awarded, and not one more."""
    points = deploy(budget=2**48 - 1)
    limit = 2**42 - 1
    why = refusal(points.award_for, *voucher(contract=points, amount=limit + 1), sender=stranger)
    assert why == "points: lot is full"
    points.award_for(*voucher(contract=points, amount=limit), sender=stranger)
    why = refusal(points.award_for, *voucher(contract=points, amount=1, number=1), sender=stranger)
    assert why == "points: lot is full"
    assert points.balanceOf(customer) == limit


def test_a_pause_stops_vouchers(points, voucher, guardian, stranger, refusal):
    """As it stops awards; afterwards they are good again."""
    points.pause(60, sender=guardian)
    assert refusal(points.award_for, *voucher(), sender=stranger) == "guard: paused"
    chain.mine(timestamp=points.paused_until())
    assert refusal(points.award_for, *voucher(), sender=stranger) is None


def test_a_frozen_customer_can_be_awarded(points, voucher, guardian, customer, stranger):
    """Freezing stops what leaves an account, not what comes in."""
    points.freeze(customer, sender=guardian)
    points.award_for(*voucher(), sender=stranger)
    assert points.balanceOf(customer) == 20


def test_an_issuer_under_eip_7702_signs_with_its_key(points, voucher, issuer, wallet, customer, stranger):
    """An issuer whose account delegates to code that refuses everything still signs."""
    chain.provider.make_request("anvil_setCode", [issuer.address, "0xef0100" + wallet.address[2:]])
    points.award_for(*voucher(), sender=stranger)
    assert points.balanceOf(customer) == 20


class TestContractWallets:
    """Issuers that are contracts (ERC-1271)."""

    @pytest.fixture
    def wallet_issuer(self, points, owner, wallet):
        points.set_issuer(wallet, 100, 86400, sender=owner)
        return wallet

    @pytest.fixture
    def message(self, wallet_issuer, customer, window):
        return (wallet_issuer, customer, 20, 0, *window)

    @pytest.fixture
    def signed(self, points, message):
        return digest(signing.typed(points, "Award", FIELDS, message[1:]))

    @pytest.mark.parametrize("length", [0, 65, 130, 1024])
    def test_sign_with_whatever_they_take(self, points, wallet_issuer, message, signed, customer, stranger, length):
        """Up to 1024 bytes of anything the wallet accepts; its own budget pays."""
        wallet_issuer.sign(signed, True, sender=stranger)
        points.award_for(*message, bytes(length), sender=stranger)
        assert points.balanceOf(customer) == 20
        assert points.budget_of(wallet_issuer)[2] == 80
        assert points.number_spent(wallet_issuer, 0)

    @pytest.mark.parametrize(
        ("answer", "reverts", "burns"),
        [
            (b"", False, False),
            (bytes.fromhex("1626ba7e"), False, False),
            (b"\xff" * 64, False, False),
            (bytes.fromhex("1626ba7e").ljust(31, b"\0"), False, False),
            (b"", True, False),
            (b"", False, True),
        ],
        ids=["no", "4 bytes", "64 bytes", "31 bytes", "reverts", "burns all gas"],
    )
    def test_that_do_not_say_yes_sign_nothing(
        self, points, wallet_issuer, message, stranger, refusal, answer, reverts, burns
    ):
        """A wallet that says no, something else, too little, or nothing at all awards nothing."""
        wallet_issuer.misbehave(answer, reverts, burns, sender=stranger)
        assert refusal(points.award_for, *message, b"", sender=stranger) == NOT_SIGNED

    @pytest.mark.parametrize(("owners", "needed"), [(3, 2), (15, 15)], ids=["130 bytes", "975 bytes"])
    def test_of_several_owners(self, points, owner, mock, customer, window, stranger, refusal, owners, needed):
        """A wallet of several owners issues when enough of them sign, and not when one is missing or a stranger."""
        keys = sorted((Account.create() for _ in range(owners)), key=lambda key: int(key.address, 16))
        shared = owner.deploy(mock("SharedWallet"), [key.address for key in keys], needed)
        points.set_issuer(shared, 100, 86400, sender=owner)
        message = (shared, customer, 20, 0, *window)
        typed = signing.typed(points, "Award", FIELDS, message[1:])
        signatures = [bytes(Account.sign_message(typed, key.key).signature) for key in keys[-needed:]]
        outsider = bytes(Account.sign_message(typed, Account.create().key).signature)
        for bad in (signatures[:-1], signatures[::-1], [*signatures[:-1], outsider], [signatures[0]] * needed):
            assert refusal(points.award_for, *message, b"".join(bad), sender=stranger) == NOT_SIGNED
        points.award_for(*message, b"".join(signatures), sender=stranger)
        assert points.balanceOf(customer) == 20

    def test_have_at_most_1024_bytes(self, points, wallet_issuer, message, signed, stranger, refusal):
        """A longer signature is no calldata of this function."""
        wallet_issuer.sign(signed, True, sender=stranger)
        assert refusal(points.award_for, *message, bytes(1024), sender=stranger) is None
        assert refusal(points.award_for, *message, bytes(1025), sender=stranger) is not None


def test_the_greatest_low_s_is_good(points, owner, voucher, customer, stranger, refusal):
    """A signature whose s is half the order of the curve is a key's; with one more it is none. Whose, its own numbers say."""
    signed = voucher()[1:-1]
    hashed = digest(signing.typed(points, "Award", FIELDS, signed))
    half = signing.ORDER // 2

    def of(s):
        signature = next(found for r in range(1, 100) if (found := signing.of_numbers(hashed, r, s)))
        points.set_issuer(signature[0], 100, 86_400, sender=owner)
        return (signature[0], *signed, signature[1])

    points.award_for(*of(half), sender=stranger)
    assert points.balanceOf(customer) == 20
    assert refusal(points.award_for, *of(half + 1), sender=stranger) == NOT_SIGNED
