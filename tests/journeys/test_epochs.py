"""Epochs with the real command line: a file becomes a root, the root pays everybody once, whoever claims."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from loyalty.chain import abi
from loyalty.merkle import proves
from loyalty.program import Program
from loyalty.units import checksum
from tests.journeys.shop import ANVIL, Shop, wallet

HEAD = "customer_id,amount,key\n"


def earned(shop: Shop, name: str, rows: str, *more: str) -> Any:
    """Queue an epoch from rows, and what came of it."""
    shop.write(f"{name}.csv", HEAD + rows)
    return shop("points", "publish-epoch", f"{name}.csv", "--json", *more).json


def points(shop: Shop, who: str) -> int:
    """What a customer can spend."""
    with Program.open(shop.folder) as program:
        return program.points.balance(who).points


def test_before_the_first_epoch(own: Shop) -> None:
    """Until there is one, what reads it says how to make it."""
    told = "Error: no epoch is on chain yet; queue one: loyalty points publish-epoch FILE, then: loyalty send"
    for command in (["epoch"], ["proof", "c1"], ["claim-epoch", "--all"]):
        assert own.refuses("points", *command) == [told]


def test_a_file_becomes_a_root_that_pays_once(own: Shop) -> None:
    """Two files, sent together, are two epochs; each wallet's amounts add up, and are claimed by the programme or by anybody."""
    own.write("may.csv", HEAD + "c1,100,may-1\nc2,50,may-2\nanvil5,30,may-3\nc1,7,may-4\n")
    before = own.dump()
    tried = own("points", "publish-epoch", "may.csv", "--dry-run", "--out", "tried.json").out.splitlines()
    assert tried[1] == "4 awards would be queued (0 known), 187 points in all. Nothing was written."
    assert own.dump() == before and not (own.folder / "tried.json").exists()
    made = own("points", "publish-epoch", "may.csv", "--out", "tree.json").out.splitlines()
    assert made[0] == tried[0] and made[0].startswith("Epoch 1 owes 3 wallets; its root is 0x")
    assert made[1] == "4 awards queued (0 were known), 187 points in all. Next: loyalty send"
    assert own("points", "publish-epoch", "may.csv").out == "Nothing new: 4 were known.\n"
    assert earned(own, "june", "c2,5,june-1\nc3,9,june-2\n")["epoch"] == 2
    own("send", "--yes")

    epoch = own("points", "epoch", "--json", "--out", "now.json").json
    told = {name: epoch[name] for name in ("number", "wallets", "claimed", "unclaimed", "waiting")}
    assert told == {"number": 2, "wallets": 4, "claimed": 0, "unclaimed": 201, "waiting": 0}
    tree = json.loads((own.folder / "now.json").read_text())
    assert tree["tree"][0] == epoch["root"] != json.loads((own.folder / "tree.json").read_text())["tree"][0]
    assert {tuple(entry["value"]) for entry in tree["values"]} == {
        (wallet(1), "107"), (wallet(2), "55"), (wallet(3), "9"), (ANVIL[5].lower(), "30"),
    }  # fmt: skip
    proof = own("points", "proof", "c2", "--json").json
    assert proves(epoch["root"], wallet(2), 55, proof["proof"])
    assert own.refuses("points", "proof", "c9") == [
        f"Error: {checksum(wallet(9))} is not in epoch 2: nothing was earned for it"
    ]

    assert own("points", "balance", "c1", "--json").json["unclaimed"] == 107
    assert own("points", "claim-epoch", "c1", "c9").out == (
        "1 claim queued (0 known, 0 paid already), 107 points in all. Next: loyalty send\n"
    )
    # A customer needs nobody: the proof and the contract are enough.
    mine = own("points", "proof", "anvil5", "--json").json
    address = own("status", "--json").json["contracts"]["points"].lower()
    data = abi.encode("Points", "claim", ANVIL[5], mine["cumulative"], [bytes.fromhex(p[2:]) for p in mine["proof"]])
    own.transacts(5, address, data)
    assert own("points", "claim-epoch", "--all").out == (
        "2 claims queued (1 known, 1 paid already), 64 points in all. Next: loyalty send\n"
    )
    own("send", "--yes")
    assert [points(own, who) for who in ("c1", "c2", "c3", "anvil5")] == [107, 55, 9, 30]
    assert own("points", "claim-epoch", "--all").out == "Nothing to claim (0 known, 4 paid already).\n"
    assert own("points", "epoch", "--json").json["unclaimed"] == 0
    (move,) = own("points", "history", "c1", "--json").lines
    assert (move["what"], move["amount"], move["key"], move["note"]) == ("claim", 107, "", "epoch 2")
    assert own("audit", "reconcile").said == "Ledger, logs and contracts agree."


def test_an_award_is_in_no_epoch_and_an_epochs_is_not_awarded(own: Shop) -> None:
    """Whatever way a key came in first is the way it is paid; a file may have both, and only what is new is in the epoch."""
    own("points", "award", "c4", "10", "--key", "both-1")
    done = earned(own, "both", "c4,10,both-1\nc4,5,both-2\n")
    assert (done["new"], done["known"], done["amount"]) == (1, 1, 5)
    own.write("again.csv", HEAD + "c4,5,both-2\n")
    assert own("points", "award", "again.csv").out == "Nothing new: 1 was known.\n"
    assert own.refuses("points", "cancel", "both-2") == [
        'Error: award "both-2" is earned and cannot be cancelled any more; take points back with: loyalty points revoke'
    ]
    own("send", "--yes")
    own("points", "claim-epoch", "c4")
    own("send", "--yes")
    assert points(own, "c4") == 15


