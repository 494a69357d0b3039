"""What owner and guardian do, with the real command line: told who may, done in order, or printed for a Safe."""

from __future__ import annotations

import dataclasses
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from loyalty.program import Program
from tests.journeys.shop import ANVIL, Shop, wallet

GOVERNED = ("points", "poap", "warranty", "rewards")
OWNER, ISSUER, GUARDIAN, SAFE = ANVIL[0], ANVIL[2], ANVIL[3], ANVIL[4]


def office(shop: Shop, contract: str = "points") -> dict[str, Any]:
    """Who may do what on a contract, as the library tells it; addresses in lower case."""
    with Program.open(shop.folder) as program:
        (found,) = [one for one in program.admin.show() if one.contract == contract]
    return dataclasses.asdict(found)


def budgets(shop: Shop, address: str, contract: str = "points") -> list[int]:
    """The budgets that an account has on a contract: one, or none."""
    return [i["budget"] for i in office(shop, contract)["issuers"] if i["address"] == address.lower()]


def signed_by(shop: Shop, tmp_path: Path, index: int) -> Shop:
    """The same program, with another of Anvil's accounts as its signer."""
    other = Shop(Path(shutil.copytree(shop.folder, tmp_path / f"signer{index}")))
    settings = other.folder / "loyalty.toml"
    settings.write_text(settings.read_text().replace("anvil = 0", f"anvil = {index}"))
    return other


def send_by_hand(shop: Shop, printed: str, index: int) -> None:
    """Send what --calldata printed, as a wallet does: to its target, with its data, by one of Anvil's accounts."""
    call = dict(re.fullmatch(r"(\S.*?)  +(.*)", line).groups() for line in printed.splitlines())  # type: ignore[union-attr, misc]
    shop.transacts(index, call["Target"].lower(), bytes.fromhex(call["Data"][2:]))


def test_shows_who_may_what(own: Shop) -> None:
    """After deploying, one account is everything, with the budgets of loyalty.toml; the protocol's contract has an admin alone."""
    shown = own("admin", "show", "--json").lines
    assert [one["contract"] for one in shown] == ["points", "poap", "warranty", "rewards", "notify"]
    assert {one["owner"] for one in shown} == {OWNER}
    told = {one["contract"]: [(i["address"], i["budget"], i["period"]) for i in one["issuers"]] for one in shown}
    assert told == {
        "points": [(OWNER, 10_000_000, 86_400)],
        "poap": [(OWNER, 1_000_000, 86_400)],
        "warranty": [(OWNER, 100_000, 86_400)],
        "rewards": [(OWNER, 1_000_000, 86_400)],
        "notify": [],
    }
    lines = own("admin", "show").out.splitlines()
    assert lines[1].split() == ["Owner", OWNER]
    # Deploying has let Rewards sell for points.
    assert lines[4].split()[0] == "Shop"
    assert lines[5].split() == ["ISSUER", "BUDGET", "EACH", "LEFT"]
    assert lines[6].split() == [OWNER, "10,000,000", "1d", "10,000,000"]


def test_an_issuer_is_named_changed_and_stopped(own: Shop) -> None:
    """Each order is queued once, changes what the chain says, and is no order where it would change nothing."""
    order = ("admin", "set-issuer", "points", ISSUER, "--budget", "500", "--period", "12h")
    call = f"set_issuer({ISSUER}, 500, 43200) of points"
    before = own.dump()
    assert own(*order, "--dry-run").out == f"Would be queued: {call}. Nothing was written.\n"
    assert own.dump() == before
    assert own(*order).out == f"Queued: {call}.\nNext: loyalty send\n"
    assert own(*order).out.startswith(f"Known already: {call}; it is queued. Nothing new was queued.\n")
    own("send", "--yes")
    assert {"address": ISSUER.lower(), "budget": 500, "period": 43200, "left": 500} in office(own)["issuers"]
    assert own(*order).out == f"Nothing to do: {call} would change nothing.\n"
    own("admin", "set-issuer", "points", ISSUER, "--budget", "600", "--period", "12h")
    own("admin", "stop-issuer", "all", ISSUER)
    own(*order)
    own("send", "--yes")
    assert budgets(own, ISSUER) == [500], "in the order they came"
    stopped = own("admin", "stop-issuer", "all", ISSUER).out.splitlines()
    assert stopped == [
        f"Queued: stop_issuer({ISSUER}) of points.",
        *(f"Nothing to do: stop_issuer({ISSUER}) of {noun} would change nothing." for noun in GOVERNED[1:]),
        "Next: loyalty send",
    ]
    own("send", "--yes")
    assert budgets(own, ISSUER) == []


