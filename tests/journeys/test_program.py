"""A deployed program from day to day: reading, taking back, extending, trying things first, and machine-readable answers."""

from __future__ import annotations

import dataclasses

import pytest

from loyalty import audit, customers, intake, poap, points, program, queued, warranty
from loyalty.ledger import people
from loyalty.outbox import Sent
from tests.journeys.shop import ANVIL, Shop, wallet


def names(kind: type) -> list[str]:
    """The fields of a dataclass, in order."""
    return [field.name for field in dataclasses.fields(kind)]


def checksummed(number: int) -> str:
    """A customer's address as people see it."""
    from eth_utils.address import to_checksum_address

    return to_checksum_address(wallet(number))


def test_revokes_no_more_than_there_is(shop: Shop) -> None:
    """Taking 500 points back from a customer who has 120 leaves 0, and the history says why."""
    revoke = ("points", "revoke", "c1", "500", "--reference", "order-1", "--reason", "order returned")
    assert shop(*revoke).said.endswith('for "order-1". Next: loyalty send')
    shop("send", "--yes")
    assert shop(*revoke, "--json").json["new"] is False
    history = shop("points", "history", "c1").out.splitlines()
    assert history[0].split() == ["BLOCK", "WHAT", "AMOUNT", "BALANCE", "KEY", "TRANSACTION", "NOTE"]
    assert history[1].split()[1:5] == ["award", "+120", "120", "before-1"]
    assert history[2].split()[1:5] == ["revoke", "-120", "0", "order-1"]


def test_points_are_held_back(shop: Shop) -> None:
    """An award that is not due waits in the ledger, where send leaves it; cancelled, it costs nothing and stays so."""
    held = shop("points", "award", "c2", "7", "--key", "held", "--not-before", "2100-01-01").out
    assert held == (
        f'Queued: 7 points for c2 ({checksummed(2)}) under key "held", not before 2100-01-01. Next: loyalty send\n'
    )
    assert shop("send", "--dry-run").out == "Nothing is waiting to be sent.\n"
    assert shop("points", "balance", "c2", "--json").json["queued"] == 7
    before = shop.dump()
    cancelled = f'7 points for c2 ({checksummed(2)}) under key "held". '
    assert shop("points", "cancel", "held", "--dry-run").out == f"Would be cancelled: {cancelled}Nothing was written.\n"
    assert shop.dump() == before
    assert shop("points", "cancel", "held").out == f"Cancelled: {cancelled}Nothing is sent for it.\n"
    again = shop("points", "award", "c2", "7", "--key", "held", "--not-before", "2100-01-01").out
    assert again.endswith("; it is cancelled: cancelled before it was sent. Nothing new was queued.\n")


def test_an_event_from_queued_to_given(shop: Shop) -> None:
    """Before it is sent an event says so; afterwards it counts its badges, and another with its name is refused."""
    created = shop("poap", "create", "Night", "--start", "2026-03-31", "--max-supply", "2", "--json").json
    number = str(created["event"])
    waits = 'Error: event "Night" is not on chain yet (queued); run: loyalty send'
    assert shop.refuses("poap", "show", "Night") == [waits]
    (told,) = shop.refuses("poap", "create", "Night", "--start", "2026-04-01")
    assert told == (
        f'Error: there is an event "Night" already, number {number}, with other settings; choose another name'
    )
    shop("poap", "award", "Night", "c3", "--note", "at the door")
    shop("send", "--yes")
    again = shop("poap", "award", number, "c3", "--note", "at the door").out
    assert again.startswith(f'Known already: the badge of "{number}" for {checksummed(3)}; it is final, in 0x')
    assert "Badges given  1 of 2" in shop("poap", "show", "Night").out.splitlines()
    assert f"{number}  Night" in shop("poap", "badges", "c3").said


def test_a_warrantys_life(shop: Shop) -> None:
    """Registered, shown, extended, proven, voided: by its serial number, which is never on chain."""
    register = ("warranty", "register", "c5", "--serial", "SN-5", "--product", "Turntable", "--purchased", "2026-03-31")
    shop(*register, "--months", "12", "--legal-months", "24", "--transfers", "1")
    waits = 'Error: warranty "SN-5" is not on chain yet (queued); run: loyalty send'
    assert shop.refuses("warranty", "show", "SN-5") == [waits]
    assert shop.refuses(*register, "--months", "36") == [
        'Error: serial "SN-5" is registered already, under other terms; a serial number has one warranty'
    ]
    shop("warranty", "extend", "SN-5", "12", "--key", "paid-1")
    shop("send", "--yes")
    shown = shop("warranty", "show", "SN-5").out.splitlines()
    assert "State             active" in shown
    assert "Until             2029-03-31" in shown
    proof = shop("warranty", "proof", "SN-5", "--json").json
    shop("warranty", "void", "SN-5", "--reason", "sold twice")
    shop("send", "--yes")
    voided = shop("warranty", "show", proof["token_id"], "--json").json
    assert (list(voided), voided["serial"], voided["state"]) == (names(warranty.Shown), "SN-5", "void")


