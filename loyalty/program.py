"""A program: one brand's settings, ledger, contracts and signer, opened together."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from loyalty import forecast, units
from loyalty import settings as settings_file
from loyalty.admin import Admin
from loyalty.audit import Audit
from loyalty.chain import Node, Signer
from loyalty.chain import signer as signers
from loyalty.chain.anvil import LocalChain
from loyalty.contracts import Contract
from loyalty.customers import Customers
from loyalty.deploy import Deployer, Standing, contract_uri
from loyalty.errors import LoyaltyError, SettingsError, Unreachable
from loyalty.forecast import Forecast
from loyalty.ledger import Ledger, batches, catalogue, notices, operations, people
from loyalty.ledger.batches import Spending
from loyalty.notify import Notify
from loyalty.outbox import Outbox, Plan, Sent
from loyalty.outbox.run import Progress
from loyalty.outbox.wire import CONTRACTS
from loyalty.poap import Poap
from loyalty.points import Points
from loyalty.queued import Queued, seen
from loyalty.rewards import Rewards
from loyalty.settings import Settings
from loyalty.storage import Storage
from loyalty.sync import Synced, sync
from loyalty.warranty import Warranty
from loyalty.webhooks import Webhooks

_MOST_TOLD = 5  # failed operations that status tells of one by one

PASSPHRASE = "LOYALTY_PASSPHRASE"
"""The environment variable that opens the signer's keystore when nobody can be asked."""


@dataclass
class Status:
    """Where a program stands. ``queue`` counts operations by kind and state; ``attention`` is what a person must do, one sentence each."""

    name: str
    network: str
    chain_id: int
    node: str
    block_number: int | None = None
    signer: str = ""
    balance: int | None = None
    currency: str = ""
    customers: int = 0
    wallets: int = 0
    contracts: dict[str, str] = field(default_factory=dict)
    queue: dict[str, dict[str, int]] = field(default_factory=dict)
    in_flight: int = 0
    spent: list[Spending] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)


