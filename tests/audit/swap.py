"""Contract tests with other bytecode than the project's: a mistake planted in it, or another optimizer's."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import ape_test.provider  # noqa: F401  (ape imports it when it connects, in 0.7 s: once is enough)
import pytest
from ape import networks, project
from ape.logging import LogLevel, logger
from compiled import ROOT, Contract, subjects
from ethpm_types import ContractType

logger.set_level(LogLevel.WARNING)  # as `ape test` does

MOCKS = ROOT / "tests" / "contracts" / "mocks"


def load(config: pytest.Config) -> None:
    """Compile all that the tests deploy, before anything is forked."""
    for source in subjects():
        if source.parent.name == "contracts":
            project.contracts.get(source.stem)
    for source in (ROOT / "tests" / "contracts").rglob("*.vy"):
        _mock(config, source)


def swap(config: pytest.Config, contract: Contract) -> None:
    """Whatever deploys this contract by its name deploys this bytecode."""
    content: dict[str, Any] = {
        "contractName": contract.name,
        "abi": contract.abi,
        "deploymentBytecode": {"bytecode": "0x" + contract.initcode.hex()},
    }
    if contract.source.parent.name == "contracts":
        known = project.manifest.contract_types
        content["sourceId"] = known[contract.name].source_id
        known[contract.name] = ContractType.model_validate(content)
    else:
        _mock(config, contract.source).contract_type = ContractType.model_validate(content)


def start_node(*flags: str) -> subprocess.Popen[bytes]:
    """An Anvil of this process alone. It is there in 50 ms; ape's own start takes longer, and shares a list of nodes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    os.environ["APE_FOUNDRY_HOST"] = f"http://127.0.0.1:{port}"
    provider = networks.ethereum.local.get_provider("foundry")
    provider._host = os.environ["APE_FOUNDRY_HOST"]
    node = subprocess.Popen([*provider.build_command(), *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not _listens(port):
        assert node.poll() is None, "anvil has ended"
        time.sleep(0.005)
    return node


def _mock(config: pytest.Config, source: Path) -> Any:
    """A contract of the tests, as tests/contracts/conftest.py compiles it, once."""
    conftest = ROOT / "tests" / "contracts" / "conftest.py"
    module = next(one for one in config.pluginmanager.get_plugins() if getattr(one, "__file__", "") == str(conftest))
    return module.compiled(os.path.relpath(source.with_suffix(""), MOCKS))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
