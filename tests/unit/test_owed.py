"""Pending points: held back, cancelled, and told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from loyalty import units
from loyalty.errors import SettingsError
from loyalty.program import Program

WALLET = "0x00000000005dbcb0d0513fcda746382fe8a53468"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A program that has no chain: none of this needs one."""
    return Program.init("Pending", tmp_path)


def test_a_queued_award_is_cancelled_once(program: Program) -> None:
    """Cancelling ends the award, says so again the second time, and its key pays nothing any more."""
    program.points.award(WALLET, 5, key="k", not_before=units.now() + 86_400)
    first, second = program.points.cancel("k"), program.points.cancel("k")
    assert (first.state, first.new, second.state, second.new) == ("cancelled", True, "cancelled", False)
    again = program.points.award(WALLET, 5, key="k")
    assert (again.state, again.new) == ("cancelled", False)
    assert program.status().queue == {"points.award": {"cancelled": 1}}


def test_an_unknown_award_cannot_be_cancelled(program: Program) -> None:
    """A key that stands for no award is refused in one sentence."""
    with pytest.raises(SettingsError, match='there is no award "k" in the ledger'):
        program.points.cancel("k")


def test_held_back_points_are_not_due(program: Program) -> None:
    """Status tells what is due apart from what waits for its day."""
    program.points.award(WALLET, 5, key="now")
    program.points.award(WALLET, 5, key="later", not_before=units.now() + 86_400)
    attention = program.status().attention
    assert "1 operation due and 0 transactions under way; run: loyalty send" in attention
    assert "1 operation held back until later; loyalty send takes them when their day has come" in attention


def paid(program: Program, tmp_path: Path, text: str, **how: object) -> tuple[int, int]:
    """How many awards of a file are new, and how many known."""
    path = tmp_path / "awards.csv"
    path.write_text(text)
    taken = program.points.award_file(path, **how)  # type: ignore[arg-type]
    return taken.new, taken.known


def test_a_file_without_its_label_is_known(program: Program, tmp_path: Path) -> None:
    """Rows that came in under a label are the same payments without it: forgetting the label pays nobody again."""
    june = f"wallet,amount\n{WALLET},80\n"
    assert paid(program, tmp_path, june) == (1, 0)
    assert paid(program, tmp_path, june, label="june") == (1, 0)
    assert paid(program, tmp_path, june, label="June") == (0, 1)
    assert paid(program, tmp_path, june) == (0, 1)
    assert paid(program, tmp_path, june + f"{WALLET},80\n") == (0, 2)
    assert paid(program, tmp_path, june + f"{WALLET},80\n{WALLET},80\n", only_new=True) == (1, 2)


def test_a_corrected_row_is_paid_once_in_either_file(program: Program, tmp_path: Path) -> None:
    """A refused row that was corrected is a payment of its own, and correcting the first file as well adds none."""
    assert paid(program, tmp_path, f"wallet,amount\n{WALLET},51\n{WALLET},5l\n", skip_bad=True) == (1, 0)
    bad = f"bad_line,bad_reason,wallet,amount\n3,no amount,{WALLET},51\n"
    assert paid(program, tmp_path, bad) == (1, 0)
    assert paid(program, tmp_path, bad) == (0, 1)
    assert paid(program, tmp_path, f"wallet,amount\n{WALLET},51\n{WALLET},51\n") == (0, 2)


def test_a_misspelt_column_is_named(program: Program, tmp_path: Path) -> None:
    """A column that means nothing here is told, so that a misspelt one is not missed."""
    path = tmp_path / "awards.csv"
    path.write_text(f"wallet,amount,keys\n{WALLET},5,o1\n")
    assert program.points.award_file(path).unused == ("keys",)
