"""Transactions that wait: too cheap, outbid, dropped, not paid for; and nodes that will not hear of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from loyalty.chain import Node
from loyalty.chain.signer import from_anvil
from loyalty.errors import Refused
from loyalty.ledger import operations
from loyalty.outbox import Outbox, Sent, run
from loyalty.program import Program
from tests.faults.proxy import SILENCE, TRUTH, Refusal, between
from tests.faults.shop import Shop

GWEI = 10**9
SIGNER = from_anvil(0).address


@pytest.fixture
def program(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """The shop's program, in a hurry; afterwards its chain mines at once again, at the usual price."""
    monkeypatch.setattr(run, "_REBROADCAST", (0.2, 0.2))
    monkeypatch.setattr(run, "_STUCK", (1.0, 1.0))
    monkeypatch.setattr(run, "_GAP", (3.0, 3.0))
    program = Program.open(shop.folder)
    try:
        yield program
    finally:
        program.node.ask("evm_setAutomine", True)
        program.node.ask("anvil_setBalance", SIGNER, hex(10**22))
        base_fee(program, GWEI)
        program.send()
        shop.witness.check()
        program.close()


def base_fee(program: Program, wei: int) -> None:
    """Mine a block at this price."""
    program.node.ask("anvil_setNextBlockBaseFeePerGas", hex(wei))
    program.node.ask("evm_mine")


def outbox(program: Program, node: Node | None = None, ceiling: int = 1_000 * GWEI) -> Outbox:
    """The program's outbox, with another node or another ceiling."""
    return Outbox(
        program.ledger,
        node or program.node,
        lambda: [program.signer],
        confirmations=0,
        max_fee=ceiling,
        currency="test ETH",
    )


