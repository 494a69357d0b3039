"""claim and claim_link: an issuer signs, anybody sends. What concerns the link's own key is in test_claim_link.py."""

import ape
import pytest
from ape import chain

from .model import awarded_id
from .typed import KEY, MESSAGES, compact, digest, link, sign, twin, voucher

EXPIRED = "poap: signature has expired"
NOT_SIGNED = "poap: not signed by the issuer"
SPENT = "issuers: number already spent"
NO_ISSUER = "issuers: signer is not an issuer"


@pytest.fixture(params=MESSAGES)
def way(request) -> str:
    """A voucher, then a link."""
    return request.param


@pytest.fixture
def message(poap, issuer, customer, soulbound, way):
    """The arguments of a message of the issuer's; what is given here is different about it."""

    def arguments(signer=issuer, event=soulbound, wallet=customer, contract=poap, **changes):
        return MESSAGES[way](signer, contract, event, wallet, **changes)

    return arguments


@pytest.fixture
def look(poap, issuer, customer, soulbound):
    """What a claim changes."""

    def state():
        return (
            poap.event_info(soulbound),
            poap.balanceOf(customer),
            poap.token_of(soulbound, customer),
            poap.budget_of(issuer),
            poap.number_spent(issuer, 0),
        )

    return state


def resigned(arguments: tuple, signature: bytes) -> tuple:
    """The same arguments under another signature of the issuer's."""
    return (*arguments[:5], signature, *arguments[6:])


def test_gives_the_badge(poap, way, message, issuer, customer, stranger, soulbound):
    """To the wallet that it names, whoever sends it, at one of the signer's budget."""
    left = poap.budget_of(issuer)[2]
    getattr(poap, way)(*message(), sender=stranger)
    badge = awarded_id(soulbound, customer.address)
    assert poap.ownerOf(badge) == customer
    assert poap.token_of(soulbound, customer) == badge
    assert poap.issued(soulbound, customer)
    assert poap.balanceOf(customer) == 1
    assert poap.balanceOf(stranger) == 0
    assert poap.event_info(soulbound).issued == 1
    assert poap.event_info(soulbound).lists == 0
    assert poap.budget_of(issuer)[2] == left - 1


def test_spends_the_number_and_no_batch(poap, way, message, issuer, stranger):
    """The signer's number, not the sender's; batch numbers are counted apart."""
    getattr(poap, way)(*message(number=300), sender=stranger)
    assert poap.number_spent(issuer, 300)
    assert not poap.number_spent(issuer, 299)
    assert not poap.number_spent(stranger, 300)
    assert not poap.batch_spent(issuer, 300)


def test_tells_that_a_soulbound_badge_is_locked(poap, way, message, issuer, customer, stranger, soulbound):
    """NumberSpent, Transfer, Locked and Claimed, in this order."""
    badge = awarded_id(soulbound, customer.address)
    assert getattr(poap, way)(*message(number=7), sender=stranger).events == [
        poap.NumberSpent(account=issuer, number=7),
        poap.Transfer(sender=ape.utils.ZERO_ADDRESS, receiver=customer, token_id=badge),
        poap.Locked(tokenId=badge),
        poap.Claimed(issuer=issuer, event_id=soulbound, wallet=customer, number=7, token_id=badge),
    ]


def test_does_not_tell_that_a_transferable_badge_is_locked(poap, way, message, issuer, customer, stranger, passable):
    """NumberSpent, Transfer and Claimed alone."""
    badge = awarded_id(passable, customer.address)
    assert getattr(poap, way)(*message(event=passable, number=7), sender=stranger).events == [
        poap.NumberSpent(account=issuer, number=7),
        poap.Transfer(sender=ape.utils.ZERO_ADDRESS, receiver=customer, token_id=badge),
        poap.Claimed(issuer=issuer, event_id=passable, wallet=customer, number=7, token_id=badge),
    ]


def test_refuses_a_replay(poap, way, message, look, refused, stranger):
    """The same message again, by anybody, gives nothing."""
    getattr(poap, way)(*message(), sender=stranger)
    after = look()
    for sender in (stranger, ape.accounts.test_accounts[8]):
        assert refused(way, *message(), sender=sender) == SPENT
    assert look() == after


