"""rows: a brand's CSV files as spreadsheets and shops write them, and the files that are none."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import rows
from loyalty.errors import BadFile, BadRow
from loyalty.rows import Row

Write = Callable[..., Path]


def read(path: Path) -> list[Row | BadRow]:
    """All rows of a file."""
    with rows.opened(path) as table:
        return list(table.rows)


@pytest.mark.parametrize(
    "text",
    [
        "wallet,amount,note\n0x1,5,thanks\n",
        "wallet;amount;note\n0x1;5;thanks\n",
        "\ufeffwallet,amount,note\n0x1,5,thanks\n",
        "\ufeff\n\nwallet;amount;note\r\n0x1;5;thanks\r\n",
        "wallet,amount,note\r\n0x1,5,thanks",
        ' Wallet , AMOUNT,"Note"\n 0x1 , 5,"thanks"\n',
        "wallet,amount,note\n\n  ,,\n0x1,5,thanks\n\n\n",
        "wallet,amount,note,,\n0x1,5,thanks,,\n",
    ],
    ids=["comma", "semicolon", "BOM", "BOM, blank lines", "CRLF", "blanks, case", "blank rows", "unnamed columns"],
)
def test_reads_what_programs_write(csv: Write, text: str) -> None:
    """Delimiter, byte order mark, line ends, blanks and blank rows make no difference to what is read."""
    (row,) = read(csv(text))
    assert isinstance(row, Row)
    assert row.fields == {"wallet": "0x1", "amount": "5", "note": "thanks"}


def test_columns_come_in_any_order(csv: Write) -> None:
    """A field is found by its column's name; a column the file does not have is empty."""
    (row,) = read(csv("note,amount,wallet\nthanks,5,0x1\n"))
    assert isinstance(row, Row)
    assert (row.get("wallet"), row.get("amount"), row.get("note"), row.get("key")) == ("0x1", "5", "thanks", "")


def test_a_row_knows_its_line(csv: Write) -> None:
    """The line is the one the row starts on, whatever blank lines and quoted line ends come before it."""
    text = '\nwallet,note\n0x1,one\n\n0x2,"two\nlines\r\nor three"\n0x3,three\n,,,\n0x4,"fo""ur"\n'
    found = read(csv(text))
    assert [(row.line, row.get("note")) for row in found if isinstance(row, Row)] == [
        (3, "one"), (5, "two\nlines\r\nor three"), (8, "three"), (10, 'fo"ur'),
    ]  # fmt: skip


def test_a_name_in_the_first_line_may_hold_a_line_end(csv: Write) -> None:
    """A quoted name that goes over two lines is one column, and the rows after it keep their line."""
    (row,) = read(csv('wallet,"note\nfor us"\n0x1,thanks\n'))
    assert isinstance(row, Row)
    assert (row.line, row.get("note\nfor us")) == (3, "thanks")


@pytest.mark.parametrize(("line", "count"), [("0x1,5,6", 3), ("0x1", 1)])
def test_a_row_of_another_length_is_bad_alone(csv: Write, line: str, count: int) -> None:
    """A row with too many or too few fields is named with its line and its fields; the others are read."""
    found = read(csv(f"wallet,amount\n0x0,1\n{line}\n0x2,7\n"))
    assert found[1] == BadRow(3, f"has {count} fields where the first line names 2", tuple(line.split(",")))
    assert [row.line for row in found] == [2, 3, 4]


