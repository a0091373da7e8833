"""Rows of the marts in the shape of the pages: cells, clauses, cards.

Belongs here: which row stands where. Does not belong here: markup (templates) and charts' looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from markupsafe import Markup

from dagster_project.report import agreement, charts, words
from dagster_project.report.reading import Night, Row

_SPARK_WEEKS = 53
PART_DIMENSIONS = ("source", "team", "segment", "region", "owner")


@dataclass(frozen=True, slots=True)
class Periods:
    """The first days of what the pages look at; None where there is no such period yet."""

    this_week: date | None
    last_week: date | None
    this_month: date | None
    this_quarter: date | None
    last_quarter: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with what it rests on; `verdict` is a code of words.VERDICTS, or None."""

    value: str
    detail: str = ""
    verdict: str | None = None
    is_conclusive: bool = False
    is_complete: bool = True
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A clause or a joint metric with its standing."""

    code: str
    name: str
    side: str
    promise: str
    target: str
    cells: list[Cell]
    spark: Markup
    trend: str | None
    is_escalated: bool
    weeks_missed: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A source or a team: its compliance by clause and period."""

    name: str
    clauses: dict[str, dict[str, Cell]] = field(default_factory=dict)


EMPTY = Cell(words.NOTHING)


def periods(night: Night) -> Periods:
    """The running week, month and quarter, and the last complete week and quarter."""
    weeks = _periods(night.scorecard, "week")
    months = _periods(night.scorecard, "month")
    quarters = _periods(night.compliance, "quarter")
    return Periods(weeks[0], weeks[1], months[0], quarters[0], quarters[1])


def lines(night: Night, of: Periods) -> dict[str, list[Line]]:
    """Every metric of the scorecard by side, in its order: joint, marketing, sales."""
    rows = {(row["period"], row["period_start"], row["metric"]): row for row in night.scorecard}
    metrics: dict[str, Row] = {}
    for row in sorted(night.scorecard, key=lambda row: row["position"]):
        metrics.setdefault(row["metric"], row)
    found: dict[str, list[Line]] = {"joint": [], "marketing": [], "sales": []}
    for code, first in metrics.items():
        looked_at = [
            rows.get(("week", of.last_week, code)),
            rows.get(("week", of.this_week, code)),
            rows.get(("month", of.this_month, code)),
        ]
        newest = looked_at[1] or looked_at[0] or {}
        complete = looked_at[0] or {}
        found[first["side"]].append(
            Line(
                code=code,
                name=words.clause(code),
                side=first["side"],
                promise=_promise(night, code, first["side"]),
                target=_target(looked_at, night.currency),
                cells=[_scorecard_cell(row, night.currency) for row in looked_at],
                spark=_spark(night, code, of),
                trend=complete.get("trend"),
                is_escalated=bool(newest.get("is_escalated")),
                weeks_missed=newest.get("consecutive_missed") or 0,
                note=_assessable(newest),
            )
        )
    return found


def headline(by_side: dict[str, list[Line]], of: Periods) -> str:
    """How the last complete week went, in a sentence that treats both sides alike."""
    if of.last_week is None:
        return "No week is complete yet: there is nothing to judge."
    parts = []
    for side in ("marketing", "sales"):
        judged = [line.cells[0].verdict for line in by_side[side]]
        judged = [verdict for verdict in judged if verdict in ("met", "missed")]
        kept = sum(verdict == "met" for verdict in judged)
        name = words.SIDES[side]
        parts.append(
            f"{name} kept {kept} of {words.plural(len(judged), 'promise')}"
            if judged
            else f"{name} had no promise that could be judged"
        )
    escalated = sum(line.is_escalated for side in by_side.values() for line in side)
    tail = (
        "nothing is escalated"
        if not escalated
        else f"{words.plural(escalated, 'clause')} {'is' if escalated == 1 else 'are'} escalated"
    )
    return f"{parts[0]}, {parts[1][:1].lower()}{parts[1][1:]}; {tail}."


