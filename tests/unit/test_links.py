"""Badges by voucher and by link, on a chain: given once, to whom they were signed for, and looked at before gas is paid."""

from __future__ import annotations

import base64
import csv as csv_module
import json
import os
import random
import re
import signal
import sqlite3
import struct
import time
import xml.etree.ElementTree as xml
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp

from loyalty import qr, units
from loyalty.chain import signer as signers
from loyalty.contracts import word
from loyalty.errors import KeyReused, LoyaltyError, SettingsError
from loyalty.ledger import operations
from loyalty.links import Link
from loyalty.program import Program
from loyalty.settings import SignerSettings

from .conftest import WALLETS

CUSTOMERS = [f"c{n}" for n in range(20)]


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program with badges on an Anvil of its own, whose clock tests may turn, and customers c0 to c19."""
    program = Program.init("Brand", tmp_path_factory.mktemp("brand"))
    running = program.chain.start()
    program.deploy(["poap"])
    path = program.settings.folder / "customers.csv"
    path.write_text("customer_id,wallet\n" + "".join(f"{c},{w}\n" for c, w in zip(CUSTOMERS, WALLETS, strict=False)))
    program.customers.import_(path)
    yield program
    program.close()
    os.kill(running.pid, signal.SIGKILL)


@pytest.fixture
def event(brand: Program, request: pytest.FixtureRequest) -> int:
    """An event of the test's own, on chain."""
    return made(brand, request.node.name)


def made(brand: Program, name: str, **settings: Any) -> int:
    """A new event, on chain."""
    found = brand.poap.create(name[:100], **settings)
    brand.send()
    return found.event


def wallet(customer: str) -> str:
    """A customer's wallet."""
    return WALLETS[CUSTOMERS.index(customer)]


def has(brand: Program, event: int, who: str) -> bool:
    """Whether the contract gave a wallet the event's badge."""
    return bool(brand.poap._contract.read("issued", event, who))


def sent(brand: Program) -> tuple[int, int, int]:
    """What a send does: operations, transactions, failures."""
    done = brand.send()
    return done.operations, done.transactions, done.failed


def stranger(brand: Program, function: str, *args: Any) -> None:
    """Put a call on chain that the program knows nothing of, from somebody else's account."""
    from loyalty.chain import abi

    contract = brand.poap._contract
    signer = signers.from_anvil(9)
    node = contract.node
    raw = signer.sign(
        31337, node.nonce(signer.address), contract.address, abi.encode("Poap", function, *args), 500_000, 10**10, 1
    )
    node.broadcast(raw.raw)
    for _ in range(200):
        if (receipt := node.receipt(raw.tx_hash)) is not None:
            assert receipt.succeeded
            return
        time.sleep(0.05)
    raise AssertionError("it was not mined")


# Vouchers.


def test_a_voucher_is_used_once(brand: Program, event: int) -> None:
    """It gives its wallet the badge, once, however often it is handed in; and the same wallet gets the same number."""
    voucher = brand.poap.voucher(event, "c0")
    again = brand.poap.voucher(event, "c0", deadline="2049-01-01")
    assert (voucher.new, again.new, again.deadline) == (True, False, units.moment("2049-01-01") + 86_399)
    assert voucher.number == again.number
    first, second = brand.poap.claim(voucher.text), brand.poap.claim(again.text)
    assert (first.new, second.new, first.customer_id) == (True, False, "c0")
    assert sent(brand) == (1, 1, 0)
    assert has(brand, event, wallet("c0"))
    assert brand.poap.claim(voucher.text).state == "final"
    with pytest.raises(SettingsError, match="the voucher is not needed: the wallet has this badge already"):
        brand.poap.voucher(event, "c0")


