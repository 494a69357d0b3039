"""The contract suite on what the compiler's other optimizers make of contracts/: a fault of one of them would show.

    python tests/audit/optimizers.py                      codesize and none, every contract test
    python tests/audit/optimizers.py none tests/contracts/pushcomm

`gas` is what is deployed, and what `make test-contracts` runs. Bounds of gas and of size hold for it alone, so the
tests of them (test_gas.py, and those marked `deployed`) are skipped. What `none` makes is longer than chains take (EIP-170), so Anvil's limit is off: nobody deploys it.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from compiled import compiled, subjects
from swap import load, start_node, swap

LEVELS = ("codesize", "none", "gas")


class Optimized:
    """A pytest plugin that deploys every contract as one optimizer makes it."""

    def __init__(self, level: str) -> None:
        self.level = level
        self.sizes: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Before ape connects: the tests of gas leave, and the contracts come."""
        if self.level != "gas":
            why = f"a bound of what is deployed (-O gas); this is -O {self.level}"
            for item in session.items:
                if item.path.name == "test_gas.py" or item.get_closest_marker("deployed"):
                    item.add_marker(pytest.mark.skip(reason=why))
        load(session.config)
        for source in subjects():
            contract = compiled(source, level=self.level)
            self.sizes.append(f"{contract.name} {len(contract.data.bytecode_runtime):,}")
            swap(session.config, contract)
        self.node = start_node("--disable-code-size-limit")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what ran."""
        terminalreporter.write_line(f"-O {self.level}, in bytes: {', '.join(self.sizes)}")

    def pytest_unconfigure(self) -> None:
        """Leave nothing running."""
        if node := getattr(self, "node", None):
            node.kill()
            node.wait()


def main(arguments: list[str]) -> int:
    """One level here, or each in a process of its own."""
    levels = [one for one in arguments if one in LEVELS]
    rest = [one for one in arguments if one not in LEVELS]
    if len(levels) == 1:
        return int(pytest.main(rest or ["tests/contracts", "-q"], plugins=[Optimized(levels[0])]))
    runs = [subprocess.run([sys.executable, __file__, level, *rest]) for level in levels or LEVELS[:2]]
    return max(run.returncode for run in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
