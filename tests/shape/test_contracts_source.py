"""The contracts' source: ASCII, clear of what the compiler gets wrong, and of other people's code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from vyper.ast import nodes
from vyper.ast.parse import parse_to_ast
from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.semantics.types import DArrayT, SArrayT

from .source import ROOT

CONTRACTS = sorted((ROOT / "contracts").glob("*.vy"))
DEPLOYABLE = [path for path in CONTRACTS if path.name[0].isupper()]
each_source = pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
each_contract = pytest.mark.parametrize("path", DEPLOYABLE, ids=lambda path: path.name)

# What a call brings. The optimizer takes `msg.value | 2` for a truth in a ternary, and makes 1 of it.
BROUGHT = ("msg.value", "len(msg.data)")

# Programs with what Vyper 0.4.3 compiles wrongly go through `f`; nothing but the statement is wrong or right.
PROGRAM = """# pragma version ~=0.4.3
z: uint256

@external
@payable
def f(c: bool, a: DynArray[DynArray[uint256, 2], 3], b: DynArray[DynArray[uint256, 3], 3], d: DynArray[uint256, 3]):
    {}
"""


def faults(source: str, folder: Path = ROOT / "contracts") -> list[str]:
    """The advisories that a program runs into, told by its syntax tree and its types."""
    if odd := re.search(r"[^\x20-\x7e\n]", source):
        return [f"CVE-2026-114114, -114116: character {ord(odd[0])}"]
    path = folder / "lint.vy"
    bundle = FilesystemInputBundle([folder])
    module = CompilerData(FileInput(0, path, path, source), bundle).annotated_vyper_module
    found = []
    if module.settings.experimental_codegen or module.settings.enable_decimals:
        found.append("experimental code generation")
    for node in module.get_descendants(nodes.IfExp):
        if nesting(node._metadata["type"]) > 1:
            found.append(f"CVE-2026-114115: line {node.lineno} chooses between nested arrays")
    for node in module.get_descendants(nodes.BinOp):
        if isinstance(node.op, nodes.BitOr) and {text(node.left), text(node.right)} & set(BROUGHT):
            found.append(f"CVE-2026-114117: line {node.lineno} or-s what the call brings")
    for node in module.get_descendants(nodes.Call):
        if text(node.func).startswith("create_from_blueprint"):
            found.append(f"CVE-2026-114118: line {node.lineno} creates from a blueprint")
    return found


def nesting(typ: Any) -> int:
    """How many arrays lie in one another in a type."""
    if isinstance(typ, DArrayT | SArrayT):
        return 1 + nesting(typ.value_type)
    members = getattr(typ, "member_types", ())
    return max(map(nesting, members.values() if isinstance(members, dict) else members), default=0)


def text(node: nodes.VyperNode) -> str:
    """What a node is written as, without its spaces."""
    return re.sub(r"\s", "", node.node_source_code)


@each_source
def test_a_contract_is_clear_of_the_compilers_faults(path: Path) -> None:
    """No form of the published advisories is in it, and every character is plain ASCII."""
    assert faults(path.read_bytes().decode("latin-1")) == []


@pytest.mark.parametrize(
    ("advisory", "planted"),
    [
        ("114117", "x: uint256 = (msg.value | 2) if c else 7"),
        ("114117", "x: uint256 = 7 if c else unsafe_add(2 | msg.value, 1)"),
        ("114117", "self.z = msg . value |2"),
        ("114117", "x: uint256 = len(msg.data) | 1 if c else 2"),
        ("114117", "x: uint256 = (1 |len( msg.data )) if not c else 2"),
        ("114115", "x: DynArray[DynArray[uint256, 3], 3] = a if c else b"),
        ("114115", "x: uint256 = len((b if c else b)[0])"),
        ("114115", "x: uint256[2][2] = [[1, 2], [3, 4]] if c else [[1, 2], [3, 5]]"),
        ("114118", "x: address = create_from_blueprint(self, code_offset=max_value(uint256))"),
        ("114118", "x: address = create_from_blueprint(self)"),
        ("114114", 'x: String[9] = "caf\xe9"'),
        ("114114", "caf\u00e9: uint256 = 1"),
        ("114116", "# a comment with a \u2028 line separator"),
        ("114116", "x: uint256 = 1\x0c"),
        ("114116", "x: uint256 = 1\t"),
        ("114116", "x: uint256 = 1\r"),
    ],
)
def test_a_planted_fault_is_found(advisory: str, planted: str) -> None:
    """The check above sees each form, by its advisory."""
    assert [advisory in found for found in faults(PROGRAM.format(planted))] == [True]


@pytest.mark.parametrize(
    ("advisory", "first"),
    [
        ("114116", "\ufeff# pragma version ~=0.4.3\n"),
        ("experimental", "# pragma experimental-codegen\n"),
        ("experimental", "#pragma enable-decimals\n"),
    ],
)
def test_a_planted_first_line_is_found(advisory: str, first: str) -> None:
    """So it does where a fault lies in what comes before the program."""
    assert [advisory in found for found in faults(first + PROGRAM.format("pass"))] == [True]


@pytest.mark.parametrize(
    "fine",
    [
        "x: uint256 = msg.value + 2 if c else len(msg.data) + 2",
        "x: uint256 = msg.value\n    x |= 2",
        "self.z |= msg.value  # msg.value | 2",
        "x: uint256 = (self.z | 2) if msg.value > 0 else 7",
        'x: String[13] = "msg.value | 2"',
        "x: DynArray[uint256, 3] = a[0] if c else d",
        "x: DynArray[DynArray[uint256, 3], 3] = b",
        "x: address = create_minimal_proxy_to(self)",
    ],
)
def test_what_is_fine_is_let_through(fine: str) -> None:
    """The check above does not cry wolf."""
    assert faults(PROGRAM.format(fine)) == []


def test_nothing_asks_for_experimental_code_generation() -> None:
    """No configuration and no script of the project does, so that a source's first lines are all there is to look at."""
    asking = [ROOT / "Makefile", ROOT / "ape-config.yaml", ROOT / "pyproject.toml", *(ROOT / "scripts").iterdir()]
    texts = {path.name: path.read_text() for path in asking if path.is_file()}
    assert [name for name, found in texts.items() if re.search("experimental.codegen|venom", found, re.I)] == []


