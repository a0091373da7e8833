"""The careful reader: every line of a text file accounted for, bad ones set aside one by one.

Belongs here: what DuckDB's reader cannot be trusted with (broken rows, footers, wrapped rows, a
preamble), reading line by line and never holding the file. Does not belong here: the fast path and
the database (load.py).

Each physical line ends up in exactly one of: preamble, header, blank, footer, a row that reads, a
row that does not. Rows that read go to a clean file in one dialect, which DuckDB then loads in
bulk; each carries the line it starts on and the lines it spans.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dagster_project.ingest.dialect import (
    FOOTER,
    BrokenQuoteError,
    Dialect,
    OpenQuoteError,
    split,
    unwrapped,
    whole_cells,
)
from dagster_project.ingest.scan import physical_lines, readable

# A quote that stays open this long is a broken one: notes and mails have hundreds of lines at
# most, and looking further would make one stray quote cost the whole file's length.
MAX_RECORD_LINES = 2_000
MAX_RECORD_CHARACTERS = 4_000_000
# Lines held back because they may be a report's footer; a footer has about ten.
MAX_FOOTER_LINES = 50


@dataclass(frozen=True)
class BadRow:
    """A row set aside; `line` is the physical line on which it starts."""

    line: int
    reason: str
    raw_text: str
    certain: tuple[str, ...] = ()
    """The leading cells whose column is beyond doubt: all up to the fault, as far as that shows."""
    record_id: str | None = None


@dataclass
class Reading:
    """What the careful reader found; `rows` were written to the clean file."""

    rows: int = 0
    longest: int = 0
    """Characters of the longest row written."""
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    line: int
    span: int
    cells: list[str]


@dataclass(frozen=True)
class _Thin:
    """A line of one value or none where rows have several: a footer's, a blank or a bad one.

    `row` where it has as many cells as a row, all but one empty: a row, if no footer.
    """

    line: int
    text: str
    row: _Row | None = None

    @property
    def value(self) -> str:
        return self.text.strip(' "\r\n\t,;|')


class _Lines:
    """Numbered lines with a way to put some back."""

    def __init__(self, source: Iterator[tuple[int, str]]) -> None:
        self._source = source
        self._back: deque[tuple[int, str]] = deque()

    def take(self) -> tuple[int, str] | None:
        return self._back.popleft() if self._back else next(self._source, None)

    def put_back(self, lines: list[tuple[int, str]]) -> None:
        self._back.extendleft(reversed(lines))


def read_carefully(source: Path, dialect: Dialect, clean: Path) -> Reading:
    """Writes the good rows of `source` to `clean` and returns the counts and the bad rows.

    `clean` is UTF-8 with comma, every cell quoted, LF: `line,span,"cell",...`.
    """
    reading = Reading()
    with clean.open("w", encoding="utf-8", newline="") as target:
        for item in _without_footer(_items(source, dialect), dialect):
            if isinstance(item, BadRow):
                reading.bad.append(item)
                continue
            cells = '","'.join(item.cells)
            if cells.count('"') != 2 * (len(item.cells) - 1):
                cells = '","'.join(cell.replace('"', '""') for cell in item.cells)
            target.write(f'{item.line},{item.span},"{cells}"\n')
            reading.rows += 1
            reading.longest = max(reading.longest, len(cells))
    return reading


def _without_footer(
    items: Iterator[_Row | BadRow | _Thin], dialect: Dialect
) -> Iterator[_Row | BadRow]:
    """Rows, holding thin lines back until it is known whether they are the report's footer."""
    thin: list[_Thin] = []
    for item in items:
        if isinstance(item, _Thin) and len(thin) < MAX_FOOTER_LINES:
            thin.append(item)
            continue
        yield from _settled(thin, dialect)
        thin.clear()
        if isinstance(item, _Thin):
            thin.append(item)
        else:
            yield item
    yield from _settled(_before_footer(thin), dialect)


def _settled(thin: list[_Thin], dialect: Dialect) -> Iterator[_Row | BadRow]:
    for item in thin:
        if item.row is not None:
            yield item.row
        elif item.text.strip():
            cells = item.text.rstrip("\r\n").split(dialect.delimiter)
            reason = wrong_count(len(cells), len(dialect.columns))
            yield BadRow(item.line, reason, readable(item.text), (cells[0].strip(' "'),))


def _before_footer(thin: list[_Thin]) -> list[_Thin]:
    """The held-back lines before a report's footer, all of them where there is no footer.

    The footer begins at its first telling line, or at the first blank line before that: the
    report's title stands between the two.
    """
    telling = next((i for i, item in enumerate(thin) if FOOTER.match(item.value)), None)
    if telling is None:
        return thin
    blank = next((i for i, item in enumerate(thin[:telling]) if not item.value), telling)
    return thin[:blank]


