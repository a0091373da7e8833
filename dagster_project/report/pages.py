"""Which pages there are, what each is given, and their rendering.

Belongs here: one function per kind of page. Does not belong here: queries (reading) and shapes that
several pages share (views).
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from dagster_project.report import agreement, views, words
from dagster_project.report.reading import Night, Row
from dagster_project.report.slugs import slug

_TEMPLATES = Path(__file__).with_name("templates")
# What comes from the data is escaped and makes no comment.
_PLACES = re.compile(r"<!--(?:restricted|lead (.*?))-->", re.DOTALL)
_RESTRICTED = '<span class="restricted">Restricted: names leads</span>'
_QUARTERS = 5
_WEEKS = 65

# What stands at the top of every page.
NAVIGATION = (
    ("index.html", "Scorecard"),
    ("agenda.html", "Agenda"),
    ("sources.html", "Sources"),
    ("teams.html", "Teams"),
    ("rejections.html", "Rejections"),
    ("pipeline.html", "Pipeline"),
    ("trust.html", "Trust"),
    ("agreement.html", "Agreement"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is rendered: where it lies below the folder, its template, its content."""

    path: str
    template: str
    title: str
    content: Mapping[str, Any]


def all_pages(night: Night) -> list[Page]:
    """Every page of the scorecard; charts are drawn here, once for both builds."""
    of = views.periods(night)
    by_side = views.lines(night, of)
    parts = views.parts(night)
    shared = {"of": of, "sides": by_side, "order": _clause_order(by_side)}
    return [
        _index(night, shared),
        _agenda(night),
        *_clauses(night, shared),
        *_sources(night, parts, shared),
        *_teams(night, parts, shared),
        _rejections(night),
        _pipeline(night),
        _trust(night),
        _agreement(night),
    ]


def rendered(pages: list[Page], night: Night) -> dict[str, str]:
    """The pages by path, with comments where the restricted build says who a lead is."""
    environment = _environment()
    shared = {
        "night": night,
        "navigation": NAVIGATION,
        "version": _version_in_force(night),
        "currency": night.currency,
        "calendar": night.fiscal_month,
    }
    found = {}
    for page in pages:
        template = environment.get_template(page.template)
        found[page.path] = template.render(
            **shared,
            **page.content,
            title=page.title,
            path=page.path,
            root="../" * page.path.count("/"),
        )
    return found


def for_everybody(page: str) -> str:
    """A rendered page without the places for names."""
    return _PLACES.sub("", page)


def with_names(page: str, persons: Mapping[str, Row]) -> str:
    """A rendered page with who each lead is, by lead_key, and with what it is marked by."""

    def who(place: re.Match[str]) -> str:
        if place[1] is None:
            return _RESTRICTED
        person = persons.get(html.unescape(place[1]), {})
        told = [person.get(part) for part in ("name", "company", "email")]
        text = escape(", ".join(part for part in told if part))
        return f'<span class="person">{text}</span>' if text else ""

    return _PLACES.sub(who, page)


def source_page(source: str) -> str:
    """Where the page of a source lies."""
    return f"sources/{slug(source)}.html"


def team_page(team: str) -> str:
    """Where the page of a team lies."""
    return f"teams/{slug(team)}.html"


def clause_page(clause: str) -> str:
    """Where the page of a clause lies."""
    return f"clauses/{slug(clause)}.html"


def _index(night: Night, shared: dict[str, Any]) -> Page:
    quarters = sorted({row["quarter_start"] for row in night.benchmarks}, reverse=True)
    running = [row for row in night.benchmarks if row["quarter_start"] == quarters[0]]
    last = [row for row in night.benchmarks if row["quarter_start"] in quarters[1:]]
    return Page(
        "index.html",
        "index.html.j2",
        "Scorecard",
        shared
        | {
            "headline": views.headline(shared["sides"], shared["of"]),
            "agenda": [item for item in night.agenda if item["meeting"] == "weekly"],
            "benchmarks": [
                (quarter, rows, [row for row in rows if row["verdict"] in ("below", "above")])
                for quarter, rows in ((quarters[:1], running), (quarters[1:2], last))
                if rows
            ],
            "queues": _queues(night),
            "rejection": next((r for r in night.rejection_rates if r["dimension"] == "all"), None),
            "above": _above_limit(night),
            "coverage": _coverage(night),
            "kinds_of_problems": len(night.problems),
            "problems": sum(row["times"] for row in night.problems),
        },
    )


def _agenda(night: Night) -> Page:
    items = views.by_key(night.agenda, "meeting")
    meetings = [(meeting, items.get(meeting, [])) for meeting in words.MEETINGS]
    return Page("agenda.html", "agenda.html.j2", "Agenda", {"meetings": meetings})


