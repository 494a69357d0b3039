"""operations: each one thing owed to one wallet, under a key that is never used twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from loyalty.errors import LoyaltyError
from loyalty.ledger import Ledger, operations, schema
from loyalty.ledger.operations import New

from .conftest import WALLETS

A, B = WALLETS[:2]
AWARD = New("points.award:k1", "points.award", A, amount=5, args={"b": 1, "a": [2]}, note="first")


def add(ledger: Ledger, *wanted: New) -> operations.Added:
    """Queue operations in one transaction."""
    with ledger.write() as connection:
        return operations.add(connection, wanted)


def test_what_is_added_is_found_as_it_was(ledger: Ledger) -> None:
    """Every field comes back, and the operation is queued."""
    assert add(ledger, replace(AWARD, customer_id="c1", subject="s", due_at=7)).amount == 5
    found = operations.by_key(ledger, AWARD.key)
    assert found is not None
    assert (found.key, found.kind, found.subject, found.wallet, found.customer_id) == (
        AWARD.key,
        "points.award",
        "s",
        A,
        "c1",
    )
    assert (found.amount, found.args, found.note, found.due_at) == (5, {"a": [2], "b": 1}, "first", 7)
    assert (found.state, found.reason, found.tries, found.tx_hash) == ("queued", "", 0, None)


def test_the_same_again_is_known(ledger: Ledger) -> None:
    """Equal contents under one key are one operation, whatever the order of arguments and whatever the note."""
    add(ledger, AWARD)
    again = add(ledger, replace(AWARD, args={"a": [2], "b": 1}, note="second", due_at=9), AWARD)
    assert (again.new, again.amount, again.known, again.clashes) == (0, 0, 2, [])


@pytest.mark.parametrize(
    "other",
    [
        replace(AWARD, amount=6),
        replace(AWARD, wallet=B),
        replace(AWARD, kind="points.revoke"),
        replace(AWARD, subject="x"),
        replace(AWARD, args={}),
    ],
    ids=["amount", "wallet", "kind", "subject", "args"],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one file", "later"])
def test_other_contents_under_a_key_clash(ledger: Ledger, other: New, together: bool) -> None:
    """A key that stands for something else is told by its place, is not written, and the others are."""
    new = replace(AWARD, key="points.award:k2")
    if together:
        added = add(ledger, AWARD, other, new)
        assert (added.new, added.known, added.clashes[0][0]) == (2, 0, 1)
    else:
        add(ledger, AWARD)
        added = add(ledger, other, new)
        assert (added.new, added.known, added.clashes[0][0]) == (1, 0, 0)
    assert 'key "k1" already stands for something else' in added.clashes[0][1]
    found = operations.by_key(ledger, AWARD.key)
    assert found is not None
    assert (found.amount, found.wallet, found.kind, found.subject, found.args) == (5, A, "points.award", "", AWARD.args)


keyed = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([A, B]), st.none() | st.just("c"), st.integers(1, 2)), max_size=8
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keyed, st.integers(0, 8))
def test_adding_in_two_parts_is_adding_at_once(
    ledger: Ledger, wanted: list[tuple[int, str, str | None, int]], cut: int
) -> None:
    """Where a list is cut makes no difference to what is owed, known or refused."""
    new = [New(f"k:{key}", "points.award", wallet, customer, amount) for key, wallet, customer, amount in wanted]
    outcomes = []
    for parts in ([new], [new[:cut], new[cut:]], [[one] for one in new]):
        with ledger.write() as connection:
            connection.execute(delete(schema.operations))
        added = [add(ledger, *part) for part in parts]
        held = [
            (o.key, o.wallet, o.customer_id, o.amount) for o in operations.take(ledger, "points.award", None, 0, 99)
        ]
        outcomes.append(
            (held, sum(a.new for a in added), sum(a.known for a in added), sum(len(a.clashes) for a in added))
        )
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert sum(outcomes[0][1:]) == len(new)


def test_what_is_due_is_grouped_oldest_first(ledger: Ledger) -> None:
    """Groups come by kind and subject in the order of their oldest operation; what is not due yet is in none."""
    add(
        ledger,
        New("1", "poap.award", A, subject="7"),
        New("2", "points.award", A, amount=5),
        New("3", "poap.award", B, subject="7"),
        New("4", "points.award", B, amount=6, due_at=100),
        New("5", "poap.award", A, subject="8"),
    )
    found = [(g.kind, g.subject, g.count, g.amount) for g in operations.groups(ledger, 99)]
    assert found == [("poap.award", "7", 2, 0), ("points.award", "", 1, 5), ("poap.award", "8", 1, 0)]
    assert operations.groups(ledger, 100)[1].count == 2


def test_taking_is_oldest_first_or_by_wallet(ledger: Ledger) -> None:
    """A batch takes the oldest operations of a kind and subject, or those with the lowest wallets, and never more than asked."""
    add(ledger, *(New(f"{n}", "poap.award", WALLETS[9 - n], subject=str(n % 2)) for n in range(10)))
    assert [o.key for o in operations.take(ledger, "poap.award", "0", 0, 3)] == ["0", "2", "4"]
    assert [o.key for o in operations.take(ledger, "poap.award", "0", 0, 3, by_wallet=True)] == ["8", "6", "4"]
    assert [o.key for o in operations.take(ledger, "poap.award", None, 0, 4)] == ["0", "1", "2", "3"]
    assert operations.take(ledger, "points.award", None, 0, 3) == []


def test_a_failed_operation_waits_for_retry(ledger: Ledger) -> None:
    """A failure keeps its reason and is not taken again, until a person has it queued once more."""
    add(ledger, AWARD)
    (held,) = operations.take(ledger, "points.award", None, 0, 1)
    operations.fail(ledger, held.id, "points: lot is full")
    assert operations.take(ledger, "points.award", None, 0, 1) == []
    assert [(o.state, o.reason) for o in operations.unsettled(ledger)] == [("failed", "points: lot is full")]
    assert operations.counts(ledger) == {"points.award": {"failed": 1}}
    assert (operations.retry(ledger), operations.retry(ledger)) == (1, 0)
    (again,) = operations.take(ledger, "points.award", None, 0, 1)
    assert (again.state, again.reason) == ("queued", "")


def test_a_wallets_operations_are_its_own(ledger: Ledger) -> None:
    """They come oldest first, all or those of one noun."""
    add(
        ledger,
        New("1", "points.award", A, amount=1),
        New("2", "poap.award", A, subject="1"),
        New("3", "points.award", B, amount=1),
        New("4", "points.revoke", A, amount=1),
    )
    assert [o.key for o in operations.of_wallet(ledger, A)] == ["1", "2", "4"]
    assert [o.key for o in operations.of_wallet(ledger, A, "points.")] == ["1", "4"]


def test_put_replaces_what_was_never_sent(ledger: Ledger) -> None:
    """A deployment whose settings changed before it was sent is deployed with the new ones; one under way stays as it is."""
    first = New("deploy:1:points", "deploy", subject="points", args={"v": 1})
    with ledger.write() as connection:
        operations.put(connection, first)
        operations.put(connection, replace(first, args={"v": 2}))
    (held,) = operations.take(ledger, "deploy", None, 0, 9)
    assert held.args == {"v": 2}
    operations.fail(ledger, held.id, "out of money")
    with ledger.write() as connection:
        operations.put(connection, replace(first, args={"v": 3}))
    (held,) = operations.take(ledger, "deploy", None, 0, 9)
    assert (held.args, held.state, held.reason) == ({"v": 3}, "queued", "")
    with ledger.write() as connection:
        connection.execute(schema.operations.update().values(state="batched"))
        operations.put(connection, replace(first, args={"v": 4}))
    found = operations.by_key(ledger, first.key)
    assert found is not None
    assert found.args == {"v": 3}


def test_an_argument_of_an_operation(ledger: Ledger) -> None:
    """An argument is read where the operation is there, else the default stands."""
    add(ledger, replace(AWARD, args={"start": 7}))
    with ledger.read() as connection:
        assert operations.arg(connection, AWARD.key, "start", 1) == 7
        assert operations.arg(connection, "nothing", "start", 1) == 1


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE operations; --", "%", "_", "\\", '"', "\0", "\N{SNOWMAN}", "x" * 1_000_000]
)
def test_text_is_only_text(ledger: Ledger, text: str) -> None:
    """Whatever a key or a note holds is stored and found as it is, and finds nothing else; PostgreSQL has no room for NUL, and says so."""
    key, other = text[:240], New("other", "points.award", A, amount=1)
    if ledger.is_shared and "\0" in text:
        with pytest.raises(LoyaltyError, match="cannot contain NUL"):
            add(ledger, other, New(key, "points.award", B, amount=2, note=text))
        assert operations.counts(ledger) == {}
        return
    add(ledger, other, New(key, "points.award", B, amount=2, note=text))
    found = operations.by_key(ledger, key)
    assert found is not None
    assert (found.key, found.note, found.amount) == (key, text, 2)
