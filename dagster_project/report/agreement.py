"""The agreement in words: what each clause promises, which versions there were, what changed.

Belongs here: sentences made of terms, criteria and provisions. Does not belong here: how the
promises were kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dagster_project.report import words
from dagster_project.report.reading import Agreement, Row

EVERYWHERE = "everywhere"
_UNITS = {"minutes": "minute", "hours": "hour", "days": "day"}


@dataclass(frozen=True, slots=True)
class Version:
    """A stretch of time in which the agreement did not change; `changes` is what made it."""

    number: int
    start: date | None
    end: date | None
    changes: list[str]
    is_current: bool


def in_force(rows: Iterable[Row], on: date) -> list[Row]:
    """The rows whose [effective_from, effective_to) holds the day."""
    return [
        row
        for row in rows
        if (row["effective_from"] is None or row["effective_from"] <= on)
        and (row["effective_to"] is None or on < row["effective_to"])
    ]


def promise(clause: str, terms: Sequence[Row]) -> str:
    """What a clause promises in a sentence, of its terms in force."""
    if not terms:
        return "No term is in force."
    if clause == "volume":
        total = sum(term["min_count"] or 0 for term in terms)
        return f"{total:,} MQLs a month" + _split(terms)
    general = next((term for term in terms if scope(term) == EVERYWHERE), terms[0])
    told = _sentence(clause, general)
    return told if len(terms) == 1 else f"{told}; terms differ by segment or region"


def scope(term: Row) -> str:
    """For whom a term holds."""
    parts = [part for part in (term["segment"], term["region"]) if part]
    return ", ".join(parts) or EVERYWHERE


def sentence(term: Row) -> str:
    """What one term promises."""
    if term["clause"] == "volume":
        return f"{term['min_count'] or 0:,} MQLs a month"
    return _sentence(term["clause"], term)


def versions(agreement: Agreement, today: date) -> list[Version]:
    """Every version of terms, lead definition and required fields, the newest first."""
    fields = agreement.provisions["required_field"]
    dated = [*agreement.terms, *agreement.criteria, *fields]
    starts = {row["effective_from"] for row in dated}
    ends = {row["effective_to"] for row in dated} - {None}
    known = sorted((starts | ends) - {None})
    bounds: list[date | None] = [None, *known] if None in starts or not known else [*known]
    found = []
    for number, start in enumerate(bounds, 1):
        end = bounds[number] if number < len(bounds) else None
        changes = [] if number == 1 else _changes(agreement, fields, start)
        is_current = (start is None or start <= today) and (end is None or today < end)
        found.append(Version(number, start, end, changes, is_current))
    return found[::-1]


def volume_grid(terms: Sequence[Row]) -> tuple[list[str], list[tuple[str, list[str], int]], int]:
    """Terms of volume as a table: regions; (segment, count per region, sum); the total."""
    regions = sorted({term["region"] or "any" for term in terms})
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for term in terms:
        segment, region = term["segment"] or "any", term["region"] or "any"
        counts[segment][region] = term["min_count"] or 0
    rows = [
        (
            segment,
            [f"{by[region]:,}" if region in by else words.NOTHING for region in regions],
            sum(by.values()),
        )
        for segment, by in sorted(counts.items())
    ]
    return regions, rows, sum(row[2] for row in rows)


def hours(agreement: Agreement, calendar: str) -> list[tuple[str, str]]:
    """When a calendar is open: (`Mon to Fri`, `09:00 to 17:00`), equal days together."""
    by_day: dict[int, list[str]] = defaultdict(list)
    for row in agreement.provisions["business_hours"]:
        if row["subject"] == calendar:
            by_day[row["position"]].append(row["value"])
    groups: list[tuple[list[int], str]] = []
    for weekday, intervals in sorted(by_day.items()):
        text = ", ".join(sorted(intervals))
        if groups and groups[-1][1] == text and groups[-1][0][-1] == weekday - 1:
            groups[-1][0].append(weekday)
        else:
            groups.append(([weekday], text))
    return [(_days(days), text) for days, text in groups]


def holidays(agreement: Agreement, calendar: str, today: date) -> tuple[list[Row], int]:
    """The next holidays of a calendar, five at most, and how many are agreed in all."""
    all_of = [row for row in agreement.provisions["holiday"] if row["subject"] == calendar]
    coming = [row for row in all_of if row["effective_from"] >= today]
    return sorted(coming, key=lambda row: row["effective_from"])[:5], len(all_of)


def criterion(row: Row) -> str:
    """A criterion of the lead definition, in the agreement's words where it has some."""
    if row["description"]:
        return str(row["description"])
    told = row["failed_words"] if row["kind"] == "disqualifier" else row["met_words"]
    return f"{words.heading(row['attribute'])} {told}"


