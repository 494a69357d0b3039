"""A noun's view of its contract: reads and logs, never a write. Writes are operations, and the outbox sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty.chain import Node
from loyalty.errors import NotDeployed
from loyalty.ledger import Ledger, catalogue


@dataclass(frozen=True)
class Event:
    """One decoded log."""

    name: str
    fields: dict[str, Any]
    block_number: int
    tx_hash: str
    position: tuple[int, int]


class Contract:
    """``name`` (an artifact) deployed for ``noun``. The node is asked for only when something is read."""

    def __init__(self, noun: str, name: str, ledger: Ledger, node: Callable[[], Node]) -> None:
        self.noun = noun
        self.name = name
        self._ledger = ledger
        self._node = node

    @property
    def node(self) -> Node:
        """The node that is asked."""
        return self._node()

    @property
    def deployment(self) -> catalogue.Deployment:
        """Where the contract stands; raises NotDeployed."""
        chain_id = self.node.chain_id
        found = catalogue.deployed(self._ledger, chain_id).get(self.noun)
        if found is None:
            raise NotDeployed(f"{self.name} is not deployed on chain {chain_id}; run: loyalty deploy")
        return found

    @property
    def address(self) -> str:
        """The contract's address, lower case."""
        return self.deployment.address

    def read(self, function: str, *args: Any, block: str = "latest") -> Any:
        """A view's result."""
        return self.node.call(self.name, self.address, function, *args, block=block)

    def read_each(self, function: str, arguments: Sequence[Sequence[Any]], *, block: str = "latest") -> Iterator[Any]:
        """One view asked for many arguments."""
        return self.node.call_each(self.name, self.address, function, arguments, block=block)

    def events(self, name: str, *indexed: str | None) -> Iterator[Event]:
        """Every event ``name`` since deployment whose indexed fields (32-byte hex words; None takes any) fit, oldest first."""
        from loyalty.chain import abi

        here = self.deployment
        for log in self.node.logs(here.address, [abi.topic(self.name, name), *indexed], here.block_number):
            fields = abi.event(self.name, name, log.topics, log.data)
            yield Event(name, fields, log.block_number, log.tx_hash, log.position)


def word(address: str) -> str:
    """An address as an indexed field of an event."""
    return "0x" + "0" * 24 + address[2:]