@pytest.mark.parametrize("second", MESSAGES)
def test_a_number_is_good_once_over_vouchers_and_links(
    poap, way, second, message, refused, issuer, other_customer, stranger, soulbound
):
    """Another message under a used number is refused, of either kind; under the next number it is taken."""
    getattr(poap, way)(*message(number=9), sender=stranger)
    again = MESSAGES[second](issuer, poap, soulbound, other_customer, number=9)
    assert refused(second, *again, sender=stranger) == SPENT
    assert poap.balanceOf(other_customer) == 0
    getattr(poap, second)(*MESSAGES[second](issuer, poap, soulbound, other_customer, number=10), sender=stranger)
    assert poap.balanceOf(other_customer) == 1


def test_numbers_need_no_order(poap, way, message, issuer, crowd, stranger):
    """Across the words of the bitmap, down and up, to the last number there is."""
    numbers = (256, 0, 255, 2**256 - 1)
    for wallet, number in zip(crowd(4), numbers, strict=True):
        getattr(poap, way)(*message(wallet=wallet, number=number), sender=stranger)
    assert all(poap.number_spent(issuer, number) for number in numbers)
    assert not poap.number_spent(issuer, 1)


def test_each_issuer_has_numbers_of_its_own(poap, way, message, owner, issuer, former_issuer, crowd, stranger):
    """Two issuers may use the same number."""
    poap.set_issuer(former_issuer, 5, 60, sender=owner)
    for signer, wallet in zip((issuer, former_issuer), crowd(2), strict=True):
        getattr(poap, way)(*message(signer=signer, wallet=wallet, number=3), sender=stranger)
    assert poap.budget_of(former_issuer)[2] == 4


def test_the_deadline_is_the_last_good_second(way, message, refusal, stranger, travel):
    """At the deadline it is good, a second later it is not."""
    deadline = chain.blocks.head.timestamp + 600
    signed = message(deadline=deadline)
    travel(deadline)
    assert refusal(way, *signed, sender=stranger) is None
    travel(deadline + 1)
    assert refusal(way, *signed, sender=stranger) == EXPIRED


def test_a_message_holds_no_place(poap, way, message, refused, award, issuer, other_customer, stranger):
    """Nothing is locked up in a message: the last badge goes to who comes first, and an expired one is in nobody's way."""
    poap.create_event(60, 0, 0, 1, False, 0, "", sender=issuer)
    old = message(event=60, deadline=chain.blocks.head.timestamp - 1)
    assert refused(way, *old, sender=stranger) == EXPIRED
    award(60, other_customer)
    assert refused(way, *message(event=60), sender=stranger) == "poap: over the event's supply"
    assert poap.event_info(60).issued == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 1},
        {"deadline": 2**32},
        {"event": 2},
        {"chainId": 5},
        {"name": "Other proofs"},
        {"version": "2"},
        {"verifyingContract": "0x0000000000000000000000000000000000000001"},
    ],
    ids=str,
)
def test_refuses_what_was_not_signed(way, message, look, refused, refusal, stranger, changes):
    """Another number, deadline, event, chain, name, version or contract is another message."""
    before = look()
    forged = resigned(message(), message(**changes)[5])
    assert refused(way, *forged, sender=stranger) == NOT_SIGNED
    assert look() == before
    assert refusal(way, *message(), sender=stranger) is None


def test_refuses_another_wallet(poap, refused, issuer, customer, stranger, soulbound):
    """A voucher for one wallet is none for another."""
    signed = voucher(issuer, poap, soulbound, customer)
    assert refused("claim", *signed[:2], stranger.address, *signed[3:], sender=stranger) == NOT_SIGNED
    assert poap.event_info(soulbound).issued == 0


def test_a_link_is_no_voucher_and_a_voucher_no_link(poap, refused, issuer, customer, soulbound):
    """They have the same members and differ in their type alone: the link's key gets no badge of its own."""
    as_link = link(issuer, poap, soulbound, customer)
    as_voucher = voucher(issuer, poap, soulbound, KEY.address)
    assert refused("claim", *as_link[:6], sender=customer) == NOT_SIGNED
    assert refused("claim_link", *as_voucher, *as_link[6:], sender=customer) == NOT_SIGNED
    assert poap.event_info(soulbound).issued == 0


