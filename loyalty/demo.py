"""A real brand's first weeks: its purchases replayed as points, badges, warranties and notifications, on a local chain."""

from __future__ import annotations

import csv
import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from pathlib import Path

from loyalty import settings, units
from loyalty.audit import Books
from loyalty.errors import BadFile, LoyaltyError
from loyalty.ledger.batches import Spending
from loyalty.notify import Received
from loyalty.outbox import Sent
from loyalty.poap import Badge
from loyalty.points import Balance, Movement
from loyalty.program import Program
from loyalty.visitor import Visit, visit
from loyalty.warranty import Shown

BRAND = "Maple Records"
EVENT = "First week"
FIRST_DAY, LAST_DAY = "1997-01-01", "1997-01-07"
BEST = 10

Say = Callable[[str], None]
Progress = Callable[[int, str], None]


@dataclass
class Replayed:
    """What the purchases come to, before anything is on chain."""

    purchases: int = 0
    awards: int = 0
    nothing: int = 0
    points: int = 0
    first_week: list[str] = field(default_factory=list)
    largest: list[tuple[Decimal, str, str, str]] = field(default_factory=list)  # amount, order, customer, quantity


@dataclass(frozen=True)
class Best:
    """A line of the leaderboard: a customer's points, as the contract has them."""

    customer_id: str
    wallet: str
    points: int


@dataclass(frozen=True)
class View:
    """One customer, whole: what a till or a customer page would show."""

    customer_id: str
    wallet: str
    balance: Balance
    badges: list[Badge]
    warranties: list[Shown]
    inbox: list[Received]
    history: list[Movement]


@dataclass(frozen=True)
class Report:
    """What happened. Seconds are this run's; gas and wei are the programme's since it began."""

    folder: Path
    customers: int
    replayed: Replayed
    new_awards: int
    sent: Sent
    seconds: float
    sending_seconds: float
    spent: list[Spending]
    currency: str
    leaderboard: list[Best]
    view: View
    visit: Visit
    books: Books


def run(
    folder: Path, full: Path | None = None, say: Say = print, progress: Progress = lambda count, kind: None
) -> Report:
    """Run the demo in ``folder`` (made where there is none): the sample's 1,000 customers, or the whole set in ``full``.

    Everything has a key, so running it again pays nobody twice.
    """
    began = time.monotonic()
    customers_csv, purchases_csv = _inputs(full)
    with _program(folder) as program:
        node = program.chain.start()
        say(f"Anvil runs at {node.url} (chain {node.chain_id})")
        for standing in program.deploy():
            say(
                f"{standing.contract} {'stands' if standing.how != 'deployed' else 'is deployed'} at {units.checksum(standing.address)}"
            )
        imported = program.customers.import_(customers_csv)
        count, _ = program.customers.count()
        say(f"{count:,} customers, {imported.customers:,} of them new")
        replayed, new_awards = _award(program, purchases_csv, say)
        _drop(program, replayed, say)
        _register(program, replayed, say)
        _notify(program, say)
        sending = time.monotonic()
        sent = _send(program, progress)
        finished = time.monotonic()
        say(f"{sent.operations:,} operations sent in {sent.transactions} transactions, {finished - sending:.1f} s")
        best = _leaderboard(program)
        visited = visit(program, [one.customer_id for one in best], lambda: _send(program, progress), say)
        return Report(
            folder=folder,
            customers=count,
            replayed=replayed,
            new_awards=new_awards,
            sent=sent,
            seconds=finished - began,
            sending_seconds=finished - sending,
            spent=program.status().spent,
            currency=program.settings.network.currency,
            leaderboard=best,
            visit=visited,
            view=_view(program, replayed.largest[0][2], [order for _, order, _, _ in replayed.largest]),
            books=program.audit.reconcile(),
        )


def stop(folder: Path) -> None:
    """Stop the demo's local chain; its state is kept for the next run."""
    if (folder / settings.FILE).exists():
        with Program.open(folder) as program:
            program.chain.stop()


def _send(program: Program, progress: Progress) -> Sent:
    sent = program.send(progress)
    if sent.parked or sent.failed:
        raise LoyaltyError("; ".join(sent.parked.values()) or f"{sent.failed} operations failed; run: loyalty status")
    return sent


def _inputs(full: Path | None) -> tuple[Path, Path]:
    if full is None:
        packed = Path(str(resources.files("loyalty").joinpath("examples")))
        folder = packed if packed.is_dir() else Path(__file__).parent.parent / "examples"
    else:
        folder = full
    named = [folder / "customers.csv", folder / "customer-wallets.csv"]
    customers = next((path for path in named if path.is_file()), None)
    if customers is None or not (folder / "purchases.csv").is_file():
        raise BadFile(
            f"{folder} has no customers.csv (or customer-wallets.csv) and purchases.csv; see examples/README.md for what they hold"
        )
    return customers, folder / "purchases.csv"