def test_a_pause_goes_first_and_stops_awards(own: Shop) -> None:
    """An order overtakes what was queued before it: what a pause is to stop does not slip through."""
    own("points", "award", "c1", "5", "--key", "paused")
    assert own("admin", "pause", "--for", "1h").out.splitlines()[:-1] == [
        f"Queued: pause(3600) of {noun}." for noun in GOVERNED
    ]
    waits = "points.award waits: the contract is paused; the owner can lift it, or wait until the pause ends"
    assert waits in own("send", "--yes", code=1).err.splitlines()
    assert own("points", "balance", "c1", "--json").json["points"] == 0
    assert office(own)["paused_until"] > time.time()
    assert own("admin", "pause", "points", "--for", "1m").out == (
        "Nothing to do: pause(60) of points would change nothing.\n"
    )
    own("admin", "unpause")
    own("send", "--yes")
    assert office(own, "warranty")["paused_until"] == 0
    assert own("points", "balance", "c1", "--json").json["points"] == 5


def test_a_stranger_is_told_who_must(own: Shop, tmp_path: Path) -> None:
    """Nothing is queued for a signer who may not, and the line says whose signature it takes; what is printed for them works."""
    own("admin", "set-guardian", "points", GUARDIAN)
    own("send", "--yes")
    stranger = signed_by(own, tmp_path, 5)
    rest = f"and the signer is {ANVIL[5]}; nothing was queued: sign with that account, or add --calldata and hand it what is printed"
    assert stranger.refuses("admin", "pause", "points", "--for", "1d") == [
        f"Error: pause of points needs the guardian {GUARDIAN} or the owner {OWNER}, {rest}"
    ]
    assert stranger.refuses("admin", "set-partner", wallet(1)) == [
        f"Error: set_partner of points needs the owner {OWNER}, {rest}"
    ]
    assert stranger.refuses("admin", "accept-ownership", "poap") == [
        f"Error: poap has been offered to nobody; its owner {OWNER} offers it first: loyalty admin offer-ownership"
    ]
    before = stranger.dump()
    printed = stranger("points", "freeze", "c2", "--calldata").out
    assert stranger.dump() == before
    send_by_hand(own, printed, 3)
    assert office(own)["frozen"] == (wallet(2),)
    assert own("points", "unfreeze", "c2").said == "Next: loyalty send"
    own("send", "--yes")
    assert office(own)["frozen"] == ()


def test_a_guardian_works_from_a_folder_of_their_own(own: Shop, tmp_path: Path) -> None:
    """With the contracts' addresses in loyalty.toml, the guardian's key stops an issuer and can do no more."""
    own("admin", "set-guardian", "all", GUARDIAN)
    own("admin", "set-issuer", "poap", ISSUER, "--budget", "5")
    own("send", "--yes")
    theirs = Shop(tmp_path)
    theirs("init", "Guardian")
    settings = tmp_path / "loyalty.toml"
    text = settings.read_text().replace("anvil = 0", "anvil = 3").replace('network = "local"', 'network = "here"')
    for noun, address in own("status", "--json").json["contracts"].items():
        if noun != "notify":
            text = text.replace(f"[{noun}]\n", f'[{noun}]\naddress = "{address}"\nblock = 1\n')
    url = own("chain", "status", "--json").json["url"]
    settings.write_text(f'{text}\n[networks.here]\nrpc = "{url}"\nchain_id = 31337\nconfirmations = 0\n')
    theirs("deploy", "--only", ",".join(GOVERNED), "--yes")
    assert theirs("admin", "show", "--json").lines == own("admin", "show", "--json").lines[:4]
    theirs("admin", "stop-issuer", "all", ISSUER)
    theirs("send", "--yes")
    assert budgets(own, ISSUER, "poap") == []
    (told,) = theirs.refuses("admin", "set-partner", wallet(1))
    assert told.startswith(f"Error: set_partner of points needs the owner {OWNER}, and the signer is {GUARDIAN}; ")


