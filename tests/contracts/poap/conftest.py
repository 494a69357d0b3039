"""A Poap with one event of each kind, and short ways to fill it."""

import itertools
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from ape import chain
from eth_utils import keccak, to_checksum_address
from web3.exceptions import ContractLogicError

from ..plain import plain
from .model import BOTH, ascending, listing

BUDGET = 10**6
PERIOD = 86_400
# Event numbers.
SOULBOUND = 1
PASSABLE = 2


@pytest.fixture(scope="session")
def poap(project, owner, issuer, guardian):
    contract = owner.deploy(project.Poap, "Proofs", "POAP", "ipfs://collection", owner, issuer, BUDGET, PERIOD)
    contract.set_guardian(guardian, sender=owner)
    contract.create_event(SOULBOUND, 0, 0, 0, False, BOTH, "ipfs://soulbound", sender=issuer)
    contract.create_event(PASSABLE, 0, 0, 0, True, BOTH, "ipfs://passable", sender=issuer)
    return contract


@pytest.fixture(scope="session")
def soulbound(poap):
    """Number of an event whose badges stay where they are."""
    return SOULBOUND


@pytest.fixture(scope="session")
def passable(poap):
    """Number of an event whose badges may be passed on."""
    return PASSABLE


@pytest.fixture(scope="session")
def batches():
    """Batch numbers that were not used before."""
    return itertools.count()


@pytest.fixture(scope="session")
def drop(poap, issuer, batches) -> Callable[..., Any]:
    """Drop to wallets, which are put in order first."""

    def send(event: int, wallets: Iterable[str]):
        return poap.drop(next(batches), event, listing(ascending(map(str, wallets))), sender=issuer)

    return send


@pytest.fixture(scope="session")
def award(poap, issuer, batches) -> Callable[..., Any]:
    def send(event: int, wallet: str):
        return poap.award(next(batches), event, wallet, sender=issuer)

    return send


@pytest.fixture(scope="session")
def crowd() -> Callable[..., list[str]]:
    """So many wallets, ascending: always the same ones for the same seed."""

    def wallets(count: int, seed: int = 0) -> list[str]:
        numbers = random.Random(seed)
        return ascending(to_checksum_address(numbers.randbytes(20)) for _ in range(count))

    return wallets


@pytest.fixture(scope="session")
def web3_poap(poap):
    """The same contract without ape: much faster where a test asks hundreds of questions."""
    return plain(poap)


@pytest.fixture(scope="session")
def refusal(web3_poap) -> Callable[..., str | None]:
    """The reason a call would be refused for, None if it would not be. Changes nothing."""
    # EIP-7825: what one transaction may use on a main network.
    most_gas = 2**24

    def reason(function: str, *args: Any, sender: Any) -> str | None:
        try:
            getattr(web3_poap.functions, function)(*args).call({"from": str(sender), "gas": most_gas})
        except ContractLogicError as error:
            return (error.message or "").removeprefix("execution reverted").removeprefix(": ")
        return None

    return reason


@pytest.fixture(scope="session")
def refused(web3_poap, refusal) -> Callable[..., str | None]:
    """Send a transaction that fails, and give the reason. ape would trace a long list step by step, for seconds."""

    def reason(function: str, *args: Any, sender: Any) -> str | None:
        said = refusal(function, *args, sender=sender)
        transaction = {"from": str(sender), "gas": 2**24}
        sent = getattr(web3_poap.functions, function)(*args).transact(transaction)
        assert web3_poap.w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.005)["status"] == 0
        return said

    return reason


@pytest.fixture(scope="session")
def receiver(mock, owner):
    """A contract that takes badges as told (Receiver.vy)."""
    return owner.deploy(mock("../poap/Receiver"))


@pytest.fixture
def pretend_lists(poap) -> Callable[[int, int], None]:
    """Write the number of lists into the counters of an event that has one: a thousand drops would take a minute."""
    lists_at = 32

    def write(event: int, count: int) -> None:
        mask = 2**32 - 1
        for number in range(64):
            slot = int.from_bytes(keccak(number.to_bytes(32) + event.to_bytes(32)))
            counters = int.from_bytes(chain.provider.get_storage(poap.address, slot))
            # The first list's address stands above the counts; no other word of an event has one there.
            if counters >> 144 and counters >> lists_at & mask == 1:
                chain.provider.set_storage(
                    poap.address, slot, (counters & ~(mask << lists_at) | count << lists_at).to_bytes(32)
                )
                if poap.event_info(event).lists == count:
                    return
                chain.provider.set_storage(poap.address, slot, counters.to_bytes(32))
        raise AssertionError("the counters are nowhere")

    return write
