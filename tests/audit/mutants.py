"""Mistakes planted in contracts/, one at a time: which of them do the contract tests notice?

    python tests/audit/mutants.py                          30 of each file
    python tests/audit/mutants.py guard PushComm           of these files
    python tests/audit/mutants.py --sample 150 --seed 2    more, and others
    python tests/audit/mutants.py --all                    every one

candidates.py makes the changes. One that does not compile, or compiles to the same bytecode as the contract or as
another one, is passed over. The others run on an Anvil of their own, against the tests that run the changed line
(branches.py has left behind which those are: run it first), until one fails.

The contracts' own code is tried first, to show that nothing fails without a mistake. Then each try is a fork of this
process, in which ape and the tests are loaded already. A file's results are in .build/audit/mutants/ as they come,
so a run that was interrupted goes on where it stopped; `--again` tries anew what has survived. A survivor is
explained in survivors.toml.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from candidates import Candidate, candidates
from compiled import ROOT, Contract, compiled, subjects
from forks import Fork
from reach import FILES, tests, touched
from survivors import report
from swap import load, start_node, swap

RESULTS = ROOT / ".build" / "audit" / "mutants"
LIVE = ("killed", "timeout", "survived")


@dataclass
class Try:
    """A change at work, in one contract after the other."""

    candidate: Candidate
    ahead: list[Path]
    result: dict[str, Any] = field(default_factory=lambda: {"status": "same"})
    started: float = field(default_factory=time.monotonic)
    fork: Fork | None = None


class Campaign:
    """A pytest plugin that runs the collected tests again and again, instead of once."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.items: dict[str, pytest.Item] = {}
        self.outcomes: dict[str, list[dict[str, Any]]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep the tests; ape starts no Anvil where there are none."""
        self.items = {item.nodeid: item for item in session.items}
        session.items.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Every file, one after the other."""
        from hypothesis.internal.conjecture import engine  # not before pytest, which rewrites it

        engine.MAX_SHRINKING_SECONDS = 0  # that a random history fails is enough
        load(session.config)
        self.session = session
        session.testscollected = len(self.items)
        for source in subjects():
            _files(source)
        gc.collect()
        gc.freeze()
        self.control({source for file in self.options.files for source in users(file)})
        for file in self.options.files:
            self.outcomes[file] = self.of_file(file)
        return True

    def control(self, sources: set[Path]) -> None:
        """The code as it is passes: what fails afterwards, fails for the mistake."""
        for source in sorted(sources):
            names = [name for name, test in touched()["tests"].items() if source.stem in _contracts(test)]
            quick = [name for name in names if touched()["tests"][name]["seconds"] < 5]
            result = _wait(Fork(lambda source=source, quick=quick: self.run(original(source), quick), 1800))
            print(f"{source.stem} as it is: {len(quick)} tests, {result['status']}")
            assert result["status"] == "survived", result

    def of_file(self, file: str) -> list[dict[str, Any]]:
        """Try changes of a file until there are enough that compile to something; those."""
        digest = hashlib.sha256((ROOT / "contracts" / file).read_bytes()).hexdigest()[:8]
        kept = RESULTS / f"{Path(file).stem}-{digest}.jsonl"
        known = _read(kept)
        if self.options.again:
            known = {key: result for key, result in known.items() if result["status"] != "survived"}
        ahead, order, running = candidates(file, self.options.seed), [], []
        with kept.open("a") as log:
            while True:
                while len(running) < self.options.workers and self.wanted(order, known, len(running)):
                    candidate = next(ahead, None)
                    if candidate is None:
                        break
                    order.append(candidate)
                    if candidate.key not in known:
                        running.append(Try(candidate, [*users(file)]))
                        self.go_on(running[-1], known)
                if not running:
                    break
                time.sleep(0.02)
                for one in [one for one in running if self.is_done(one, known)]:
                    running.remove(one)
                    known[one.candidate.key] = one.result
                    log.write(json.dumps({"key": one.candidate.key, **one.result}) + "\n")
                    log.flush()
                    self.tell(one, order, known)
        found = [(candidate, known[candidate.key]) for candidate in order]
        return [{"candidate": one, **result} for one, result in found if result["status"] in LIVE][
            : self.options.sample
        ]

    def wanted(self, order: list[Candidate], known: dict[str, Any], running: int) -> bool:
        """Whether one more has to be tried."""
        return _live(order, known) + running < self.options.sample

    def go_on(self, one: Try, known: dict[str, Any]) -> None:
        """Try a change in the next contract that is made of its file."""
        source = one.ahead.pop(0)
        names = [name for name in tests(source.stem, one.candidate.file, one.candidate.line) if name in self.items]
        codes = {result.get("code") for result in known.values()}
        patience = 120 + 5 * sum(touched()["tests"][name]["seconds"] for name in names)
        one.fork = Fork(lambda: self.plant(one.candidate, source, names, codes), patience)

    def is_done(self, one: Try, known: dict[str, Any]) -> bool:
        """Whether it is decided; starts the next contract where it is not."""
        assert one.fork
        result = one.fork.result()
        if result is None:
            return False
        assert result["status"] != "broken", result["by"]
        if result["status"] != "same":
            one.result = {**one.result, **result}
        if result["status"] in ("same", "survived") and one.ahead:
            self.go_on(one, known)
            return False
        one.result["seconds"] = round(time.monotonic() - one.started, 1)
        return True

    def plant(self, candidate: Candidate, source: Path, names: list[str], codes: set[str]) -> dict[str, Any]:
        """In a fork: compile the change, and see whether a test fails."""
        try:
            contract = changed(candidate, source)
            code = contract.initcode
        except Exception as refused:  # the compiler has many ways to say no
            return {"status": "invalid", "by": str(refused)[:200]}
        if code == original(source).initcode:
            return {"status": "same"}
        digest = hashlib.sha256(code).hexdigest()[:16]
        if digest in codes:
            return {"status": "duplicate", "code": digest}
        return {"code": digest, **self.run(contract, names)}

    def run(self, contract: Contract, names: list[str]) -> dict[str, Any]:
        """In a fork: run these tests with this contract until one fails."""
        if not names:
            return {"status": "survived", "by": "no test"}
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        swap(self.session.config, contract)
        self.node = start_node("--disable-code-size-limit")
        self.session.config.pluginmanager.get_plugin("ape-test")._connect()
        items = [self.items[name] for name in names if name in self.items]
        for item, following in zip(items, [*items[1:], None], strict=False):
            reports = runtestprotocol(item, nextitem=following, log=False)
            if failed := next((one for one in reports if one.failed), None):
                return {"status": "killed", "by": item.nodeid, "how": str(failed.longrepr)[-300:]}
        return {"status": "survived", "by": f"{len(items)} tests"}

    def tell(self, one: Try, order: list[Candidate], known: dict[str, Any]) -> None:
        """A line for a try."""
        result, where = one.result, f"{one.candidate.file}:{one.candidate.line}"
        by = result.get("by", "") if result["status"] in ("killed", "survived") else ""
        print(f"{_live(order, known):4} {where:17} {result['seconds']:6.1f} s {result['status']:9} {by}", flush=True)


def changed(candidate: Candidate, source: Path) -> Contract:
    """A contract compiled with a change in one of its files."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "contracts"
        shutil.copytree(ROOT / "contracts", copy)
        (copy / candidate.file).write_text(candidate.source)
        inside = copy / source.name if source.parent.name == "contracts" else source
        contract = compiled(inside, Path(folder), metadata=False)
        contract.initcode, contract.abi  # noqa: B018  (compiled while the folder is there)
        contract.source = source
        return contract


@cache
def original(source: Path) -> Contract:
    """A contract as it is, without the sum over its source that the compiler writes behind the code."""
    return compiled(source, metadata=False)


@cache
def _files(source: Path) -> set[str]:
    sections = original(source).runtime, original(source).constructor
    return {place.file for section in sections for place in section.places.values()}


@cache
def users(file: str) -> tuple[Path, ...]:
    """The contracts that a file is part of and that tests are known to run, the smallest first."""
    ran = {name for test in touched()["tests"].values() for name in _contracts(test)}
    found = [one for one in subjects() if file in _files(one)]
    if left := ", ".join(one.stem for one in found if one.stem not in ran):
        print(f"{file} is part of {left}, too, which branches.py has seen no test of")
    known = (one for one in found if one.stem in ran)
    return tuple(sorted(known, key=lambda one: len(original(one).initcode)))


def _contracts(test: dict[str, Any]) -> set[str]:
    shared = (touched()["fixtures"][name] for name in test["uses"])
    return {name for lines in [test["lines"], *shared] for name in lines}


def _live(order: list[Candidate], known: dict[str, Any]) -> int:
    return sum(known[one.key]["status"] in LIVE for one in order if one.key in known)


def _read(kept: Path) -> dict[str, Any]:
    kept.parent.mkdir(parents=True, exist_ok=True)
    lines = kept.read_text().splitlines() if kept.exists() else []
    return {result.pop("key"): result for result in map(json.loads, lines)}


def _wait(fork: Fork) -> dict[str, Any]:
    while (result := fork.result()) is None:
        time.sleep(0.05)
    return result


def main() -> int:
    """Run the campaign, tell what survived."""
    parser = argparse.ArgumentParser(description="Plant mistakes in contracts/ and see whether the tests notice.")
    parser.add_argument("files", nargs="*", help="such as guard or PushComm; without any, every file of contracts/")
    parser.add_argument("--sample", type=int, default=30, help="how many of each file (30)")
    parser.add_argument("--all", action="store_const", dest="sample", const=sys.maxsize, help="every one")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    parser.add_argument("--workers", type=int, default=2, help="how many at once (2)")
    parser.add_argument("--again", action="store_true", help="try anew what has survived")
    options = parser.parse_args()
    whole = not options.files
    options.files = [f"{name.removesuffix('.vy')}.vy" for name in options.files] or FILES
    os.environ.setdefault("TEST_SEED", str(options.seed))
    os.environ.setdefault("TEST_TIMES", "0.3")  # of the random histories: a survivor goes through all of them
    campaign = Campaign(options)
    code = pytest.main(["tests/contracts", "-qq", "-s", "-p", "no:cacheprovider"], plugins=[campaign])
    return code or report(campaign.outcomes, whole)


if __name__ == "__main__":
    sys.exit(main())
