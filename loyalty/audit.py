"""The books: what the ledger says was given, what the chain's logs say, and what the contracts say, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from loyalty import powers as held
from loyalty import units
from loyalty.chain import abi
from loyalty.contracts import Contract
from loyalty.ledger import Ledger, catalogue, epochs, operations, vouchers
from loyalty.outbox.wire import BADGES
from loyalty.powers import Power

_ZERO = "0" * 40
_AMOUNT = 2**96 - 1  # of a word that holds a lot and its amount


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

    def __init__(self, ledger: Ledger, contracts: Mapping[str, Contract]) -> None:
        self._ledger = ledger
        self._contracts = contracts
        self._points = contracts["points"]
        self._poap = contracts["poap"]

    def powers(self) -> list[Power]:
        """Who can do what on the contracts that stand, since when, and with what budget left: as the contracts say it themselves."""
        standing = self._standing()
        return held.powers([one for noun, one in self._contracts.items() if noun in standing])

    def reconcile(self) -> Books:
        """Compare per wallet: awards in the ledger, mints in the logs, balances in the contract (all at one block), and badges."""
        books = Books(block_number=self._points.node.block_number())
        minted, balance = self._from_logs(books.block_number)
        awarded = operations.sums(self._ledger, "points.award")
        # What came in another way than an award is compared with what the ledger has of that way.
        books.awarded = self._take_out_vouchers(minted, books) + self._take_out_claims(minted, books)
        self._take_out_restored(minted, books.block_number)
        for wallet in sorted(set(minted) | set(awarded)):
            if minted[wallet] != awarded.get(wallet, 0):
                books.differences.append(
                    f"{units.checksum(wallet)}: the ledger awarded {awarded.get(wallet, 0)} points, the chain's logs say {minted[wallet]}"
                )
        self._compare_contract(balance, books)
        self._compare_badges(books)
        books.awarded += sum(awarded.values())
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

    def _take_out_vouchers(self, minted: Counter[str], books: Books) -> int:
        """What vouchers paid, each as this ledger signed it."""
        signed = {(one.signed.issuer, one.signed.number): one for one in vouchers.every(self._ledger)}
        total = 0
        for paid in self._points.events("AwardedFor"):
            if paid.block_number > books.block_number:
                break
            wallet, amount = paid.fields["account"].lower(), paid.fields["amount"]
            issuer = paid.fields["issuer"].lower()
            minted[wallet] -= amount
            total += amount
            known = signed.get((issuer, paid.fields["number"]))
            if known is None or (known.wallet, known.amount) != (wallet, amount):
                books.differences.append(
                    f"{units.checksum(wallet)}: a voucher of {units.checksum(issuer)} paid {amount} points, and the ledger did not sign it"
                )
        return total

    def _take_out_claims(self, minted: Counter[str], books: Books) -> int:
        """What was claimed from epochs, no more of it than each wallet has earned in them."""
        claimed: Counter[str] = Counter()
        for paid in self._points.events("Claimed"):
            if paid.block_number <= books.block_number:
                claimed[paid.fields["account"].lower()] += paid.fields["amount"]
        minted.subtract(claimed)
        earned = self._earned(books) if claimed else {}
        books.differences += [
            f"{units.checksum(wallet)}: claimed {amount} points from epochs, the ledger has {earned.get(wallet, 0)} earned"
            for wallet, amount in sorted(claimed.items())
            if amount > earned.get(wallet, 0)
        ]
        return claimed.total()

    def _earned(self, books: Books) -> dict[str, int]:
        """What each wallet has earned as of the newest of this ledger's epochs that is on chain."""
        newest = 0
        for number, one in enumerate(self._points.events("EpochPublished"), start=1):
            root = "0x" + one.fields["root"].hex()
            known = operations.by_key(self._ledger, f"points.epoch:{number}")
            if known is None or known.subject != root:
                books.differences.append(f"epoch {one.fields['epoch']}: its root {root} is not the ledger's")
            else:
                newest = number
        with self._ledger.read() as connection:
            return dict(epochs.leaves(connection, newest))

    def _take_out_restored(self, minted: Counter[str], block: int) -> None:
        """What came back from shops was awarded once already."""
        for back in self._points.events("Restored"):
            if back.block_number <= block:
                minted[back.fields["account"].lower()] -= sum(lot & _AMOUNT for lot in back.fields["lots"])

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
        """Badges by event: what the ledger gave and what was claimed with an issuer's signature, against the contract's count and each wallet's token."""
        if "poap" not in self._standing():
            return
        at = hex(books.block_number)
        given = {int(event): set(wallets) for event, wallets in operations.given(self._ledger, BADGES).items()}
        # Whoever has a voucher or a link can put it on chain without us.
        for log in self._poap.events("Claimed"):
            if log.block_number <= books.block_number:
                given.setdefault(log.fields["event_id"], set()).add(log.fields["wallet"].lower())
        for event, wallets in sorted(given.items()):
            minted = self._poap.read("event_info", event, block=at)["issued"]
            books.badges += minted
            if minted != len(wallets):
                books.differences.append(
                    f"event {event}: the ledger gave {len(wallets)} badges, the contract counts {minted}"
                )
            has = self._poap.read_each("issued", [(event, w) for w in sorted(wallets)], block=at)
            books.differences += [
                f"{units.checksum(wallet)}: the ledger gave it the badge of event {event}, the contract did not"
                for wallet, yes in zip(sorted(wallets), has, strict=True)
                if not yes
            ]

    def _standing(self) -> set[str]:
        return set(catalogue.deployed(self._ledger, self._points.node.chain_id))