def wrong_count(cells: int, columns: int) -> str:
    """Why a row of so many cells is none under a header of so many columns."""
    fields = "1 field" if cells == 1 else f"{cells} fields"
    return f"has {fields} where the header has {columns}"


def _items(source: Path, dialect: Dialect) -> Iterator[_Row | BadRow | _Thin]:
    lines = _Lines(physical_lines(source))
    while (taken := lines.take()) is not None:
        number, text = taken
        if number < dialect.data_line:
            continue
        if not text.strip():
            yield _Thin(number, text)
            continue
        yield _record(number, text, lines, dialect)


def _record(number: int, text: str, lines: _Lines, dialect: Dialect) -> _Row | BadRow | _Thin:
    """The record that starts with `text`, taking the further lines that belong to it."""
    width = dialect.width
    body = text.rstrip("\r\n")
    separator = f'"{dialect.delimiter}"'
    # Every cell quoted and no quote within: no need to look at each cell.
    if (
        body.count('"') == 2 * width
        and body[0] == body[-1] == '"'
        and body.count(separator) == width - 1
        and not _bad_characters(body)
    ):
        return _Row(number, 1, body[1:-1].split(separator))
    more: list[tuple[int, str]] = []
    broken, cells = _split_over_lines(text, more, lines, dialect)
    if not broken and more and _swallowed(more, cells, dialect):
        broken = "has a quote that swallows the rows after it"
    if broken:
        lines.put_back(more)
        return BadRow(number, broken, readable(text), whole_cells(body, dialect.delimiter))
    raw = text + "".join(line for _, line in more)
    if problem := _bad_characters(raw):
        certain = tuple(cells if len(cells) == width else cells[:1])
        return BadRow(number, problem, readable(raw), certain)
    if len(cells) == width:
        row = _Row(number, 1 + len(more), cells)
        is_footer_like = sum(map(bool, cells)) <= 1 and FOOTER.match("".join(cells))
        return _Thin(number, body, row) if is_footer_like else row
    if not more and sum(bool(cell.strip()) for cell in cells) <= 1:
        return _Thin(number, text)
    # A field too many or too few may stand anywhere: only the first cell is where it belongs.
    return BadRow(number, wrong_count(len(cells), len(dialect.columns)), readable(raw), (cells[0],))


def _split_over_lines(
    text: str, more: list[tuple[int, str]], lines: _Lines, dialect: Dialect
) -> tuple[str, list[str]]:
    """The cells of a record, those inside where it is wholly wrapped in quotes; appends to `more`
    the lines it takes beyond `text`. Returns ("", cells), or what is wrong with its quotes.
    """
    body = text.rstrip("\r\n")
    while True:
        try:
            cells = split(body, dialect.delimiter)
        except OpenQuoteError:
            if len(body) > MAX_RECORD_CHARACTERS or not _take_to_next_quote(lines, more):
                return "has a quote that is never closed", []
            body = (text + "".join(line for _, line in more)).rstrip("\r\n")
            continue
        except BrokenQuoteError:
            return "has a broken quote (text after a closing quote)", []
        inner = unwrapped(cells, dialect.delimiter) if body.lstrip().startswith('"') else None
        return "", inner if inner and len(inner) == dialect.width else cells


def _take_to_next_quote(lines: _Lines, more: list[tuple[int, str]]) -> bool:
    """Appends lines up to the next that holds a quote; False where none comes soon enough."""
    while len(more) < MAX_RECORD_LINES and (taken := lines.take()) is not None:
        more.append(taken)
        if '"' in taken[1]:
            return True
    return False


def _swallowed(more: list[tuple[int, str]], cells: list[str], dialect: Dialect) -> bool:
    """Whether a record of several lines has whole other rows inside.

    Always so when the record has the wrong width and a line in it is a row by itself. A record of
    the right width is believed, unless a line inside is a row whose first cell is shaped like the
    record's own first cell: a quote was left open in one row and another stood in a later one.
    """
    for _, line in more:
        try:
            inner = split(line.rstrip("\r\n"), dialect.delimiter)
        except (OpenQuoteError, BrokenQuoteError):
            continue
        if len(inner) != dialect.width or dialect.width == 1:
            continue
        if len(cells) != dialect.width or _alike(inner[0], cells[0]):
            return True
    return False


def _alike(one: str, other: str) -> bool:
    """Whether two cells look like ids of one kind; short ones are alike by chance."""
    if len(one) != len(other) or len(one) < 5 or not re.search(r"\d", one):
        return False
    return re.sub(r"\w", "x", one) == re.sub(r"\w", "x", other)


def _bad_characters(text: str) -> str | None:
    """What is wrong with the characters of a row, or None."""
    if "\0" in text:
        return "holds a NUL byte"
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        byte = ord(text[error.start]) & 0xFF
        return f"holds bytes that do not decode (0x{byte:02x})"
    return None
