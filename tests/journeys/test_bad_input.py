"""What is refused: the exact line on stderr, the exit code, and a ledger in which not a byte has changed."""

from __future__ import annotations

import pytest

from tests.journeys.shop import Shop, wallet

WRONG_SUM = "0x70997970C51812dc3A010C7d01b50e0d17dc79c8"
TOO_MUCH = 2**42

# What a row holds, and why it is refused.
BAD_AWARDS = {
    "a wrong checksum": (
        f"{WRONG_SUM},5,k",
        f'"{WRONG_SUM}" has a wrong checksum; copy the address again, or write it in lower case',
    ),
    "not an address": ("0x12,5,k", '"0x12" is not an address: 0x and 40 hexadecimal digits'),
    "the zero address": (f"0x{0:040x},5,k", "the zero address belongs to nobody; give the customer's own wallet"),
    "a negative amount": (f"{wallet(2)},-5,k", '"-5" is not an amount; write a whole number of points, such as 100'),
    "a fraction": (f"{wallet(2)},1.5,k", '"1.5" is not an amount; write a whole number of points, such as 100'),
    "an exponent": (f"{wallet(2)},1e3,k", '"1e3" is not an amount; write a whole number of points, such as 100'),
    "no amount": (f"{wallet(2)},,k", '"" is not an amount; write a whole number of points, such as 100'),
    "nothing": (f"{wallet(2)},0,k", "the amount is 0; an award gives at least 1"),
    "too much": (f"{wallet(2)},{TOO_MUCH},k", f"{TOO_MUCH} is more than one award can give, {TOO_MUCH - 1}"),
    "a key with a space": (
        f"{wallet(2)},5,k k",
        '"k k" cannot be a key; use 1 to 200 letters, digits and signs, no spaces',
    ),
    "a key that is too long": (
        f"{wallet(2)},5,{'k' * 201}",
        f'"{"k" * 57}…" cannot be a key; use 1 to 200 letters, digits and signs, no spaces',
    ),
    "a key with other contents": (
        f"{wallet(2)},5,good",
        'key "good" already stands for something else (1 to 0x00000000000000000000000000000000BEEF0001); '
        "use a new key, or the first contents",
    ),
    "too few fields": (f"{wallet(2)},5", "has 2 fields where the first line names 3"),
    "nobody": (",5,k", "names neither a wallet nor a customer_id"),
}


def test_names_every_bad_row(paper: Shop) -> None:
    """Each bad row is named by its line and its own reason, and the good row before them waits."""
    rows = "\n".join(row for row, _ in BAD_AWARDS.values())
    paper.write("awards.csv", f"wallet,amount,key\n{wallet(1)},1,good\n{rows}\n")
    assert paper.refuses("points", "award", "awards.csv") == [
        *(f"awards.csv line {line}: {reason}" for line, (_, reason) in enumerate(BAD_AWARDS.values(), 3)),
        f"Error: awards.csv has {len(BAD_AWARDS)} bad rows and nothing was written; "
        "correct the file, or take the rest: --skip-bad",
    ]


def test_refuses_an_unknown_customer(paper: Shop) -> None:
    """An award to a customer whom nobody imported is refused by its line, even after a field of two lines."""
    paper.write("awards.csv", 'customer_id,amount,note\nc1,1,"two\nlines"\nzed,1,\n')
    assert paper.refuses("points", "award", "awards.csv")[0] == (
        'awards.csv line 4: customer "zed" is not in the ledger; import customers first'
    )


BAD_FILES = {
    "a missing file": (None, "there is no file awards.csv; check its name"),
    "an empty file": (b"", "awards.csv is empty; its first line must name the columns"),
    "only empty lines": (b"\n\n", "awards.csv is empty; its first line must name the columns"),
    "a missing column": (
        b"wallet,points\n",
        'awards.csv has no column "amount"; it has wallet, points: add the column to its first line',
    ),
    "nobody's column": (
        b"amount,key\n5,k\n",
        "awards.csv has none of the columns wallet and customer_id; it has amount, key: add one of them",
    ),
    "a column twice": (
        b"wallet,amount,Amount\n",
        'awards.csv has the column "amount" twice; name each column once',
    ),
    "UTF-16": (
        "wallet,amount\n".encode("utf-16"),
        "awards.csv is UTF-16 text; save it as CSV UTF-8",
    ),
    "Latin-1": (
        "wallet,amount,note\n0x12,5,caf\xe9\n".encode("latin-1"),
        "awards.csv line 2 is not UTF-8 text; save the file as CSV UTF-8",
    ),
    "a picture": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "awards.csv line 1 is not UTF-8 text; save the file as CSV UTF-8",
    ),
    "a database": (
        b"SQLite format 3\0\x10\0",
        "awards.csv is not a text file (line 1 holds a zero byte); save it as CSV UTF-8",
    ),
    "a line without an end": (
        b"wallet,amount\n" + b"x" * 1_000_001,
        "awards.csv line 2 is longer than a million bytes; is it a CSV file?",
    ),
}


