"""Badges that are signed away: vouchers in files, links and their codes, the same people again; from the command line, to its exact lines."""

from __future__ import annotations

import csv
import json

from tests.journeys.shop import ANVIL, Shop, wallet


def event(shop: Shop, name: str) -> str:
    """A new event, on chain."""
    number = str(shop("poap", "create", name, "--json").json["event"])
    shop("send", "--yes")
    return number


def checksummed(number: int) -> str:
    """A customer's address as people see it."""
    from eth_utils.address import to_checksum_address

    return to_checksum_address(wallet(number))


def test_a_voucher_in_a_file(shop: Shop) -> None:
    """Signed for one wallet, handed in as a file or on standard input, once; a file that was changed is told in a line."""
    event(shop, "Voucher night")
    make = ("poap", "voucher", "Voucher night", "c10", "--deadline", "2049-12-31")
    signed = f'the badge of "Voucher night" for c10 ({checksummed(10)}), good until 2049-12-31 23:59'
    before = shop.dump()
    assert shop(*make, "--dry-run").out == f"Would be signed: {signed}. Nothing was written.\n"
    assert shop.dump() == before
    made = shop(*make)
    assert made.err == f"Signed: {signed}.\n"
    assert shop(*make, "--out", "voucher.json").out == (
        f"Signed: {signed}. Wrote voucher.json. Next: loyalty poap claim voucher.json\n"
    )
    number = made.json["number"]
    queued = shop("poap", "claim", "voucher.json").out
    assert queued == f"Queued: the badge of voucher {number} for c10 ({checksummed(10)}). Next: loyalty send\n"
    known = shop("poap", "claim", "-", stdin=made.out).out
    assert known.startswith(f"Known already: the badge of voucher {number} for c10 ({checksummed(10)}); it is queued.")
    shop("send", "--yes")
    assert [one["name"] for one in shop("poap", "badges", "c10", "--json").lines] == ["Voucher night"]

    no_voucher = "this is not a voucher for a badge; it is what loyalty poap voucher prints, all of it"
    refused = {
        json.dumps(made.json | {"chain_id": 1}): (
            "the voucher is for chain 1, and this program is on chain 31337; claim it there"
        ),
        json.dumps(made.json | {"event": 99}): (
            "the voucher was altered or cut short: its issuer did not sign this; copy it again"
        ),
        made.out[:99]: no_voucher,
        "[]": no_voucher,
    }
    for text, why in refused.items():
        assert shop.refuses("poap", "claim", "-", stdin=text) == [f"Error: {why}"]
    assert shop.refuses("poap", "claim", "none.json") == ["Error: none.json cannot be read: no such file or directory"]
    assert shop.refuses("poap", "voucher", "Voucher night", "c10") == [
        "Error: the voucher is not needed: the wallet has this badge already"
    ]


def test_links_from_folder_to_badge(shop: Shop) -> None:
    """Made for two customers, one claimed, one cancelled and made again; each state is what the chain says."""
    event(shop, "Link night")
    shop.write("invited.csv", "customer_id\nc11\nc12\n")
    create = ("poap", "link", "create", "Link night", "--for", "invited.csv", "--expires", "2049-12-31")
    before = shop.dump()
    assert (
        shop(*create, "--out", "invited", "--dry-run").out == "2 links would be made (0 known). Nothing was written.\n"
    )
    assert shop.dump() == before and not (shop.folder / "invited").exists()
    assert shop(*create, "--out", "invited", "--qr", "svg").out == (
        "2 links made (0 known), in invited/links.csv, each with its picture in invited. Nothing else has them: keep that folder.\n"
    )
    assert shop.refuses(*create, "--out", "invited") == [
        "Error: invited/links.csv is here already, and its links are nowhere else; name another folder"
    ]
    assert shop(*create).out == "Nothing new: 2 have one already.\n"
    rows = list(csv.DictReader((shop.folder / "invited" / "links.csv").read_text("utf-8-sig").splitlines()))
    assert [(row["customer_id"], row["until"], row["qr"]) for row in rows] == [
        ("c11", "2049-12-31 23:59", f"{rows[0]['number']}.svg"),
        ("c12", "2049-12-31 23:59", f"{rows[1]['number']}.svg"),
    ]
    assert all((shop.folder / "invited" / row["qr"]).exists() for row in rows)
    first, second = rows

    claimed = shop("poap", "link", "claim", first["link"], ANVIL[5]).out
    assert claimed == f"Queued: the badge of link {first['number']} for {ANVIL[5]}. Next: loyalty send\n"
    assert shop.refuses("poap", "link", "claim", "-", "c12", stdin=first["link"]) == [
        f"Error: the link is claimed already, by {ANVIL[5]}; each is good for one wallet"
    ]
    assert shop("poap", "link", "cancel", second["number"]).out == "1 link queued to be cancelled. Next: loyalty send\n"
    assert shop("poap", "link", "cancel", second["number"]).out == "Nothing new to cancel.\n"
    shop("send", "--yes")
    listed = shop("poap", "link", "list", "Link night").out.splitlines()
    assert [line.split() for line in listed[1:]] == [
        [first["number"], "claimed", "c11", "2049-12-31", "23:59", ANVIL[5]],
        [second["number"], "cancelled", "c12", "2049-12-31", "23:59"],
    ]
    assert shop.refuses("poap", "link", "claim", second["link"], "c12") == [
        "Error: the link was used already, or cancelled; ask for a new one"
    ]
    freed = shop("poap", "link", "reclaim", "Link night").out
    assert freed == "1 link freed. Next: loyalty poap link create EVENT --for FILE.csv\n"
    assert shop("poap", "link", "reclaim", "Link night").out == "No link has expired or was cancelled unused.\n"
    again = shop(*create).out
    assert again.startswith("loyalty:claim#") and again.count("\n") == 1
    shop("poap", "link", "cancel", "--all", "Link night", "--json")
    assert shop.refuses("poap", "link", "claim", again[:60], "c12") == [
        "Error: this is not a whole claim link; copy it again, with everything after the #"
    ]
    shop("send", "--yes")


