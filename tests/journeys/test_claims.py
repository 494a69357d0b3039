"""Claims, recalls, returns and service books from the command line, to their exact lines."""

from __future__ import annotations

import hashlib

from tests.journeys.shop import ANVIL, Shop, wallet


def checksummed(number: int) -> str:
    """A customer's address as people see it."""
    from eth_utils.address import to_checksum_address

    return to_checksum_address(wallet(number))


def test_a_claim_to_its_end(shop: Shop) -> None:
    """A product's terms, a sale under them, a claim with a paper, its repair, the next one's refusal, another article, and the book of it all."""
    terms = ("warranty", "terms", "Claimed", "--months", "36", "--max-claims", "2", "--repair-months", "6")
    number = shop(*terms, "--json").json["key"]
    assert shop(*terms).out == (
        f"Known already: terms {number} for Claimed; it is queued. Nothing new was queued. Next: loyalty send\n"
    )
    register = ("warranty", "register", "c16", "--serial", "CL-1", "--product", "Claimed", "--production", "CL-W1")
    shop(*register, "--purchased", "2026-01-31")
    shop("send", "--yes")
    shop.write("bill.pdf", "a new motor")

    claim = ("warranty", "claim")
    opened = 'a claim under "CL-1", key "ticket-1"'
    assert shop(*claim, "open", "CL-1", "--key", "ticket-1", "--dry-run").out == (
        f"Would be queued: {opened}. Nothing was written.\n"
    )
    assert shop(*claim, "open", "CL-1", "--key", "ticket-1").out == f"Queued: {opened}. Next: loyalty send\n"
    assert shop(*claim, "approve", "CL-1", "--claim", "1").out == (
        'Queued: the claim under "CL-1" is approved. Next: loyalty send\n'
    )
    assert "Queued       open, approve" in shop(*claim, "show", "CL-1").out.splitlines()
    shop("send", "--yes")
    shop(*claim, "repair", "CL-1", "--document", "bill.pdf")
    shop("send", "--yes")
    assert shop.refuses(*claim, "review", "CL-1") == [
        'Error: claim 1 of "CL-1" is repaired; that is no step from there'
    ]
    assert shop.refuses(*claim, "cancel", "CL-1") == [
        f'Error: only the holder of "CL-1", {checksummed(16)}, can cancel its claim; yours is to reject it: loyalty warranty claim reject'
    ]
    shop(*claim, "open", "CL-1", "--key", "ticket-2")
    shop(*claim, "approve", "CL-1")
    assert shop(*claim, "replace", "CL-1", "CL-2").out == ('Queued: "CL-1" is replaced by "CL-2". Next: loyalty send\n')
    shop("send", "--yes")
    old, new = shop("warranty", "show", "CL-1", "--json").json, shop("warranty", "show", "CL-2").out.splitlines()
    assert (old["state"], old["replaced_by"], old["claims_left"], old["production"]) == (
        "replaced",
        "CL-2",
        "0",
        "CL-W1",
    )
    for line in (
        "State             active",
        "Legal until       2028-07-31",
        "Commercial until  2029-01-31",
        "In place of       CL-1",
    ):
        assert line in new
    book = shop("warranty", "history", "CL-1", "--json").lines
    assert [entry["text"] for entry in book] == [
        f"registered to {checksummed(16)}", "claim 1 opened", "claim 1 approved", "claim 1 repaired", "claim 2 opened",
        "claim 2 approved", "claim 2 replaced", "replaced by CL-2",
    ]  # fmt: skip
    assert book[3]["document"] == "0x" + hashlib.sha256(b"a new motor").hexdigest()
    assert shop.refuses(*claim, "open", "CL-1", "--key", "ticket-3") == ['Error: "CL-1": the warranty is not active']


