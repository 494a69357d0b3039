"""Who may do what: every external function of every contract, as every actor.

The list of functions comes from the ABI, so one that is added without a row here fails. Each row's call is right in every
respect but its caller. docs/access.md is written from the same rows: WRITE_DOCS=1 makes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ape import chain
from eth_utils import keccak
from hexbytes import HexBytes

from ..plain import plain
from . import stages
from .rows import ACTORS, EVERYONE, Row

PAGE = Path(__file__).resolve().parents[3] / "docs" / "access.md"
CONTRACTS = ("Points", "Poap", "Warranty", "Rewards", "PushComm")
MARK = "<!-- written by tests/contracts/access; WRITE_DOCS=1 makes it anew -->"


@pytest.fixture(scope="session")
def table(project, owner, people, appoint, sign, deadline, mock) -> dict[str, tuple[Any, dict[str, Row]]]:
    """Each contract with its rows."""
    stage = stages.Stage(project, owner, people, appoint, sign, deadline, mock)
    return {name: getattr(stages, name.lower())(stage) for name in CONTRACTS}


def outcome(contract: Any, function: str, args: tuple[Any, ...], sender: str) -> str:
    """What the call would come to: empty when it works, else the reason, or the error's name."""
    call = plain(contract).functions[function](*args)
    asked = {**call.question, "from": sender, "gas": hex(10_000_000)}
    answer = chain.provider.web3.provider.make_request("eth_call", [asked, "latest"])
    if "error" in answer:
        return reason(contract, answer["error"])
    if call.function.returned == ["bool"] and not any(HexBytes(answer["result"])):
        return "returns false"
    return ""


def reason(contract: Any, error: dict[str, Any]) -> str:
    """The text of a refusal, or which of PushComm's errors it is."""
    data = HexBytes(error.get("data") or b"")
    for name in stages.ERRORS:
        if data[:4] == keccak(text=name)[:4]:
            return name
    return str(error["message"]).removeprefix("execution reverted").removeprefix(": ") or "refused"


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_function_has_a_row(table, name):
    """A function that changes something is in the table, and nothing else is."""
    contract, rows = table[name]
    assert {method.name for method in contract.contract_type.mutable_methods} == set(rows)


@pytest.mark.parametrize("name", CONTRACTS)
def test_nothing_takes_money(table, name):
    """No function is payable: money sent along is refused, and none can get stuck."""
    contract, _ = table[name]
    assert {method.stateMutability for method in contract.contract_type.mutable_methods} == {"nonpayable"}


@pytest.mark.parametrize("name", CONTRACTS)
def test_each_actor_may_do_what_it_may_and_no_more(table, people, name):
    """The same call works for those who may, and every other is told the row's reason."""
    contract, rows = table[name]
    for function, row in rows.items():
        found = {actor: outcome(contract, function, row.args, people[actor].address) for actor in ACTORS}
        assert found == {actor: row.outcome(actor) for actor in ACTORS}, function


@pytest.mark.parametrize("name", CONTRACTS)
def test_views_answer_everyone_alike(table, people, name):
    """What is read does not depend on who reads, for every view of the ABI."""
    contract, _ = table[name]
    for method in contract.contract_type.view_methods:
        args = tuple(stages.some(entry, people) for entry in method.inputs)
        found = {outcome(contract, method.name, args, people[actor].address) for actor in ACTORS}
        assert len(found) == 1, method.name


def test_a_handover_leaves_the_old_owner_nothing(table, people):
    """Once the new owner has accepted, the old one is told what a stranger is told, by every function."""
    for name, (contract, rows) in table.items():
        if name == "PushComm":
            continue
        snapshot = chain.snapshot()
        contract.accept_ownership(sender=people["pending owner"])
        for function, row in rows.items():
            if "owner" in row.may and row.may != EVERYONE:
                found = outcome(contract, function, row.args, people["owner"].address)
                assert found == row.outcome("stranger"), (name, function)
        chain.restore(snapshot)


def test_the_page_says_the_same(table):
    """docs/access.md is this table."""
    text = page({name: rows for name, (_, rows) in table.items()})
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def page(tables: dict[str, dict[str, Row]]) -> str:
    """The tables in Markdown: a tick for who may, and the refusals by letter below."""
    parts = [
        "# Who may call what",
        "Every function of every contract that changes something, tried by every actor with a call that is otherwise right "
        "([tests](../tests/contracts/access/test_access.py)). A function without a row fails the tests. A tick: it works. A letter: "
        "it is refused, with the reason below the table. Views answer everyone alike. What the worst is that each actor can do: "
        "[security.md](security.md).",
        MARK,
    ]
    for name, rows in tables.items():
        refusals = sorted({row.outcome(a) for row in rows.values() for a in ACTORS} - {""})
        letters = {text: chr(ord("a") + i) for i, text in enumerate(refusals)}
        head = ["| function | " + " | ".join(ACTORS) + " |", "|---|" + ":-:|" * len(ACTORS)]
        lines = []
        for function, row in sorted(rows.items()):
            cells = [letters.get(row.outcome(actor), "\N{CHECK MARK}") for actor in ACTORS]
            lines.append(f"| `{function}` | " + " | ".join(cells) + " |")
        note = stages.NOTES.get(name, "")
        parts += [f"## {name}", *([note] if note else []), "\n".join(head + lines)]
        parts.append("\n".join(f"- **{letter}**: {text}" for text, letter in letters.items()))
    return "\n\n".join(parts) + "\n"
