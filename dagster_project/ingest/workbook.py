"""Excel workbooks: the first sheet that has the declared columns, read as text.

Belongs here: .xlsx alone. A sheet has no delimiters and no quotes, so a row cannot be broken: it
has too many cells or it reads. Old .xls files are refused (drops.py): ask for .xlsx or .csv.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import python_calamine

from dagster_project.ingest.dialect import (
    FOOTER,
    HEADER_WITHIN,
    column_names,
    find_header,
    no_header,
)
from dagster_project.ingest.dialect import (
    clean as clean_name,
)
from dagster_project.ingest.drops import RefusedError, too_big
from dagster_project.ingest.mapping import ObjectMapping
from dagster_project.ingest.reader import BadRow, Reading


def read_workbook(
    path: Path, entry: ObjectMapping, target: Path, decimal: str
) -> tuple[Reading, tuple[str, ...], tuple[int, ...]]:
    """Writes the rows of the first fitting sheet to `target` as `row,1,"cell",...`.

    `decimal`, "point" or "comma", is how the mapping says numbers are written: a number's cell is
    written so, and is read back in the same style as the text cells beside it.

    Returns the reading, the columns, and the positions of columns without a name.
    Raises RefusedError for what is no workbook or has no sheet with the required columns.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if problem := too_big(info):
                    raise RefusedError(problem)
        book = python_calamine.load_workbook(path)
    except (zipfile.BadZipFile, python_calamine.CalamineError) as error:
        raise RefusedError("is no Excel workbook or is damaged; export it again") from error
    heads: list[list[str]] = []
    for name in book.sheet_names:
        rows = list(islice(_rows(book, name, decimal), HEADER_WITHIN))
        heads.extend(cells for _, cells in rows)
        header = find_header(((number, 1, cells) for number, cells in rows), entry)
        if header is None:
            continue
        line, _, cells = header
        while cells and not clean_name(cells[-1]):
            cells = cells[:-1]
        unnamed = tuple(i for i, cell in enumerate(cells) if not clean_name(cell))
        reading = _write(_rows(book, name, decimal), line, len(cells), target)
        return reading, column_names(cells, entry), unnamed
    raise no_header(heads, entry)


def _rows(
    book: python_calamine.CalamineWorkbook, sheet: str, decimal: str
) -> Iterator[tuple[int, list[str]]]:
    """(row number as Excel shows it, cells as text)."""
    found = book.get_sheet_by_name(sheet)
    first = (found.start or (0, 0))[0] + 1
    for number, row in enumerate(found.iter_rows(), start=first):
        yield number, [as_text(cell, decimal) for cell in row]


def _write(rows: Iterator[tuple[int, list[str]]], header: int, width: int, target: Path) -> Reading:
    reading = Reading()
    pending: list[tuple[int, list[str]]] = []

    def write(items: Sequence[tuple[int, list[str]]]) -> None:
        for number, cells in items:
            if any(cell.strip() for cell in cells[width:]):
                filled = max(i for i, cell in enumerate(cells, start=1) if cell.strip())
                reason = f"has {filled} fields where the header has {width}"
                text = "\t".join(cells[:filled])
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