def test_numbers_count_up_over_vouchers_and_links(brand: Program, event: int) -> None:
    """Two wallets, two numbers; a link gets the next: so that 255 of 256 cost the contract no new slot."""
    numbers = [brand.poap.voucher(event, who).number for who in ("c1", "c2")]
    numbers += [link.number for link in brand.poap.link.create(event, count=2).links]
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_a_cancelled_voucher_is_followed_by_another_number(brand: Program, event: int) -> None:
    """After its number was cancelled the first is worth nothing, and the wallet can be given a new one."""
    first = brand.poap.voucher(event, "c1")
    brand.poap.link.cancel([first.number])
    brand.send()
    with pytest.raises(SettingsError, match="the voucher was used already, or cancelled; ask for a new one"):
        brand.poap.claim(first.text)
    second = brand.poap.voucher(event, "c1")
    assert second.number > first.number
    assert brand.poap.claim(second.text).new


NOT_SIGNED = "the voucher was altered or cut short: its issuer did not sign this; copy it again"


NO_VOUCHER = "this is not a voucher for a badge; it is what loyalty poap voucher prints, all of it"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"event": 2**32 - 1}, NOT_SIGNED),
        ({"wallet": WALLETS[9]}, NOT_SIGNED),
        ({"number": "12345"}, NOT_SIGNED),
        ({"deadline": 2**40 - 1}, NOT_SIGNED),
        ({"issuer": WALLETS[9]}, NOT_SIGNED),
        ({"signature": "0x" + "11" * 65}, NOT_SIGNED),
        ({"signature": "0x"}, NOT_SIGNED),
        ({"chain_id": 1}, "the voucher is for chain 1, and this program is on chain 31337; claim it there"),
        ({"contract": WALLETS[9]}, "the voucher is for the badges at 0x"),
        ({"contract": 5}, '"5" is not an address'),
        ({"signature": "0xzz"}, NO_VOUCHER),
        ({"voucher": "points"}, NO_VOUCHER),
        ({"event": None}, 'event is "None"; it takes a whole number of 32 bits'),
        ({"number": "-1"}, 'number is "-1"; it takes a whole number of 256 bits'),
    ],
    ids=str,
)
def test_an_altered_voucher_is_told(brand: Program, event: int, changes: dict[str, Any], why: str) -> None:
    """Whatever is changed in it, nothing is queued, and one sentence says why."""
    voucher = json.loads(brand.poap.voucher(event, "c3").text)
    before = operations.counts(brand.ledger)
    with pytest.raises(LoyaltyError, match=re.escape(why)):
        brand.poap.claim(voucher | changes)
    assert operations.counts(brand.ledger) == before
    assert brand.poap.claim(voucher).new, "unchanged, it is good"


@pytest.mark.parametrize(
    "voucher", ["", "text", "[]", "5", "{}", '{"voucher": "poap"}', "[" * 9_999, {}, {"voucher": 1}]
)
def test_what_is_no_voucher_is_told(brand: Program, voucher: Any) -> None:
    """Whatever a file holds, it is one sentence and no traceback."""
    with pytest.raises(SettingsError, match=re.escape(NO_VOUCHER)):
        brand.poap.claim(voucher)


def test_a_voucher_for_a_later_day_waits(brand: Program) -> None:
    """An event that has not begun yet: the voucher is signed and taken in, and is sent when its day has come."""
    later = made(brand, "a voucher for later", start="2049-01-01")
    voucher = brand.poap.voucher(later, "c4", deadline="2049-12-31")
    assert brand.poap.claim(voucher.text).new
    assert brand.send().parked == {"poap.claim": "the event has not started yet; its badges are sent once it has"}
    operations.cancel(brand.ledger, f"poap.claim:{voucher.issuer}:{voucher.number}")


def test_nothing_is_signed_that_is_worth_nothing(brand: Program) -> None:
    """An event that is full, or over, or not on chain yet, gives neither vouchers nor links, and no number is lost to it."""
    full = made(brand, "full", max_supply=1)
    brand.poap.award(full, "c5")
    brand.send()
    gone = made(brand, "gone", end="2020-01-01")
    waits = brand.poap.create("waits").event
    for event, why in (
        (full, "comes too late: all badges of the event are given"),
        (gone, "comes too late: the event's last day for badges is over"),
        (waits, r'event "waits" is not on chain yet \(queued\); run: loyalty send'),
    ):
        before = numbers(brand)
        with pytest.raises(SettingsError, match=why):
            brand.poap.voucher(event, "c6")
        with pytest.raises(SettingsError, match=why):
            brand.poap.link.create(event)
        assert numbers(brand) == before
    with pytest.raises(SettingsError, match="it would have expired on 2020-01-01 already; give a later day"):
        brand.poap.voucher(full, "c6", deadline="2020-01-01")


