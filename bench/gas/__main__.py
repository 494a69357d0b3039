"""What the contracts cost in gas, beside what others cost, on a local Anvil: the same on every machine.

    python -m bench.gas [--ours]

Every call is a transaction of its own; its receipt's gasUsed is divided by how many it served. Without --ours the
rivals are measured too, on the same chain (`make bench-gas` fetches them), and results.json and the docs are written.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bench.gas import longest, ours, report, rivals
from bench.gas.chain import WIDE, Chain
from bench.gas.rows import Row, before, lowest, told
from loyalty.program import Program


def measured(with_rivals: bool, about: dict[str, str]) -> Iterator[Row]:
    """Everything on one chain; then the longest calls, on one that refuses what is too big."""
    with tempfile.TemporaryDirectory() as folder, Program.init("Bench", Path(folder)) as program:
        program.chain.start(extra=WIDE)
        try:
            yield from ours.deployments(program)
            chain = Chain(program)
            about["Anvil"] = chain.node.ask("web3_clientVersion").removeprefix("anvil/v")
            yield from ours.calls(chain)
            if with_rivals:
                yield from rivals.calls(chain)
        finally:
            program.chain.stop()
    with tempfile.TemporaryDirectory() as folder, Program.init("Bench", Path(folder)) as program:
        program.chain.start(extra=longest.CAPPED)
        try:
            program.deploy()
            yield from longest.calls(Chain(program))
        finally:
            program.chain.stop()


def main() -> None:
    """Measure and print; with the rivals, write the results and the pages that quote them."""
    with_rivals = sys.argv[1:] != ["--ours"]
    about = {"Vyper": version("vyper"), "snekmate": version("snekmate")}
    rows = list(measured(with_rivals, about))
    if not with_rivals:
        print(report.calls([told(row, rows) for row in rows]))
        return
    about |= {"solc": rivals.compiled()["solc"], **rivals.versions()}
    rows += [*before(), *lowest()]
    lines = ",\n".join("  " + json.dumps(told(row, rows)) for row in rows)
    report.RESULTS.write_text(f'{{"about": {json.dumps(about)},\n"rows": [\n{lines}\n]}}\n')
    print(report.write())


if __name__ == "__main__":
    main()
