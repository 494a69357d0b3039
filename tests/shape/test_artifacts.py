"""The committed artifacts are what the contracts compile to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from vyper.cli.vyper_compile import compile_files

from loyalty.outbox.wire import CONTRACTS

from .source import ROOT

SOURCES = sorted(path for path in (ROOT / "contracts").glob("*.vy") if path.name[0].isupper())


def artifact(name: str) -> dict[str, object]:
    """A committed artifact."""
    loaded: dict[str, object] = json.loads((ROOT / "loyalty" / "artifacts" / f"{name}.json").read_text())
    return loaded


def test_the_same_source_gives_the_same_bytecode(tmp_path: Path) -> None:
    """Compiled in another folder, by a process that orders its sets differently, it is the committed bytecode to the byte. `make check` compiles it here."""
    folder = tmp_path / "else" / "where"
    shutil.copytree(ROOT / "contracts", folder)
    options = ["-f", "bytecode", "-p", ".", "--optimize", "gas", "--evm-version", "prague"]
    command = [str(Path(sys.executable).with_name("vyper")), *options, *(path.name for path in SOURCES)]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONHASHSEED": "1"}, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.split() == [artifact(path.stem)["bytecode"] for path in SOURCES]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_an_artifact_was_made_from_this_source(path: Path) -> None:
    """The compiler's sum over the contract and its modules is the one in the artifact. `make check` compiles again and compares every byte."""
    compiled = compile_files([str(path)], ["integrity"], paths=[str(path.parent)], include_sys_path=False)
    assert compiled[path]["integrity"] == artifact(path.stem)["sourceSha256"], "run: make artifacts"


def test_every_noun_has_its_artifact() -> None:
    """What a program deploys is there to be deployed."""
    assert set(CONTRACTS.values()) == {path.stem for path in SOURCES}
    assert {path.stem for path in (ROOT / "loyalty" / "artifacts").glob("*.json")} == set(CONTRACTS.values())


@pytest.mark.parametrize("name", CONTRACTS.values())
def test_a_contract_can_be_deployed(name: str) -> None:
    """Its code is within what chains take, and was made by the pinned compiler."""
    made = artifact(name)
    assert made["compiler"] == {"name": "vyper", "version": "0.4.3", "evmVersion": "prague", "optimize": "gas"}
    assert int(str(made["runtimeBytes"])) <= 24_576
    assert len(str(made["bytecode"])) // 2 <= 49_152


@pytest.mark.parametrize("name", CONTRACTS.values())
def test_nothing_takes_ether(name: str) -> None:
    """No function and no constructor is payable: what is sent by mistake comes back."""
    assert [entry for entry in artifact(name)["abi"] if entry.get("stateMutability") == "payable"] == []  # type: ignore[attr-defined]


def test_an_artifact_names_no_path() -> None:
    """The same source gives the same file on every machine."""
    for path in SOURCES:
        text = (ROOT / "loyalty" / "artifacts" / f"{path.stem}.json").read_text()
        assert str(Path.home()) not in text and str(ROOT) not in text