def compliance_cell(row: Row | None) -> Cell:
    """A row of rpt_sla_compliance; volume is a count against its target."""
    if row is None:
        return EMPTY
    if row["clause"] == "volume":
        target = words.number(row["target_count"])
        value = f"{row['met']:,}"
        detail = "" if row["target_count"] is None else f"of {target}"
    else:
        value = words.percent(row["rate"])
        judged = row["met"] + row["missed"]
        detail = f"{row['met']:,} of {judged:,}" if judged else ""
    verdict = row["verdict"]
    judged = (row["met"] or 0) + (row["missed"] or 0)
    if row["not_assessable"] and row["not_assessable"] == judged:
        verdict = "not_assessable"
    interval = ""
    if row["rate_low"] is not None:
        interval = f"{words.percent(row['rate_low'])} to {words.percent(row['rate_high'])}"
    return Cell(value, detail, verdict, row["is_conclusive"], row["is_complete"], interval)


def parts(night: Night) -> dict[str, dict[str, Part]]:
    """Sources and teams with their compliance; periods are this_week, last_week and so on."""
    found: dict[str, dict[str, Part]] = {dimension: {} for dimension in PART_DIMENSIONS}
    for row in night.parts:
        by_name = found[row["dimension"]]
        part = by_name.setdefault(row["dimension_value"], Part(row["dimension_value"]))
        which = f"{'last' if row['is_complete'] else 'this'}_{row['period']}"
        part.clauses.setdefault(row["clause"], {})[which] = compliance_cell(row)
    return found


def breakdown(night: Night, clause: str, of: Periods) -> dict[str, list[tuple[Row, Cell]]]:
    """A clause this quarter by source, team, segment, region and rep: most missed first."""
    found: dict[str, list[tuple[Row, Cell]]] = defaultdict(list)
    for row in night.parts:
        is_asked = row["clause"] == clause and row["period"] == "quarter"
        if is_asked and row["period_start"] == of.this_quarter:
            found[row["dimension"]].append((row, compliance_cell(row)))
    for rows in found.values():
        rows.sort(key=lambda pair: (-(pair[0]["missed"] or 0), pair[0]["dimension_value"]))
    return {what: found[what] for what in PART_DIMENSIONS if what in found}


def history(night: Night, clause: str, period: str, most: int) -> list[tuple[Row, Cell]]:
    """The last periods of a clause, the newest first."""
    rows = [row for row in night.compliance if row["clause"] == clause and row["period"] == period]
    rows.sort(key=lambda row: row["period_start"], reverse=True)
    return [(row, compliance_cell(row)) for row in rows[:most]]


def trend_chart(night: Night, clause: str, most: int) -> Markup:
    """The complete weeks of a clause with their intervals and targets."""
    rows = [row for row, _ in history(night, clause, "week", most) if row["is_complete"]][::-1]
    is_count = clause == "volume"
    value, target = ("met", "target_count") if is_count else ("rate", "target_rate")
    return charts.weeks(
        [
            {
                "at": row["period_start"],
                "value": row[value],
                "low": row["rate_low"],
                "high": row["rate_high"],
                "target": row[target],
                "is_missed": row["verdict"] == "missed",
            }
            for row in rows
        ],
        f"{words.clause(clause)} by week, with target; the table beside holds the figures",
        unit="count" if is_count else "rate",
    )


def rejection_chart(night: Night) -> Markup:
    """The share rejected, week by week over four weeks, with the share that calls both sides."""
    return charts.weeks(
        [
            {
                "at": row["week_start"],
                "value": row["rate"],
                "low": row["rate_low"],
                "high": row["rate_high"],
                "target": row["joint_review_above"],
                "is_missed": row["trigger"] is not None,
            }
            for row in night.rejection_trend
        ],
        "Share of leads rejected over four weeks, by week; the table beside holds the figures",
    )