class Program:
    """One brand's loyalty programme. Opening it reads files only; a node is asked when something needs it."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self.settings = settings
        self.ledger = ledger
        self.ask_passphrase: Callable[[str], str] | None = None
        """Called with a keystore's name when ``LOYALTY_PASSPHRASE`` is not set; the command line asks the person."""

    @classmethod
    def open(cls, folder: str | Path = ".") -> Program:
        """Open the program whose loyalty.toml is in ``folder`` or above it."""
        found = settings_file.load(settings_file.find(Path(folder)))
        ledger = Ledger.open(found.ledger_url)
        ledger.tells = bool(found.webhooks.url)
        return cls(found, ledger)

    @classmethod
    def init(cls, name: str, folder: str | Path = ".", *, ledger: str = "ledger.db") -> Program:
        """Write a first loyalty.toml into ``folder``, and an empty ledger: a file there, or a PostgreSQL database by its URL; raises rather than overwrite any."""
        path = Path(folder) / settings_file.FILE
        if not name.strip() or len(name.encode()) > 40 or not name.isprintable() or "${" in name:
            raise SettingsError("a program's name has 1 to 40 printable characters, without ${")
        if path.exists():
            raise SettingsError(f"{path} is here already; nothing was changed: use another folder")
        if is_url := settings_file.is_url(ledger):
            # Before anything is written, and not in the file: a database that cannot be had leaves no program behind.
            _without_password(ledger)
            Ledger.create(settings_file.expand(ledger, "the ledger's URL"))
        else:
            file = Path(folder) / ledger
            if not Path(ledger).name:
                raise SettingsError("--ledger takes a file's name, such as ledger.db, or a PostgreSQL database's URL")
            if file.exists():
                raise SettingsError(
                    f"{file} is here already and may hold what customers are owed; nothing was changed: use another folder"
                )
            file.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(settings_file.first(name.strip(), _symbol(name), ledger), encoding="utf-8")
        found = settings_file.load(path)
        return cls(found, Ledger.open(found.ledger_url, create=not is_url))

    def rehearse(self) -> None:
        """From now on keep nothing: whatever is queued is seen until the program is closed, and then gone. This is ``--dry-run``."""
        self.ledger.rehearse()
        # A folder gives the URIs that an IPFS node would, and a temporary one is gone with the rest.
        self._scratch = tempfile.TemporaryDirectory(prefix="loyalty-")
        kind = "data" if self.storage.kind == "data" else "folder"
        self.__dict__["storage"] = replace(self.storage, kind=kind, folder=Path(self._scratch.name) / "storage")

    _scratch: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # What the program is made of. Each noun is given what it needs, never the program.

    @cached_property
    def chain(self) -> LocalChain:
        """The program's own local Anvil. Raises where loyalty.toml names a node: nothing would ask the local one."""
        network = self.settings.network
        if network.rpc:
            raise SettingsError(
                f"network {network.name} has a node of its own (its rpc); the local chain serves a network without one, such as local"
            )
        return LocalChain(self.settings.state, self.settings.network.chain_id)

    @property
    def node(self) -> Node:
        """The node of the network that loyalty.toml names."""
        network = self.settings.network
        url = settings_file.expand(network.rpc, f"the URL of {network.name}") if network.rpc else self.chain.url()
        if not url:
            if network.chain_id == signers.LOCAL_CHAIN:
                raise LoyaltyError("the local chain was never started; run: loyalty chain start")
            raise SettingsError(
                f"network {network.name} has no rpc; add it to loyalty.toml: [networks.{network.name}] rpc"
            )
        if self._node is None or self._node.url != url:
            self._node = Node(url, network.chain_id)
        return self._node

    _node: Node | None = None

    @cached_property
    def signer(self) -> Signer:
        """The account that signs, its key opened."""
        wanted = self.settings.signer
        return self._account(wanted.keystore or (wanted.key_variable if wanted.anvil is None else str(wanted.anvil)))

    @cached_property
    def pool(self) -> list[Signer]:
        """The accounts that send beside the signer, their keys opened."""
        if not self.settings.signer.pool:
            return []  # and no key is opened to find that out
        found = [self._account(name) for name in self.settings.signer.pool]
        names = [self.signer.address, *(one.address for one in found)]
        if len(set(names)) < len(names):
            raise SettingsError("[signer] pool names one account twice, or the signer itself; give each lane its own")
        return found

    def _account(self, name: str) -> Signer:
        """An account of the sort that [signer] says: a keystore, one of Anvil's, or the variable that holds a key."""
        wanted = self.settings.signer
        if wanted.keystore:
            passphrase = os.environ.get(PASSPHRASE)
            if passphrase is None and self.ask_passphrase is not None:
                passphrase = self.ask_passphrase(name)
            if passphrase is None:
                raise SettingsError(f'keystore "{name}" needs its passphrase; set {PASSPHRASE}')
            return signers.from_keystore(name, passphrase, self.settings.folder)
        if wanted.anvil is not None:
            if self.settings.network.chain_id != signers.LOCAL_CHAIN:
                raise SettingsError(
                    f"[signer] anvil is a published key, for chain {signers.LOCAL_CHAIN} alone; name a keystore for {self.settings.network.name}"
                )
            return signers.from_anvil(int(name))
        return signers.from_environment(name)

    def signer_address(self) -> str:
        """The signer's address, lower case; a keystore that names its address is not opened for it."""
        keystore = self.settings.signer.keystore
        known = keystore and "signer" not in self.__dict__
        named = signers.keystore_address(keystore, self.settings.folder) if known else None
        return named or self.signer.address

    @cached_property
    def storage(self) -> Storage:
        """Where metadata goes."""
        s = self.settings
        return Storage(s.storage.kind, s.state / "storage", s.storage.ipfs)

    @property
    def outbox(self) -> Outbox:
        """What sends operations."""
        network = self.settings.network
        return Outbox(
            self.ledger,
            self.node,
            self._signers,
            confirmations=network.confirmations,
            max_fee=network.max_fee_gwei * 10**9,
            currency=network.currency,
        )

    def _signers(self) -> list[Signer]:
        return [self.signer, *self.pool]

    def _senders(self) -> list[str]:
        """Their addresses; without a pool no key is opened for them."""
        return [self.signer_address(), *(one.address for one in self.pool)]

    @cached_property
    def customers(self) -> Customers:
        """Customers and their wallets."""
        return Customers(self.ledger)

    @cached_property
    def points(self) -> Points:
        """The points token."""
        return Points(self.ledger, self._contract("points"), lambda: self.signer, self.signer_address)

    @cached_property
    def poap(self) -> Poap:
        """Proofs of attendance."""
        return Poap(
            self.ledger,
            self._contract("poap"),
            self.storage,
            lambda: self.signer,
            self.signer_address,
            self.settings.poap.claim_url,
        )

    @cached_property
    def warranty(self) -> Warranty:
        """Warranties."""
        return Warranty(
            self.ledger, self._contract("warranty"), self.storage, self.settings.warranty, self.signer_address
        )

    @cached_property
    def rewards(self) -> Rewards:
        """What points buy."""
        return Rewards(self.ledger, self._contract("rewards"), self.storage)

    @cached_property
    def notify(self) -> Notify:
        """Notifications."""
        return Notify(self.ledger, self._contract("notify"), self.storage, self._channel, self.signer_address)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Telling a backend what became of its operations."""
        wanted = self.settings.webhooks
        return Webhooks(self.ledger, wanted.url, wanted.secret)

    @cached_property
    def admin(self) -> Admin:
        """What owner and guardian do."""
        contracts = {noun: self._contract(noun) for noun in CONTRACTS}
        return Admin(
            self.ledger,
            contracts,
            self.signer_address,
            lambda noun: contract_uri(self.settings, self.storage, noun),
            self._senders,
        )

    @cached_property
    def audit(self) -> Audit:
        """The books."""
        return Audit(self.ledger, {noun: self._contract(noun) for noun in CONTRACTS}, lambda: self.signer)

    # What the program does as a whole.

    def deploy(self, only: Sequence[str] = (), progress: Progress = lambda count, kind: None) -> list[Standing]:
        """Deploy the contracts that are missing (of ``only``, or all) and say what stands. Run again after a crash, it finishes."""
        return self._deployer().deploy(only, progress)

    def deploy_plan(self, only: Sequence[str] = ()) -> Plan:
        """What ``deploy`` would send and about what it would cost."""
        return self._deployer().plan(only)

    def plan(self) -> Plan:
        """What ``send`` would send and about what it would cost."""
        return self.outbox.plan()

    def plan_file(self, source: str | Path) -> Forecast:
        """What a file of awards would come to: rows, transactions, gas, cost, time, and what it would cost as an epoch. Nothing is written."""
        network = self.settings.network
        local = network.chain_id == signers.LOCAL_CHAIN
        contract = self._contract("points")
        return forecast.awards(self.ledger, self.points, contract, source, network.confirmations, at_once=local)

    def send(self, progress: Progress = lambda count, kind: None) -> Sent:
        """Send all that is due, each operation exactly once, and wait until it is mined. Then tell the backend, where loyalty.toml names one."""
        done = self.outbox.send(progress)
        self._tell_backend()
        return done

    def _tell_backend(self) -> None:
        if self.settings.webhooks.url:
            self.webhooks.deliver()

    def wait(self, queued: Queued, timeout: float = 60.0) -> Queued:
        """Wait until an operation is mined, or has failed, at most ``timeout`` seconds: what it is then. Somebody else sends it; an asynchronous server waits in a thread (``asyncio.to_thread``).

        The ledger alone is asked. What is still on its way after the time is returned as it is: look at ``state``.
        """
        deadline, pause = time.monotonic() + timeout, 0.02
        while True:
            found = operations.by_key(self.ledger, f"{queued.kind}:{queued.key}")
            if found is None:
                raise LoyaltyError(f'there is no {queued.kind} under key "{queued.key}" in this ledger; queue it first')
            left = deadline - time.monotonic()
            if not found.waits or left <= 0:
                return seen(found, new=queued.new)
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, 1.0)

    def metrics(self) -> str:
        """The program's state in the form that Prometheus reads: operations, transactions, gas, funds, what waits for a person. It answers also when the node does not."""
        from loyalty import metrics  # an extra, and not needed otherwise

        return metrics.text(self.status(), self.ledger)

    def watch(self, progress: Progress = lambda count, kind: None, *, every: float = 5.0) -> Iterator[Sent]:
        """Send again and again, ``every`` so many seconds, yielding what each round did; end it by leaving the loop."""
        while True:
            try:
                yield self.send(progress)
            except Unreachable as error:
                # A node that is away comes back; a service that ended would not.
                yield Sent(parked={"the node": str(error)})
            time.sleep(every)

    def work(self, told: Callable[[str, Sent], None] = lambda account, done: None, *, every: float = 2.0) -> None:
        """Send as one of any number of workers on this PostgreSQL ledger, until SIGINT or SIGTERM: each account of the signer's pool is one worker's at a time."""
        from loyalty import workers  # what schedules them is slow to import

        workers.work(self.ledger, self.outbox, told, self._tell_backend, every=every)

    def sync(self, *, confirm: bool = False, rebuild: bool = False) -> Synced:
        """Read the contracts' new events into the ledger, and say what the signer's transactions paid that it does not know: after an older backup was restored.

        With ``rebuild`` the events are read from nothing. With ``confirm`` what was paid is written down: operations that are
        queued again and were paid count as paid, and sending goes on.
        """
        confirmations = self.settings.network.confirmations
        return sync(self.ledger, self.node, self._senders(), confirmations, confirm=confirm, rebuild=rebuild)

    def retry(self) -> int:
        """Queue every failed operation again; how many there were."""
        return operations.retry(self.ledger)

    def failed(self) -> list[Queued]:
        """The operations that failed, oldest first, each with its reason."""
        return [seen(one, new=False) for one in operations.unsettled(self.ledger, most=None)]

    def status(self) -> Status:
        """Network, signer, contracts, queue, and what needs attention. It answers also when the node does not."""
        network = self.settings.network
        found = Status(self.settings.name, network.name, network.chain_id, "", currency=network.currency)
        found.customers, found.wallets = people.count(self.ledger)
        found.queue = operations.counts(self.ledger)
        found.contracts = {n: d.address for n, d in catalogue.deployed(self.ledger, network.chain_id).items()}
        found.in_flight = len(batches.in_state(self.ledger, network.chain_id, *batches.IN_FLIGHT))
        found.spent = batches.spending(self.ledger, network.chain_id)
        self._look_at_chain(found)
        found.attention += self._owed(found)
        return found

    def _look_at_chain(self, found: Status) -> None:
        try:
            found.signer = self.signer_address()
            signers.check(found.signer, found.chain_id)
        except LoyaltyError as error:
            found.attention.append(str(error))
        try:
            found.node = self.node.where
            self.node.check()
            found.block_number = self.node.block_number()
            if found.signer:
                found.balance = self.node.balance(found.signer)
        except LoyaltyError as error:
            found.attention.append(str(error))
            return
        if {"points", "rewards"} <= set(found.contracts):
            found.attention += self._shop(found.contracts["rewards"])
        if found.balance == 0:
            found.attention.append(
                f"the signer {units.checksum(found.signer)} has no {found.currency} to pay gas with; top it up"
            )

    def _shop(self, rewards: str) -> Iterator[str]:
        """Rewards sells for points once the owner of Points has made it a shop."""
        points = self._contract("points")
        if not points.read("is_shop", rewards):
            owner = units.checksum(points.read("owner").lower())
            yield f"Rewards cannot take points yet: {owner}, who owns Points, makes it a shop: loyalty admin set-shop {units.checksum(rewards)}"

    def _owed(self, found: Status) -> Iterator[str]:
        missing = [noun for noun in CONTRACTS if noun not in found.contracts]
        if missing:
            yield f"{', '.join(missing)}: not deployed; run: loyalty deploy"
        queued = sum(states.get("queued", 0) for states in found.queue.values())
        due = sum(group.count for group in operations.groups(self.ledger, units.now()))
        if due or found.in_flight:
            yield f"{_many(due, 'operation')} due and {_many(found.in_flight, 'transaction')} under way; run: loyalty send"
        if queued > due:
            yield f"{_many(queued - due, 'operation')} held back until later; loyalty send takes them when their day has come"
        untold, lost = notices.counts(self.ledger)
        if lost:
            yield f"{_many(lost, 'message')} to your backend given up after ten tries; when it is back: loyalty webhooks retry"
        elif untold and not self.settings.webhooks.url:
            yield f"{_many(untold, 'message')} to your backend wait, and loyalty.toml names nobody any more; add [webhooks] url"
        failed = list(operations.unsettled(self.ledger, most=None))
        if len(failed) > _MOST_TOLD:
            yield f"{_many(len(failed) - _MOST_TOLD, 'more operation')} failed than are told here; all of them: loyalty retry --dry-run"
        for one in failed[:_MOST_TOLD]:
            yield f'{one.kind} "{one.key.partition(":")[2]}" failed: {one.reason}; correct the cause, then: loyalty retry'

    def _contract(self, noun: str) -> Contract:
        return Contract(noun, CONTRACTS[noun], self.ledger, lambda: self.node)

    def _deployer(self) -> Deployer:
        return Deployer(
            self.settings, self.ledger, lambda: self.node, self.storage, lambda: self.outbox, self.signer_address
        )

    def _channel(self) -> str:
        named = self.settings.notify.channel
        return units.address(named) if named else self.signer_address()


def _many(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def _symbol(name: str) -> str:
    """Up to five letters that stand for a name."""
    letters = re.sub(r"[^A-Z0-9]", "", name.upper())
    return letters[:5] or "LOYAL"


def _without_password(url: str) -> None:
    if re.search(r"://[^/@]*:[^/@$]", url):
        raise SettingsError(
            "the ledger's URL has a password, which would be written into loyalty.toml; put the URL into the environment and name that: --ledger '${DATABASE_URL}'"
        )
