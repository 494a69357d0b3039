"""Rewards: what customers buy with their points, and the orders that come of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loyalty import intake, units
from loyalty.contracts import Contract, Event, word
from loyalty.errors import SettingsError
from loyalty.ledger import Ledger, operations, people
from loyalty.ledger.operations import New, Operation
from loyalty.queued import Queued, queue, queue_signed
from loyalty.signed import check_signed, typed
from loyalty.storage import Storage

ORDER_STATES = ("none", "open", "fulfilled", "cancelled")
"""An order's states, in the contract's order."""

TRANSFERABLE, REFUNDABLE = 1, 2
"""A reward's flags, as the contract takes them."""

NOBODY = "0x" + "0" * 40
_BUY = {
    "account": "address",
    "reward": "uint256",
    "quantity": "uint256",
    "price": "uint256",
    "number": "uint256",
    "deadline": "uint256",
}
_MOST_SIGNATURE = 1_024
_MOST_QUANTITY = 2**16 - 1
_MOST_STOCK = 2**32 - 1


@dataclass(frozen=True)
class Offered:
    """A reward as the ledger knows it: its number (its id on chain), its name, its metadata's URI, and how far its creation is."""

    reward: int
    name: str
    uri: str
    state: str


@dataclass(frozen=True)
class Shown:
    """A reward as the chain has it. ``price`` is points for one unit; ``stock`` what is left; ``start`` and ``end`` unix seconds, 0: no bound."""

    reward: int
    name: str
    uri: str
    price: int
    stock: int
    sold: int
    start: int
    end: int
    limit: int
    transferable: bool
    refundable: bool
    closed: bool
    collection: str
    implementation: str


@dataclass(frozen=True)
class Order:
    """One purchase. ``points`` is what it cost in all; ``tx_hash`` is the purchase's."""

    order: int
    reward: int
    name: str
    wallet: str
    customer_id: str | None
    quantity: int
    points: int
    state: str
    block_number: int
    tx_hash: str


@dataclass(frozen=True)
class Owned:
    """Units of a reward that a wallet holds."""

    reward: int
    name: str
    quantity: int
    uri: str


