"""The contracts' source: ASCII, clear of what the compiler gets wrong, and of other people's code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from vyper.ast import nodes
from vyper.ast.parse import parse_to_ast

from .source import ROOT

CONTRACTS = sorted((ROOT / "contracts").glob("*.vy"))
DEPLOYABLE = [path for path in CONTRACTS if path.name[0].isupper()]
each_source = pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
each_contract = pytest.mark.parametrize("path", DEPLOYABLE, ids=lambda path: path.name)

# Forms that Vyper 0.4.3 compiles wrongly, by advisory.
ADVISORIES = {
    "CVE-2026-114114, -114116 (characters of several bytes, line separators)": re.compile(r"[^\x20-\x7e\n]"),
    "CVE-2026-114115 (choosing between nested arrays)": re.compile(r"DynArray\[\s*DynArray|\][ ]*\[\s*[A-Z0-9_]+\s*\]\s*,|\]\s*,\s*\w+\s*\]\s*,\s*\w+\s*\]"),
    "CVE-2026-114117 (or-ing what the call brings)": re.compile(
        r"(msg\.value|len\(\s*msg\.data\s*\))\s*\|(?!=)|\|\s*(msg\.value|len\(\s*msg\.data\s*\))"
    ),
    "CVE-2026-114118 (blueprints with an offset)": re.compile(r"create_from_blueprint|code_offset"),
    "experimental code generation": re.compile(r"#\s*pragma\s+(experimental|enable-decimals|venom)|experimental-codegen"),
}  # fmt: skip


def without_notes(source: str) -> str:
    """The source without its comments and docstrings: in those, words are only words."""
    return re.sub(r'"""[\s\S]*?"""|#(?! ?pragma)[^\n]*', "", source)


def faults(source: str) -> list[str]:
    """The advisories that a source runs into."""
    found = [name for name, form in ADVISORIES.items() if form.search(without_notes(source))]
    if re.search(r"[^\x20-\x7e\n]", source):
        found.append("a character that is not plain ASCII")
    return found


@each_source
def test_a_contract_is_clear_of_the_compilers_faults(path: Path) -> None:
    """No form of the published advisories is in it, and every character is plain ASCII."""
    assert faults(path.read_bytes().decode("latin-1")) == []


@pytest.mark.parametrize(
    "planted",
    [
        "x: uint256 = (msg.value | 2) if c else 7",
        "x: uint256 = 2 | msg.value",
        "x: uint256 = len(msg.data) | 1 if c else 2",
        "x: uint256 = 1 |len( msg.data )",
        "x: DynArray[DynArray[uint256, 2], 3] = a if c else b",
        "a: address = create_from_blueprint(b, code_offset=2**256-1)",
        "# pragma experimental-codegen",
        'x: String[9] = "caf\xe9"',
        "# a comment with a \u2028 line separator",
        "x: uint256 = 1\x0c",
        "\ufeff# pragma version 0.4.3",
        "x: uint256 = 1\t",
    ],
)
def test_a_planted_fault_is_found(planted: str) -> None:
    """The check above sees each form."""
    assert faults(planted) != []


@pytest.mark.parametrize(
    "fine", ["x |= msg.value", "# msg.value | 2", '"""msg.value | 2"""', "assert msg.value == 0 or x | 2 == 2"]
)
def test_what_is_fine_is_let_through(fine: str) -> None:
    """The check above does not cry wolf."""
    assert faults(fine) == []


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