def curve_chart(night: Night, source: str) -> Markup:
    """How fast a source's leads went on, by the benchmark's curves."""
    return charts.curves(
        [
            {
                "days": row["age_days"],
                "share": row["share"],
                "step": words.called(row["step"], words.STEPS),
            }
            for row in night.curves
            if row["source"] == source
        ],
        "Share of the benchmark's leads that made each step, by days since it began",
    )


def coverage_chart(night: Night, rows: Sequence[Row]) -> Markup:
    """Won and open against quota, by quarter."""
    return charts.quarters(
        [
            {
                "quarter": words.quarter(row["quarter_start"], night.fiscal_month)
                .replace("\u00a0", " ")
                .replace(" 20", " \u2019"),
                "won": row["closed_won"],
                "open": row["open_pipeline"],
                "top": row["closed_won"] + row["open_pipeline"],
                "quota": row["quota"],
            }
            for row in rows
        ],
        "Closed won, open pipeline and quota by quarter; the table beside holds the figures",
    )


def by_key(rows: Iterable[Row], *columns: str) -> dict[Any, list[Row]]:
    """Rows grouped by the values of columns."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        key = tuple(row[column] for column in columns)
        found[key if len(columns) > 1 else key[0]].append(row)
    return found


def _periods(rows: Iterable[Row], period: str) -> tuple[date | None, date | None]:
    """The first day of the running period and of the last complete one."""
    starts: dict[bool, date] = {}
    for row in rows:
        if row["period"] == period:
            known = starts.get(row["is_complete"])
            if known is None or row["period_start"] > known:
                starts[row["is_complete"]] = row["period_start"]
    return starts.get(False), starts.get(True)


def _promise(night: Night, code: str, side: str) -> str:
    if side == "joint":
        return words.JOINT_MEANING.get(code, "")
    terms = [term for term in night.agreement.terms if term["clause"] == code]
    return agreement.promise(code, agreement.in_force(terms, night.today))


def _target(rows: Sequence[Row | None], currency: str) -> str:
    """The newest target; volume's is the month's."""
    for row in reversed(rows):
        if row is not None and row["target"] is not None:
            text = words.measure(row["target"], row["unit"], currency)
            return f"at most {text}" if row["is_better"] == "lower" else text
    return ""


def _scorecard_cell(row: Row | None, currency: str) -> Cell:
    if row is None:
        return EMPTY
    value = words.measure(row["actual"], row["unit"], currency)
    detail = ""
    if row["whole"]:
        detail = f"{words.number(row['part'], 0)} of {row['whole']:,}"
    elif row["metric"] == "volume" and row["target"] is not None:
        detail = f"of {words.number(row['target'])}"
    interval = ""
    if row["actual_low"] is not None:
        interval = f"{words.percent(row['actual_low'])} to {words.percent(row['actual_high'])}"
    if row["verdict"] == "not_assessable":
        value, detail, interval = words.NOTHING, "", ""
    return Cell(value, detail, row["verdict"], row["is_conclusive"], row["is_complete"], interval)


def _spark(night: Night, code: str, of: Periods) -> Markup:
    rows = [
        row
        for row in night.scorecard
        if row["metric"] == code and row["period"] == "week" and row["is_complete"]
    ]
    rows = sorted(rows, key=lambda row: row["period_start"])[-_SPARK_WEEKS:]
    return charts.spark(
        [
            {
                "at": row["period_start"],
                "value": None if row["verdict"] == "not_assessable" else row["actual"],
                "target": row["target"],
                "is_last": row["period_start"] == of.last_week,
            }
            for row in rows
        ],
        f"{words.clause(code)}, {words.plural(len(rows), 'week')}",
    )


def _assessable(row: Row) -> str:
    share = row.get("assessable_share")
    if row.get("verdict") == "not_assessable":
        return "The exports hold nothing to judge it by."
    if share is None or share >= 1:
        return ""
    return f"{words.percent(share)} of it can be judged by the exports."