def _sentence(clause: str, term: Row) -> str:
    limit = _limit(term)
    within = f"within {limit}" if limit else "at once"
    if clause == "fit":
        return "MQLs fit the lead definition"
    if clause == "completeness":
        return "Every required field of an MQL is valid"
    if clause == "handoff":
        return f"A sales rep owns the MQL {within}"
    if clause == "speed_to_lead":
        return f"First touch {within} of the hand-off"
    if clause == "disposition":
        return f"Accepted, qualified or rejected {within}"
    if clause == "feedback":
        note = " and a written note" if term["require_note"] else ""
        return f"Every rejection gives a reason of the taxonomy{note}"
    if clause == "cadence":
        over = f" over {limit}" if limit else ""
        return f"At least {term['min_count'] or 0} touches{over} before giving up"
    if clause == "contest_review":
        return f"Every rejection is ruled on {within}"
    return words.clause(clause)


def _limit(term: Row) -> str | None:
    if term["limit_value"] is None:
        return None
    unit = _UNITS.get(term["limit_unit"], term["limit_unit"] or "")
    clock = "business " if term["clock"] == "business" else ""
    many = "" if term["limit_value"] == 1 else "s"
    return f"{words.number(term['limit_value'], 2)} {clock}{unit}{many}"


def _split(terms: Sequence[Row]) -> str:
    cuts = [cut for cut in ("segment", "region") if any(term[cut] for term in terms)]
    return f", by {' and '.join(cuts)}" if cuts else ""


def _changes(agreement: Agreement, fields: list[Row], start: date | None) -> list[str]:
    """What differs on `start` from the day before."""
    if start is None:
        return []
    before = date.fromordinal(start.toordinal() - 1)
    found: list[str] = []
    for rows, key, told in (
        (agreement.terms, ("clause", "segment", "region"), _term_text),
        (agreement.criteria, ("criterion_id",), _criterion_text),
        (fields, ("subject",), _field_text),
    ):
        old = {tuple(row[part] for part in key): told(row) for row in in_force(rows, before)}
        new = {tuple(row[part] for part in key): told(row) for row in in_force(rows, start)}
        for which in sorted(old.keys() | new.keys(), key=_blank_first):
            was, now = old.get(which), new.get(which)
            if was is None and now is not None:
                found.append(f"{now[0]}: new, {now[1]}")
            elif now is None and was is not None:
                found.append(f"{was[0]}: no longer, was {was[1]}")
            elif was is not None and now is not None and was != now:
                found.append(f"{now[0]}: {now[1]}, was {was[1]}")
    return found


def _blank_first(parts: tuple[Any, ...]) -> list[str]:
    return [part or "" for part in parts]


def _term_text(term: Row) -> tuple[str, str]:
    place = "" if scope(term) == EVERYWHERE else f" ({scope(term)})"
    target = "" if term["target_rate"] is None else f", target {words.percent(term['target_rate'])}"
    told = sentence(term)
    return f"{words.clause(term['clause'])}{place}", told[:1].lower() + told[1:] + target


def _criterion_text(row: Row) -> tuple[str, str]:
    kind = "ruled out" if row["kind"] == "disqualifier" else "asked for"
    return f"Lead definition, {row['criterion_id']}", f"{kind}: {criterion(row)} ({row['value']})"


def _field_text(row: Row) -> tuple[str, str]:
    return f"Required field {row['subject']}", words.called(row["value"], words.FIELD_RULES)


def _days(days: list[int]) -> str:
    names = [words.WEEKDAYS[day - 1] for day in days]
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def settings(agreement: Agreement) -> list[tuple[str, str]]:
    """The settings in words, with their values."""
    found: list[tuple[str, str]] = []
    for row in agreement.provisions["setting"]:
        key, value = row["subject"], str(row["value"])
        if key == "mql_score_threshold" and agreement.setting("mql_entry", "stage") != "score":
            continue
        if key == "joint_review_rejection_rate":
            value = words.percent(float(value))
        if key == "mql_entry":
            value = {"stage": "the CRM's own stage", "score": "the score"}.get(value, value)
        found.append((words.SETTINGS.get(key, str(key)), value))
    return found
