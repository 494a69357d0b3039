"""The command line as a whole: it says the library's words, explains itself, is documented, and starts at once."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import loyalty
from loyalty.admin import Admin
from loyalty.audit import Audit
from loyalty.chain.anvil import LocalChain
from loyalty.claims import Claims
from loyalty.cli.top import cli
from loyalty.customers import Customers
from loyalty.links import Links
from loyalty.notify import Notify
from loyalty.poap import Poap
from loyalty.points import Points
from loyalty.program import Program
from loyalty.rewards import Rewards
from loyalty.service import Service, ServiceCentre
from loyalty.warranty import Warranty
from loyalty.webhooks import Webhooks

ROOT = Path(__file__).resolve().parents[2]


def leaves(group: click.Group = cli, *above: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, *above, name)
        else:
            yield " ".join((*above, name)), command


def groups(group: click.Group = cli) -> Iterator[click.Group]:
    """Every group, the top one first."""
    yield group
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from groups(command)


COMMANDS = dict(leaves())
each = pytest.mark.parametrize("words", COMMANDS)
# The demo is a program of its own, made of the library's calls.
each_but_demo = pytest.mark.parametrize("words", [words for words in COMMANDS if words != "demo"])


# The map from commands to the library.

NOUNS: dict[str, Any] = {
    "chain": LocalChain,
    "customers": Customers,
    "points": Points,
    "poap": Poap,
    "poap link": Links,
    "warranty": Warranty,
    "warranty claim": Claims,
    "warranty service": Service,
    "warranty service-centre": ServiceCentre,
    "rewards": Rewards,
    "notify": Notify,
    "admin": Admin,
    "audit": Audit,
    "webhooks": Webhooks,
}
# Python keeps two words for itself; and claiming, on the command line, is what one does with a voucher.
VERBS = {"import": "import_", "list": "list_", "points claim": "claim_voucher", "plan": "plan_file"}
# What some commands call beside the method they are named after.
ALSO = {
    "deploy": ["deploy_plan"],
    "send": ["plan", "watch", "work"],
    "audit reconcile": ["sign"],
    "points award": ["award_file"],
    "points redeem": ["redemption"],
    "rewards buy": ["purchase"],
    "poap award": ["award_again"],
    "notify subscribe": ["subscription"],
    "notify unsubscribe": ["subscription"],
}
# What the library calls a parameter that the command line calls something else.
CALLED = {
    "which": "serial",
    "source": "file",
    "points award who": "file_or_who",
    "points award source": "file_or_who",
    "poap claim voucher": "file",
    "warranty claim replace serial": "new_serial",
    "points claim voucher": "file",
    "sync confirm": "yes",
}
# Parameters that only a program has a use for.
LIBRARY_ONLY = {"progress", "books", "told", "extra", "number", "on", "expiry", "then"}
# Options about asking, printing and signing, which the library does not do.
CLI_ONLY = {"json", "yes", "dry_run", "watch", "worker", "everyone", "sign", "sign_with", "sign_with_anvil", "out"}


def methods(words: str) -> list[Callable[..., Any]]:
    """The library's methods behind a command, by the rule: `loyalty NOUN VERB` is `program.NOUN.VERB`, however many nouns there are."""
    *noun, verb = words.split()
    holder = NOUNS[" ".join(noun)] if noun else loyalty if verb == "init" else Program
    named = VERBS.get(words, VERBS.get(verb, verb.replace("-", "_")))
    return [getattr(holder, name) for name in (named, *ALSO.get(words, []))]


@each_but_demo
def test_every_command_is_a_method(words: str) -> None:
    """`loyalty points award` is `program.points.award()`: the method exists, and the command's file calls it."""
    for method in methods(words):
        assert callable(method)
        *noun, _ = words.split()
        holder = ".".join(["program", *noun]).replace("-", "_") if noun else "loyalty" if words == "init" else "program"
        source = inspect.getsource(inspect.getmodule(COMMANDS[words].callback))  # type: ignore[arg-type]
        assert f"{holder}.{method.__name__}" in source


@each_but_demo
def test_options_are_the_methods_parameters(words: str) -> None:
    """A command takes what its methods take, under the same names; neither can do what the other cannot."""
    library = {p for method in methods(words) for p in inspect.signature(method).parameters} - {"self"} - LIBRARY_ONLY
    expected = {CALLED.get(f"{words} {name}", CALLED.get(name, name)) for name in library}
    options = {parameter.name for parameter in COMMANDS[words].params}
    assert expected - CLI_ONLY == options - CLI_ONLY


