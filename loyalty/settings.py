"""loyalty.toml: what a program is called, where it lives, and how its contracts are set up.

Any text may name an environment variable as ``${NAME}``; that is where secrets belong.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loyalty import units
from loyalty.errors import SettingsError

FILE = "loyalty.toml"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# No blank, no # (the secret comes after it), nothing that a spreadsheet or a terminal takes for more than text.
_CLAIM_URL = re.compile(r"[a-z][a-z0-9+.-]*:[!$%&()*+,./0-9:;=?@A-Z_a-z~-]+", re.ASCII)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

# What the contracts, the chain and common sense can hold.
_BOUNDS = {
    "budget": (1, 2**48 - 1),
    "period_seconds": (1, 2**32 - 1),
    "decimals": (0, 6),  # one award holds 2**42 - 1 units: more decimals would leave no whole point
    "validity_months": (0, 120),
    "legal_months": (0, 600),
    "commercial_months": (0, 600),
    "max_claims": (0, 255),
    "cooldown_days": (0, 65_535),
    "repair_months": (0, 255),
    "recovery_days": (0, 255),
    "anvil": (0, 9),
    "chain_id": (1, 2**53),
    "confirmations": (0, 10_000),
    "max_fee_gwei": (1, 1_000_000),
    "block": (0, 2**53),
}


@dataclass(frozen=True)
class Network:
    """One chain. ``confirmations`` is how many blocks deep a receipt is final; ``currency`` is what gas is paid in."""

    name: str
    chain_id: int
    rpc: str = ""
    confirmations: int = 1
    currency: str = "ETH"
    max_fee_gwei: int = 500


@dataclass(frozen=True)
class ProgramSettings:
    """The program itself: its name (empty: the folder's), its network, and its ledger: a file, beside loyalty.toml unless it says where, or the URL of a PostgreSQL database."""

    name: str = ""
    network: str = "local"
    ledger: str = "ledger.db"


# Public networks have no default URL: whose node to trust is the brand's choice, and its URL is often a secret.
KNOWN = {
    n.name: n
    for n in (
        Network("local", 31337, confirmations=0, currency="test ETH"),
        Network("sepolia", 11155111, "${LOYALTY_RPC_SEPOLIA}", 3, "Sepolia ETH"),
        Network("base-sepolia", 84532, "${LOYALTY_RPC_BASE_SEPOLIA}", 10, "Base Sepolia ETH"),
        Network("polygon-amoy", 80002, "${LOYALTY_RPC_POLYGON_AMOY}", 10, "POL"),
    )
}


@dataclass(frozen=True)
class SignerSettings:
    """Which account signs: one of Anvil's (``anvil``, chain 31337 alone), a keystore, or a key in the environment.

    ``pool`` names more accounts of the same sort, which give points, badges and warranties beside it.
    """

    anvil: int | None = None
    keystore: str = ""
    key_variable: str = "LOYALTY_PRIVATE_KEY"
    pool: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractSettings:
    """What every contract's constructor is told, and where it stands if somebody else deployed it (``address``, ``block``).

    ``owner`` and ``issuer`` empty: the signer. ``budget`` per ``period_seconds`` is the most the issuer may give, enforced on chain.
    """

    address: str = ""
    block: int = 0

    name: str = ""
    symbol: str = ""
    description: str = ""
    image: str = ""
    owner: str = ""
    issuer: str = ""
    budget: int = 0
    period_seconds: int = 86_400


@dataclass(frozen=True)
class PointsSettings(ContractSettings):
    """The points token. ``validity_months`` 0: points never expire. ``open_loop``: customers may send points to anybody."""

    budget: int = 10_000_000
    decimals: int = 0
    validity_months: int = 24
    open_loop: bool = False


@dataclass(frozen=True)
class PoapSettings(ContractSettings):
    """Proofs of attendance; the budget counts badges. ``claim_url`` is the page that claim links open; what is secret in them comes after a #."""

    budget: int = 1_000_000
    claim_url: str = "loyalty:claim"


@dataclass(frozen=True)
class WarrantySettings(ContractSettings):
    """Warranties; the budget counts registrations. The rest is what a product gets when nothing else is said of it."""

    budget: int = 100_000
    legal_months: int = 24
    commercial_months: int = 24
    transfers: str = "free"
    max_claims: int = 0
    cooldown_days: int = 0
    repair_months: int = 0
    recovery_days: int = 0


@dataclass(frozen=True)
class RewardsSettings(ContractSettings):
    """What points buy; the budget counts units of stock that are put on offer."""

    budget: int = 1_000_000


@dataclass(frozen=True)
class NotifySettings:
    """Notifications. ``contract`` names the protocol's own PushComm on a public network; empty: ours is deployed. ``channel`` empty: the signer."""

    contract: str = ""
    channel: str = ""


@dataclass(frozen=True)
class StorageSettings:
    """Where metadata goes: ``folder`` (content-addressed, beside the ledger), ``ipfs`` (a node's API address), or ``data`` (inside the URI)."""

    kind: str = "folder"
    ipfs: str = "/ip4/127.0.0.1/tcp/5001"


@dataclass(frozen=True)
class WebhookSettings:
    """Who is told what became of operations: a URL, and the secret that messages to it are signed with (Standard Webhooks)."""

    url: str = ""
    secret: str = ""


@dataclass(frozen=True)
class Settings:
    """One program's loyalty.toml, checked."""

    folder: Path
    name: str
    network: Network
    ledger: Path | str
    signer: SignerSettings = field(default_factory=SignerSettings)
    points: PointsSettings = field(default_factory=PointsSettings)
    poap: PoapSettings = field(default_factory=PoapSettings)
    warranty: WarrantySettings = field(default_factory=WarrantySettings)
    rewards: RewardsSettings = field(default_factory=RewardsSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)

    @property
    def ledger_url(self) -> Path | str:
        """Where the ledger is: its file, or its URL with what stands in the environment."""
        return self.ledger if isinstance(self.ledger, Path) else expand(self.ledger, "the ledger's URL")

    @property
    def state(self) -> Path:
        """The folder for what the program keeps beside its ledger: the local chain, stored metadata."""
        return self.folder / ".loyalty"


def find(start: Path) -> Path:
    """The loyalty.toml in ``start`` or the nearest folder above it."""
    for folder in (start, *start.resolve().parents):
        if (folder / FILE).is_file():
            return folder / FILE
    raise SettingsError(f"there is no {FILE} in {start.resolve()} nor above it; make one with: loyalty init NAME")


def load(path: Path) -> Settings:
    """Read and check a loyalty.toml."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    program: ProgramSettings = _section(ProgramSettings, _table(written, "program", path), path, "program")
    networks = _networks(_table(written, "networks", path), path)
    sections = {
        "signer": SignerSettings,
        "points": PointsSettings,
        "poap": PoapSettings,
        "warranty": WarrantySettings,
        "rewards": RewardsSettings,
        "notify": NotifySettings,
        "storage": StorageSettings,
        "webhooks": WebhookSettings,
    }
    _only(written, {"program", "networks", *sections}, path, "")
    chosen = os.environ.get("LOYALTY_NETWORK") or program.network
    if chosen not in networks:
        raise SettingsError(
            f'{path} has no network "{chosen}"; it knows {", ".join(sorted(networks))}: add [networks.{chosen}] with rpc and chain_id'
        )
    settings = Settings(
        folder=path.parent.resolve(),
        name=program.name or path.parent.resolve().name,
        network=networks[chosen],
        ledger=program.ledger if is_url(program.ledger) else path.parent.resolve() / program.ledger,
        **{name: _section(kind, _table(written, name, path), path, name) for name, kind in sections.items()},
    )
    _check(settings, path)
    return settings


def is_url(ledger: str) -> bool:
    """Whether a ledger is named by a URL, or by the environment variable that holds one, and not by its file."""
    return "://" in ledger or ledger.startswith("${")


def expand(text: str, what: str) -> str:
    """``text`` with each ``${NAME}`` replaced from the environment."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if not found:
            raise SettingsError(f"{what} is read from the environment variable {match[1]}, which is empty; set it")
        return found

    return _VARIABLE.sub(value, text)


def _networks(tables: dict[str, Any], path: Path) -> dict[str, Network]:
    networks = dict(KNOWN)
    for name, table in tables.items():
        where = f"networks.{name}"
        if not isinstance(table, dict):
            raise SettingsError(f"{path}: [{where}] must be a table with rpc and chain_id")
        if len(name.encode()) > 32:
            raise SettingsError(f"{path}: [{where}] a network's name has at most 32 bytes")
        known = networks.get(name)
        if "chain_id" not in table and known is None:
            raise SettingsError(f"{path}: [{where}] needs a chain_id")
        base = {f.name: getattr(known, f.name) for f in fields(Network)} if known else {}
        _only(table, {f.name for f in fields(Network)} - {"name"}, path, where)
        found: Network = _section(Network, base | table | {"name": name}, path, where)
        if found.rpc and not found.rpc.startswith(("http://", "https://", "${")):
            raise SettingsError(f"{path}: [{where}] rpc is not an http:// or https:// address")
        networks[name] = found
    return networks


def _table(written: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    found = written.get(name, {})
    if not isinstance(found, dict):
        raise SettingsError(f"{path}: [{name}] must be a table")
    return found


def _only(table: dict[str, Any], known: set[str], path: Path, where: str) -> None:
    for name in table:
        if name not in known:
            place = f"[{where}] has no setting" if where else "there is no table"
            raise SettingsError(f'{path}: {place} "{name}"; it knows {", ".join(sorted(known))}')


def _section(kind: type[Any], table: dict[str, Any], path: Path, where: str) -> Any:
    """A settings dataclass from a table, each value of the type its field says."""
    types = {f.name: str(f.type) for f in fields(kind)}
    _only(table, set(types), path, where)
    values: dict[str, Any] = {}
    for name, value in table.items():
        wanted, place = types[name], f"{path}: [{where}] {name}"
        if wanted == "tuple[str, ...]":
            values[name] = _texts(value, place)
            continue
        if wanted == "str" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not _fits(wanted, name, value):
            raise SettingsError(f"{place} = {_shown(value)} is not {_spoken(wanted, name)}")
        # A node's URL is asked for when the node is: a program on another network needs no secret of this one.
        values[name] = expand(value, place) if wanted == "str" and name != "rpc" else value
    return kind(**values)


def _texts(value: Any, place: str) -> tuple[str, ...]:
    """A list of different texts or numbers."""
    many = value if isinstance(value, list) else [None]
    if not all(isinstance(one, str | int) and not isinstance(one, bool) for one in many):
        raise SettingsError(f'{place} is a list, such as ["brand-2", "brand-3"]')
    texts = tuple(expand(str(one), place) for one in many)
    if len(set(texts)) < len(texts):
        raise SettingsError(f"{place} names one account twice")
    return texts


def _fits(wanted: str, name: str, value: Any) -> bool:
    if wanted in ("str", "bool"):
        return isinstance(value, str if wanted == "str" else bool)
    least, most = _BOUNDS[name]
    whole = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    return whole or (value is None and wanted.endswith("None"))


def _spoken(wanted: str, name: str) -> str:
    if wanted in ("str", "bool"):
        return "text" if wanted == "str" else "true or false"
    least, most = _BOUNDS[name]
    return f"a whole number from {least} to {most}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _check(settings: Settings, path: Path) -> None:
    """What one value alone cannot show to be wrong."""
    if isinstance(settings.ledger, Path) and settings.ledger.is_dir():
        raise SettingsError(f"{path}: [program] ledger is a folder; it takes a file's name, such as ledger.db")
    for where in ("points", "poap", "warranty", "rewards"):
        section: ContractSettings = getattr(settings, where)
        for name in ("owner", "issuer", "address"):
            _check_address(getattr(section, name), path, f"[{where}] {name}")
        if len((section.name or f"{settings.name} {where.capitalize()}").encode()) > 64:
            raise SettingsError(
                f"{path}: [{where}] name has at most 64 bytes; without one it starts with the program's"
            )
        if len(section.symbol.encode()) > 16:
            raise SettingsError(f"{path}: [{where}] symbol has at most 16 bytes")
    if not _NAME.fullmatch(settings.signer.key_variable):
        # Not repeated: it may be the key itself.
        raise SettingsError(f"{path}: [signer] key_variable names an environment variable, such as LOYALTY_PRIVATE_KEY")
    if settings.signer.anvil is not None and not settings.signer.keystore:
        for one in settings.signer.pool:
            if not (one.isdecimal() and int(one) <= 9):
                raise SettingsError(f"{path}: [signer] pool names Anvil's accounts by number, 0 to 9, as anvil does")
    _check_address(settings.notify.contract, path, "[notify] contract")
    _check_address(settings.notify.channel, path, "[notify] channel")
    if not _CLAIM_URL.fullmatch(settings.poap.claim_url):
        raise SettingsError(
            f"{path}: [poap] claim_url is a page's address without a #, such as https://shop.example/claim"
        )
    warranty = settings.warranty
    if warranty.legal_months == warranty.commercial_months == 0:
        raise SettingsError(f"{path}: [warranty] legal_months and commercial_months are both 0, which covers nothing")
    if warranty.repair_months and not warranty.legal_months:
        raise SettingsError(f"{path}: [warranty] repair_months adds to legal_months, which is 0")
    if warranty.transfers not in ("free", "never"):
        try:
            units.whole(warranty.transfers, "transfers", most=254)
        except SettingsError:
            raise SettingsError(f'{path}: [warranty] transfers is "free", "never" or a number up to 254') from None
    if settings.webhooks.url:
        wrong = _webhook_fault(settings.webhooks.url)
        if wrong:
            raise SettingsError(f"{path}: [webhooks] url {wrong}")
    if settings.storage.kind not in ("folder", "ipfs", "data"):
        raise SettingsError(f'{path}: [storage] kind is "folder", "ipfs" or "data"')
    if not settings.storage.ipfs.startswith("/"):
        raise SettingsError(f"{path}: [storage] ipfs is an address such as /ip4/127.0.0.1/tcp/5001")


def _webhook_fault(url: str) -> str | None:
    """What is wrong with a URL that is told of operations; None where nothing is."""
    try:
        parts = urlsplit(url)
        here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        return "is not a URL"
    if parts.scheme == "https" or (parts.scheme == "http" and here):
        return None
    return "is an https:// address (http:// only on this machine)"


def _check_address(text: str, path: Path, where: str) -> None:
    if text:
        try:
            units.address(text)
        except SettingsError as error:
            raise SettingsError(f"{path}: {where}: {error}") from None


def first(name: str, symbol: str, ledger: str = "ledger.db") -> str:
    """The loyalty.toml that a new program starts with."""
    quoted, ledger = _quoted(name), _quoted(ledger)
    return f'''# The settings of one loyalty programme. Secrets stay out of this file: write ${{NAME}} and set NAME in the environment.

[program]
name = "{quoted}"
network = "local"            # local, sepolia, base-sepolia, polygon-amoy, or one of your own below
ledger = "{ledger}"

[signer]
anvil = 0                    # one of Anvil's published accounts, for chain 31337 alone. Elsewhere:
# keystore = "brand"         # an Ethereum keystore: a path, or an alias that `ape accounts generate` made
# key_variable = "LOYALTY_PRIVATE_KEY"

[points]
name = "{quoted} Points"
symbol = "{symbol}"
validity_months = 24         # points expire at the end of the 24th month after the award; 0 = never
open_loop = false            # true lets customers send points to anybody; false only to and from partners
budget = 10000000            # the most points the signer may award ...
period_seconds = 86400       # ... in each of these periods, enforced on chain

[poap]
name = "{quoted} Moments"
symbol = "{symbol}POAP"

[warranty]
name = "{quoted} Warranties"
symbol = "{symbol}WAR"
legal_months = 24
commercial_months = 24
transfers = "free"           # how often a warranty may change hands: "free", "never" or a number

[rewards]
name = "{quoted} Rewards"
symbol = "{symbol}RWD"

[storage]
kind = "folder"              # folder, ipfs or data
# ipfs = "/ip4/127.0.0.1/tcp/5001"

# [networks.mychain]
# rpc = "${{MYCHAIN_RPC}}"
# chain_id = 4242
# confirmations = 3
'''


def _quoted(text: str) -> str:
    """As it stands between TOML's double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