def _clauses(night: Night, shared: dict[str, Any]) -> Iterator[Page]:
    of = shared["of"]
    for line in (*shared["sides"]["marketing"], *shared["sides"]["sales"]):
        terms = [term for term in night.agreement.terms if term["clause"] == line.code]
        yield Page(
            clause_page(line.code),
            "clause.html.j2",
            line.name,
            shared
            | {
                "line": line,
                "terms": agreement.in_force(terms, night.today),
                "chart": views.trend_chart(night, line.code, _WEEKS),
                "quarters": views.history(night, line.code, "quarter", _QUARTERS),
                "weeks": views.history(night, line.code, "week", _WEEKS),
                "breakdown": views.breakdown(night, line.code, of),
                "unjudged": [row for row in night.assessability if row["clause"] == line.code],
                "what": ("clause", line.code),
            },
        )


def _sources(
    night: Night, parts: dict[str, dict[str, views.Part]], shared: dict[str, Any]
) -> Iterator[Page]:
    benchmarks = views.by_key(night.benchmarks, "source")
    decisions = views.by_key(night.decisions, "source")
    mix = views.by_key(night.channel_mix, "source")
    funnel = views.by_key(night.funnel, "dimension", "dimension_value")
    names = sorted({*parts["source"], *benchmarks, *decisions, *mix} | _of_leads(night, "source"))
    running = max((row["quarter_start"] for row in night.benchmarks), default=None)
    rates = {r["dimension_value"]: r for r in night.rejection_rates if r["dimension"] == "source"}
    yield Page(
        "sources.html",
        "sources.html.j2",
        "Sources",
        shared
        | {
            "names": names,
            "running": running,
            "benchmarks": {
                (row["source"], row["step"]): row
                for row in night.benchmarks
                if row["quarter_start"] == running
            },
            "decisions": {name: rows[0] for name, rows in decisions.items()},
            "rates": rates,
        },
    )
    for name in names:
        yield Page(
            source_page(name),
            "source.html.j2",
            name,
            shared
            | {
                "name": name,
                "part": parts["source"].get(name, views.Part(name)),
                "benchmarks": benchmarks.get(name, []),
                "chart": views.curve_chart(night, name),
                "decision": next(iter(decisions.get(name, [])), None),
                "mix": next(iter(mix.get(name, [])), None),
                "funnel": funnel.get(("source", name), [])[:_QUARTERS],
                "rate": rates.get(name),
                "reasons": _reasons(night, "source", name),
                "waiting": [row for row in night.queue if row["source"] == name],
                "what": ("source", name),
            },
        )


def _teams(
    night: Night, parts: dict[str, dict[str, views.Part]], shared: dict[str, Any]
) -> Iterator[Page]:
    names = sorted({*parts["team"]} | _of_leads(night, "team"))
    rates = {r["dimension_value"]: r for r in night.rejection_rates if r["dimension"] == "team"}
    reps = views.by_key(
        (
            {"team": night.owners.get(key, {}).get("team"), "part": part}
            for key, part in parts["owner"].items()
        ),
        "team",
    )
    yield Page(
        "teams.html",
        "teams.html.j2",
        "Teams",
        shared | {"names": names, "parts": parts["team"]},
    )
    for name in names:
        yield Page(
            team_page(name),
            "team.html.j2",
            "Not routed" if name == "not_routed" else name,
            shared
            | {
                "name": name,
                "part": parts["team"].get(name, views.Part(name)),
                "reps": [row["part"] for row in reps.get(name, [])],
                "rate": rates.get(name),
                "reasons": _reasons(night, "team", name),
                "waiting": [r for r in night.queue if (r["team"] or "not_routed") == name],
                "what": ("team", name),
            },
        )


def _rejections(night: Night) -> Page:
    return Page(
        "rejections.html",
        "rejections.html.j2",
        "Rejections",
        {
            "queues": _queues(night),
            "rows": views.by_key(night.queue, "queue"),
            "chart": views.rejection_chart(night),
            "trend": night.rejection_trend[::-1],
            "rates": [r for r in night.rejection_rates if r["dimension"] == "source"],
            "whole": next((r for r in night.rejection_rates if r["dimension"] == "all"), None),
            "reasons": _reasons(night, "all", "all"),
        },
    )