def test_recalled_taken_back_and_sold_again(shop: Shop) -> None:
    """One production is recalled, its holders are told; an article of it is taken back, and sold to somebody else."""
    shop("warranty", "terms", "Recalled", "--recovery-days", "30")
    shop.write("made.csv", "customer_id,serial,product,production\nc17,RC-1,Recalled,RC-W1\nc18,RC-2,Recalled,RC-W1\n")
    shop("warranty", "import", "made.csv")
    shop("send", "--yes")
    recall = ("warranty", "recall", "RC-W1", "--notice", "Unplug it and bring it to a shop.")
    assert shop(*recall).out == "Queued: the recall of RC-W1. Next: loyalty send\n"
    assert shop("warranty", "flag", "RC-2", "--lost").out == 'Queued: "RC-2" is said to be lost. Next: loyalty send\n'
    back = shop("warranty", "recover", "RC-1", "--reason", "recalled").out
    assert back == 'Queued: "RC-1" is taken back. Next: loyalty send\n'
    sold = shop("warranty", "sell", "RC-1", ANVIL[5]).out
    assert sold == f'Queued: "RC-1" is sold to {ANVIL[5]}. Next: loyalty send\n'
    shop("send", "--yes")
    held = shop("warranty", "holders", "RC-W1").out.splitlines()
    assert [line.split() for line in held] == [
        ["SERIAL", "HOLDER", "CUSTOMER", "STATE"],
        ["RC-1", ANVIL[5], "anvil5", "active"],
        ["RC-2", checksummed(18), "c18", "active"],
    ]
    shown = shop("warranty", "show", "RC-2").out.splitlines()
    assert "Said to be        lost" in shown
    assert any(line.startswith("Recalled          ipfs://") for line in shown)
    assert shop.refuses("warranty", "claim", "open", "RC-2", "--key", "k") == [
        'Error: "RC-2": the article is said to be lost or stolen; when it is back: loyalty warranty flag --clear'
    ]
    assert (
        shop("warranty", "recall", "RC-W1", "--end").out
        == "Queued: the end of the recall of RC-W1. Next: loyalty send\n"
    )
    assert shop.refuses("warranty", "holders", "RC-W2") == [
        'Error: there is no production "RC-W2" in the ledger; register its articles with it first'
    ]


def test_a_service_book(shop: Shop) -> None:
    """Once the owner has named the account a service centre it writes entries, each once."""
    shop("warranty", "register", "c19", "--serial", "SB-1", "--product", "Booked")
    shop("send", "--yes")
    log = ("warranty", "service", "log", "SB-1", "--key", "visit-1", "--kind", "inspection")
    assert shop.refuses(*log) == [
        f"Error: {ANVIL[0]} is no service centre; the owner can make it one: loyalty warranty service-centre set"
    ]
    named = shop("warranty", "service-centre", "set", ANVIL[0]).out
    assert named == f"Queued: {ANVIL[0]} is a service centre. Next: loyalty send\n"
    shop("send", "--yes")
    entry = 'an entry (inspection) for "SB-1" under key "visit-1"'
    assert shop(*log).out == f"Queued: {entry}. Next: loyalty send\n"
    assert shop(*log).out.startswith(f"Known already: {entry}; it is queued.")
    shop("send", "--yes")
    book = shop("warranty", "history", "SB-1").out.splitlines()
    assert [line.split(maxsplit=2)[2] for line in book[1:]] == [
        f"registered to {checksummed(19)}",
        "entry 1: inspection",
    ]


def test_wrong_usage_is_told(shop: Shop) -> None:
    """What the command line cannot mean ends with exit code 2 and one line that says what it takes."""
    for command, why in (
        (("warranty", "flag", "S"), "say --lost, --stolen or both, or --clear"),
        (("warranty", "flag", "S", "--lost", "--clear"), "say --lost, --stolen or both, or --clear"),
        (("warranty", "recall", "P"), "give --notice, or --end"),
        (("warranty", "recall", "P", "--notice", "n", "--end"), "give --notice, or --end"),
    ):
        assert shop(*command, code=2).err.splitlines()[-1] == f"Error: {why}"
