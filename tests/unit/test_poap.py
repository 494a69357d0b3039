"""poap: events and badges as they are queued, before any node is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loyalty.contracts import Contract
from loyalty.errors import BadRows, LoyaltyError, SettingsError
from loyalty.ledger import Ledger, operations
from loyalty.poap import Poap
from loyalty.storage import Storage

from .conftest import WALLETS

A, B, C = WALLETS[:3]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """A folder for metadata."""
    return Storage("folder", tmp_path / "storage", "")


@pytest.fixture
def poap(ledger: Ledger, storage: Storage) -> Poap:
    """The badges of a program that has no chain yet."""

    def no_node() -> Any:
        raise AssertionError("queueing asked for a node")

    return Poap(ledger, Contract("poap", "Poap", ledger, no_node), storage, no_node, no_node, "loyalty:claim")


def args(ledger: Ledger, event: int) -> dict[str, Any]:
    """What is queued for an event."""
    found = operations.by_key(ledger, f"poap.create:{event}")
    assert found is not None
    return found.args


def seconds(*date: int) -> int:
    """Unix seconds of a date in UTC."""
    return int(datetime(*date, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


def test_an_event_is_made_once(poap: Poap, ledger: Ledger) -> None:
    """The first event has number 1; the same again is the same event, and other settings under its name are refused."""
    first = poap.create("Opening", start="2026-03-31", max_supply=10)
    assert (first.event, first.state) == (1, "queued")
    assert poap.create("Opening", start="2026-03-31", max_supply=10) == first
    assert poap.create("Closing").event == 2
    with pytest.raises(SettingsError, match='there is an event "Opening" already, number 1, with other settings'):
        poap.create("Opening", start="2026-03-31", max_supply=11)
    assert [event.name for event in poap.list_()] == ["Opening", "Closing"]
    assert args(ledger, 1)["max_supply"] == 10


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("", "", 0, 0),
        ("2026-03-31", "2026-03-31", seconds(2026, 3, 31), seconds(2026, 3, 31, 23, 59, 59)),
        (" 2026-03-31 ", " 2026-04-01 ", seconds(2026, 3, 31), seconds(2026, 4, 1, 23, 59, 59)),
        ("20260331", "20260401", seconds(2026, 3, 31), seconds(2026, 4, 1, 23, 59, 59)),
        ("2026-W14-2", "2026-W14-3", seconds(2026, 3, 31), seconds(2026, 4, 1, 23, 59, 59)),
        ("2026-03-31T18:00", "2026-03-31T22:00", seconds(2026, 3, 31, 18), seconds(2026, 3, 31, 22)),
        ("2026-03-31T18:00+02:00", "", seconds(2026, 3, 31, 16), 0),
    ],
)
def test_the_last_day_counts(poap: Poap, ledger: Ledger, start: str, end: str, first: int, last: int) -> None:
    """A date however written bounds from its first second to its last; a time bounds to the second."""
    poap.create("Opening", start=start, end=end)
    assert (args(ledger, 1)["start"], args(ledger, 1)["end"]) == (first, last)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "n" * 101}, "needs a name"),
        ({"name": "2026"}, "that is not a number"),
        ({"burn": "nobody"}, 'burn is "nobody"; it says who may burn a badge: issuer, owner, both, neither'),
        ({"start": "soon"}, "is not a date"),
        ({"start": "2026-04-01", "end": "2026-03-31"}, "ends on 2026-03-31, before it starts"),
        ({"max_supply": -1}, "max_supply is"),
        ({"max_supply": 2**32}, "max_supply is"),
        ({"image": "/nowhere/badge.png"}, "cannot be read"),
    ],
)
def test_what_no_event_can_be_is_refused(poap: Poap, wrong: dict[str, Any], why: str) -> None:
    """Nothing of it is kept."""
    with pytest.raises(LoyaltyError, match=why):
        poap.create(**{"name": "Opening", **wrong})
    assert poap.list_() == []


def test_metadata_is_what_explorers_read(poap: Poap, storage: Storage, tmp_path: Path) -> None:
    """Name, picture under both names, links, traits and the year; what was not said is left out."""
    picture = tmp_path / "badge.png"
    picture.write_bytes(b"\x89PNG")
    made = poap.create(
        "Opening", image=picture, start=" 2026-03-31", city="Bern", url="https://shop.example", virtual=False
    )
    document = storage.get_json(made.uri)
    assert document["image"] == document["image_url"]
    assert storage.get(document["image"]) == b"\x89PNG"
    assert (document["name"], document["description"], document["year"]) == ("Opening", "Opening", 2026)
    assert document["external_url"] == document["home_url"] == "https://shop.example"
    traits = {one["trait_type"]: one["value"] for one in document["attributes"]}
    assert traits == {
        "startDate": "2026-03-31", "endDate": "2026-03-31", "virtualEvent": "false", "city": "Bern", "eventURL": "https://shop.example",
    }  # fmt: skip
    plain = storage.get_json(poap.create("Plain").uri)
    assert not {"image", "image_url", "year", "external_url"} & set(plain)


@pytest.mark.parametrize("image", ["https://shop.example/x.png", "ipfs://bafkrei", "data:image/png;base64,iVBORw=="])
def test_a_picture_elsewhere_is_only_named(poap: Poap, storage: Storage, image: str) -> None:
    """An address is taken as it is, and no file is looked for."""
    assert storage.get_json(poap.create("Opening", image=image).uri)["image"] == image


def test_a_badge_is_given_once(poap: Poap, ledger: Ledger, csv: Callable[..., Path]) -> None:
    """Whoever asks, and however often: one wallet has one badge of an event."""
    poap.create("Opening")
    assert poap.award("Opening", A).new
    assert not poap.award(1, A.upper().replace("X", "x"), note="again").new
    taken = poap.drop(1, csv(f"wallet,note\n{A},x\n{B},\n{B},y\n"))
    assert (taken.new, taken.known) == (1, 2)
    assert operations.counts(ledger)["poap.award"] == {"queued": 2}
    poap.create("Closing")
    assert poap.award("Closing", A).new


def test_a_drop_is_all_or_nothing(poap: Poap, ledger: Ledger, csv: Callable[..., Path]) -> None:
    """One bad row and nobody gets a badge."""
    poap.create("Opening")
    with pytest.raises(BadRows):
        poap.drop("Opening", csv(f"wallet\n{A}\n0x12\n{C}\n"))
    assert "poap.award" not in operations.counts(ledger)


def test_an_event_is_named_by_number_or_name(poap: Poap) -> None:
    """What is neither is told with those there are."""
    with pytest.raises(SettingsError, match=r'there is no event "1" \(there is none yet\); make one with'):
        poap.event(1)
    poap.create("Opening")
    assert poap.event(1) == poap.event("1") == poap.event("Opening")
    with pytest.raises(SettingsError, match=r'there is no event "opening" \(there is 1 Opening\)'):
        poap.award("opening", A)
