"""What a campaign of mutants.py found, for people: a table, and each survivor with why nobody noticed it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from candidates import Candidate
from compiled import tree
from page import write
from vyper.ast import nodes

EXPLAINED = Path(__file__).parent / "survivors.toml"
GOAL = 95  # per cent


def report(outcomes: dict[str, list[dict[str, Any]]], whole: bool) -> int:
    """Print it, and write it into the page where every file was tried; 1 where a goal is missed or a survivor not explained."""
    rows = [
        "| file | mistakes | noticed | by their cost alone | survived | of these no mistake | noticed of the others |"
    ]
    rows += ["|" + "---|" * 7]
    notes, good = [], True
    for file, results in outcomes.items():
        survivors = [one for one in results if one["status"] == "survived"]
        reasons = [_reason(one["candidate"]) for one in survivors]
        harmless = sum(bool(reason.get("equivalent")) for reason in reasons)
        noticed, others = len(results) - len(survivors), len(results) - harmless
        share = 100 * noticed / others if others else 100.0
        costly = sum("test_gas" in one.get("by", "") for one in results)
        rows.append(
            f"| {file} | {len(results)} | {noticed} | {costly} | {len(survivors)} | {harmless} | {share:.1f} % |"
        )
        good = good and share >= GOAL and all(reason["why"] for reason in reasons)
        notes += [_note(one, reason) for one, reason in zip(survivors, reasons, strict=True)]
    text = "\n".join([*rows, "", *(notes or ["None survived."])])
    print(f"\n{text}")
    if whole:
        write("mutants", text)
    return int(not good)


def _note(result: dict[str, Any], reason: dict[str, Any]) -> str:
    one: Candidate = result["candidate"]
    why = reason["why"] or f"**not explained yet** ({result['by']} passed)"
    after = "; ".join(line.strip(" ;\n") for line in one.after.strip().splitlines()) or "(nothing)"
    return f"- `{one.file}:{one.line}` `{one.before.strip()}` → `{after}`: {why}"


def _reason(candidate: Candidate) -> dict[str, Any]:
    """Why a change is not noticed. It is told apart by its function and its text, for lines move."""
    change = candidate.file, _function(candidate), candidate.before.strip(), candidate.after.strip()
    for one in tomllib.loads(EXPLAINED.read_text()).get("survivor", []):
        if (one["file"], one.get("function", ""), one["before"].strip(), one["after"].strip()) == change:
            return dict(one)
    return {"why": ""}


def _function(candidate: Candidate) -> str:
    functions = tree(candidate.file).get_children(nodes.FunctionDef)
    inside = (one.name for one in functions if one.lineno <= candidate.line <= one.end_lineno)
    return next(inside, "")
