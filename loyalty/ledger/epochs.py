"""Epochs: awards added up by wallet, so that one root on chain pays all of them. Each award is in one epoch, once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy import Connection, func, insert, literal, select, update

from loyalty.ledger.schema import earned, operations
from loyalty.ledger.store import Ledger
from loyalty.merkle import Tree


def gather(connection: Connection) -> tuple[int, int]:
    """Add the awards that are `earning` up by wallet, into the next epoch: its number and what it adds. Runs where they were inserted, in one transaction."""
    number = int(connection.scalar(select(func.max(earned.c.epoch))) or 0) + 1
    waiting = (operations.c.kind == "points.award", operations.c.state == "earning")
    before = earned.alias()
    sums = select(
        operations.c.wallet,
        literal(number),
        func.sum(operations.c.amount)
        + func.coalesce(
            select(func.max(before.c.cumulative))
            .where(before.c.wallet == operations.c.wallet)
            .correlate(operations)
            .scalar_subquery(),
            0,
        ),
    ).where(*waiting)
    added = connection.scalar(select(func.sum(operations.c.amount)).where(*waiting))
    connection.execute(
        insert(earned).from_select(["wallet", "epoch", "cumulative"], sums.group_by(operations.c.wallet))
    )
    connection.execute(update(operations).where(*waiting).values(state="earned", epoch=number))
    return number, int(added or 0)


def leaves(connection: Connection, epoch: int) -> Iterator[tuple[str, int]]:
    """What each wallet has earned in all as of an epoch, in the order of the wallets."""
    statement = (
        select(earned.c.wallet, func.max(earned.c.cumulative))
        .where(earned.c.epoch <= epoch)
        .group_by(earned.c.wallet)
        .order_by(earned.c.wallet)
        .execution_options(yield_per=1000)
    )
    for wallet, cumulative in connection.execute(statement):
        yield wallet, int(cumulative)


def wallets(ledger: Ledger, epoch: int) -> int:
    """How many wallets are in an epoch's tree."""
    with ledger.read() as connection:
        return int(
            connection.scalar(select(func.count(earned.c.wallet.distinct())).where(earned.c.epoch <= epoch)) or 0
        )


def earned_by(ledger: Ledger, wallet: str) -> int:
    """What a wallet has earned in all, in epochs that are on chain or on their way."""
    with ledger.read() as connection:
        return int(connection.scalar(select(func.max(earned.c.cumulative)).where(earned.c.wallet == wallet)) or 0)


@lru_cache(maxsize=1)
def tree(ledger: Ledger, epoch: int) -> Tree:
    """The tree of an epoch. It takes some seconds for a million wallets, and many ask for the same one."""
    with ledger.read() as connection:
        return Tree(leaves(connection, epoch))