def numbers(brand: Program) -> int:
    """How many numbers were ever given out."""
    with sqlite3.connect(brand.ledger.where) as ledger:
        return int(ledger.execute("SELECT count(*) FROM promises").fetchone()[0])


# Links.


def test_a_link_gives_its_badge_to_the_first(brand: Program, event: int) -> None:
    """Whoever opens it first has the badge; anybody after that is told, before and after it is on chain."""
    (link,) = brand.poap.link.create(event).links
    assert brand.poap.link.claim(link.url, "c1").new
    assert not brand.poap.link.claim(link.url, "c1").new
    with pytest.raises(KeyReused, match=r"the link is claimed already, by 0x.*; each is good for one wallet"):
        brand.poap.link.claim(link.url, "c2")
    assert sent(brand) == (1, 1, 0)
    assert has(brand, event, wallet("c1")) and not has(brand, event, wallet("c2"))
    with pytest.raises(KeyReused, match="claimed already"):
        brand.poap.link.claim(link.url, "c2")


def test_a_link_that_somebody_else_relayed_is_told(brand: Program, event: int) -> None:
    """Put on chain by another, it is used: for the same wallet there is nothing to do, for others it is gone."""
    (link,) = brand.poap.link.create(event).links
    claimed_elsewhere(brand, link, wallet("c1"))
    with pytest.raises(SettingsError, match="the link is not needed: the wallet has this badge already"):
        brand.poap.link.claim(link.url, "c1")
    with pytest.raises(SettingsError, match="the link was used already, or cancelled; ask for a new one"):
        brand.poap.link.claim(link.url, "c2")


def claimed_elsewhere(brand: Program, link: Link, to: str) -> None:
    """What an app of somebody else's does with a link."""
    from loyalty.links import _opened
    from loyalty.promised import receive_request

    _, _, event, issuer, number, last, key, signature = _opened(link.url)
    own = signers.from_key(key)
    received = own.sign_typed(receive_request(brand.poap._contract, event, to))
    stranger(brand, "claim_link", issuer, event, own.address, number, last, signature, to, received)


def test_a_thief_of_the_transaction_gets_nothing(brand: Program, event: int) -> None:
    """The call with another receiver in it is refused by the contract: the link's key did not sign for that one."""
    (link,) = brand.poap.link.create(event).links
    queued = brand.poap.link.claim(link.url, "c1")
    found = operations.by_key(brand.ledger, f"poap.claim:{queued.key}")
    assert found is not None
    a, thief = found.args, WALLETS[19]
    call = [a["issuer"], event, a["key"], int(a["number"]), a["deadline"], bytes.fromhex(a["signature"][2:])]
    reason = brand.poap._contract.refusal(thief, "claim_link", *call, thief, bytes.fromhex(a["key_signature"][2:]))
    assert reason == "poap: receiver is not signed by the link"


def test_every_changed_byte_of_a_link_is_noticed(brand: Program, event: int) -> None:
    """A link in which any one byte is another, or that is cut anywhere, gives nobody anything."""
    (link,) = brand.poap.link.create(event).links
    head, _, payload = link.url.partition("#")
    packed = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    broken = [
        packed[:at] + bytes([packed[at] ^ chance.randrange(1, 256)]) + packed[at + 1 :] for at in range(len(packed))
    ]
    broken += [packed[:at] for at in range(0, len(packed), 7)]
    for one in broken:
        text = f"{head}#{base64.urlsafe_b64encode(one).decode().rstrip('=')}"
        with pytest.raises(LoyaltyError, match=r"copy (it|the link) again|claim it there"):
            brand.poap.link.claim(text, "c1")
            pytest.fail(f"seed {seed}: {text}")
    for text in ("", "#", "loyalty:claim", "loyalty:claim#", f"{link.url}!", "https://shop.example/#x"):
        with pytest.raises(SettingsError, match="this is not a whole claim link; copy it again, with everything after"):
            brand.poap.link.claim(text, "c1")
    assert brand.poap.link.claim(f" {payload}\n", "c1").new, "what is after the # is all that is needed"


