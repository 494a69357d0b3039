"""What the contract tests share: the people, the clock, and contracts that only tests need."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ape import chain
from ape.contracts import ContractContainer
from ethpm_types import ContractType
from web3.exceptions import ContractLogicError

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

# Far enough ahead that no run overtakes it, in a month with a 29 February still before it.
START = datetime(2031, 11, 20, 12, tzinfo=UTC)


def pytest_configure() -> None:
    """Compile again what ape would not: it looks at a contract's own file, and not at the modules it imports."""
    compiled = ROOT / ".build" / "__local__.json"
    changed = max(source.stat().st_mtime for source in (ROOT / "contracts").glob("*.vy"))
    if compiled.exists() and compiled.stat().st_mtime < changed:
        compiled.unlink()


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
    chain.mine(timestamp=int(START.timestamp()))


@pytest.fixture(scope="session")
def travel() -> Callable[..., int]:
    """Mine a block at a moment, given as unix seconds or as a date in UTC; calls then see that moment."""

    def to(moment: int, *date: int) -> int:
        timestamp = int(datetime(moment, *date, tzinfo=UTC).timestamp()) if date else moment
        chain.mine(timestamp=timestamp)
        return timestamp

    return to


@pytest.fixture(scope="session")
def mock() -> Callable[[str], ContractContainer]:
    """A contract from mocks/, compiled here: what only tests need stays out of contracts/."""

    def compiled(name: str) -> ContractContainer:
        command = ["vyper", "-p", str(ROOT), "-f", "abi,bytecode", str(HERE / "mocks" / f"{name}.vy")]
        abi, bytecode = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        content: dict[str, Any] = {
            "contractName": name,
            "abi": json.loads(abi),
            "deploymentBytecode": {"bytecode": bytecode},
        }
        return ContractContainer(ContractType.model_validate(content))

    return compiled


@pytest.fixture(scope="session")
def wallet(mock, owner):
    """A contract wallet (ERC-1271) that answers as told."""
    return owner.deploy(mock("Wallet"))


@pytest.fixture(scope="session")
def refusal() -> Callable[..., str | None]:
    """Why a call would be refused, or None. Many times faster than a transaction and its trace."""

    def why(method, *args, sender, gas: int = 16_000_000) -> str | None:
        data = method.encode_input(*args).to_0x_hex()
        call = {"from": str(sender), "to": str(method.contract.address), "gas": gas, "data": data}
        try:
            chain.provider.web3.eth.call(call)
        except ContractLogicError as exc:
            return exc.message.removeprefix("execution reverted: ")
        return None

    return why
