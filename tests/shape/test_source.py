"""How the source is written: documented, without SQL made of strings, and silent about other places."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .source import PACKAGE, ROOT, modules, name, tracked, tree

TESTS = [path for path in modules(ROOT / "tests") if path.name.startswith("test_")]


# What click calls on its own classes, click documents.
CLICKS = {"list_commands", "get_command", "resolve_command", "invoke", "main", "convert", "show", "format_help"}


def public(node: ast.Module | ast.ClassDef, inside: str = "") -> Iterator[tuple[str, ast.AST]]:
    """The public functions, classes and methods of a module or class."""
    for child in node.body:
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or child.name.startswith("_"):
            continue
        if inside and child.name in CLICKS:
            continue
        yield inside + child.name, child
        if isinstance(child, ast.ClassDef) and not any("Protocol" in ast.unparse(base) for base in child.bases):
            yield from public(child, f"{child.name}.")


@pytest.mark.parametrize("path", modules(), ids=name)
def test_everything_public_is_documented(path: Path) -> None:
    """Each module, public class, function and method says in a docstring what is true for its caller."""
    if not tree(path).body and path.name == "__init__.py":
        return
    bare = [] if ast.get_docstring(tree(path)) else ["the module"]
    if "migrations/versions" not in path.as_posix():
        bare += [inner for inner, node in public(tree(path)) if not ast.get_docstring(node)]  # type: ignore[arg-type]
    assert bare == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT / "tests").as_posix())
def test_every_test_says_what_is_true(path: Path) -> None:
    """Each test file and each test has a docstring: one sentence, with its full stop."""
    assert ast.get_docstring(tree(path)), "the file"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            assert (ast.get_docstring(node) or "").endswith("."), f"line {node.lineno}: {node.name}"


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT / "tests").as_posix())
def test_every_test_can_fail(path: Path) -> None:
    """Each test asserts something, or expects something to be raised, or calls what does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            checks = [n for n in ast.walk(node) if isinstance(n, ast.Assert | ast.With | ast.Raise | ast.Call)]
            trivial = [n for n in ast.walk(node) if isinstance(n, ast.Assert) and isinstance(n.test, ast.Constant)]
            assert checks and not trivial, f"line {node.lineno}: {node.name}"


SQL = re.compile(r"\s*(select|insert|update|delete|create|drop|alter|pragma|begin|with)\s", re.I)
RUNS_SQL = {"text", "exec_driver_sql", "execute", "executemany", "executescript"}


def sql_of_strings(code: ast.AST) -> list[int]:
    """The lines where SQL is put together from strings."""
    found = []
    for node in ast.walk(code):
        if isinstance(node, ast.JoinedStr):
            first = node.values[0] if node.values else None
            if isinstance(first, ast.Constant) and SQL.match(str(first.value)) and len(node.values) > 1:
                found.append(node.lineno)
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0] if node.args else None
            made = isinstance(first, ast.JoinedStr | ast.BinOp)
            made = made or (isinstance(first, ast.Call) and ast.unparse(first.func).endswith(".format"))
            if called in RUNS_SQL and made:
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", modules(), ids=name)
def test_no_sql_is_made_of_strings(path: Path) -> None:
    """Values reach the database as parameters."""
    assert sql_of_strings(tree(path)) == []


@pytest.mark.parametrize(
    "code",
    [
        'connection.execute(text(f"SELECT * FROM customers WHERE id = {who}"))',
        'statement = f"DELETE FROM {table}"',
        'connection.exec_driver_sql("UPDATE x SET y = %s" % value)',
        'cursor.execute("PRAGMA " + name)',
        'cursor.execute("SELECT {}".format(name))',
    ],
)
def test_sql_made_of_strings_is_found(code: str) -> None:
    """The check above sees each way of doing it."""
    assert sql_of_strings(ast.parse(code)) != []


def test_no_sql_outside_the_ledger() -> None:
    """No other module holds a statement as text."""
    statement = re.compile(r"\b(SELECT .* FROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET|CREATE TABLE)\b")
    for path in modules():
        if "ledger" not in path.parts:
            texts = [n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            assert not [text for text in texts if statement.search(text)], path


# Spelt in two halves, so that this file does not name them.
ELSEWHERE = [
    "pypi." + "org", "files." + "pythonhosted", "registry." + "npmjs", "npmjs." + "org", "registry." + "yarnpkg",
    str(ROOT),
]  # fmt: skip


def test_no_file_names_a_registry_or_a_machine() -> None:
    """Where packages come from is the installer's business, and where the project was written is nobody's."""
    for path in tracked():
        content = path.read_bytes()
        assert not [word for word in ELSEWHERE if word.encode() in content], path


def test_nothing_is_left_to_be_done() -> None:
    """No TODO, FIXME or stub in what ships."""
    for path in modules():
        assert not re.search(
            r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError", path.read_text(encoding="utf-8")
        ), path


def test_every_folder_is_a_package() -> None:
    """Each folder with Python files in it is imported as one, in a wheel as in a checkout."""
    folders = {path.parent for path in modules() if path.parent.name != "versions"}
    assert all((folder / "__init__.py").exists() for folder in folders)
    assert (PACKAGE / "py.typed").exists()