def test_need_names_the_column_that_is_missing(csv: Write) -> None:
    """A missing column is told with those that are there."""
    with rows.opened(csv("wallet,sum\n")) as table:
        table.need("wallet", one_of=("wallet", "customer_id"))
        with pytest.raises(BadFile, match=r'customers.csv has no column "amount"; it has wallet, sum: add'):
            table.need("amount")
        with pytest.raises(BadFile, match="none of the columns key and customer_id"):
            table.need(one_of=("key", "customer_id"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b",,\n1,2,3\n", "is empty"),
        (b"wallet,amount,Wallet\n", 'has the column "wallet" twice'),
        ("wallet,amount\n0x1,5\n".encode("utf-16"), "is UTF-16 text"),
        ("wallet,amount\n0x1,5\n".encode("utf-16-be"), "is not a text file"),
        (b"wallet,amount\n0x1,5\0\n", "line 2 holds a zero byte"),
        ("wallet,note\n0x1,caf\xe9\n".encode("latin-1"), "line 2 is not UTF-8"),
        (b"wallet,note\n0x1,\xed\xa0\x80\n", "line 2 is not UTF-8"),
        (b'wallet,note\n0x1,a\n0x2,"b\n0x3,c\n', "line 3 is not CSV: a quotation mark opens"),
        (b'"wallet,note\n0x1,a\n', "line 1 is not CSV: a quotation mark opens"),
        (b'wallet,note\n0x1,"a"b\n', "line 2 is not CSV"),
        (b"wallet,note\r0x1,a\r", "line 1 is not CSV: a line ends in a carriage return alone"),
        (b"wallet,note\n0x1,a\rb\n", "line 2 is not CSV: a line ends in a carriage return alone"),
        (b"w" * 200_000, "line 1 is not CSV: field larger"),
        (b"wallet,note\n0x1," + b"a" * 200_000, "line 2 is not CSV: field larger"),
        (b'wallet,note\n0x1,"' + b"a,\n" * 200_000, "line 2 is not CSV: field larger"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is not"),
        (b"PK\x03\x04\x14\0\x06\0", "is not a text file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_none_is_refused_in_one_sentence(csv: Write, content: bytes, why: str) -> None:
    """What cannot be read as CSV is refused with the file's name, where it is wrong, and what to do."""
    path = csv(content)
    with pytest.raises(BadFile, match=why) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """What is not there, or is a folder, is told as such."""
    with pytest.raises(BadFile, match="there is no file"):
        read(tmp_path / "nothing.csv")
    with pytest.raises(BadFile, match="cannot be read: is a directory"):
        read(tmp_path)


def test_a_line_without_end_is_not_read_into_memory(csv: Write) -> None:
    """Of a line of two megabytes half is read before the file is refused."""
    path = csv(b"wallet,amount\n" + b"x" * 2_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(BadFile, match="line 2 is longer than a million bytes"):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_ten_thousand_columns_are_only_columns(csv: Write) -> None:
    """A file as wide as that is read, and quickly."""
    names = ",".join(f"column{n}" for n in range(10_000))
    started = time.process_time()
    (row,) = read(csv(f"{names},wallet\n{',' * 10_000}0x1\n"))
    assert isinstance(row, Row)
    assert row.get("wallet") == "0x1"
    assert time.process_time() - started < 2


def test_rows_are_read_one_by_one(csv: Write) -> None:
    """A long file takes no more memory than a short one: 20,000 rows, read and dropped, stay under half a megabyte."""
    path = csv("wallet,amount\n" + "0x00000000005dbcb0d0513fcda746382fe8a53468,100\n" * 20_000)
    tracemalloc.start()
    try:
        with rows.opened(path) as table:
            assert sum(1 for _ in table.rows) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


def test_a_dash_is_standard_input() -> None:
    """A program can pipe its rows in."""
    code = "from loyalty import rows\nwith rows.opened('-') as t: print(t.source, [r.fields for r in t.rows])"
    done = subprocess.run([sys.executable, "-c", code], input=b"wallet\n0x1\n", capture_output=True, check=True)
    assert done.stdout.decode().strip() == "standard input [{'wallet': '0x1'}]"


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@given(st.lists(st.lists(plain, min_size=2, max_size=2), max_size=6), st.sampled_from(",;"), st.booleans())
def test_what_csv_writes_is_read_back(fields: list[list[str]], delimiter: str, bom: bool) -> None:
    """Any text that the csv module writes is read back, stripped, whatever it holds."""
    import csv as module

    text = io.StringIO(newline="")
    writer = module.writer(text, delimiter=delimiter, quoting=module.QUOTE_ALL)
    writer.writerows([["first", "second"], *fields])
    raw = io.BytesIO(text.getvalue().encode("utf-8-sig" if bom else "utf-8"))
    found = [tuple(row.fields.values()) for row in rows._table("f.csv", raw).rows if isinstance(row, Row)]
    assert found == [(a.strip(), b.strip()) for a, b in fields if a.strip() or b.strip()]


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_a_bad_file(content: bytes) -> None:
    """Whatever the bytes, reading gives rows or a BadFile."""
    try:
        found = list(rows._table("f.csv", io.BytesIO(content)).rows)
    except BadFile:
        return
    assert all(isinstance(row, Row | BadRow) for row in found)


def test_refused_rows_make_a_file_that_can_be_read_again(csv: Write, tmp_path: Path) -> None:
    """The file of refused rows names line and reason; corrected, it is read as if they had never been there."""
    with rows.opened(csv("wallet,amount,note\n0x1,5\n0x2,x,fine\n")) as table:
        columns, found = table.columns, list(table.rows)
    assert isinstance(found[1], Row)
    refused = [found[0], BadRow(3, "is not an amount", tuple(found[1].fields.values()))]
    written = tmp_path / "bad.csv"
    rows.write_bad(written, columns, [one for one in refused if isinstance(one, BadRow)])
    assert written.read_text(encoding="utf-8-sig").splitlines() == [
        '"bad_line","bad_reason","wallet","amount","note"',
        '"2","has 2 fields where the first line names 3","0x1","5"',
        '"3","is not an amount","0x2","x","fine"',
    ]
    written.write_bytes(written.read_bytes().replace(b'"5"', b'"5",""').replace(b'"x"', b'"6"'))
    with rows.opened(written) as table:
        table.need("wallet", "amount")
        assert table.columns == ("wallet", "amount", "note")
        assert list(table.rows) == [
            Row(2, {"wallet": "0x1", "amount": "5", "note": ""}, "2"),
            Row(3, {"wallet": "0x2", "amount": "6", "note": "fine"}, "3"),
        ]  # fmt: skip


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@x", "＝1+1", "＠x"])
def test_a_refused_formula_stays_text(tmp_path: Path, cell: str) -> None:
    """What a spreadsheet would run is written as text, in a field and in a column's name, and is read back as it was."""
    written = tmp_path / "bad.csv"
    rows.write_bad(written, ["wallet", cell], [BadRow(2, cell, ("0x1", cell))])
    fields = written.read_text(encoding="utf-8-sig").replace("\n", ",").split(",")
    assert not any(field.startswith(cell) for field in fields)
    with rows.opened(written) as table:
        assert table.columns == ("wallet", cell.lower())
        (row,) = table.rows
    assert isinstance(row, Row)
    assert row.fields == {"wallet": "0x1", cell.lower(): cell}


def test_refused_rows_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    """A place that cannot be written to is named."""
    with pytest.raises(BadFile, match="cannot be written: no such file"):
        rows.write_bad(tmp_path / "nowhere" / "bad.csv", ["wallet"], [])
