"""docs/audit.md: figures stand between marks, where the tools write them."""

from __future__ import annotations

import re

from compiled import ROOT

PAGE = ROOT / "docs" / "audit.md"


def write(mark: str, text: str) -> None:
    """Replace what stands between <!-- mark --> and <!-- /mark -->."""
    page = PAGE.read_text(encoding="utf-8")
    pattern = rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)"
    assert len(re.findall(pattern, page, re.S)) == 1, f"no marks for {mark} in {PAGE.name}"
    PAGE.write_text(re.sub(pattern, lambda found: f"{found[1]}{text}\n{found[2]}", page, flags=re.S), encoding="utf-8")
