"""Points against model.py: random acts at random moments, everything compared after each."""

from collections import Counter
from itertools import product

import pytest
from ape import chain
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ..histories import play
from ..plain import plain
from . import signing
from .merkle import Tree, line
from .model import INFINITE, Model, expiry, month, pack
from .test_award_for import FIELDS

DAY = 86400
HISTORIES, STEPS = 15, 40
BUDGET = 3000
REFERENCE = b"order 17".ljust(32, b"\0")

anybody = st.integers(0, 2)  # two customers and a partner
amounts = st.one_of(st.integers(1, 30), st.integers(1, 1500))


class Machine(RuleBasedStateMachine):
    """Set by the test: the contract, its reader, a shop, the people, and how to look for a refusal."""

    points = lens = shop = people = issuer = owner = guardian = refusal = None

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = chain.snapshot()
        self.model = Model(self.points.VALIDITY_MONTHS())
        self.replayed = Model(self.points.VALIDITY_MONTHS())
        self.spent = (0, 0)  # window, amount
        self.batch = 0
        self.owed = Counter()  # what the published tree says, by account
        self.tree = None
        self.orders = []  # references of what the shop spent
        self.first_month = month(chain.blocks.head.timestamp)
        self.model.now = chain.blocks.head.timestamp
        for model in (self.model, self.replayed):
            model.shops.add(str(self.shop.address))

    def act(self, function: str, *arguments, sender, refused: str | None = None, contract=None) -> bool:
        """Send it; or, when the model says that it is refused, see that it is."""
        method = getattr(contract or self.points, function)
        assert self.refusal(method, *arguments, sender=sender) == refused
        if refused is not None:
            return False
        # In the second that the refusal was looked for in: a month may end after it.
        chain.pending_timestamp = self.model.now
        tx = plain(method.contract).functions[function](*arguments).send(sender)
        self.model.now = tx.timestamp
        self.replayed.replay(tx.timestamp, tx.events)
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

    @rule(who=anybody, amount=amounts, number=st.integers(0, 9), begins=st.integers(-9, 1), lasts=st.integers(0, 99))
    def award_for(self, who, amount, number, begins, lasts):
        """A voucher that may be too early, too late, too much or used already."""
        start, account = self.model.now + begins, self.people[who]
        deadline = start + lasts
        values = (account, amount, number, start, deadline)
        signature = signing.sign(self.issuer, signing.typed(self.points, "Award", FIELDS, values))
        voucher = (str(self.issuer), number)
        refused = None
        if start > self.model.now:
            refused = "points: voucher is not good yet"
        elif deadline < self.model.now:
            refused = "points: signature has expired"
        elif amount > self.left():
            refused = "issuers: over budget"
        elif voucher in self.model.numbers:
            refused = "issuers: number already spent"
        if self.act("award_for", self.issuer, *values, signature, sender=account, refused=refused):
            self.charge(amount)
            self.model.numbers.add(voucher)
            self.model.award(str(account), amount)

    @rule(number=st.integers(0, 9))
    def cancel_number(self, number):
        voucher = (str(self.issuer), number)
        if self.act("cancel_numbers", [number], sender=self.issuer, refused=None):
            self.model.numbers.add(voucher)

    @rule(more=st.tuples(amounts, st.integers(0, 100), st.integers(0, 3)), lacking=st.sampled_from([0, 0, 0, 20]))
    def publish_epoch(self, more, lacking):
        """Mostly with what the tree adds, at times with too little."""
        owed = self.owed + Counter(dict(zip(map(str, self.people), more, strict=True)))
        tree = Tree(*owed.items())
        added = max(sum(more) - lacking, 0)
        charged = self.model.unclaimed + added
        refused = "issuers: over budget" if charged > self.left() else None
        batch = self.next_batch()
        if self.act("publish_epoch", batch, tree.root, added, sender=self.issuer, refused=refused):
            self.charge(charged)
            self.model.publish(tree.root, added)
            self.owed, self.tree = owed, tree

    def cannot_claim(self) -> str | None:
        if self.tree is None:
            return "points: no epoch"
        return "points: epoch has expired" if self.model.epoch_lot < self.model.oldest else None

    @rule(who=anybody)
    def claim(self, who):
        account = str(self.people[who])
        amount = self.owed[account]
        proof = self.tree.proof(account, amount) if self.tree and amount else []
        refused = self.cannot_claim()
        if refused is None and not amount:
            refused = "points: not in the epoch"
        elif refused is None and amount == self.model.claimed[account]:
            refused = "points: nothing to claim"
        elif refused is None and amount - self.model.claimed[account] > self.model.unclaimed:
            refused = "points: epoch is short"
        if self.act("claim", account, amount, proof, sender=self.owner, refused=refused):
            assert self.model.claim(account, amount) > 0

    @rule(several=st.lists(anybody, max_size=4))
    def claim_many(self, several):
        """Anybody may be named more than once, and be paid already."""
        named = [str(self.people[who]) for who in several if self.owed[str(self.people[who])]]
        proofs = [self.tree.proof(account, self.owed[account]) for account in named]
        lines = [line(account, self.owed[account], len(proof)) for account, proof in zip(named, proofs, strict=True)]
        due = sum(self.owed[account] - self.model.claimed[account] for account in set(named))
        short = "points: epoch is short" if due > self.model.unclaimed else None
        nodes = [node for proof in proofs for node in proof]
        if self.act("claim_many", lines, nodes, sender=self.owner, refused=self.cannot_claim() or short):
            for account in named:
                self.model.claim(account, self.owed[account])

    @rule(who=anybody)
    def freeze_or_unfreeze(self, who):
        account = str(self.people[who])
        if account in self.model.frozen:
            self.act("unfreeze", account, sender=self.owner)
            self.model.frozen.discard(account)
        else:
            self.act("freeze", account, sender=self.guardian)
            self.model.frozen.add(account)

    @rule(who=anybody, amount=amounts, share=st.sampled_from([None, None, 1.0]))
    def spend_for(self, who, amount, share):
        account = self.people[who]
        amount = amount if share is None else self.model.balance(str(account)) or 1
        reference = len(self.orders).to_bytes(32, "big")
        refused = self.cannot_spend(account, amount)
        if self.act("spend", account, amount, reference, sender=self.owner, refused=refused, contract=self.shop):
            self.model.spend(str(self.shop.address), str(account), amount, reference)
            self.orders.append((reference, account, self.model.spent[str(self.shop.address), reference][1]))

    @precondition(lambda self: self.orders)
    @rule(pick=st.integers(0, 99))
    def restore(self, pick):
        """Any order; one that was restored already is refused."""
        reference, account, lots = self.orders[pick % len(self.orders)]
        done = self.model.spent[str(self.shop.address), reference] is None
        refused = "points: nothing like this was spent" if done else None
        if self.act("restore", account, reference, lots, sender=self.owner, refused=refused, contract=self.shop):
            self.model.restore(str(self.shop.address), reference)

    @rule(giver=anybody, taker=anybody, of=st.integers(-2, 13), share=st.sampled_from([0, 0.5, 1, 1.1]))
    def transfer_at_epoch(self, giver, taker, of, share):
        """Some, all or too much of one lot, which may be over or not begun."""
        owner, to, epoch = self.people[giver], self.people[taker], max(self.model.oldest + of, 0)
        held = self.model.lots[str(owner)][epoch] if epoch >= self.model.oldest else 0
        amount = int(held * share) + (share > 1)
        refused = self.cannot_transfer(owner, to)
        if refused is None and epoch < self.model.oldest:
            refused = "points: epoch has expired"
        elif refused is None and epoch > self.model.newest:
            refused = "points: no such epoch"
        elif refused is None and amount > held:
            refused = "points: balance is too low"
        if self.act("transferAtEpoch", epoch, to, amount, sender=owner, refused=refused):
            self.model.move_lot(str(owner), str(to), epoch, amount)

    @rule(who=anybody, amount=amounts, share=st.sampled_from([None, None, 1.0]))
    def redeem(self, who, amount, share):
        account = self.people[who]
        amount = amount if share is None else self.model.balance(str(account)) or 1
        refused = self.cannot_spend(account, amount)
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
        refused = self.cannot_spend(other, 0) or refused
        if self.act("transferFrom", owner, to, amount, sender=other, refused=refused):
            if allowed != INFINITE:
                self.model.allowances[str(owner), str(other)] -= amount
            assert self.model.move(str(owner), str(to), amount) == 0

    def why_not(self, owner, to, amount) -> str | None:
        return self.cannot_transfer(owner, to) or self.cannot_spend(owner, amount)

    def cannot_transfer(self, owner, to) -> str | None:
        if not self.points.OPEN_LOOP() and self.people[2] not in (owner, to):
            return "points: transfers are closed"
        return self.cannot_spend(owner, 0)

    def cannot_spend(self, owner, amount) -> str | None:
        if str(owner) in self.model.frozen:
            return "points: account is frozen"
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
        for name, seen in zip(names, self.lens.accounts(self.points, self.people).call(), strict=True):
            lots = self.model.live(name)
            expires = [expiry(lot) if self.model.validity else 0 for lot, _ in lots]
            assert seen.balance == self.model.balance(name)
            assert seen.expired == self.model.expired(name)
            assert [tuple(each) for each in seen.lots] == [
                (lot, end, amount) for (lot, amount), end in zip(lots, expires, strict=True)
            ]
            assert (seen.nearest_expiry, seen.nearest_amount) == ((expires[0], lots[0][1]) if lots else (0, 0))
            assert (seen.claimed, seen.frozen) == (self.model.claimed[name], name in self.model.frozen)
        months = list(range(self.first_month, self.model.newest + 2)) if self.model.validity else [0]
        supply, lots, *epoch = self.lens.supply(self.points, months).call()
        assert supply == self.model.supply()
        assert lots == [self.model.lot_supply(lot) for lot in months]
        assert tuple(epoch) == self.model.rest()[0]
        assert plain(self.points).functions.budget_of(self.issuer).call()[2] == self.left()

    def teardown(self):
        """The events alone give the same lots, allowances, claims, numbers, frozen accounts, shops and orders."""
        assert self.replayed.lots_held() == self.model.lots_held()
        assert self.replayed.rest() == self.model.rest()
        allowances = self.lens.allowances(self.points, self.people).call()
        for model in (self.model, self.replayed):
            assert allowances == [model.allowances[str(a), str(b)] for a, b in product(self.people, repeat=2)]
        chain.restore(self.snapshot)


@pytest.mark.parametrize(("validity", "open_loop"), [(12, False), (5, True), (0, True)])
def test_agrees_with_the_model(
    deploy, mock, owner, issuer, guardian, customer, other_customer, partner, refusal, validity, open_loop
):
    """Everything it keeps is the model's after every step, and its events tell all of it."""
    Machine.points = deploy(validity=validity, open_loop=open_loop, budget=BUDGET)
    Machine.lens = plain(owner.deploy(mock("PointsLens"))).functions
    Machine.shop = owner.deploy(mock("Shop"), Machine.points)
    Machine.points.set_shop(Machine.shop, True, sender=owner)
    Machine.people = [customer, other_customer, partner]
    Machine.issuer, Machine.owner, Machine.guardian = issuer, owner, guardian
    Machine.refusal = staticmethod(refusal)
    play(Machine, HISTORIES if validity else HISTORIES // 5, STEPS)
