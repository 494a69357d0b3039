"""Reading a brand's CSV files as they come: comma or semicolon, any column order, with or without a BOM; `-` is standard input."""

from __future__ import annotations

import contextlib
import csv
import io
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from loyalty.errors import BadFile, BadRow

_LONGEST_LINE = 1_000_000

# What the csv module says, in a shop's words.
_PLAIN = {
    "unexpected end of data": "a quotation mark opens there and never closes",
    "new-line character seen in unquoted field": "a line ends in a carriage return alone, as on old Macs",
}
_OURS = ("bad_line", "bad_reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Row:
    """One row of a file: the line it starts on (the header is line 1) and its fields by column, stripped.

    ``was`` is the line it had in the file it was refused from, when it comes from our own file of refused rows.
    """

    line: int
    fields: dict[str, str]
    was: str = ""

    def get(self, column: str) -> str:
        """A field, empty where the file has no such column."""
        return self.fields.get(column, "")


@dataclass(frozen=True)
class Table:
    """An open CSV file: its name for messages, its columns, and its rows, which can be read once."""

    source: str
    columns: tuple[str, ...]
    rows: Iterator[Row | BadRow]

    def need(self, *columns: str, one_of: Sequence[str] = ()) -> None:
        """Raise unless the file has every one of ``columns``, and at least one of ``one_of``."""
        has = ", ".join(self.columns)
        for column in columns:
            if column not in self.columns:
                raise BadFile(f'{self.source} has no column "{column}"; it has {has}: add the column to its first line')
        if one_of and not set(one_of) & set(self.columns):
            raise BadFile(
                f"{self.source} has none of the columns {' and '.join(one_of)}; it has {has}: add one of them"
            )


def write_bad(path: Path, columns: Sequence[str], bad: Sequence[BadRow]) -> None:
    """Write refused rows to a CSV of their own, each with its line and reason first. Once corrected, that file can be read as it is."""
    try:
        with open(path, "w", encoding="utf-8-sig", newline="") as file:
            file.write(text((*_OURS, *columns), [(row.line, row.reason, *row.fields) for row in bad]))
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from error


def text(columns: Sequence[str], records: Iterable[Sequence[object]]) -> str:
    """A CSV as spreadsheets take it, with nothing in it that they would run."""
    file = io.StringIO(newline="")
    # All quoted: a cell that holds another separator must not fall apart into a formula.
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerows(
        [_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in (columns, *records)
    )
    return file.getvalue()


def _harmless(cell: str) -> str:
    """What a spreadsheet would run as a formula, kept as text by an apostrophe."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _meant(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


@contextlib.contextmanager
def opened(source: str | Path) -> Iterator[Table]:
    """Open a CSV file; raises BadFile with one sentence when it is missing, empty, or not such a file."""
    name = "standard input" if str(source) == "-" else str(source)
    with _bytes(source, name) as raw:
        yield _table(name, raw)


def given(name: str, records: Iterable[Mapping[str, object]], columns: Sequence[str]) -> Table:
    """A list of mappings as the rows of a file with ``columns``, of which each may leave some out; its place in the list is its line."""
    return Table(name, tuple(columns), (_given(line, one, columns) for line, one in enumerate(records, 1)))


def _given(line: int, record: Mapping[str, object], columns: Sequence[str]) -> Row | BadRow:
    for field, value in record.items():
        if field not in columns:
            return BadRow(line, f'has a field "{field}"; there are {", ".join(columns)}')
        if not isinstance(value, str | int) or isinstance(value, bool):
            return BadRow(line, f"has as {field} neither a text nor a whole number")
    return Row(line, {field: str(value).strip() for field, value in record.items()})


@contextlib.contextmanager
def _bytes(source: str | Path, name: str) -> Iterator[BinaryIO]:
    if str(source) == "-":
        # Read to its end first: the ledger must not be locked for as long as somebody else takes to write.
        with tempfile.TemporaryFile() as spooled:
            shutil.copyfileobj(sys.stdin.buffer, spooled)
            spooled.seek(0)
            yield spooled
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open(source, "rb"))
        except FileNotFoundError:
            raise BadFile(f"there is no file {name}; check its name") from None
        except OSError as error:
            raise BadFile(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
        yield file


def _table(name: str, raw: BinaryIO) -> Table:
    lines = _lines(name, raw)
    before, first = next(((n, line) for n, line in enumerate(lines) if line.strip()), (0, ""))
    delimiter = ";" if first.count(";") > first.count(",") else ","
    records = _records(name, chain([first], lines), delimiter, before)
    columns = [column.strip().lower() for column in next(records, (0, []))[1]]
    named = tuple(column for column in columns if column)
    if not named:
        raise BadFile(f"{name} is empty; its first line must name the columns")
    if len(set(named)) != len(named):
        twice = next(c for c in named if named.count(c) > 1)
        raise BadFile(f'{name} has the column "{twice}" twice; name each column once')
    found = _rows(columns, records)
    if named[: len(_OURS)] == _OURS:
        # Our own file of bad rows, corrected: what we wrote about a row is no part of it.
        return Table(name, tuple(map(_meant, named[len(_OURS) :])), _without_ours(found))
    return Table(name, named, found)


def _lines(name: str, raw: BinaryIO) -> Iterator[str]:
    """The text's lines, bounded: a binary file is refused at its first line, not read into memory."""
    number = 0
    text = io.BufferedReader(raw) if isinstance(raw, io.RawIOBase) else raw
    while line := text.readline(_LONGEST_LINE + 1):
        number += 1
        if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise BadFile(f"{name} is UTF-16 text; save it as CSV UTF-8")
        if b"\0" in line:
            raise BadFile(f"{name} is not a text file (line {number} holds a zero byte); save it as CSV UTF-8")
        if len(line) > _LONGEST_LINE:
            raise BadFile(f"{name} line {number} is longer than a million bytes; is it a CSV file?")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise BadFile(f"{name} line {number} is not UTF-8 text; save the file as CSV UTF-8") from None


def _records(name: str, lines: Iterator[str], delimiter: str, before: int) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on, ``before`` lines having been read already."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = before + reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            # The module's longer messages go on to say how Python should open the file.
            told = str(error).partition(" - ")[0]
            raise BadFile(
                f"{name} line {line} is not CSV: {_PLAIN.get(told, told)}; correct it, or save the file as CSV UTF-8"
            ) from error
        if fields is None:
            return
        yield line, fields


def _rows(columns: list[str], records: Iterator[tuple[int, list[str]]]) -> Iterator[Row | BadRow]:
    """Rows by column; blank ones are left out, and so is a column without a name, which spreadsheets leave at the end."""
    for line, fields in records:
        if not any(field.strip() for field in fields):
            continue
        if len(fields) != len(columns):
            yield BadRow(line, f"has {len(fields)} fields where the first line names {len(columns)}", tuple(fields))
        else:
            yield Row(line, {c: f.strip() for c, f in zip(columns, fields, strict=True) if c})


def _without_ours(rows: Iterator[Row | BadRow]) -> Iterator[Row | BadRow]:
    for row in rows:
        if isinstance(row, Row):
            fields = {_meant(c): _meant(f) for c, f in row.fields.items() if c not in _OURS}
            yield Row(row.line, fields, row.get(_OURS[0]))
        else:
            yield BadRow(row.line, row.reason, tuple(_meant(f) for f in row.fields[len(_OURS) :]))
