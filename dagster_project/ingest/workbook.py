"""Excel workbooks: the first sheet that has the declared columns, read as text.

Belongs here: .xlsx alone. A sheet has no delimiters and no quotes, so a row cannot be broken: it
has too many cells or it reads. Old .xls files are refused (drops.py): ask for .xlsx or .csv.

Calamine, which reads the cells, shows two kinds of them as empty: formulas that nobody computed
yet, and error values. Both are looked up in the sheet's XML, so that neither is a silent blank.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import python_calamine

from dagster_project.ingest.dialect import (
    FOOTER,
    HEADER_WITHIN,
    column_names,
    find_header,
    no_header,
    repeated_columns,
)
from dagster_project.ingest.dialect import (
    clean as clean_name,
)
from dagster_project.ingest.drops import RefusedError, too_big
from dagster_project.ingest.mapping import ObjectMapping
from dagster_project.ingest.reader import BadRow, Reading, wrong_count

_Row = tuple[int, list[str]]
"""Row number as Excel shows it, cells as text."""


@dataclass(frozen=True)
class Header:
    """The names above a sheet's columns, and positions of those without one."""

    line: int
    columns: tuple[str, ...]
    unnamed: tuple[int, ...]
    repeated: tuple[str, ...]
    """Declared columns that it holds more than once."""


@dataclass(frozen=True)
class _Hidden:
    """What calamine shows as empty, by (row, column), both from 1."""

    formulas: list[tuple[int, int]]
    """Without a result."""
    errors: dict[tuple[int, int], str]
    """Such as #N/A."""