class Rewards:
    """The catalogue and its orders (ERC-1155). A reward is named by its number or its name; prices are whole points."""

    def __init__(self, ledger: Ledger, contract: Contract, storage: Storage) -> None:
        self._ledger = ledger
        self._contract = contract
        self._storage = storage

    def create(
        self,
        name: str,
        *,
        price: int,
        stock: int,
        description: str = "",
        image: str | Path = "",
        media: str | Path = "",
        url: str = "",
        start: str = "",
        end: str = "",
        limit: int = 0,
        transferable: bool = False,
        refundable: bool = True,
        collection: str = "",
        implementation: str = "",
    ) -> Offered:
        """Queue a new reward: ``price`` points for one, ``stock`` of them, at most ``limit`` to a wallet (0: as many as one likes).

        ``media`` is a sound, a video or a model beside the picture. ``start`` and ``end`` (ISO dates; the end day counts) bound the
        sale. ``refundable``: customers may cancel until it is fulfilled. ``collection``: only token-bound accounts (ERC-6551) of
        that collection's tokens may buy, such as the avatars of a game; ``implementation`` is the code of those accounts, which answers
        for whose they are. A name is used once.
        """
        name = name.strip()
        if not name or len(name) > 100 or name.isdigit():
            raise SettingsError("a reward needs a name of 1 to 100 characters that is not a number")
        start_at = units.moment(start) if start else 0
        end_at = units.last_second(end) if end else 0
        if end_at and end_at < start_at:
            raise SettingsError(f"the sale ends on {end}, before it starts on {start}")
        if bool(collection) != bool(implementation):
            raise SettingsError("a collection and the implementation of its accounts (ERC-6551) go together; give both")
        args = {
            "price": units.whole(price, "price", least=1),
            "stock": units.whole(stock, "stock", most=_MOST_STOCK),
            "start": start_at,
            "end": end_at,
            "limit": units.whole(limit, "limit", most=_MOST_STOCK),
            "flags": TRANSFERABLE * transferable | REFUNDABLE * refundable,
            "collection": units.address(collection) if collection else NOBODY,
            "implementation": units.address(implementation) if implementation else NOBODY,
            "uri": self._storage.put_json(metadata(name, description, self._put(image), self._put(media), url)),
        }
        with self._ledger.write() as connection:
            known = {one.note: one for one in self._created()}
            number = int(known[name].subject) if name in known else len(known) + 1
            new = New(f"rewards.create:{number}", "rewards.create", subject=str(number), args=args, note=name)
            if operations.add(connection, [new]).clashes:
                raise SettingsError(
                    f'there is a reward "{name}" already, number {number}, with other settings; choose another name'
                )
        found = operations.by_key(self._ledger, new.key)
        assert found is not None
        return _offered(found)

    def list_(self) -> list[Offered]:
        """Every reward, by number."""
        return [_offered(one) for one in self._created()]

    def show(self, reward: str | int) -> Shown:
        """A reward as the chain has it now."""
        known = self._on_chain(reward)
        told = self._contract.read("reward_of", known.reward)
        return Shown(
            reward=known.reward,
            name=known.name,
            uri=told["uri"],
            price=told["price"],
            stock=told["stock"],
            sold=told["sold"],
            start=told["start"],
            end=told["end"],
            limit=told["limit"],
            transferable=told["transferable"],
            refundable=told["refundable"],
            closed=told["closed"],
            collection=_somebody(told["collection"]),
            implementation=_somebody(told["implementation"]),
        )

    def add_stock(self, reward: str | int, quantity: int, *, key: str) -> Queued:
        """Queue more units of a reward. The same key is the same delivery."""
        known = self._reward(reward)
        amount = units.whole(quantity, "quantity", least=1, most=_MOST_STOCK)
        return queue(
            self._ledger,
            New(
                f"rewards.stock:{units.key(key)}",
                "rewards.stock",
                amount=amount,
                subject=str(known.reward),
                note=known.name,
            ),
        )

    def set_price(self, reward: str | int, price: int, *, key: str) -> Queued:
        """Queue another price. The same key is the same change; whoever signed for the old price is refused, not overcharged."""
        known = self._reward(reward)
        amount = units.whole(price, "price", least=1)
        return queue(
            self._ledger,
            New(
                f"rewards.price:{units.key(key)}",
                "rewards.price",
                amount=amount,
                subject=str(known.reward),
                note=known.name,
            ),
        )

    def close(self, reward: str | int) -> Queued:
        """Queue the end of a sale, for good. What was bought stays bought."""
        known = self._reward(reward)
        key = f"rewards.close:{known.reward}"
        return queue(self._ledger, New(key, "rewards.close", subject=str(known.reward), note=known.name))

    def purchase(
        self, who: str, reward: str | int, quantity: int = 1, *, deadline: int = 0, number: int | None = None
    ) -> dict[str, Any]:
        """The EIP-712 message a customer signs to buy at today's price; valid until ``deadline`` (unix seconds; 0: one hour)."""
        known = self._on_chain(reward)
        return typed(
            self._contract,
            "Buy",
            _BUY,
            {
                "account": units.checksum(intake.owner(self._ledger, who).wallet),
                "reward": str(known.reward),
                "quantity": str(units.whole(quantity, "quantity", least=1, most=_MOST_QUANTITY)),
                "price": str(self._contract.read("reward_of", known.reward)["price"]),
                "number": str(secrets.randbits(255) if number is None else number),
                "deadline": deadline or units.now() + 3600,
            },
        )

    def buy(self, request: dict[str, Any], signature: bytes, *, key: str) -> Queued:
        """Queue a purchase that the customer has signed (``request`` is what ``purchase`` gave): points are burnt, the reward minted, in one call.

        One purchase per key: the same key again is the same purchase.
        """
        new = _purchase(request, signature, key)
        check_signed(self._contract.node, request, signature, new.wallet)
        return queue_signed(
            self._ledger,
            new,
            lambda before: (
                f'key "{key}" already stands for {before.amount} of reward {before.subject} for {units.checksum(before.wallet)}; use a new key'
            ),
        )

    def orders(self, who: str = "", *, state: str = "") -> list[Order]:
        """Every order, oldest first, from the chain's events; of one wallet or customer, or in one state, where asked."""
        if state and state not in ORDER_STATES[1:]:
            raise SettingsError(f'state is "{state}"; an order is {", ".join(ORDER_STATES[1:])}')
        wallet = intake.owner(self._ledger, who).wallet if who else ""
        bought = list(self._contract.events("Bought", None, word(wallet) if wallet else None))
        done = {event.fields["order"]: "fulfilled" for event in self._contract.events("Fulfilled")}
        done |= {event.fields["order"]: "cancelled" for event in self._contract.events("Cancelled")}
        names = {one.reward: one.name for one in self.list_()}
        holders = people.owners(self._ledger, [event.fields["account"].lower() for event in bought])
        found = [_order(event, done, names, holders) for event in bought]
        return [one for one in found if not state or one.state == state]

    def fulfil(self, *orders: int | str) -> list[Queued]:
        """Queue that orders were handed over or delivered; after that they cannot be cancelled. Those that were queued before are left alone."""
        numbers = [units.whole(order, "order", least=1) for order in orders]
        # All or none: each is looked at before the first is queued.
        known = {one.order: one for one in self.orders()}
        fresh = {number: self._open(known, number, "fulfil") for number in numbers}
        return [
            queue(
                self._ledger,
                New(
                    f"rewards.fulfil:{n}", "rewards.fulfil", one.wallet, one.customer_id, subject=str(n), note=one.name
                ),
            )
            for n, one in fresh.items()
        ]

    def cancel(self, order: int | str, *, reason: str) -> Queued:
        """Queue that an order is cancelled: the points come back with the expiry they had, the reward is burnt, the stock returns."""
        if not reason.strip() or len(reason.encode()) > 100:
            raise SettingsError(
                "a cancellation needs a reason of 1 to 100 bytes; it goes on chain, so name no person in it"
            )
        number = units.whole(order, "order", least=1)
        found = self._open({one.order: one for one in self.orders()}, number, "cancel")
        [bought] = self._contract.events("Bought", f"0x{number:064x}")
        args = {"lots": [str(lot) for lot in bought.fields["lots"]], "reason": reason}
        key = f"rewards.cancel:{number}"
        return queue(
            self._ledger,
            New(key, "rewards.cancel", found.wallet, found.customer_id, found.points, str(number), args, found.name),
        )

    def owned(self, who: str) -> list[Owned]:
        """What rewards a wallet or customer holds."""
        wallet = intake.owner(self._ledger, who).wallet
        known = [one for one in self.list_() if one.state in ("confirmed", "final")]
        held = self._contract.read_each("balanceOf", [(wallet, one.reward) for one in known])
        return [Owned(one.reward, one.name, n, one.uri) for one, n in zip(known, held, strict=True) if n]

    def _put(self, source: str | Path) -> str:
        elsewhere = not source or "://" in str(source) or str(source).startswith("data:")
        return str(source) if elsewhere else self._storage.put_file(Path(source))

    def _created(self) -> list[Operation]:
        return list(operations.of_wallet(self._ledger, "", "rewards.create"))

    def _reward(self, which: str | int) -> Offered:
        known = self.list_()
        for one in known:
            if str(one.reward) == str(which) or one.name == which:
                return one
        there = ", ".join(f"{one.reward} {one.name}" for one in known[:5]) or "none yet"
        raise SettingsError(
            f'there is no reward "{which}" (there is {there}); make one with: loyalty rewards create NAME'
        )

    def _on_chain(self, which: str | int) -> Offered:
        found = self._reward(which)
        if found.state not in ("confirmed", "final"):
            raise SettingsError(f'reward "{found.name}" is not on chain yet ({found.state}); run: loyalty send')
        return found

    def _open(self, known: dict[int, Order], number: int, verb: str) -> Order:
        """An order that can be fulfilled or cancelled, or was told to be just that."""
        found = known.get(number)
        if found is None:
            raise SettingsError(f"there is no order {number}; see them with: loyalty rewards orders")
        for one in ("fulfil", "cancel"):
            told = operations.by_key(self._ledger, f"rewards.{one}:{number}")
            if told is not None and one == verb:
                return found
            if told is not None and told.state != "failed":
                raise SettingsError(
                    f"order {number} was told to be {one}led ({told.state}); it cannot be {verb}led too"
                )
        if found.state != "open":
            raise SettingsError(f"order {number} is {found.state} already; see: loyalty rewards orders")
        return found


