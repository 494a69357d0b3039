"""intake: from a file's rows to operations, all of them or none, and nothing owed twice."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from loyalty import units
from loyalty.customers import Customers
from loyalty.errors import BadFile, BadRows, KeyReused, SettingsError
from loyalty.intake import Overlap
from loyalty.ledger import Ledger, operations
from loyalty.ledger.schema import operations as table
from loyalty.points import Points

from .conftest import WALLETS

Write = Callable[..., Path]
A, B, C = WALLETS[:3]


def owed(ledger: Ledger) -> Counter[tuple[str, int]]:
    """How often each (wallet, amount) stands in the ledger."""
    with ledger.read() as connection:
        return Counter((row.wallet, row.amount) for row in connection.execute(select(table)))


def keys(ledger: Ledger) -> list[str]:
    """Every key of the ledger, in the order they came."""
    with ledger.read() as connection:
        return list(connection.scalars(select(table.c.key).order_by(table.c.id)))


def customers_file(csv: Write, *pairs: tuple[str, str]) -> Path:
    """A file of customers and their wallets."""
    return csv("customer_id,wallet\n" + "".join(f"{c},{w}\n" for c, w in pairs), "who.csv")


def test_every_row_is_queued(points: Points, ledger: Ledger, csv: Write) -> None:
    """Each row becomes one operation, with its key, its note and its amount in points."""
    taken = points.award_file(csv(f"wallet;amount;key;note\n{A};5;o-1;first\n{B.upper()};7;o-2;\n"))
    assert (taken.new, taken.known, taken.amount, taken.bad) == (2, 0, 12, [])
    first = operations.by_key(ledger, "points.award:o-1")
    assert first is not None
    assert (first.wallet, first.amount, first.note, first.state) == (A, 5, "first", "queued")
    assert owed(ledger) == {(A, 5): 1, (B, 7): 1}


def test_the_same_file_again_adds_nothing(points: Points, ledger: Ledger, csv: Write) -> None:
    """Sent a second time, keyed and unkeyed rows alike are known."""
    for columns, rows in (("wallet,amount,key", [f"{A},5,k1", f"{B},6,k2"]), ("wallet,amount", [f"{A},5", f"{B},6"])):
        file = csv("\n".join([columns, *rows]))
        assert points.award_file(file).new == 2
        again = points.award_file(file)
        assert (again.new, again.known, again.amount) == (0, 2, 0)
    assert sum(owed(ledger).values()) == 4


def test_two_equal_rows_are_two_awards(points: Points, ledger: Ledger, csv: Write) -> None:
    """Two rows of a file that say the same are both owed; the same file again owes neither a second time."""
    file = csv(f"wallet,amount,note\n{A},5,till 1\n{A},5,till 1\n{A},5,till 2\n")
    assert points.award_file(file).new == 3
    assert points.award_file(file).known == 3
    assert owed(ledger) == {(A, 5): 3}


def test_the_order_of_rows_makes_no_difference(points: Points, ledger: Ledger, csv: Write) -> None:
    """The same rows in another order, another delimiter and other columns' order are the same rows."""
    points.award_file(csv(f"wallet,amount\n{A},5\n{B},6\n{A},5\n"))
    again = points.award_file(csv(f"amount;wallet\n5;{A}\n5;{A.upper()}\n6;{B}\n"))
    assert (again.new, again.known) == (0, 3)


def test_a_file_that_repeats_some_rows_is_refused(points: Points, ledger: Ledger, csv: Write) -> None:
    """Some rows known and some new: a person decides, and until then nothing is written."""
    points.award_file(csv(f"wallet,amount\n{A},5\n{B},6\n"))
    grown = csv(f"wallet,amount\n{A},5\n{B},6\n{C},7\n")
    with pytest.raises(Overlap, match=r"2 of 3 rows .* nothing was written; --only-new .* --label"):
        points.award_file(grown)
    assert sum(owed(ledger).values()) == 2
    only_new = points.award_file(grown, only_new=True)
    assert (only_new.new, only_new.known, only_new.amount) == (1, 2, 7)


def test_a_label_says_that_all_rows_are_new(points: Points, ledger: Ledger, csv: Write) -> None:
    """The same content under another label is owed again, and under the same label it is not."""
    file = csv(f"wallet,amount\n{A},5\n{B},6\n")
    assert points.award_file(file).new == 2
    assert points.award_file(file, label="february").new == 2
    assert points.award_file(file, label="february").known == 2
    assert owed(ledger) == {(A, 5): 2, (B, 6): 2}


