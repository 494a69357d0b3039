"""Points against model.py: random acts at random moments, everything compared after each."""

import os
import random
from itertools import product

import pytest
from ape import chain
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from .model import INFINITE, Model, expiry, month, pack

DAY = 86400
EXAMPLES, STEPS = 12, 25
BUDGET = 3000
REFERENCE = b"order 17".ljust(32, b"\0")

anybody = st.integers(0, 2)  # two customers and a partner
amounts = st.one_of(st.integers(1, 30), st.integers(1, 1500))


class Machine(RuleBasedStateMachine):
    """Set by the test: the contract, its reader, the people, and how to look for a refusal."""

    points = lens = people = issuer = owner = refusal = None

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = chain.snapshot()
        self.model = Model(self.points.VALIDITY_MONTHS())
        self.replayed = Model(self.points.VALIDITY_MONTHS())
        self.spent = (0, 0)  # window, amount
        self.batch = 0
        self.first_month = month(chain.blocks.head.timestamp)
        self.model.now = chain.blocks.head.timestamp

    def act(self, function: str, *arguments, sender, refused: str | None = None) -> bool:
        """Send it; or, when the model says that it is refused, see that it is."""
        method = getattr(self.points, function)
        assert self.refusal(method, *arguments, sender=sender) == refused
        if refused is not None:
            return False
        tx = method(*arguments, sender=sender)
        self.model.now = tx.timestamp
        self.replayed.replay(tx.timestamp, [(event.event_name, event.event_arguments) for event in tx.events])
        return True

    def next_batch(self) -> int:
        self.batch += 1
        return self.batch

    def left(self) -> int:
        window, spent = self.spent
        return BUDGET - (spent if window == self.model.now // DAY else 0)

    def charge(self, amount: int) -> None:
        self.spent = (self.model.now // DAY, BUDGET - self.left() + amount)

    @rule(lines=st.lists(st.tuples(anybody, amounts), min_size=1, max_size=5))
    def award(self, lines):
        awards = [(self.people[who], amount) for who, amount in lines]
        total = sum(amount for _, amount in awards)
        refused = "issuers: over budget" if total > self.left() else None
        if self.act("award", self.next_batch(), pack(*awards), sender=self.issuer, refused=refused):
            self.charge(total)
            for account, amount in awards:
                self.model.award(str(account), amount)

    @rule(who=anybody, amount=amounts)
    def award_one(self, who, amount):
        account = self.people[who]
        refused = "issuers: over budget" if amount > self.left() else None
        if self.act("award_one", self.next_batch(), account, amount, sender=self.issuer, refused=refused):
            self.charge(amount)
            self.model.award(str(account), amount)

    @precondition(lambda self: self.batch)
    @rule(who=anybody)
    def award_again(self, who):
        """The last batch number, whether it was paid or refused."""
        spent = self.points.batch_spent(self.issuer, self.batch)
        if spent and self.left():
            refused = "issuers: batch already spent"
            self.act("award_one", self.batch, self.people[who], 1, sender=self.issuer, refused=refused)

    @rule(who=anybody, amount=amounts, share=st.sampled_from([None, None, 1.0]))
    def redeem(self, who, amount, share):
        account = self.people[who]
        amount = amount if share is None else self.model.balance(str(account)) or 1
        refused = "points: balance is too low" if amount > self.model.balance(str(account)) else None
        if self.act("redeem", amount, REFERENCE, sender=account, refused=refused):
            assert self.model.move(str(account), None, amount) == 0

    @rule(who=anybody, amount=amounts)
    def revoke(self, who, amount):
        account = self.people[who]
        self.act("revoke", self.next_batch(), account, amount, REFERENCE, "returned", sender=self.issuer)
        self.model.move(str(account), None, amount)

    @rule(giver=anybody, taker=anybody, amount=st.one_of(st.just(0), amounts))
    def transfer(self, giver, taker, amount):
        owner, to = self.people[giver], self.people[taker]
        if self.act("transfer", to, amount, sender=owner, refused=self.why_not(owner, to, amount)):
            assert self.model.move(str(owner), str(to), amount) == 0

    @rule(giver=anybody, spender=anybody, amount=st.sampled_from([0, 10, 500, INFINITE]))
    def approve(self, giver, spender, amount):
        owner, other = self.people[giver], self.people[spender]
        self.act("approve", other, amount, sender=owner)
        self.model.allowances[str(owner), str(other)] = amount

    @rule(giver=anybody, spender=anybody, taker=anybody, amount=st.one_of(st.just(0), amounts))
    def transfer_from(self, giver, spender, taker, amount):
        owner, other, to = self.people[giver], self.people[spender], self.people[taker]
        allowed = self.model.allowances[str(owner), str(other)]
        refused = "points: allowance is too low" if amount > allowed else self.why_not(owner, to, amount)
        if self.act("transferFrom", owner, to, amount, sender=other, refused=refused):
            if allowed != INFINITE:
                self.model.allowances[str(owner), str(other)] -= amount
            assert self.model.move(str(owner), str(to), amount) == 0

    def why_not(self, owner, to, amount) -> str | None:
        partner = self.people[2]
        if not self.points.OPEN_LOOP() and partner not in (owner, to):
            return "points: transfers are closed"
        return "points: balance is too low" if amount > self.model.balance(str(owner)) else None

    @rule(accounts=st.lists(anybody, max_size=4))
    def sweep(self, accounts):
        self.act("sweep", [self.people[who] for who in accounts], sender=self.people[0])
        for who in accounts:
            self.model.sweep(str(self.people[who]))

    @rule(seconds=st.one_of(st.integers(1, 20 * DAY), st.integers(25 * DAY, 250 * DAY)))
    def wait(self, seconds):
        self.travel(self.model.now + seconds)

    @rule(months=st.integers(0, 2), offset=st.sampled_from([-1, 0]))
    def wait_for_the_end_of_a_month(self, months, offset):
        self.travel(max(expiry(month(self.model.now) + months) + offset, self.model.now + 1))

    def travel(self, moment: int) -> None:
        chain.mine(timestamp=moment)
        self.model.now = moment

    @invariant()
    def everything_agrees(self):
        names = [str(account) for account in self.people]
        for name, seen in zip(names, self.lens.accounts(self.points, self.people), strict=True):
            lots = self.model.live(name)
            expires = [expiry(lot) if self.model.validity else 0 for lot, _ in lots]
            assert seen.balance == self.model.balance(name)
            assert seen.expired == self.model.expired(name)
            assert [tuple(each) for each in seen.lots] == [
                (lot, end, amount) for (lot, amount), end in zip(lots, expires, strict=True)
            ]
            assert (seen.nearest_expiry, seen.nearest_amount) == ((expires[0], lots[0][1]) if lots else (0, 0))
        months = list(range(self.first_month, self.model.newest + 2)) if self.model.validity else [0]
        supply, lots = self.lens.supply(self.points, months)
        assert supply == self.model.supply()
        assert lots == [self.model.lot_supply(lot) for lot in months]
        assert self.points.budget_of(self.issuer)[2] == self.left()

    def teardown(self):
        """The events alone give the same lots and allowances."""
        assert self.replayed.lots_held() == self.model.lots_held()
        allowances = self.lens.allowances(self.points, self.people)
        for model in (self.model, self.replayed):
            assert allowances == [model.allowances[str(a), str(b)] for a, b in product(self.people, repeat=2)]
        chain.restore(self.snapshot)


@pytest.mark.parametrize(("validity", "open_loop"), [(12, False), (5, True), (0, True)])
def test_agrees_with_the_model(
    deploy, mock, owner, issuer, customer, other_customer, partner, refusal, validity, open_loop
):
    """Balances, lots, supply, allowances and budget are the model's after every step, and its events tell all of it."""
    chosen = int(os.environ.get("LOYALTY_SEED", random.randrange(2**32)))
    print(f"LOYALTY_SEED={chosen} repeats this run")
    Machine.points = deploy(validity=validity, open_loop=open_loop, budget=BUDGET)
    Machine.lens = owner.deploy(mock("PointsLens"))
    Machine.people = [customer, other_customer, partner]
    Machine.issuer = issuer
    Machine.refusal = staticmethod(refusal)
    quick = settings(
        max_examples=EXAMPLES if validity else EXAMPLES // 5,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(chosen)(Machine), settings=quick)
