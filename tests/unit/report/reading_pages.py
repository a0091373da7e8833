"""Pages as a reader sees them: their text, tables and links, by Python's own parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_VOID = {"br", "hr", "img", "input", "link", "meta"}
_UNSEEN = {"style", "title", "script"}


@dataclass
class Table:
    """A table: the id of the section it stands in, and its rows as lists of texts."""

    section: str
    rows: list[list[str]] = field(default_factory=list)

    def column(self, heading: str) -> dict[str, str]:
        """The texts below a heading, by the first text of their row."""
        place = self.rows[0].index(heading)
        return {row[0]: row[place] for row in self.rows[1:] if len(row) > place}


@dataclass
class Seen:
    """What a page shows."""

    title: str = ""
    text: str = ""
    tables: list[Table] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)

    def table(self, section: str, place: int = 0) -> Table:
        """The table at that place of a section."""
        return [table for table in self.tables if table.section == section][place]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._open: list[tuple[str, str]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.seen.tags.append(tag)
        self.seen.attributes += [(tag, key, value) for key, value in values.items()]
        if "id" in values:
            self.seen.ids.append(values["id"])
        if tag == "a":
            self.seen.links.append(values.get("href", ""))
        if tag == "table":
            self.seen.tables.append(Table(self._section()))
        if tag == "tr":
            self.seen.tables[-1].rows.append([])
        if tag in ("td", "th"):
            self._cell = []
        if tag not in _VOID:
            self._open.append((tag, values.get("aria-labelledby", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.seen.tables[-1].rows[-1].append(_plain("".join(self._cell)))
            self._cell = None
        assert self._open.pop()[0] == tag, f"</{tag}> closes nothing that is open"

    def handle_data(self, data: str) -> None:
        inside = {tag for tag, _ in self._open}
        if "title" in inside:
            self.seen.title += data
        if inside & _UNSEEN:
            return
        self.seen.text += data
        if self._cell is not None:
            self._cell.append(data)

    def _section(self) -> str:
        return next((label for tag, label in reversed(self._open) if tag == "section"), "")


def see(file: Path) -> Seen:
    """A page as it is seen; every element is closed."""
    reader = _Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    reader.close()
    assert [tag for tag, _ in reader._open] == [], file
    reader.seen.text = _plain(reader.seen.text)
    return reader.seen


def _plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").split())