def test_rows_with_keys_may_overlap(points: Points, csv: Write) -> None:
    """A key says it for good: known and new rows come in one file without a question."""
    points.award_file(csv(f"wallet,amount,key\n{A},5,k1\n"))
    taken = points.award_file(csv(f"wallet,amount,key\n{A},5,k1\n{B},6,k2\n"))
    assert (taken.new, taken.known) == (1, 1)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("0x12,5,k", "is not an address"),
        (f"{A},0,k", "the amount is 0"),
        (f"{A},1.5,k", "is not an amount"),
        (f"{A},{2**42},k", "more than one award"),
        (f"{A},5,a key", "cannot be a key"),
        (",5,k", "names neither a wallet nor a customer_id"),
        (f"{A},5", "has 2 fields"),
        (f"{A},5,k,", "has 4 fields"),
    ],
)
def test_one_bad_row_and_nothing_is_written(points: Points, ledger: Ledger, csv: Write, row: str, why: str) -> None:
    """A row that cannot be taken is named with its line and its fields, and the rows around it are not queued."""
    file = csv(f"wallet,amount,key\n{B},1,before\n\n{row}\n{C},1,after\n")
    with pytest.raises(BadRows) as refused:
        points.award_file(file)
    (bad,) = refused.value.rows
    assert bad.line == 4
    assert why in bad.reason
    assert bad.fields[0] == row.split(",")[0]
    assert "1 bad row and nothing was written" in str(refused.value)
    assert owed(ledger) == {}


def test_bad_rows_come_sorted_and_whole(points: Points, csv: Write) -> None:
    """Whatever is wrong with each, the bad rows are told together in the order of the file."""
    with pytest.raises(BadRows, match="has 3 bad rows") as refused:
        points.award_file(csv(f"wallet,amount\n{A},0\n{B},1\nx,1\n{C}\n"))
    assert [bad.line for bad in refused.value.rows] == [2, 4, 5]


def test_skip_bad_takes_the_rest(points: Points, ledger: Ledger, csv: Write) -> None:
    """With skip_bad the good rows are queued and the others are listed."""
    taken = points.award_file(csv(f"wallet,amount\n{A},0\n{B},1\n"), skip_bad=True)
    assert (taken.new, [bad.line for bad in taken.bad]) == (1, [2])
    assert owed(ledger) == {(B, 1): 1}


def test_a_dry_run_counts_and_writes_nothing(points: Points, ledger: Ledger, csv: Write) -> None:
    """A dry run says what would be queued; the ledger stays as it was, and the real run finds all of it new."""
    file = csv(f"wallet,amount\n{A},5\n{B},6\n")
    tried = points.award_file(file, dry_run=True)
    assert (tried.new, tried.dry_run) == (2, True)
    assert owed(ledger) == {}
    done = points.award_file(file)
    assert (done.new, done.dry_run) == (2, False)


def test_a_dry_run_refuses_what_the_real_one_would(points: Points, csv: Write) -> None:
    """Bad rows are bad rows in a dry run too."""
    with pytest.raises(BadRows):
        points.award_file(csv(f"wallet,amount\n{A},0\n"), dry_run=True)


def test_a_key_twice_with_other_contents_is_bad(points: Points, ledger: Ledger, csv: Write) -> None:
    """Within a file, one key for two amounts is a bad row; for the same award twice it is one award."""
    with pytest.raises(BadRows) as refused:
        points.award_file(csv(f"wallet,amount,key\n{A},5,k1\n{A},5,k1\n{A},6,k1\n"))
    (bad,) = refused.value.rows
    assert bad.line == 4
    assert f'key "k1" already stands for something else (5 to {units.checksum(A)})' in bad.reason
    taken = points.award_file(csv(f"wallet,amount,key\n{A},5,k1\n{A},5,k1\n"))
    assert (taken.new, taken.known) == (1, 1)


def test_a_key_far_away_in_the_file_is_still_found(points: Points, ledger: Ledger, csv: Write) -> None:
    """A key that comes again a thousand rows later is the same key."""
    many = "".join(f"{WALLETS[n % 50]},1,k{n}\n" for n in range(1000))
    taken = points.award_file(csv(f"wallet,amount,key\n{many}{WALLETS[0]},1,k0\n{A},9,k1\n"), skip_bad=True)
    assert (taken.new, taken.known, [bad.line for bad in taken.bad]) == (1000, 1, [1003])


def test_a_key_that_the_ledger_has_with_other_contents_is_bad(points: Points, ledger: Ledger, csv: Write) -> None:
    """A key that was used before for another wallet or amount is a bad row, and the first award stands."""
    points.award(A, 5, key="k1")
    with pytest.raises(BadRows):
        points.award_file(csv(f"wallet,amount,key\n{B},5,k1\n"))
    with pytest.raises(KeyReused, match='key "k1" already stands'):
        points.award(A, 6, key="k1")
    assert owed(ledger) == {(A, 5): 1}


