"""Claims, recalls, returns and service books, on a chain: each step once, refused in a sentence where there is none from there."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loyalty.chain import abi
from loyalty.chain import signer as signers
from loyalty.errors import KeyReused, LoyaltyError, SettingsError
from loyalty.ledger import operations
from loyalty.program import Program
from loyalty.settings import SignerSettings
from loyalty.units import checksum, iso, moment

from .conftest import WALLETS

HOLDER = signers.from_anvil(8).address
"""Somebody who has the key of what they hold."""


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program with warranties on an Anvil of its own, whose clock tests may turn."""
    program = Program.init("Brand", tmp_path_factory.mktemp("brand"))
    running = program.chain.start()
    program.deploy(["warranty"])
    program.warranty.terms(
        "Kettle", legal_months=24, months=12, max_claims=3, cooldown_days=10, repair_months=6, recovery_days=30
    )
    yield program
    program.close()
    os.kill(running.pid, signal.SIGKILL)


@pytest.fixture
def serial(brand: Program, request: pytest.FixtureRequest) -> str:
    """A kettle of the test's own, sold to HOLDER today, on chain."""
    name: str = re.sub(r"\W", "-", request.node.name)[:90]
    brand.warranty.register(HOLDER, name, "Kettle")
    brand.send()
    return name


@pytest.fixture
def later(brand: Program) -> Iterator[Callable[[int], None]]:
    """Turns the chain's clock on by so many days, and back at the end."""
    snapshot = brand.node.ask("evm_snapshot")

    def turn(days: int) -> None:
        brand.node.ask("evm_increaseTime", days * 86_400)
        brand.node.ask("evm_mine")

    yield turn
    brand.node.ask("evm_revert", snapshot)


def by_holder(brand: Program, function: str, *args: Any) -> None:
    """What HOLDER does with their own wallet, of which the program knows nothing."""
    signer, contract = signers.from_anvil(8), brand.warranty._contract
    node = contract.node
    data = abi.encode("Warranty", function, *args)
    raw = signer.sign(31337, node.nonce(signer.address), contract.address, data, 500_000, 10**10, 1)
    node.broadcast(raw.raw)
    for _ in range(200):
        if (receipt := node.receipt(raw.tx_hash)) is not None:
            assert receipt.succeeded, contract.refusal(signer.address, function, *args)
            return
        time.sleep(0.05)
    raise AssertionError("it was not mined")


def token(brand: Program, serial: str) -> int:
    """A warranty's number on chain."""
    return int(brand.warranty.proof(serial)["token_id"], 16)


def told(brand: Program, serial: str) -> list[str]:
    """The service book's lines."""
    return [entry.text for entry in brand.warranty.history(serial)]


def failed(brand: Program) -> int:
    """Send, and say how many operations failed."""
    return brand.send().failed


# Claims.


def test_a_claim_from_opening_to_repair(brand: Program, serial: str, tmp_path: Path) -> None:
    """Each step once, whoever repeats it; the repair adds to the legal guarantee; the papers' hashes are on chain and the papers here."""
    bill = tmp_path / "bill.pdf"
    bill.write_bytes(b"%PDF one new heating element")
    before = brand.warranty.show(serial)
    claim = brand.warranty.claim
    assert [claim.open(serial, key="t1").new, claim.open(serial, key="t1").new] == [True, False]
    assert [claim.review(serial).new, claim.review(serial).new, claim.approve(serial).new] == [True, False, True]
    assert claim.show(serial).queued == ("open", "review", "approve")
    assert failed(brand) == 0
    assert (claim.show(serial).claim, claim.show(serial).state, claim.show(serial).queued) == (1, "approved", ())
    assert claim.repair(serial, document=bill).new
    assert failed(brand) == 0
    assert not claim.repair(serial, document=bill).new, "said again after it is done, it is the same step"
    after = brand.warranty.show(serial)
    assert (after.claim, after.claim_state, after.claims_left) == (1, "repaired", "2")
    assert before.commercial_end == after.commercial_end
    assert months(after.legal_end) - months(before.legal_end) == 6
    assert after.end == after.legal_end
    hashed = "0x" + hashlib.sha256(bill.read_bytes()).hexdigest()
    entry = brand.warranty.history(serial)[-1]
    assert (entry.text, entry.document) == ("claim 1 repaired", hashed)
    assert Path(entry.file).read_bytes() == bill.read_bytes()
    assert told(brand, serial)[1:] == ["claim 1 opened", "claim 1 in review", "claim 1 approved", "claim 1 repaired"]


