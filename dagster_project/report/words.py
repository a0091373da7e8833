"""What the codes of the marts are called, and how numbers and times read.

Belongs here: names of leadpact's own codes, formats. Does not belong here: names of the company's
own things (sources, teams, segments, fields), which are shown as the agreement writes them.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Between a number and its unit: thin, and no place to break a line.
_THIN = "\u202f"
NOTHING = "\u2013"

CLAUSES = {
    "volume": "Volume",
    "fit": "Fit",
    "completeness": "Complete data",
    "handoff": "Hand-off",
    "contest_review": "Review of rejections",
    "speed_to_lead": "Speed to lead",
    "disposition": "Disposition",
    "cadence": "Cadence",
    "feedback": "Feedback",
}
JOINT = {
    "acceptance": "Acceptance",
    "disqualification": "Disqualification",
    "sql": "Sales-qualified leads",
    "pipeline_created": "Pipeline created",
    "won": "Closed won",
    "coverage": "Pipeline coverage",
    "sources_below": "Sources below benchmark",
}
JOINT_MEANING = {
    "acceptance": "accepted, of the leads that sales decided on",
    "disqualification": "rejected, of the leads first disposed of",
    "sql": "lead cycles that became sales qualified",
    "pipeline_created": "amount of the opportunities created",
    "won": "amount of the opportunities won",
    "coverage": "open pipeline, as a multiple of the quota that remains this quarter",
    "sources_below": "sources that convert below their own past this quarter",
}
SIDES = {"marketing": "Marketing", "sales": "Sales", "joint": "Both"}
STEPS = {
    "mql_to_sql": "MQL to SQL",
    "sql_to_opportunity": "SQL to opportunity",
    "opportunity_to_won": "Opportunity to won",
}
VERDICTS = {
    "met": "Met",
    "missed": "Missed",
    "no_data": "No data",
    "no_target": "No target",
    "not_assessable": "Not assessable",
}
COMPARISONS = {
    "below": "Below",
    "within": "Within",
    "above": "Above",
    "too_few": "Too few",
}
DIAGNOSES = {
    "upstream": "Upstream: lead quality",
    "downstream": "Downstream: sales execution",
    "both": "Both: lead quality and sales execution",
    "joint_review": "Joint review: neither explains it",
}
DECISIONS = {"invest": "Invest", "cut": "Cut", "hold": "Hold", "too_early": "Too early"}
TOPICS = {
    "escalation": "Escalation",
    "missed_clause": "Missed clause",
    "waiting": "Waiting leads",
    "joint_review": "Joint review",
    "coverage": "Coverage",
    "benchmark": "Benchmark",
    "source_decision": "Source",
    "channel_mix": "Channel mix",
    "definition": "Lead definition",
    "completeness": "Complete data",
    "integrity": "Integrity",
    "not_assessable": "Not assessable",
}
MEETINGS = {"weekly": "Weekly review", "monthly": "Monthly review", "quarterly": "Quarterly review"}
REASONS = {
    "wrong_icp": "Wrong ICP",
    "no_budget": "No budget",
    "no_compelling_event": "No compelling event",
    "wrong_contact_level": "Wrong contact level",
    "bad_timing": "Bad timing",
}
REASON_KINDS = {
    "outside_taxonomy": "Outside the taxonomy",
    "unlisted": "Not listed in the agreement",
    "missing": "None given",
}
SIGNALS = {
    "over_disqualifying": "Over-disqualifying",
    "bar_lowering": "Lowered bar",
    "ignored_leads": "Ignored leads",
    "late_logging": "Late logging",
    "bulk_dispositions": "Bulk dispositions",
    "touch_bursts": "Touch bursts",
    "deleted_while_pending": "Deleted while pending",
}
QUEUES = {
    "disposition": ("Wait for a disposition", "sales"),
    "ruling": ("Wait for a ruling", "marketing"),
    "contested": ("Contested", "joint"),
}
RESTATEMENTS = {
    "agreement": "another agreement was applied",
    "version": "another version of leadpact judged",
    "replay": "a replay of the past",
    "late_data": "the exports said something new about the past",
}
TRENDS = {"improving": "improving", "worsening": "worsening", "steady": "steady"}
OUTCOMES = {"met": "met", "missed": "missed", "pending": "pending", "exempt": "exempt"}
SETTINGS = {
    "reporting_timezone": "Time zone of dates and weeks",
    "reporting_currency": "Currency",
    "default_calendar": "Calendar of teams that name none",
    "fiscal_year_start_month": "First month of the fiscal year",
    "mql_entry": "What makes an MQL",
    "mql_score_threshold": "Score that makes an MQL",
    "requalification_gap_days": "Days after which a returning lead counts to volume again",
    "touch_spacing_minutes": "Minutes between touches that both count",
    "conversion_window_days": "Days within which a conversion is looked for",
    "logging_grace_minutes": "Minutes within which an activity is to be logged",
    "joint_review_rejection_rate": "Share rejected above which both sides meet",
}
FIELD_RULES = {
    "present": "is filled",
    "email": "is a valid address",
    "number": "is a number",
    "in_sources": "is a source of the agreement",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def called(code: str | None, words: dict[str, str]) -> str:
    """The name of a code; one this version does not know is shown as it is."""
    return NOTHING if code is None else words.get(code, code)


def clause(code: str) -> str:
    """The name of a clause or a joint metric."""
    return CLAUSES.get(code) or JOINT.get(code, code)


def percent(share: float | None) -> str:
    """0.6667 -> `66.7 %`; without decimals where there are none."""
    return NOTHING if share is None else f"{_short(share * 100, 1)}{_THIN}%"


def number(value: float | Decimal | None, digits: int = 1) -> str:
    """1234.5 -> `1,234.5`."""
    return NOTHING if value is None else _short(value, digits)


def amount(value: float | Decimal | None, currency: str) -> str:
    """2539668 -> `USD 2.54 M`, three figures that matter."""
    if value is None:
        return NOTHING
    size = abs(float(value))
    for least, unit in ((999.5e6, "bn"), (999.5e3, "M"), (999.5, "k")):
        if size >= least:
            scaled = float(value) / {"bn": 1e9, "M": 1e6, "k": 1e3}[unit]
            digits = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
            return f"{currency} {scaled:,.{digits}f}{_THIN}{unit}"
    return f"{currency} {float(value):,.0f}"


def ratio(value: float | None) -> str:
    """2.97 -> `2.97 ×`."""
    return NOTHING if value is None else f"{float(value):.2f}{_THIN}×"


def measure(value: float | None, unit: str, currency: str) -> str:
    """A figure of the scorecard in its unit: rate, count, amount or ratio."""
    if unit == "rate":
        return percent(value)
    if unit == "amount":
        return amount(value, currency)
    return ratio(value) if unit == "ratio" else number(value)


def duration(seconds: float | None) -> str:
    """Seconds in the largest unit of which there are two: `45 min`, `3.2 h`, `4 d`."""
    if seconds is None:
        return NOTHING
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= 2 * size:
            return f"{_short(seconds / size, 1)}{_THIN}{unit}"
    return f"{seconds:.0f}{_THIN}s"


def day(value: date | None, *, weekday: bool = False) -> str:
    """`20 Nov 2026`, or `Fri 20 Nov 2026`."""
    if value is None:
        return NOTHING
    text = f"{value.day}\u00a0{value:%b}\u00a0{value.year}"
    return f"{value:%a} {text}" if weekday else text


def instant(value: datetime | None) -> str:
    """`20 Nov 2026 02:00`; the marts hold UTC."""
    return NOTHING if value is None else f"{day(value)} {value:%H:%M}"


def week(start: date) -> str:
    """`Week of 9 Nov`."""
    return f"Week of {start.day}\u00a0{start:%b}"


def month(start: date) -> str:
    """`November 2026`."""
    return f"{start:%B}\u00a0{start.year}"


def quarter(start: date, first_month: int) -> str:
    """`Q4 2026`; where the fiscal year begins elsewhere `Q4 from Oct 2026`."""
    index = (start.month - first_month) % 12 // 3 + 1
    if first_month == 1:
        return f"Q{index}\u00a0{start.year}"
    return f"Q{index} from {start:%b}\u00a0{start.year}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 lead`, `2 leads`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def cell(column: str, value: Any) -> str:
    """A value of whatever public column, by its name and type."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, float) and {"rate", "share"} & {*column.split("_")}:
        return percent(value)
    if isinstance(value, int | float | Decimal):
        return number(value, 2)
    return str(value)


def heading(column: str) -> str:
    """`due_at` -> `Due`: the name of a public column as a heading."""
    text = column.removesuffix("_at").removesuffix("_key").replace("_", " ")
    return text[:1].upper() + text[1:]


def _short(value: float | Decimal, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "\u2212")
