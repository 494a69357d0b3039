"""Awards that are signed and carried: paid once, to whom they name, or refused in one line before any gas is spent."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from loyalty.errors import SettingsError
from loyalty.program import Program
from tests.journeys.shop import ANVIL, Shop, wallet

LATER = "2049-12-31"


def checksummed(number: int) -> str:
    """A customer's address as people see it."""
    from eth_utils.address import to_checksum_address

    return to_checksum_address(wallet(number))


def signed(shop: Shop, who: str, amount: int, key: str, *more: str) -> dict[str, Any]:
    """A new voucher, as it is carried."""
    shop("points", "voucher", who, str(amount), "--key", key, "--out", f"{key}.json", *(more or ("--deadline", LATER)))
    text = (shop.folder / f"{key}.json").read_text()
    assert len(text.splitlines()) == 1
    carried: dict[str, Any] = json.loads(text)
    return carried


def moment(seconds: float) -> str:
    """A time so many seconds from now, to the second."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def test_a_voucher_pays_once(shop: Shop) -> None:
    """Signed, printed again by its key, claimed from a file and from standard input: it pays its wallet once."""
    voucher = ("points", "voucher", "c10", "25", "--key", "v10", "--deadline", LATER)
    what = f'25 points for c10 ({checksummed(10)}) under key "v10", good until {LATER} 23:59'
    before = shop.dump()
    assert shop(*voucher, "--dry-run").out == f"Would be signed: {what}. Nothing was written.\n"
    assert shop.dump() == before
    first, again = shop(*voucher), shop(*voucher)
    assert first.out == again.out
    assert (first.err, again.err) == (f"Signed: {what}.\n", f"Known already (good): {what}.\n")
    shop.write("v10.json", first.out)
    paid = f"25 points for c10 ({checksummed(10)}) by voucher"
    assert shop("points", "claim", "v10.json", "--dry-run").out == f"Would be queued: {paid}. Nothing was written.\n"
    assert shop("points", "claim", "v10.json").out == f"Queued: {paid}. Next: loyalty send\n"
    assert shop("points", "claim", "-", stdin=first.out).out.startswith(f"Known already: {paid}; it is queued.")
    shop("send", "--yes")
    assert shop("points", "claim", "v10.json").out.startswith(f"Known already: {paid}; it is final, in 0x")
    (move,) = shop("points", "history", "c10", "--json").lines
    assert (move["what"], move["amount"], move["key"]) == ("voucher", 25, "v10")
    claimed = shop(*voucher).out
    assert claimed == f"Known already (claimed): {what}. Nothing was written.\n"


def test_an_award_is_paid_in_one_way(shop: Shop) -> None:
    """A key that was signed is not awarded, and one that was awarded is not signed; the same key for somebody else is refused."""
    signed(shop, "c11", 5, "v11")
    told = shop("points", "award", "c11", "5", "--key", "v11").out
    assert told.endswith('under key "v11"; it is vouched. Nothing new was queued.\n')
    shop("points", "award", "c11", "6", "--key", "a11")
    assert shop.refuses("points", "voucher", "c11", "6", "--key", "a11") == [
        'Error: key "a11" is an award that is queued, without a voucher; use a new key for a voucher'
    ]
    assert shop.refuses("points", "voucher", "c12", "5", "--key", "v11") == [
        'Error: key "v11" already stands for something else (5 to c11); use a new key, or the first contents'
    ]
    shop("points", "cancel", "a11")


def test_signed_again_it_is_the_same_voucher(shop: Shop) -> None:
    """With another deadline the number is the same, so of both copies one is paid."""
    first = signed(shop, "c13", 7, "v13", "--deadline", moment(3600))
    second = signed(shop, "c13", 7, "v13", "--deadline", LATER)
    assert first["number"] == second["number"] and first["signature"] != second["signature"]
    shop.write("first.json", json.dumps(first))
    shop("points", "claim", "v13.json")
    assert shop("points", "claim", "first.json").out.startswith("Known already: ")
    shop("send", "--yes")
    assert shop("points", "balance", "c13", "--json").json["points"] == 7


def test_a_voucher_is_withdrawn(shop: Shop) -> None:
    """Cancelled on chain it pays nobody, is listed so, and is not signed again; a claimed one cannot be cancelled."""
    signed(shop, "c14", 9, "v14")
    withdrawal = f'the withdrawal of voucher "v14" of c14 ({checksummed(14)})'
    assert shop("points", "cancel", "v14").out == f"Queued: {withdrawal}. Next: loyalty send\n"
    shop("send", "--yes")
    assert shop("points", "cancel", "v14").out.startswith(f"Known already: {withdrawal}; it is final, in 0x")
    assert shop.refuses("points", "claim", "v14.json") == [
        "Error: the voucher was used already, or cancelled; it pays once"
    ]
    assert shop.refuses("points", "voucher", "c14", "9", "--key", "v14", "--deadline", "2048-01-01") == [
        'Error: voucher "v14" was cancelled already; it is not signed again'
    ]
    signed(shop, "c14", 3, "v14b")
    shop("points", "claim", "v14b.json")
    shop("send", "--yes")
    assert shop.refuses("points", "cancel", "v14b") == [
        'Error: voucher "v14b" was claimed already; there is nothing to cancel; take points back with: loyalty points revoke'
    ]
    states = {one["key"]: one["state"] for one in shop("points", "vouchers", "--json").lines}
    assert (states["v14"], states["v14b"]) == ("cancelled", "claimed")
    assert any(line.split()[:1] == ["v14"] for line in shop("points", "vouchers").out.splitlines())


def test_a_voucher_of_another_place_is_refused(shop: Shop) -> None:
    """Another chain's and another contract's are refused by name."""
    carried = signed(shop, "c15", 5, "v15")
    for change, told in (
        ({"chain_id": 1}, "the voucher is for chain 1, and this program is on chain 31337; claim it there"),
        (
            {"contract": ANVIL[3]},
            f"the voucher is for the points at {ANVIL[3]}, and this program's are at {carried['contract']}; claim it there",
        ),
    ):
        shop.write("other.json", json.dumps(carried | change))
        assert shop.refuses("points", "claim", "other.json") == [f"Error: {told}"]


ALTERED = [
    {"amount": 500}, {"account": ANVIL[4]}, {"number": "7"}, {"start": 5}, {"deadline": 2**40}, {"issuer": ANVIL[1]},
    {"signature": "0x" + "ab" * 65}, {"signature": "0x"},
]  # fmt: skip


def test_an_altered_voucher_is_refused(shop: Shop) -> None:
    """Whatever of it was changed, it is not what was signed."""
    carried = signed(shop, "c16", 5, "v16")
    told = "the voucher was altered or cut short: its issuer did not sign this; copy it again"
    with Program.open(shop.folder) as program:
        for change in ALTERED:
            with pytest.raises(SettingsError, match=told):
                program.points.claim_voucher(carried | change)
    assert shop.refuses("points", "claim", "-", stdin=json.dumps(carried | ALTERED[0])) == [f"Error: {told}"]


def test_half_a_voucher_is_none(shop: Shop) -> None:
    """Text that was cut, a field that is missing or cannot be, and a badge's voucher are told apart from a good one."""
    carried = signed(shop, "c17", 5, "v17")
    without = {name: value for name, value in carried.items() if name != "deadline"}
    with Program.open(shop.folder) as program:
        for text in (
            json.dumps(carried)[:-5], json.dumps(without), json.dumps(carried | {"account": "0x12"}), "[]", "",
            json.dumps(carried | {"voucher": "badge"}), json.dumps(carried | {"number": -1}), "[" * 100_000,
        ):  # fmt: skip
            with pytest.raises(SettingsError, match="this is not a voucher for points"):
                program.points.claim_voucher(text)


