"""Random histories: the contract and the model accept, refuse and remember the same."""

import pytest
from ape import chain
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ..histories import play
from .model import BOTH, OWNER_ONLY, Event, Model, Reader, Refused, ascending, event_of, listing
from .typed import FOREVER, MESSAGES

EVENTS = st.sampled_from([2, 1, 3, 4])
ANY = st.integers(0, 2**16)
MOSTLY = st.sampled_from([True, True, True, False])
# More than two pages of a list.
BYSTANDERS = 70


# What the first issuer may still issue, and a second one, who runs out.
BUDGETS = (10**6, 60)
PERIOD = 2**32 - 1


@pytest.fixture
def machine(poap, web3_poap, refusal, crowd, issuer, customer, other_customer, stranger, owner, partner):
    """A state machine whose every example starts from the same contract."""
    for account, budget in zip((issuer, partner), BUDGETS, strict=True):
        poap.set_issuer(account, budget, PERIOD, sender=owner)
    budgets = dict(zip((issuer.address, partner.address), BUDGETS, strict=True))
    people = {account.address: account for account in (issuer, customer, other_customer, stranger, owner, partner)}
    actors = [account.address for account in (issuer, customer, other_customer, stranger, owner, partner)]
    wallets = ascending([*actors, *crowd(BYSTANDERS)])
    # The issuer most of all, so that most attempts to issue are allowed.
    issuers = st.sampled_from([issuer.address] * 7 + [partner.address] * 2 + [stranger.address])
    senders = st.sampled_from(actors)
    again = st.sampled_from([False] * 9 + [True])
    one = st.sampled_from(wallets)
    signed = {"signer": issuers, "event": EVENTS, "sender": senders, "wallet": one, "again": again, "expired": again}

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.snapshot = chain.snapshot()
            self.model = Model(dict(budgets))
            self.model.events = {1: Event(False, BOTH), 2: Event(True, BOTH)}
            self.batch = self.number = 0

        def attempt(self, function, method, *arguments, sender, sent=None):
            """Both accept, or both refuse for the same reason; only then is it sent."""
            try:
                method(sender, *arguments)
                expected = None
            except Refused as refused:
                expected = str(refused)
            sent = arguments if sent is None else sent
            assert refusal(function, *sent, sender=sender) == expected
            if expected is None:
                bound = getattr(web3_poap.functions, function)(*sent)
                transaction = bound.transact({"from": sender, "gas": 2**24})
                receipt = web3_poap.w3.eth.wait_for_transaction_receipt(transaction, poll_latency=0.005)
                assert receipt["status"] == 1

        def next_batch(self, again: bool) -> int:
            self.batch += not again
            return self.batch

        def next_number(self, again: bool) -> int:
            self.number += not again
            return self.number

        def badge(self, number: int) -> int:
            """Mostly a badge of an actor's that can move, else any that is or was, else one that never was."""
            kinds = [
                [*self.model.holders, *self.model.burnt],
                [badge for badge in self.model.holders if self.model.holders[badge] in actors],
                [badge for badge in self.model.holders if self.movable(badge)],
            ]
            kind = kinds[number % 3]
            return kind[number // 3 % len(kind)] if kind and number % 17 != 5 else number

        def movable(self, badge: int) -> bool:
            event = self.model.events[event_of(badge)]
            return event.transferable and self.model.holders[badge] in actors

        def by(self, badge: int, sender: str, by_holder: bool) -> str:
            holder = self.model.holders.get(badge, sender)
            return holder if by_holder and holder in actors else sender

        @initialize(dropped=st.sets(st.integers(0, len(wallets) - 1), min_size=20))
        def fill(self, dropped):
            """Nobody can move what nobody holds: every actor starts with a badge that moves. A third event, of four."""
            picked = [wallet for i, wallet in enumerate(wallets) if i in dropped or wallet in actors]
            batch = self.next_batch(False)
            sent = (batch, 2, listing(picked))
            self.attempt("drop", self.model.drop, batch, 2, picked, sender=issuer.address, sent=sent)
            self.create_event(3, issuer.address, True, OWNER_ONLY, 40)

        @rule(
            event=st.integers(2, 5),
            sender=issuers,
            transferable=st.booleans(),
            auth=st.integers(0, 3),
            supply=st.sampled_from([0, 4, 40]),
        )
        def create_event(self, event, sender, transferable, auth, supply):
            sent = (event, 0, 0, supply, transferable, auth, "")
            self.attempt(
                "create_event", self.model.create_event, event, transferable, auth, supply, sender=sender, sent=sent
            )

        @rule(
            event=EVENTS,
            sender=issuers,
            again=again,
            chosen=st.sets(st.integers(0, len(wallets) - 1), max_size=40),
            only_new=st.sampled_from([True] * 4 + [False]),
            turned=st.sampled_from([False] * 9 + [True]),
        )
        def drop(self, event, sender, again, chosen, only_new, turned):
            given = self.model.events[event].given if event in self.model.events else {}
            picked = [wallets[i] for i in sorted(chosen) if not (only_new and wallets[i] in given)]
            picked = picked[::-1] if turned else picked
            batch = self.next_batch(again)
            sent = (batch, event, listing(picked))
            self.attempt("drop", self.model.drop, batch, event, picked, sender=sender, sent=sent)

        @rule(
            event=EVENTS,
            sender=issuers,
            again=again,
            source_event=EVENTS,
            source_list=st.integers(0, 3),
            fresh=MOSTLY,
            supply=st.sampled_from([0, 0, 40]),
        )
        def drop_again(self, event, sender, again, source_event, source_list, fresh, supply):
            if fresh and self.model.events[2].lists:
                # Most lists share wallets, so most of these would be refused but for an event of its own.
                event = 100 + self.batch
                source_event, source_list = 2, source_list % len(self.model.events[2].lists)
                if event not in self.model.events:
                    self.create_event(event, issuer.address, True, BOTH, supply)
            self.attempt(
                "drop_again",
                self.model.drop_again,
                self.next_batch(again),
                event,
                source_event,
                source_list,
                sender=sender,
            )

        @rule(event=EVENTS, sender=issuers, again=again, wallet=one)
        def award(self, event, sender, again, wallet):
            self.attempt("award", self.model.award, self.next_batch(again), event, wallet, sender=sender)

        @rule(**signed)
        def claim(self, **drawn):
            self.send_signed("claim", **drawn)

        @rule(**signed)
        def claim_link(self, **drawn):
            self.send_signed("claim_link", **drawn)

        def send_signed(self, way, signer, event, sender, wallet, again, expired):
            number = self.next_number(again)
            deadline = chain.blocks.head.timestamp - 1 if expired else FOREVER
            message = MESSAGES[way](people[signer], web3_poap.address, event, wallet, number, deadline)
            self.attempt(way, self.model.claim, signer, event, wallet, number, expired, sender=sender, sent=message)

        @rule(sender=issuers, again=again, ahead=st.integers(0, 2))
        def cancel(self, sender, again, ahead):
            """A number that was used, or one of the next."""
            number = max(self.number + ahead - again, 0)
            self.attempt("cancel_numbers", self.model.cancel, number, sender=sender, sent=([number],))

        @rule(event=EVENTS, account=issuers, allowed=st.sampled_from([True, False, False]))
        def set_event_issuer(self, event, account, allowed):
            self.attempt("set_event_issuer", self.model.set_event_issuer, event, account, allowed, sender=owner.address)

        @rule(number=ANY, by_holder=MOSTLY, sender=senders, receiver=one)
        def transfer(self, number, by_holder, sender, receiver):
            badge = self.badge(number)
            holder = self.model.holders.get(badge, sender)
            sender = self.by(badge, sender, by_holder)
            self.attempt("transferFrom", self.model.transfer, holder, receiver, badge, sender=sender)

        @rule(number=ANY, by_holder=MOSTLY, sender=senders, account=senders)
        def approve(self, number, by_holder, sender, account):
            badge = self.badge(number)
            sender = self.by(badge, sender, by_holder)
            self.attempt("approve", self.model.approve, account, badge, sender=sender)

        @rule(sender=senders, operator=senders, approved=st.booleans())
        def set_approval_for_all(self, sender, operator, approved):
            self.attempt("setApprovalForAll", self.model.set_approval_for_all, operator, approved, sender=sender)

        @rule(number=ANY, by_holder=MOSTLY, sender=senders)
        def burn(self, number, by_holder, sender):
            badge = self.badge(number)
            self.attempt("burn", self.model.burn, badge, sender=self.by(badge, sender, by_holder))

        @rule(number=ANY)
        def look(self, number):
            """In between as well as at the end: a wallet's balance and a badge's holder."""
            wallet = wallets[number % len(wallets)]
            assert web3_poap.functions.balanceOf(wallet).call() == self.model.balance_of(wallet)
            events = [event for event in (1, 2, 3, 4) if number >> event & 1]
            assert web3_poap.functions.holds_all(wallet, events).call() == self.model.holds_all(wallet, events)
            badge = self.badge(number)
            try:
                holder = self.model.owner_of(badge)
            except Refused as refused:
                assert refusal("ownerOf", badge, sender=wallet) == str(refused)
            else:
                assert web3_poap.functions.ownerOf(badge).call() == holder

        def teardown(self):
            try:
                self.compare()
            finally:
                chain.restore(self.snapshot)

        def compare(self):
            assert told() == self.model
            call = web3_poap.functions
            for badge in [*self.model.holders][::5]:
                assert call.ownerOf(badge).call() == self.model.holders[badge]
            for badge, account in self.model.approved.items():
                assert call.getApproved(badge).call() == account
            for badge in self.model.burnt:
                assert refusal("ownerOf", badge, sender=actors[0]) == "poap: badge is burnt"
            for wallet in [*actors, *wallets[::9]]:
                assert call.balanceOf(wallet).call() == self.model.balance_of(wallet)
            for number, event in self.model.events.items():
                assert call.event_info(number).call()[3:5] == (len(event.given), len(event.lists))
                for wallet in wallets[::9]:
                    assert call.token_of(number, wallet).call() == self.model.token_of(number, wallet)
                for account in actors:
                    assert call.is_event_issuer(number, account).call() == (account in event.issuers)
            for account, left in self.model.budgets.items():
                assert call.budget_of(account).call()[2] == left
                spent = {number for number in range(self.number + 3) if call.number_spent(account, number).call()}
                assert {(account, number) for number in spent} == {
                    pair for pair in self.model.numbers if pair[0] == account
                }

    def told() -> Model:
        """The model that the contract's events alone make."""
        reader = Reader(budgets)
        decoders = {event().topic: event() for event in web3_poap.events}
        for log in web3_poap.w3.eth.get_logs({"address": web3_poap.address, "fromBlock": 0}):
            event = decoders["0x" + log["topics"][0].hex()].process_log(log)
            reader.read(event["event"], event["args"])
        return reader.model

    return Machine


def test_histories(machine):
    """Whatever happens in whatever order, the contract is in the model's state, and so is who reads its events alone."""
    play(machine, 25, 40)
