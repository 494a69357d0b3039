"""Draw what `loyalty demo` prints into docs/demo.svg: run by hand when its output changes (figures of time differ each run)."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

TARGET = Path(__file__).resolve().parent.parent / "docs" / "demo.svg"
WIDTH = 132


def main() -> None:
    """Run the demo in a folder of its own and draw its output."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "loyalty", "demo"], cwd=folder, capture_output=True, text=True, check=True
        )
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ loyalty demo", style="bold green"))
    console.print(Text(done.stderr.rstrip(), style="dim"))
    console.print(Text(done.stdout.rstrip()))
    svg = console.export_svg(title="loyalty demo")
    # The picture must not fetch a font from anywhere when it is looked at.
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(svg.replace("Fira Code", "monospace"), encoding="utf-8")


if __name__ == "__main__":
    main()
