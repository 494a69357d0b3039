"""Random calls by random people, each compared with a plain Python model (model.py)."""

import os
import random

import pytest
from ape import chain
from eth_utils import to_checksum_address
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from web3.exceptions import ContractLogicError

from .conftest import TERMS
from .model import DAY, ZERO, Model, Refused, rebuilt
from .packing import item

PERIOD = DAY
SETUP = {number: (*terms, f"ipfs://terms/{number}") for number, terms in TERMS.items()}
# Given, so that web3 need not ask the node.
GAS = {"gas": 3_000_000, "gasPrice": 10**10}

people = st.integers(0, 4)
ids = st.integers(1, 8)
batches = st.integers(0, 40)
numbers = st.integers(1, 4)
rows = st.lists(st.tuples(ids, people, st.sampled_from([None, 0, 1, 40 * DAY]), numbers), min_size=1, max_size=5)


def test_behaves_as_the_model(warranty, web3_warranty, accounts, owner, guardian, issuer, former_issuer):
    """Whatever is called, the contract does what the model does, and events alone tell its whole state."""
    number = int(os.environ.get("TEST_SEED") or random.randrange(2**32))
    print("TEST_SEED", number)
    chosen = [str(accounts[i]).lower() for i in range(4, 9)]
    issuers = [str(issuer).lower(), str(former_issuer).lower()]
    node = chain.provider

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.snapshot = chain.snapshot()
            self.first_block = chain.blocks.height + 1
            self.now = chain.blocks.head.timestamp
            self.times: dict[int, int] = {}
            self.model = Model()
            for each in issuers:
                self.send(str(owner), "set_issuer", each, 40, PERIOD)
                self.model.set_issuer(self.now, str(owner), each, 40)
            self.model.terms |= SETUP
            # Something to begin with: five of the eight ids, one of each kind.
            kinds = [(1, 0), (2, 0), (3, 0), (1, 1), (2, 40 * DAY)]
            words = [
                (i + 1, item(chosen[i % 3], terms, ago and self.now - ago)) for i, (terms, ago) in enumerate(kinds)
            ]
            self.both(issuers[0], "register", 100, [word for pair in words for word in pair])

        def teardown(self):
            try:
                for wallet in chosen:
                    found = web3_warranty.functions.balanceOf(checksummed(wallet)).call()
                    assert found == self.model.balance_of(wallet)
                for token_id in self.model.tokens:
                    self.compare(token_id)
                self.compare_with_events()
            finally:
                chain.restore(self.snapshot)

        def send(self, sender: str, function: str, *args):
            """Send it a second after the last block; None, or the reason why it was refused."""
            self.now += 1
            node.make_request("evm_setNextBlockTimestamp", [self.now])
            call = web3_warranty.functions[function](*map(checksummed, args))
            sent = call.transact({"from": checksummed(sender), **GAS})
            receipt = node.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)
            self.times[receipt["blockNumber"]] = self.now
            if receipt["status"] == 1:
                return None
            # A receipt does not say why; the same call in the same block does.
            with pytest.raises(ContractLogicError) as caught:
                call.call({"from": checksummed(sender)})
            return (caught.value.message or "").removeprefix("execution reverted: ")

        def both(self, sender: str, function: str, *args, model: str = "", model_args=None, token_id=None):
            found = self.send(sender, function, *args)
            try:
                getattr(self.model, model or function)(self.now, sender, *(model_args or args))
                expected = None
            except Refused as refused:
                expected = str(refused)
            assert found == expected
            if found is None and token_id is not None:
                self.compare(token_id)

        def compare(self, token_id: int):
            token = self.model.tokens[token_id]
            found = web3_warranty.functions.warranty_of(token_id).call()
            expected = (token.owner, token.state, token.start, self.model.end(token), token.terms)
            assert (found[0].lower(), *found[1:]) == (*expected, token.transfers, token.extra_months)
            assert web3_warranty.functions.getApproved(token_id).call().lower() == token.approved
            assert web3_warranty.functions.transfers_left(token_id).call() == self.model.transfers_left(token)
            assert web3_warranty.functions.locked(token_id).call() == self.model.is_locked(token)

        def compare_with_events(self):
            logs = [log for event in web3_warranty.all_events() for log in event.get_logs(from_block=self.first_block)]
            told = rebuilt(sorted(logs, key=lambda log: (log["blockNumber"], log["logIndex"])), self.times)
            told.terms = SETUP | told.terms
            assert told == self.model

        @rule(number=numbers, months=st.sampled_from([(24, 0), (0, 13), (1, 2), (0, 0)]), limit=st.integers(0, 3))
        def set_terms(self, number, months, limit):
            self.both(issuers[0], "set_terms", number, *months, limit, "ipfs://x")

        @rule(sender=st.sampled_from([*issuers, chosen[0]]), batch=batches, rows=rows, stray=st.integers(0, 30))
        def register(self, sender, batch, rows, stray):
            words = []
            for token_id, wallet, ago, terms in rows:
                start = 0 if ago is None else self.now + 1 - ago
                words += [token_id, item(chosen[wallet], terms, start)]
            if stray == 0:
                words[1] |= 1 << 60
            if stray == 1:
                words.pop()
            self.both(sender, "register", batch, words)

        @rule(sender=st.sampled_from([*issuers, chosen[1]]), batch=batches, token_id=ids, months=st.integers(0, 140))
        def extend(self, sender, batch, token_id, months):
            self.both(sender, "extend", batch, token_id, months, token_id=token_id)

        @rule(sender=st.sampled_from(issuers), batch=batches, token_id=ids)
        def void(self, sender, batch, token_id):
            if token_id % 2:  # half of the ids live on
                self.both(sender, "void", batch, token_id, "why", token_id=token_id)

        @rule(token_id=ids, receiver=people, safe=st.booleans())
        def holder_transfers(self, token_id, receiver, safe):
            token = self.model.tokens.get(token_id)
            holder = token.owner if token else chosen[0]
            args = (holder, chosen[receiver], token_id)
            self.both(
                holder, "safeTransferFrom" if safe else "transferFrom", *args, model="transfer", token_id=token_id
            )

        @rule(token_id=ids, caller=people, sender=people, receiver=people)
        def someone_transfers(self, token_id, caller, sender, receiver):
            token = self.model.tokens.get(token_id)
            if token and caller != receiver:  # half of the time in the holder's name
                sender = chosen.index(token.owner)
            args = (chosen[sender], chosen[receiver], token_id)
            self.both(chosen[caller], "transferFrom", *args, model="transfer", token_id=token_id)

        @rule(token_id=ids, caller=people, operator=st.sampled_from([ZERO, *chosen]))
        def approve(self, token_id, caller, operator):
            token = self.model.tokens.get(token_id)
            sender = token.owner if token and caller < 3 else chosen[caller]
            self.both(sender, "approve", operator, token_id, token_id=token_id)

        @rule(holder=people, operator=people, approved=st.booleans())
        def set_approval_for_all(self, holder, operator, approved):
            args = (chosen[operator], approved)
            self.both(chosen[holder], "setApprovalForAll", *args, model="set_approval_for_all")

        @rule(each=st.sampled_from(issuers), budget=st.sampled_from([0, 3, 40]))
        def set_issuer(self, each, budget):
            self.both(str(owner), "set_issuer", each, budget, PERIOD, model_args=(each, budget))

        @rule(duration=st.integers(1, 4))
        def pause(self, duration):
            self.both(str(guardian), "pause", duration)

        @rule()
        def unpause(self):
            self.both(str(owner), "unpause")

        @rule(seconds=st.sampled_from([1, DAY, 31 * DAY, 700 * DAY]))
        def wait(self, seconds):
            if self.now < 3 * 10**9:
                self.now += seconds

    phases = [phase for phase in Phase if phase is not Phase.explain]
    rules = settings(
        max_examples=int(os.environ.get("TEST_EXAMPLES") or 12),
        stateful_step_count=50,
        deadline=None,
        phases=phases,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Machine), settings=rules)


def checksummed(value):
    """The same value, an address as web3 wants it."""
    return to_checksum_address(value) if isinstance(value, str) and len(value) == 42 else value