def test_a_link_opens_the_brands_own_page(paper: Shop, shop: Shop) -> None:
    """Links begin with claim_url, and what is secret comes after a #; an address that has one already is refused."""
    number = event(shop, "Page night")
    page = 'claim_url = "https://blue-door.example/claim?by=link"'
    settings = (shop.folder / "loyalty.toml").read_text()
    try:
        shop.write("loyalty.toml", settings.replace("[poap]", f"[poap]\n{page}"))
        (url,) = shop("poap", "link", "create", number, "--json").lines
    finally:
        shop.write("loyalty.toml", settings)
    assert url["url"].startswith("https://blue-door.example/claim?by=link#A")
    shop("poap", "link", "claim", url["url"], "c13")
    shop("send", "--yes")
    toml = (paper.folder / "loyalty.toml").read_text()
    for wrong in ("https://shop.example/#", "claim", "", "https://shop example"):
        paper.write("loyalty.toml", toml.replace("[poap]", f'[poap]\nclaim_url = "{wrong}"'))
        assert paper.refuses("status") == [
            "Error: loyalty.toml: [poap] claim_url is a page's address without a #, such as https://shop.example/claim"
        ]


def test_the_same_people_again(shop: Shop) -> None:
    """Everybody of one event gets another's badge, once; who holds both is told with their customer ids."""
    first, second = event(shop, "First of two"), event(shop, "Second of two")
    shop("poap", "create", "Third of two")
    shop.write("both.csv", "customer_id\nc14\nc15\n")
    shop("poap", "drop", first, "both.csv")
    again = ("poap", "award", second, "--same-as", "First of two")
    assert shop.refuses(*again) == [
        'Error: some badges of "First of two" are still queued; run loyalty send, then this again'
    ]
    shop("send", "--yes")
    assert shop(*again, "--dry-run").out == "2 badges would be queued (0 known). Nothing was written.\n"
    assert shop(*again).out == "2 badges queued (0 were known). Next: loyalty send\n"
    assert shop(*again).out == "Nothing new: 2 were known.\n"
    shop("send", "--yes")
    held = shop("poap", "holders", "--all-of", f"{first},Second of two").out.splitlines()
    assert [line.split() for line in held] == [
        ["WALLET", "CUSTOMER"], [checksummed(14), "c14"], [checksummed(15), "c15"],
    ]  # fmt: skip
    assert shop("poap", "holders", "--all-of", f"{first},Third of two").out == "Nobody holds all of them.\n"
    assert shop("audit", "reconcile").said == "Ledger, logs and contracts agree."


def test_wrong_usage_is_told(shop: Shop) -> None:
    """What the command line cannot mean ends with exit code 2 and one line that says what it takes."""
    for command, why in (
        (("poap", "award", "1"), "name one wallet or customer, or --same-as another event"),
        (("poap", "award", "1", "c1", "--same-as", "2"), "name one wallet or customer, or --same-as another event"),
        (("poap", "link", "cancel"), "name links by their numbers, or --all with an event"),
        (("poap", "link", "cancel", "1", "--all", "2"), "name links by their numbers, or --all with an event"),
    ):
        assert shop(*command, code=2).err.splitlines()[-1] == f"Error: {why}"
