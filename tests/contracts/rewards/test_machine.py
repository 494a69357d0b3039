"""Rewards and Points together against model.py: random acts at random moments, everything compared after each."""

from itertools import product

import pytest
from ape import chain
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ..histories import play
from ..plain import plain
from ..points.model import Model as Points
from ..points.model import expiry, month
from .model import FULFILLED, REFUNDABLE, TRANSFERABLE, ZERO, Model, Offer, Replayed
from .typed import sign, typed

DAY = 86_400
HISTORIES, STEPS = 22, 40
BUDGET = 200
ABSENT = 99  # a reward that nobody creates

anybody = st.integers(0, 2)
# Which of those there are, counted around; the last is one that there is not.
picks = st.integers(0, 11)
NONE = 11
quantities = st.sampled_from([1, 1, 2, 2, 3, 4, 5, 0, 12, 60])
seldom = st.sampled_from([False] * 7 + [True])


class Machine(RuleBasedStateMachine):
    """Set by the test: the contracts, their readers, the people, and how to look for a refusal."""

    contract = points = lens = points_lens = people = issuer = owner = guardian = refusal = None

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = chain.snapshot()
        self.model = Model(Points(self.points.VALIDITY_MONTHS()))
        self.model.points.now = chain.blocks.head.timestamp
        self.replayed = Replayed()
        self.names = [str(account) for account in self.people]
        self.spent = (0, 0)  # window, units
        self.batch = 0
        self.first_month = month(self.model.now)

    def act(self, function: str, *arguments, sender, contract=None, refused: str | None = None) -> bool:
        """Send it; or, when the model says that it is refused, see that it is."""
        method = getattr(contract or self.contract, function)
        assert self.refusal(method, *arguments, sender=sender) == refused
        if refused is not None:
            return False
        # In the second that the refusal was looked for in: a month or a sale may end after it.
        chain.pending_timestamp = self.model.now
        tx = plain(method.contract).functions[function](*arguments).send(sender)
        self.model.points.now = tx.timestamp
        # The two contracts share an event's name nowhere that matters: Points knows nothing of the catalogue.
        self.replayed.replay(tx.timestamp, tx.events)
        return True

    def reward(self, pick: int) -> int:
        return ABSENT if pick == NONE else sorted(self.model.rewards)[pick % len(self.model.rewards)]

    def order(self, pick: int) -> int:
        """Mostly one that is open, else any, or the one after the last."""
        open = [order for order in self.model.orders if self.model.why_not_open(order) is None]
        among = open if pick < 9 and open else list(self.model.orders)
        return len(self.model.orders) + 1 if pick == NONE or not among else among[pick % len(among)]

    def next_batch(self) -> int:
        self.batch += 1
        return self.batch

    def left(self) -> int:
        window, spent = self.spent
        return BUDGET - (spent if window == self.model.now // DAY else 0)

    def why_not_issue(self, stock: int) -> str | None:
        return self.model.why_paused() or ("issuers: over budget" if stock > self.left() else None)

    def charge(self, stock: int) -> None:
        self.spent = (self.model.now // DAY, BUDGET - self.left() + stock)

    @initialize(amounts=st.lists(st.integers(50, 900), min_size=3, max_size=3))
    def start(self, amounts):
        """Somebody with points, and something to buy."""
        for who, amount in enumerate(amounts):
            self.award(who, amount)
        for reward in (1, 2):
            self.put_on_offer(Offer(reward, 7, 20, flags=TRANSFERABLE | REFUNDABLE))

    def award(self, who, amount):
        self.act("award_one", self.next_batch(), self.people[who], amount, contract=self.points, sender=self.issuer)
        self.model.points.award(self.names[who], amount)

    @rule(who=anybody, amount=st.integers(1, 600))
    def earn(self, who, amount):
        self.award(who, amount)

    @rule(
        what=st.sampled_from(["redeem", "sweep", "freeze", "pause", "close"]), who=anybody, amount=st.integers(1, 300)
    )
    def disturb(self, what, who, amount):
        """What comes between, in one rule, so that it does not come too often."""
        getattr(self, what)(who, amount)

    def redeem(self, who, amount):
        low, frozen = amount > self.model.points.balance(self.names[who]), self.names[who] in self.model.points.frozen
        refused = "points: account is frozen" if frozen else "points: balance is too low" if low else None
        if self.act("redeem", amount, bytes(32), contract=self.points, sender=self.people[who], refused=refused):
            assert self.model.points.move(self.names[who], None, amount) == 0

    def sweep(self, who, _):
        self.act("sweep", [self.people[who]], contract=self.points, sender=self.owner)
        self.model.points.sweep(self.names[who])

    def freeze(self, who, _):
        """One of them, or nobody any more."""
        frozen = next(iter(self.model.points.frozen), None)
        name = frozen or self.names[who]
        self.act("unfreeze" if frozen else "freeze", name, contract=self.points, sender=self.owner)
        self.model.points.frozen ^= {name}

    def pause(self, _, amount):
        if self.model.why_paused():
            self.act("unpause", sender=self.owner)
            self.model.paused_until = 0
        elif self.act("pause", amount * 60, sender=self.guardian):
            self.model.paused_until = self.model.now + amount * 60

    def close(self, who, amount):
        # The first two stay open, so that there is always something to buy.
        reward = max(self.reward(amount % NONE), 3)
        by = (self.issuer, self.guardian, self.owner)[who]
        if self.act("close_reward", reward, sender=by, refused=self.model.why_not_on_offer(reward)):
            self.model.rewards[reward].closed = True

    @rule(what=st.sampled_from(["create", "create", "add_stock", "set_price"]), pick=picks, data=st.data())
    def manage(self, what, pick, data):
        """What issuers do besides orders."""
        getattr(self, what)(pick, data.draw)

    def create(self, pick, draw):
        start = draw(st.sampled_from([0, 0, 0, self.model.now + 3 * DAY]))
        end = draw(st.sampled_from([0, 0, (start or self.model.now) + 20 * DAY, start or self.model.now]))
        price, stock = draw(st.integers(1, 40)), draw(st.integers(0, 60))
        limit, flags = draw(st.sampled_from([0, 0, 3, 10])), draw(st.integers(0, 3))
        self.put_on_offer(Offer(pick % 8 + 1, price, stock, start, end, limit, flags))

    def put_on_offer(self, offer: Offer) -> None:
        exists = "rewards: reward exists" if offer.reward in self.model.rewards else None
        refused = self.why_not_issue(offer.stock) or exists
        if self.act("create_reward", self.next_batch(), *offer, sender=self.issuer, refused=refused):
            self.charge(offer.stock)
            self.model.create(offer)

    def add_stock(self, pick, draw):
        reward, quantity = self.reward(pick), draw(quantities)
        refused = self.why_not_issue(quantity) or self.model.why_not_on_offer(reward)
        refused = refused or ("rewards: no quantity" if quantity == 0 else None)
        if self.act("add_stock", self.next_batch(), reward, quantity, sender=self.issuer, refused=refused):
            self.charge(quantity)
            self.model.rewards[reward].stock += quantity

    def set_price(self, pick, draw):
        reward, price = self.reward(pick), draw(st.integers(0, 20))
        refused = self.model.why_paused() or self.model.why_not_on_offer(reward)
        refused = refused or ("rewards: price is out of range" if price == 0 else None)
        if self.act("set_price", self.next_batch(), reward, price, sender=self.issuer, refused=refused):
            self.model.rewards[reward].price = price

    def buys(self, who, pick, quantity, off):
        reward = self.reward(pick)
        price = self.price(reward) + off
        refused = self.model.why_not_buy(self.names[who], reward, quantity, price)
        if self.act("buy", reward, quantity, price, sender=self.people[who], refused=refused):
            self.model.buy(self.names[who], reward, quantity)

    def price(self, reward: int) -> int:
        return self.model.rewards[reward].price if reward in self.model.rewards else 7

    @rule(who=anybody, pick=picks, quantity=quantities, off=st.sampled_from([0] * 7 + [1]))
    def buy(self, who, pick, quantity, off):
        self.buys(who, pick, quantity, off)

    @rule(who=anybody, quantity=st.integers(1, 5))
    def buy_what_can_be_cancelled(self, who, quantity):
        self.buys(who, 0, quantity, 0)

    @rule(who=anybody, relayer=anybody, pick=picks, quantity=quantities, number=st.integers(0, 9), late=seldom)
    def buy_for(self, who, relayer, pick, quantity, number, late):
        reward = self.reward(pick)
        deadline = self.model.now - 1 if late else self.model.now + DAY
        message = (self.people[who], reward, quantity, self.price(reward), number, deadline)
        signature = sign(self.people[who].private_key, typed(self.contract, *message))
        spent = "issuers: number already spent" if (self.names[who], number) in self.model.numbers else None
        refused = "rewards: signature has expired" if late else spent
        refused = refused or self.model.why_not_buy(self.names[who], *message[1:4])
        if self.act("buy_for", *message, signature, sender=self.people[relayer], refused=refused):
            self.model.numbers.add((self.names[who], number))
            self.model.buy(self.names[who], reward, quantity)

    @precondition(lambda self: self.model.orders)
    @rule(chosen=st.lists(picks, min_size=1, max_size=2), nothing=seldom)
    def fulfil(self, chosen, nothing):
        orders = [] if nothing else [self.order(pick) for pick in chosen]
        empty = "rewards: empty batch" if not orders else None
        refused = self.model.why_paused() or empty or self.model.why_not_open(*orders)
        if self.act("fulfil", self.next_batch(), orders, sender=self.issuer, refused=refused):
            for order in orders:
                self.model.orders[order].state = FULFILLED

    def lots(self, order: int, wrong: bool) -> list[int]:
        lots = self.model.orders[order].lots if order in self.model.orders else []
        return [*lots, 1] if wrong else lots

    @precondition(lambda self: self.model.orders)
    @rule(pick=picks, who=st.sampled_from([None] * 5 + [0, 1, 2]), wrong=seldom)
    def cancel(self, pick, who, wrong):
        """By who placed the order, mostly."""
        order = self.order(pick)
        placed = self.names.index(self.model.orders[order].account) if order in self.model.orders else 0
        who = placed if who is None else who
        lots = self.lots(order, wrong)
        refused = self.model.why_not_cancel(self.names[who], order, lots)
        if self.act("cancel", order, lots, sender=self.people[who], refused=refused):
            self.model.undo(order)

    @precondition(lambda self: self.model.orders)
    @rule(pick=picks, wrong=seldom)
    def cancel_for(self, pick, wrong):
        order = self.order(pick)
        lots = self.lots(order, wrong)
        refused = self.model.why_not_cancel_for(order, lots)
        if self.act("cancel_for", self.next_batch(), order, lots, "sold out", sender=self.issuer, refused=refused):
            self.model.undo(order)

    @precondition(lambda self: self.model.orders)
    @rule(what=st.sampled_from(["one", "one", "several", "approve"]), giver=anybody, taker=anybody, data=st.data())
    def pass_on(self, what, giver, taker, data):
        """What holders do with their units."""
        getattr(self, what)(giver, taker, data.draw)

    def one(self, giver, taker, draw):
        operator, reward = draw(st.sampled_from([giver, giver, 0, 1, 2])), self.reward(draw(picks))
        amount = draw(st.integers(0, self.model.held[self.names[giver], reward] + 1))
        sender, receiver = self.names[giver], self.names[taker]
        refused = self.model.why_not_move(self.names[operator], sender, receiver, [(reward, amount)])
        arguments = (sender, receiver, reward, amount, b"")
        if self.act("safeTransferFrom", *arguments, sender=self.people[operator], refused=refused):
            self.model.move(sender, receiver, reward, amount)

    def several(self, giver, taker, draw):
        chosen = draw(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 3)), max_size=3))
        units = [(self.reward(pick), amount) for pick, amount in chosen]
        sender, receiver = self.names[giver], self.names[taker]
        refused = self.model.why_not_move(sender, sender, receiver, units)
        arguments = (sender, receiver, [id for id, _ in units], [amount for _, amount in units], b"")
        if self.act("safeBatchTransferFrom", *arguments, sender=self.people[giver], refused=refused):
            for id, amount in units:
                self.model.move(sender, receiver, id, amount)

    def approve(self, giver, operator, draw):
        approved = draw(st.booleans())
        self.act("setApprovalForAll", self.people[operator], approved, sender=self.people[giver])
        change = self.model.operators.add if approved else self.model.operators.discard
        change((self.names[giver], self.names[operator]))

    @rule(seconds=st.one_of(st.integers(1, 20 * DAY), st.integers(25 * DAY, 60 * DAY)))
    def wait(self, seconds):
        self.travel(self.model.now + seconds)

    @rule(months=st.integers(0, 2), offset=st.sampled_from([-1, 0]))
    def wait_for_the_end_of_a_month(self, months, offset):
        self.travel(max(expiry(month(self.model.now) + months) + offset, self.model.now + 1))

    def travel(self, moment: int) -> None:
        chain.mine(timestamp=moment)
        self.model.points.now = moment

    @invariant()
    def the_catalogue_agrees(self):
        """And so does what its events alone tell."""
        ids = sorted(self.model.rewards)
        seen = self.lens.look(self.contract, self.people, ids).call()
        for model in (self.model, self.replayed):
            assert [list(each) for each in seen.rewards] == [model.rewards[id].row() for id in ids]
            assert [tuple(each) for each in seen.orders] == [order.row() for order in model.orders.values()]
            assert [tuple(each) for each in seen.units] == [
                (model.held[name, id], model.bought[name, id]) for id in ids for name in self.names
            ]
            assert list(seen.approvals) == [pair in model.operators for pair in product(self.names, repeat=2)]
        assert [order.lots for order in self.replayed.orders.values()] == [
            order.lots for order in self.model.orders.values()
        ]
        assert plain(self.contract).functions.budget_of(self.issuer).call()[2] == self.left()
        for id in ids:
            assert sum(self.model.held[name, id] for name in self.names) == self.model.rewards[id].sold

    @invariant()
    def the_points_agree(self):
        points = self.model.points
        for name, seen in zip(self.names, self.points_lens.accounts(self.points, self.people).call(), strict=True):
            assert seen.balance == points.balance(name)
            assert seen.expired == points.expired(name)
            assert [(lot.month, lot.amount) for lot in seen.lots] == points.live(name)
        months = list(range(self.first_month, points.newest + 2)) if points.validity else [0]
        supply, lots, *_ = self.points_lens.supply(self.points, months).call()
        assert supply == points.supply()
        assert lots == [points.lot_supply(lot) for lot in months]

    def teardown(self):
        """The events tell budgets, batches and numbers too."""
        issuer = str(self.issuer)
        window = self.model.now // DAY
        assert self.replayed.charged[issuer, window] == BUDGET - self.left()
        assert self.replayed.numbers == self.model.numbers
        assert all(self.model.held[ZERO, id] == -each.sold for id, each in self.model.rewards.items())
        chain.restore(self.snapshot)


@pytest.mark.parametrize("validity", [3, 0])
def test_agrees_with_the_model(
    deploy, project, mock, owner, issuer, guardian, customer, other_customer, stranger, refusal, validity
):
    """Rewards, orders, units and points are the model's after every step, and the events tell all of it."""
    arguments = ("Points", "PTS", 0, validity, False, "", owner, issuer, 10**12, DAY)
    Machine.points = owner.deploy(project.Points, *arguments)
    Machine.contract = deploy(budget=BUDGET, points=Machine.points)
    Machine.lens = plain(owner.deploy(mock("../rewards/Lens"))).functions
    Machine.points_lens = plain(owner.deploy(mock("PointsLens"))).functions
    Machine.people = [customer, other_customer, stranger]
    Machine.issuer, Machine.owner, Machine.guardian = issuer, owner, guardian
    Machine.refusal = staticmethod(refusal)
    play(Machine, HISTORIES if validity else HISTORIES // 4, STEPS)
