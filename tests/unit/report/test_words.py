"""Numbers and times as they read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from dagster_project.report import words


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (2 / 3, "66.7 %"),
        (0.9995, "100 %"),
        (0.00049, "0 %"),
    ],
)
def test_percent(share: float | None, text: str) -> None:
    assert words.percent(share).replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (Decimal("0"), "EUR 0"),
        (Decimal("999"), "EUR 999"),
        (Decimal("2539668"), "EUR 2.54 M"),
        (Decimal("468900"), "EUR 469 k"),
        (999_600, "EUR 1.00 M"),
        (12_340_000, "EUR 12.3 M"),
        (-5_000, "EUR -5.00 k"),
        (3e9, "EUR 3.00 bn"),
    ],
)
def test_amount(value: Decimal | float | None, text: str) -> None:
    assert words.amount(value, "EUR").replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (5400, "90 min"),
        (7200, "2 h"),
        (200_000, "2.3 d"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert words.duration(seconds).replace("\u202f", " ") == text


def test_dates_and_periods() -> None:
    assert words.day(date(2026, 11, 9)) == "9\u00a0Nov\u00a02026"
    assert words.instant(datetime(2026, 11, 20, 2, 5)) == "20\u00a0Nov\u00a02026 02:05"
    assert words.quarter(date(2026, 10, 1), 1) == "Q4\u00a02026"
    assert words.quarter(date(2026, 2, 1), 2) == "Q1 from Feb\u00a02026"


def test_cells_of_whatever_table() -> None:
    assert words.cell("won_rate", 0.5).replace("\u202f", " ") == "50 %"
    assert words.cell("expected", 5.04) == "5.04"
    assert words.cell("is_open", True) == "yes"
    assert words.cell("reason", None) == "–"
    assert words.called("what_is_new", words.STEPS) == "what_is_new"