def months(seconds: int) -> int:
    """Calendar months since the year 0."""
    year, month = iso(seconds).split("-")[:2]
    return int(year) * 12 + int(month)


def test_a_paper_is_published_nowhere(brand: Program, serial: str, tmp_path: Path) -> None:
    """Whatever the storage is, a document is kept beside it and nowhere else: an IPFS node that is away is not even asked."""
    paper = tmp_path / "complaint.txt"
    paper.write_text("from Ada, who lives in Lyon")
    elsewhere = Program(replace(brand.settings, storage=replace(brand.settings.storage, kind="ipfs")), brand.ledger)
    elsewhere.warranty.claim.open(serial, key="paper", document=paper)
    (kept,) = [p for p in brand.settings.state.rglob("*") if p.is_file() and paper.read_bytes() in p.read_bytes()]
    assert kept.parent == brand.settings.state / "documents", "not where metadata is pinned from"
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    found = operations.by_key(brand.ledger, f"warranty.open:{serial} paper")
    assert found is not None and brand.storage.kept(found.args["document"]) == kept
    brand.send()
    with pytest.raises(LoyaltyError, match=r"none\.pdf cannot be read: no such file or directory"):
        brand.warranty.claim.approve(serial, document=tmp_path / "none.pdf")


REFUSED: dict[str, tuple[Callable[[Program, str], Any], str]] = {
    "a step of none": (lambda b, s: b.warranty.claim.review(s), "there is no claim under"),
    "cancelling another's": (lambda b, s: b.warranty.claim.cancel(s), "only the holder of .* can cancel its claim; yours is to reject"),
    "a long reason": (lambda b, s: b.warranty.claim.reject(s, reason="x" * 101), "a claim is rejected for a reason of 1 to 100 bytes"),
    "no reason": (lambda b, s: b.warranty.claim.reject(s, reason=" "), "a claim is rejected for a reason of 1 to 100 bytes"),
    "a bad key": (lambda b, s: b.warranty.claim.open(s, key="a b"), '"a b" cannot be a key'),
    "a stranger": (lambda b, s: b.warranty.claim.open("nothing", key="k"), 'there is no warranty "nothing" in the ledger'),
}  # fmt: skip


