"""What a file of awards would come to, told before anything is written."""

from __future__ import annotations

from tests.journeys.shop import Shop, wallet

FILE = "".join(f"{wallet(1_000 + n)},{n + 1},plan-{n}\n" for n in range(150))


def test_tells_what_it_then_takes(own: Shop) -> None:
    """Rows, wallets and transactions to the number, gas to a few per cent, for new and returning wallets; and nothing is written by it."""
    first = "".join(FILE.splitlines(keepends=True)[:50])
    own("points", "award", "-", stdin="wallet,amount,key\n" + first)
    own("send", "--yes")
    bad = "not a wallet,5,plan-bad\n"
    again = FILE.replace("plan-", "more-")
    own.write("more.csv", "wallet,amount,key\n" + again + first + bad)
    before = own.dump()
    told = own("plan", "more.csv", "--json").json
    assert own.dump() == before
    assert (told["awards"], told["known"], len(told["bad"])) == (150, 50, 1)
    assert (told["wallets"], told["new_wallets"], told["transactions"]) == (150, 100, 1)
    assert told["points"] == sum(range(1, 151))
    own("points", "award", "more.csv", "--skip-bad")
    sent = own("send", "--yes", "--json").json
    assert sent["operations"] == 150 and sent["transactions"] == 1
    assert abs(sent["gas"] / told["gas"] - 1) < 0.03


def test_says_when_an_epoch_is_cheaper(own: Shop) -> None:
    """For many wallets of which few claim an epoch is; for one award it is not."""
    many = "".join(f"{wallet(5_000 + n)},10,epoch-{n}\n" for n in range(200))
    said = own("plan", "-", stdin="wallet,amount,key\n" + many).out
    assert "Cheaper while you pay for fewer than 28 of 100 claims: loyalty points publish-epoch." in said
    assert "Wallets       200, 200 of them new to the points\n" in said
    assert said.endswith("Nothing was written.\n")
    one = own("plan", "-", stdin=f"wallet,amount,key\n{wallet(1_000)},10,epoch-one\n").out
    assert "Awards are cheaper." in one or "fewer than 0 of 100" in one


def test_a_file_with_nothing_new_costs_nothing(own: Shop) -> None:
    """Rows that are known come to no transaction at all."""
    rows = f"wallet,amount,key\n{wallet(7_000)},10,known-one\n"
    own("points", "award", "-", stdin=rows)
    told = own("plan", "-", "--json", stdin=rows).json
    assert (told["awards"], told["known"], told["transactions"], told["gas"], told["wei"]) == (0, 1, 0, 0, 0)
