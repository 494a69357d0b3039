"""Admin: what the owner and the guardian of the contracts do, and who they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty import units
from loyalty.chain import abi
from loyalty.contracts import Contract
from loyalty.errors import NotDeployed, SettingsError
from loyalty.governed import NOBODY, Order, order
from loyalty.ledger import Ledger

ALL = "all"
MOST_PAUSE = 30 * 86_400


@dataclass(frozen=True)
class Issuer:
    """An account that may issue: so much in each period (seconds), so much of it left in the running one."""

    address: str
    budget: int
    period: int
    left: int


@dataclass(frozen=True)
class EventIssuer:
    """An account that an event's badges are given by, and by no other than such."""

    event: int
    address: str


@dataclass(frozen=True)
class Office:
    """Who may do what on one contract, as the chain has it. An empty address is nobody; ``paused_until`` 0: it runs."""

    contract: str
    address: str
    owner: str
    pending_owner: str = ""
    guardian: str = ""
    paused_until: int = 0
    issuers: tuple[Issuer, ...] = ()
    partners: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    event_issuers: tuple[EventIssuer, ...] = ()
    service_centres: tuple[str, ...] = ()


class Admin:
    """Owner and guardian. A contract is named by its noun: points, poap, warranty, rewards; ``all`` is every one of them that stands.

    Each method queues the call, or with ``calldata`` only writes it down, for a Safe or another wallet to send.
    """

    def __init__(
        self,
        ledger: Ledger,
        contracts: Mapping[str, Contract],
        signer: Callable[[], str],
        uri: Callable[[str], str],
        senders: Callable[[], Sequence[str]],
    ) -> None:
        self._senders = senders
        self._ledger = ledger
        self._contracts = contracts
        self._signer = signer
        self._uri = uri

    def show(self) -> list[Office]:
        """Who may do what on each contract that stands, from the chain and its events."""
        return [office(contract) for contract in self._contracts.values() if _stands(contract)]

    def set_issuer(
        self, contract: str, address: str, *, budget: int, period: int = 86_400, calldata: bool = False
    ) -> list[Order]:
        """Let an account issue up to ``budget`` in each ``period`` (seconds), or change what it may."""
        if contract == ALL:
            raise SettingsError("budgets count points on one contract and badges on another; name one contract")
        issuer = units.address(address)
        budget = units.whole(budget, "budget", least=1, most=2**48 - 1)
        period = units.whole(period, "period", least=1, most=2**32 - 1)
        return self._order(contract, "set_issuer", issuer, budget, period, calldata=calldata)

    def set_pool(self, contract: str, *, budget: int, period: int = 86_400, calldata: bool = False) -> list[Order]:
        """Share one budget out: the signer and each account of its pool may issue an equal part in each ``period`` (seconds), the signer what is over too."""
        senders = self._senders()
        if len(senders) == 1:
            raise SettingsError('the signer has no pool; name its accounts in loyalty.toml: [signer] pool = ["..."]')
        budget = units.whole(budget, "budget", least=len(senders), most=2**48 - 1)
        part, over = divmod(budget, len(senders))
        return [
            done
            for number, one in enumerate(senders)
            for done in self.set_issuer(
                contract, one, budget=part if number else part + over, period=period, calldata=calldata
            )
        ]

    def stop_issuer(self, contract: str, address: str, *, calldata: bool = False) -> list[Order]:
        """Stop an account from issuing, at once: the guardian may, and only the owner can let it issue again."""
        return self._order(contract, "stop_issuer", units.address(address), calldata=calldata)

    def set_guardian(self, contract: str, address: str, *, calldata: bool = False) -> list[Order]:
        """Name who may pause, freeze and stop issuers beside the owner; "none" names nobody."""
        return self._order(contract, "set_guardian", _or_nobody(address), calldata=calldata)

    def pause(self, contract: str = ALL, *, duration: int, calldata: bool = False) -> list[Order]:
        """Stop issuing for ``duration`` seconds, at most 30 days. What customers hold stays theirs. A longer pause stands."""
        seconds = units.whole(duration, "duration", least=1)
        if seconds > MOST_PAUSE:
            raise SettingsError("a pause lasts at most 30 days; it can be made longer before it ends")
        return self._order(contract, "pause", seconds, calldata=calldata)

    def unpause(self, contract: str = ALL, *, calldata: bool = False) -> list[Order]:
        """End a pause before its time."""
        return self._order(contract, "unpause", calldata=calldata)

    def set_partner(self, address: str, *, remove: bool = False, calldata: bool = False) -> list[Order]:
        """Name an account that customers may pay points to, and get them from, in a closed loop; or no longer."""
        return self._order("points", "set_partner", units.address(address), not remove, calldata=calldata)

    def set_shop(self, address: str, *, remove: bool = False, calldata: bool = False) -> list[Order]:
        """Let a contract take customers' points for what it sells (the rewards contract is one); or no longer."""
        return self._order("points", "set_shop", units.address(address), not remove, calldata=calldata)

    def offer_ownership(self, contract: str, address: str, *, calldata: bool = False) -> list[Order]:
        """Offer a contract to another account, which then accepts it; "none" withdraws the offer."""
        return self._order(contract, "offer_ownership", _or_nobody(address), calldata=calldata)

    def accept_ownership(self, contract: str, *, calldata: bool = False) -> list[Order]:
        """Take a contract that was offered to the signer."""
        return self._order(contract, "accept_ownership", calldata=calldata)

    def set_contract_uri(self, contract: str, uri: str = "", *, calldata: bool = False) -> list[Order]:
        """Replace the address of a contract's metadata; without ``uri``, by what loyalty.toml says of the contract now."""
        if contract == ALL:
            raise SettingsError("each contract has metadata of its own; name one contract")
        self._named(contract)
        written = uri or self._uri(contract)
        if len(written.encode()) > 2_048:
            raise SettingsError(
                "a contract's URI has at most 2,048 bytes; store the metadata elsewhere and give its URI"
            )
        return self._order(contract, "set_contract_uri", written, calldata=calldata)

    def _order(self, contract: str, function: str, *arguments: Any, calldata: bool) -> list[Order]:
        wanted = self._named(contract)
        if contract == ALL:
            wanted = [one for one in wanted if _stands(one)]
            if not wanted:
                raise NotDeployed("none of the contracts is deployed; run: loyalty deploy")
        return [order(self._ledger, one, self._signer, function, *arguments, calldata=calldata) for one in wanted]

    def _named(self, contract: str) -> Sequence[Contract]:
        governed = {noun: one for noun, one in self._contracts.items() if _governed(one)}
        if contract == ALL:
            return list(governed.values())
        if contract not in governed:
            raise SettingsError(
                f'there is no contract "{contract}" with an owner here; there are {", ".join(governed)}'
            )
        return [governed[contract]]


