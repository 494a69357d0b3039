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
