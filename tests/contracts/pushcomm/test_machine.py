"""Random calls by random people, each compared with a plain Python model (model.py)."""

import pytest
from ape import chain
from eth_account import Account
from eth_utils import to_checksum_address
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from web3.exceptions import ContractCustomError

from ..histories import play
from .model import ZERO, Model, Refused, rebuilt
from .typed import sign

# Given, so that web3 need not ask the node.
GAS = {"gas": 1_000_000, "gasPrice": 10**10}
SETTERS = {
    "admin": "transferPushChannelAdminControl",
    "governance": "setGovernanceAddress",
    "core": "setEPNSCoreAddress",
    "token": "setPushTokenAddress",
}

people = st.integers(0, 3)
anyone = st.integers(0, 4)  # the zero address too
mostly = st.sampled_from([True, True, True, False])
offsets = st.sampled_from([0, 0, 0, 1])
expiries = st.sampled_from([-1, 0, 1, 100])
texts = st.sampled_from(["", "1-0", "1-0+2-50", "x" * 29, "x" * 30, "x" * 100])


def test_behaves_as_the_model(comm, web3_comm, accounts, admin, relayer):
    """Whatever is called, the contract does what the model does, and events alone tell its whole state."""
    keys = [Account.from_key(accounts[i].private_key) for i in range(4, 8)]
    chosen = [key.address.lower() for key in keys] + [ZERO]
    first_admin = str(admin).lower()
    node = chain.provider

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.snapshot = chain.snapshot()
            self.block = self.first_block = chain.blocks.height
            self.now = chain.blocks.head.timestamp
            self.model = Model(first_admin, first_admin)

        def teardown(self):
            try:
                self.compare_everything()
                logs = [log for event in web3_comm.all_events() for log in event.get_logs(from_block=self.first_block)]
                logs.sort(key=lambda log: (log["blockNumber"], log["logIndex"]))
                told = rebuilt(logs, Model(first_admin, first_admin))
                assert list(told.users.items()) == list(self.model.users.items())
                assert told == self.model
            finally:
                chain.restore(self.snapshot)

        def send(self, sender: str, function: str, *args):
            """Send it a second after the last block; None, or what it was refused with."""
            self.now += 1
            self.block += 1
            node.make_request("evm_setNextBlockTimestamp", [self.now])
            call = web3_comm.functions[function](*map(checksummed, args))
            sent = call.transact({"from": checksummed(sender), **GAS})
            receipt = node.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)
            assert receipt["blockNumber"] == self.block
            if receipt["status"] == 1:
                return None
            # A receipt does not say why; the same call in the same block does.
            with pytest.raises(ContractCustomError) as caught:
                call.call({"from": checksummed(sender)})
            return caught.value.data

        def expect(self, found, model, *args):
            """The model does the same, or refuses it for the same."""
            try:
                model(*args)
                expected = None
            except Refused as refused:
                expected = str(refused)
            assert found == expected

        def compare_user(self, user: str):
            found = web3_comm.functions.users(checksummed(user)).call()
            start = self.model.users.get(user)
            assert found == [start is not None, False, start or 0, self.model.count(user)]
            assert web3_comm.functions.nonces(checksummed(user)).call() == self.model.nonces.get(user, 0)

        def compare_everything(self):
            functions = web3_comm.functions
            assert functions.usersCount().call() == len(self.model.users)
            for i, user in enumerate(self.model.users):
                assert functions.mapAddressUsers(i).call().lower() == user
            for user in chosen:
                self.compare_user(user)
                for channel in chosen:
                    pair = (checksummed(channel), checksummed(user))
                    assert functions.isUserSubscribed(*pair).call() == ((user, channel) in self.model.subscriptions)
                    is_delegate = (channel, user) in self.model.delegates
                    assert functions.delegatedNotificationSenders(*pair).call() == is_delegate
                    expected = self.model.settings.get((user, channel), "")
                    assert functions.userToChannelNotifs(*reversed(pair)).call() == expected
            named = (functions.pushChannelAdmin, functions.governance, functions.EPNSCoreAddress)
            found = [each().call().lower() for each in (*named, functions.PUSH_TOKEN_ADDRESS)]
            assert found == [self.model.admin, self.model.governance, self.model.core, self.model.token]

        @rule(user=people, channel=anyone)
        def subscribe(self, user, channel):
            found = self.send(chosen[user], "subscribe", chosen[channel])
            self.expect(found, self.model.subscribe, self.block, chosen[user], chosen[channel])
            self.compare_user(chosen[user])

        @rule(user=people, channel=anyone)
        def unsubscribe(self, user, channel):
            found = self.send(chosen[user], "unsubscribe", chosen[channel])
            self.expect(found, self.model.unsubscribe, self.block, chosen[user], chosen[channel])
            self.compare_user(chosen[user])

        @rule(user=people, channels=st.lists(anyone, max_size=6), subscribe=st.booleans())
        def batch(self, user, channels, subscribe):
            names = [chosen[channel] for channel in channels]
            found = self.send(chosen[user], "batchSubscribe" if subscribe else "batchUnsubscribe", names)
            model = self.model.subscribe if subscribe else self.model.unsubscribe
            self.expect(found, model, self.block, chosen[user], *names)
            self.compare_user(chosen[user])

        @rule(user=anyone, channel=anyone, subscribe=mostly, nonce=offsets, expiry=expiries, signed=mostly)
        def by_sig(self, user, channel, subscribe, nonce, expiry, signed):
            kind = "Subscribe" if subscribe else "Unsubscribe"
            at = self.model.nonces.get(chosen[user], 0) + nonce
            values = (chosen[channel], chosen[user], at, self.now + 1 + expiry)
            signer = keys[user if signed and user < 4 else 0]
            valid = signer.address.lower() == chosen[user]
            signature = sign(signer, comm, kind, *map(checksummed, values))
            found = self.send(str(relayer), f"{kind.lower()}BySig", *values, *signature)
            self.expect(found, self.model.by_sig, self.block, self.now, subscribe, *values, valid)

        @rule(user=people, channel=anyone, subscribe=mostly, core=mostly)
        def via_core(self, user, channel, subscribe, core):
            caller = self.model.core if core and self.model.core != ZERO else str(relayer).lower()
            function = "subscribeViaCore" if subscribe else "unSubscribeViaCore"
            found = self.send(caller, function, chosen[channel], chosen[user])
            args = (self.block, caller, subscribe, chosen[channel], chosen[user])
            self.expect(found, self.model.via_core, *args)

        @rule(channel=people, delegate=anyone, add=mostly)
        def delegate(self, channel, delegate, add):
            found = self.send(chosen[channel], "addDelegate" if add else "removeDelegate", chosen[delegate])
            model = self.model.add_delegate if add else self.model.remove_delegate
            self.expect(found, model, self.block, chosen[channel], chosen[delegate])

        @rule(sender=people, channel=anyone, recipient=anyone, identity=st.binary(max_size=70))
        def send_notification(self, sender, channel, recipient, identity):
            args = (chosen[channel], chosen[recipient], identity)
            found = self.send(chosen[sender], "sendNotification", *args)
            self.expect(found, self.model.send, self.block, chosen[sender], *args)

        @rule(
            signer=anyone, channel=people, identity=st.binary(max_size=70), nonce=offsets, expiry=expiries, own=mostly
        )
        def send_by_sig(self, signer, channel, identity, nonce, expiry, own):
            at = self.model.nonces.get(chosen[signer], 0) + nonce
            values = (chosen[channel], chosen[0], identity, at, self.now + 1 + expiry)
            key = keys[signer if own and signer < 4 else 0]
            signature = sign(key, comm, "SendNotification", *map(checksummed, values))
            message = (*values[:2], chosen[signer], *values[2:])
            found = self.send(str(relayer), "sendNotifBySig", *message, *signature)
            valid = key.address.lower() == chosen[signer]
            self.expect(found, self.model.send_by_sig, self.now, message, valid)
            self.compare_user(chosen[signer])

        @rule(user=people, channel=anyone, number=st.integers(0, 2**256 - 1), text=texts)
        def change_settings(self, user, channel, number, text):
            args = (chosen[channel], number, text)
            found = self.send(chosen[user], "changeUserChannelSettings", *args)
            self.expect(found, self.model.change_settings, self.block, chosen[user], *args)

        @rule(name=st.sampled_from(list(SETTERS)), value=anyone, right=mostly)
        def set_address(self, name, value, right):
            caller = self.model.admin if right else str(relayer).lower()
            found = self.send(caller, SETTERS[name], chosen[value])
            self.expect(found, self.model.set_address, self.block, caller, name, chosen[value])

    play(Machine, 20, 50)


def checksummed(value):
    """The same value, with addresses as web3 wants them."""
    if isinstance(value, list):
        return [checksummed(each) for each in value]
    return to_checksum_address(value) if isinstance(value, str) and len(value) == 42 else value
