"""What the contract tests share: the people, the clock, and contracts that only tests need."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ape import chain
from ape.contracts import ContractContainer
from ethpm_types import ContractType
from web3.exceptions import ContractLogicError

from . import histories
from .plain import plain
from .quick import quicken

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

# Far enough ahead that no run overtakes it, in a month with a 29 February still before it.
START = datetime(2031, 11, 20, 12, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    """Keep tests apart our way (`unchanged`): ape's takes fixtures of the same name in two folders for one.

    And compile again what ape would not: it looks at a contract's own file, and not at the modules it imports.
    """
    config.option.disable_isolation = True
    quicken()
    compiled, seen = ROOT / ".build" / "__local__.json", ROOT / ".build" / "sources.sha256"
    sources = sorted((ROOT / "contracts").glob("*.vy"))
    now = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    if not seen.exists() or seen.read_text() != now:
        compiled.unlink(missing_ok=True)
        seen.parent.mkdir(exist_ok=True)
        seen.write_text(now)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much chance there was."""
    for machine, steps in sorted(histories.played.items()):
        terminalreporter.write_line(f"{machine.removeprefix('tests.contracts.')}: {steps:,} random steps")


@pytest.fixture(scope="session")
def owner(accounts):
    """Deploys, sets issuers, partners and the guardian."""
    return accounts[0]


@pytest.fixture(scope="session")
def issuer(accounts):
    """The key of the shop's server: issues within its budget."""
    return accounts[1]


@pytest.fixture(scope="session")
def guardian(accounts):
    """May pause, and stop an issuer."""
    return accounts[2]


@pytest.fixture(scope="session")
def partner(accounts):
    """Takes points in payment."""
    return accounts[3]


@pytest.fixture(scope="session")
def customer(accounts):
    return accounts[4]


@pytest.fixture(scope="session")
def other_customer(accounts):
    return accounts[5]


@pytest.fixture(scope="session")
def stranger(accounts):
    """Has nothing and may do nothing that not everyone may do."""
    return accounts[6]


@pytest.fixture(scope="session")
def former_issuer(accounts):
    """Was an issuer once."""
    return accounts[7]


@pytest.fixture(scope="session", autouse=True)
def start_of_time():
    """Every run happens at the same date, so none fails only in some month."""
    chain.provider.web3.middleware_onion.remove("validation")  # it asks for the chain's id before each call
    chain.mine(timestamp=int(START.timestamp()))


@pytest.fixture(autouse=True)
def unchanged(start_of_time):
    """Each test begins where the session's fixtures left the chain: pytest has made those that it needs by now."""
    snapshot = chain.snapshot()
    yield
    chain.restore(snapshot)


@pytest.fixture(scope="session")
def travel() -> Callable[..., int]:
    """Mine a block at a moment, given as unix seconds or as a date in UTC; calls then see that moment."""

    def to(moment: int, *date: int) -> int:
        timestamp = int(datetime(moment, *date, tzinfo=UTC).timestamp()) if date else moment
        chain.mine(timestamp=timestamp)
        return timestamp

    return to


@cache
def compiled(name: str) -> ContractContainer:
    """A contract from mocks/, compiled here: what only tests need stays out of contracts/."""
    command = ["vyper", "-p", str(ROOT), "-f", "abi,bytecode", str(HERE / "mocks" / f"{name}.vy")]
    abi, bytecode = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    content: dict[str, Any] = {
        "contractName": name,
        "abi": json.loads(abi),
        "deploymentBytecode": {"bytecode": bytecode},
    }
    return ContractContainer(ContractType.model_validate(content))


@pytest.fixture(scope="session")
def mock() -> Callable[[str], ContractContainer]:
    """How to get one of them."""
    return compiled


@pytest.fixture(scope="session")
def wallet(mock, owner):
    """A contract wallet (ERC-1271) that answers as told."""
    return owner.deploy(mock("Wallet"))


@pytest.fixture(scope="session")
def refusal() -> Callable[..., str | None]:
    """Why a call would be refused, or None. Many times faster than a transaction and its trace."""

    def why(method, *args, sender, gas: int = 16_000_000) -> str | None:
        call = plain(method.contract).functions[method.abis[0].name](*args)
        try:
            call.call({"from": str(sender), "gas": gas})
        except ContractLogicError as exc:
            return exc.message.removeprefix("execution reverted: ")
        return None

    return why
