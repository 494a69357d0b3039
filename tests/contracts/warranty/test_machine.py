"""Random calls by random people, each compared with a plain Python model (model.py)."""

import pytest
from ape import chain
from eth_utils import to_checksum_address
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from web3.exceptions import ContractLogicError

from ..histories import play
from .conftest import DOCUMENT, TERMS
from .model import (
    APPROVED,
    DAY,
    FREE,
    IN_REVIEW,
    OPEN,
    OVER,
    ZERO,
    Model,
    Refused,
    Terms,
    rebuilt,
)
from .packing import item

PERIOD = DAY
SETUP = {number: Terms(*terms, f"ipfs://terms/{number}") for number, terms in TERMS.items()}
# Given, so that web3 need not ask the node.
GAS = {"gas": 3_000_000, "gasPrice": 10**10}

people = st.integers(0, 4)
ids = st.integers(1, 10)
batches = st.integers(0, 400)
numbers = st.integers(1, 6)
productions = [0, 1, 2, 2**16 - 1, 2**16]
starts = st.sampled_from([None, 0, 1, 40 * DAY])
rows = st.lists(st.tuples(ids, people, starts, numbers, st.sampled_from(productions[:-1])), min_size=1, max_size=5)
# How often somebody else tries, or tries something else: once in ten.
luck = st.integers(0, 9)
# What an issuer does apart from claims, and what a holder does.
CHANGES = ["extend", "extend", "void", "recover", "flag", "flag", "recall"]
ACTS = ["transferFrom", "transferFrom", "safeTransferFrom", "approve", "report", "report", "setTransferLimit"]
# Months, transfers and claims of terms.
NEW_TERMS = [
    ((24, 0), 3, (0, 0, 0, 0)),
    ((0, 13), 0, (1, 1, 0, 3)),
    ((1, 2), 1, (2, 0, 1, 255)),
    ((0, 0), 1, (0, 0, 0, 0)),
    ((0, 2), 1, (0, 0, 1, 0)),
    ((24, 24), 256, (0, 0, 0, 0)),
]
# The steps of a claim by the states they may start from, and all of them.
NEXT = {
    OPEN: ["cancel_claim", "review_claim", "approve_claim", "approve_claim", "reject_claim"],
    IN_REVIEW: ["cancel_claim", "approve_claim", "approve_claim", "reject_claim"],
    APPROVED: ["reject_claim", "repair", "repair", "replace", "replace", "refund"],
}
OPENS = ["open_claim", "open_claim", "open_claim_for"]
STEPS = sorted({*OPENS, *(step for steps in NEXT.values() for step in steps)})


