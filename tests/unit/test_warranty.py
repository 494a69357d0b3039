"""warranty: registrations as they are queued, before any node is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loyalty import units
from loyalty.contracts import Contract
from loyalty.errors import BadRows, KeyReused, SettingsError
from loyalty.ledger import Ledger, catalogue, operations, people
from loyalty.serials import token_id
from loyalty.settings import WarrantySettings
from loyalty.storage import Storage
from loyalty.warranty import FREE, Warranty

from .conftest import WALLETS

A, B = WALLETS[:2]
DAY = 86_400


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """A folder for metadata."""
    return Storage("folder", tmp_path / "storage", "")


@pytest.fixture
def warranty(ledger: Ledger, storage: Storage) -> Warranty:
    """The warranties of a program that has no chain yet."""

    def no_node() -> Any:
        raise AssertionError("queueing asked for a node")

    return Warranty(ledger, Contract("warranty", "Warranty", ledger, no_node), storage, WarrantySettings(), no_node)


def registered(ledger: Ledger, serial: str) -> dict[str, Any]:
    """What is queued for a serial number."""
    found = operations.by_key(ledger, f"warranty.register:{serial}")
    assert found is not None
    return {"wallet": found.wallet, "token": found.subject, **found.args}


def test_a_serial_number_never_leaves_the_ledger(warranty: Warranty, ledger: Ledger, storage: Storage) -> None:
    """The token id is the hash of a random salt and the serial; metadata and arguments do not hold the serial."""
    warranty.register(A, "SN-4711", "Kettle", purchased="2026-01-31")
    proof = warranty.proof("SN-4711")
    assert (
        proof["token_id"]
        == token_id(bytes.fromhex(proof["salt"][2:]), "SN-4711")
        == registered(ledger, "SN-4711")["token"]
    )
    assert len(proof["salt"]) == 66
    files = [path.read_bytes() for path in storage.folder.iterdir()]
    assert files and not any(b"SN-4711" in content for content in files)
    sent = [
        o.args for kind in ("warranty.terms", "warranty.register") for o in operations.take(ledger, kind, None, 0, 9)
    ]
    assert "SN-4711" not in str(sent)


def test_two_serial_numbers_have_two_salts(warranty: Warranty) -> None:
    """A salt is drawn for each item."""
    for serial in ("S1", "S2"):
        warranty.register(A, serial, "Kettle")
    assert warranty.proof("S1")["salt"] != warranty.proof("S2")["salt"]


def test_terms_are_numbered_once(warranty: Warranty, ledger: Ledger) -> None:
    """Equal terms share a number and are queued once, before the first warranty under them; others get the next."""
    warranty.register(A, "S1", "Kettle")
    warranty.register(A, "S2", "Kettle")
    warranty.register(A, "S3", "Kettle", months=36)
    warranty.register(A, "S4", "Toaster", transfers="never")
    assert [registered(ledger, f"S{n}")["terms"] for n in (1, 2, 3, 4)] == [1, 1, 2, 3]
    assert [(o.subject, o.note) for o in operations.take(ledger, "warranty.terms", None, 0, 9)] == [
        ("1", "Kettle"), ("2", "Kettle"), ("3", "Toaster"),
    ]  # fmt: skip
    terms = catalogue.all_terms(ledger)
    assert (terms[1].transfers, terms[2].commercial_months, terms[3].transfers) == (FREE, 36, 0)
    assert operations.groups(ledger, 0)[0].kind == "warranty.terms"


def test_the_clock_starts_on_the_day_of_purchase(warranty: Warranty, ledger: Ledger) -> None:
    """On the date given, or today's first second, or with the first sale."""
    today = units.now() - units.now() % DAY
    warranty.register(A, "S1", "Kettle", purchased="2026-01-31")
    warranty.register(A, "S2", "Kettle")
    warranty.register(A, "S3", "Kettle", in_stock=True)
    assert registered(ledger, "S1")["start"] == units.moment("2026-01-31")
    assert registered(ledger, "S2")["start"] in (today, today + DAY)
    assert registered(ledger, "S3")["start"] == 0


def test_a_registration_again_is_the_same(warranty: Warranty, ledger: Ledger) -> None:
    """Without a date it keeps its first day, however much later it comes; the token is the same."""
    assert warranty.register(A, "S1", "Kettle", purchased="2026-01-31").new
    before = registered(ledger, "S1")
    for again in ({}, {"purchased": "2026-01-31"}):
        assert not warranty.register(A, "S1", "Kettle", **again).new
    assert registered(ledger, "S1") == before


@pytest.mark.parametrize(
    "other",
    [{"who": B}, {"product": "Toaster"}, {"months": 12}, {"purchased": "2026-01-30"}, {"in_stock": True}],
    ids=lambda other: next(iter(other)),
)
def test_a_serial_number_has_one_warranty(warranty: Warranty, ledger: Ledger, other: dict[str, Any]) -> None:
    """For another wallet, product, period or day it is refused, and the first stands."""
    first = {"who": A, "serial": "S1", "product": "Kettle", "purchased": "2026-01-31"}
    warranty.register(**first)
    before = registered(ledger, "S1")
    with pytest.raises(KeyReused):
        warranty.register(**{**first, **({"purchased": ""} if "in_stock" in other else {}), **other})
    assert registered(ledger, "S1") == before
    assert len(catalogue.all_terms(ledger)) == 1


