"""Epochs: many awards as one root on chain, which customers claim from; what each has earned adds up from epoch to epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loyalty import intake, units
from loyalty.contracts import Contract
from loyalty.errors import BadFile, LoyaltyError, SettingsError
from loyalty.intake import Make, Taken
from loyalty.ledger import Ledger, operations
from loyalty.ledger import epochs as book
from loyalty.ledger.operations import New
from loyalty.merkle import Tree
from loyalty.outbox.epochs import NO_ROOT, published
from loyalty.rows import Table


@dataclass
class Published(Taken):
    """What came of a file of awards for an epoch: beside what came of its rows, the epoch's number (0: none was needed), its root, and how many wallets are in it."""

    epoch: int = 0
    root: str = ""
    wallets: int = 0


@dataclass(frozen=True)
class Epoch:
    """The epoch that can be claimed from. ``expires`` is the first second its points can no longer be claimed or spent (0: never); ``waiting`` is what epochs that are not on chain yet add."""

    number: int
    root: str
    expires: int
    claimed: int
    unclaimed: int
    wallets: int
    waiting: int


@dataclass(frozen=True)
class Proof:
    """What a wallet needs to claim: its cumulative amount and the hashes that lead from it to the root."""

    wallet: str
    epoch: int
    root: str
    cumulative: int
    claimed: int
    proof: tuple[str, ...]


@dataclass
class Claims:
    """Claims that were queued: how many and how much; ``known`` were queued already, ``paid`` have nothing left to claim."""

    epoch: int
    new: int = 0
    amount: int = 0
    known: int = 0
    paid: int = 0
    nothing: list[str] = field(default_factory=list)


def publish(
    ledger: Ledger,
    table: Table,
    make: Make,
    *,
    skip_bad: bool,
    dry_run: bool,
    label: str,
    only_new: bool,
    out: str | Path,
) -> Published:
    """Take a file's awards, add them up, and queue the root that pays them: all in one transaction, so that each row is in one epoch, once."""
    made = Published(table.source)

    def gather(connection: Any) -> None:
        made.epoch, added = book.gather(connection)
        tree = Tree(book.leaves(connection, made.epoch))
        made.root, made.wallets = tree.root, len(tree)
        if out and not dry_run:
            write(tree, out)
        new = New(f"points.epoch:{made.epoch}", "points.epoch", subject=tree.root, amount=added)
        operations.add(connection, [new])

    taken = intake.take(
        ledger,
        table,
        make,
        skip_bad=skip_bad,
        dry_run=dry_run,
        label=label,
        only_new=only_new,
        uses=("amount", "key"),
        then=gather,
    )
    return Published(**vars(taken), epoch=made.epoch, root=made.root, wallets=made.wallets)


def show(ledger: Ledger, contract: Contract, out: str | Path) -> Epoch:
    """The epoch on chain."""
    number, root, lot, unclaimed = _on_chain(contract)
    added = sum(one.fields["added"] for one in contract.events("EpochPublished"))
    known = published(ledger, root)
    if out:
        write(book.tree(ledger, _known(ledger, root)), out)
    return Epoch(
        number=number,
        root=root,
        expires=_month_end(lot) if lot else 0,
        claimed=added - unclaimed,
        unclaimed=unclaimed,
        wallets=book.wallets(ledger, known) if known else 0,
        waiting=operations.amount_waiting(ledger, "points.epoch"),
    )


def proof(ledger: Ledger, contract: Contract, wallet: str) -> Proof:
    """A wallet's proof for the epoch on chain."""
    number, root, _, _ = _on_chain(contract)
    tree = book.tree(ledger, _known(ledger, root))
    if not tree.cumulative(wallet):
        raise SettingsError(f"{units.checksum(wallet)} is not in epoch {number}: nothing was earned for it")
    claimed = contract.read("claimed_of", wallet)
    return Proof(wallet, number, root, tree.cumulative(wallet), claimed, tuple(tree.proof(wallet)))


def claim(ledger: Ledger, contract: Contract, wallets: Sequence[str] | None) -> Claims:
    """Queue a claim for each of these wallets, or all, that the epoch on chain owes something."""
    number, root, _, _ = _on_chain(contract)
    known = _known(ledger, root)
    tree = book.tree(ledger, known)
    waiting, failed = (
        operations.wallets_waiting(ledger, "points.claim"),
        operations.wallets_failed(ledger, "points.claim"),
    )
    asked = list(dict.fromkeys(wallets)) if wallets is not None else list(tree.wallets())
    done = Claims(number)
    new = []
    for wallet, claimed in zip(asked, contract.read_each("claimed_of", [(one,) for one in asked]), strict=True):
        owed = tree.cumulative(wallet) - claimed
        if not tree.cumulative(wallet):
            done.nothing.append(wallet)
        elif owed <= 0:
            done.paid += 1
        elif wallet in waiting:
            done.known += 1
        else:
            done.new, done.amount = done.new + 1, done.amount + owed
            # What it pays is what the chain says when it is mined: its proof is made then, for the root of then.
            new.append(New(f"points.claim:{known}:{wallet}", "points.claim", wallet, note=f"epoch {known}"))
    with ledger.write() as connection:
        operations.add(connection, [one for one in new if one.wallet not in failed])
        for one in new:
            if one.wallet in failed:
                operations.put(connection, one)
    return done


def unclaimed(ledger: Ledger, contract: Contract, wallet: str) -> int:
    """What a wallet has earned in epochs, on chain or on their way, and not claimed. A node is asked only where it has earned something."""
    earned = book.earned_by(ledger, wallet)
    return max(earned - contract.read("claimed_of", wallet), 0) if earned else 0


def write(tree: Tree, path: str | Path) -> None:
    """Write a tree for StandardMerkleTree.load, whole or not at all."""
    target = Path(path)
    part = target.with_name(target.name + ".part")
    try:
        with part.open("w", encoding="ascii") as file:
            tree.dump(file)
        part.replace(target)
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def _on_chain(contract: Contract) -> tuple[int, str, int, int]:
    """Number, root, lot and unclaimed points of the epoch that stands."""
    number, root, lot, left = contract.read("claim_epoch")
    if "0x" + root.hex() == NO_ROOT:
        raise LoyaltyError("no epoch is on chain yet; queue one: loyalty points publish-epoch FILE, then: loyalty send")
    return number, "0x" + root.hex(), lot, left


def _known(ledger: Ledger, root: str) -> int:
    """The epoch of this ledger that has a root."""
    known = published(ledger, root)
    if known is None:
        raise LoyaltyError(
            "the epoch on chain was published from another ledger, and this one has no tree for it; ask there"
        )
    return known


def _month_end(lot: int) -> int:
    """The first second after a lot's month; months are counted from January 1970."""
    year, month = divmod(lot + 1, 12)
    return int(datetime(1970 + year, month + 1, 1, tzinfo=UTC).timestamp())