def office(contract: Contract) -> Office:
    """Who may do what on one contract, from the chain and its events."""
    if not _governed(contract):
        return Office(contract.noun, contract.address, owner=contract.read("pushChannelAdmin").lower())
    until = contract.read("paused_until")
    return Office(
        contract=contract.noun,
        address=contract.address,
        owner=contract.read("owner").lower(),
        pending_owner=_somebody(contract.read("pending_owner").lower()),
        guardian=_somebody(contract.read("guardian").lower()),
        paused_until=until if until > contract.node.timestamp() else 0,
        issuers=_issuers(contract),
        partners=_listed(contract, "PartnerSet", "account"),
        shops=_listed(contract, "ShopSet", "shop"),
        frozen=_frozen(contract),
        event_issuers=_event_issuers(contract),
        service_centres=_listed(contract, "ServiceCentreSet", "account"),
    )


def _issuers(contract: Contract) -> tuple[Issuer, ...]:
    named = list(dict.fromkeys(one.fields["issuer"].lower() for one in contract.events("IssuerSet")))
    told = contract.read_each("budget_of", [(address,) for address in named])
    return tuple(Issuer(address, *each) for address, each in zip(named, told, strict=True) if each[0])


def _listed(contract: Contract, event: str, field: str) -> tuple[str, ...]:
    """The accounts whose last event of this name says that they are allowed."""
    if not abi.has_event(contract.name, event):
        return ()
    last = {one.fields[field].lower(): one.fields["allowed"] for one in contract.events(event)}
    return tuple(account for account, allowed in last.items() if allowed)


def _frozen(contract: Contract) -> tuple[str, ...]:
    if not abi.has_event(contract.name, "AccountFrozen"):
        return ()
    named = list(dict.fromkeys(one.fields["account"].lower() for one in contract.events("AccountFrozen")))
    told = contract.read_each("is_frozen", [(account,) for account in named])
    return tuple(account for account, frozen in zip(named, told, strict=True) if frozen)


def _event_issuers(contract: Contract) -> tuple[EventIssuer, ...]:
    if not abi.has_event(contract.name, "EventIssuerSet"):
        return ()
    last: dict[EventIssuer, bool] = {}
    for one in contract.events("EventIssuerSet"):
        last[EventIssuer(one.fields["event_id"], one.fields["issuer"].lower())] = one.fields["allowed"]
    return tuple(who for who, allowed in last.items() if allowed)


def _governed(contract: Contract) -> bool:
    """Whether a contract has an owner and a guardian of our kind; the notification protocol's has an admin."""
    return contract.noun != "notify"


def _stands(contract: Contract) -> bool:
    try:
        return bool(contract.deployment)
    except NotDeployed:
        return False


def _somebody(address: str) -> str:
    return "" if address == NOBODY else address


def _or_nobody(address: str) -> str:
    return NOBODY if address.strip().lower() == "none" else units.address(address)
