"""A noun's view of its contract: reads and logs, never a write. Writes are operations, and the outbox sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from loyalty import units
from loyalty.chain import Node
from loyalty.errors import ChainError, LoyaltyError, NotDeployed
from loyalty.ledger import Ledger, catalogue, index


class Event(NamedTuple):
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

    @cached_property
    def domain(self) -> dict[str, Any]:
        """What signatures for this contract name (EIP-712), as the contract says itself (ERC-5267). Asked for once: it does not change."""
        _, name, version, chain_id, address, *_ = self.read("eip712Domain")
        return {
            "name": name,
            "version": version,
            "chainId": chain_id,
            "verifyingContract": units.checksum(address.lower()),
        }

    def read(self, function: str, *args: Any, block: str = "latest") -> Any:
        """A view's result."""
        return self.node.call(self.name, self.address, function, *args, block=block)

    def read_each(self, function: str, arguments: Sequence[Sequence[Any]], *, block: str = "latest") -> Iterator[Any]:
        """One view asked for many arguments."""
        return self.node.call_each(self.name, self.address, function, arguments, block=block)

    def events(self, name: str | Sequence[str], *indexed: str | None) -> Iterator[Event]:
        """Every event called ``name`` (or one of them) since deployment whose indexed fields (32-byte hex words; None takes any) fit, oldest first."""
        from loyalty.chain import abi

        here = self.deployment
        names = {abi.topic(self.name, one): one for one in ([name] if isinstance(name, str) else name)}
        for log in self.node.logs(here.address, [list(names), *indexed], here.block_number):
            found = names[log.topics[0]]
            fields = abi.event(self.name, found, log.topics, log.data)
            yield Event(found, fields, log.block_number, log.tx_hash, log.position)

    def history(self, *, last: int | None = None) -> Iterator[Event]:
        """Every event that the ledger has of the contract, up to a block, oldest first, decoded; what is not its own is left out. Read them first: loyalty/indexer.py."""
        from loyalty.chain import abi

        here, names = self.deployment, abi.topics(self.name)
        for row in index.rows(self._ledger, self.node.chain_id, here.address, last=last):
            name = names.get(row.words[:32])
            if name is not None:
                try:
                    fields = abi.fields(self.name, name, row.words[32:], row.data)
                except ChainError as error:
                    told = f"an event of {self.name} in block {row.block_number:,} cannot be read from the ledger"
                    raise LoyaltyError(f"{told}; read all of them again: loyalty sync --rebuild") from error
                yield Event(name, fields, row.block_number, row.tx_hash, row.position)

    def refusal(self, sender: str, function: str, *args: Any) -> str:
        """The contract's reason for refusing a call now, on top of what is pending; empty where it would take it. No gas is spent."""
        from loyalty.chain import abi

        return self.node.refusal(sender, self.address, abi.encode(self.name, function, *args))

    def check_owner(self, account: str, what: str) -> None:
        """Raise unless ``account`` owns the contract; ``what`` is what only the owner can do."""
        owner = str(self.read("owner")).lower()
        if owner != account:
            raise LoyaltyError(f"only the owner of {self.name}, {units.checksum(owner)}, can {what}; send with its key")


def word(value: str | int) -> str:
    """An address or a number as an indexed field of an event."""
    return f"0x{int(value, 16) if isinstance(value, str) else value:064x}"
