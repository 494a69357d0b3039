"""Which tests run a line of a contract: what branches.py left behind, asked for a change of that line."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from compiled import ROOT, Place, is_statement, tree
from vyper.ast import nodes

TOUCHED = ROOT / ".build" / "audit" / "touched.json"
FILES = sorted(path.name for path in (ROOT / "contracts").glob("*.vy"))


@cache
def touched() -> dict[str, Any]:
    """The lines that each test, and each fixture that tests share, ran, by contract and file."""
    loaded: dict[str, Any] = json.loads(TOUCHED.read_text())
    return loaded


def tests(contract: str, file: str, line: int) -> list[str]:
    """The tests that may notice a change of this line in this contract.

    First those that run it themselves, the fastest ahead; last those of the gas, which any change may exceed."""
    places = affected(file, line)
    shared = {name for name, lines in touched()["fixtures"].items() if _meet(places, lines.get(contract, {}))}
    found = []
    for name, test in touched()["tests"].items():
        own = _meet(places, test["lines"].get(contract, {}))
        if own or shared & set(test["uses"]):
            found.append(("test_gas" in name, not own, test["seconds"], name))
    return [name for *_, name in sorted(found)]


def _meet(places: set[Place], lines: dict[str, list[int]]) -> bool:
    return any(place.line in lines.get(place.file, ()) for place in places)


@cache
def _ran(file: str) -> set[int]:
    """The lines of a file that any test runs."""
    everyone = [*(test["lines"] for test in touched()["tests"].values()), *touched()["fixtures"].values()]
    return {line for lines in everyone for files in lines.values() for line in files.get(file, ())}


def affected(file: str, line: int) -> set[Place]:
    """The places whose tests see a change of this line: its statement; for a declaration, whatever names it."""
    module = tree(file)
    for function in module.get_children(nodes.FunctionDef):
        if _first(function) <= line <= function.end_lineno:
            inside = [node for node in function.get_descendants(nodes.Stmt) if is_statement(node)]
            around = [node for node in inside if node.lineno <= line <= node.end_lineno]
            if not around:  # its head
                return {Place(file, node.lineno) for node in [function, *inside]}
            # The innermost, and where the compiler makes no code of that, the one around it.
            around.sort(key=lambda node: (node.end_lineno - node.lineno, -node.lineno))
            nearest = next((node for node in [*around, function] if node.lineno in _ran(file)), function)
            return {Place(file, nearest.lineno)}
    for declaration in module.get_children((nodes.VariableDecl, nodes.StructDef, nodes.FlagDef)):
        if declaration.lineno <= line <= declaration.end_lineno:
            name = declaration.target.id if isinstance(declaration, nodes.VariableDecl) else declaration.name
            return {Place(file, declaration.lineno)} | naming({name})
    return set()


def naming(names: set[str]) -> set[Place]:
    """The places that use these names, or constants made of them."""
    found: set[Place] = set()
    more: set[str] = set()
    for file in FILES:
        for node in tree(file).get_children((nodes.FunctionDef, nodes.VariableDecl)):
            if not names & _words(node):
                continue
            if isinstance(node, nodes.VariableDecl):
                more.add(node.target.id)
                found.add(Place(file, node.lineno))
            elif names & _words(node.args):
                found.add(Place(file, node.lineno))
            found |= {
                Place(file, one.lineno)
                for one in node.get_descendants(nodes.Stmt)
                if is_statement(one) and names & _words(one)
            }
    return found | (naming(more | names) if more - names else set())


def _words(node: nodes.VyperNode) -> set[str]:
    names = {one.id for one in node.get_descendants(nodes.Name, include_self=True)}
    return names | {one.attr for one in node.get_descendants(nodes.Attribute, include_self=True)}


def _first(function: nodes.FunctionDef) -> int:
    first: int = min([function.lineno, *(one.lineno for one in function.decorator_list)])
    return first