def test_a_customer_who_changed_wallets_has_one_warranty(warranty: Warranty, ledger: Ledger) -> None:
    """Registered again for the same customer, it stays where it is."""
    people.put(ledger, [("c1", A, {})])
    assert warranty.register("c1", "S1", "Kettle").new
    people.put(ledger, [("c1", B, {})])
    assert not warranty.register("c1", "S1", "Kettle").new
    assert registered(ledger, "S1")["wallet"] == A


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"serial": ""}, "a serial number has 1 to 100 printable characters"),
        ({"serial": "S" * 101}, "a serial number has"),
        ({"serial": "S\n1"}, "a serial number has"),
        ({"serial": "0x12"}, "does not start with 0x"),
        ({"product": " "}, "names a product"),
        ({"product": "P" * 101}, "names a product"),
        ({"purchased": "2126-01-01"}, "outside the years|has not come yet"),
        ({"purchased": "2100-01-01"}, "that day has not come yet"),
        ({"purchased": "1970-01-01"}, "too early for the contract's clock"),
        ({"purchased": "yesterday"}, "is not a date"),
        ({"months": 601}, "months is"),
        ({"months": 0, "legal_months": 0}, "covers nothing"),
        ({"transfers": "255"}, "transfers is"),
        ({"transfers": "often"}, "transfers is"),
        ({"who": "0x12"}, "is not an address"),
        ({"who": "stranger"}, "is not in the ledger"),
    ],
)
def test_what_no_warranty_can_be_is_refused(
    warranty: Warranty, ledger: Ledger, wrong: dict[str, Any], why: str
) -> None:
    """Nothing of it is kept: no terms, no salt, no operation."""
    with pytest.raises(SettingsError, match=why):
        warranty.register(**{"who": A, "serial": "S1", "product": "Kettle", **wrong})
    assert operations.counts(ledger) == {}
    assert catalogue.all_terms(ledger) == {}


def test_a_file_of_registrations(warranty: Warranty, ledger: Ledger, csv: Callable[..., Path]) -> None:
    """Each row says what it differs in; the same file again is known, on any later day."""
    file = csv(
        "wallet,serial,product,purchased,months,legal_months,transfers,in_stock\n"
        f"{A},S1,Kettle,2026-01-31,,,,\n{A},S2,Kettle,,36,24,3,no\n{B},S3,Kettle,,,,,YES\n"
    )
    assert warranty.import_(file).new == 3
    again = warranty.import_(file)
    assert (again.new, again.known) == (0, 3)
    assert registered(ledger, "S3")["start"] == 0
    assert len(catalogue.all_terms(ledger)) == 2


def test_a_file_with_a_bad_row_leaves_nothing(warranty: Warranty, ledger: Ledger, csv: Callable[..., Path]) -> None:
    """No terms and no salt of the rows around it; with skip_bad, none of its own."""
    file = csv(f"wallet,serial,product,in_stock\n{A},S1,Kettle,\n{A},S2,Toaster,maybe\n{B},S1,Kettle,\n")
    with pytest.raises(BadRows) as refused:
        warranty.import_(file)
    assert [(row.line, row.reason[:8]) for row in refused.value.rows] == [(3, "in_stock"), (4, 'key "S1"')]
    assert (operations.counts(ledger), catalogue.all_terms(ledger)) == ({}, {})
    assert warranty.import_(file, skip_bad=True).new == 1
    assert [terms.product for terms in catalogue.all_terms(ledger).values()] == ["Kettle"]
    with pytest.raises(SettingsError, match='there is no warranty "S2" in the ledger'):
        warranty.proof("S2")


def test_changes_are_told_apart(warranty: Warranty, ledger: Ledger) -> None:
    """An extension is one for its key, whatever signs serial and key hold; the end comes once."""
    for serial in ("A", "A:1"):
        warranty.register(A, serial, "Kettle")
    assert warranty.extend("A", 6, key="1:2").new
    assert warranty.extend("A:1", 6, key="2").new
    assert not warranty.extend("A", 6, key="1:2").new
    with pytest.raises(KeyReused):
        warranty.extend("A", 7, key="1:2")
    assert warranty.void("A", reason="stolen").new
    with pytest.raises(KeyReused):
        warranty.void("A", reason="lost")
    assert [o.args["months"] for o in operations.take(ledger, "warranty.extend", None, 0, 9)] == [6, 6]


def test_a_change_needs_a_warranty_and_its_bounds(warranty: Warranty) -> None:
    """An unknown serial, no months, too many, no reason and one that is too long are refused; a token id names it too."""
    warranty.register(A, "S1", "Kettle")
    token = warranty.proof("S1")["token_id"]
    assert warranty.proof(token.upper().replace("X", "x")) == warranty.proof("S1")
    with pytest.raises(SettingsError, match='there is no warranty "S9"'):
        warranty.extend("S9", 6, key="k")
    for months in (0, 121, -1):
        with pytest.raises(SettingsError, match="months is"):
            warranty.extend("S1", months, key="k")
    for reason in ("", " ", "\xe9" * 51):
        with pytest.raises(SettingsError, match="is voided for a reason of 1 to 100 bytes"):
            warranty.void("S1", reason=reason)