def test_refuses_another_contract_of_the_same_name(project, poap, owner, issuer, way, message, look, refused, stranger):
    """Two shops may use one name: each takes its own messages only."""
    twin_poap = owner.deploy(project.Poap, "Proofs", "POAP", "", owner, issuer, 5, 60)
    twin_poap.create_event(1, 0, 0, 0, False, 0, "", sender=issuer)
    before = look()
    theirs = message(contract=twin_poap)
    assert refused(way, *resigned(message(), theirs[5]), sender=stranger) == NOT_SIGNED
    assert look() == before
    getattr(twin_poap, way)(*theirs, sender=stranger)
    assert twin_poap.event_info(1).issued == 1


def test_follows_the_chain_id_of_the_running_chain(poap, way, message, refusal, issuer, customer, soulbound, stranger):
    """After a fork, a message is good on the half that it names and only there."""
    there = resigned(message(), message(chainId=5)[5])
    if way == "claim_link":
        there = (*there[:-1], sign(KEY, poap, "Receive", soulbound, customer, chainId=5))
    assert refusal(way, *message(), sender=stranger) is None
    assert refusal(way, *there, sender=stranger) is not None
    chain.provider.make_request("anvil_setChainId", [5])
    try:
        assert refusal(way, *message(), sender=stranger) is not None
        assert refusal(way, *there, sender=stranger) is None
        assert poap.eip712Domain()[3] == 5
    finally:
        chain.provider.make_request("anvil_setChainId", [31337])


def test_refuses_another_signer(way, message, look, refused, owner, stranger, customer):
    """Nobody signs for the issuer: not the sender, not the receiver, not the owner."""
    before = look()
    for signer in (stranger, customer, owner):
        assert refused(way, *resigned(message(), message(signer=signer)[5]), sender=stranger) == NOT_SIGNED
    assert look() == before


@pytest.mark.parametrize(
    "shape", ["empty", "64 bytes", "66 bytes", "compact", "high s", "v 0 or 1", "v 29", "zeros", "zeros with v 29"]
)
def test_refuses_other_shapes_of_a_signature(way, message, look, refused, stranger, shape):
    """Only r, low s and v in 65 bytes are a key's signature, with v 27 or 28."""
    before = look()
    signed = message()
    signature = signed[5]
    shapes = {
        "empty": b"",
        "64 bytes": signature[:64],
        "66 bytes": signature + b"\0",
        "compact": compact(signature),
        "high s": twin(signature),
        "v 0 or 1": signature[:64] + bytes([signature[64] - 27]),
        "v 29": signature[:64] + bytes([29]),
        "zeros": bytes(65),
        "zeros with v 29": bytes(64) + bytes([29]),
    }
    assert refused(way, *resigned(signed, shapes[shape]), sender=stranger) == NOT_SIGNED
    assert look() == before


@pytest.mark.parametrize("v", [0, 27, 28, 29])
def test_the_zero_address_signs_nothing(way, message, look, refused, stranger, v):
    """A signature that recovers to nobody is not an issuer's."""
    before = look()
    nobody = (ape.utils.ZERO_ADDRESS, *resigned(message(), bytes(64) + bytes([v]))[1:])
    assert refused(way, *nobody, sender=stranger) == NOT_SIGNED
    assert look() == before


def test_refuses_who_is_no_issuer(way, message, look, refused, stranger, customer):
    """Whoever signs for a badge of its own has signed nothing."""
    before = look()
    for signer in (stranger, customer):
        assert refused(way, *message(signer=signer), sender=stranger) == NO_ISSUER
    assert look() == before