def _pipeline(night: Night) -> Page:
    whole = [row for row in night.coverage if row["dimension"] == "all"]
    running = _running_coverage(whole)
    near = [] if running is None else _around(whole, running)
    start = None if running is None else running["quarter_start"]
    return Page(
        "pipeline.html",
        "pipeline.html.j2",
        "Pipeline",
        {
            "running": running,
            "near": near[::-1],
            "chart": views.coverage_chart(night, near),
            "cuts": [
                row
                for row in night.coverage
                if row["quarter_start"] == start and row["dimension"] != "all"
            ],
            "parts": [row for row in night.coverage_parts if row["quarter_start"] == start],
            "mix": [row for row in night.channel_mix if row["quarter_start"] == start],
            "funnel": [row for row in night.funnel if row["dimension"] == "all"][:_QUARTERS],
        },
    )


def _trust(night: Night) -> Page:
    return Page(
        "trust.html",
        "trust.html.j2",
        "Trust",
        {"evidence": views.by_key(night.evidence, "signal_id")},
    )


def _agreement(night: Night) -> Page:
    agreed = night.agreement
    terms = agreement.in_force(agreed.terms, night.today)
    by_clause = views.by_key(terms, "clause")
    return Page(
        "agreement.html",
        "agreement.html.j2",
        "Agreement",
        {
            "promises": {
                side: [
                    (code, [term for term in by_clause[code] if term["side"] == side])
                    for code in words.CLAUSES
                    if any(term["side"] == side for term in by_clause.get(code, []))
                ]
                for side in ("marketing", "sales")
            },
            "volume": agreement.volume_grid(by_clause.get("volume", [])),
            "criteria": views.by_key(agreement.in_force(agreed.criteria, night.today), "kind"),
            "fields": agreement.in_force(agreed.provisions["required_field"], night.today),
            "calendars": [
                (
                    row,
                    agreement.hours(agreed, row["calendar_id"]),
                    agreement.holidays(agreed, row["calendar_id"], night.today),
                )
                for row in agreed.calendars
            ],
            "settings": agreement.settings(agreed),
            "versions": agreement.versions(agreed, night.today),
        },
    )


def _clause_order(by_side: dict[str, list[views.Line]]) -> list[tuple[str, str]]:
    """Clauses of both sides with who owes them, as they stand on the scorecard."""
    return [(line.code, side) for side in ("marketing", "sales") for line in by_side[side]]


def _queues(night: Night) -> list[Row]:
    counted = {row["queue"]: row for row in night.queue_totals}
    nothing = {"leads": 0, "overdue": 0, "oldest": None}
    return [
        {"queue": queue, "name": name, "side": side} | nothing | counted.get(queue, {})
        for queue, (name, side) in words.QUEUES.items()
    ]


def _above_limit(night: Night) -> list[Row]:
    return [
        row
        for row in night.rejection_rates
        if row["dimension"] == "source" and row["trigger"] is not None
    ]


def _reasons(night: Night, dimension: str, value: str) -> list[Row]:
    return [
        row
        for row in night.reasons
        if row["dimension"] == dimension and row["dimension_value"] == value
    ]


def _coverage(night: Night) -> Row | None:
    return _running_coverage([row for row in night.coverage if row["dimension"] == "all"])


def _running_coverage(whole: list[Row]) -> Row | None:
    """The running quarter: the first of those that are not complete; the last one else."""
    open_ones = [row for row in whole if not row["is_complete"]]
    return min(open_ones or whole[:1], key=lambda row: row["quarter_start"], default=None)


def _around(whole: list[Row], running: Row) -> list[Row]:
    """The running quarter with the four before and the one after, in order."""
    rows = sorted(whole, key=lambda row: row["quarter_start"])
    place = rows.index(running)
    return rows[max(0, place - 4) : place + 2]


def _of_leads(night: Night, what: str) -> set[str]:
    listed = {*night.leads.missed_totals, *night.leads.pending_totals}
    queued = {("team", row["team"] or "not_routed") for row in night.queue}
    queued |= {("source", row["source"]) for row in night.queue}
    return {value for kind, value in listed | queued if kind == what}


def _version_in_force(night: Night) -> agreement.Version | None:
    found = agreement.versions(night.agreement, night.today)
    return next((version for version in found if version.is_current), None)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {
        "style": Markup(style),
        "style_hash": f"sha256-{digest}",
        "words": words,
        "promises_of": agreement,
        "source_page": source_page,
        "team_page": team_page,
        "clause_page": clause_page,
    }
    environment.filters |= {
        "percent": words.percent,
        "number": words.number,
        "amount": words.amount,
        "ratio": words.ratio,
        "day": words.day,
        "instant": words.instant,
        "duration": words.duration,
        "quarter": words.quarter,
        "cell": words.cell,
        "heading": words.heading,
    }
    return environment
