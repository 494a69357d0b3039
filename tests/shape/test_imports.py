"""Who imports whom: imports run one way, and each heavy library has one door."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import loyalty

from .source import PACKAGE, imports, modules, name

# From top to bottom; a module imports from its own layer and from those below it.
LAYERS = ("cli", "nouns", "outbox", "chain", "ledger", "base")
BASE = {"loyalty.errors", "loyalty.units", "loyalty.merkle", "loyalty.logs"}
# Side by side: what is on chain and why are two things, and the outbox alone puts them together.
STRANGERS = {("chain", "ledger"), ("ledger", "chain")}

# Which modules may import a library; all others may not.
DOORS = {
    "click": ("loyalty.cli",),
    "rich": ("loyalty.cli",),
    "sqlalchemy": ("loyalty.ledger",),
    "alembic": ("loyalty.ledger",),
    "sqlite3": (),
    "web3": ("loyalty.chain",),
    "eth_account": ("loyalty.chain",),
    "eth_abi": ("loyalty.chain",),
    "rlp": ("loyalty.chain",),
    "requests": ("loyalty.chain", "loyalty.webhooks"),
    "prometheus_client": ("loyalty.metrics",),
    "msgspec": ("loyalty.chain",),
    "eth_utils": ("loyalty.chain", "loyalty.units"),
    "sha3": ("loyalty.merkle",),
    "ipfshttpclient": ("loyalty.storage",),
    "segno": ("loyalty.qr",),
    "procrastinate": ("loyalty.workers",),
    "psycopg": ("loyalty.workers",),
    "ape": (),
    "vyper": (),
    "snekmate": (),
    "boa": (),
    "pytest": (),
    "hypothesis": (),
}


def layer(module: str) -> str:
    """Where a module of the package belongs."""
    if module in BASE:
        return "base"
    second = module.split(".")[1] if "." in module else ""
    return second if second in ("cli", "outbox", "chain", "ledger") else "nouns"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_imports_run_one_way(path: Path) -> None:
    """cli, nouns, outbox, then chain or ledger, then errors and units: nothing imports from above itself."""
    mine = layer(name(path))
    for line, module in imports(path):
        if module.split(".")[0] != "loyalty" or name(path) in ("loyalty.__main__", "loyalty"):
            continue
        theirs = layer(module)
        assert LAYERS.index(mine) <= LAYERS.index(theirs), f"{path}:{line} {mine} imports {module}, of {theirs}"
        assert (mine, theirs) not in STRANGERS, f"{path}:{line} {mine} imports {module}"


@pytest.mark.parametrize("path", modules(), ids=name)
def test_every_library_has_one_door(path: Path) -> None:
    """Each heavy library is imported where it belongs and nowhere else."""
    for line, module in imports(path):
        allowed = DOORS.get(module.split(".")[0])
        if allowed is not None:
            assert name(path).startswith(allowed), f"{path}:{line} imports {module}; allowed: {allowed or 'nowhere'}"


def test_no_noun_is_given_the_program() -> None:
    """Nouns are given what they need: only the package's own doors and the demo with its visitor import loyalty.program."""
    users = {name(path) for path in modules() if any(module == "loyalty.program" for _, module in imports(path))}
    assert {user for user in users if layer(user) != "cli"} <= {"loyalty", "loyalty.demo", "loyalty.visitor"}


def test_nothing_imports_in_a_circle() -> None:
    """The modules can be put in an order in which each imports only earlier ones."""
    needs = {
        name(path): {module for _, module in imports(path) if module.startswith("loyalty") and module != name(path)}
        for path in modules()
        if not name(path).startswith("loyalty.cli")
    }
    # The package itself and each subpackage gather names for others; inside them, they are imported by nobody.
    gathered = {"loyalty", "loyalty.__main__", "loyalty.chain", "loyalty.ledger", "loyalty.outbox"}
    left = {module: need - gathered for module, need in needs.items() if module not in gathered}
    while left:
        ready = {module for module, need in left.items() if not need & set(left)}
        assert ready, f"in a circle: {left}"
        left = {module: need for module, need in left.items() if module not in ready}


def test_the_command_line_asks_no_database_and_no_node() -> None:
    """What a command prints comes from the nouns and the program, never from the ledger or a contract."""
    for path in modules(PACKAGE / "cli"):
        for line, module in imports(path):
            assert not module.startswith(("loyalty.ledger", "loyalty.chain")), f"{path}:{line} imports {module}"


def loaded_by(code: str) -> set[str]:
    """The libraries that a fresh Python has loaded after running ``code``."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"]
    return set(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())


def test_importing_the_package_is_light() -> None:
    """`import loyalty`, its errors, its version and its units load none of the heavy libraries."""
    heavy = {"web3", "eth_account", "sqlalchemy", "alembic", "rich", "click", "requests", "ipfshttpclient", "ape"}
    assert not heavy & loaded_by("import loyalty, loyalty.errors, loyalty.units; loyalty.open; loyalty.KeyReused")


def test_opening_a_program_loads_no_node_library(tmp_path: Path) -> None:
    """A webhook that queues an award never pays for web3: not when it opens the program, not when it awards."""
    code = (
        f"import loyalty; loyalty.init('Shop', {str(tmp_path)!r}).close(); p = loyalty.open({str(tmp_path)!r}); "
        "p.points.award('0x00000000005dbcb0d0513fcda746382fe8a53468', 5, key='k'); p.close()"
    )
    assert not {"web3", "eth_account", "requests", "rich", "click", "ipfshttpclient"} & loaded_by(code)


def test_public_names_are_sorted_and_exist() -> None:
    """What the package says it offers is there, once, in order."""
    assert loyalty.__all__ == sorted(set(loyalty.__all__))
    assert all(getattr(loyalty, public) is not None for public in loyalty.__all__)
    for path in modules():
        if path.name != "__main__.py" and "migrations" not in path.parts:
            module = importlib.import_module(name(path))
            assert all(hasattr(module, public) for public in getattr(module, "__all__", [])), name(path)


def test_every_error_is_public_or_a_kind_of_one_that_is() -> None:
    """Whoever catches LoyaltyError catches all that is raised on purpose."""
    from loyalty import errors

    raised = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(issubclass(kind, loyalty.LoyaltyError) for kind in raised)


def test_the_version_is_the_installed_one() -> None:
    """`loyalty.__version__` comes from the package's metadata; any other name is no attribute."""
    from importlib.metadata import version

    assert loyalty.__version__ == version("loyalty")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        loyalty.nothing  # noqa: B018
