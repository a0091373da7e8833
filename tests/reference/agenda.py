"""The agendas of the three meetings, from the marts that they are made of.

Those marts have references of their own. An item is told here with the keys of the rows behind it,
found by looking at every row of the table it points to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from tests.reference.clock import local_date
from tests.reference.compliance import period_end
from tests.reference.cycles import month_start, quarter_start

Rows = list[dict[str, Any]]
Table = Callable[[str], Rows]

DAY = timedelta(days=1)
MEETINGS = {"weekly": (15, "week"), "monthly": (45, "month"), "quarterly": (90, "quarter")}
TOPICS = (
    "escalation",
    "missed_clause",
    "waiting",
    "joint_review",
    "coverage",
    "benchmark",
    "source_decision",
    "channel_mix",
    "definition",
    "completeness",
    "integrity",
    "not_assessable",
)
KEYS: dict[str, tuple[str, ...]] = {
    "fct_sla_obligations": ("cycle_id", "clause"),
    "rpt_mql_volume": ("period", "period_start", "segment", "region"),
    "rpt_disqualification_queue": ("queue", "cycle_id"),
    "rpt_disqualification_rates": ("period", "week_start", "dimension", "dimension_value"),
    "rpt_pipeline_coverage_totals": ("quarter_start", "dimension", "dimension_value"),
    "rpt_source_benchmarks": ("quarter_start", "source", "step"),
    "rpt_source_decisions": ("month_start", "source"),
    "rpt_channel_mix": ("quarter_start", "source"),
    "rpt_definition_stress_test": ("quarter_start", "dimension", "dimension_value"),
    "rpt_data_completeness": (
        *("period", "period_start", "field", "rule"),
        *("dimension", "dimension_value"),
    ),
    "rpt_integrity_evidence": ("signal_id", "cycle_id", "touch_key", "record_id"),
    "rpt_sla_assessability": ("crm", "clause"),
}


@dataclass
class Item:
    """``parts`` are what its sentence has to say, in this order."""

    meeting: str
    topic: str
    side: str
    subject: str
    weight: float
    parts: list[str]
    rows_in: str
    rows: set[tuple[Any, ...]] = field(default_factory=set)


@dataclass
class Company:
    """Its marts and the day on which they speak."""

    table: Table
    as_of: datetime
    zone: str
    first_month: int
    currency: str
    exported: frozenset[str]  # fields that a CRM ever exported

    @cached_property
    def today(self) -> date:
        return local_date(self.as_of, self.zone)

    def start(self, period: str, day: date) -> date:
        if period == "week":
            return day - DAY * (day.isoweekday() - 1)
        return month_start(day) if period == "month" else quarter_start(day, self.first_month)

    def last_complete(self, meeting: str) -> date:
        period = MEETINGS[meeting][1]
        return self.start(period, self.start(period, self.today) - DAY)

    def keys(self, name: str, is_behind: Callable[[dict[str, Any]], bool]) -> set[tuple[Any, ...]]:
        return {
            tuple(row[column] for column in KEYS[name])
            for row in self.table(name)
            if is_behind(row)
        }


def agenda(company: Company) -> Rows:
    """Rows of rpt_review_agenda without their texts, with ``parts`` and ``rows`` instead."""
    found = [
        item
        for make in (
            *(_clauses, _waiting, _joint_review, _coverage, _benchmarks, _decisions, _mix),
            *(_definition, _completeness, _integrity, _not_assessable),
        )
        for item in make(company)
    ]
    rows = []
    for meeting, (minutes, _) in MEETINGS.items():
        mine = [item for item in found if item.meeting == meeting]
        mine.sort(key=lambda item: (TOPICS.index(item.topic), -item.weight, item.subject))
        for position, item in enumerate(mine, start=1):
            rows.append(
                {
                    "meeting": meeting,
                    "position": position,
                    "topic": item.topic,
                    "side": item.side,
                    "subject": item.subject,
                    "minutes": minutes,
                    "period_start": company.last_complete(meeting),
                    "rows_in": f"marts.{item.rows_in}",
                    "parts": item.parts,
                    "rows": item.rows,
                }
            )
    return rows


def tenths(share: float) -> str:
    """A share in per cent, to a tenth."""
    return f"{plain(100 * float(share), 1)} %"


def plain(number: float, places: int) -> str:
    exact = Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- clauses --------------------------------------------------------------------------------


def _blind(company: Company) -> set[str]:
    told = company.table("rpt_sla_assessability")
    can = {row["clause"] for row in told if row["is_assessable"]}
    return {row["clause"] for row in told} - can


def _is_unseen(row: dict[str, Any]) -> bool:
    judged = row["met"] + (row["missed"] or 0)
    return row["clause"] != "volume" and judged > 0 and row["not_assessable"] == judged


def _clauses(company: Company) -> Iterator[Item]:
    blind = _blind(company)
    told = [
        row
        for row in company.table("rpt_sla_compliance")
        if row["dimension"] == "all"
        and period_end(row["period"], row["period_start"]) <= company.today
        and row["clause"] not in blind
    ]
    escalated = set()
    last_week = company.last_complete("weekly")
    for clause in {row["clause"] for row in told}:
        weeks = [row for row in told if row["clause"] == clause and row["period"] == "week"]
        missed: Rows = []
        for week in sorted(weeks, key=lambda row: row["period_start"]):
            if week["verdict"] == "met":
                missed = []
            elif week["verdict"] == "missed":
                missed.append(week)
        is_unseen = any(_is_unseen(week) for week in weeks if week["period_start"] == last_week)
        seen = [week for week in missed if not _is_unseen(week)]
        # A week that has not been told of at all has no run either.
        is_told = any(week["period_start"] == last_week for week in weeks)
        if len(missed) < 2 or is_unseen or not seen or not is_told:
            continue
        escalated.add(clause)
        for meeting in MEETINGS:
            parts = [f"{clause}: missed {missed.index(seen[-1]) + 1} weeks in a row"]
            if seen[-1]["period_start"] != last_week:
                parts.append(f"({seen[-1]['period_start']})")
            weight = float(missed.index(seen[-1]) + 1)
            yield _clause(company, meeting, "escalation", weight, parts, seen[-1])
    for meeting, (_, period) in MEETINGS.items():
        for row in told:
            if (
                (row["period"], row["period_start"]) == (period, company.last_complete(meeting))
                and row["verdict"] == "missed"
                and not _is_unseen(row)
                and row["clause"] not in escalated
            ):
                weight = row["target_rate"] - row["rate"]
                item = _clause(company, meeting, "missed_clause", weight, [], row)
                if row["clause"] != "volume":
                    chance = "more than chance" if row["is_conclusive"] else "may be chance"
                    item.parts.append(chance)
                yield item


def _clause(
    company: Company, meeting: str, topic: str, weight: float, parts: list[str], row: dict[str, Any]
) -> Item:
    clause, period, start = row["clause"], row["period"], row["period_start"]
    end = period_end(period, start)
    if clause == "volume":
        parts = [*parts, f"{row['met']} MQLs of {plain(row['target_count'], 1)}"]
        rows_in = "rpt_mql_volume"
        pieces = "week" if period == "week" else "month"
        rows = company.keys(
            rows_in, lambda one: one["period"] == pieces and start <= one["period_start"] < end
        )
    else:
        judged = row["met"] + row["missed"]
        parts = [*parts, f"{row['met']} of {judged} met ({tenths(row['rate'])})"]
        rows_in = "fct_sla_obligations"
        rows = company.keys(
            rows_in,
            lambda one: (
                one["clause"] == clause
                and one["status"] == "missed"
                and start <= one["counts_on"] < end
            ),
        )
        assert len(rows) == row["missed"]
    parts.append(f"{tenths(row['target_rate'])} promised")
    return Item(meeting, topic, row["side"], clause, weight, parts, rows_in, rows)


def _not_assessable(company: Company) -> Iterator[Item]:
    for clause in _blind(company):
        told = [row for row in company.table("rpt_sla_assessability") if row["clause"] == clause]
        rows = company.keys("rpt_sla_assessability", lambda one, of=clause: one["clause"] == of)  # type: ignore[misc]
        for meeting in MEETINGS:
            yield Item(
                *(meeting, "not_assessable", told[0]["side"], clause, 0),
                [f"{clause} cannot be judged", *(row["to_export"] for row in told)],
                "rpt_sla_assessability",
                rows,
            )


# --- the protocol ---------------------------------------------------------------------------


def _waiting(company: Company) -> Iterator[Item]:
    sides = {"disposition": "sales", "ruling": "marketing", "contested": "joint"}
    for queue, side in sides.items():
        mine = [
            row
            for row in company.table("rpt_disqualification_queue")
            if row["queue"] == queue and row["is_open"]
        ]
        overdue = sum(bool(row["is_overdue"]) for row in mine)
        for meeting in ("weekly", "monthly") if mine else ():
            parts = [f"{len(mine)} lead"]
            if queue != "contested":
                parts.append(f"{overdue} of them overdue")
            longest = company.as_of - min(row["waiting_since"] for row in mine)
            if longest >= 4 * DAY:
                parts.append(f"the oldest for {longest.days} day")
            yield Item(
                *(meeting, "waiting", side, queue, float(overdue), parts),
                "rpt_disqualification_queue",
                {(queue, row["cycle_id"]) for row in mine},
            )


def _joint_review(company: Company) -> Iterator[Item]:
    for row in company.table("rpt_disqualification_rates"):
        if (
            row["period"] == "trailing_four_weeks"
            and row["week_start"] == company.last_complete("weekly")
            and row["dimension"] in ("all", "source")
            and row["trigger"] == "joint_review"
        ):
            name = row["dimension_value"] if row["dimension"] == "source" else "all sources"
            parts = [
                f"{name}: {row['rejected']} of {row['dispositioned']} rejected",
                f"({tenths(row['rate'])})",
                f"above {tenths(row['joint_review_above'])}",
            ]
            if not row["is_conclusive"]:
                parts.append("chance")
            for meeting in MEETINGS:
                yield _of_row(
                    *(meeting, "joint_review", "joint", name, row["rate"], parts),
                    *("rpt_disqualification_rates", row),
                )


def _of_row(
    meeting: str,
    topic: str,
    side: str,
    subject: str,
    weight: float,
    parts: list[str],
    rows_in: str,
    row: dict[str, Any],
) -> Item:
    key = tuple(row[column] for column in KEYS[rows_in])
    return Item(meeting, topic, side, subject, float(weight), parts, rows_in, {key})


# --- what to decide -------------------------------------------------------------------------


def _coverage(company: Company) -> Iterator[Item]:
    for row in company.table("rpt_pipeline_coverage_totals"):
        running = company.start("quarter", company.today)
        if row["quarter_start"] == running and row["coverage"] is not None:
            parts = [
                f"{plain(row['coverage'], 2)} times",
                f"{plain(row['remaining_quota'], 0)} {company.currency} is open",
            ]
            subject = f"{row['dimension']} {row['dimension_value']}"
            yield _of_row(
                *("quarterly", "coverage", "joint", subject, row["remaining_quota"], parts),
                *("rpt_pipeline_coverage_totals", row),
            )


def _benchmarks(company: Company) -> Iterator[Item]:
    sides = {"upstream": "marketing", "downstream": "sales"}
    for row in company.table("rpt_source_benchmarks"):
        is_last = row["quarter_start"] == company.last_complete("quarterly")
        if is_last and row["verdict"] == "below":
            parts = [f": {row['observed']} where", f"diagnosis {row['diagnosis']}"]
            yield _of_row(
                *("quarterly", "benchmark", sides.get(row["diagnosis"], "joint")),
                *(f"{row['source']} {row['step']}", row["expected"] - row["observed"], parts),
                *("rpt_source_benchmarks", row),
            )


def _decisions(company: Company) -> Iterator[Item]:
    for row in company.table("rpt_source_decisions"):
        is_last = row["month_start"] == company.last_complete("monthly")
        if is_last and row["decision"] in ("invest", "cut"):
            parts = [f"{row['source']}: {row['decision']}. ", row["reason"]]
            yield _of_row(
                *("monthly", "source_decision", "marketing", row["source"], row["mql"], parts),
                *("rpt_source_decisions", row),
            )


def _mix(company: Company) -> Iterator[Item]:
    for row in company.table("rpt_channel_mix"):
        is_last = row["quarter_start"] == company.last_complete("quarterly")
        if is_last and row["is_flagged"]:
            parts = [row["source"], tenths(row["pipeline_share"])]
            yield _of_row(
                *("quarterly", "channel_mix", "joint", row["source"], row["pipeline_share"]),
                *(parts, "rpt_channel_mix", row),
            )


def _definition(company: Company) -> Iterator[Item]:
    for row in company.table("rpt_definition_stress_test"):
        if row["dimension"] == "all" or not (row["is_emerging_conclusive"] or row["cooling"]):
            continue
        subject = f"{row['dimension']} {row['dimension_value']}"
        parts = [f"{subject}: "]
        if row["is_emerging_conclusive"]:
            parts.append(f"{row['won_outside']} deal")
        if row["cooling"]:
            parts += [f"fell to {tenths(row['won_share'])}", tenths(row["won_share_before"])]
        yield _of_row(
            *("quarterly", "definition", "joint", subject, row["won_outside"], parts),
            *("rpt_definition_stress_test", row),
        )


def _completeness(company: Company) -> Iterator[Item]:
    for row in company.table("rpt_data_completeness"):
        if (
            row["period"] == "month"
            and row["period_start"] == company.last_complete("monthly")
            and row["dimension"] == "all"
            and row["field"] != "all"
            and row["field"] in company.exported
            and row["verdict"] == "missed"
        ):
            parts = [
                f"{row['field']}: valid on {row['valid']} of {row['evaluated']}",
                f"({tenths(row['rate'])}), {tenths(row['target_rate'])} promised",
            ]
            yield _of_row(
                *("monthly", "completeness", "marketing", row["field"]),
                *(row["target_rate"] - row["rate"], parts, "rpt_data_completeness", row),
            )


def _integrity(company: Company) -> Iterator[Item]:
    quarter = company.last_complete("quarterly")
    for row in company.table("rpt_integrity_signals"):
        is_high = row["severity"] == "high"
        meetings = []
        if row["is_flagged"] and is_high and row["period_start"] >= quarter:
            meetings.append("monthly")
        if row["is_flagged"] and row["period_start"] == quarter:
            meetings.append("quarterly")
        for meeting in meetings:
            signal = row["signal_id"]
            rows = company.keys(
                "rpt_integrity_evidence",
                lambda one, of=signal: one["signal_id"] == of,  # type: ignore[misc]
            )
            yield Item(
                *(meeting, "integrity", "joint", signal, 2.0 if is_high else 1.0),
                *([row["explanation"]], "rpt_integrity_evidence", rows),
            )
