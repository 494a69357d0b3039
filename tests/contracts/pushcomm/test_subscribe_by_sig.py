"""subscribeBySig, unsubscribeBySig: sent by anyone, signed by the subscriber."""

import pytest
from ape import chain
from eth_account import Account

from .conftest import IDENTITY, error
from .typed import Signature, digest, sign

ZERO = "0x" + "0" * 40
WAYS = {"subscribeBySig": "Subscribe", "unsubscribeBySig": "Unsubscribe"}
INVALID_NONCE = error("Comm_InvalidNonce()")
NOT_BY_KEY = error("Comm_InvalidSignature_FromEOA()")
NOT_BY_WALLET = error("Comm_InvalidSignature_FromContract()")

by_sig = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def message(comm, channel, signer, later):
    """Arguments of a call that the signer signed, with any of them changed afterwards."""

    def make(way, nonce=0, expiry=None, kind=None, contract=None, by=None, **domain):
        values = (channel, signer.address, nonce, later() if expiry is None else expiry)
        signature = sign(by or signer, contract or comm, kind or WAYS[way], *values, **domain)
        return (*map(str, values[:2]), *values[2:], *signature)

    return make


def test_subscribes_and_unsubscribes(comm, channel, signer, relayer, message):
    """The signer is subscribed, then unsubscribed; the relayer is neither; the nonce counts both."""
    tx = comm.subscribeBySig(*message("subscribeBySig"), sender=relayer)
    assert tx.events == [
        comm.Subscribe(channel=channel, user=signer.address),
        comm.NonceUsed(signer=signer.address, nonce=0),
    ]
    assert comm.isUserSubscribed(channel, signer.address)
    assert not comm.users(relayer)[0]
    tx = comm.unsubscribeBySig(*message("unsubscribeBySig", nonce=1), sender=relayer)
    assert tx.events == [
        comm.Unsubscribe(channel=channel, user=signer.address),
        comm.NonceUsed(signer=signer.address, nonce=1),
    ]
    assert not comm.isUserSubscribed(channel, signer.address)
    assert comm.nonces(signer.address) == 2


@by_sig
def test_nonce_is_used_where_nothing_changes(comm, signer, relayer, message, way):
    """A valid message with nothing to do is used up all the same."""
    if way == "subscribeBySig":
        comm.subscribeBySig(*message(way), sender=relayer)
    nonce = comm.nonces(signer.address)
    tx = getattr(comm, way)(*message(way, nonce=nonce), sender=relayer)
    assert tx.events == [comm.NonceUsed(signer=signer.address, nonce=nonce)]
    assert comm.nonces(signer.address) == nonce + 1


@by_sig
def test_refuses_a_replay(comm, signer, relayer, message, refusal, way):
    """The same message is accepted once."""
    args = message(way)
    getattr(comm, way)(*args, sender=relayer)
    assert refusal(way, *args, sender=relayer) == INVALID_NONCE
    assert comm.nonces(signer.address) == 1


@by_sig
@pytest.mark.parametrize("nonce", [1, 2**256 - 1])
def test_refuses_a_nonce_out_of_turn(comm, signer, relayer, message, refusal, way, nonce):
    """Nonces count up: none is skipped."""
    assert refusal(way, *message(way, nonce=nonce), sender=relayer) == INVALID_NONCE
    assert comm.nonces(signer.address) == 0


@by_sig
@pytest.mark.parametrize(("late", "refused"), [(-1, False), (0, False), (1, True)])
def test_expiry_is_the_last_second(relayer, message, later, refusal, way, late, refused):
    """Accepted up to and including the expiry; afterwards the error tells both times."""
    expiry = later()
    args = message(way, expiry=expiry)
    chain.mine(timestamp=expiry + late)
    expected = error("Comm_TimeExpired(uint256,uint256)", expiry, expiry + late) if refused else None
    assert refusal(way, *args, sender=relayer) == expected


@by_sig
def test_refuses_what_someone_else_signed(relayer, message, channel, refusal, way):
    """Another's signature, or one over other words, subscribes nobody."""
    assert refusal(way, *message(way, by=Account.create()), sender=relayer) == NOT_BY_KEY
    args = message(way)
    for place, other in ((0, str(relayer)), (1, str(relayer)), (3, args[3] + 1)):
        changed = (*args[:place], other, *args[place + 1 :])
        assert refusal(way, *changed, sender=relayer) == NOT_BY_KEY


@by_sig
def test_refuses_a_message_for_something_else(project, admin, relayer, message, refusal, way):
    """Signed for another action, contract, chain or name, it is not valid here."""
    other_action = "Unsubscribe" if way == "subscribeBySig" else "Subscribe"
    twin = admin.deploy(project.PushComm, admin, "LOCAL")
    for change in ({"kind": other_action}, {"contract": twin}, {"chain": 1}, {"name": "Push COMM V1"}):
        assert refusal(way, *message(way, **change), sender=relayer) == NOT_BY_KEY


