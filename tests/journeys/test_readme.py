"""What the documentation tells people to paste, pasted: it prints what the page says it prints."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.make_sessions import ROOT, alike, pages, run, steps

SOME = [ROOT / "README.md"]


@pytest.mark.parametrize(
    "page", pages() if os.environ.get("DOC_PAGES") == "all" else SOME, ids=lambda page: str(page.relative_to(ROOT))
)
def test_prints_what_it_says(page: Path) -> None:
    """Each session of the page, and each script, run in a fresh folder on a chain of its own, prints what stands under it."""
    shown = steps(page.read_text(encoding="utf-8"))
    assert any(step.printed for step in shown)
    for step, printed in zip(shown, run(shown), strict=True):
        if step.printed is not None:
            assert alike(step.printed) == alike(printed), step.code


def test_what_varies_is_not_all() -> None:
    """The comparison forgives ports, hashes, dates and gas, and nothing else: an amount, an address or a word counts."""
    line = "Sent 9 operations in 6 transactions: 738,387 gas, 0.00112 test ETH."
    assert alike(line) == alike(line.replace("738,387", "738,399").replace("0.00112", "0.00113"))
    assert alike(line) != alike(line.replace("9 operations", "8 operations"))
    assert alike("Points   200") != alike("Points   201")
    assert alike("Signer 0x" + "a" * 40) != alike("Signer 0x" + "b" * 40)
    assert alike("until 2028-12-01") == alike("until 2029-01-01")
