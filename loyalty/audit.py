"""The books: what the ledger says was given, what the contracts' events say, and what the contracts say, compared at one block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loyalty import paid, report, units
from loyalty import powers as held
from loyalty.chain import Signer
from loyalty.contracts import Contract, Event
from loyalty.errors import ChainError, Reverted
from loyalty.indexer import refresh
from loyalty.ledger import Ledger, catalogue, epochs, operations, vouchers
from loyalty.months import oldest_live
from loyalty.outbox.wire import BADGES
from loyalty.paid import Difference
from loyalty.powers import Power
from loyalty.rebuilt import ZERO, Badges, Fault, Lots, Shelf, Warranties
from loyalty.report import Verified
from loyalty.serials import token_id


@dataclass
class Books:
    """A comparison at one block. ``differences`` names each thing that does not agree; none means that the books agree.

    ``events`` and ``transactions`` are how many were read and compared; the rest counts what there is: points in their
    smallest unit, badges and warranties that have an owner, units of rewards.
    """

    chain_id: int = 0
    block_number: int = 0
    block_hash: str = ""
    contracts: dict[str, str] = field(default_factory=dict)
    events: int = 0
    transactions: int = 0
    wallets: int = 0
    awarded: int = 0
    supply: int = 0
    expired: int = 0
    badges: int = 0
    warranties: int = 0
    rewards: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        """Whether ledger, logs and contracts say the same."""
        return not self.differences

    def differs(self, told: str, wallet: str = "", transaction: str = "") -> None:
        """Write a difference down that is about no one operation."""
        who = f"{units.checksum(wallet)}: " if wallet else ""
        self.differences.append(Difference(who + told, "", wallet, transaction))


class Audit:
    """Compares the ledger with the chain, without asking the outbox."""

    def __init__(self, ledger: Ledger, contracts: Mapping[str, Contract], signer: Callable[[], Signer]) -> None:
        self._ledger = ledger
        self._contracts = contracts
        self._signer = signer

    def powers(self) -> list[Power]:
        """Who can do what on the contracts that stand, since when, and with what budget left: as the contracts say it themselves."""
        standing = self._standing()
        return held.powers([one for noun, one in self._contracts.items() if noun in standing])

    def reconcile(self) -> Books:
        """Make lots, badges, warranties, rewards and orders again from events alone, and compare them with the contracts at one block; and every operation that the ledger counts as paid with the transaction that paid it."""
        node = self._contracts["points"].node
        block = refresh(self._ledger, node).block_number
        books = Books(node.chain_id, block, str(node.block_hash(block)))
        books.contracts = self._standing()
        seen: set[str] = set()
        for noun, compare in (
            ("points", self._points),
            ("poap", self._badges),
            ("warranty", self._warranties),
            ("rewards", self._rewards),
            ("notify", self._others),
        ):
            if noun in books.contracts:
                compare(self._contracts[noun], books, seen)
        books.differences += paid.differences(self._ledger, node, seen)
        books.transactions = len(seen)
        self._serials(books)
        if node.block_hash(block) != books.block_hash:
            raise ChainError("the chain was reorganised while it was read; run loyalty audit reconcile again")
        return books

    def sign(self, books: Books) -> str:
        """The comparison as a JSON document, signed by the operator's key: who reads it later can check that nothing was changed."""
        return report.signed(books, self._signer())

    def verify(self, file: str | Path) -> Verified:
        """Who signed a report, and what it says in short. Raises SettingsError where it was changed."""
        return report.verify(file)

    def _standing(self) -> dict[str, str]:
        node = self._contracts["points"].node
        return {noun: one.address for noun, one in catalogue.deployed(self._ledger, node.chain_id).items()}

    def _events(
        self, contract: Contract, books: Books, seen: set[str], aside: Mapping[str, list[Event]] | None = None
    ) -> Iterator[Event]:
        """A contract's events up to the block; those that are wanted again are also put ``aside``, by name."""
        for event in contract.history(last=books.block_number):
            books.events += 1
            seen.add(event.tx_hash)
            if aside and event.name in aside:
                aside[event.name].append(event)
            yield event

    # Points.

    def _points(self, contract: Contract, books: Books, seen: set[str]) -> None:
        validity = contract.read("VALIDITY_MONTHS")
        first = contract.deployment.block_number
        oldest_at = oldest_live(contract.node, first, books.block_number) if validity else lambda block: 0
        lots, aside = Lots(oldest_at), {"AwardedFor": list[Event](), "EpochPublished": list[Event]()}
        lots.read(self._events(contract, books, seen, aside))
        _tell(lots.faults, books)
        self._compare_awards(lots, aside, books)
        oldest, at = oldest_at(books.block_number), hex(books.block_number)
        wallets = sorted(lots.held)
        books.wallets = len(wallets)
        told = contract.read_each("lots_of", [(w,) for w in wallets], block=at)
        expired = contract.read_each("expired_of", [(w,) for w in wallets], block=at)
        spendable = 0
        for wallet, has, gone in zip(wallets, told, expired, strict=True):
            live, over = lots.live(wallet, oldest), lots.expired(wallet, oldest)
            spendable += sum(one["amount"] for one in has)
            books.expired += gone
            if [(one["month"], one["amount"]) for one in has] != live or gone != over:
                books.differs(
                    f"the contract says {_lots((o['month'], o['amount']) for o in has)} and {gone} expired, the chain's logs add up to {_lots(live)} and {over}",
                    wallet,
                )
        books.supply = contract.read("totalSupply", block=at)
        if books.supply != spendable:
            books.differs(f"totalSupply is {books.supply}, the balances add up to {spendable}")

    def _compare_awards(self, lots: Lots, aside: Mapping[str, Sequence[Event]], books: Books) -> None:
        """What each wallet was given, by each way there is, as the ledger has it and as the events have it."""
        awarded = operations.sums(self._ledger, "points.award")
        for wallet in sorted(set(lots.awarded) | set(awarded)):
            if lots.awarded[wallet] != awarded.get(wallet, 0):
                books.differs(
                    f"the ledger awarded {awarded.get(wallet, 0)} points, the chain's logs say {lots.awarded[wallet]}",
                    wallet,
                )
        books.awarded = sum(awarded.values()) + self._vouchers(aside["AwardedFor"], books) + lots.claimed.total()
        earned = self._earned(aside["EpochPublished"], books) if lots.claimed else {}
        for wallet, amount in sorted(lots.claimed.items()):
            if amount > earned.get(wallet, 0):
                books.differs(
                    f"claimed {amount} points from epochs, the ledger has {earned.get(wallet, 0)} earned", wallet
                )

    def _vouchers(self, used: Sequence[Event], books: Books) -> int:
        """What vouchers paid, each as this ledger signed it."""
        signed = {(one.signed.issuer, one.signed.number): one for one in vouchers.every(self._ledger)}
        total = 0
        for event in used:
            wallet, amount, issuer = (event.fields[name] for name in ("account", "amount", "issuer"))
            total += amount
            known = signed.get((issuer, event.fields["number"]))
            if known is None or (known.wallet, known.amount) != (wallet, amount):
                told = f"a voucher of {units.checksum(issuer)} paid {amount} points, and the ledger did not sign it"
                books.differs(told, wallet, event.tx_hash)
        return total

    def _earned(self, published: Sequence[Event], books: Books) -> dict[str, int]:
        """What each wallet has earned as of the newest of this ledger's epochs that is on chain."""
        newest = 0
        for number, one in enumerate(published, start=1):
            root = "0x" + one.fields["root"].hex()
            known = operations.by_key(self._ledger, f"points.epoch:{number}")
            if known is None or known.subject != root:
                told = f"epoch {one.fields['epoch']}: its root {root} is not the ledger's"
                books.differs(told, transaction=one.tx_hash)
            else:
                newest = number
        with self._ledger.read() as connection:
            return dict(epochs.leaves(connection, newest))

    # Badges.

    def _badges(self, contract: Contract, books: Books, seen: set[str]) -> None:
        badges, aside, at = Badges(), {"Claimed": list[Event]()}, hex(books.block_number)
        badges.read(self._events(contract, books, seen, aside))
        _tell(badges.faults, books)
        _compare_owners(contract, badges.owners, "badge", books)
        books.badges = badges.given.total()
        given = {int(event): set(wallets) for event, wallets in operations.given(self._ledger, BADGES).items()}
        for log in aside["Claimed"]:  # whoever has a voucher or a link can put it on chain without us
            given.setdefault(log.fields["event_id"], set()).add(log.fields["wallet"])
        numbers = sorted({*badges.given, *given})
        infos = _each_or_none(contract, "event_info", [(number,) for number in numbers], at)
        for number, info in zip(numbers, infos, strict=True):
            if info is None:
                for wallet in sorted(given[number]):
                    books.differs(
                        f"the ledger gave it the badge of event {number}, which the contract does not have", wallet
                    )
                continue
            if info["issued"] != badges.given[number]:
                books.differs(
                    f"event {number}: the contract counts {info['issued']} badges, the chain's logs {badges.given[number]}"
                )
            if info["issued"] != len(given.get(number, ())):
                books.differs(
                    f"event {number}: the ledger gave {len(given.get(number, ()))} badges, the contract counts {info['issued']}"
                )
            wallets = sorted(given.get(number, ()))
            has = contract.read_each("issued", [(number, w) for w in wallets], block=at)
            for wallet, yes in zip(wallets, has, strict=True):
                if not yes:
                    books.differs(f"the ledger gave it the badge of event {number}, the contract did not", wallet)

    # Warranties.

    def _warranties(self, contract: Contract, books: Books, seen: set[str]) -> None:
        warranties, at = Warranties(), hex(books.block_number)
        warranties.read(self._events(contract, books, seen))
        _tell(warranties.faults, books)
        books.warranties = len(warranties.owners)
        tokens = sorted(warranties.tokens)
        found = contract.read_each("warranty_of", [(one,) for one in tokens], block=at)
        for token, has in zip(tokens, found, strict=True):
            wanted = warranties.told(token)
            for name, value in wanted.items():
                is_so = has[name].lower() if name == "owner" else has[name]
                if is_so != value:
                    books.differs(
                        f"warranty {token:#066x}: the contract says {name} {is_so}, the chain's logs {value}",
                        wanted["owner"] if wanted["owner"] != ZERO else "",
                    )

    def _serials(self, books: Books) -> None:
        """Each serial's token id is the hash of its salt and itself: with another salt nobody finds the warranty again."""
        for one in catalogue.every_serial(self._ledger):
            if token_id(bytes.fromhex(one.salt[2:]), one.serial) != one.token_id:
                key = f"warranty.register:{one.serial}"
                told = f'serial "{one.serial}": its salt does not give its token id {one.token_id}'
                books.differences.append(Difference(told, key))

    # Rewards.

    def _rewards(self, contract: Contract, books: Books, seen: set[str]) -> None:
        shelf, at = Shelf(), hex(books.block_number)
        shelf.read(self._events(contract, books, seen))
        _tell(shelf.faults, books)
        numbers = sorted(shelf.stock)
        for number, has in zip(
            numbers, contract.read_each("reward_of", [(n,) for n in numbers], block=at), strict=True
        ):
            told = {"stock": shelf.stock[number], "sold": shelf.sold[number], "price": shelf.price[number]}
            for name, value in told.items():
                if has[name] != value:
                    books.differs(f"reward {number}: the contract says {name} {has[name]}, the chain's logs {value}")
        owners = sorted(shelf.held)
        for (wallet, number), has in zip(owners, contract.read_each("balanceOf", owners, block=at), strict=True):
            books.rewards += has
            if has != shelf.held[wallet, number]:
                books.differs(
                    f"the contract says {has} of reward {number}, the chain's logs {shelf.held[wallet, number]}", wallet
                )
        orders = sorted(shelf.orders)
        for number, has in zip(orders, contract.read_each("order_of", [(n,) for n in orders], block=at), strict=True):
            is_so = (has["account"].lower(), has["reward"], has["quantity"], has["state"])
            if is_so != (*shelf.orders[number], shelf.states[number]):
                books.differs(f"order {number}: the contract and the chain's logs differ", shelf.orders[number][0])

    def _others(self, contract: Contract, books: Books, seen: set[str]) -> None:
        """Notifications hold nothing: their events are read to see which transactions did something."""
        for _ in self._events(contract, books, seen):
            pass