def test_a_voucher_has_its_time(shop: Shop) -> None:
    """Before its first second and after its last one it is refused, with the day; it could then be signed anew."""
    signed(shop, "c18", 5, "early", "--start", "2049-01-01", "--deadline", LATER)
    assert shop.refuses("points", "claim", "early.json") == [
        "Error: the voucher is not good yet; claim it from 2049-01-01 (UTC) on"
    ]
    last = moment(2)
    signed(shop, "c18", 6, "late", "--deadline", last)
    time.sleep(4)
    (told,) = shop.refuses("points", "claim", "late.json")
    assert told == f"Error: the voucher has expired on {last[:16].replace('T', ' ')} (UTC); ask for a new one"
    states = {one["key"]: one["state"] for one in shop("points", "vouchers", "--json").lines}
    assert (states["early"], states["late"]) == ("early", "expired")
    assert shop.refuses("points", "cancel", "late") == [
        'Error: voucher "late" has expired already; there is nothing to cancel'
    ]
    signed(shop, "c18", 6, "late")
    shop("points", "claim", "late.json")
    shop("send", "--yes")
    assert shop("points", "balance", "c18", "--json").json["points"] == 6


def test_a_voucher_that_another_shop_claimed(shop: Shop, tmp_path: Path) -> None:
    """Two tills with the same voucher pay once: the second is told, before its gas is spent, or its claim ends without a fault."""
    signed(shop, "c19", 8, "v19")
    signed(shop, "c19", 9, "v19b")
    other = Shop(Path(shutil.copytree(shop.folder, tmp_path / "other")))
    other("points", "claim", "v19b.json")
    shop("points", "claim", "v19.json")
    shop("points", "claim", "v19b.json")
    shop("send", "--yes")
    assert other.refuses("points", "claim", "v19.json") == [
        "Error: the voucher was used already, or cancelled; it pays once"
    ]
    assert other("send", "--yes").code == 0
    assert other("points", "claim", "v19b.json").out.endswith(
        "it is cancelled: the voucher was used or cancelled already, by another way. Nothing new was queued.\n"
    )
    assert shop("points", "balance", "c19", "--json").json["points"] == 17


