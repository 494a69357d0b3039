"""Ours and somebody else's of the same standard: every call goes to both, and what comes of it is compared."""

from __future__ import annotations

import random
from typing import Any

from ape import chain
from eth_abi import decode
from eth_utils import keccak
from hexbytes import HexBytes

from ..histories import chosen
from ..plain import plain

# Given, so that nothing has to be estimated; a call that needs more has gone wrong.
GAS = 2_000_000


def dice() -> random.Random:
    """Random numbers of a seed that is shown."""
    return random.Random(chosen())


class Pair:
    """Two contracts of one standard. ``events`` are the standard's, as signatures: others are not looked at."""

    def __init__(self, ours: Any, theirs: Any, events: list[str]) -> None:
        self.contracts = [plain(ours), plain(theirs)]
        self.topics = {keccak(text=signature): signature for signature in events}
        self.done = self.refused = 0

    def send(self, sender: Any, function: str, *args: Any, theirs: tuple[Any, ...] | None = None) -> bool:
        """The same call to both; ``theirs`` where the other needs other arguments. Whether it was accepted."""
        one, other = (
            self._send(contract, str(sender), function, used)
            for contract, used in zip(self.contracts, (args, args if theirs is None else theirs), strict=True)
        )
        assert one == other, (function, args)
        self.done += one[0]
        self.refused += not one[0]
        return bool(one[0])

    def view(self, function: str, *args: Any) -> Any:
        """The same question to both, with the same answer: bytes, or None where it is refused."""
        one, other = (self._call(c, c.address, c.functions[function](*args).question["data"]) for c in self.contracts)
        assert one == other, (function, args)
        return one

    def _send(self, contract: Any, sender: str, function: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
        data = contract.functions[function](*args).question["data"]
        answer = self._call(contract, sender, data)
        node = chain.provider
        transaction = {"from": sender, "to": contract.address, "data": data, "gas": hex(GAS), "gasPrice": hex(10**10)}
        sent = node.make_request("eth_sendTransaction", [transaction])
        receipt = node.web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.001)
        assert (receipt["status"] == 1) == (answer is not None)
        return receipt["status"] == 1, answer, self._told(contract, receipt["logs"])

    def _call(self, contract: Any, sender: str, data: str) -> bytes | None:
        call = {"from": sender, "to": contract.address, "data": data, "gas": hex(GAS)}
        answer = chain.provider.web3.provider.make_request("eth_call", [call, "latest"])
        return None if "error" in answer else bytes(HexBytes(answer["result"]))

    def _told(self, contract: Any, logs: list[Any]) -> list[tuple[Any, ...]]:
        """The standard's events: which, their topics and their data."""
        found: list[tuple[Any, ...]] = []
        for log in logs:
            name = self.topics.get(bytes(log["topics"][0]))
            if name and log["address"] == contract.address:
                found.append((name, [bytes(topic).hex() for topic in log["topics"][1:]], bytes(log["data"]).hex()))
        return found


def text_of(answer: bytes | None) -> str:
    """An answer that is a string."""
    assert answer is not None
    return str(decode(["string"], answer)[0])
