"""The books: what the ledger says was given, what the chain's logs say, and what the contracts say, compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from loyalty import units
from loyalty.chain import abi
from loyalty.contracts import Contract
from loyalty.ledger import Ledger, catalogue, operations

_ZERO = "0" * 40


@dataclass
class Books:
    """A comparison at one block. ``differences`` names each wallet and figure that does not agree; none means that the books agree."""

    block_number: int = 0
    wallets: int = 0
    awarded: int = 0
    supply: int = 0
    expired: int = 0
    badges: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        """Whether ledger, logs and contracts say the same."""
        return not self.differences


class Audit:
    """Compares the ledger with the chain, without asking the outbox."""

    def __init__(self, ledger: Ledger, points: Contract, poap: Contract) -> None:
        self._ledger = ledger
        self._points = points
        self._poap = poap

    def reconcile(self) -> Books:
        """Compare per wallet: awards in the ledger, mints in the logs, balances in the contract (all at one block), and badges."""
        books = Books(block_number=self._points.node.block_number())
        minted, balance = self._from_logs(books.block_number)
        awarded = operations.sums(self._ledger, "points.award")
        for wallet in sorted(set(minted) | set(awarded)):
            if minted[wallet] != awarded.get(wallet, 0):
                books.differences.append(
                    f"{units.checksum(wallet)}: the ledger awarded {awarded.get(wallet, 0)} points, the chain's logs say {minted[wallet]}"
                )
        self._compare_contract(balance, books)
        self._compare_badges(books)
        books.awarded = sum(awarded.values())
        books.wallets = len(balance)
        return books

    def _from_logs(self, block: int) -> tuple[Counter[str], Counter[str]]:
        """What each wallet was ever awarded, and what it holds, from Transfer events alone."""
        minted: Counter[str] = Counter()
        balance: Counter[str] = Counter()
        here = self._points.deployment
        # Decoded by hand: a million events go through here, and each is three words.
        for log in self._points.node.logs(here.address, [abi.topic("Points", "Transfer")], here.block_number):
            if log.block_number > block:
                break
            sender, receiver, amount = log.topics[1][26:], log.topics[2][26:], int.from_bytes(log.data)
            if sender == _ZERO:
                minted["0x" + receiver] += amount
            else:
                balance["0x" + sender] -= amount
            if receiver != _ZERO:
                balance["0x" + receiver] += amount
        return minted, balance

    def _compare_contract(self, balance: Counter[str], books: Books) -> None:
        at = hex(books.block_number)
        wallets = sorted(balance)
        held = self._points.read_each("balanceOf", [(w,) for w in wallets], block=at)
        expired = self._points.read_each("expired_of", [(w,) for w in wallets], block=at)
        spendable = 0
        for wallet, now, gone in zip(wallets, held, expired, strict=True):
            spendable += now
            books.expired += gone
            if now + gone != balance[wallet]:
                books.differences.append(
                    f"{units.checksum(wallet)}: the contract says {now} points and {gone} expired, the chain's logs add up to {balance[wallet]}"
                )
        books.supply = self._points.read("totalSupply", block=at)
        if books.supply != spendable:
            books.differences.append(f"totalSupply is {books.supply}, the balances add up to {spendable}")

    def _compare_badges(self, books: Books) -> None:
        """Badges by event: the ledger's confirmed ones against the contract's count and each wallet's token."""
        if "poap" not in self._standing():
            return
        given = operations.given(self._ledger, "poap.award")
        for event, wallets in given.items():
            minted = self._poap.read("event_info", int(event), block=hex(books.block_number))["issued"]
            books.badges += minted
            if minted != len(wallets):
                books.differences.append(
                    f"event {event}: the ledger gave {len(wallets)} badges, the contract counts {minted}"
                )
            has = self._poap.read_each("issued", [(int(event), w) for w in wallets], block=hex(books.block_number))
            books.differences += [
                f"{units.checksum(wallet)}: the ledger gave it the badge of event {event}, the contract did not"
                for wallet, yes in zip(wallets, has, strict=True)
                if not yes
            ]

    def _standing(self) -> set[str]:
        return set(catalogue.deployed(self._ledger, self._points.node.chain_id))