def test_a_claim_that_waits_is_paid_by_the_next_epoch(own: Shop) -> None:
    """A root that is replaced before a claim is sent costs the claim nothing: its proof is made for the root that stands."""
    earned(own, "first", "c5,20,next-1\n")
    own("send", "--yes")
    own("points", "claim-epoch", "c5")
    assert earned(own, "second", "c5,3,next-2\nc6,1,next-3\n")["new"] == 2
    with Program.open(own.folder) as program:
        assert program.outbox.send(only="points.epoch").operations == 1
    own("send", "--yes")
    assert points(own, "c5") == 23
    assert own("audit", "reconcile").said == "Ledger, logs and contracts agree."


def test_bad_rows_are_an_epochs_too(own: Shop) -> None:
    """The same intake reads them: each bad row is named, nothing is written; skipped, they come back in a file."""
    rows = f"c7,5,bad-1\nzed,5,bad-2\nc7,0,bad-3\nc7,9,bad-1\nc7,{2**42},bad-4\n"
    own.write("bad.csv", HEAD + rows)
    assert own.refuses("points", "publish-epoch", "bad.csv") == [
        'bad.csv line 3: customer "zed" is not in the ledger; import customers first',
        "bad.csv line 4: the amount is 0; an award gives at least 1",
        'bad.csv line 5: key "bad-1" already stands for something else (5 to c7); use a new key, or the first contents',
        f"bad.csv line 6: {2**42} is more than one award can give, {2**42 - 1}",
        "Error: bad.csv has 4 bad rows and nothing was written; correct the file, or take the rest: --skip-bad",
    ]
    told = own("points", "publish-epoch", "bad.csv", "--skip-bad", "--dry-run").out.splitlines()
    assert (
        told[1]
        == "1 award would be queued (0 known), 5 points in all. Nothing was written. 4 bad rows would be left out."
    )
    own.write("no.csv", "customer_id,points\nc7,5\n")
    assert own.refuses("points", "publish-epoch", "no.csv") == [
        'Error: no.csv has no column "amount"; it has customer_id, points: add the column to its first line'
    ]
    told = own("points", "publish-epoch", "bad.csv", "--skip-bad", "--out", "nowhere/tree.json", code=1).err
    assert told.endswith("Error: nowhere/tree.json cannot be written: no such file or directory\n")
    assert own("points", "publish-epoch", "bad.csv", "--skip-bad", "--json").json["new"] == 1, (
        "nothing was kept of that"
    )


def test_one_ledger_publishes(own: Shop, tmp_path: Path) -> None:
    """A second ledger stops at the batch number that the first one spent; once that is looked at, its epoch still waits, as it would take away what the first one's owes; nor does it have proofs."""
    other = Shop(Path(shutil.copytree(own.folder, tmp_path / "other")))
    earned(own, "mine", "c8,11,mine-1\n")
    own("send", "--yes")
    earned(other, "theirs", "c9,12,theirs-1\n")
    assert "or look at what was paid: loyalty sync; nothing was sent" in other("send", "--yes", code=1).err
    other("sync", "--yes")
    told = (
        "points.epoch waits: the contract's epoch is not the last one of this ledger, and a new one would take away what it owes; "
        "publish from the ledger that published it, or restore this one from its newest backup"
    )
    assert told in other("send", "--yes", code=1).err.splitlines()
    assert other("points", "claim-epoch", "--all", code=1).err == (
        "Error: the epoch on chain was published from another ledger, and this one has no tree for it; ask there\n"
    )
    books = other("audit", "reconcile", code=1).out
    assert "its root 0x" in books and "is not the ledger's" in books
    own("points", "claim-epoch", "--all")
    own("send", "--yes")
    assert points(own, "c8") == 11


def test_an_epoch_over_the_budget_waits_for_it(own: Shop) -> None:
    """More than the issuer may ever give fails with the reason; once the owner has raised the budget, it and what follows go on chain in order. Each epoch is charged with all that is unclaimed."""
    earned(own, "much", "c10,20000000,much-1\n")
    earned(own, "little", "c11,1,much-2\n")
    sent = own("send", "--yes", code=1).err
    assert (
        "failed: it is more than the issuer's whole budget of 10,000,000 for a period; the owner can raise it" in sent
    )
    assert "points.epoch waits: what it belongs to (points.epoch:" in sent
    own("admin", "set-issuer", "points", ANVIL[0], "--budget", "50000000")
    own("retry")
    own("send", "--yes")
    own("points", "claim-epoch", "c10", "c11")
    own("send", "--yes")
    assert [points(own, who) for who in ("c10", "c11")] == [20_000_000, 1]
    assert own("audit", "reconcile").said == "Ledger, logs and contracts agree."


def test_wrong_usage(own: Shop) -> None:
    """Nobody, and somebody together with all, are both wrong usage."""
    for command in (["points", "claim-epoch"], ["points", "claim-epoch", "c1", "--all"]):
        assert own(*command, code=2).err.splitlines()[-1] == "Error: name wallets or customers, or --all"
