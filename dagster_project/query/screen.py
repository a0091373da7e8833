"""Rows on a screen.

Belongs here: layout. Does not belong here: asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_PADDING = 2
# No column of words needs to be wider to be read; it goes on in the next line.
_NARROWEST = 24
_MISSING = "null"


def print_rows(console: Console, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows side by side where they fit, else one below the other, a line per column.

    Where nobody reads a screen (a pipe, a file), a row is a line, however long.
    """
    cells = [[_words(value) for value in row] for row in rows]
    widths = [
        max([cell_len(name), *(cell_len(row[position]) for row in cells)])
        for position, name in enumerate(names)
    ]
    numbers = [
        any(isinstance(row[position], int | float | Decimal) for row in rows)
        for position in range(len(names))
    ]
    if not console.is_terminal:
        for row in (names, *cells):
            padded = map(_padded, row, widths, numbers)
            console.file.write((" " * _PADDING).join(padded).rstrip() + "\n")
        return
    narrowest = sum(min(width, _NARROWEST) for width in widths) + _PADDING * (len(names) - 1)
    if narrowest > console.width:
        _print_records(console, names, cells)
        return
    table = Table(box=None, padding=(0, _PADDING, 0, 0), pad_edge=False, header_style="bold")
    for name, width, is_number in zip(names, widths, numbers, strict=True):
        table.add_column(
            Text(name),
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=width <= _NARROWEST,
        )
    for row in cells:
        table.add_row(*map(_text, row))
    console.print(table)


def _padded(words: str, width: int, is_number: bool) -> str:
    blanks = " " * (width - cell_len(words))
    return blanks + words if is_number else words + blanks


def _print_records(console: Console, names: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(cells, start=1):
        console.print(Text(f"Row {number}", style="bold"))
        table = Table.grid(padding=(0, _PADDING, 0, 0))
        table.add_column(no_wrap=True, style="dim")
        table.add_column(overflow="fold")
        for name, cell in zip(names, row, strict=True):
            table.add_row(Text(f"  {name}"), _text(cell))
        console.print(table)


def _text(words: str) -> Text:
    return Text(words, style="dim" if words == _MISSING else "")


def _words(value: object) -> str:
    if value is None:
        return _MISSING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return _plain(str(value))


def _number(value: float) -> str:
    """To four places after the point, or four digits where that would say 0."""
    if value and abs(value) < 0.0001:
        return f"{value:.4g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _plain(words: str) -> str:
    """Words as they are; what would move the cursor is a blank."""
    return "".join(letter if letter.isprintable() else " " for letter in words)