@each_source
def test_a_contract_is_ours(path: Path) -> None:
    """It imports modules of this folder alone, and is under the project's licence."""
    source = path.read_text(encoding="ascii")
    assert "@license Apache-2.0" in source
    for line in re.findall(r"^\s*(?:from|import)\s.*$", source, re.M):
        module = re.fullmatch(r"from \. import (\w+)|from ethereum\.ercs import \w+", line.strip())
        assert module, f"{path.name}: {line}"
        assert module[1] is None or (path.parent / f"{module[1]}.vy").exists()
    assert "snekmate" not in source.lower()


@each_source
def test_a_contract_goes_by_who_calls_it(path: Path) -> None:
    """Never by who signed the transaction (tx.origin), which anything that a customer calls could use against them."""
    assert "tx.origin" not in path.read_text()


@each_source
def test_a_contract_names_its_compiler(path: Path) -> None:
    """The first line pins the version that the bytecode was made with."""
    assert path.read_text().startswith("# pragma version ~=0.4.3\n")


@each_contract
def test_a_contract_says_how_to_stop_it(path: Path) -> None:
    """Whoever may have to stop it finds out in its first lines."""
    assert "@custom:stop " in path.read_text().split('"""')[1]


@each_source
def test_every_refusal_has_a_reason(path: Path) -> None:
    """Each assert and raise carries a sentence in lower case that starts with its contract's or module's name."""
    for node in parse_to_ast(path.read_text()).get_descendants((nodes.Assert, nodes.Raise)):
        reason = node.msg if isinstance(node, nodes.Assert) else node.exc
        assert isinstance(reason, nodes.Str), f"line {node.lineno}"
        assert re.match(rf"{path.stem.lower()}: [a-z0-9]", reason.value), f"line {node.lineno}: {reason.value}"


@each_source
def test_every_external_is_documented(path: Path) -> None:
    """Each function that a stranger can call says what the caller must know, and names no argument it does not have."""
    for node in parse_to_ast(path.read_text()).get_descendants(nodes.FunctionDef):
        if "external" not in {getattr(one, "id", "") for one in node.decorator_list}:
            continue
        note = getattr(node, "doc_string", None)
        assert note and re.search("@notice|@return", note.value), f"line {node.lineno}: {node.name}"
        named = set(re.findall(r"@param (\w+)", note.value))
        assert named <= {argument.arg for argument in node.args.args}, f"line {node.lineno}: {node.name}"
