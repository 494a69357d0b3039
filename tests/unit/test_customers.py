"""customers: who they are off chain, and which wallets are theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loyalty import units
from loyalty.customers import Customers
from loyalty.errors import BadFile, BadRows, SettingsError
from loyalty.ledger import Ledger, people

from .conftest import WALLETS

Write = Callable[..., Path]
A, B, C = WALLETS[:3]


@pytest.fixture
def customers(ledger: Ledger) -> Customers:
    """The customers of an empty ledger."""
    return Customers(ledger)


def test_customers_are_taken_with_all_their_columns(customers: Customers, csv: Write) -> None:
    """Further columns are kept by name; empty ones are not."""
    done = customers.import_(csv(f"customer_id,wallet,Tier,city\nc1,{A},gold,\nc2,{B.upper()},,Bern\n"))
    assert (done.customers, done.wallets, done.changed, done.known) == (2, 2, 0, 0)
    assert customers.count() == (2, 2)
    assert customers.show("c1").attributes == {"tier": "gold"}
    assert customers.show(units.checksum(B)).customer_id == "c2"


def test_the_same_file_again_changes_nothing(customers: Customers, csv: Write) -> None:
    """Every row is known, whether it stands twice in the file or comes in a second import."""
    file = csv(f"customer_id,wallet\nc1,{A}\nc1,{A}\n")
    first, again = customers.import_(file), customers.import_(file)
    assert (first.customers, first.wallets, first.known) == (1, 1, 1)
    assert (again.customers, again.wallets, again.changed, again.known) == (0, 0, 0, 2)


def test_the_wallet_that_came_last_is_paid(customers: Customers, ledger: Ledger, csv: Write) -> None:
    """A customer may have many wallets; the last new one is where what is owed goes."""
    customers.import_(csv(f"customer_id,wallet\nc1,{A}\nc1,{B}\n"))
    assert (customers.show("c1").wallets, customers.show("c1").wallet) == ((A, B), B)
    customers.import_(csv(f"customer_id,wallet\nc1,{C}\n"))
    assert customers.show(A).wallet == C
    assert people.current_wallets(ledger) == {"c1": C}


def test_attributes_are_merged(customers: Customers, csv: Write) -> None:
    """A later file adds to and replaces what it names, and leaves the rest."""
    customers.import_(csv(f"customer_id,wallet,tier,city\nc1,{A},gold,Bern\n"))
    done = customers.import_(csv(f"customer_id,wallet,tier,language\nc1,{A},silver,de\n"))
    assert (done.customers, done.changed) == (0, 1)
    assert customers.show("c1").attributes == {"tier": "silver", "city": "Bern", "language": "de"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f",{A}", "has no customer_id"),
        ("c9,", "is not an address"),
        ("c9,0x12", "is not an address"),
        (f"{'c' * 201},{A}", "longer than 200 characters"),
        (f"0xabc,{A}", "looks like an address"),
        (f"c9,{B}", f'gives {units.checksum(B)} to customer "c9", but it is customer "c2"\'s'),
        (f"c9,{C}", f'gives {units.checksum(C)} to customer "c9", but it is customer "c3"\'s'),
        (f"c9,{A},x", "has 3 fields"),
    ],
)
def test_one_bad_row_and_nothing_is_written(customers: Customers, csv: Write, row: str, why: str) -> None:
    """A row that cannot be, or that takes another customer's wallet (of the ledger or of the file), refuses the file."""
    customers.import_(csv(f"customer_id,wallet\nc2,{B}\n"))
    file = csv(f"customer_id,wallet\nc3,{C}\n{row}\nc4,{WALLETS[4]}\n")
    with pytest.raises(BadRows) as refused:
        customers.import_(file)
    (bad,) = refused.value.rows
    assert (bad.line, why in bad.reason) == (3, True)
    assert customers.count() == (1, 1)
    done = customers.import_(file, skip_bad=True)
    assert (done.customers, [bad.line for bad in done.bad]) == (2, [3])


def test_a_dry_run_writes_nothing(customers: Customers, csv: Write) -> None:
    """A dry run counts what an import would do."""
    done = customers.import_(csv(f"customer_id,wallet\nc1,{A}\n"), dry_run=True)
    assert (done.customers, done.wallets, done.dry_run) == (1, 1, True)
    assert customers.count() == (0, 0)


def test_both_columns_are_needed(customers: Customers, csv: Write) -> None:
    """A file without wallets, or without ids, is refused as a whole."""
    for text, column in (("customer_id,mail\n", "wallet"), ("wallet\n", "customer_id")):
        with pytest.raises(BadFile, match=f'no column "{column}"'):
            customers.import_(csv(text))


def test_nobody_is_shown_for_a_stranger(customers: Customers) -> None:
    """An id or a wallet that is not in the ledger is told with the step to take; a wrong address as a wrong address."""
    for who in ("c1", A):
        with pytest.raises(SettingsError, match="is not in the ledger; import customers first"):
            customers.show(who)
    with pytest.raises(SettingsError, match="is not an address"):
        customers.show("0x12")


def test_customers_are_listed_by_id(customers: Customers, csv: Write) -> None:
    """The list is in the order of ids, and can be cut."""
    customers.import_(csv(f"customer_id,wallet\nb,{A}\na,{B}\nc,{C}\n"))
    assert [one.customer_id for one in customers.list_()] == ["a", "b", "c"]
    assert [one.customer_id for one in customers.list_(2)] == ["a", "b"]


def test_a_long_file_is_taken_in_pieces(customers: Customers, csv: Write) -> None:
    """A wallet that comes again a thousand rows later is still the first customer's."""
    many = "".join(f"c{n},0x{n + 1:040x}\n" for n in range(1000))
    done = customers.import_(csv(f"customer_id,wallet\n{many}thief,0x{1:040x}\n"), skip_bad=True)
    assert (done.customers, done.wallets, [bad.line for bad in done.bad]) == (1000, 1000, [1002])


@pytest.mark.parametrize("text", ["'; DROP TABLE customers; --", "%", "_", "\\", '"', "\N{SNOWMAN}", "x" * 10_000])
def test_text_is_only_text(customers: Customers, csv: Write, text: str) -> None:
    """Whatever a field holds is stored and found as it is, and finds nobody else."""
    quoted = '"' + text.replace('"', '""') + '"'
    short = quoted if len(text) < 200 else '"long"'
    customers.import_(csv(f"customer_id,wallet,note\nother,{B},\n{short},{A},{quoted}\n"))
    found = customers.show(A)
    assert (found.attributes["note"], found.wallet) == (text, A)
    assert customers.show(found.customer_id) == found
    assert customers.count() == (2, 2)
