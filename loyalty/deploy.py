"""Putting the contracts on a chain: each once, whatever interrupts it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty import governed, units
from loyalty.chain import Node, abi
from loyalty.contracts import Contract
from loyalty.errors import ChainError, LoyaltyError, Parked, SettingsError
from loyalty.ledger import Ledger, catalogue, operations
from loyalty.ledger.catalogue import Deployment
from loyalty.ledger.operations import Group, New
from loyalty.outbox import Outbox, Plan, Sent
from loyalty.outbox.plan import make as make_plan
from loyalty.outbox.wire import CONTRACTS
from loyalty.settings import ContractSettings, Settings
from loyalty.storage import Storage

ADOPTED = "adopted"
"""In place of a source's hash: the contract is somebody else's work."""


@dataclass(frozen=True)
class Standing:
    """A contract after ``deploy``. ``how``: deployed (just now), stands (it did before), adopted (somebody else's)."""

    noun: str
    contract: str
    address: str
    block_number: int
    how: str


class Deployer:
    """Deploys what loyalty.toml describes, through the outbox, and adopts what stands elsewhere."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        node: Callable[[], Node],
        storage: Storage,
        outbox: Callable[[], Outbox],
        signer: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._node = node
        self._storage = storage
        self._outbox = outbox
        self._signer = signer

    def plan(self, only: Sequence[str] = ()) -> Plan:
        """What deploying would send, and about what it would cost. Queues nothing: `loyalty send` must not deploy what was only asked about."""
        found = self._outbox().plan("deploy")
        groups = [Group("deploy", noun, 1, 0, 0) for noun in self._missing(only)]
        return make_plan(groups, found.in_flight, found.gas_price)

    def deploy(
        self, only: Sequence[str] = (), progress: Callable[[int, str], None] = lambda count, kind: None
    ) -> list[Standing]:
        """Deploy what is missing (of ``only``, or all), finish what a crash left, and say what stands."""
        self._adopt(only)
        before = set(self._deployed())
        missing = self._missing(only)
        # What names another contract in its constructor waits until that one has an address.
        for some in ([noun for noun in missing if noun != "rewards"], [noun for noun in missing if noun == "rewards"]):
            self._queue(some)
            sent = self._outbox().send(progress, only="deploy")
            _raise_for(sent, some, set(self._deployed()), self._ledger)
        self._open_shop(progress)
        return [
            Standing(noun, CONTRACTS[noun], found.address, found.block_number, _how(noun, before, found))
            for noun, found in sorted(self._deployed().items(), key=lambda item: list(CONTRACTS).index(item[0]))
        ]

    def _open_shop(self, progress: Callable[[int, str], None]) -> None:
        """Let Rewards sell for points, where the signer owns Points. Where it does not, `loyalty status` says who must."""
        standing = self._deployed()
        if not {"points", "rewards"} <= set(standing):
            return
        points = Contract("points", CONTRACTS["points"], self._ledger, self._node)
        if points.read("owner").lower() == self._signer():
            governed.order(self._ledger, points, self._signer, "set_shop", standing["rewards"].address, True)
            self._outbox().send(progress, only="admin.points")

    def _deployed(self) -> dict[str, Deployment]:
        return catalogue.deployed(self._ledger, self._node().chain_id)

    def _missing(self, only: Sequence[str]) -> list[str]:
        for noun in only:
            if noun not in CONTRACTS:
                raise SettingsError(f'there is no contract "{noun}"; there are {", ".join(CONTRACTS)}')
        standing = self._deployed()
        for noun, found in standing.items():
            if not self._node().has_code(found.address):
                raise ChainError(
                    f"the ledger says that {CONTRACTS[noun]} stands at {units.checksum(found.address)}, but this chain has no contract there; "
                    "is it the right node, or was its state lost? If the chain was just reorganised, run: loyalty send"
                )
        return [noun for noun in (only or CONTRACTS) if noun not in standing and self._theirs(noun) is None]

    def _queue(self, missing: Sequence[str]) -> None:
        points = self._deployed().get("points")
        if "rewards" in missing and points is None:
            raise SettingsError("Rewards sells for points, and Points is not deployed; run: loyalty deploy")
        where = points.address if points else ""
        with self._ledger.write() as connection:
            for noun in missing:
                args = {
                    "contract": CONTRACTS[noun],
                    "arguments": arguments(self._settings, self._storage, noun, self._signer(), points=where),
                }
                key = f"deploy:{self._node().chain_id}:{noun}"
                operations.put(connection, New(key, "deploy", subject=noun, args=args, note=CONTRACTS[noun]))

    def _adopt(self, only: Sequence[str]) -> None:
        """Write down contracts that others deployed, once the chain shows code there: named in loyalty.toml, or by `ape run deploy`."""
        for noun in only or CONTRACTS:
            theirs = self._theirs(noun)
            if theirs is None or noun in self._deployed():
                continue
            node = self._node()
            node.check()
            if not node.has_code(theirs.address):
                raise ChainError(
                    f"{CONTRACTS[noun]} should stand at {units.checksum(theirs.address)}, but chain {node.chain_id} has no contract there; correct the address"
                )
            block = theirs.block_number or node.block_number()
            catalogue.put_deployment(
                self._ledger, node.chain_id, Deployment(noun, theirs.address, block, theirs.source)
            )

    def _theirs(self, noun: str) -> Deployment | None:
        """Where somebody else put a noun's contract: loyalty.toml says so, or what `ape run deploy` wrote beside the ledger."""
        section = None if noun == "notify" else self._section(noun)
        written = section.address if section else self._settings.notify.contract
        if written:
            return Deployment(noun, units.address(written), section.block if section else 0, ADOPTED)
        path = self._settings.state / f"deployed-{self._node().chain_id}.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))["contracts"].get(noun)
            return found and Deployment(noun, units.address(found["address"]), int(found["block_number"]), ADOPTED)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"{path} is not what `ape run deploy` writes; remove it, or run that again") from error

    def _section(self, noun: str) -> ContractSettings:
        found: ContractSettings = getattr(self._settings, noun)
        return found


