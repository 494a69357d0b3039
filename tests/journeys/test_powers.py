"""`loyalty audit powers` in a programme of its own: other orders of an owner would be told with these."""

from __future__ import annotations

from loyalty.program import Program
from tests.journeys.shop import ANVIL, Shop

OWNER, ISSUER, GUARDIAN, SAFE = ANVIL[0], ANVIL[2], ANVIL[3], ANVIL[4]


def test_powers_are_told_with_what_gave_them(own: Shop) -> None:
    """Given, used, changed and taken away: only what holds now is told, each with the transaction that last said so, and what is left of a budget."""
    own("admin", "set-issuer", "points", ISSUER, "--budget", "300")
    own("admin", "set-issuer", "poap", ISSUER, "--budget", "50")
    own("admin", "set-guardian", "points", GUARDIAN)
    own("notify", "delegate", GUARDIAN)
    own("notify", "delegate", SAFE)
    own("send", "--yes")
    own("admin", "set-issuer", "points", ISSUER, "--budget", "200")
    own("admin", "stop-issuer", "poap", ISSUER)
    own("admin", "offer-ownership", "points", SAFE)
    own("admin", "pause", "warranty", "--for", "2h")
    own("notify", "delegate", SAFE, "--remove")
    own("points", "award", ANVIL[5], "40", "--key", "powers-1")
    own("send", "--yes")
    told = own("audit", "powers", "--json").lines
    held = {(one["contract"], one["power"], one["account"]): one for one in told}
    assert len(held) == len(told)
    issuer, guardian, safe = ISSUER.lower(), GUARDIAN.lower(), SAFE.lower()
    assert held["points", "issuer", issuer]["limit"] == "200 in 86,400 s, 200 left"
    assert held["points", "issuer", OWNER.lower()]["limit"].endswith("9,999,960 left")
    assert ("poap", "issuer", issuer) not in held
    assert held["points", "may become owner", safe]["since"] and held["points", "guardian", guardian]["since"]
    assert held["warranty", "paused", ""]["limit"].startswith("until ")
    delegates = [one["account"] for one in told if one["power"] == "delegate"]
    assert delegates == [guardian]
    with Program.open(own.folder) as program:
        for one in told:
            receipt = program.node.receipt(one["tx_hash"])
            assert receipt is not None and receipt.block_number == one["block_number"]
            assert one["since"] == program.node.timestamp(hex(one["block_number"]))
    lines = own("audit", "powers").out.splitlines()
    assert lines[0].split() == ["CONTRACT", "POWER", "WHO", "WITHIN", "SINCE", "TRANSACTION"]
    assert len(lines) == 1 + len(told)
    own("admin", "unpause", "warranty")
    own("send", "--yes")
