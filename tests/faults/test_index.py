"""The indexer: whatever the chain and the node do, what it has is what reading everything again gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from loyalty.chain import Node
from loyalty.errors import ChainError, LoyaltyError
from loyalty.indexer import refresh
from loyalty.ledger import index
from loyalty.program import Program
from tests.faults.proxy import TRUTH, Lie, Refusal, between
from tests.faults.shop import RUNS, Shop, award_many, deployed


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop and a chain for one test alone: these turn the chain round."""
    with deployed(tmp_path_factory.mktemp("index")) as shop:
        yield shop


@pytest.fixture
def program(shop: Shop) -> Iterator[Program]:
    """The shop's program."""
    with Program.open(shop.folder) as program:
        yield program


def everything(program: Program) -> list[index.Row]:
    """Every event that the ledger has, of every contract."""
    addresses = sorted(program.status().contracts.values())
    return [row for one in addresses for row in index.rows(program.ledger, 31337, one)]


def rebuilt(program: Program) -> list[index.Row]:
    """The same, read again from nothing."""
    refresh(program.ledger, program.node, rebuild=True)
    return everything(program)


def read_through(program: Program, lie: Lie) -> list[index.Row]:
    """The same, read from nothing through a node that lies."""
    with between(program.node.url, lie) as url:
        refresh(program.ledger, Node(url, 31337), rebuild=True)
    return everything(program)


def work(program: Program, shop: Shop, seed: int) -> None:
    """Some events more."""
    award_many(shop, 30, seed)
    program.send()


@pytest.mark.parametrize("seed", [900 + run for run in range(RUNS)])
def test_followed_is_read_again(program: Program, shop: Shop, seed: int) -> None:
    """After random work, reorganisations of one to twelve blocks and refreshes, what was followed is what reading again gives."""
    print(f"seed {seed}")
    pick = random.Random(seed)
    for step in range(8):
        work(program, shop, seed * 100 + step)
        if pick.random() < 0.7:
            refresh(program.ledger, program.node)
        if pick.random() < 0.6:
            program.node.ask("evm_mine")
            depth = min(pick.randint(1, 12), program.node.block_number() - 20)
            if depth > 0:
                program.node.ask("anvil_reorg", depth, [])
        program.send()
    followed = refresh(program.ledger, program.node)
    seen = everything(program)
    assert seen == rebuilt(program) and len(seen) > 200
    assert followed.block_number == program.node.block_number()
    assert program.audit.reconcile().agree


def test_a_reorganisation_is_told(program: Program, shop: Shop) -> None:
    """Events of blocks that are gone are dropped, and how many those were is said."""
    work(program, shop, 911)
    refresh(program.ledger, program.node)
    before = len(everything(program))
    program.node.ask("anvil_reorg", 1, [])
    gone = refresh(program.ledger, program.node)
    assert (gone.new, gone.dropped) == (0, before - len(everything(program))) and gone.dropped > 0


def test_nothing_is_read_twice(program: Program, shop: Shop) -> None:
    """A second look reads only what is new, and two indexers at once make one index."""
    work(program, shop, 921)
    assert refresh(program.ledger, program.node).new > 0
    assert refresh(program.ledger, program.node).new == 0
    work(program, shop, 922)
    with Program.open(shop.folder) as other:
        refresh(other.ledger, other.node)
    assert refresh(program.ledger, program.node).new == 0
    seen = everything(program)
    assert seen == rebuilt(program)


@pytest.mark.parametrize("most", [1, 7] if RUNS > 1 else [7])
def test_a_node_that_takes_short_ranges_alone(program: Program, shop: Shop, most: int) -> None:
    """A provider's limit on the range is found, whatever it is."""
    work(program, shop, 931)

    def lie(method: str, params: list[Any]) -> Any:
        if method == "eth_getLogs" and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) >= most:
            return Refusal(-32005, "query returned more than 10000 results")
        return TRUTH

    assert read_through(program, lie) == rebuilt(program)


def test_a_node_that_repeats_and_takes_back(program: Program, shop: Shop) -> None:
    """Logs that come twice, out of order, or marked as removed, leave each event once."""
    work(program, shop, 941)
    real = Node(program.node.url, 31337)

    def lie(method: str, params: list[Any]) -> Any:
        if method != "eth_getLogs":
            return TRUTH
        found = real.ask(method, *params)
        gone = [one | {"removed": True, "logIndex": hex(900 + i)} for i, one in enumerate(found)]
        return [*reversed(found), *gone, *found]

    assert read_through(program, lie) == rebuilt(program)


def test_a_node_without_the_newest_block(program: Program, shop: Shop) -> None:
    """A node that names a block and does not have it is asked again, and then it is one sentence; nothing of it is kept."""
    work(program, shop, 951)
    refresh(program.ledger, program.node)
    before = everything(program)
    work(program, shop, 952)
    head = hex(program.node.block_number())

    def lie(method: str, params: list[Any]) -> Any:
        return None if method == "eth_getBlockByNumber" and params[0] == head else TRUTH

    with between(program.node.url, lie) as url, pytest.raises(ChainError, match="try again later"):
        refresh(program.ledger, Node(url, 31337))
    assert everything(program) == before


def test_logs_of_another_contract_are_refused(program: Program, shop: Shop) -> None:
    """An answer with a log that was not asked for is not believed."""
    work(program, shop, 961)
    real = Node(program.node.url, 31337)

    def lie(method: str, params: list[Any]) -> Any:
        if method != "eth_getLogs":
            return TRUTH
        return [one | {"address": "0x" + "99" * 20} for one in real.ask(method, *params)]

    with between(program.node.url, lie) as url, pytest.raises(LoyaltyError, match="something that cannot be"):
        refresh(program.ledger, Node(url, 31337), rebuild=True)


@pytest.mark.parametrize("time", [1, 3] if RUNS > 1 else [1])
def test_killed_between_reading_and_writing(program: Program, shop: Shop, time: int) -> None:
    """An indexer that dies with events read and not written goes on where the ledger says."""
    work(program, shop, 970 + time)
    killed = shop.run("sync", "--rebuild", "--yes", crash_at=f"indexed:{time}")
    assert killed.returncode < 0, killed.stdout
    refresh(program.ledger, program.node)
    seen = everything(program)
    assert seen == rebuilt(program)