@pytest.mark.parametrize(("content", "reason"), BAD_FILES.values(), ids=BAD_FILES)
def test_refuses_a_bad_file(paper: Shop, content: bytes | None, reason: str) -> None:
    """A file that is not what it should be is refused as a whole, in one line."""
    if content is not None:
        paper.write("awards.csv", content)
    assert paper.refuses("points", "award", "awards.csv") == [f"Error: {reason}"]


BAD_COMMANDS = {
    "one award's key with other contents": (
        ["points", "award", "c1", "6", "--key", "first"],
        'key "first" already stands for something else (5 to c1); use a new key, or the first contents',
    ),
    "one award's fraction": (
        ["points", "award", "c1", "1.5", "--key", "k"],
        '"1.5" is not an amount; write a whole number of points, such as 100',
    ),
    "one award to a stranger": (
        ["points", "award", "zed", "5", "--key", "k"],
        'customer "zed" is not in the ledger; import customers first: loyalty customers import',
    ),
    "no date": (
        ["points", "award", "c1", "5", "--key", "k", "--not-before", "soon"],
        '"soon" is not a date; write it as 2026-03-31 or 2026-03-31T18:00',
    ),
    "a long reason": (
        ["points", "revoke", "c1", "5", "--reference", "r", "--reason", "x" * 101],
        "the reason is longer than 100 bytes; it goes on chain: make it shorter",
    ),
    "no voucher": (
        ["points", "claim", "loyalty.toml"],
        "this is not a voucher for points; it is what loyalty points voucher prints, all of it",
    ),
    "a voucher that is not there": (
        ["points", "claim", "none.json"],
        "none.json cannot be read: no such file or directory",
    ),
    "a budget for all contracts": (
        ["admin", "set-issuer", "all", wallet(1), "--budget", "5"],
        "budgets count points on one contract and badges on another; name one contract",
    ),
    "a pause of no length": (
        ["admin", "pause", "--for", "soon"],
        '"soon" is not a length of time; write it as 3d, 12h, 30m, or in seconds',
    ),
    "a pause for too long": (
        ["admin", "pause", "--for", "31d"],
        "a pause lasts at most 30 days; it can be made longer before it ends",
    ),
    "a contract that has no owner": (
        ["admin", "unpause", "notify"],
        'there is no contract "notify" with an owner here; there are points, poap, warranty, rewards',
    ),
    "a long event": (
        ["poap", "create", "x" * 101],
        "an event needs a name of 1 to 100 characters that is not a number",
    ),
    "an event that ends first": (
        ["poap", "create", "Party", "--start", "2026-03-31", "--end", "2026-03-30"],
        "the event ends on 2026-03-30, before it starts on 2026-03-31",
    ),
    "an unknown event": (
        ["poap", "award", "Party", "c1"],
        'there is no event "Party" (there is none yet); make one with: loyalty poap create NAME',
    ),
    "a picture that is not there": (
        ["poap", "create", "Party", "--image", "none.png"],
        "none.png cannot be read: no such file or directory",
    ),
    "a long serial": (
        ["warranty", "register", "c1", "--serial", "x" * 101, "--product", "Turntable"],
        "a serial number has 1 to 100 printable characters and does not start with 0x",
    ),
    "a long product": (
        ["warranty", "register", "c1", "--serial", "S", "--product", "x" * 101],
        "a warranty names a product of 1 to 100 characters",
    ),
    "a warranty from tomorrow on": (
        ["warranty", "register", "c1", "--serial", "S", "--product", "T", "--purchased", "2099-01-01"],
        "purchased on 2099-01-01: that day has not come yet",
    ),
    "an unknown warranty": (
        ["warranty", "void", "S", "--reason", "r"],
        'there is no warranty "S" in the ledger; register it first: loyalty warranty register',
    ),
    "terms of nothing": (
        ["warranty", "terms", "T", "--months", "0", "--legal-months", "0"],
        "a warranty of 0 months covers nothing; give months or legal_months",
    ),
    "too many claims": (
        ["warranty", "terms", "T", "--max-claims", "256"],
        'max_claims is "256"; it takes a whole number from 0 to 255',
    ),
    "a production nobody made": (
        ["warranty", "recall", "W14", "--end"],
        'there is no production "W14" in the ledger; register its articles with it first',
    ),
    "a flag for a stranger": (
        ["warranty", "flag", "S", "--lost"],
        'there is no warranty "S" in the ledger; register it first: loyalty warranty register',
    ),
    "an issuer of an event that is not there": (
        ["poap", "set-issuer", "Party", wallet(1)],
        'there is no event "Party" (there is none yet); make one with: loyalty poap create NAME',
    ),
    "a long title": (
        ["notify", "send", "x" * 51, "body", "--to", "c1", "--key", "k"],
        "the title has 51 characters and clients show 50; shorten it",
    ),
    "a link that wallets do not open": (
        ["notify", "send", "title", "body", "--to", "c1", "--key", "k", "--link", "javascript:alert(1)"],
        'the link "javascript:alert(1)" is not an https:// address; wallets open no other',
    ),
}