# What every command has.


@each
def test_explains_itself(words: str) -> None:
    """Every command's help is a sentence of what it does, what is true of it, and an example that can be typed."""
    first, *rest = str(COMMANDS[words].help).split("\n\n")
    assert first.endswith(".") and len(first) <= 66, "the first sentence is cut in the list of commands"
    assert len(rest) >= 2, "a sentence of what is true, then the example"
    example = rest[-1].strip(" \b\n").splitlines()
    assert example[0].startswith(f"Example:   loyalty {words}")


@pytest.mark.parametrize("group", groups(), ids=lambda group: str(group.name))
def test_groups_explain_themselves(group: click.Group) -> None:
    """Every group says what it is about and gives an example."""
    assert "Example:   loyalty " in str(group.help)


@each
def test_every_option_is_explained(words: str) -> None:
    """An option without a word of help is one whose name says it all."""
    silent = {
        parameter.name
        for parameter in COMMANDS[words].params
        if isinstance(parameter, click.Option) and not parameter.help
    }
    assert silent <= {"description", "city", "country", "image"}


@each
def test_prints_json(words: str) -> None:
    """Whatever a command tells people, it can tell a program; what metrics prints is for programs alone."""
    if words == "metrics":
        return
    assert "--json" in [name for parameter in COMMANDS[words].params for name in parameter.opts]


WRITES = {
    "deploy", "send", "retry", "sync", "customers import", "points award", "points cancel", "points redeem", "points revoke", "points sweep",
    "poap create", "poap drop", "poap award", "poap voucher", "poap claim", "poap set-issuer", "poap set-art", "poap freeze",
    "poap link create", "poap link claim", "poap link cancel", "poap link reclaim", "warranty register", "warranty import", "warranty extend", "warranty void",
    "warranty terms", "warranty flag", "warranty recall", "warranty recover", "warranty sell", "warranty claim open",
    "warranty claim review", "warranty claim approve", "warranty claim reject", "warranty claim cancel", "warranty claim repair",
    "warranty claim replace", "warranty claim refund", "warranty service log", "warranty service-centre set",
    "rewards create", "rewards add-stock", "rewards set-price", "rewards close", "rewards buy", "rewards fulfil", "rewards cancel",
    "notify send", "notify subscribe", "notify unsubscribe", "notify delegate",
    "points voucher", "points claim", "points publish-epoch", "points claim-epoch", "points freeze", "points unfreeze",
    *(words for words in COMMANDS if words.startswith("admin ") and words != "admin show"),
}  # fmt: skip


@each
def test_can_be_tried(words: str) -> None:
    """Whatever queues, sends or writes rows can be tried first."""
    has = any("--dry-run" in parameter.opts for parameter in COMMANDS[words].params)
    assert has == (words in WRITES)


# The page.


def test_docs_are_what_help_says() -> None:
    """docs/cli.md is made from --help, and nobody forgot to make it again."""
    done = subprocess.run(
        [sys.executable, "scripts/make_cli_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@each
def test_every_command_is_in_the_docs(words: str) -> None:
    """Every command has a place of its own in docs/cli.md."""
    assert f"# loyalty {words}\n" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


# Starting at once.

HEAVY = {"web3", "sqlalchemy", "rich", "alembic", "eth_account", "eth_utils", "eth_abi", "requests", "ipfshttpclient"}
HELP = """
import sys
sys.argv = ["loyalty", {words}"--help"]
from loyalty.cli import main
try:
    main()
except SystemExit as end:
    assert end.code == 0, end.code
print("|".join(sorted(sys.modules)))
"""


@pytest.mark.parametrize("words", ["", "points", "points award", "send", "demo"])
def test_help_imports_nothing_heavy(words: str) -> None:
    """`--help` answers without web3, SQLAlchemy or rich, and so at once."""
    code = HELP.format(words="".join(f'"{word}", ' for word in words.split()))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split("|")}
    assert "click" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("path", sorted((ROOT / "loyalty" / "cli").glob("*.py")), ids=lambda path: path.name)
def test_cli_modules_import_click_alone(path: Path) -> None:
    """What a module of cli/ imports at its top is click, itself, the errors, and the standard library."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for name in names:
            head = name.partition(".")[0]
            allowed = head in sys.stdlib_module_names or head == "click" or name.startswith("loyalty.cli")
            assert allowed or name == "loyalty.errors", f"{path.name} imports {name} before a command runs"