def test_behaves_as_the_model(warranty, web3_warranty, accounts, owner, guardian, issuer, former_issuer):
    """Whatever is called, the contract does what the model does, and events alone tell its whole state."""
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
            # Something to begin with: nine of the ten ids.
            kinds = [(4, 40 * DAY), (4, 0), (3, 1), (1, 1), (2, 40 * DAY), (4, 1), (2, 0), (4, 1), (1, 700 * DAY)]
            words = [
                (i + 1, item(chosen[i % 3], terms, ago and self.now - ago, i % 3))
                for i, (terms, ago) in enumerate(kinds)
            ]
            self.both(str(owner), "set_service_centre", chosen[0], True)
            self.both(issuers[0], "register", 1000, [word for pair in words for word in pair])
            for token_id in (1, 2, 6, 8):
                self.both(issuers[0], "open_claim_for", 1000 + token_id, token_id, DOCUMENT)
                if token_id != 1:
                    self.both(issuers[1], "approve_claim", 1000 + token_id, token_id, 1, DOCUMENT)

        def teardown(self):
            try:
                for wallet in chosen:
                    found = web3_warranty.functions.balanceOf(checksummed(wallet)).call()
                    assert found == self.model.balance_of(wallet)
                for token_id in self.model.tokens:
                    self.compare(token_id)
                    self.compare_the_rest(token_id)
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
            if found is None and token_id in self.model.tokens:
                self.compare(token_id)

        def holder(self, token_id: int, caller: int) -> str:
            """Mostly the holder."""
            token = self.model.tokens.get(token_id)
            return token.owner if token and caller > 1 else chosen[caller % 5]

        def issuer(self, caller: int) -> str:
            """Mostly an issuer."""
            return chosen[0] if caller == 1 else issuers[caller % 2]

        def state_of(self, token_id: int) -> int:
            token = self.model.tokens.get(token_id)
            return token.state if token else 0

        def compare(self, token_id: int):
            token, functions = self.model.tokens[token_id], web3_warranty.functions
            found = functions.warranty_of(token_id).call()
            uri = self.model.recalls.get(token.production, "")
            assert (found[0].lower(), *found[1:]) == (
                token.owner, token.state, token.start, self.model.end(token), token.terms, token.transfers,
                token.extra_months, token.production, token.repaired_months, token.claims, token.claim_state,
                token.services, token.lost, token.stolen, uri != "", token.replaced_by, token.replaces,
            )  # fmt: skip
            expected = (token.claims, token.claim_state, token.counted, token.closed_at)
            assert tuple(functions.claim_of(token_id).call()) == expected
            assert functions.locked(token_id).call() == self.model.is_locked(token)

        def compare_the_rest(self, token_id: int):
            token, functions = self.model.tokens[token_id], web3_warranty.functions
            uri = self.model.recalls.get(token.production, "")
            assert tuple(functions.flags_of(token_id).call()) == (*token.holder_says, *token.issuer_says)
            assert functions.recall_of(token_id).call() == [uri != "", uri]
            assert functions.legal_end(token_id).call() == self.model.legal_end(token)
            assert functions.getApproved(token_id).call().lower() == token.approved
            assert functions.transfers_left(token_id).call() == self.model.transfers_left(token)
            assert functions.transferCountOf(token_id).call() == token.transfers
            limit = self.model.limit(token)
            assert functions.transferLimitOf(token_id).call() == (2**256 - 1 if limit == FREE else limit)

        def compare_with_events(self):
            logs = [log for event in web3_warranty.all_events() for log in event.get_logs(from_block=self.first_block)]
            told = rebuilt(sorted(logs, key=lambda log: (log["blockNumber"], log["logIndex"])), self.times, SETUP)
            told.recalls = {key: uri for key, uri in told.recalls.items() if uri}
            self.model.recalls = {key: uri for key, uri in self.model.recalls.items() if uri}
            assert told == self.model

        @rule(sender=luck, batch=batches, rows=rows, stray=st.integers(0, 30))
        def issue(self, sender, batch, rows, stray):
            if stray < 6:
                months, limit, claims = NEW_TERMS[stray]
                self.both(self.issuer(sender), "set_terms", 1 + batch % 6, *months, limit, *claims, "ipfs://x")
                return
            words = []
            for token_id, wallet, ago, terms, production in rows:
                start = 0 if ago is None else self.now + 1 - ago
                words += [token_id, item(chosen[wallet], terms, start, production)]
            if stray == 6:
                words[1] |= 1 << 80
            if stray == 7:
                words.pop()
            if stray == 8:
                words[-2] = 0
            self.both(self.issuer(sender), "register", batch, words)

        @rule(sender=luck, batch=batches, token_id=ids, what=st.sampled_from(CHANGES), amount=luck)
        def change(self, sender, batch, token_id, what, amount):
            if what == "void" and token_id % 4 and self.state_of(token_id) not in OVER:
                what = "extend"  # most of the ids live on
            args = {
                "extend": (token_id, amount * 15),
                "flag": (token_id, amount == 1, amount == 2),
                "recall": (productions[amount % 5], "ipfs://recall" if amount < 7 else ""),
            }.get(what, (token_id, "why"))
            self.both(self.issuer(sender), what, batch, *args, token_id=token_id)

        @rule(token_id=ids, sender=luck, batch=batches, off=luck, step=st.integers(0, 59), new_id=st.integers(0, 14))
        def claim(self, token_id, sender, batch, off, step, new_id):
            token = self.model.tokens.get(token_id)
            state = token.claim_state if token else 0
            steps = NEXT.get(state, OPENS) if off > 1 else STEPS
            function = steps[step % len(steps)]
            number = max(0, (token.claims if token else 0) + (1 if off == 0 else -1 if off == 1 else 0))
            issuer, holder = self.issuer(sender), self.holder(token_id, sender)
            args = {
                "open_claim": (holder, function, token_id, DOCUMENT),
                "open_claim_for": (issuer, function, batch, token_id, DOCUMENT),
                "cancel_claim": (holder, function, token_id, number),
                "review_claim": (issuer, function, batch, token_id, number),
                "reject_claim": (issuer, function, batch, token_id, number, "not covered"),
                "replace": (issuer, function, batch, token_id, number, new_id, step % 2 == 0, DOCUMENT),
            }.get(function, (issuer, function, batch, token_id, number, DOCUMENT))
            self.both(*args, token_id=token_id)
            if function == "replace" and new_id in self.model.tokens:
                self.compare(new_id)

        @rule(token_id=ids, caller=luck, what=st.sampled_from(ACTS), other=people, amount=luck)
        def act(self, token_id, caller, what, other, amount):
            holder = self.holder(token_id, 9)
            args, name = {
                "approve": ((ZERO if amount == 0 else chosen[other], token_id), "approve"),
                "report": ((token_id, amount == 1, amount == 2), "report"),
                "setTransferLimit": ((token_id, amount if amount < 5 else 247 + amount), "set_transfer_limit"),
            }.get(what, ((holder, chosen[other], token_id), "transfer"))
            self.both(self.holder(token_id, caller), what, *args, model=name, token_id=token_id)

        @rule(token_id=ids, caller=people, sender=people, receiver=people)
        def someone_transfers(self, token_id, caller, sender, receiver):
            token = self.model.tokens.get(token_id)
            if token and caller != receiver:  # half of the time in the holder's name
                sender = chosen.index(token.owner) if token.owner in chosen else sender
            args = (chosen[sender], chosen[receiver], token_id)
            self.both(chosen[caller], "transferFrom", *args, model="transfer", token_id=token_id)

        @rule(centre=people, token_id=ids, kind=luck)
        def log_service(self, centre, token_id, kind):
            self.both(chosen[centre % 3], "log_service", token_id, min(kind, 5), DOCUMENT, token_id=token_id)

        @rule(what=luck, which=people, other=people, yes=st.booleans())
        def govern(self, what, which, other, yes):
            if what < 3:
                args = (chosen[other], yes)
                self.both(chosen[which], "setApprovalForAll", *args, model="set_approval_for_all")
            elif what < 6:
                self.both(str(owner), "set_service_centre", chosen[which % 3], yes)
            elif what < 8:
                args = (issuers[which % 2], [0, 3, 40, 40, 40][other])
                self.both(str(owner), "set_issuer", *args, PERIOD, model_args=args)
            elif what == 8:
                self.both(str(guardian), "pause", 1 + other)
            else:
                self.both(str(owner), "unpause")

        @rule(seconds=st.sampled_from([1, DAY, DAY, 31 * DAY, 700 * DAY]))
        def wait(self, seconds):
            if self.now < 3 * 10**9:
                self.now += seconds

    play(Machine, 20, 50)


def checksummed(value):
    """The same value, an address as web3 wants it."""
    return to_checksum_address(value) if isinstance(value, str) and len(value) == 42 else value