def _program(folder: Path) -> Program:
    if (folder / settings.FILE).exists():
        return Program.open(folder)
    return Program.init(BRAND, folder)


def _award(program: Program, purchases: Path, say: Say) -> tuple[Replayed, int]:
    """One point for each whole dollar, under the order's own number: as a shop would from its database."""
    replayed = Replayed()
    awards = program.settings.state / "awards.csv"
    with open(awards, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("customer_id", "amount", "key", "note"))
        writer.writerows(_purchases(purchases, replayed))
    taken = program.points.award_file(awards)
    say(
        f"{replayed.purchases:,} purchases give {replayed.points:,} points in {replayed.awards:,} awards; "
        f"{replayed.nothing:,} of less than a dollar give nothing; {taken.known:,} awards were known"
    )
    return replayed, taken.new


def _purchases(path: Path, replayed: Replayed) -> Iterator[tuple[str, int, str, str]]:
    first_week: set[str] = set()
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            replayed.purchases += 1
            amount = Decimal(row["amount_usd"])
            if FIRST_DAY <= row["date"] <= LAST_DAY:
                first_week.add(row["customer_id"])
            order = (amount, row["order_id"], row["customer_id"], row["quantity"])
            (heapq.heappush if len(replayed.largest) < BEST else heapq.heappushpop)(replayed.largest, order)
            if amount < 1:
                replayed.nothing += 1
                continue
            replayed.awards += 1
            replayed.points += int(amount)
            yield row["customer_id"], int(amount), row["order_id"], f"bought on {row['date']}"
    replayed.first_week = sorted(first_week)
    replayed.largest.sort(reverse=True)


def _drop(program: Program, replayed: Replayed, say: Say) -> None:
    event = program.poap.create(EVENT, description="Bought in the shop's first week", start="", city="Fort Washington")
    path = program.settings.state / "first-week.csv"
    _write(path, ("customer_id",), [(customer,) for customer in replayed.first_week])
    taken = program.poap.drop(event.event, path)
    say(
        f'POAP "{EVENT}" (event {event.event}) for {len(replayed.first_week):,} customers who bought {FIRST_DAY} to {LAST_DAY}; {taken.known:,} were known'
    )


def _register(program: Program, replayed: Replayed, say: Say) -> None:
    path = program.settings.state / "warranties.csv"
    rows = [(customer, order, "CD box", f"{quantity} CDs") for _, order, customer, quantity in replayed.largest]
    _write(path, ("customer_id", "serial", "product", "note"), rows)
    taken = program.warranty.import_(path)
    say(f"{len(rows)} warranties for the largest orders, from today on; {taken.known} were known")


def _notify(program: Program, say: Say) -> None:
    """The best customers by points owed: the ledger knows them before the chain does."""
    owed: Counter[str] = Counter()
    with open(program.settings.state / "awards.csv", newline="") as file:
        for row in csv.DictReader(file):
            owed[row["customer_id"]] += int(row["amount"])
    known = 0
    for customer, points in owed.most_common(BEST):
        queued = program.notify.send(
            "Thank you",
            f"You are one of our {BEST} best customers: {points:,} points are yours.",
            to=[customer],
            key=f"best-{customer}",
        )
        known += not queued.new
    say(f"{BEST} notifications to the best customers; {known} were known")


def _leaderboard(program: Program) -> list[Best]:
    owed: Counter[str] = Counter()
    with open(program.settings.state / "awards.csv", newline="") as file:
        for row in csv.DictReader(file):
            owed[row["customer_id"]] += int(row["amount"])
    shown = [program.points.balance(customer) for customer, _ in owed.most_common(BEST)]
    names = [customer for customer, _ in owed.most_common(BEST)]
    return [Best(name, balance.wallet, balance.points) for name, balance in zip(names, shown, strict=True)]


def _view(program: Program, customer: str, serials: list[str]) -> View:
    """Everything about one customer: the one with the largest order has something of each noun."""
    balance = program.points.balance(customer)
    theirs = [shown for shown in map(program.warranty.show, serials) if shown.owner == balance.wallet]
    return View(
        customer_id=customer,
        wallet=balance.wallet,
        balance=balance,
        badges=program.poap.badges(customer),
        warranties=theirs,
        inbox=program.notify.inbox(customer, spam=True),
        history=program.points.history(customer),
    )


def _write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