@by_sig
def test_domain_follows_the_chain(web3_comm, relayer, message, way):
    """After a fork with a new chain id, messages for the old one are no longer valid, and new ones are."""
    old, new = message(way), message(way, chain=31338)
    chain.provider.make_request("anvil_setChainId", [31338])
    try:
        web3_comm.functions[way](*new).call({"from": str(relayer)})
        with pytest.raises(Exception, match=NOT_BY_KEY[2:]):
            web3_comm.functions[way](*old).call({"from": str(relayer)})
    finally:
        chain.provider.make_request("anvil_setChainId", [31337])


@by_sig
def test_refuses_altered_signatures(relayer, message, refusal, way):
    """The high-s twin, another v and an empty signature are no signatures."""
    args = message(way)
    good = Signature(*args[4:])
    bad = [good.twin(), good._replace(v=good.v - 27), good._replace(v=29), Signature(27, bytes(32), bytes(32))]
    for signature in bad:
        assert refusal(way, *args[:4], *signature, sender=relayer) == NOT_BY_KEY
    assert refusal(way, *args, sender=relayer) is None


@by_sig
def test_refuses_the_zero_subscriber(relayer, channel, later, refusal, way):
    """A broken signature recovers to zero: zero is nobody."""
    args = (str(channel), ZERO, 0, later(), 27, bytes(32), bytes(32))
    assert refusal(way, *args, sender=relayer) == error("InvalidArgument_WrongAddress(address)", 0)


@by_sig
def test_contract_wallet_signs(comm, channel, wallet, relayer, later, way):
    """A wallet with code is asked by ERC-1271, and gets the 65 bytes as they came."""
    expiry = later()
    wallet.sign(digest(comm, WAYS[way], (channel, wallet, 0, expiry)), True, sender=relayer)
    getattr(comm, way)(channel, wallet, 0, expiry, 0, b"\1" * 32, b"\2" * 32, sender=relayer)
    assert comm.nonces(wallet) == 1
    assert comm.isUserSubscribed(channel, wallet) is (way == "subscribeBySig")


@by_sig
def test_contract_wallet_refuses(comm, channel, wallet, relayer, later, refusal, way):
    """What a wallet did not sign, or signed for another nonce, is refused with the error for contracts."""
    expiry = later()
    args = (str(channel), str(wallet), 0, expiry, 27, b"\1" * 32, b"\2" * 32)
    assert refusal(way, *args, sender=relayer) == NOT_BY_WALLET
    wallet.sign(digest(comm, WAYS[way], (channel, wallet, 1, expiry)), True, sender=relayer)
    assert refusal(way, *args, sender=relayer) == NOT_BY_WALLET
    assert comm.nonces(wallet) == 0


@by_sig
@pytest.mark.parametrize(
    ("answer", "reverts", "burns"),
    [
        (bytes.fromhex("1626ba7e"), False, False),
        (bytes.fromhex("ffffffff") + bytes(28), False, False),
        (bytes(28) + bytes.fromhex("1626ba7e"), False, False),
        (b"", True, False),
        (b"", False, True),
    ],
    ids=["4 bytes", "wrong word", "right-aligned", "reverts", "burns the gas"],
)
def test_wallet_that_misbehaves_signs_nothing(
    comm, channel, wallet, relayer, later, refusal, way, answer, reverts, burns
):
    """A wallet's answer is the magic word and nothing else; whatever else it does is a refusal."""
    expiry = later()
    wallet.sign(digest(comm, WAYS[way], (channel, wallet, 0, expiry)), True, sender=relayer)
    wallet.misbehave(answer, reverts, burns, sender=relayer)
    args = (str(channel), str(wallet), 0, expiry, 27, b"\1" * 32, b"\2" * 32)
    assert refusal(way, *args, sender=relayer) == NOT_BY_WALLET


def test_key_of_an_account_with_code(comm, channel, signer, wallet, relayer, message):
    """An account that delegates to code (EIP-7702) still signs with its key."""
    code = "0xef0100" + str(wallet)[2:]
    chain.provider.make_request("anvil_setCode", [signer.address, code])
    comm.subscribeBySig(*message("subscribeBySig"), sender=relayer)
    assert comm.isUserSubscribed(channel, signer.address)


def test_one_nonce_for_three_actions(comm, channel, signer, relayer, message, later):
    """Subscribing, sending and unsubscribing by signature take their turns from one counter."""
    comm.subscribeBySig(*message("subscribeBySig", nonce=0), sender=relayer)
    values = (signer.address, signer.address, IDENTITY, 1, later())
    signature = sign(signer, comm, "SendNotification", *values)
    tx = comm.sendNotifBySig(*values[:2], signer.address, *values[2:], *signature, sender=relayer)
    assert tx.events[0].event_name == "SendNotification"
    comm.unsubscribeBySig(*message("unsubscribeBySig", nonce=2), sender=relayer)
    assert comm.nonces(signer.address) == 3
