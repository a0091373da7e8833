"""The agreement in words, its versions and what changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dagster_project.report import agreement
from dagster_project.report.reading import Agreement

FIRST, SECOND = date(2024, 1, 1), date(2026, 1, 1)


def term(clause: str, **changes: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("segment", "region", "min_count", "limit_value", "limit_unit", "clock"))
    return {
        **blank,
        "term_id": clause,
        "clause": clause,
        "side": "sales",
        "target_rate": 0.9,
        "require_note": False,
        "effective_from": FIRST,
        "effective_to": None,
    } | changes


def agreed(*terms: dict[str, Any], fields: tuple[dict[str, Any], ...] = ()) -> Agreement:
    return Agreement([*terms], [], [], {"required_field": [*fields], "business_hours": []})


@pytest.mark.parametrize(
    ("clause", "changes", "text"),
    [
        ("handoff", {"limit_value": 5.0, "limit_unit": "minutes", "clock": "wall"}, "5 minutes"),
        (
            "speed_to_lead",
            {"limit_value": 60.0, "limit_unit": "minutes", "clock": "business"},
            "60 business minutes",
        ),
        ("disposition", {"limit_value": 1.0, "limit_unit": "hours"}, "within 1 hour"),
        ("cadence", {"min_count": 6, "limit_value": 10.0, "limit_unit": "days"}, "6 touches over"),
        ("feedback", {"require_note": True}, "and a written note"),
        ("volume", {"min_count": 1200}, "1,200 MQLs a month"),
    ],
)
def test_a_term_in_words(clause: str, changes: dict[str, Any], text: str) -> None:
    assert text in agreement.promise(clause, [term(clause, **changes)])


def test_terms_that_differ_say_so() -> None:
    terms = [
        term("handoff", segment="smb", limit_value=9.0, limit_unit="hours"),
        term("handoff", limit_value=5.0, limit_unit="minutes"),
    ]
    assert agreement.promise("handoff", terms) == (
        "A sales rep owns the MQL within 5 minutes; terms differ by segment or region"
    )
    assert agreement.promise("handoff", []) == "No term is in force."


def test_versions_say_what_changed() -> None:
    old = term("volume", segment="smb", min_count=5, target_rate=1.0, effective_to=SECOND)
    new = term("volume", segment="smb", min_count=6, target_rate=1.0, effective_from=SECOND)
    gone = term("cadence", min_count=6, effective_to=SECOND)
    field = {
        "subject": "phone",
        "value": "present",
        "effective_from": SECOND,
        "effective_to": None,
    }
    found = agreement.versions(
        agreed(old, new, gone, term("fit"), fields=(field,)), date(2026, 5, 1)
    )
    assert [(version.start, version.end) for version in found] == [(SECOND, None), (FIRST, SECOND)]
    assert [version.is_current for version in found] == [True, False]
    assert [change.replace("\u202f", " ") for change in found[0].changes] == [
        "Cadence: no longer, was at least 6 touches before giving up, target 90 %",
        "Volume (smb): 6 MQLs a month, target 100 %, was 5 MQLs a month, target 100 %",
        "Required field phone: new, is filled",
    ]
    assert found[1].changes == []


def test_a_version_of_the_future_is_not_in_force() -> None:
    found = agreement.versions(
        agreed(term("fit", effective_to=SECOND), term("fit", effective_from=SECOND, target_rate=1)),
        date(2025, 12, 31),
    )
    assert [version.is_current for version in found] == [False, True]


def test_an_agreement_without_dates_has_one_version() -> None:
    (version,) = agreement.versions(agreed(), date(2026, 1, 1))
    assert (version.start, version.end, version.is_current) == (None, None, True)


def test_equal_days_open_together() -> None:
    rows = [
        {"subject": "dach", "position": day, "value": value}
        for day in range(1, 6)
        for value in (("13:00 to 17:00", "09:00 to 12:00") if day < 5 else ("09:00 to 15:00",))
    ]
    rows.append({"subject": "other", "position": 6, "value": "00:00 to 24:00"})
    one = Agreement([], [], [], {"business_hours": rows})
    assert agreement.hours(one, "dach") == [
        ("Mon to Thu", "09:00 to 12:00, 13:00 to 17:00"),
        ("Fri", "09:00 to 15:00"),
    ]
