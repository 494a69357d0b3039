"""Run the sessions that the documentation shows, and write down what they print; with --check, say where a page is wrong.

python scripts/make_sessions.py [--check] [PAGE.md ...]

A page is run from its top in a fresh folder, on a local chain of its own that is stopped at the end. Each ```bash block is
run by bash, each ```python block by Python; a ```text block right after one is what it printed. A block whose first line
ends in "not run here" needs what a test cannot have, such as a public network, and is left out. What stands in a comment
"<!-- begins with: ... -->" is run first: a program that the page takes for granted.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOWN_FOLDER = "/home/you/shop"
"""What a page shows in place of the temporary folder."""

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
_BEGINS = re.compile(r"<!-- begins with:\n(.*?)-->", re.S)
_SECONDS = 300

# What differs from run to run and is no mistake when it does.
_VARIES = (
    (re.compile(r"\b0x[0-9a-f]{64}\b"), "0x(64 digits)"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:(port)"),
    (re.compile(r"process \d+"), "process (number)"),
    (re.compile(r"\b\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?\b"), "(date)"),
    (re.compile(r"\b17\d{8}|18\d{8}\b"), "(seconds)"),
    (re.compile(r"\b\d{50,}\b"), "(number)"),
    # Salts and ids are random, and zero bytes in them are cheaper: gas varies a little, and so does its price.
    (re.compile(r"\b\d{2,3}(,\d{3})+\b"), "(gas)"),
    (re.compile(r"\b\d+\.\d+\b"), "(coins)"),
    (re.compile(r"-{2,}|[ \t]+"), " "),
)


@dataclass(frozen=True)
class Step:
    """A block that is run, and the block of what it prints, where the page shows one (by its place in the page)."""

    language: str
    code: str
    printed: str | None
    at: tuple[int, int]


def steps(page: str) -> list[Step]:
    """What a page runs, in order."""
    blocks = list(_FENCE.finditer(page))
    found = [Step("bash", begins[1], None, (0, 0)) for begins in _BEGINS.finditer(page)]
    for block, following in zip(blocks, [*blocks, None][1:], strict=True):
        if block[1] not in ("bash", "python") or block[2].split("\n")[0].endswith("not run here"):
            continue
        shown = following is not None and following[1] == "text" and not page[block.end() : following.start()].strip()
        printed, at = (following[2], following.span(2)) if shown and following else (None, (0, 0))
        found.append(Step(block[1], block[2], printed, at))
    return found


def run(some: list[Step]) -> Iterator[str]:
    """What each step prints, on stdout and stderr as it comes, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="loyalty-docs-") as temporary:
        folder = Path(temporary) / "shop"
        folder.mkdir()
        try:
            for step in some:
                yield _run(step, folder).replace(str(folder), SHOWN_FOLDER)
        finally:
            # Whatever the page did, and however far it came: its chain ends with it.
            for described in Path(temporary).rglob("anvil.json"):
                _bash("loyalty chain stop", described.parent.parent)


def _run(step: Step, folder: Path) -> str:
    if step.language == "bash":
        return _bash(step.code, folder)
    (folder / "script.py").write_text(step.code, encoding="utf-8")
    return _bash("python script.py", folder)


def _bash(code: str, folder: Path) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("LOYALTY_")}
    path = f"{Path(sys.executable).parent}:{own.get('PATH', '')}"
    done = subprocess.run(
        ["bash", "-c", code],
        cwd=folder,
        env=own | {"PATH": path, "HOME": str(folder.parent), "NO_COLOR": "1", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
    )
    return done.stdout.replace("\ufeff", "")  # the byte order mark of a file that is shown is nothing to see


def alike(text: str) -> list[str]:
    """A text's lines without what varies."""
    for pattern, name in _VARIES:
        text = pattern.sub(name, text)
    return [line.strip() for line in text.strip().splitlines()]


def rewritten(page: str) -> str:
    """The page with what its steps print now, where that is something else."""
    some = steps(page)
    for step, now in reversed(list(zip(some, run(some), strict=True))):
        if step.printed is not None and alike(step.printed) != alike(now):
            start, end = step.at
            page = page[:start] + now.rstrip() + "\n" + page[end:]
    return page


def pages() -> list[Path]:
    """Every page that runs something. The reference of the library shows signatures, which are no scripts."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [p for p in found if p.name != "python.md" and steps(p.read_text(encoding="utf-8"))]


def main() -> None:
    """Write the pages, or compare them."""
    asked = [Path(name).resolve() for name in sys.argv[1:] if name != "--check"]
    wrong = 0
    for path in asked or pages():
        page = path.read_text(encoding="utf-8")
        now = rewritten(page)
        name = str(path.relative_to(ROOT))
        if now == page:
            print(f"{name}: as it is")
        elif "--check" in sys.argv[1:]:
            wrong += 1
            sys.stdout.writelines(difflib.unified_diff(page.splitlines(True), now.splitlines(True), name, "as it runs"))
        else:
            path.write_text(now, encoding="utf-8")
            print(f"{name}: written")
    if wrong:
        sys.exit(f"{wrong} pages show something else than what runs; run: python scripts/make_sessions.py")


if __name__ == "__main__":
    main()