@pytest.mark.parametrize(("attempt", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_step_is_refused(
    brand: Program, serial: str, attempt: Callable[[Program, str], Any], why: str
) -> None:
    """In one sentence, and nothing is queued."""
    before = operations.counts(brand.ledger)
    with pytest.raises(LoyaltyError, match=why):
        attempt(brand, serial)
    assert operations.counts(brand.ledger) == before


def test_steps_come_in_their_order(brand: Program, serial: str) -> None:
    """What cannot follow the present state is refused by name; what could only fail later, because of what is queued, fails alone."""
    claim = brand.warranty.claim
    claim.open(serial, key="t1")
    brand.send()
    for attempt in (lambda: claim.repair(serial), lambda: claim.refund(serial), lambda: claim.replace(serial, "new")):
        with pytest.raises(SettingsError, match=rf'claim 1 of "{serial}" is open; that is no step from there'):
            attempt()
    with pytest.raises(SettingsError, match="a claim is open already; settle it first"):
        claim.open(serial, key="t2")
    with pytest.raises(KeyReused, match="was queued already with other contents; the first stands"):
        claim.open(serial, key="t1", document=__file__)
    claim.approve(serial)
    claim.reject(serial, reason="water damage")
    claim.repair(serial)
    sent = brand.send()
    assert (sent.operations, sent.failed) == (2, 1)
    assert [one.reason for one in brand.failed() if one.note == serial] == ["warranty: claim is not at this step"]
    assert told(brand, serial)[-1] == "claim 1 rejected: water damage"


def test_a_named_claim_is_never_a_later_one(brand: Program, serial: str, later: Callable[[int], None]) -> None:
    """A service that repeats a step late, and names the claim, does nothing to the next claim; one that was never there is refused."""
    claim = brand.warranty.claim
    claim.open(serial, key="t1")
    claim.approve(serial, claim=1)
    claim.repair(serial, claim=1)
    brand.send()
    later(11)
    claim.open(serial, key="t2")
    brand.send()
    assert not claim.approve(serial, claim=1).new
    with pytest.raises(SettingsError, match="that claim is closed, and there is a later one"):
        claim.review(serial, claim=1)
    with pytest.raises(SettingsError, match='claim is "3"; it takes a whole number from 1 to 2'):
        claim.review(serial, claim=3)
    assert (claim.show(serial).claim, claim.show(serial).state) == (2, "open")


def test_terms_bound_claims(brand: Program, serial: str, later: Callable[[int], None]) -> None:
    """Ten days between two claims, and no more than three; a claim that its holder cancelled counts for nothing."""
    claim = brand.warranty.claim
    for number in (1, 2):
        claim.open(serial, key=f"t{number}")
        claim.reject(serial, reason="no")
        assert failed(brand) == 0
        with pytest.raises(SettingsError, match="its terms ask for more days after the last claim"):
            claim.open(serial, key="soon")
        later(11)
    by_holder(brand, "open_claim", token(brand, serial), bytes(32))
    by_holder(brand, "cancel_claim", token(brand, serial), 3)
    assert (brand.warranty.show(serial).claims_left, brand.warranty.show(serial).claim_state) == ("1", "cancelled")
    claim.open(serial, key="t4")
    claim.reject(serial, reason="no")
    assert failed(brand) == 0
    later(11)
    with pytest.raises(SettingsError, match="its terms allow no further claim"):
        claim.open(serial, key="t5")
    assert brand.warranty.show(serial).claims_left == "0"


def test_what_has_run_out_is_not_claimed_for(brand: Program, serial: str, later: Callable[[int], None]) -> None:
    """After the later of both ends the warranty is expired."""
    later(2 * 366 + 1)
    assert brand.warranty.show(serial).state == "expired"
    with pytest.raises(SettingsError, match="the warranty has run out"):
        brand.warranty.claim.open(serial, key="t1")


@pytest.mark.parametrize("restart", [False, True])
def test_another_article_takes_the_place(
    brand: Program, serial: str, restart: bool, later: Callable[[int], None]
) -> None:
    """The new serial number is its holder's under the same terms; its clock goes on, or starts anew; each names the other."""
    claim, new = brand.warranty.claim, f"{serial}-new"[-100:]
    before = brand.warranty.show(serial)
    later(5)
    claim.open(serial, key="t1")
    claim.approve(serial)
    brand.send()
    with pytest.raises(KeyReused, match=f'serial "{serial}" is registered already'):
        claim.replace(serial, serial)
    assert brand.warranty.claim.replace(serial, new, restart=restart).new
    assert not brand.warranty.claim.replace(serial, new, restart=restart).new
    with pytest.raises(KeyReused, match="was queued already with other contents"):
        claim.replace(serial, new, restart=not restart)
    with pytest.raises(SettingsError, match=r'warranty ".*" is not on chain yet'):
        brand.warranty.show(new)
    assert failed(brand) == 0
    old, made = brand.warranty.show(serial), brand.warranty.show(new)
    assert (old.state, old.replaced_by, made.state, made.replaces) == ("replaced", new, "active", serial)
    assert (made.owner, made.product, made.transfers_left) == (HOLDER, "Kettle", "free")
    assert (made.start == before.start, made.claims_left) == ((False, "3") if restart else (True, "2"))
    assert told(brand, serial)[-1] == f"replaced by {new}"
    assert told(brand, new) == [f"registered to {checksum(HOLDER)}", f"in place of {serial}"]
    with pytest.raises(KeyReused, match="is registered already"):
        brand.warranty.register(WALLETS[0], new, "Kettle", months=1)


def test_a_refund_ends_the_warranty(brand: Program, serial: str) -> None:
    """It is refunded, for good."""
    claim = brand.warranty.claim
    claim.open(serial, key="t1")
    claim.approve(serial)
    claim.refund(serial)
    assert failed(brand) == 0
    assert brand.warranty.show(serial).state == "refunded"
    with pytest.raises(SettingsError, match="the warranty is not active"):
        claim.open(serial, key="t2")
    with pytest.raises(SettingsError, match="cannot be taken back: it was refunded"):
        brand.warranty.recover(serial, reason="x")


# Lost, stolen, recalled, taken back.


def test_lost_and_stolen_stop_claims(brand: Program, serial: str) -> None:
    """What either side says is seen, and stops claims; the brand takes back its own word alone."""
    assert [brand.warranty.flag(serial, stolen=True).new, brand.warranty.flag(serial, stolen=True).new] == [True, False]
    assert failed(brand) == 0
    by_holder(brand, "report", token(brand, serial), True, False)
    shown = brand.warranty.show(serial)
    assert (shown.lost, shown.stolen) == (True, True)
    with pytest.raises(SettingsError, match="the article is said to be lost or stolen"):
        brand.warranty.claim.open(serial, key="t1")
    assert brand.warranty.flag(serial, clear=True).new
    brand.send()
    shown = brand.warranty.show(serial)
    assert (shown.lost, shown.stolen) == (True, False)
    assert told(brand, serial)[1:] == [
        "the brand says: stolen",
        "the holder says: lost",
        "the brand says: neither lost nor stolen",
    ]
    for wrong in ({}, {"lost": True, "clear": True}):
        with pytest.raises(SettingsError, match="say that it is lost, or stolen, or that it is clear of both"):
            brand.warranty.flag(serial, **wrong)


def test_a_production_is_recalled_together(brand: Program, csv: Callable[..., Path]) -> None:
    """All of it, what is registered later too, and nothing else; who holds them now is told; the end of it is one too."""
    path = csv(
        f"wallet,serial,product,production\n{WALLETS[0]},R1,Kettle,2026-W14\n{HOLDER},R2,Kettle,2026-W14\n{WALLETS[0]},R3,Kettle,W15\n"
        f"{WALLETS[0]},R4,Kettle,\n"
    )
    assert brand.warranty.import_(path).new == 4
    assert brand.warranty.import_(path).known == 4
    assert not brand.warranty.register(WALLETS[0], "R1", "Kettle").new, (
        "without a production it is the same registration"
    )
    with pytest.raises(KeyReused):
        brand.warranty.register(WALLETS[0], "R1", "Kettle", production="W15")
    assert brand.warranty.recall("2026-W14", notice="Unplug it.").new
    assert not brand.warranty.recall("2026-W14", notice="Unplug it.").new
    brand.warranty.register(WALLETS[1], "R5", "Kettle", production="2026-W14")
    assert failed(brand) == 0
    recalled = {s: brand.warranty.show(s).recall for s in ("R1", "R2", "R3", "R4", "R5")}
    assert [s for s, notice in recalled.items() if notice] == ["R1", "R2", "R5"]
    assert brand.storage.get(recalled["R1"]) == b"Unplug it."
    assert brand.warranty.show("R1").production == "2026-W14"
    by_holder(brand, "transferFrom", HOLDER, WALLETS[7], token(brand, "R2"))
    held = [(one.serial, one.wallet, one.state) for one in brand.warranty.holders("2026-W14")]
    assert held == [("R1", WALLETS[0], "active"), ("R2", WALLETS[7], "active"), ("R5", WALLETS[1], "active")]
    assert told(brand, "R1")[-1] == f"recall of production 2026-W14: {recalled['R1']}"
    assert brand.warranty.recall("2026-W14", end=True).new
    brand.send()
    assert (brand.warranty.show("R1").recall, told(brand, "R1")[-1]) == ("", "the recall ended")
    assert brand.warranty.recall("2026-W14", notice="Unplug it.").new, "recalled again, it is another recall"


def test_a_notice_is_a_text_a_file_or_an_address(brand: Program, serial: str, tmp_path: Path) -> None:
    """A file's content is stored, an address is taken as it is, and a file that is not there is not taken for a text."""
    brand.warranty.register(WALLETS[0], "N1", "Kettle", production="N")
    page = tmp_path / "notice.html"
    page.write_text("<p>Unplug it.</p>")

    def uri(notice: str | Path) -> str:
        key = f"warranty.{brand.warranty.recall('N', notice=notice).kind.partition('.')[2]}:"
        return str(operations.starting(brand.ledger, key)[-1].args["uri"])

    assert brand.storage.get(uri(page)) == page.read_bytes()
    assert uri("https://shop.example/recall") == "https://shop.example/recall"
    assert brand.storage.get(uri("Unplug it, and bring it.")) == b"Unplug it, and bring it."
    with pytest.raises(
        SettingsError, match=r"there is no file none\.pdf; check its name, or write the notice as a sentence"
    ):
        brand.warranty.recall("N", notice="none.pdf")
    for wrong in ({}, {"notice": "x y", "end": True}):
        with pytest.raises(SettingsError, match="a recall has a notice for its holders, or it ends"):
            brand.warranty.recall("N", **wrong)
    with pytest.raises(SettingsError, match='there is no production "M" in the ledger'):
        brand.warranty.recall("M", end=True)
    with pytest.raises(SettingsError, match="a production has a name of 1 to 100 printable characters"):
        brand.warranty.register(WALLETS[0], "N2", "Kettle", production="x" * 101)


def test_what_is_taken_back_is_sold_again(brand: Program, serial: str) -> None:
    """Within its terms' days it is the signer's, with its clock stopped; sold again it starts anew; each of these is done once."""
    mine = brand.signer_address()
    with pytest.raises(SettingsError, match="and only its holder can pass it on"):
        brand.warranty.sell(serial, WALLETS[3])
    for who in (WALLETS[3], WALLETS[3]):
        back = [brand.warranty.recover(serial, reason="did not fit").new for _ in range(2)]
        sold = [brand.warranty.sell(serial, who).new for _ in range(2)]
        assert (back, sold) == ([True, False], [True, False])
        brand.send()
        assert not brand.warranty.sell(serial, who).new
        shown = brand.warranty.show(serial)
        assert (shown.owner, shown.state, shown.start > 0) == (who, "active", True)
    brand.warranty.recover(serial, reason="again")
    brand.send()
    shown = brand.warranty.show(serial)
    assert (shown.owner, shown.state, shown.start, shown.end) == (mine, "returned", 0, 0)
    assert not brand.warranty.recover(serial, reason="again").new
    sold_to = f"sold to {checksum(WALLETS[3])}"
    assert told(brand, serial)[1:] == [
        "taken back: did not fit",
        sold_to,
        "taken back: did not fit",
        sold_to,
        "taken back: again",
    ]


def test_what_comes_too_late_is_not_taken_back(brand: Program, serial: str, later: Callable[[int], None]) -> None:
    """After the days of its terms, and while a claim is open, it stays its holder's."""
    brand.warranty.claim.open(serial, key="t1")
    brand.send()
    with pytest.raises(SettingsError, match="cannot be taken back: a claim is open; settle it first"):
        brand.warranty.recover(serial, reason="x")
    brand.warranty.claim.reject(serial, reason="no")
    brand.send()
    later(31)
    with pytest.raises(SettingsError, match="cannot be taken back: the days in which its terms allow that are over"):
        brand.warranty.recover(serial, reason="x")


# The service book.


def test_a_service_centre_writes(brand: Program, serial: str) -> None:
    """Only one that the owner named; each entry once under its key, whatever state the warranty is in."""
    log = brand.warranty.service.log
    with pytest.raises(LoyaltyError, match=r"0xf39F.* is no service centre; the owner can make it one"):
        log(serial, key="s1")
    assert brand.warranty.service_centre.set(brand.signer_address()).new
    assert not brand.warranty.service_centre.set(brand.signer_address()).new
    brand.send()
    assert [log(serial, key="s1", kind="inspection").new, log(serial, key="s1", kind="inspection").new] == [True, False]
    log(serial, key="s2")
    with pytest.raises(SettingsError, match='the kind is "wash"; it is one of service, repair, inspection, other'):
        log(serial, key="s3", kind="wash")
    assert failed(brand) == 0
    assert brand.warranty.show(serial).services == 2
    assert told(brand, serial)[1:] == ["entry 1: inspection", "entry 2: service"]
    other = Program(replace(brand.settings, signer=SignerSettings(anvil=5)), brand.ledger)
    with pytest.raises(LoyaltyError, match=r"only the owner of Warranty, 0xf39F.*, can say who is a service centre"):
        other.warranty.service_centre.set(WALLETS[0])
    brand.warranty.service_centre.set(brand.signer_address(), remove=True)
    brand.send()


def test_a_book_tells_all_in_order(brand: Program, serial: str) -> None:
    """From the registration to the end, what owner, brand and holder did, with its time and its transaction."""
    brand.warranty.extend(serial, 12, key="e1")
    brand.send()
    by_holder(brand, "setTransferLimit", token(brand, serial), 2)
    by_holder(brand, "transferFrom", HOLDER, WALLETS[9], token(brand, serial))
    brand.warranty.void(serial, reason="sold twice")
    brand.send()
    book = brand.warranty.history(serial)
    assert [entry.text for entry in book] == [
        f"registered to {checksum(HOLDER)}", "12 months more", "may be passed on 2 times in all",
        f"passed on to {checksum(WALLETS[9])}", "ended: sold twice",
    ]  # fmt: skip
    assert [entry.what for entry in book] == ["Transfer", "Extended", "TransferLimitSet", "Transfer", "Voided"]
    assert [entry.at for entry in book] == sorted(entry.at for entry in book)
    assert book[0].at > moment("2026-01-01") and len({entry.tx_hash for entry in book}) == 5
    assert [entry.by for entry in book if entry.what == "Voided"] == [brand.signer_address()]


# Terms.


def test_a_products_terms_are_what_a_sale_gets(brand: Program) -> None:
    """The last ones that were set for it, where the sale says nothing else; what a sale says itself changes only that."""

    def sold(serial: str, product: str = "Toaster", **said: Any) -> dict[str, Any]:
        brand.warranty.register(WALLETS[0], serial, product, **said)
        found = operations.by_key(brand.ledger, f"warranty.register:{serial}")
        assert found is not None
        terms = operations.by_key(brand.ledger, f"warranty.terms:{found.args['terms']}")
        assert terms is not None
        return {name: value for name, value in terms.args.items() if name != "uri"}

    usual = {"legal": 24, "commercial": 24, "transfers": 255}
    assert sold("W1") == usual
    first = brand.warranty.terms("Toaster", months=36, max_claims=2, transfers="1")
    assert sold("W2") == {"legal": 24, "commercial": 36, "transfers": 1, "max_claims": 2}
    assert sold("W3", months=48) == {"legal": 24, "commercial": 48, "transfers": 1, "max_claims": 2}
    assert sold("W4") == {"legal": 24, "commercial": 36, "transfers": 1, "max_claims": 2}, (
        "W3's own terms are no standing ones"
    )
    second = brand.warranty.terms("Toaster", recovery_days=14)
    assert sold("W5") == {**usual, "recovery_days": 14}
    again = brand.warranty.terms("Toaster", months=36, max_claims=2, transfers="1")
    assert (again.key, again.new, first.new, second.new) == (first.key, False, True, True)
    assert sold("W6") == {"legal": 24, "commercial": 36, "transfers": 1, "max_claims": 2}
    assert sold("W7", product="Grill") == usual
    assert not brand.warranty.register(WALLETS[0], "W2", "Toaster").new


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"max_claims": 256}, 'max_claims is "256"; it takes a whole number from 0 to 255'),
        ({"cooldown_days": -1}, 'cooldown_days is "-1"; it takes a whole number from 0 to 65535'),
        ({"recovery_days": 256}, 'recovery_days is "256"; it takes a whole number from 0 to 255'),
        ({"repair_months": 6, "legal_months": 0}, "repair_months adds to the legal guarantee, and there is none"),
        ({"months": 0, "legal_months": 0}, "a warranty of 0 months covers nothing"),
        ({"transfers": "255"}, 'transfers is "255"; it takes a whole number from 0 to 254'),
        ({"product": " "}, "a warranty names a product of 1 to 100 characters"),
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused(brand: Program, said: dict[str, Any], why: str) -> None:
    """In one sentence, and none are queued."""
    before = operations.counts(brand.ledger)
    with pytest.raises(SettingsError, match=re.escape(why)):
        brand.warranty.terms(**{"product": "Toaster", **said})
    assert operations.counts(brand.ledger) == before