def arguments(
    settings: Settings,
    storage: Storage,
    noun: str,
    signer: str,
    *,
    owner: str = "",
    issuer: str = "",
    points: str = "",
) -> list[Any]:
    """A constructor's arguments, from loyalty.toml; ``owner`` and ``issuer`` override it, and the signer is both where nothing is said.

    ``points`` is where the points stand that rewards are bought with.
    """
    if noun == "notify":
        return [owner or signer, settings.network.name.upper()]
    section: ContractSettings = getattr(settings, noun)
    title, symbol = _named(settings, noun)
    uri = contract_uri(settings, storage, noun)
    who = [units.address(named) if named else signer for named in (owner or section.owner, issuer or section.issuer)]
    tail = [uri, *who, section.budget, section.period_seconds]
    if noun == "points":
        token = settings.points
        return [title, symbol, token.decimals, token.validity_months, token.open_loop, *tail]
    if noun == "rewards":
        return [title, symbol, uri, points, *tail[1:]]
    return [title, symbol, *tail]


def contract_uri(settings: Settings, storage: Storage, noun: str) -> str:
    """Where a contract's metadata is, as loyalty.toml describes it now."""
    return storage.put_json(_contract_metadata(*_named(settings, noun), getattr(settings, noun)))


def _named(settings: Settings, noun: str) -> tuple[str, str]:
    """A contract's name and symbol."""
    section: ContractSettings = getattr(settings, noun)
    return section.name or f"{settings.name} {noun.capitalize()}", section.symbol or noun.upper()


def _contract_metadata(name: str, symbol: str, section: ContractSettings) -> dict[str, str]:
    """What marketplaces read at contractURI (ERC-7572)."""
    document = {"name": name, "symbol": symbol, "description": section.description, "image": section.image}
    return {field: value for field, value in document.items() if value}


def _how(noun: str, before: set[str], found: Deployment) -> str:
    if found.source == ADOPTED:
        return "adopted"
    if noun in before:
        return (
            "stands"
            if found.source == abi.artifact(CONTRACTS[noun])["sourceSha256"]
            else "stands, from an older source"
        )
    return "deployed"


def _raise_for(sent: Sent, missing: Sequence[str], standing: set[str], ledger: Ledger) -> None:
    if sent.parked:
        raise Parked("; ".join(sent.parked.values()))
    for noun in missing:
        if noun not in standing:
            failed = [o.reason for o in operations.unsettled(ledger) if o.kind == "deploy" and o.subject == noun]
            raise LoyaltyError(
                f"{CONTRACTS[noun]} could not be deployed: {failed[-1] if failed else 'it is still under way; run: loyalty deploy'}"
            )