def test_who_may_not_award_signs_nothing(shop: Shop, tmp_path: Path) -> None:
    """An account that is no issuer is refused when it signs, and its signature when it is brought."""
    from eth_account import Account

    carried = signed(shop, "c20", 5, "v20")
    other = Shop(Path(shutil.copytree(shop.folder, tmp_path / "other")))
    settings = other.folder / "loyalty.toml"
    settings.write_text(settings.read_text().replace("anvil = 0", "anvil = 5"))
    assert other.refuses("points", "voucher", "c20", "5", "--key", "v20b") == [
        f"Error: {ANVIL[5]} is not an issuer of points, so what it signs is worth nothing; the owner can make it one: loyalty admin set-issuer"
    ]
    assert other.refuses("points", "cancel", "v20") == [
        f'Error: voucher "v20" was signed by {ANVIL[0]}, and the signer is {ANVIL[5]}; cancel it with the account that signed it'
    ]
    (told,) = other.refuses("points", "voucher", "c20", "5", "--key", "v20", "--deadline", "2048-01-01")
    assert told.startswith(f'Error: voucher "v20" was signed by {ANVIL[0]} for ')
    assert told.endswith(f" and is good until {LATER} 23:59; it can be signed anew from then on")
    Account.enable_unaudited_hdwallet_features()
    account = Account.from_mnemonic("test " * 11 + "junk", account_path="m/44'/60'/0'/0/5")
    fields = ["account address", "amount uint256", "number uint256", "start uint256", "deadline uint256"]
    made = account.sign_typed_data(
        {
            "name": "Maple Records Points",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": carried["contract"],
        },
        {"Award": [dict(zip(("name", "type"), one.split(), strict=True)) for one in fields]},
        {
            name: carried[name] if name == "account" else int(carried[name])
            for name in (one.split()[0] for one in fields)
        },
    )
    forged = carried | {"issuer": ANVIL[5], "signature": "0x" + bytes(made.signature).hex()}
    shop.write("forged.json", json.dumps(forged))
    assert shop.refuses("points", "claim", "forged.json") == [
        f"Error: the voucher is void: {ANVIL[5]}, who signed it, may not award points; ask for a new one"
    ]


def test_a_file_that_cannot_be_written(shop: Shop) -> None:
    """Where the voucher cannot be written that is told, and the same command writes the same voucher elsewhere."""
    told = shop("points", "voucher", "c21", "5", "--key", "v21", "--out", "nowhere/v.json", code=1).err
    assert told == "Error: nowhere/v.json cannot be written: no such file or directory\n"
    assert signed(shop, "c21", 5, "v21")["amount"] == 5