def _tell(faults: Iterable[Fault], books: Books) -> None:
    for one in faults:
        books.differs(one.told, one.wallet, one.tx_hash)


def _compare_owners(contract: Contract, owners: Mapping[int, str], what: str, books: Books) -> None:
    """Each token's owner, and how many tokens each owner has: so one that no event told of is noticed too."""
    tokens, at = sorted(owners), hex(books.block_number)
    for token, has in zip(tokens, _each_or_none(contract, "ownerOf", [(t,) for t in tokens], at), strict=True):
        if has is None or has.lower() != owners[token]:
            books.differs(f"{what} {token:#066x} is {has or 'nobody'}'s by the contract", owners[token])
    counts = Counter(owners.values())
    wallets = sorted(counts)
    for wallet, has in zip(wallets, contract.read_each("balanceOf", [(w,) for w in wallets], block=at), strict=True):
        if has != counts[wallet]:
            books.differs(f"the contract counts {has} {what}s, the chain's logs {counts[wallet]}", wallet)


def _each_or_none(contract: Contract, function: str, arguments: Sequence[Sequence[Any]], at: str) -> Iterator[Any]:
    """One view for many arguments; None where it refuses."""
    try:
        yield from list(contract.read_each(function, arguments, block=at))
    except Reverted:
        for one in arguments:
            try:
                yield contract.read(function, *one, block=at)
            except Reverted:
                yield None


def _lots(lots: Iterable[tuple[int, int]]) -> str:
    """Lots by the month that they end with, as a person reads them."""
    found = [f"{amount} until {1970 + lot // 12}-{lot % 12 + 1:02}" if lot else f"{amount}" for lot, amount in lots]
    return " and ".join(found) or "no points"
