"""batches: one contract call each, from the reserved nonce to the final receipt, and never back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from sqlalchemy.exc import IntegrityError

from loyalty.chain import Receipt
from loyalty.errors import LoyaltyError
from loyalty.ledger import Ledger, batches, operations
from loyalty.ledger.batches import Batch
from loyalty.ledger.operations import New

from .conftest import WALLETS

SIGNER, CONTRACT, OTHER = WALLETS[:3]
CHAIN = 31337
HASHES = count(1)
RECEIPT = Receipt("0xaa", 9, "0xbb", True, 100_000, 7)


def form(ledger: Ledger, *keys: str, nonce: int = 0, signer: str = SIGNER, number: int | None = None) -> Batch:
    """Queue operations and bind them to a batch."""
    with ledger.write() as connection:
        operations.add(connection, [New(key, "points.award", WALLETS[5], amount=1) for key in keys])
    members = [o.id for o in operations.take(ledger, "points.award", None, 0, 9_999)]
    return batches.form(
        ledger, chain_id=CHAIN, signer=signer, contract=CONTRACT, kind="points.award",
        number=batches.next_number(ledger, CHAIN, signer, CONTRACT) if number is None else number,
        calldata=b"call", gas=1, members=members, chain_nonce=nonce,
    )  # fmt: skip


def state(ledger: Ledger, batch: Batch) -> str:
    """The state a batch is in now."""
    every = ("formed", "signed", "sent", "confirmed", "final", "reverted")
    return next(b.state for b in batches.in_state(ledger, CHAIN, *every) if b.id == batch.id)


STEPS: dict[str, Callable[[Ledger, Batch], None]] = {
    "store": lambda ledger, batch: batches.store(ledger, batch, f"0x{next(HASHES):064x}", b"raw", 2, 1),
    "sent": batches.sent,
    "confirmed": lambda ledger, batch: batches.mined(ledger, batch, RECEIPT, state="confirmed"),
    "final": lambda ledger, batch: batches.mined(ledger, batch, RECEIPT, state="final"),
    "reverted": lambda ledger, batch: batches.reverted(ledger, batch, RECEIPT, reason="no", most_tries=3),
    "unmined": batches.unmined,
    "moved": lambda ledger, batch: batches.moved(ledger, batch, 0),
}

# What may follow what; everything else is refused. What leads back: a reorganisation, to bytes that are signed already;
# a nonce that somebody else used, to be signed again under the next; and bytes that no node takes, to others for the same nonce.
MAY = {
    **{(before, "store"): "signed" for before in ("formed", "signed", "sent")},
    ("signed", "sent"): "sent",
    # A node's word that it has the bytes changes nothing for a batch that is further, or back.
    **{(before, "sent"): before for before in ("formed", "sent", "confirmed", "final", "reverted")},
    **{(before, "confirmed"): "confirmed" for before in ("signed", "sent", "confirmed")},
    **{(before, "final"): "final" for before in ("signed", "sent", "confirmed")},
    **{(before, "reverted"): "reverted" for before in ("signed", "sent", "confirmed")},
    **{(before, "moved"): "formed" for before in ("signed", "sent")},
    **{(before, "unmined"): "signed" for before in ("confirmed", "final")},
}
PATH = {
    "formed": [],
    "signed": ["store"],
    "sent": ["store", "sent"],
    "confirmed": ["store", "confirmed"],
    "final": ["store", "final"],
    "reverted": ["store", "reverted"],
}


@pytest.mark.parametrize("before", PATH)
@pytest.mark.parametrize("step", STEPS)
def test_states_move_forward_alone(ledger: Ledger, before: str, step: str) -> None:
    """Each step is taken from the states that may lead there; from any other it is refused and nothing moves."""
    batch = form(ledger, "k1")
    for earlier in PATH[before]:
        STEPS[earlier](ledger, batch)
    assert state(ledger, batch) == before
    seen = operations.by_key(ledger, "k1")
    tried = len(batches.attempts_of(ledger, batch.id))
    if (before, step) in MAY:
        STEPS[step](ledger, batch)
        assert state(ledger, batch) == MAY[before, step]
    else:
        with pytest.raises(LoyaltyError, match=f"batch {batch.id} was moved on by another send"):
            STEPS[step](ledger, batch)
        assert state(ledger, batch) == before
        assert operations.by_key(ledger, "k1") == seen
        assert len(batches.attempts_of(ledger, batch.id)) == tried


def test_forming_binds_all_or_nothing(ledger: Ledger) -> None:
    """Operations go into one batch; when another send has taken one of them, none is bound and no nonce is spent."""
    first = form(ledger, "k1", "k2")
    assert (first.count, first.nonce, first.number, first.state) == (2, 0, 0, "formed")
    taken = [o.id for o in operations.of_batch(ledger, first.id)]
    with ledger.write() as connection:
        operations.add(connection, [New("k3", "points.award", WALLETS[5], amount=1)])
    (free,) = operations.take(ledger, "points.award", None, 0, 9)
    with pytest.raises(LoyaltyError, match="another lane took some of these operations"):
        batches.form(
            ledger, chain_id=CHAIN, signer=SIGNER, contract=CONTRACT, kind="points.award", number=1,
            calldata=b"", gas=1, members=[free.id, taken[0]], chain_nonce=0,
        )  # fmt: skip
    assert operations.by_key(ledger, "k3") == free
    assert form(ledger).nonce == 1


def test_a_batch_may_be_as_long_as_a_contract_takes(ledger: Ledger) -> None:
    """1,228 operations are bound in one transaction, in the order they came."""
    batch = form(ledger, *(f"k{n}" for n in range(1_228)))
    assert batch.count == 1_228
    assert [o.key for o in operations.of_batch(ledger, batch.id)] == [f"k{n}" for n in range(1_228)]


def test_nonces_go_on_from_chain_or_ledger(ledger: Ledger) -> None:
    """The next nonce is above every one given before, and never below what the chain has seen; signers do not share."""
    assert form(ledger, "a", nonce=5).nonce == 5
    assert form(ledger, "b", nonce=5).nonce == 6
    assert form(ledger, "c", nonce=20).nonce == 20
    assert form(ledger, "d", nonce=0).nonce == 21
    assert form(ledger, "e", nonce=0, signer=OTHER).nonce == 0


def test_numbers_count_up_for_each_signer_and_contract(ledger: Ledger) -> None:
    """A batch number is never given twice to one signer on one contract."""
    assert [form(ledger, key).number for key in "abc"] == [0, 1, 2]
    assert form(ledger, "d", signer=OTHER).number == 0
    assert batches.next_number(ledger, CHAIN, SIGNER, OTHER) == 0
    assert batches.next_number(ledger, CHAIN + 1, SIGNER, CONTRACT) == 0
    with pytest.raises(IntegrityError):
        form(ledger, "e", number=1)


def test_the_state_of_an_operation_is_its_batchs(ledger: Ledger) -> None:
    """What people see of an operation is how far its batch is, with hash and block once it is mined."""
    batch = form(ledger, "k1")
    for step, seen in (("store", "signed"), ("sent", "sent"), ("confirmed", "confirmed"), ("final", "final")):
        STEPS[step](ledger, batch)
        found = operations.by_key(ledger, "k1")
        assert found is not None
        assert found.state == seen
    assert (found.tx_hash, found.block_number) == ("0xaa", 9)
    assert operations.sums(ledger, "points.award") == {WALLETS[5]: 1}
    assert operations.counts(ledger) == {"points.award": {"final": 1}}


def test_a_block_that_is_gone_leaves_the_signed_bytes(ledger: Ledger) -> None:
    """After a reorganisation the batch is signed again with the same bytes; only the hash they were mined under is remembered."""
    batch = form(ledger, "k1")
    for step in ("store", "confirmed", "unmined"):
        STEPS[step](ledger, batch)
    (found,) = batches.in_state(ledger, CHAIN, "signed")
    assert (found.tx_hash, found.block_number, found.block_hash, found.nonce) == ("0xaa", None, None, 0)
    assert [a.raw for a in batches.attempts_of(ledger, batch.id)] == [b"raw"]
    assert operations.sums(ledger, "points.award") == {}


def test_a_refused_batch_gives_its_operations_back(ledger: Ledger) -> None:
    """They are queued again, and fail with the reason when they have been tried too often."""
    for tries in (1, 2, 3):
        batch = form(ledger, *(["k1"] if tries == 1 else []), nonce=0)
        STEPS["store"](ledger, batch)
        STEPS["reverted"](ledger, batch)
        found = operations.by_key(ledger, "k1")
        assert found is not None
        assert (found.tries, found.state) == (tries, "failed" if tries == 3 else "queued")
    assert found.reason == "no"
    assert operations.retry(ledger) == 1


def test_a_batch_whose_nonce_is_lost_keeps_its_call(ledger: Ledger) -> None:
    """It gets the next nonce for the same call under the same number, so that the contract takes one of the two at most."""
    batch = form(ledger, "k1", nonce=4)
    STEPS["store"](ledger, batch)
    after = batches.moved(ledger, batch, 5)
    assert (after.nonce, after.number, after.calldata, after.state) == (5, batch.number, batch.calldata, "formed")
    assert len(batches.attempts_of(ledger, batch.id)) == 1
    assert form(ledger, nonce=4).nonce == 6


def test_a_batch_is_given_up_only_before_it_is_signed(ledger: Ledger) -> None:
    """Then its operations are queued again and its nonce is free; once anything was signed for it, it stays."""
    batch = form(ledger, "k1", nonce=4)
    assert batches.dissolve(ledger, batch)
    found = operations.by_key(ledger, "k1")
    assert found is not None
    assert (found.state, found.tries) == ("queued", 0)
    other = form(ledger, "k2", nonce=4)
    assert other.nonce == 4
    STEPS["store"](ledger, other)
    assert not batches.dissolve(ledger, other)
    assert state(ledger, other) == "signed"


def test_signed_bytes_are_known_for_ever(ledger: Ledger) -> None:
    """Every attempt is kept with its hash, newest first, and no hash belongs to two."""
    batch = form(ledger, "k1")
    batches.store(ledger, batch, "0x01", b"one", 2, 1)
    assert [(a.tx_hash, a.raw, a.nonce) for a in batches.attempts_of(ledger, batch.id)] == [("0x01", b"one", 0)]
    other = form(ledger, "k2")
    with pytest.raises(IntegrityError):
        batches.store(ledger, other, "0x01", b"two", 2, 1)
    assert state(ledger, other) == "formed"


def test_batches_come_in_the_order_of_their_nonces(ledger: Ledger) -> None:
    """What is under way is looked at in the order it will be mined, on one chain alone."""
    formed = [form(ledger, f"k{n}", nonce=9 - n if n == 0 else 0) for n in range(3)]
    assert [b.nonce for b in batches.in_state(ledger, CHAIN, "formed")] == [b.nonce for b in formed] == [9, 10, 11]
    assert batches.in_state(ledger, CHAIN + 1, "formed") == []


def test_spending_adds_up_beyond_64_bits(ledger: Ledger) -> None:
    """Gas and wei of the mined batches, refused ones too, add up however large they are; what is under way costs nothing yet."""
    dear = Receipt("0xaa", 9, "0xbb", True, 30_000_000, 2**62)
    for key, step in (("a", "final"), ("b", "confirmed"), ("c", "reverted"), ("d", "")):
        batch = form(ledger, key)
        STEPS["store"](ledger, batch)
        if step == "reverted":
            batches.reverted(ledger, batch, dear, reason="no", most_tries=1)
        elif step:
            batches.mined(ledger, batch, dear, state=step)
    (line,) = batches.spending(ledger, CHAIN)
    assert (line.kind, line.batches, line.operations) == ("points.award", 3, 3)
    assert (line.gas, line.wei) == (90_000_000, 90_000_000 * 2**62)
