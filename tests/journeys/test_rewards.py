"""A catalogue that is sold for points: created, bought by signature, fulfilled, cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.shop import ANVIL, Shop, wallet
from tests.journeys.test_signatures import sign

BUYER, OTHER = ANVIL[1], ANVIL[2]


@pytest.fixture(scope="module")
def market(_begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A deployed shop with two rewards, whose customer anvil1 has 1,000 points and anvil2 has 50."""
    import shutil

    folder = tmp_path_factory.mktemp("market") / "shop"
    shutil.copytree(_begun, folder)
    market = Shop(folder)
    try:
        market("chain", "start")
        market("deploy", "--yes")
        market("points", "award", "anvil1", "1000", "--key", "a1")
        market("points", "award", "anvil2", "50", "--key", "a2")
        market("rewards", "create", "Tote bag", "--price", "200", "--stock", "10", "--limit", "4")
        market("rewards", "create", "Sticker", "--price", "50", "--stock", "1", "--final", "--transferable")
        market("send", "--yes")
        yield market
    finally:
        market("chain", "stop")


def points(market: Shop, who: str) -> int:
    """What a customer can spend."""
    return int(market("points", "balance", who, "--json").json["points"])


def test_a_deployed_program_sells_at_once(market: Shop) -> None:
    """Deploying makes Rewards a shop of Points where the signer owns both: nothing is left to do."""
    assert market("status").said == "Nothing needs attention."
    shown = market("rewards", "show", "Tote bag").out.splitlines()
    assert shown[:3] == ["Reward      1 Tote bag", "Price       200 points", "In stock    10"]
    assert shown[6] == "Rules       stays with its buyer; may be cancelled until fulfilled"
    assert [one["name"] for one in market("rewards", "list", "--json").lines] == ["Tote bag", "Sticker"]


def test_a_customer_buys_and_gets_it(market: Shop) -> None:
    """Signed elsewhere or here, a purchase burns the points and mints the reward, once per key; handing over closes the order."""
    asked = market("rewards", "buy", "anvil1", "Tote bag", "--quantity", "2", "--key", "cart-1")
    assert asked.json["primaryType"] == "Buy"
    market.write("buy.json", asked.out)
    buy = ("rewards", "buy", "anvil1", "Tote bag", "--quantity", "2", "--key", "cart-1", "--request", "buy.json")
    assert market.refuses(*buy, "--signature", sign(asked.json, 2)) == [
        f"Error: the signature is not {BUYER}'s; sign the request with that wallet"
    ]
    assert market(*buy, "--signature", sign(asked.json, 1)).said == (
        f"Queued: 2 of reward 1 for {BUYER}, for 400 points. Next: loyalty send"
    )
    market("send", "--yes")
    assert points(market, "anvil1") == 600
    assert market(*buy, "--signature", sign(asked.json, 1)).said.startswith("Known already: 2 of reward 1")
    [order] = market("rewards", "orders", "anvil1", "--json").lines
    assert (order["order"], order["customer_id"], order["points"], order["state"]) == (1, "anvil1", 400, "open")
    assert market("rewards", "fulfil", "1").said == "1 order queued as fulfilled (0 known). Next: loyalty send"
    assert market("rewards", "fulfil", "1").said == "0 orders queued as fulfilled (1 known). Next: loyalty send"
    assert market.refuses("rewards", "cancel", "1", "--reason", "late") == [
        "Error: order 1 was told to be fulfilled (queued); it cannot be cancelled too"
    ]
    market("send", "--yes")
    assert market("rewards", "orders", "--state", "fulfilled", "--json").lines[0]["order"] == 1
    [owned] = market("rewards", "owned", "anvil1", "--json").lines
    assert (owned["name"], owned["quantity"]) == ("Tote bag", 2)


def test_a_cancelled_order_gives_the_points_back(market: Shop) -> None:
    """With the expiry they had, and the stock is there again."""
    before = market("points", "balance", "anvil1", "--json").json
    stock = market("rewards", "show", "1", "--json").json["stock"]
    market("rewards", "buy", "anvil1", "1", "--key", "cart-2", "--sign-with-anvil", "1")
    market("send", "--yes")
    assert points(market, "anvil1") == before["points"] - 200
    order = market("rewards", "orders", "anvil1", "--state", "open", "--json").lines[-1]["order"]
    said = market("rewards", "cancel", str(order), "--reason", "out of stock").said
    assert said == f"Queued: the end of order {order}, with 200 points back to anvil1 ({BUYER}). Next: loyalty send"
    market("send", "--yes")
    assert market("points", "balance", "anvil1", "--json").json["lots"] == before["lots"]
    assert market("rewards", "show", "1", "--json").json["stock"] == stock
    told = [
        (move["what"], move["amount"], move["note"]) for move in market("points", "history", "anvil1", "--json").lines
    ]
    assert told[-2:] == [("spend", -200, f"order {order}"), ("restore", 200, f"order {order}")]


