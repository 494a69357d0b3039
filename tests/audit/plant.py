"""Runs apart, in universalmutator's own environment: every change that its rules make of a file, as JSON.

.build/mutation/bin/python tests/audit/plant.py contracts/guard.vy RULES...
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path

from universalmutator.mutator import mutants_regexp


def main(file: str, rules: list[str]) -> None:
    """Print pairs of a line's number, from 1, and what it becomes."""
    lines = Path(file).read_text().splitlines(keepends=True)
    with redirect_stdout(io.StringIO()):
        made = mutants_regexp(lines, ruleFiles=rules, ignorePatterns=[], ignoreStringOnly=True)
    print(json.dumps([(line, after) for line, after, *_ in made]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