def test_no_key_is_in_the_ledger(brand: Program, event: int) -> None:
    """Neither the ledger nor anything beside it holds a link's key, in any spelling; its address is what the ledger has."""
    (link,) = brand.poap.link.create(event).links
    brand.poap.link.claim(link.url, "c1")
    payload = link.url.partition("#")[2]
    key = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))[69:101]
    address = signers.from_key(key).address
    kept = b"".join(
        path.read_bytes() for path in brand.settings.folder.rglob("*") if path.is_file() and "anvil" not in path.name
    )
    assert address.encode() in kept
    for spelled in (
        key,
        key.hex().encode(),
        base64.b64encode(key)[2:-4],
        payload[100:140].encode(),
        str(int.from_bytes(key)).encode(),
    ):
        assert spelled not in kept


def test_what_becomes_of_links(brand: Program, event: int, tmp_path: Path) -> None:
    """Open, queued, claimed, cancelled, expired: as the chain has it; what nobody used in time is freed, and its customer gets another."""
    invited = tmp_path / "invited.csv"
    invited.write_text("customer_id,name\nc0,Ada\nc1,Ben\nc2,Cleo\nc3,Dan\n")
    first = brand.poap.link.create(event, customers=invited).links
    assert [link.customer_id for link in first] == ["c0", "c1", "c2", "c3"]
    again = brand.poap.link.create(event, customers=invited)
    assert (again.links, again.known, again.file) == ((), 4, None)

    def states() -> list[str]:
        return [link.state for link in brand.poap.link.list_(event)]

    assert states() == ["open"] * 4
    brand.poap.link.claim(first[0].url, "c0")
    assert states() == ["queued", "open", "open", "open"]
    assert [one.key.rpartition(":")[2] for one in brand.poap.link.cancel([first[1].number])] == [str(first[1].number)]
    claimed_elsewhere(brand, first[2], WALLETS[40])
    brand.send()
    assert states() == ["claimed", "cancelled", "claimed", "open"]
    assert [link.wallet for link in brand.poap.link.list_(event)] == [wallet("c0"), "", WALLETS[40], ""]

    node = brand.node
    snapshot = node.ask("evm_snapshot")
    try:
        node.ask("evm_increaseTime", 31 * 86_400)
        node.ask("evm_mine")
        assert states() == ["claimed", "cancelled", "claimed", "expired"]
        with pytest.raises(SettingsError, match="the link has expired; ask for a new one"):
            brand.poap.link.claim(first[3].url, "c3")
        assert [link.customer_id for link in brand.poap.link.reclaim(event)] == ["c1", "c3"]
    finally:
        node.ask("evm_revert", snapshot)
    assert brand.poap.link.reclaim(event) == []
    assert [link.freed for link in brand.poap.link.list_(event)] == [False, True, False, True]
    later = brand.poap.link.create(event, customers=invited)
    assert ([link.customer_id for link in later.links], later.known) == (["c1", "c3"], 2)


def test_all_open_links_are_cancelled_at_once(brand: Program, event: int) -> None:
    """In one transaction; what is claimed or about to be is left alone, and what is cancelled can be by no number twice."""
    links = brand.poap.link.create(event, count=30).links
    brand.poap.link.claim(links[0].url, "c1")
    assert len(brand.poap.link.cancel(event=event)) == 29
    assert sent(brand) == (30, 2, 0)
    assert [link.state for link in brand.poap.link.list_(event)] == ["claimed"] + ["cancelled"] * 29
    assert brand.poap.link.cancel(event=event) == []
    with pytest.raises(SettingsError, match=f"link {links[5].number} was used or cancelled already"):
        brand.poap.link.cancel([links[5].number])
    with pytest.raises(SettingsError, match="there is no link 987654 of 0x"):
        brand.poap.link.cancel([987654])


