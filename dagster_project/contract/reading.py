"""From a seed's file to its rows, with every fault of the file on the way.

Belongs here: bytes, lines, header, cells. Does not belong here: what rows mean together (rules).
People edit these files by hand and with Excel, so a byte order mark, CRLF, blank lines and header
spelling (case, blanks around) do not matter. Python's csv module reads them, not the engine: it
tells the physical line on which each record starts, which is what a message must name.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from dagster_project.contract.seeds import SEEDS, Row, Seeds
from dagster_project.errors import Fault

RowT = TypeVar("RowT", bound=Row)

FOREIGN_DELIMITERS = {";": "semicolons", "\t": "tabs"}


class Record(NamedTuple):
    """The cells of one record and the physical line on which it starts."""

    line: int
    cells: list[str]


def read_seeds(folder: Path) -> tuple[Seeds, list[Fault]]:
    """All seeds of a folder, as far as they can be read, and all that is wrong with them."""
    faults: list[Fault] = []
    rows: dict[str, tuple[Row, ...]] = {}
    broken: set[str] = set()
    for seed, model in SEEDS.items():
        rows[seed], found = read_seed(folder / f"{seed}.csv", model)
        faults += found
        if found:
            broken.add(seed)
    return Seeds(folder, **rows, broken=frozenset(broken)), faults  # type: ignore[arg-type]


def read_seed(path: Path, model: type[RowT]) -> tuple[tuple[RowT, ...], list[Fault]]:
    """The rows of one seed that can be read, and what is wrong with the others."""
    file = str(path)
    columns = ", ".join(model.columns())
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return (), [Fault(file, f"the file is missing: add it with the columns {columns}.")]
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{error.object[error.start]:02x} is not UTF-8: save the file as UTF-8."
        return (), [Fault(file, message, line)]
    except OSError as error:
        return (), [Fault(file, f"the file cannot be read ({error.strerror}): make it readable.")]

    faults: list[Fault] = []
    records = _records(text, file, faults)
    header = next(records, None)
    if header is None:
        return (), faults or [Fault(file, f"the file is empty: begin it with {columns}.", 1)]
    names = [cell.strip().lower() for cell in header.cells]
    faults += _header_faults(names, model, file, header.line)
    if faults:
        return (), faults

    rows: list[RowT] = []
    for record in records:
        if len(record.cells) != len(names):
            faults.append(Fault(file, _count_message(record.cells, names), record.line))
            continue
        cells = dict(zip(names, record.cells, strict=True))
        try:
            rows.append(model.model_validate({"file": file, "line": record.line, **cells}))
        except ValidationError as error:
            faults += [
                Fault(file, fault["msg"], record.line, str(fault["loc"][0]))
                for fault in error.errors()
            ]
    return tuple(rows), faults


def _records(text: str, file: str, faults: list[Fault]) -> Iterator[Record]:
    """The records that are not blank; those that are no CSV become faults."""
    # newline="" keeps the line ends, so that a quoted line break counts as a physical line.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(_quote_fault(file, line, reader.line_num, str(error)))
            continue
        if any(cell.strip() for cell in cells):
            yield Record(line, cells)


def _quote_fault(file: str, first_line: int, last_line: int, error: str) -> Fault:
    if "unexpected end of data" in error:
        return Fault(file, "a quote opens here and never closes: close it.", first_line)
    if "expected after" in error:
        message = 'text follows a closing quote: double each quote inside a quoted cell ("").'
        return Fault(file, message, last_line)
    return Fault(file, f"this is no CSV ({error}): write the row anew.", last_line)


def _header_faults(names: list[str], model: type[Row], file: str, line: int) -> Iterator[Fault]:
    columns = model.columns()
    for delimiter, word in FOREIGN_DELIMITERS.items():
        if len(names) == 1 and delimiter in names[0]:
            message = f"the cells are separated by {word}: save the file with commas."
            yield Fault(file, message, line)
            return
    listed = ", ".join(columns)
    for position, name in enumerate(names, start=1):
        if not name:
            message = f"column number {position} has no name: remove it, the columns are {listed}."
            yield Fault(file, message, line)
    for name, times in Counter(filter(None, names)).items():
        if name not in columns:
            yield Fault(file, f"the column is unknown: the columns are {listed}.", line, name)
        elif times > 1:
            yield Fault(file, f"the column stands {times} times: keep one.", line, name)
    for name in columns:
        if name not in names:
            yield Fault(file, f"the column is missing: the columns are {listed}.", line, name)


def _count_message(cells: list[str], names: list[str]) -> str:
    advice = (
        "put quotes around a cell that holds a comma."
        if len(cells) > len(names)
        else "leave no cell out, write a blank one."
    )
    return f"the row has {len(cells)} cells, the header {len(names)}: {advice}"