def test_an_award_again_is_the_same_award(points: Points, ledger: Ledger) -> None:
    """A webhook that comes twice gets the same award, told as not new, whatever note it brings."""
    first, again = points.award(A, 5, key="order-1", note="one"), points.award(A, 5, key="order-1", note="two")
    assert (first.new, again.new, again.note, again.key) == (True, False, "one", "order-1")
    assert owed(ledger) == {(A, 5): 1}


def test_a_customer_who_changed_wallets_is_known(points: Points, ledger: Ledger, csv: Write) -> None:
    """What was owed to a customer under a key stays owed to the wallet of that time: the new wallet gets nothing extra."""
    customers = Customers(ledger)
    customers.import_(customers_file(csv, ("c1", A)))
    keyed, plain = csv("customer_id,amount,key\nc1,5,k1\n", "keyed.csv"), csv("customer_id,amount\nc1,6\n", "plain.csv")
    assert points.award_file(keyed).new == points.award_file(plain).new == 1
    customers.import_(customers_file(csv, ("c1", B)))
    assert points.award_file(keyed).known == points.award_file(plain).known == 1
    assert not points.award("c1", 5, key="k1").new
    assert owed(ledger) == {(A, 5): 1, (A, 6): 1}
    points.award("c1", 7, key="k2")
    assert owed(ledger)[B, 7] == 1


def test_a_customer_and_their_wallet_are_one_for_a_key(points: Points, ledger: Ledger, csv: Write) -> None:
    """The same key for a customer, and then for the wallet the award went to, is the same award; for another wallet it is not."""
    Customers(ledger).import_(customers_file(csv, ("c1", A), ("c2", B)))
    points.award("c1", 5, key="k1")
    assert not points.award(A, 5, key="k1").new
    for other in ("c2", B):
        with pytest.raises(KeyReused):
            points.award(other, 5, key="k1")


def test_rows_may_name_wallets_and_customers(points: Points, ledger: Ledger, csv: Write) -> None:
    """A row's wallet counts before its customer; a customer nobody imported is a bad row that says so."""
    Customers(ledger).import_(customers_file(csv, ("c1", A)))
    points.award_file(csv(f"customer_id,wallet,amount\nc1,,1\nc1,{B},2\nstranger,{C},3\n"))
    assert owed(ledger) == {(A, 1): 1, (B, 2): 1, (C, 3): 1}
    with pytest.raises(BadRows) as refused:
        points.award_file(csv("customer_id,amount\nstranger,3\n"))
    assert 'customer "stranger" is not in the ledger' in refused.value.rows[0].reason
    with pytest.raises(SettingsError, match='customer "stranger" is not in the ledger; import customers first'):
        points.award("stranger", 1, key="k")


def test_a_file_needs_somebody_and_an_amount(points: Points, csv: Write) -> None:
    """A file without an amount, or with neither wallet nor customer_id, is refused as a whole."""
    with pytest.raises(BadFile, match='no column "amount"'):
        points.award_file(csv("wallet\n"))
    with pytest.raises(BadFile, match="none of the columns wallet and customer_id"):
        points.award_file(csv("amount\n5\n"))


def test_a_file_broken_at_its_end_writes_nothing(points: Points, ledger: Ledger, csv: Write) -> None:
    """A file that turns out not to be text after a thousand good rows leaves the ledger as it was."""
    content = "wallet,amount\n" + f"{A},1\n" * 1000
    with pytest.raises(BadFile, match="line 1002"):
        points.award_file(csv(content.encode() + b"\0\0\n"))
    assert owed(ledger) == {}


def test_an_empty_file_is_no_work(points: Points, csv: Write) -> None:
    """A file of nothing but its first line queues nothing and is no error."""
    taken = points.award_file(csv("wallet,amount\n"))
    assert (taken.new, taken.known, taken.columns) == (0, 0, ("wallet", "amount"))


def test_points_that_are_held_back_are_not_due(points: Points, ledger: Ledger) -> None:
    """An award with not_before waits until then."""
    points.award(A, 5, key="later", not_before=2_000_000_000)
    assert operations.groups(ledger, 1_999_999_999) == []
    assert [(group.kind, group.count) for group in operations.groups(ledger, 2_000_000_000)] == [("points.award", 1)]


