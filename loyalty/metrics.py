"""The program's state as Prometheus reads it, through its own client library: gauges that are made anew each time they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from loyalty.errors import SettingsError
from loyalty.ledger import Ledger, notices

if TYPE_CHECKING:
    from loyalty.program import Status


def text(status: Status, ledger: Ledger) -> str:
    """All gauges, in Prometheus's text format."""
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ModuleNotFoundError as error:
        raise SettingsError("metrics need one more library; run: pip install 'loyalty[metrics]'") from error

    class State:
        def collect(self) -> Iterator[Any]:
            return _gauges(status, ledger)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(State())
    return generate_latest(registry).decode()


def _gauges(status: Status, ledger: Ledger) -> Iterator[Any]:
    from prometheus_client.core import GaugeMetricFamily as Gauge

    operations = Gauge("loyalty_operations", "Operations by kind and state", labels=["kind", "state"])
    for kind, states in sorted(status.queue.items()):
        for state, count in sorted(states.items()):
            operations.add_metric([kind, state], count)
    yield operations
    yield Gauge("loyalty_transactions_in_flight", "Transactions signed and not mined", value=status.in_flight)
    spent = Gauge("loyalty_gas_spent", "Gas of mined transactions by kind", labels=["kind"])
    paid = Gauge("loyalty_spent_native", "Paid for gas by kind, in the network's coin", labels=["kind"])
    mined = Gauge("loyalty_transactions_mined", "Transactions mined by kind", labels=["kind"])
    for one in status.spent:
        spent.add_metric([one.kind], one.gas)
        paid.add_metric([one.kind], one.wei / 1e18)
        mined.add_metric([one.kind], one.batches)
    yield from (spent, paid, mined)
    yield Gauge(
        "loyalty_node_up", "Whether the node answers for the right chain", value=status.block_number is not None
    )
    if status.block_number is not None:
        yield Gauge("loyalty_block_number", "The newest block", value=status.block_number)
    if status.balance is not None:
        yield Gauge(
            "loyalty_signer_balance_native", "What the signer holds, in the network's coin", value=status.balance / 1e18
        )
    yield Gauge("loyalty_attention", "Things that wait for a person (loyalty status)", value=len(status.attention))
    untold, lost = notices.counts(ledger)
    yield Gauge("loyalty_webhooks_waiting", "Messages to the backend that wait", value=untold)
    yield Gauge("loyalty_webhooks_given_up", "Messages to the backend given up", value=lost)