class Sending:
    """A send that goes on while the test does something to the chain."""

    def __init__(self, work: Callable[[], Sent]) -> None:
        self.sent: Sent | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[], Sent]) -> None:
        try:
            self.sent = work()
        except BaseException as error:
            self.error = error

    def done(self) -> Sent:
        """What it did, once it has ended."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error
        assert self.sent is not None
        return self.sent


def until(what: Callable[[], Any]) -> Any:
    """Wait until something is so."""
    ends = time.monotonic() + 30
    while not (found := what()):
        assert time.monotonic() < ends
        time.sleep(0.05)
    return found


def attempts(shop: Shop) -> list[tuple[int, int, str, str]]:
    """Of the newest batch: tip, most, hash and bytes of each offer, oldest first."""
    found = shop.witness.rows(
        "SELECT priority_fee, max_fee, tx_hash, raw FROM attempts "
        "WHERE batch_id = (SELECT max(id) FROM batches) ORDER BY id"
    )
    return [(tip, most, tx_hash, raw.hex()) for tip, most, tx_hash, raw in found]


def credited(shop: Shop, wallet: str) -> int:
    """How often a wallet was paid 10 points."""
    return shop.witness.minted()[(wallet, 10)]


def test_a_transaction_that_waits_is_offered_more_for(program: Program, shop: Shop) -> None:
    """On a chain that mines nothing the same call is signed again and again at its nonce, each time an eighth dearer; one of them is mined."""
    wallet = "0x" + "a1" * 20
    program.node.ask("evm_setAutomine", False)
    program.points.award(wallet, 10, key="waits")
    before = shop.witness.rows("SELECT count(*) FROM batches")[0][0]
    sending = Sending(lambda: outbox(program).send())
    until(lambda: shop.witness.rows("SELECT count(*) FROM batches")[0][0] > before and len(attempts(shop)) >= 3)
    program.node.ask("evm_setAutomine", True)
    program.node.ask("evm_mine")
    assert sending.done().operations == 1
    offers = attempts(shop)
    for (tip, most, _, _), (more_tip, more, _, _) in pairwise(offers):
        assert more >= most * 9 / 8 and more_tip >= tip * 9 / 8
    assert len({hash for _, _, hash, _ in offers}) == len(offers)
    assert credited(shop, wallet) == 1


def test_the_first_bytes_may_be_mined_after_all(program: Program, shop: Shop) -> None:
    """When the old transaction is mined although a dearer one was sent, the award is paid once and settled under the old hash."""
    wallet = "0x" + "a2" * 20
    program.node.ask("evm_setAutomine", False)
    program.points.award(wallet, 10, key="first-after-all")
    before = shop.witness.rows("SELECT count(*) FROM batches")[0][0]
    sending = Sending(lambda: outbox(program).send())
    until(lambda: shop.witness.rows("SELECT count(*) FROM batches")[0][0] > before and len(attempts(shop)) >= 2)
    first = attempts(shop)[0]

    def put_back() -> bool:
        """Where the engine puts its newest bytes back in between, it is tried again."""
        program.node.ask("anvil_dropAllTransactions")
        try:
            program.node.ask("eth_sendRawTransaction", "0x" + first[3])
        except Refused:
            return False
        return True

    until(put_back)
    program.node.ask("evm_mine")
    program.node.ask("evm_setAutomine", True)
    assert sending.done().operations == 1
    settled = operations.by_key(program.ledger, "points.award:first-after-all")
    assert settled is not None and settled.state == "final"
    mined = shop.witness.rows("SELECT tx_hash FROM batches ORDER BY id DESC LIMIT 1")[0][0]
    assert mined in {hash for _, _, hash, _ in attempts(shop)}
    assert credited(shop, wallet) == 1


def outpriced(program: Program, shop: Shop, wallet: str, key: str) -> int:
    """Leave an award signed and not sent, and let a block take three times what it offers; the offer, wei per gas."""
    program.points.award(wallet, 10, key=key)
    assert shop.run("send", "--yes", crash_at="stored").returncode < 0
    [(_, most, _, _)] = attempts(shop)
    base_fee(program, most * 3)
    return int(most)


def test_a_price_that_rose_is_followed(program: Program, shop: Shop) -> None:
    """A node that will not take the stored bytes because the base fee rose above them gets dearer ones at once."""
    wallet = "0x" + "a3" * 20
    most = outpriced(program, shop, wallet, "rose")
    assert outbox(program).send().operations == 1
    assert attempts(shop)[-1][1] >= most * 3
    assert credited(shop, wallet) == 1


def test_killed_between_two_offers_it_pays_once(program: Program, shop: Shop) -> None:
    """A send that dies when a higher offer is on the disk and not on the wire has both; the next one settles whichever is mined."""
    wallet = "0x" + "a9" * 20
    outpriced(program, shop, wallet, "killed-between")
    assert shop.run("send", "--yes", crash_at="bumped").returncode < 0
    assert len(attempts(shop)) == 2
    assert outbox(program).send().operations == 1
    assert credited(shop, wallet) == 1


def test_over_the_ceiling_it_waits_and_goes_on_by_itself(program: Program, shop: Shop) -> None:
    """Neither a new transaction nor a higher offer goes over max_fee_gwei: the reason is told, nothing is spent, and the next send goes on."""
    wallet = "0x" + "a4" * 20
    most = outpriced(program, shop, wallet, "ceiling")
    sent = outbox(program, ceiling=most * 2).send()
    assert sent.operations == 0 and "max_fee_gwei" in sent.parked["points.award"]
    assert len(attempts(shop)) == 1 and credited(shop, wallet) == 0
    base_fee(program, GWEI)
    assert outbox(program, ceiling=most * 2).send().operations == 1
    assert credited(shop, wallet) == 1


def test_an_account_that_ran_dry_goes_on_when_it_is_topped_up(program: Program, shop: Shop) -> None:
    """Stored bytes that the account cannot pay for are kept, and told; topped up, the same bytes are mined."""
    wallet = "0x" + "a5" * 20
    program.points.award(wallet, 10, key="dry")
    assert shop.run("send", "--yes", crash_at="stored").returncode < 0
    program.node.ask("anvil_setBalance", SIGNER, "0x1")
    sent = outbox(program).send()
    assert sent.operations == 0 and "too little test ETH" in sent.parked["points.award"]
    program.node.ask("anvil_setBalance", SIGNER, hex(10**22))
    assert outbox(program).send().operations == 1
    assert credited(shop, wallet) == 1


def test_dropped_transactions_are_sent_again(program: Program, shop: Shop) -> None:
    """A pool that forgets all of them, thrice: the same bytes go out again, and each award is paid once."""
    wallets = [f"0x{'a6' * 19}{n:02x}" for n in range(3)]
    program.node.ask("evm_setAutomine", False)
    for wallet in wallets:
        program.points.award(wallet, 10, key=f"dropped-{wallet}")
    sending = Sending(lambda: outbox(program).send())
    for _ in range(3):
        until(lambda: program.node.nonce(SIGNER, "pending") > program.node.nonce(SIGNER))
        program.node.ask("anvil_dropAllTransactions")
    program.node.ask("evm_setAutomine", True)
    assert sending.done().operations == 3
    assert [credited(shop, wallet) for wallet in wallets] == [1, 1, 1]


def test_a_strict_pool_is_outbid_step_by_step(program: Program, shop: Shop) -> None:
    """ "Underpriced" is never taken for success: the ladder is climbed until the pool takes an offer, or the old one is mined."""
    wallet = "0x" + "a7" * 20
    program.points.award(wallet, 10, key="strict")
    assert shop.run("send", "--yes", crash_at="stored").returncode < 0
    refused: list[str] = []

    def strict(method: str, params: list[Any]) -> Any:
        if method == "eth_sendRawTransaction" and len(refused) < 4:
            refused.append(params[0])
            return Refusal(-32000, "replacement transaction underpriced")
        return TRUTH

    with between(program.node.url, strict) as url:
        assert outbox(program, Node(url, 31337)).send().operations == 1
    assert len({*refused}) == 4 and len(attempts(shop)) == 5
    assert credited(shop, wallet) == 1


BUSY = {
    "limited": (
        Refusal(-32005, "project ID request rate exceeded"),
        ("eth_sendRawTransaction", "eth_getTransactionReceipt"),
    ),
    "full": (Refusal(-32000, "txpool is full"), ("eth_sendRawTransaction",)),
    "answer lost": (SILENCE, ("eth_sendRawTransaction", "eth_getTransactionReceipt")),
}


@pytest.mark.parametrize("fault", BUSY)
def test_a_node_with_no_time_is_asked_again(
    program: Program, shop: Shop, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rate limits, a full pool and lost answers cost time and nothing else: no key fails, and no call is signed twice for it."""
    monkeypatch.setattr(run, "_STUCK", (60.0, 60.0))
    answer, methods = BUSY[fault]
    wallet = f"0x{'a8' * 19}{list(BUSY).index(fault):02x}"
    program.points.award(wallet, 10, key=f"busy-{wallet}")
    met: list[str] = []

    def busy(method: str, params: list[Any]) -> Any:
        if method in methods and met.count(method) < 4:
            met.append(method)
            return answer
        return TRUTH

    with between(program.node.url, busy) as url:
        sent = outbox(program, Node(url, 31337)).send()
    assert (sent.operations, sent.failed, len(attempts(shop))) == (1, 0, 1)
    assert credited(shop, wallet) == 1