rows_with_keys = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(WALLETS[:4]), st.integers(1, 3)), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(wanted=rows_with_keys, seed=st.integers(0, 2**16), cut=st.integers(0, 12))
def test_duplicates_in_any_order_are_owed_once(
    points: Points, ledger: Ledger, csv: Write, wanted: list[tuple[int, str, int]], seed: int, cut: int
) -> None:
    """Rows with repeated keys, imported whole or in parts, in any order and again, give each key once, with the contents that came first."""
    with ledger.write() as connection:
        connection.execute(delete(table))
    first: dict[int, tuple[str, int]] = {}
    for key, wallet, amount in wanted:
        first.setdefault(key, (wallet, amount))
    good = [(key, wallet, amount) for key, wallet, amount in wanted if first[key] == (wallet, amount)]

    def write(some: list[tuple[int, str, int]]) -> Path:
        return csv("wallet,amount,key\n" + "".join(f"{w},{a},k{k}\n" for k, w, a in some))

    taken = points.award_file(write(wanted), skip_bad=True)
    assert (taken.new, taken.known, len(taken.bad)) == (len(first), len(good) - len(first), len(wanted) - len(good))
    shuffled = random.Random(seed).sample(good, len(good))
    for part in (shuffled[:cut], shuffled[cut:], shuffled):
        assert points.award_file(write(part)).new == 0
    assert owed(ledger) == Counter(first.values())
    assert sorted(keys(ledger)) == sorted(f"points.award:k{key}" for key in first)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    wanted=st.lists(st.tuples(st.sampled_from(WALLETS[:3]), st.integers(1, 2)), max_size=10), seed=st.integers(0, 99)
)
def test_rows_without_keys_are_counted(
    points: Points, ledger: Ledger, csv: Write, wanted: list[tuple[str, int]], seed: int
) -> None:
    """Rows without keys are owed as often as they stand in the file, and the file shuffled is the same file."""
    with ledger.write() as connection:
        connection.execute(delete(table))

    def write(some: list[tuple[str, int]]) -> Path:
        return csv("wallet,amount\n" + "".join(f"{w},{a}\n" for w, a in some))

    assert points.award_file(write(wanted)).new == len(wanted)
    assert points.award_file(write(random.Random(seed).sample(wanted, len(wanted)))).new == 0
    assert owed(ledger) == Counter(wanted)


def test_a_list_of_awards_is_taken_as_a_whole(points: Points, ledger: Ledger) -> None:
    """Many awards by one call are queued together under their keys, and the same list again is known."""
    many = [{"wallet": wallet, "amount": n + 1, "key": f"order-{n}"} for n, wallet in enumerate(WALLETS[:3])]
    assert points.award_many(many).new == 3
    assert owed(ledger) == Counter((wallet, n + 1) for n, wallet in enumerate(WALLETS[:3]))
    again = points.award_many([*many, {"wallet": WALLETS[3], "amount": "4", "key": "order-3", "note": "a book"}])
    assert (again.new, again.known) == (1, 3)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"amount": 2.0}, "has as amount neither a text nor a whole number"),
        ({"amount": True}, "has as amount neither a text nor a whole number"),
        ({"amount": 0}, "the amount is 0"),
        ({"key": ""}, "cannot be a key"),
        ({"key": "order-0"}, "already stands for something else"),
        ({"wallet": "0x12"}, "is not an address"),
        ({"wallet": "", "customer_id": "nobody"}, 'customer "nobody" is not in the ledger'),
        ({"points": 5}, 'has a field "points"; there are wallet, customer_id, amount, key, note'),
    ],
)
def test_one_bad_award_of_a_list_and_nothing_is_written(
    points: Points, ledger: Ledger, change: dict[str, str | int], why: str
) -> None:
    """Whatever is wrong with one of them, its place and the reason are told, and none is queued."""
    many: list[dict[str, str | int]] = [{"wallet": w, "amount": 5, "key": f"order-{n}"} for n, w in enumerate(WALLETS)]
    with pytest.raises(BadRows, match="the list of awards has 1 bad row and nothing was written") as refused:
        points.award_many([*many[:2], many[2] | change, *many[3:]])
    (row,) = refused.value.rows
    assert row.line == 3 and why in row.reason
    assert not owed(ledger)


def test_a_long_file_does_not_fill_the_memory(ledger_path: Path, csv: Write) -> None:
    """60,000 rows, queued in one transaction, take less than 20 MB more than ten rows: the file's length does not matter."""
    code = """
import resource, sys
from pathlib import Path
from loyalty.contracts import Contract
from loyalty.ledger import Ledger
from loyalty.points import Points
ledger = Ledger.open(Path(sys.argv[1]))
points = Points(ledger, Contract("points", "Points", ledger, None), None, None)
points.award_file(sys.argv[2])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
taken = points.award_file(sys.argv[3])
print(taken.new, taken.known, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    few = csv("wallet,amount,key\n" + "".join(f"{w},1,f{w}\n" for w in WALLETS[:10]), "few.csv")
    many = csv("wallet,amount,key\n" + "".join(f"0x{n:040x},1,k{n}\n" for n in range(1, 60_001)), "many.csv")
    command = [sys.executable, "-c", code, str(ledger_path), str(few), str(many)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    new, known, kilobytes = map(int, done.stdout.split())
    assert (new, known) == (60_000, 0)
    assert kilobytes < 20_000
