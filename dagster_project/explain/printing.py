"""How a story reads on a screen.

Belongs here: layout and colour. Does not belong here: any word about the lead that is not in the
story.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dagster_project.explain.model import Cycle, Event, Story, Verdict
from dagster_project.explain.times import clock

_STATUS_STYLES = {"met": "green", "missed": "bold red", "pending": "yellow", "exempt": "dim"}
_QUIET = "dim"


def print_story(story: Story, console: Console) -> None:
    """Print a story, oldest first: the lead, each cycle's events, then how it was judged."""
    for part in _parts(story):
        console.print(part)


def _parts(story: Story) -> list[RenderableType]:
    title = _text(f"Lead {story.lead_key}", "bold")
    if story.as_of is not None:
        title.append(f", as of {clock(story.as_of)} UTC", _QUIET)
    parts: list[RenderableType] = [title]
    parts += [_text(line) for line in (*story.who, *story.facts)]
    if story.before:
        what = "Before the first cycle" if story.cycles_in_all else "What happened"
        parts += [Text(), _heading(what, story.zone), _events(story.before)]
    for cycle in story.cycles:
        parts += _cycle_parts(cycle, story.cycles_in_all)
    if story.problems:
        parts += [Text(), _text("To look at in the exports", "bold")]
        parts += [_indented(_text(problem)) for problem in story.problems]
    return parts


def _cycle_parts(cycle: Cycle, cycles_in_all: int) -> list[RenderableType]:
    counted = f"Cycle {cycle.number} of {cycles_in_all}"
    return [
        Text(),
        _heading(f"{counted} ({cycle.cycle_id})", cycle.zone),
        _indented(_text(cycle.headline)),
        Text(),
        _events(cycle.events),
        Text(),
        *(_indented(_verdict(verdict)) for verdict in cycle.verdicts),
    ]


def _heading(words: str, zone: str) -> Text:
    heading = _text(words, "bold")
    heading.append(f", times in {zone}", _QUIET)
    return heading


def _events(events: Sequence[Event]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style=_QUIET)
    for event in events:
        table.add_row(
            _text("  " + (clock(event.at) if event.at else "at a time unknown")),
            _text(event.what),
            _text(event.record or ""),
        )
    return table


def _verdict(verdict: Verdict) -> RenderableType:
    title = _text(verdict.status, _STATUS_STYLES.get(verdict.status, ""))
    title.append_text(_text(f"  {verdict.clause.replace('_', ' ')}", "bold"))
    title.append_text(_text(f", owed by {verdict.side}", _QUIET))
    lines: list[RenderableType] = [_text(verdict.sentence)]
    if verdict.doubt:
        lines.append(_text(verdict.doubt, "yellow"))
    lines += [_text(detail) for detail in verdict.details]
    record = f"; record {verdict.record}" if verdict.record else ""
    lines.append(_text(f"Term {verdict.term}{record}", _QUIET))
    return Group(title, _indented(Group(*lines)))


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2), expand=False)


def _text(words: str, style: str = "") -> Text:
    """Words as they are: no markup is read in them, and what would move the cursor is a blank."""
    return Text("".join(letter if letter.isprintable() else " " for letter in words), style=style)
