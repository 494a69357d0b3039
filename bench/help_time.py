"""How long `loyalty --help` takes, beside the least that any click program takes: the ratio of the medians."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 21
COMMANDS = {"import click": ["-c", "import click"], "loyalty --help": ["-m", "loyalty", "--help"]}


def seconds(arguments: list[str]) -> float:
    """One run, from start to end of the process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Alternate the two, so that whatever else the machine does falls on both."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds(arguments))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{name:16} {median * 1000:6.0f} ms (median of {RUNS})")
    print(f"ratio            {medians['loyalty --help'] / medians['import click']:6.2f} (wanted: less than 3)")


if __name__ == "__main__":
    main()
