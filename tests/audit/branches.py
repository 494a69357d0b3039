"""Which statements and branches of contracts/ the contract tests reach, on the chain they run on.

    python tests/audit/branches.py                              every contract test, then the report
    python tests/audit/branches.py tests/contracts/pushcomm     some of them

While the tests run, every transaction and every call that they send, refused ones too, is asked from Anvil again as a
trace. The program counters in it, and which of two ways each conditional jump went, are mapped to the source with the
compiler's own source map. Counted are: every statement; every `if` and ternary, both ways; every `assert`, passing
and failing; every operand of an `and` / `or` that can end it, both ways (the last operand decides nothing that the
statement around it does not show). A module counts in every contract that imports it, together. Not counted are the
checks that the compiler adds (overflow, lengths of arguments, bounds of loops), which are its own to test, and a
statement that it makes no code of: a zero to begin with, a constant returned, a lone `break` that becomes its `if`'s jump.

No existing tool does this: ape-vyper counts statements of transactions, and no branches; titanoboa counts lines and
branches in an EVM of its own, so none of what the tests ask of a real node.

Left in .build/audit/ are touched.json (for each test, its seconds and the lines it ran: mutants.py chooses by it) and
coverage.md (the report).
"""

from __future__ import annotations

import json
import os
import sys

import pytest
from compiled import ROOT, Branch, Place, branches, compiled, functions, subjects
from page import write
from record import Recorder

OUT = ROOT / ".build" / "audit"
FILES = sorted(path.name for path in (ROOT / "contracts").glob("*.vy"))


class Report:
    """What was reached, in terms of the source."""

    def __init__(self, recorder: Recorder) -> None:
        self.coded: set[Place] = set()
        self.ran: set[Place] = set()
        self.jumps: set[Branch] = set()
        self.went: set[tuple[Branch, bool]] = set()
        for contract in recorder.contracts:
            for constructor, section in ((True, contract.constructor), (False, contract.runtime)):
                steps = recorder.seen[contract.name, constructor]
                self.coded |= set(section.places.values())
                self.jumps |= {branch for branch, _ in section.branches.values()}
                self.ran |= section.places_of({pc for pc, _ in steps})
                self.went |= section.sides_of(steps)

    def places(self, file: str) -> list[Place]:
        """The statements, functions and getters that have code."""
        return sorted(place for place in self.coded if place.file == file)

    def unseen(self, branch: Branch) -> str:
        """What a branch has not done yet, or nothing."""
        jumped = {jump for one, jump in self.went if one == branch}
        if len(jumped) == 2:
            return ""
        if not jumped:
            return "is never decided"
        if branch.kind == "assert":
            return "never fails" if jumped == {True} else "never passes"
        if branch.kind == "if":
            return "is never true" if jumped == {True} else "is never false"
        return f"goes one way only ({branch.kind}, column {branch.column}, operand {branch.operand})"

    def missing(self, file: str) -> list[tuple[int, str]]:
        """The lines of what no test reaches."""
        found = [(place.line, "is not reached") for place in self.places(file) if place not in self.ran]
        found += [(one.line, self.unseen(one)) for one in branches(file) if one in self.jumps and self.unseen(one)]
        compiled_lines = {place.line for place in self.places(file)}
        for node in functions(file):
            if not compiled_lines & set(range(node.lineno, node.end_lineno + 1)):
                found.append((node.lineno, "is in no contract"))
        return sorted(found)

    def markdown(self) -> str:
        """A table of counts, and a list of what is missing."""
        rows = ["| file | statements | branch sides |", "|---|---|---|"]
        left = []
        for file in FILES:
            places = self.places(file)
            jumps = [one for one in branches(file) if one in self.jumps]
            sides = len({side for side in self.went if side[0].file == file})
            rows.append(
                f"| {file} | {_share(len(self.ran & set(places)), len(places))} | {_share(sides, 2 * len(jumps))} |"
            )
            if not self.ran & set(places):  # a run of other contracts' tests
                continue
            text = (ROOT / "contracts" / file).read_text().splitlines()
            left += [f"- `{file}:{line}` {what}: `{text[line - 1].strip()}`" for line, what in self.missing(file)]
        return "\n".join([*rows, "", *(left or ["Nothing is missing."])])


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if part < whole else "")


def main(arguments: list[str]) -> int:
    """Run the tests, write the report."""
    os.environ.setdefault("TEST_TIMES", "0.1")  # a traced step takes a second, and chance is not to be relied on here
    recorder = Recorder([compiled(source) for source in subjects()])
    if code := pytest.main(arguments or ["tests/contracts", "-q"], plugins=[recorder]):
        return int(code)
    report = Report(recorder).markdown()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "touched.json").write_text(json.dumps(recorder.told()))
    (OUT / "coverage.md").write_text(report + "\n")
    print(f"\n{recorder.traces} traces\n{report}")
    if not arguments:
        write("coverage", report)
    return int("Nothing is missing." not in report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
