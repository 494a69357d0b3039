"""sendNotifBySig: signed by a channel or its delegate, sent by anyone, and never a revert."""

import pytest
from ape import chain
from eth_account import Account

from .conftest import IDENTITY
from .typed import Signature, digest, sign

ZERO = "0x" + "0" * 40


@pytest.fixture
def message(comm, signer, customer, later):
    """Arguments of a call that the signer signed: for its own channel, unless told otherwise."""

    def make(nonce=0, expiry=None, channel=None, identity=IDENTITY, by=None, **domain):
        by = by or signer
        values = (channel or signer.address, customer, identity, nonce, later() if expiry is None else expiry)
        signature = sign(by, comm, "SendNotification", *values, **domain)
        return (str(values[0]), str(customer), by.address, *values[2:], *signature)

    return make


@pytest.fixture
def answer(web3_comm, relayer):
    """What the call answers; it has to answer."""
    return lambda args: web3_comm.functions.sendNotifBySig(*args).call({"from": str(relayer)})


def test_channel_signs(comm, signer, customer, relayer, message, answer):
    """The notification is the first event, the nonce is used, and the call answers true."""
    args = message()
    assert answer(args) is True
    tx = comm.sendNotifBySig(*args, sender=relayer)
    assert tx.events == [
        comm.SendNotification(channel=signer.address, recipient=customer, identity=IDENTITY),
        comm.NonceUsed(signer=signer.address, nonce=0),
    ]
    assert comm.nonces(signer.address) == 1


def test_delegate_signs(comm, channel, signer, customer, relayer, message, answer):
    """A delegate signs for its channel; what the relayer is does not matter."""
    comm.addDelegate(signer.address, sender=channel)
    args = message(channel=channel)
    assert answer(args) is True
    tx = comm.sendNotifBySig(*args, sender=relayer)
    assert tx.events[0] == comm.SendNotification(channel=channel, recipient=customer, identity=IDENTITY)


@pytest.mark.parametrize("relayed_by", ["relayer", "channel"])
def test_valid_but_not_allowed(comm, channel, signer, relayer, message, answer, relayed_by):
    """Signed well by one who may not send: false and no notification, and the nonce is used up."""
    args = message(channel=channel)
    assert answer(args) is False
    tx = comm.sendNotifBySig(*args, sender=channel if relayed_by == "channel" else relayer)
    assert tx.events == [comm.NonceUsed(signer=signer.address, nonce=0)]
    assert comm.nonces(signer.address) == 1


def test_recipient_does_not_sign_to_itself(comm, channel, signer, relayer, later, answer):
    """To be the recipient is no right to send."""
    values = (channel, signer.address, IDENTITY, 0, later())
    signature = sign(signer, comm, "SendNotification", *values)
    args = (str(channel), signer.address, signer.address, *values[2:], *signature)
    assert answer(args) is False
    tx = comm.sendNotifBySig(*args, sender=relayer)
    assert tx.events == [comm.NonceUsed(signer=signer.address, nonce=0)]


def test_replay_sends_once(comm, signer, relayer, message, answer):
    """The same message a second time answers false and tells nothing."""
    args = message()
    comm.sendNotifBySig(*args, sender=relayer)
    assert answer(args) is False
    assert comm.sendNotifBySig(*args, sender=relayer).events == []
    assert comm.nonces(signer.address) == 1


def test_what_is_not_valid_leaves_the_nonce(comm, channel, signer, customer, relayer, message, answer, later):
    """A wrong nonce, chain, name, signer, word or signature: false, no event, and the nonce is as before."""
    good = message()
    signature = Signature(*good[6:])
    bad = {
        "nonce": message(nonce=1),
        "chain": message(chain=1),
        "name": message(name="Push COMM V1"),
        "signer": (*good[:2], str(customer), *good[3:]),
        "zero signer": (*good[:2], ZERO, *good[3:]),
        "channel": (str(channel), *good[1:]),
        "recipient": (good[0], str(channel), *good[2:]),
        "identity": (*good[:3], IDENTITY + b"!", *good[4:]),
        "expiry": (*good[:5], good[5] + 1, *good[6:]),
        "high s": (*good[:6], *signature.twin()),
        "v": (*good[:6], *signature._replace(v=signature.v - 27)),
        "empty": (*good[:6], 27, bytes(32), bytes(32)),
        "empty of zero": (*good[:2], ZERO, *good[3:6], 27, bytes(32), bytes(32)),
    }
    assert [what for what, args in bad.items() if answer(args)] == []
    assert comm.sendNotifBySig(*bad["identity"], sender=relayer).events == []
    assert comm.nonces(signer.address) == 0
    assert answer(good) is True


@pytest.mark.parametrize(("late", "sent"), [(-1, True), (0, True), (1, False)])
def test_expiry_is_the_last_second(message, answer, later, late, sent):
    """Accepted up to and including the expiry."""
    expiry = later()
    args = message(expiry=expiry)
    chain.mine(timestamp=expiry + late)
    assert answer(args) is sent


@pytest.mark.parametrize("size", [0, 32, 8192])
def test_identity_of_any_length(comm, signer, relayer, message, size):
    """What was signed is what is sent, from nothing to the most."""
    args = message(identity=b"\xff" * size)
    assert comm.sendNotifBySig(*args, sender=relayer).events[0].identity == b"\xff" * size


def test_contract_wallet_signs(comm, wallet, customer, relayer, later, answer):
    """A channel may be a contract wallet; it is asked by ERC-1271."""
    values = (wallet, customer, IDENTITY, 0, later())
    args = (str(wallet), str(customer), str(wallet), *values[2:], 27, b"\1" * 32, b"\2" * 32)
    assert answer(args) is False
    wallet.sign(digest(comm, "SendNotification", values), True, sender=relayer)
    assert answer(args) is True
    tx = comm.sendNotifBySig(*args, sender=relayer)
    assert tx.events[0] == comm.SendNotification(channel=wallet, recipient=customer, identity=IDENTITY)
    assert comm.nonces(wallet) == 1


@pytest.mark.parametrize(("reverts", "burns"), [(True, False), (False, True)], ids=["reverts", "burns the gas"])
def test_wallet_that_fails_is_a_no(comm, wallet, customer, relayer, later, answer, reverts, burns):
    """Not even a wallet that reverts or burns its gas makes the call revert."""
    values = (wallet, customer, IDENTITY, 0, later())
    wallet.sign(digest(comm, "SendNotification", values), True, sender=relayer)
    wallet.misbehave(b"", reverts, burns, sender=relayer)
    args = (str(wallet), str(customer), str(wallet), *values[2:], 27, b"\1" * 32, b"\2" * 32)
    assert answer(args) is False
    assert comm.nonces(wallet) == 0


def test_key_of_another_account(message, answer):
    """A key that nobody knows is its own channel, and signs for it."""
    assert answer(message(by=Account.from_key(b"\7" * 32), channel=Account.from_key(b"\7" * 32).address)) is True