def read_workbook(
    path: Path, entry: ObjectMapping, target: Path, decimal: str
) -> tuple[Reading, Header]:
    """Writes the rows of the first fitting sheet to `target` as `row,1,"cell",...`.

    `decimal`, "point" or "comma", is how the mapping says numbers are written: a number's cell is
    written so, and is read back in the same style as the text cells beside it. An error value is
    the text that Excel shows.

    Raises RefusedError for what is no workbook, has no sheet with the required columns, or has a
    formula without a result in it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if problem := too_big(info):
                    raise RefusedError(problem)
            book = python_calamine.load_workbook(path)
            heads: list[list[str]] = []
            for name in book.sheet_names:
                rows = list(islice(_rows(book, name, decimal), HEADER_WITHIN))
                heads.extend(cells for _, cells in rows)
                if header := _header(rows, entry):
                    hidden = _hidden_cells(archive, name)
                    _refuse_formulas(hidden, name, header)
                    shown = _with_errors(_rows(book, name, decimal), hidden)
                    return _write(shown, header.line, len(header.columns), target), header
    except (
        zipfile.BadZipFile,
        zlib.error,
        python_calamine.CalamineError,
        ElementTree.ParseError,
    ) as error:
        raise RefusedError("is no Excel workbook or is damaged; export it again") from error
    raise no_header(heads, entry)


def _header(rows: list[_Row], entry: ObjectMapping) -> Header | None:
    found = find_header(((number, 1, cells) for number, cells in rows), entry)
    if found is None:
        return None
    line, _, cells = found
    while cells and not clean_name(cells[-1]):
        cells = cells[:-1]
    unnamed = tuple(i for i, cell in enumerate(cells) if not clean_name(cell))
    return Header(line, column_names(cells, entry), unnamed, repeated_columns(cells, entry))


def _rows(book: python_calamine.CalamineWorkbook, sheet: str, decimal: str) -> Iterator[_Row]:
    """From A1 on: calamine leaves out the empty columns before a table, not the rows above it."""
    found = book.get_sheet_by_name(sheet)
    before = [""] * (found.start or (0, 0))[1]
    for number, row in enumerate(found.iter_rows(), start=1):
        yield number, [*before, *(as_text(cell, decimal) for cell in row)]


def _with_errors(rows: Iterator[_Row], hidden: _Hidden) -> Iterator[_Row]:
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in hidden.errors.items():
        by_row.setdefault(row, []).append((column, text))
    for number, cells in rows:
        for column, text in by_row.get(number, ()):
            if column <= len(cells):
                cells[column - 1] = text
        yield number, cells


def _refuse_formulas(hidden: _Hidden, sheet: str, header: Header) -> None:
    """Loading the blanks instead would let them win over the values delivered later: a corrected
    workbook has the same records, last modified at the same instants.
    """
    cells = [
        (row, column)
        for row, column in hidden.formulas
        if row > header.line and column <= len(header.columns)
    ]
    if cells:
        (row, column), others = cells[0], len(cells) - 1
        more = f" (and {others:,} more)" if others else ""
        raise RefusedError(
            f"has a formula without a result in cell {_letters(column)}{row}{more} of sheet"
            f" {sheet}; open it in Excel, save it and deliver it again"
        )


def _letters(column: int) -> str:
    """1 -> A, 27 -> AA."""
    text = ""
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


_MAY_HIDE = re.compile(rb"<(?:\w+:)?f[\s/>]|\bt=[\"']e[\"']")
_REFERENCE = re.compile(r"([A-Z]+)(\d+)")


def _hidden_cells(archive: zipfile.ZipFile, sheet: str) -> _Hidden:
    """Raises ElementTree.ParseError where the XML is damaged."""
    hidden = _Hidden([], {})
    part = _part_of(archive, sheet)
    if part is None or not _may_hide(archive, part):
        return hidden
    row = column = 0
    with archive.open(part) as stream:
        for event, element in ElementTree.iterparse(stream, ("start", "end")):
            tag = _local(element)
            if event == "start" and tag == "row":
                row, column = int(element.get("r", row + 1)), 0
            elif event == "start" and tag == "c":
                reference = _REFERENCE.fullmatch(element.get("r", ""))
                column = _number(reference[1]) if reference else column + 1
            elif event == "end" and tag == "c":
                _look(element, (row, column), hidden)
            elif event == "end" and tag == "row":
                element.clear()
    return hidden


def _look(cell: ElementTree.Element, at: tuple[int, int], hidden: _Hidden) -> None:
    parts = {_local(part): part for part in cell}
    value = parts.get("v")
    text = "" if value is None else value.text or ""
    if cell.get("t") == "e" and text:
        hidden.errors[at] = text
    # A computed text may be empty, and is then written as one.
    elif "f" in parts and not text and (value is None or cell.get("t") != "str"):
        hidden.formulas.append(at)


def _may_hide(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether a look at the bytes finds formulas or errors: exports have none, and XML is slow."""
    tail = b""
    with archive.open(part) as stream:
        while block := stream.read(1 << 20):
            if _MAY_HIDE.search(tail + block):
                return True
            tail = block[-64:]
    return False


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The member that holds a sheet, None where the workbook's own books do not tell."""
    members = {name.lower(): name for name in archive.namelist()}
    books = [members.get(name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")]
    if books[0] is None or books[1] is None:
        return None
    listed, relations = (ElementTree.fromstring(archive.read(book)) for book in books if book)
    for element in listed.iter():
        if _local(element) == "sheet" and element.get("name") == sheet:
            identity = next(value for key, value in element.items() if key.endswith("}id"))
            target = next(r.get("Target", "") for r in relations if r.get("Id") == identity)
            return members.get(posixpath.normpath(posixpath.join("/xl", target))[1:].lower())
    return None


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _number(letters: str) -> int:
    """A -> 1, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _write(rows: Iterator[_Row], header: int, width: int, target: Path) -> Reading:
    reading = Reading()
    pending: list[_Row] = []

    def write(items: Sequence[_Row]) -> None:
        for number, cells in items:
            if any(cell.strip() for cell in cells[width:]):
                filled = max(i for i, cell in enumerate(cells, start=1) if cell.strip())
                text = "\t".join(cells[:filled])
                reason = wrong_count(filled, width)
                reading.bad.append(BadRow(number, reason, text, tuple(cells[:width])))
                continue
            padded = [*cells, *[""] * width][:width]
            text = '","'.join(cell.replace('"', '""') for cell in padded)
            stream.write(f'{number},1,"{text}"\n')
            reading.rows += 1
            reading.longest = max(reading.longest, len(text))

    with target.open("w", encoding="utf-8", newline="") as stream:
        for number, cells in rows:
            if number <= header or not any(cell.strip() for cell in cells):
                continue
            if sum(bool(cell.strip()) for cell in cells) <= 1 and width > 1 and len(pending) < 50:
                pending.append((number, cells))  # a report's footer, perhaps
                continue
            write(pending)
            pending.clear()
            write([(number, cells)])
        footer = next(
            (i for i, (_, cells) in enumerate(pending) if FOOTER.match("".join(cells))),
            len(pending),
        )
        write(pending[:footer])
    return reading


def as_text(value: object, decimal: str = "point") -> str:
    """A cell as an export would write it: whole numbers without a point, times as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        text = repr(value)
        return text.replace(".", ",") if decimal == "comma" and "e" not in text else text
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
