"""The tables of the results, and the pages that quote them.

    python -m bench.gas.report [--check]

Each page keeps its tables between two marks, and only what is between them is replaced.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.gas.goals import judged
from bench.gas.rows import FLOOR, HOLDERS, OURS, SIZES
from loyalty.outbox.wire import GAS_CAP

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results.json")
PAGES = (ROOT / "docs" / "gas.md", ROOT / "docs" / "contracts.md")
MARKS = re.compile(r"(<!-- made from bench/gas/results\.json: ([\w ]+) -->\n).*?(<!-- end -->)", re.S)

ORDER = {FLOOR: 0, OURS: 1}
Rows = list[dict[str, Any]]


def table(*lines: Iterable[str]) -> str:
    """A Markdown table: the first line is its head; every column after the words is of numbers."""
    cells = [list(line) for line in lines]
    wide = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    words = [not all(re.fullmatch(r"[-\d,.+()/% ]*", line[i]) for line in cells[1:]) for i in range(len(wide))]
    rule = ["-" * w if left else "-" * (w - 1) + ":" for w, left in zip(wide, words, strict=True)]
    padded = [
        [c.ljust(w) if left else c.rjust(w) for c, w, left in zip(line, wide, words, strict=True)] for line in cells
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in (padded[0], rule, *padded[1:]))


def figure(row: dict[str, Any] | None) -> str:
    """Gas each, with a + where the call is too big for real networks, in brackets where it was measured before."""
    if row is None:
        return ""
    text = f"{row['each']:,.0f}" + ("+" if row["too_big"] else "")
    return f"({text})" if row["source"] else text


def find(rows: Rows, count: int, holders: str) -> dict[str, Any] | None:
    """The row of so many recipients; a transaction for each counts as one."""
    for row in rows:
        size = 1 if row["calls"] == row["count"] else row["count"]
        if (size, row["holders"]) == (count, holders):
            return row
    return None


def kinds(rows: Rows, group: str) -> list[Rows]:
    """The rows of a group by whose they are and how they are called: the floors, ours, the rivals'."""
    found: dict[tuple[str, str], Rows] = {}
    for row in rows:
        if row["group"] == group:
            # Ours has one way for one recipient and another for many: one line.
            call = "" if row["who"] == OURS and group in ("points", "badges") else row["call"]
            found.setdefault((row["who"], call), []).append(row)
    return [found[key] for key in sorted(found, key=lambda key: ORDER.get(key[0], 2))]


def who(row: dict[str, Any]) -> str:
    """Whose a line is."""
    return f"**{row['who']}**" if row["who"] == OURS else str(row["who"])


def against(some: Rows, what: str, at: int, base: Rows | None = None) -> str:
    """How often the floor, or ours, goes into a line: new holders / returning ones, at one size."""
    parts = []
    for holders in HOLDERS:
        row = find(some, at, holders) or (find(some, 1, holders) if base else None)
        if row and base:
            peer = find(base, at, holders)
            parts.append(f"{row['each'] / peer['each']:.2f}" if peer else "")
        elif row:
            parts.append(f"{row[what]:.2f}" if row[what] else "")
    return " / ".join(part for part in parts if part)


def sizes(rows: Rows, group: str, at: int) -> str:
    """Gas for each recipient by how many share a call."""
    head = ["who", "call", *(f"{h} {n:,}" for h in HOLDERS for n in SIZES), "x floor", f"x ours at {at:,}"]
    lines = kinds(rows, group)
    (mine,) = (some for some in lines if some[0]["who"] == OURS)
    body = []
    for some in lines:
        if len(some) <= len(HOLDERS) and some[0]["who"] == FLOOR:
            continue  # of single ones
        biggest = at if find(some, at, "new") or find(some, at, "returning") else 1
        floor, times = against(some, "times_floor", biggest), against(some, "", at, mine)
        cells = [figure(find(some, n, h)) for h in HOLDERS for n in SIZES]
        body.append([who(some[-1]), some[-1]["call"], *cells, floor, times])
    return table(head, *body)


def points(rows: Rows) -> str:
    return sizes(rows, "points", 500)


def badges(rows: Rows) -> str:
    return sizes(rows, "badges", 1_000)


def badges_again(rows: Rows) -> str:
    """A list that is on chain already."""
    body = []
    for some in kinds(rows, "badges again"):
        cells = [figure(find(some, n, "returning")) for n in SIZES[1:]]
        ratios = [against(some, what, 1_000) for what in ("times_floor", "times_ours")]
        body.append([who(some[-1]), some[-1]["call"], *cells, *ratios])
    return table(["who", "call", *(f"{n:,}" for n in SIZES[1:]), "x floor", "x ours"], *body)


def singles(rows: Rows) -> str:
    """One recipient, in a transaction of its own."""
    body = []
    for group in ("points", "badges"):
        for some in kinds(rows, group):
            new, back = (find(some, 1, h) for h in HOLDERS)
            if new and (new["who"] in ORDER or "one by one" in new["call"]):
                cells = [figure(new), figure(back), against(some, "times_floor", 1), against(some, "times_ours", 1)]
                body.append([group, who(new), new["call"], *cells])
    return table(["what", "who", "call", "new", "returning", "x floor", "x ours"], *body)