def test_a_cancellation_that_comes_too_late_changes_nothing(brand: Program, event: int) -> None:
    """A link that was used between the order and its sending is used: the others are cancelled all the same, and nothing fails."""
    links = brand.poap.link.create(event, count=3).links
    brand.poap.link.cancel([link.number for link in links])
    claimed_elsewhere(brand, links[1], WALLETS[41])
    assert sent(brand) == (3, 1, 0)
    assert [link.state for link in brand.poap.link.list_(event)] == ["cancelled", "claimed", "cancelled"]


def test_cancelling_nothing_but_used_links_is_no_failure(brand: Program, event: int) -> None:
    """Where every link of a cancellation was used by the time it is sent, there is nothing left to do, and nothing to look at."""
    (link,) = brand.poap.link.create(event).links
    brand.poap.link.cancel([link.number])
    claimed_elsewhere(brand, link, WALLETS[42])
    assert sent(brand) == (1, 1, 0)
    assert [one.state for one in brand.poap.link.list_(event)] == ["claimed"]


def test_a_claim_that_failed_makes_room(brand: Program, event: int) -> None:
    """A claim that was cancelled before it was sent leaves the link's number to the next wallet."""
    (link,) = brand.poap.link.create(event).links
    first = brand.poap.link.claim(link.url, "c1")
    found = operations.by_key(brand.ledger, f"poap.claim:{first.key}")
    assert found is not None
    operations.fail(brand.ledger, found.id, "for the test")
    second = brand.poap.link.claim(link.url, "c2")
    assert (second.new, second.wallet, second.customer_id, second.state) == (True, wallet("c2"), "c2", "queued")
    assert sent(brand) == (1, 1, 0)
    assert has(brand, event, wallet("c2")) and not has(brand, event, wallet("c1"))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"count": 0}, 'count is "0"; it takes a whole number from 1 to 10000'),
        ({"count": 10_001}, 'count is "10001"; it takes a whole number from 1 to 10000'),
        ({"expires": "2020-01-01"}, "it would have expired on 2020-01-01 already; give a later day"),
        ({"expires": "soon"}, '"soon" is not a date; write it as 2026-03-31 or 2026-03-31T18:00'),
        ({"qr": "png"}, "pictures need a folder to go to: out"),
        ({"qr": "gif", "out": "links"}, 'qr is "gif"; a picture is svg or png'),
        (
            {"customers": "{csv}", "count": 2},
            "links are made by a count, or one for each customer; give one of the two",
        ),
        ({"customers": "{csv}"}, 'customer "zed" is not in the ledger; import customers first'),
    ],
    ids=str,
)
def test_links_that_cannot_be_are_refused(
    brand: Program, event: int, csv: Callable[..., Path], asked: dict[str, Any], why: str
) -> None:
    """In one sentence, before a number is given out or a folder made."""
    path = csv("customer_id\nc1\nzed\n", "guests.csv")
    asked = {name: str(path) if value == "{csv}" else value for name, value in asked.items()}
    if "out" in asked:
        asked["out"] = path.parent / "links"
    before = numbers(brand)
    with pytest.raises(LoyaltyError, match=re.escape(why)):
        brand.poap.link.create(event, **asked)
    assert numbers(brand) == before
    assert not (path.parent / "links").exists()


# What is written, and pictures.


