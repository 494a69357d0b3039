"""A PushComm, its people, and short ways to sign for it."""

from collections.abc import Callable
from typing import Any

import pytest
from ape import chain
from eth_account import Account
from eth_utils import keccak
from web3.exceptions import ContractCustomError, ContractLogicError

from ..plain import plain

IDENTITY = b"0+3+Hello+Body text abcd"


@pytest.fixture(scope="session")
def admin(owner):
    """What the protocol calls the push channel admin."""
    return owner


@pytest.fixture(scope="session")
def channel(accounts):
    """A brand's address, from which it notifies its subscribers."""
    return accounts[8]


@pytest.fixture(scope="session")
def other_channel(accounts):
    return accounts[7]


@pytest.fixture(scope="session")
def delegate(accounts):
    """A server's key that may send for the channel."""
    return accounts[9]


@pytest.fixture(scope="session")
def relayer(stranger):
    """Sends what others signed, and pays for it."""
    return stranger


@pytest.fixture(scope="session")
def signer():
    """A customer's key, which never sends a transaction."""
    return Account.from_key(keccak(text="a customer of the tests"))


@pytest.fixture(scope="session")
def comm(project, admin):
    return admin.deploy(project.PushComm, admin, "LOCAL")


@pytest.fixture(scope="session")
def later() -> Callable[[], int]:
    """An hour from now, as an expiry."""
    return lambda: chain.blocks.head.timestamp + 3600


@pytest.fixture(scope="session")
def web3_comm(comm):
    """The same contract without ape: much faster where a test asks hundreds of questions."""
    return plain(comm)


@pytest.fixture(scope="session")
def refusal(web3_comm) -> Callable[..., str | None]:
    """What a call would revert with, a reason or the bytes of an error; None if it would not. Changes nothing."""

    def reason(function: str, *args: Any, sender: Any) -> str | None:
        try:
            web3_comm.functions[function](*args).call({"from": str(sender)})
        except ContractCustomError as error:
            return str(error.data)
        except ContractLogicError as error:
            return (error.message or "").removeprefix("execution reverted").removeprefix(": ")
        return None

    return reason


def error(signature: str, *words: int) -> str:
    """The bytes of a custom error."""
    return "0x" + keccak(text=signature)[:4].hex() + "".join(f"{word:064x}" for word in words)
