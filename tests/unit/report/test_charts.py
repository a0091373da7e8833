"""Charts as they stand in a page."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

from dagster_project.report import charts

STYLE = Path(charts.__file__).with_name("templates") / "style.css"


Rows = list[dict[str, charts.Value]]


def weeks(*values: float | None) -> Rows:
    return [
        {
            "at": date(2026, 1, 5) + timedelta(weeks=n),
            "value": value,
            "target": 0.9,
            "low": 0.1,
            "high": 0.99,
            "is_missed": value == 0.5,
            "is_last": n == len(values) - 1,
        }
        for n, value in enumerate(values)
    ]


def test_a_chart_is_named_and_the_same_every_time() -> None:
    rows = weeks(0.5, 0.7, None, 0.9)
    first = charts.weeks(rows, 'Fit & "more"')
    assert first == charts.weeks(rows, 'Fit & "more"')
    assert 'role="img" aria-label="Fit &amp; &#34;more&#34;"' in first
    assert 'viewBox="0 0 340 190"' in first


def test_a_chart_follows_the_style_sheet_and_asks_for_nothing() -> None:
    rows = weeks(0.5, 0.7, None, 0.9)
    curve: Rows = [{"days": day, "share": day / 100, "step": "MQL to SQL"} for day in range(9)]
    quarter: Rows = [{"quarter": "Q4", "won": 2e6, "open": 1e6, "top": 3e6, "quota": None}]
    known = set(re.findall(r"--[a-z-]+(?=:)", STYLE.read_text()))
    for chart in (
        charts.spark(rows, "x"),
        charts.weeks(rows, "x"),
        charts.weeks(rows, "x", unit="count"),
        charts.curves(curve, "x"),
        charts.quarters(quarter, "x"),
    ):
        assert set(re.findall(r"var\((--[a-z-]+)\)", chart)) <= known
        assert re.findall(r'(?:fill|stroke)="(#[^"]*|black|white)"', chart) == []
        assert not re.search(r"style=|url\(|\bid=|<script|href=", chart)


def test_a_missed_week_has_a_cross_of_its_own() -> None:
    crosses = [chart.count("var(--missed)") for chart in map(_chart, ((0.5, 0.5, 0.9), (0.9, 0.9)))]
    assert crosses == [2, 0]


def _chart(values: tuple[float, ...]) -> str:
    return charts.weeks(weeks(*values), "x")


def test_a_week_without_data_is_a_gap() -> None:
    whole, broken = (charts.spark(weeks(0.1, 0.2, gap, 0.3, 0.4), "x") for gap in (0.2, None))
    assert whole.count("M") < broken.count("M")


def test_nothing_measured_is_no_chart() -> None:
    assert charts.spark(weeks(None, None), "x") == ""
    assert charts.weeks([], "x") == ""
    assert charts.curves([], "x") == ""
    assert charts.quarters([], "x") == ""
