"""What the compiler makes of a contract, and which place in the source each instruction comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from vyper.ast import nodes
from vyper.ast.parse import parse_to_ast
from vyper.codegen.ir_node import IRnode
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.output import build_abi_output
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import OptimizationLevel, Settings, anchor_settings
from vyper.ir import compile_ir, optimizer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts.build_artifacts import EVM_VERSION  # noqa: E402

JUMPI = 0x57
END = -1  # instead of a program counter, where nothing follows
TURNED = "jumps where the condition is true"


@dataclass(frozen=True, order=True)
class Place:
    """A statement, a function's entrance or a variable's getter: its file in contracts/, and its first line."""

    file: str
    line: int


@dataclass(frozen=True, order=True)
class Branch:
    """A place where the source goes one way or the other: an if, assert or ternary, or an operand of and / or that may end it."""

    file: str
    line: int
    column: int
    kind: str
    operand: int = 0


@dataclass
class Section:
    """One piece of code: what is on chain, or the constructor."""

    code: bytes
    places: dict[int, Place]
    # Whether the jump is taken where the source's condition is false, as it is written, or where it is true.
    branches: dict[int, tuple[Branch, bool]]

    def places_of(self, executed: set[int]) -> set[Place]:
        """The statements that these instructions belong to."""
        return {self.places[pc] for pc in executed & self.places.keys()}

    def sides_of(self, steps: set[tuple[int, int]]) -> set[tuple[Branch, bool]]:
        """The branches among these steps, from an instruction to the next, each with the way it went."""
        jumps = ((pc, after) for pc, after in steps if pc in self.branches and after != END)
        return {(branch, (after != pc + 1) != turned) for pc, after in jumps for branch, turned in [self.branches[pc]]}


@dataclass
class Contract:
    """A contract compiled from one source file and the modules it imports."""

    source: Path
    data: CompilerData

    @property
    def name(self) -> str:
        """Its name."""
        return self.source.stem

    @cached_property
    def initcode(self) -> bytes:
        """What deploys it."""
        with _compiling():
            return bytes(self.data.bytecode)

    @cached_property
    def abi(self) -> list[dict[str, Any]]:
        """Its interface."""
        with anchor_settings(self.data.settings):
            interface: list[dict[str, Any]] = build_abi_output(self.data)
        return interface

    @cached_property
    def runtime(self) -> Section:
        """What is on chain; its immutables come behind."""
        with _compiling(), anchor_settings(self.data.settings):
            return _section(self.data.assembly_runtime)

    @cached_property
    def constructor(self) -> Section:
        """What runs once."""
        with _compiling(), anchor_settings(self.data.settings):
            return _section(self.data.assembly)


def compiled(source: Path, folder: Path = ROOT, level: str = "gas", metadata: bool = True) -> Contract:
    """A contract below a folder. What is asked of it first compiles it, and raises what the compiler does."""
    settings = Settings(evm_version=EVM_VERSION, optimize=OptimizationLevel.from_string(level))
    bundle = FilesystemInputBundle([folder, folder / "contracts"])
    data = CompilerData(bundle.load_file(source), bundle, settings=settings, no_bytecode_metadata=not metadata)
    return Contract(source, data)


@cache
def subjects() -> tuple[Path, ...]:
    """The contracts in contracts/, and those of the tests that run its modules."""
    mocks = (
        path for path in (ROOT / "tests" / "contracts").rglob("*.vy") if "from contracts import" in path.read_text()
    )
    deployable = (path for path in (ROOT / "contracts").glob("*.vy") if path.name[0].isupper())
    return tuple(sorted([*deployable, *mocks]))


@cache
def tree(file: str) -> nodes.Module:
    """The syntax tree of a file in contracts/."""
    return parse_to_ast((ROOT / "contracts" / file).read_text())


def statements(file: str) -> list[nodes.Stmt]:
    """Every statement in its functions, in order."""
    found = (node for node in tree(file).get_descendants(nodes.Stmt) if is_statement(node))
    return sorted(found, key=lambda node: node.lineno)


def is_statement(node: nodes.VyperNode) -> bool:
    """Whether it is a statement in a function, and neither a loop's variable nor an interface's line."""
    block = node._parent
    if not isinstance(block, nodes.FunctionDef | nodes.If | nodes.For) or isinstance(block._parent, nodes.InterfaceDef):
        return False
    return any(node is one for one in [*block.body, *getattr(block, "orelse", [])])


def functions(file: str) -> list[nodes.FunctionDef]:
    """Every function in it, in order."""
    found = tree(file).get_children(nodes.FunctionDef)
    return sorted(found, key=lambda node: node.lineno)


def branches(file: str) -> list[Branch]:
    """Every branch in it, in order."""
    found = tree(file).get_descendants((nodes.If, nodes.Assert, nodes.IfExp, nodes.BoolOp))
    return sorted(branch for node in found for branch in _branches_at(node, file))


def _branches_at(node: nodes.VyperNode, file: str) -> list[Branch]:
    """The branches that a node makes, in the order of their jumps. An and / or has one fewer than operands: the last ends it anyway."""
    at = file, node.lineno, node.col_offset
    if isinstance(node, nodes.BoolOp):
        kind = "and" if isinstance(node.op, nodes.And) else "or"
        return [Branch(*at, kind, operand) for operand in range(1, len(node.values))]
    if isinstance(node, nodes.If) and node.orelse:
        return [Branch(*at, "if / else")]
    kinds = {nodes.If: "if", nodes.Assert: "assert", nodes.IfExp: "ternary"}
    return [Branch(*at, kinds[type(node)])] if type(node) in kinds else []


@contextmanager
def _compiling() -> Iterator[None]:
    """While the compiler runs. What it writes stays the same, to the byte."""
    turn, optimize = compile_ir._optimize_inefficient_jumps, optimizer._optimize
    done: dict[tuple[int, Any], IRnode] = {}

    def remember(assembly: list[Any]) -> bool:
        """It turns `JUMPI a; JUMP b; a:` into one jump, and forgets where in the source that came from."""
        before = [item for item in assembly if item == "JUMPI"]
        changed: bool = turn(assembly)
        for index, old in zip([at for at, item in enumerate(assembly) if item == "JUMPI"], before, strict=True):
            if assembly[index] is not old:
                message = None if old.error_msg == TURNED else TURNED
                assembly[index] = compile_ir.Instruction("JUMPI", old.ast_source, message)
                assembly[index - 1] = compile_ir.Instruction(assembly[index - 1], old.ast_source)
        return changed

    def once(node: IRnode, parent: IRnode | None) -> tuple[bool, IRnode]:
        """It optimizes again and again what it has optimized before: half of its time."""
        operation = parent.value if parent is not None else None
        if (id(node), operation) in done:
            return False, node
        changed, better = optimize(node, parent)
        done[id(better), operation] = better
        return changed, better

    compile_ir._optimize_inefficient_jumps, optimizer._optimize = remember, once
    try:
        yield
    finally:
        compile_ir._optimize_inefficient_jumps, optimizer._optimize = turn, optimize


def _section(assembly: list[Any]) -> Section:
    code, maps = compile_ir.assembly_to_evm(assembly, compiler_metadata=None)
    sources = {pc: node for pc, node in maps["pc_raw_ast_map"].items() if _file(node) and not _is_argument(node)}
    places = {pc: place for pc, node in sources.items() if (place := _place(node))}
    found: dict[int, tuple[Branch, bool]] = {}
    waiting: dict[tuple[str, int], list[Branch]] = {}
    for pc in (pc for pc in _starts(code) if code[pc] == JUMPI and pc in sources):
        node = sources[pc]
        key = (_file(node), node.node_id)
        mine = waiting.setdefault(key, _branches_at(node, key[0]))
        if mine:
            found[pc] = mine.pop(0), maps["error_map"].get(pc) == TURNED
    unmet = [branch for left in waiting.values() for branch in left]
    assert not unmet, f"no jump found for {unmet}"
    return Section(code, places, found)


def _starts(code: bytes) -> Iterator[int]:
    """Where instructions start, and not the constants in them."""
    pc = 0
    while pc < len(code):
        yield pc
        pc += code[pc] - 0x5E if 0x60 <= code[pc] <= 0x7F else 1


def _file(node: nodes.VyperNode) -> str:
    """The file in contracts/ that a node stands in, or nothing."""
    path = Path(node.module_node.resolved_path)
    return path.name if path.parent.name == "contracts" and path.suffix == ".vy" else ""


def _is_argument(node: nodes.VyperNode) -> bool:
    """Whether it names an argument: the instructions that read one name the last place it was used in, and not theirs."""
    function = node.get_ancestor(nodes.FunctionDef) if isinstance(node, nodes.Name) else None
    return function is not None and node.id in {argument.arg for argument in function.args.args}


def _place(node: nodes.VyperNode) -> Place | None:
    """The innermost statement that a node is part of, or the function or variable where it is part of none."""
    file = _file(node)
    while node is not None and not is_statement(node) and not isinstance(node, nodes.FunctionDef | nodes.VariableDecl):
        node = node._parent
    if node is None or node.lineno is not None:
        return node and Place(file, node.lineno)
    # The compiler writes a public variable's getter itself.
    getter = node if isinstance(node, nodes.FunctionDef) else node.get_ancestor(nodes.FunctionDef)
    variables = tree(file).get_children(nodes.VariableDecl)
    return next(Place(file, one.lineno) for one in variables if one.target.id == getter.name)
