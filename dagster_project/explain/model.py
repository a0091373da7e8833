"""What a story is made of.

Belongs here: the shapes that are handed from those who ask to those who print. Does not belong
here: how they are filled (story, events, verdicts).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `at` is on the wall clock of the story's zone, None where nothing
    dates it; `record` is the CRM's record that shows it."""

    at: datetime | None
    what: str
    record: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clause's verdict; `term` in words; `doubt` says why it means nothing, where it does."""

    clause: str
    side: str
    status: str
    sentence: str
    term: str
    record: str | None
    details: tuple[str, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """One pass through the funnel; all times of its events are in `zone`."""

    cycle_id: str
    number: int
    headline: str
    zone: str
    events: tuple[Event, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A lead, what was before its first cycle, its cycles, and what is to be said about the data.

    `who` says whom the CRM names, and what sales wrote about the rejection, to those who may know.
    `as_of` is UTC.
    """

    lead_key: str
    crm: str
    as_of: datetime | None
    who: tuple[str, ...]
    facts: tuple[str, ...]
    cycles_in_all: int
    zone: str
    before: tuple[Event, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    problems: tuple[str, ...] = ()