def test_what_an_issuer_signed_ends_with_it(
    poap, way, message, look, refused, refusal, owner, guardian, issuer, stranger
):
    """Stopped by the guardian or removed by the owner, its messages are worthless; added again, they are good again."""
    poap.stop_issuer(issuer, sender=guardian)
    before = look()
    assert refused(way, *message(), sender=stranger) == NO_ISSUER
    assert look() == before
    poap.set_issuer(issuer, 10, 60, sender=owner)
    assert refusal(way, *message(), sender=stranger) is None
    poap.set_issuer(issuer, 0, 0, sender=owner)
    assert refused(way, *message(), sender=issuer) == NO_ISSUER


def test_a_former_issuer_signs_nothing(poap, way, message, look, refused, owner, former_issuer, stranger):
    """Being an issuer once is not being one."""
    poap.set_issuer(former_issuer, 10, 60, sender=owner)
    poap.set_issuer(former_issuer, 0, 0, sender=owner)
    before = look()
    assert refused(way, *message(signer=former_issuer), sender=former_issuer) == NO_ISSUER
    assert look() == before


def test_a_message_is_charged_to_who_signed_it(
    poap, way, message, look, refused, owner, issuer, crowd, stranger, travel
):
    """Not to who sends it, issuer or not; the next window takes what was over budget."""
    travel((chain.pending_timestamp // 3_600 + 1) * 3_600)
    poap.set_issuer(issuer, 2, 3_600, sender=owner)
    poap.set_issuer(stranger, 5, 3_600, sender=owner)
    for number, wallet in enumerate(crowd(2), 1):
        getattr(poap, way)(*message(wallet=wallet, number=number), sender=stranger)
    assert poap.budget_of(issuer)[2] == 0
    before = look()
    assert refused(way, *message(), sender=stranger) == "issuers: over budget"
    assert look() == before
    assert poap.budget_of(stranger)[2] == 5
    travel((chain.pending_timestamp // 3_600 + 1) * 3_600)
    getattr(poap, way)(*message(), sender=stranger)
    assert poap.budget_of(issuer)[2] == 1


def test_a_pause_stops_it(poap, way, message, look, refused, refusal, guardian, stranger, travel):
    """Until the pause is over, to the second."""
    poap.pause(3_600, sender=guardian)
    before = look()
    assert refused(way, *message(), sender=stranger) == "guard: paused"
    assert look() == before
    travel(poap.paused_until() - 1)
    assert refusal(way, *message(), sender=stranger) == "guard: paused"
    travel(poap.paused_until())
    assert refusal(way, *message(), sender=stranger) is None


def test_refuses_an_event_that_is_not(way, message, look, refused, stranger):
    """However well signed, not even one that wraps around to a known one."""
    before = look()
    for event in (0, 99, 2**96 + 1):
        assert refused(way, *message(event=event), sender=stranger) == "poap: no such event"
    assert look() == before


def test_refuses_the_zero_address(way, message, look, refused, stranger):
    """Nobody gets nothing, and the number stays unspent."""
    before = look()
    none = message(wallet=ape.utils.ZERO_ADDRESS)
    assert refused(way, *none, sender=stranger) == "poap: wallet is the zero address"
    assert look() == before


def test_a_receiver_that_refuses_badges_gets_one(poap, way, message, receiver, owner, passable, stranger):
    """Receivers are not called."""
    receiver.behave(4, ape.utils.ZERO_ADDRESS, sender=owner)
    getattr(poap, way)(*message(event=passable, wallet=receiver.address), sender=stranger)
    assert poap.balanceOf(receiver) == 1


def test_an_issuer_may_send_its_own(poap, way, message, issuer, customer):
    """Who signed may also send."""
    getattr(poap, way)(*message(), sender=issuer)
    assert poap.balanceOf(customer) == 1


def test_a_cancelled_message_gives_nothing(poap, way, message, look, refused, issuer, stranger):
    """The issuer withdraws its numbers; nobody gets in by them any more, the next number is good."""
    tx = poap.cancel_numbers([0, 7], sender=issuer)
    assert tx.events == [poap.NumberSpent(account=issuer, number=0), poap.NumberSpent(account=issuer, number=7)]
    before = look()
    for number in (0, 7):
        assert refused(way, *message(number=number), sender=stranger) == SPENT
    assert look() == before
    getattr(poap, way)(*message(number=1), sender=stranger)


def test_nobody_cancels_for_another(poap, way, message, customer, issuer, stranger):
    """Others' numbers are others'. What was used, and what was cancelled, is left out of a cancelling."""
    poap.cancel_numbers([0], sender=stranger)
    getattr(poap, way)(*message(), sender=stranger)
    assert poap.balanceOf(customer) == 1
    for account in (issuer, stranger):
        assert poap.cancel_numbers([0], sender=account).events == []


@pytest.fixture
def contract_issuer(poap, owner, wallet):
    """A contract wallet that is an issuer."""
    poap.set_issuer(wallet, 5, 60, sender=owner)
    return wallet


@pytest.fixture
def unsigned(message, contract_issuer):
    """A message in the contract wallet's name, with whatever signature; an account's is in its place until then."""

    def arguments(signature: bytes):
        return (contract_issuer.address, *resigned(message(), signature)[1:])

    return arguments


@pytest.fixture
def wallets_digest(poap, way, contract_issuer, customer, soulbound):
    """What the contract wallet has to accept."""
    kind, account = ("Claim", customer) if way == "claim" else ("Link", KEY.address)
    return digest(poap, kind, soulbound, account, 0, 2**256 - 1)


@pytest.mark.parametrize("length", [0, 65, 130, 1024])
def test_a_contract_wallet_signs(poap, way, contract_issuer, unsigned, wallets_digest, customer, stranger, length):
    """ERC-1271: whatever bytes it takes, two owners' or a passkey's, up to 1,024 of them."""
    contract_issuer.sign(wallets_digest, True, sender=stranger)
    getattr(poap, way)(*unsigned(bytes(length)), sender=stranger)
    assert poap.balanceOf(customer) == 1
    assert poap.budget_of(contract_issuer)[2] == 4


def test_refuses_what_a_contract_wallet_did_not_sign(
    poap, way, contract_issuer, unsigned, wallets_digest, look, refused, stranger
):
    """It never signed, it took it back, its answer is no ABI answer, it reverts, or the signature is too long."""
    before = look()
    assert refused(way, *unsigned(b"1" * 130), sender=stranger) == NOT_SIGNED
    contract_issuer.sign(wallets_digest, True, sender=stranger)
    # Refused where the call is decoded, which gives no reason.
    assert refused(way, *unsigned(bytes(1025)), sender=stranger) == ""
    contract_issuer.sign(wallets_digest, False, sender=stranger)
    assert refused(way, *unsigned(b"1" * 130), sender=stranger) == NOT_SIGNED
    for answer, reverts in ((bytes.fromhex("1626ba7e"), False), (b"\xff" * 32, False), (b"", True)):
        contract_issuer.misbehave(answer, reverts, False, sender=stranger)
        assert refused(way, *unsigned(b""), sender=stranger) == NOT_SIGNED
    assert look() == before


def test_an_issuer_under_eip_7702_still_signs_with_its_key(poap, way, message, issuer, wallet, customer, stranger):
    """Its code may refuse everything; its key is enough."""
    chain.provider.make_request("anvil_setCode", [issuer.address, "0xef0100" + wallet.address[2:]])
    getattr(poap, way)(*message(), sender=stranger)
    assert poap.balanceOf(customer) == 1


def test_an_issuer_under_eip_7702_may_sign_by_its_code(
    poap, way, message, wallets_digest, issuer, wallet, customer, stranger
):
    """What the code that it delegates to accepts counts as for any contract wallet."""
    chain.provider.make_request("anvil_setCode", [issuer.address, "0xef0100" + wallet.address[2:]])
    # The code runs on the account's own storage, so the account itself has to note what it signed.
    delegated = ape.Contract(issuer.address, contract_type=wallet.contract_type)
    delegated.sign(wallets_digest, True, sender=stranger)
    getattr(poap, way)(*resigned(message(), b"code"), sender=stranger)
    assert poap.balanceOf(customer) == 1


def test_says_what_is_signed_over(poap):
    """ERC-5267: the fields used, name, version, chain and contract, no salt and no extensions."""
    assert tuple(poap.eip712Domain()) == (b"\x0f", "Proofs", "1", 31337, poap.address, bytes(32), [])