def metadata(name: str, description: str, image: str, media: str, url: str) -> dict[str, Any]:
    """A reward's metadata, with the fields that wallets and marketplaces read (ERC-1155's schema, and animation_url beside it)."""
    document: dict[str, Any] = {
        "name": name,
        "description": description or name,
        "decimals": 0,
        "image": image,
        "animation_url": media,
        "external_url": url,
    }
    return {field: value for field, value in document.items() if value != ""}


def _somebody(address: str) -> str:
    return "" if int(address, 16) == 0 else address.lower()


def _offered(created: Operation) -> Offered:
    return Offered(int(created.subject), created.note, created.args["uri"], created.state)


def _order(bought: Event, done: dict[int, str], names: dict[int, str], holders: dict[str, str]) -> Order:
    fields = bought.fields
    wallet = fields["account"].lower()
    return Order(
        order=fields["order"],
        reward=fields["reward"],
        name=names.get(fields["reward"], ""),
        wallet=wallet,
        customer_id=holders.get(wallet),
        quantity=fields["quantity"],
        points=fields["quantity"] * fields["price"],
        state=done.get(fields["order"], "open"),
        block_number=bought.block_number,
        tx_hash=bought.tx_hash,
    )


def _purchase(request: dict[str, Any], signature: bytes, key: str) -> New:
    """A signed purchase as an operation. Whatever does not fit the contract's types is refused here, not when it is sent."""
    try:
        message = dict(request["message"])
        account, reward, quantity = str(message["account"]), message["reward"], message["quantity"]
        price, number, deadline = message["price"], message["number"], message["deadline"]
    except (KeyError, TypeError, ValueError):
        raise SettingsError(
            "the request is not a purchase; it is what loyalty rewards buy prints without a signature"
        ) from None
    if not 1 <= len(signature) <= _MOST_SIGNATURE:
        raise SettingsError(f"the signature has {len(signature)} bytes; it takes 1 to {_MOST_SIGNATURE}")
    return New(
        key=f"rewards.buy:{units.key(key)}",
        kind="rewards.buy",
        wallet=units.address(account),
        amount=units.whole(str(quantity), "quantity", least=1, most=_MOST_QUANTITY),
        subject=str(units.uint(reward, "reward", 32)),
        args={
            "price": str(units.uint(price, "price", 64)),
            "number": str(units.uint(number, "number")),
            "deadline": units.uint(deadline, "deadline", 64),
            "signature": "0x" + signature.hex(),
        },
    )