def test_a_contract_changes_hands_in_two_steps(own: Shop, tmp_path: Path) -> None:
    """Offered, withdrawn, offered again and accepted by the other account; from then on the first is told who the owner is."""
    own("admin", "offer-ownership", "warranty", wallet(1))
    own("send", "--yes")
    own("admin", "offer-ownership", "warranty", "none")
    own("send", "--yes")
    assert office(own, "warranty")["pending_owner"] == ""
    own("admin", "offer-ownership", "warranty", SAFE)
    own("send", "--yes")
    assert office(own, "warranty")["pending_owner"] == SAFE.lower()
    printed = own("admin", "accept-ownership", "warranty", "--calldata").out
    assert printed.splitlines()[1].split() == ["To", "send", "by", SAFE]
    send_by_hand(own, printed, 4)
    now = office(own, "warranty")
    assert (now["owner"], now["pending_owner"]) == (SAFE.lower(), "")
    (told,) = own.refuses("admin", "set-guardian", "warranty", "none")
    assert told.startswith(f"Error: set_guardian of warranty needs the owner {SAFE}, and the signer is {OWNER}; ")


def test_partners_shops_and_metadata(own: Shop) -> None:
    """A partner is named and removed; a shop must be a contract; metadata follows loyalty.toml, or is named."""
    own("admin", "set-partner", GUARDIAN)
    own("admin", "set-shop", own("status", "--json").json["contracts"]["poap"])
    own("send", "--yes")
    now = office(own)
    shops = (office(own, "rewards")["address"], office(own, "poap")["address"])
    assert (now["partners"], now["shops"]) == ((GUARDIAN.lower(),), shops)
    own("admin", "set-partner", GUARDIAN, "--remove")
    own("admin", "set-shop", GUARDIAN)
    failed = f'admin.points "shop:{GUARDIAN.lower()}:1" for {GUARDIAN} failed: points: shop is not a contract'
    assert failed in own("send", "--yes", code=1).err.splitlines()
    assert office(own)["partners"] == ()
    # What failed is given up with the next order about the same, and no retry brings it back.
    assert own("admin", "set-shop", GUARDIAN, "--remove").out.startswith("Nothing to do: ")
    assert own("retry").out == "Nothing has failed.\n"
    told = own("admin", "set-contract-uri", "poap").out
    assert told.startswith("Nothing to do: set_contract_uri(ipfs://")
    settings = own.folder / "loyalty.toml"
    settings.write_text(settings.read_text().replace("[poap]\n", '[poap]\ndescription = "Where we met"\n'))
    own("admin", "set-contract-uri", "poap")
    own("admin", "set-contract-uri", "points", "ipfs://somewhere")
    own("send", "--yes")
    assert own("admin", "set-contract-uri", "points", "ipfs://somewhere").out.startswith("Nothing to do: ")
    assert own("admin", "set-contract-uri", "poap").out.startswith("Nothing to do: ")
    assert own.refuses("admin", "set-contract-uri", "poap", "x" * 2049) == [
        "Error: a contract's URI has at most 2,048 bytes; store the metadata elsewhere and give its URI"
    ]


def test_a_retry_undoes_no_later_order(own: Shop) -> None:
    """An order that failed is given up when another about the same is given: retried, it would undo that one."""
    own("admin", "set-issuer", "points", ISSUER, "--budget", "7")
    own("send", "--yes")
    own("admin", "stop-issuer", "points", ISSUER)
    with Program.open(own.folder) as program, program.ledger.write() as connection:
        connection.exec_driver_sql(
            "UPDATE operations SET state = 'failed', reason = 'as if' WHERE subject = 'stop_issuer' AND state = 'queued'"
        )
    own("admin", "set-issuer", "points", ISSUER, "--budget", "8")
    own("send", "--yes")
    assert own("retry").out == "Nothing has failed.\n"
    assert budgets(own, ISSUER) == [8]


@pytest.mark.parametrize("command", ["pause", "unpause"])
def test_without_contracts(paper: Shop, node: str, command: str) -> None:
    """Where nothing is deployed, there is nothing to order."""
    settings = paper.folder / "loyalty.toml"
    text = settings.read_text().replace('network = "local"', 'network = "here"')
    settings.write_text(f'{text}\n[networks.here]\nrpc = "{node}"\nchain_id = 31337\n')
    told = "Error: none of the contracts is deployed; run: loyalty deploy"
    assert paper.refuses("admin", command, *(["--for", "1h"] if command == "pause" else [])) == [told]
    assert paper("admin", "show").out == "None of the contracts is deployed. Next: loyalty deploy\n"
