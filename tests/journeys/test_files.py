"""Files as brands have them: spreadsheets' dialects, the same file again, files with some bad rows."""

from __future__ import annotations

import csv
import io

import pytest

from tests.journeys.shop import Shop, wallet

PLAIN = "customer_id,amount,key,note\nc1,100,o1,first\nc2,2000,o2,second\n"
VARIANTS = {
    "commas": PLAIN,
    "semicolons": PLAIN.replace(",", ";"),
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "no last line end": PLAIN.rstrip("\n"),
    "capitals and spaces": "Customer_ID , Amount,KEY,Note\n c1 , 100 ,o1,first\nc2,2000,o2,second\n",
    "another order": "note,key,amount,customer_id\nfirst,o1,100,c1\nsecond,o2,2000,c2\n",
    "columns of the shop's own": "till,customer_id,amount,key,note\n7,c1,100,o1,first\n8,c2,2000,o2,second\n",
    "quotes": 'customer_id,amount,key,note\n"c1","100","o1",first\nc2,2000,o2,"second"\n',
    "empty lines": "\n" + PLAIN.replace("\nc2", "\n\nc2") + "\n\n",
    "wallets": f"wallet,amount,key,note\n{wallet(1)},100,o1,first\n{wallet(2).upper().replace('X', 'x')},2000,o2,second\n",
}


@pytest.mark.parametrize("content", VARIANTS.values(), ids=VARIANTS)
def test_reads_what_spreadsheets_write(paper: Shop, content: str | bytes) -> None:
    """Whatever wrote the file, the same two awards come of it."""
    paper.write("awards.csv", content)
    said = paper("points", "award", "awards.csv").out
    assert said == "2 awards queued (0 were known), 2,100 points in all. Next: loyalty send\n"


def test_reads_standard_input(paper: Shop) -> None:
    """ "-" is standard input, which messages call by its name."""
    told = paper("points", "award", "-", "--json", stdin=PLAIN).json
    assert (told["source"], told["new"], told["amount"]) == ("standard input", 2, 2100)
    assert paper.refuses("points", "award", "-", stdin="customer_id\nc1\n") == [
        'Error: standard input has no column "amount"; it has customer_id: add the column to its first line'
    ]


@pytest.mark.parametrize("columns", ["customer_id,amount,key", "customer_id,amount"], ids=["with keys", "without"])
def test_the_same_file_again_adds_nothing(paper: Shop, columns: str) -> None:
    """A file that is sent again is known, row by row, whether its rows have keys or not."""
    rows = "c1,100,o1\nc2,5,o2\n" if "key" in columns else "c1,100\nc2,5\n"
    paper.write("awards.csv", f"{columns}\n{rows}")
    paper("points", "award", "awards.csv")
    before = paper.dump()
    again = "" if "key" in columns else " If they are owed once more, say so with --label NAME, or give each row a key."
    assert paper("points", "award", "awards.csv").out == f"Nothing new: 2 were known.{again}\n"
    assert paper.dump() == before


def test_two_equal_rows_are_two_awards(paper: Shop) -> None:
    """A customer who bought the same thing twice is paid twice, and sending the file again changes nothing."""
    paper.write("awards.csv", "customer_id,amount\nc1,100\nc1,100\n")
    told = paper("points", "award", "awards.csv", "--json").json
    assert (told["new"], told["known"], told["amount"]) == (2, 0, 200)
    told = paper("points", "award", "awards.csv", "--json").json
    assert (told["new"], told["known"], told["amount"]) == (0, 2, 0)


def test_a_partly_repeated_file_is_refused(paper: Shop) -> None:
    """Where some rows without a key came before and some did not, a person says what is meant."""
    paper.write("monday.csv", "customer_id,amount\nc1,100\nc2,5\n")
    paper.write("tuesday.csv", "customer_id,amount\nc1,100\nc3,7\n")
    paper("points", "award", "monday.csv")
    assert paper.refuses("points", "award", "tuesday.csv") == [
        "Error: 1 of 2 rows of tuesday.csv are in the ledger already, from an earlier file, and nothing was written; "
        "--only-new queues just the others, --label NAME counts all of them as new, and a key column says it for good"
    ]
    others = paper("points", "award", "tuesday.csv", "--only-new", "--dry-run", "--json").json
    assert (others["new"], others["known"], others["amount"]) == (1, 1, 7)
    all_new = paper("points", "award", "tuesday.csv", "--label", "tuesday", "--json").json
    assert (all_new["new"], all_new["known"], all_new["amount"]) == (2, 0, 107)


