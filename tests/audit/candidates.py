"""Small changes to the contracts' source that would be mistakes: universalmutator makes them, line by line.

It knows text and not the language, so most of what it makes is no program. Left out here, before anything is
compiled: what is no Vyper, names that nobody declared, and what changes no behaviour worth a test (comments, NatSpec,
the reason of a refusal, events' and interfaces' declarations, imports) or is refused by a test of the source
alone (`tx.origin` in place of `msg.sender`).
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from compiled import ROOT, tree
from vyper.ast import nodes
from vyper.ast.parse import parse_to_ast

# Apart: one of its requirements is a backport named `typing`.
PYTHON = str(ROOT / ".build" / "mutation" / "bin" / "python")
# Those it takes for a Vyper file, and ours.
RULES = ["universal.rules", "vyper.rules", "python.rules", "solidity.rules", str(Path(__file__).parent / "more.rules")]
WORDS = {"True", "False", "not", "and", "or", "if", "pass", "break", "continue", "min", "max", "None"}
DECLARED = nodes.FunctionDef | nodes.VariableDecl | nodes.StructDef | nodes.FlagDef


@dataclass(frozen=True)
class Candidate:
    """One changed line of a file in contracts/."""

    file: str
    line: int
    before: str
    after: str

    @property
    def key(self) -> str:
        """The same for the same change of the same line."""
        return hashlib.sha256(f"{self.line}\n{self.before}\n{self.after}".encode()).hexdigest()[:16]

    @property
    def source(self) -> str:
        """The file with this change."""
        lines = source(self.file)
        return "".join([*lines[: self.line - 1], self.after, *lines[self.line :]])


def candidates(file: str, seed: int) -> Iterator[Candidate]:
    """Every change worth trying, in an order that the seed decides."""
    command = [PYTHON, str(Path(__file__).parent / "plant.py"), str(ROOT / "contracts" / file), *RULES]
    made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    # Many differ in their spaces alone.
    found = {(line, _squeezed(after)): after for line, after in reversed(made)}
    order = sorted(found)
    random.Random(f"{seed} {file}").shuffle(order)
    for line, squeezed in order:
        candidate = Candidate(file, line, source(file)[line - 1], found[line, squeezed])
        if _worth(candidate):
            yield candidate


@cache
def source(file: str) -> list[str]:
    """The lines of a file in contracts/."""
    return (ROOT / "contracts" / file).read_text().splitlines(keepends=True)


@cache
def _blocks(file: str) -> dict[int, range]:
    """For each line that may change, the lines of the function or declaration that it is part of."""
    found: dict[int, range] = {}
    for node in tree(file).get_children(DECLARED):
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        block = range(first, node.end_lineno + 1)
        note = getattr(node, "doc_string", None)
        silent = range(note.lineno, note.end_lineno + 1) if note else range(0)
        found |= {line: block for line in block if line not in silent and _code(source(file)[line - 1])}
    return found


def _differs(before: str, after: str) -> bool:
    """Whether more than spaces, comments or the reason of a refusal is different."""
    refusal = re.match(r"\s*(assert|raise)\b", before)
    both = [_squeezed(re.sub(r'"[^"]*"', '""', line) if refusal else line) for line in (before, after)]
    return both[0] != both[1]


def _worth(candidate: Candidate) -> bool:
    lines, line, after = source(candidate.file), candidate.line, candidate.after
    block = _blocks(candidate.file).get(line)
    if not block or not _differs(candidate.before, after) or not set(_names(after)) <= _known(candidate.file):
        return False
    try:
        parsed = parse_to_ast("".join([*lines[block.start - 1 : line - 1], after, *lines[line : block.stop - 1]]))
    except Exception:  # the compiler has many ways to say no
        return False
    return len(parsed.body) == 1


@cache
def _known(file: str) -> set[str]:
    integers = {f"{kind}{bits}" for kind in ("int", "uint") for bits in range(8, 257, 8)}
    return {name for line in source(file) for name in _names(line)} | WORDS | integers


def _names(line: str) -> Iterator[str]:
    for name in re.finditer(r"[A-Za-z_]\w*", re.sub(r'"[^"]*"', "", _code(line))):
        yield name[0]


def _code(line: str) -> str:
    """A line without its comment."""
    return re.sub(r"#.*", "", line).strip()


def _squeezed(line: str) -> str:
    return re.sub(r"\s+", "", "\n".join(map(_code, line.splitlines())))