def gray(png: bytes) -> memoryview:
    """The pixels of a picture in two colours, one byte each, by the format's own rules and none of the writer's code."""
    at, data, width, height = 8, b"", 0, 0
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, chunk = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", chunk[:10])
            assert (depth, colour) == (1, 0)
        data += chunk if kind == b"IDAT" else b""
        at += 12 + length
    raw, size = zlib.decompress(data), (width + 7) // 8
    pixels, above = bytearray(), bytes(size)
    for y in range(height):
        filtered, line = raw[y * (size + 1)], raw[y * (size + 1) + 1 : (y + 1) * (size + 1)]
        assert filtered in (0, 2)
        above = line if filtered == 0 else bytes((a + b) & 255 for a, b in zip(line, above, strict=True))
        pixels += bytes(255 * (above[x // 8] >> (7 - x % 8) & 1) for x in range(width))
    return memoryview(bytes(pixels)).cast("B", shape=[height, width])


def drawn(svg: bytes, scale: int = 4) -> memoryview:
    """The pixels of a picture made of horizontal strokes one unit high."""
    root = xml.fromstring(svg)
    (path,) = (one for one in root.iter() if one.tag.endswith("path"))
    unit = int(re.fullmatch(r"scale\((\d+)\)", path.attrib["transform"])[1])  # type: ignore[index]
    side = int(root.attrib["width"]) // unit
    cells = [[255] * side for _ in range(side)]
    x = y = 0.0
    for step, numbers_ in re.findall(r"([Mmh])([^Mmh]*)", path.attrib["d"]):
        values = [float(v) for v in numbers_.split()]
        if step == "h":
            for column in range(int(x), int(x + values[0])):
                cells[int(y)][column] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if step == "M" else (x + values[0], y + values[1])
    pixels = b"".join(bytes(cell for cell in row for _ in range(scale)) * scale for row in cells)
    return memoryview(pixels).cast("B", shape=[side * scale, side * scale])


@pytest.mark.parametrize("kind", qr.FORMATS)
def test_a_picture_decodes_to_its_link(brand: Program, event: int, tmp_path: Path, kind: str) -> None:
    """links.csv names each link's picture, a QR code that another program's decoder reads as the link; only the owner of the files can read them."""
    folder = tmp_path / "out" / "links"
    made = brand.poap.link.create(event, count=3, out=folder, qr=kind)
    assert made.file == folder / "links.csv"
    rows = list(csv_module.DictReader(made.file.read_text("utf-8-sig").splitlines()))
    assert [row["link"] for row in rows] == [link.url for link in made.links]
    for row, link in zip(rows, made.links, strict=True):
        assert (row["number"], row["until"]) == (str(link.number), units.iso(link.deadline))
        assert link.qr == folder / row["qr"] == folder / f"{link.number}.{kind}"
        content = link.qr.read_bytes()
        (found,) = zxingcpp.read_barcodes(gray(content) if kind == "png" else drawn(content))
        assert (found.text, str(found.format)) == (link.url, "QR Code")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(SettingsError, match=r"links\.csv is here already, and its links are nowhere else"):
        brand.poap.link.create(event, out=folder)


@pytest.mark.parametrize("kind", qr.FORMATS)
def test_a_picture_is_its_code_and_nothing_else(kind: str) -> None:
    """Each module of the code is where it belongs and of its colour, inside a quiet zone of four."""
    import segno

    text = "https://shop.example/claim#" + "Ab_-9" * 40
    content = qr.picture(text, kind)
    pixels = gray(content) if kind == "png" else drawn(content, 8)
    modules = [
        [0] * 4 + [int(dark) for dark in row] + [0] * 4 for row in segno.make(text, error="m", boost_error=False).matrix
    ]
    empty = [[0] * len(modules[0])] * 4
    expected = [*empty, *modules, *empty]
    side = len(expected)
    assert pixels.shape == (side * 8, side * 8)
    for at in (0, 3, 7):
        assert [[pixels[y * 8 + at, x * 8 + at] == 0 for x in range(side)] for y in range(side)] == [
            [bool(dark) for dark in row] for row in expected
        ]


def test_a_link_fits_into_a_code_that_phones_read(brand: Program, event: int) -> None:
    """With a page's address of ordinary length the code has at most 65 modules a side, and a quiet zone of four."""
    (link,) = brand.poap.link.create(event).links
    url = link.url.replace("loyalty:claim", "https://www.blue-door-records.example/badges/claim")
    svg = xml.fromstring(qr.picture(url, "svg"))
    assert int(svg.attrib["width"]) // 8 <= 65 + 2 * 4


# The same people, and badges that came another way.


def test_a_drop_goes_on_without_those_who_claimed(brand: Program, event: int, csv: Callable[..., Path]) -> None:
    """Whoever has the badge by a link by now is ended quietly; all the others get theirs, in one transaction, and nothing fails."""
    links = brand.poap.link.create(event, count=2).links
    brand.poap.drop(event, csv("wallet\n" + "".join(f"{w}\n" for w in WALLETS[:12])))
    claimed_elsewhere(brand, links[0], WALLETS[3])
    claimed_elsewhere(brand, links[1], WALLETS[7])
    assert sent(brand) == (10, 1, 0)
    assert all(has(brand, event, w) for w in WALLETS[:12])
    ended = operations.by_key(brand.ledger, f"poap.award:{event}:{WALLETS[3]}")
    assert ended is not None
    assert (ended.state, ended.reason) == ("cancelled", "the wallet has this badge already, by another way")
    assert brand.poap.show(event).minted == 12


def test_the_same_people_share_the_list(brand: Program, event: int, csv: Callable[..., Path]) -> None:
    """Those of a list get another event's badge from the code that is on chain already; those who claimed get theirs one by one."""
    brand.poap.drop(event, csv("wallet\n" + "".join(f"{w}\n" for w in WALLETS[10:20])))
    (link,) = brand.poap.link.create(event).links
    brand.send()
    brand.poap.link.claim(link.url, WALLETS[30])
    second = made(brand, "the same people again")
    taken = brand.poap.award_again(second, event)
    assert (taken.new, taken.known) == (11, 0)
    taken = brand.poap.award_again(second, event)
    assert (taken.new, taken.known) == (0, 11)
    assert sent(brand) == (11, 2, 0)
    pointers = [
        log.fields["pointer"]
        for number in (event, second)
        for log in brand.poap._contract.events("Dropped", None, None, word(number))
    ]
    assert len(pointers) == 2 and len(set(pointers)) == 1, "no second list was put on chain"
    assert brand.poap.award_again(second, event).new == 0
    assert {one.wallet for one in brand.poap.holders([event, second])} == {*WALLETS[10:20], WALLETS[30]}


def test_a_list_with_somebody_who_has_it_is_given_to_the_rest(
    brand: Program, event: int, csv: Callable[..., Path]
) -> None:
    """Known when it is queued or only when it is sent: the others get their badge all the same."""
    brand.poap.drop(event, csv("wallet\n" + "".join(f"{w}\n" for w in WALLETS[10:20])))
    brand.send()
    known, late = made(brand, "one has it already"), made(brand, "one has it by then")
    brand.poap.award(known, WALLETS[12])
    (link,) = brand.poap.link.create(late).links
    assert (brand.poap.award_again(known, event).new, brand.poap.award_again(late, event).new) == (9, 10)
    claimed_elsewhere(brand, link, WALLETS[14])
    assert sent(brand)[2] == 0
    for number in (known, late):
        assert brand.poap.show(number).minted == 10
        assert all(has(brand, number, w) for w in WALLETS[10:20])


def test_badges_that_wait_are_not_given_again(brand: Program, event: int) -> None:
    """Who will have been there is not known before those badges are sent."""
    brand.poap.award(event, "c1")
    with pytest.raises(SettingsError, match="are still queued; run loyalty send, then this again"):
        brand.poap.award_again(made_unsent(brand), event)
    brand.send()
    with pytest.raises(SettingsError, match="cannot be given again to those who have it"):
        brand.poap.award_again(event, event)


def made_unsent(brand: Program) -> int:
    """An event that is only queued."""
    return brand.poap.create("not sent").event


def test_holders_have_kept_what_they_were_given(brand: Program) -> None:
    """Of two events' wallets, those in both; who passed one on or burnt it is in neither, and nor is who got it from them."""
    one, two = made(brand, "holders one", transferable=True), made(brand, "holders two")
    mine = units.address("0xa0ee7a142d267c1f36714e4a8f75612f20a79720")  # Anvil's ninth account, which can move it
    for number in (one, two):
        for who in ("c0", "c1", mine):
            brand.poap.award(number, who)
    brand.poap.award(one, "c2")
    brand.send()
    assert brand.poap.holders(["holders one", two]) == brand.poap.holders([two, one, two])
    found = {holder.wallet: holder.customer_id for holder in brand.poap.holders([one, two])}
    assert found == {wallet("c0"): "c0", wallet("c1"): "c1", mine: None}
    assert brand.poap.holds_all(mine, [one, two]) and not brand.poap.holds_all("c2", [one, two])
    token = int(brand.poap._contract.read("token_of", one, mine))
    stranger(brand, "transferFrom", mine, WALLETS[33], token)
    assert {holder.wallet for holder in brand.poap.holders([one, two])} == {wallet("c0"), wallet("c1")}
    assert not brand.poap.holds_all(mine, [one]) and not brand.poap.holds_all(WALLETS[33], [one])
    assert brand.poap.holders([one]) == [h for h in brand.poap.holders([one]) if brand.poap.holds_all(h.wallet, [one])]
    with pytest.raises(SettingsError, match="name an event"):
        brand.poap.holders([])


# The owner.


def test_an_events_own_issuers_alone_give_its_badges(brand: Program, event: int) -> None:
    """While it has one, our own vouchers for it are refused, when they are made and when they come in; afterwards they are good again."""
    voucher = brand.poap.voucher(event, "c1")
    named = brand.poap.set_issuer(event, WALLETS[44])
    assert (named.new, brand.poap.set_issuer(event, WALLETS[44]).new) == (True, False)
    brand.send()
    for attempt in (lambda: brand.poap.claim(voucher.text), lambda: brand.poap.voucher(event, "c2")):
        with pytest.raises(SettingsError, match="is void: whoever signed it may not give this event's badges"):
            attempt()
    assert brand.poap.set_issuer(event, WALLETS[44], remove=True).new
    brand.send()
    assert brand.poap.claim(voucher.text).new


def test_a_picture_changes_until_it_is_frozen(brand: Program, event: int, tmp_path: Path) -> None:
    """The metadata keeps all but its picture; the same picture again is known, an earlier one is new; frozen, it is refused."""
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    before = brand.storage.get_json(brand.poap.show(event).uri)
    assert [brand.poap.set_art(event, path).new for path in (first, second, second, first)] == [True, True, False, True]
    brand.send()
    document = brand.storage.get_json(brand.poap.show(event).uri)
    assert brand.storage.get(document["image"]) == b"one"
    assert {k: v for k, v in document.items() if not k.startswith("image")} == before
    brand.poap.freeze(event)
    brand.send()
    assert brand.poap.show(event).frozen
    for attempt in (lambda: brand.poap.set_art(event, second), lambda: brand.poap.freeze(event)):
        with pytest.raises(SettingsError, match="is frozen: its metadata stays as it is"):
            attempt()


def test_only_the_owner_changes_events(brand: Program, event: int) -> None:
    """Anybody else is told who can, and nothing is queued."""
    other = Program(replace(brand.settings, signer=SignerSettings(anvil=5)), brand.ledger)
    before = operations.counts(brand.ledger)
    for attempt in (
        lambda: other.poap.set_issuer(event, WALLETS[1]),
        lambda: other.poap.set_art(event, "https://shop.example/x.png"),
        lambda: other.poap.freeze(event),
    ):
        with pytest.raises(LoyaltyError, match=r"only the owner of Poap, 0xf39F.*, can .*; send with its key"):
            attempt()
    with pytest.raises(LoyaltyError, match="is not an issuer of Poap, so what it signs is worth nothing"):
        other.poap.voucher(event, "c1")
    assert operations.counts(brand.ledger) == before


def test_the_books_count_what_was_claimed_elsewhere(brand: Program, event: int) -> None:
    """A badge that somebody else put on chain with an issuer's signature is no difference."""
    (link,) = brand.poap.link.create(event).links
    claimed_elsewhere(brand, link, WALLETS[45])
    brand.poap.award(event, "c1")
    brand.deploy(["points"])
    brand.send()
    books = brand.audit.reconcile()
    assert books.differences == []
    assert books.badges >= 2