def test_customers_are_imported_again(paper: Shop) -> None:
    """An import changes what changed; a customer's newest wallet is the one that is paid."""
    paper.write("customers.csv", f"customer_id,wallet,name\nc1,{wallet(100)},Ana\nc2,{wallet(2)},Customer 2\n")
    told = paper("customers", "import", "customers.csv").out
    assert told == (
        "0 customers and 1 wallet added (1 customer changed, 1 row known). Next: loyalty points award FILE.csv\n"
    )
    shown = paper("customers", "show", "c1", "--json").json
    assert (shown["wallets"][-1].lower(), shown["attributes"]) == (wallet(100), {"name": "Ana"})
    assert paper("customers", "import", "customers.csv").out == "Nothing new: 2 were known.\n"
    assert paper("customers", "list", "--most", "3").said == "3 of 35 customers with 36 wallets."


MIXED = """\
customer_id,amount,key,note
c1,-5,o1,=1+1
zed,20,o2,not a customer
c2,20,o3,good
c3,1.5,o4,@SUM(A1)
c4,20,o5
"""
MIXED_TOLD = [
    '"-5" is not an amount; write a whole number of points, such as 100',
    'customer "zed" is not in the ledger; import customers first',
    '"1.5" is not an amount; write a whole number of points, such as 100',
    "has 3 fields where the first line names 4",
]


def test_one_bad_row_queues_nothing(paper: Shop) -> None:
    """All rows or none: every bad row is named with its line, and the good ones wait with them."""
    paper.write("awards.csv", MIXED)
    lines = [f"awards.csv line {line}: {why}" for line, why in zip((2, 3, 5, 6), MIXED_TOLD, strict=True)]
    assert paper.refuses("points", "award", "awards.csv") == [
        *lines,
        "Error: awards.csv has 4 bad rows and nothing was written; correct the file, or take the rest: --skip-bad",
    ]
    tried = paper("points", "award", "awards.csv", "--skip-bad", "--dry-run")
    assert tried.err.splitlines() == lines
    assert not (paper.folder / "awards.csv.bad.csv").exists()


def test_skipped_rows_come_back_corrected(paper: Shop) -> None:
    """--skip-bad takes the good rows and keeps the others in a file that, corrected, is sent like any other."""
    paper.write("awards.csv", MIXED)
    assert paper("points", "award", "awards.csv", "--skip-bad").said == (
        "1 award queued (0 were known), 20 points in all. 4 bad rows left out: correct awards.csv.bad.csv and send it in. "
        "Next: loyalty send"
    )
    bad = (paper.folder / "awards.csv.bad.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(bad)))
    assert rows[0] == ["bad_line", "bad_reason", "customer_id", "amount", "key", "note"]
    assert [row[:2] for row in rows[1:]] == [[str(n), why] for n, why in zip((2, 3, 5, 6), MIXED_TOLD, strict=True)]
    assert rows[1][2:] == ["c1", "'-5", "o1", "'=1+1"], "a spreadsheet would have run it"

    corrected = bad.replace("'-5", "5").replace("zed", "c5").replace("1.5", "15").replace('"o5"', '"o5",""')
    paper.write("corrected.csv", corrected)
    told = paper("points", "award", "corrected.csv", "--json").json
    assert (told["new"], told["amount"], told["bad"]) == (4, 60, [])
    kept = {value for row in paper.dump()["operations"] for value in row}
    assert {"=1+1", "@SUM(A1)", "good"} <= kept, "the apostrophe is the spreadsheet's, not the customer's"


def test_bad_rows_of_standard_input_have_a_file_too(paper: Shop) -> None:
    """What was piped in is kept beside; a second time says that it replaces the first."""
    said = paper("customers", "import", "-", "--skip-bad", stdin="customer_id,wallet\nnew,0x12\n").said
    assert said == "Nothing new: 0 were known. 1 bad row left out: correct stdin.bad.csv and send it in."
    paper("poap", "create", "Party")
    again = paper("poap", "drop", "Party", "-", "--skip-bad", stdin="wallet\n0x12\n").said
    assert again == (
        "Nothing new: 0 were known. 1 bad row left out: correct stdin.bad.csv (it replaces an earlier one) and send it in."
    )


def test_badges_and_warranties_come_from_files(paper: Shop) -> None:
    """A drop and an import of warranties are files too: all or none, and known when they come again."""
    paper("poap", "create", "Party")
    paper.write("guests.csv", "customer_id\nc1\nc2\nc1\n")
    assert paper("poap", "drop", "Party", "guests.csv").said == "2 badges queued (1 was known). Next: loyalty send"
    assert paper("poap", "drop", "1", "guests.csv").said == "Nothing new: 3 were known."
    paper.write(
        "sold.csv", "customer_id;serial;product;purchased\nc1;S1;Turntable;2026-01-01\nc2;S2;Turntable;2026-01-02\n"
    )
    assert paper("warranty", "import", "sold.csv").said == "2 warranties queued (0 were known). Next: loyalty send"
    assert paper("warranty", "import", "sold.csv").said == "Nothing new: 2 were known."