@pytest.mark.parametrize(("command", "reason"), BAD_COMMANDS.values(), ids=BAD_COMMANDS)
def test_refuses_a_bad_command(paper: Shop, command: list[str], reason: str) -> None:
    """What cannot be is refused in one line that says why, before anything is written."""
    if "first" in command:
        paper("points", "award", "c1", "5", "--key", "first")
    files = paper.files()
    assert paper.refuses(*command) == [f"Error: {reason}"]
    assert paper.files() == files


BAD_CUSTOMERS = {
    "no id": (f",{wallet(200)}", "has no customer_id"),
    "somebody else's wallet": (
        f"new,{wallet(1)}",
        'gives 0x00000000000000000000000000000000BEEF0001 to customer "new", but it is customer "c1"\'s',
    ),
    "a wallet for two": (
        f"one,{wallet(200)}\ntwo,{wallet(200)}",
        'gives 0x00000000000000000000000000000000bEeF00C8 to customer "two", but it is customer "one"\'s',
    ),
    "a long id": (
        f"{'x' * 201},{wallet(200)}",
        "has a customer_id that is longer than 200 characters or looks like an address",
    ),
}


@pytest.mark.parametrize(("rows", "reason"), BAD_CUSTOMERS.values(), ids=BAD_CUSTOMERS)
def test_refuses_bad_customers(paper: Shop, rows: str, reason: str) -> None:
    """A wallet has one customer and a customer an id: the file that says otherwise is refused."""
    paper.write("customers.csv", f"customer_id,wallet\n{rows}\n")
    first, last = paper.refuses("customers", "import", "customers.csv")
    assert first == f"customers.csv line {1 + len(rows.splitlines())}: {reason}"
    assert last.startswith("Error: customers.csv has 1 bad row and nothing was written")


WRONG_USAGE = {
    "no amount": (["points", "award", wallet(1)], "one award takes an amount and a key"),
    "no key": (["points", "award", "c1", "5"], "--key is missing"),
    "a file with a key": (["points", "award", "awards.csv", "--key", "k"], "--key, --note and --not-before are for one award"),
    "one award with a file's option": (["points", "award", "c1", "5", "--key", "k", "--only-new"], "are for files"),
    "to nobody": (["notify", "send", "title", "body", "--key", "k"], "say whom it is for"),
    "to some and to all": (["notify", "send", "t", "b", "--key", "k", "--to", "c1", "--all"], "say whom it is for"),
    "half a signature": (["points", "redeem", "c1", "5", "--reference", "r", "--signature", "0x"], "go together"),
    "two ways to sign": (
        ["notify", "subscribe", "c1", "--sign-with", "k", "--sign-with-anvil", "1"],
        "--sign-with and --sign-with-anvil are two ways to sign; give one",
    ),
    "nobody's signature": (["notify", "subscribe", "--sign-with-anvil", "1"], "WHO is missing"),
    "an unknown command": (["points", "give"], "No such command 'give'"),
    "an unknown option": (["send", "--now"], "No such option"),
}  # fmt: skip


@pytest.mark.parametrize(("command", "reason"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage_exits_2(paper: Shop, command: list[str], reason: str) -> None:
    """A command that is written wrongly ends with 2 and says how it is written."""
    before = paper.dump()
    told = paper(*command, code=2)
    assert told.err.startswith("Usage: loyalty ")
    assert reason in told.err.splitlines()[-1]
    assert (told.out, paper.dump()) == ("", before)
