"""What badges cost. The bounds are goals: going over one is a decision, not an accident."""

from collections.abc import Callable
from typing import Any

import pytest

from .model import listing


@pytest.fixture
def gas(web3_poap, batches, issuer) -> Callable[..., int]:
    """What a batch uses, from its receipt. Sent past ape, which would read the trace of each."""

    def used(function: str, event: int, *arguments: Any) -> int:
        bound = getattr(web3_poap.functions, function)(next(batches), event, *arguments)
        sent = bound.transact({"from": issuer.address, "gas": 2**24})
        receipt = web3_poap.w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.005)
        assert receipt["status"] == 1
        return receipt["gasUsed"]

    return used


def test_a_thousand_badges_cost_at_most_6500_gas_each(gas, crowd, soulbound):
    """All in, for the event's first list and for one above it."""
    wallets = crowd(2_001)
    # The first batch of 256 and the first of a window pay for their words.
    gas("drop", soulbound, listing(wallets[:1]))
    for thousand in (wallets[1:1_001], wallets[1_001:]):
        assert gas("drop", soulbound, listing(thousand)) <= 6_500 * 1_000


def test_a_thousand_badges_of_a_list_on_chain_cost_at_most_2200_gas_each(gas, crowd, soulbound, passable):
    """All in, for the event's first list and for one above it."""
    wallets = crowd(2_000)
    for thousand in (wallets[:1_000], wallets[1_000:]):
        gas("drop", soulbound, listing(thousand))
    for number in (0, 1):
        assert gas("drop_again", passable, soulbound, number) <= 2_200 * 1_000