def test_a_delegate_is_named_and_removed(shop: Shop) -> None:
    """Another account may send for the channel, and then no longer."""
    named = shop("notify", "delegate", ANVIL[2]).out
    assert named == f"Queued: {ANVIL[2]} may send for the channel. Next: loyalty send\n"
    removed = shop("notify", "delegate", ANVIL[2], "--remove").out
    assert removed == f"Queued: {ANVIL[2]} may no longer send for the channel. Next: loyalty send\n"
    assert shop("send", "--yes").said == "Next: loyalty audit reconcile"


TRIED = {
    "customers": ["customers", "import", "tried.csv"],
    "a file of awards": ["points", "award", "tried.csv"],
    "one award": ["points", "award", "c6", "5", "--key", "tried"],
    "a redemption": ["points", "redeem", "anvil1", "5", "--reference", "tried", "--sign-with-anvil", "1"],
    "a revocation": ["points", "revoke", "c6", "5", "--reference", "tried", "--reason", "r"],
    "an event": ["poap", "create", "Tried", "--description", "never"],
    "a warranty": ["warranty", "register", "c6", "--serial", "tried", "--product", "Never Sold"],
    "a file of warranties": ["warranty", "import", "tried.csv"],
    "terms": ["warranty", "terms", "Never Sold", "--max-claims", "1"],
    "a production": ["warranty", "register", "c6", "--serial", "tried-2", "--product", "T", "--production", "never"],
    "a service centre": ["warranty", "service-centre", "set", ANVIL[3]],
    "a notification": ["notify", "send", "t", "b", "--to", "c6", "--key", "tried", "--format", "stored"],
    "a subscription": ["notify", "subscribe", "anvil1", "--sign-with-anvil", "1"],
    "a delegate": ["notify", "delegate", ANVIL[3]],
    "sending": ["send"],
    "deploying": ["deploy"],
}


@pytest.mark.parametrize("command", TRIED.values(), ids=TRIED)
def test_trying_writes_nothing(shop: Shop, command: list[str]) -> None:
    """--dry-run says what would come of it, and leaves the ledger, the stored metadata and the folder as they were."""
    shop.write("tried.csv", f"customer_id,wallet,amount,serial,product\nc6,{wallet(6)},5,tried-1,Never Sold Either\n")
    before, files = shop.dump(), shop.files()
    told = shop(*command, "--dry-run")
    assert told.out
    assert (shop.dump(), shop.files()) == (before, files)


def test_answers_for_programs(shop: Shop) -> None:
    """--json has the library's own field names, whole amounts, and addresses with their checksum."""
    award = shop("points", "award", "c7", "12", "--key", "json", "--json").json
    assert list(award) == names(queued.Queued)
    assert (award["wallet"], award["amount"], award["new"]) == (checksummed(7), 12, True)
    plan = shop("send", "--dry-run", "--json").json
    assert (plan["operations"], plan["transactions"]) == (1, 1)
    assert plan["wei"] == plan["gas"] * plan["gas_price"]
    sent = shop("send", "--yes", "--json").json
    assert list(sent) == names(Sent)
    assert (sent["operations"], sent["parked"]) == (1, {})
    assert list(shop("points", "balance", "c7", "--json").json) == names(points.Balance)
    assert list(shop("points", "history", "c7", "--json").lines[0]) == names(points.Movement)
    assert list(shop("customers", "show", "c7", "--json").json) == names(people.Customer)
    assert len(shop("customers", "list", "--most", "2", "--json").lines) == 2
    assert list(shop("audit", "reconcile", "--json").json) == names(audit.Books)
    status = shop("status", "--json").json
    assert list(status) == names(program.Status)
    assert status["signer"] == ANVIL[0]
    again = shop("customers", "import", "-", "--json", stdin=f"customer_id,wallet\nc7,{wallet(7)}\n").json
    assert list(again) == names(customers.Imported)
    taken = shop("points", "award", "-", "--dry-run", "--json", stdin="customer_id,amount\nc7,1\n").json
    assert list(taken) == names(intake.Taken)
    created = shop("poap", "create", "JSON", "--dry-run", "--json").json
    assert list(created) == names(poap.Created)


def test_nothing_expired_is_swept(shop: Shop) -> None:
    """A sweep where nothing has expired queues nothing, and says so."""
    before = shop.dump()
    assert shop("points", "sweep").out == (
        "Nothing to burn: no wallet has expired points that are not swept already.\n"
    )
    assert shop.dump() == before