def epochs(rows: Rows) -> str:
    """A root published, and claims from it."""
    body = []
    all_of_it = sorted((r for r in rows if r["group"] == "merkle"), key=lambda r: ORDER.get(r["who"], 2))
    for name in dict.fromkeys(row["who"] for row in all_of_it):
        found = {(r["call"], r["holders"]): r for r in all_of_it if r["who"] == name}
        cells = [
            found.get(key)
            for key in (("publish, first", ""), ("publish", ""), ("claim", "new"), ("claim", "returning"))
        ]
        ratios = [
            " / ".join(f"{row[what]:.2f}" for row in cells[2:] if row and row[what])
            for what in ("times_floor", "times_ours")
        ]
        body.append([f"**{name}**" if name == OURS else name, *map(figure, cells), *ratios])
    return table(
        ["who", "first root", "next root", "claim, new", "claim, returning", "x floor, claims", "x ours, claims"], *body
    )


def plain(rows: Rows, group: str) -> str:
    """Whatever was measured once: no sizes to compare."""
    body = []
    for row in sorted((r for r in rows if r["group"] == group), key=lambda r: ORDER.get(r["who"], 2)):
        ratios = [f"{row[what]:.2f}" if row[what] else "" for what in ("times_floor", "times_ours")]
        body.append([who(row), row["call"], row["holders"], f"{row['count'] // row['calls']:,}", figure(row), *ratios])
    return table(["who", "call", "wallets", "in one call", "gas each", "x floor", "x ours"], *body)


def longest(rows: Rows) -> str:
    """The outbox's longest calls, and how much of the cap they use."""
    body = []
    for row in rows:
        if row["group"] == "longest":
            gas = (f"{row['gas']:,}", f"{row['gas'] / GAS_CAP:.0%}") if row["gas"] else ("not measured", "")
            body.append([row["call"], f"{row['count']:,}", *gas])
    return table(["operation", "in one call", "gas", "of the cap"], *body)


def goals(rows: Rows) -> str:
    """What was meant, what was measured, and whether it was met."""
    body = []
    for goal, found in judged(rows):
        met = (
            "not measured"
            if found is None
            else "met"
            if found <= goal.limit
            else f"not met, {found / goal.limit - 1:.1%} over"
        )
        body.append([goal.what, f"{goal.limit:,}", "" if found is None else f"{found:,.0f}", met])
    return table(["goal", "at most", "measured", ""], *body)


PREFIX = {
    "deploy": "deploy ", "points": "Points.", "merkle": "Points epoch: ", "badges": "Poap.", "badges again": "Poap.",
    "warranty": "Warranty.register, ", "notify": "PushComm.", "other": "",
}  # fmt: skip


def calls(rows: Rows) -> str:
    """What each of our own calls costs."""
    body = []
    for row in rows:
        if row["who"] == OURS and row["group"] in PREFIX:
            many = "1" if row["calls"] == row["count"] else f"{row['count']:,}"
            gas = row["gas"] / row["count"] * int(many.replace(",", ""))
            body.append(
                [PREFIX[row["group"]] + row["call"], row["holders"], many, f"{gas:,.0f}", f"{row['each']:,.0f}"]
            )
    return table(["call", "wallets", "served", "gas", "gas each"], *body)


TABLES: dict[str, Callable[[Rows], str]] = {
    "goals": goals,
    "points": points,
    "badges": badges,
    "badges again": badges_again,
    "singles": singles,
    "epochs": epochs,
    "warranties": lambda rows: plain(rows, "warranty"),
    "notifications": lambda rows: plain(rows, "notify"),
    "longest": longest,
    "calls": calls,
}


def load() -> tuple[dict[str, str], Rows]:
    """The results as they were written."""
    found = json.loads(RESULTS.read_text())
    return found["about"], found["rows"]


def page(text: str) -> str:
    """A page with its tables written anew."""
    about, rows = load()
    made = {name: make(rows) for name, make in TABLES.items()}
    made["versions"] = "Measured with " + ", ".join(f"{name} {number}" for name, number in about.items()) + "."
    return MARKS.sub(lambda m: f"{m[1]}{made[m[2]]}\n{m[3]}", text)


def write() -> str:
    """Put the tables into the pages; all of them, for a terminal."""
    for path in PAGES:
        path.write_text(page(path.read_text()))
    _, rows = load()
    return "\n\n".join(f"{name}\n{make(rows)}" for name, make in TABLES.items())


def main() -> int:
    """Write the pages, or say which is out of date; the exit code."""
    if sys.argv[1:] == ["--check"]:
        old = [path.name for path in PAGES if page(path.read_text()) != path.read_text()]
        if old:
            print(f"docs/{', docs/'.join(old)}: out of date; run: python -m bench.gas.report")
        return bool(old)
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