def test_a_changed_price_surprises_nobody(market: Shop) -> None:
    """Who signed for the old price is refused with the contract's reason, and buys at the new one under the same key."""
    old = market("rewards", "buy", "anvil1", "1", "--key", "cart-3")
    market.write("old.json", old.out)
    market("rewards", "set-price", "1", "150", "--key", "sale")
    market("rewards", "buy", "anvil1", "1", "--key", "cart-4", "--sign-with-anvil", "1")
    failed = market("send", "--yes", code=1).err.splitlines()[0]
    assert failed == f'rewards.buy "cart-4" for {BUYER} failed: rewards: price has changed'
    assert market.refuses(
        "rewards", "buy", "anvil1", "1", "--key", "cart-3", "--request", "old.json", "--signature", sign(old.json, 1)
    ) == ["Error: old.json is not for this: its price is 200, not 150; give the file that was signed"]
    before = points(market, "anvil1")
    market("rewards", "buy", "anvil1", "1", "--key", "cart-4", "--sign-with-anvil", "1")
    market("send", "--yes")
    assert points(market, "anvil1") == before - 150


def test_the_last_one_is_sold_once(market: Shop) -> None:
    """Of two who want it, one gets it; the other keeps the points, until there is more."""
    market("rewards", "buy", "anvil2", "Sticker", "--key", "s-2", "--sign-with-anvil", "2")
    market("rewards", "buy", "anvil1", "Sticker", "--key", "s-1", "--sign-with-anvil", "1")
    failed = market("send", "--yes", code=1).err.splitlines()[0]
    assert failed == f'rewards.buy "s-1" for {BUYER} failed: rewards: out of stock'
    assert points(market, "anvil2") == 0
    assert market("rewards", "owned", "anvil2", "--json").lines[0]["name"] == "Sticker"
    market("rewards", "add-stock", "Sticker", "3", "--key", "d-1")
    market("send", "--yes")
    market("retry")
    market("send", "--yes")
    assert market("rewards", "owned", "anvil1", "--json").lines[-1]["name"] == "Sticker"


def test_a_closed_sale_is_over(market: Shop) -> None:
    """For good: nobody buys, and it says so."""
    market("rewards", "create", "Mug", "--price", "1", "--stock", "9")
    market("rewards", "close", "Mug")
    market("send", "--yes")
    assert "closed for good" in market("rewards", "show", "Mug").out
    market("rewards", "buy", "anvil1", "Mug", "--key", "m-1", "--sign-with-anvil", "1")
    assert market("send", "--yes", code=1).err.splitlines()[0].endswith("failed: rewards: reward is closed")


def test_bad_input_changes_nothing(market: Shop) -> None:
    """One sentence with the fact and the next step, exit code 1, and the ledger as it was."""
    cases = {
        ("rewards", "create", "12", "--price", "1", "--stock", "1"): (
            "a reward needs a name of 1 to 100 characters that is not a number"
        ),
        ("rewards", "create", "X", "--price", "0", "--stock", "1"): (
            f'price is "0"; it takes a whole number from 1 to {2**63 - 1}'
        ),
        ("rewards", "create", "Tote bag", "--price", "9", "--stock", "1"): (
            'there is a reward "Tote bag" already, number 1, with other settings; choose another name'
        ),
        ("rewards", "show", "Nothing"): (
            'there is no reward "Nothing" (there is 1 Tote bag, 2 Sticker, 3 Mug); make one with: loyalty rewards create NAME'
        ),
        ("rewards", "fulfil", "1", "999"): "there is no order 999; see them with: loyalty rewards orders",
        ("rewards", "cancel", "2", "--reason", " "): (
            "a cancellation needs a reason of 1 to 100 bytes; it goes on chain, so name no person in it"
        ),
        ("rewards", "buy", "nobody", "1", "--key", "k"): (
            'customer "nobody" is not in the ledger; import customers first: loyalty customers import FILE.csv'
        ),
        ("rewards", "add-stock", "1", "0", "--key", "k"): (
            f'quantity is "0"; it takes a whole number from 1 to {2**32 - 1}'
        ),
    }
    for arguments, told in cases.items():
        assert market.refuses(*arguments) == [f"Error: {told}"], arguments
    assert market("rewards", "orders", wallet(5)).said == "There are no such orders."
