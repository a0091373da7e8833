"""The pages: what they show, what they hide, what they survive."""

from __future__ import annotations

import itertools
import re
import stat
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dagster_project.errors import UsageError
from dagster_project.report import build_scorecard, reading, rebuild
from dagster_project.report.pages import clause_page, source_page, team_page
from dagster_project.settings import PROJECT_ROOT
from tests.unit.report.publication import (
    HOSTILE,
    THIS_MONTH,
    THIS_QUARTER,
    THIS_WEEK,
    benchmark,
    clause,
    compliance,
    large_company,
    obligation,
    publish_by_hand,
    settings,
    term,
)
from tests.unit.report.reading_pages import Seen, see


def made(folder: Path, rows: dict[str, list[dict[str, Any]]] | None = None) -> Path:
    version = publish_by_hand(folder / "published", rows)
    build_scorecard(version)
    return version / "scorecard"


def pages(folder: Path) -> Iterator[tuple[Path, Seen]]:
    for file in sorted(folder.rglob("*.html")):
        yield file, see(file)


def company(**changes: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """One clause of each side, one source, one lead that was missed."""
    rows = {
        "marts.dim_agreement_provision": settings(),
        "marts.dim_sla_term": [
            term("fit", "marketing"),
            term("speed_to_lead", "sales", limit_value=60, limit_unit="minutes", clock="business"),
        ],
        "marts.rpt_scorecard": [
            *clause("acceptance", "joint", position=1, target=None, verdict="no_target")
            + clause("fit", "marketing", position=2, verdict="met", actual=0.95, part=19, whole=20)
            + clause("speed_to_lead", "sales", position=3)
        ],
        "marts.rpt_sla_compliance": [
            compliance("speed_to_lead", "sales"),
            compliance("speed_to_lead", "sales", period="week", period_start=THIS_WEEK)
            | {"is_complete": False},
            compliance("speed_to_lead", "sales", period="quarter", period_start=THIS_QUARTER)
            | {"is_complete": False, "met": 80, "missed": 20},
            compliance("speed_to_lead", "sales", dimension="team", dimension_value="SDR")
            | {"period": "quarter", "period_start": THIS_QUARTER, "is_complete": False},
        ],
        "marts.rpt_source_benchmarks": [benchmark("web")],
        "marts.dim_owner": [{"owner_key": "salesforce:005", "name": "Ann Rep", "team": "SDR"}],
        "marts.fct_sla_obligations": [obligation("salesforce:1#1", "speed_to_lead", "sales")],
        "marts.sla_explanations": [
            {"cycle_id": "salesforce:1#1", "clause": "speed_to_lead", "explanation": "Too late."}
        ],
        "ops.loads": [
            {"crm": "salesforce", "status": "loaded", "rows_loaded": 12, "file_name": "Lead.csv"}
            | {"exported_at": datetime(2026, 11, 20, 2)}
        ],
        "restricted.leads": [
            {"lead_key": "salesforce:1", "name": "Zoe Prospect", "company": "Acme"}
            | {"email": "zoe@acme.example"}
        ],
    }
    return rows | changes


def test_the_first_page_says_what_the_scorecard_says(tmp_path: Path) -> None:
    page = see(made(tmp_path, company()) / "index.html")
    assert (
        page.text.count("Week of 9 Nov 2026: Marketing kept 1 of 1 promise, sales kept 0 of 1") == 1
    )
    assert "1 clause is escalated" not in page.text  # both rows say that they are
    sales, marketing = page.table("sales"), page.table("marketing")
    assert sales.rows[1][0] == (
        "Speed to lead First touch within 60 business minutes of the hand-off; target 90 % "
        "⚑ Escalated: 2 weeks missed in a row"
    )
    assert sales.rows[1][1:4] == ["80 %8 of 10✕ Missed"] * 3
    assert marketing.rows[1][1:4] == ["95 %19 of 20✓ Met"] * 3
    assert "As of Fri 20 Nov 2026 (20 Nov 2026 02:00 UTC)" in page.text
    assert "from the exports of salesforce (20 Nov 2026 02:00)" in page.text
    assert "under the agreement of 1 Jan 2024" in page.text


def test_both_sides_have_the_same_columns(tmp_path: Path) -> None:
    page = see(made(tmp_path, company()) / "index.html")
    assert page.table("marketing").rows[0] == page.table("sales").rows[0]


def test_leads_are_told_by_key_in_public_and_by_name_in_restricted(tmp_path: Path) -> None:
    public = made(tmp_path, company())
    restricted = public.with_name("restricted_scorecard")
    for page in (clause_page("speed_to_lead"), source_page("web"), team_page("SDR")):
        (row,) = see(public / page).table("missed").rows[1:]
        assert row[0] == "salesforce:1#1"
        assert row[-1] == "Too late."
        (row,) = see(restricted / page).table("missed").rows[1:]
        assert row[0] == "salesforce:1#1Zoe Prospect, Acme, zoe@acme.example"
    everything = "".join(file.read_text() for file in public.rglob("*") if file.is_file())
    assert not re.search("Zoe|Acme|zoe@", everything)
    assert "Restricted: names leads" in see(restricted / "index.html").text
    assert "Restricted" not in see(public / "index.html").text
    assert not [file for file in public.parent.rglob("*.html") if "<!--" in file.read_text()]


def test_the_restricted_build_is_for_its_owner_alone(tmp_path: Path) -> None:
    public = made(tmp_path, company())
    restricted = public.with_name("restricted_scorecard")
    for path in (restricted, *restricted.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for path in (public, *public.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_an_empty_company_has_every_page_and_no_figure(tmp_path: Path) -> None:
    folder = made(tmp_path)
    names = {file.relative_to(folder).as_posix() for file, _ in pages(folder)}
    assert names == {
        *("index.html", "agenda.html", "sources.html", "teams.html", "rejections.html"),
        *("pipeline.html", "trust.html", "agreement.html"),
    }
    first = see(folder / "index.html").text
    assert "No week is complete yet: there is nothing to judge." in first
    assert "No lead has become an MQL yet." in first
    assert "%" not in first.replace("intervals are 95 %", "")


def test_names_from_the_data_are_text(tmp_path: Path) -> None:
    lead = obligation(f"salesforce:{HOSTILE}#1", "speed_to_lead", "sales")
    explained = {"cycle_id": lead["cycle_id"], "clause": "speed_to_lead", "explanation": HOSTILE}
    rate = {"period": "trailing_four_weeks", "week_start": date(2026, 11, 9), "rate": 0.5}
    rate |= {"dimension": "source", "dimension_value": HOSTILE, "rejected": 1, "dispositioned": 2}
    item = {"meeting": "weekly", "position": 1, "topic": HOSTILE, "side": HOSTILE}
    item |= {"subject": HOSTILE, "statement": HOSTILE, "minutes": 15, "period_start": THIS_MONTH}
    item |= {"rows_in": "marts.dim_source", "row_filter": "source like '<script>%'"}
    rows = company(
        **{
            "marts.rpt_source_benchmarks": [benchmark(HOSTILE)],
            "marts.dim_source": [{"source": HOSTILE, "sourced_by": HOSTILE}],
            "marts.dim_owner": [{"owner_key": "salesforce:005", "name": HOSTILE, "team": HOSTILE}],
            "marts.fct_sla_obligations": [lead | {"source": HOSTILE, "team": HOSTILE}],
            "marts.sla_explanations": [explained],
            "marts.rpt_disqualification_rates": [
                rate | {"trigger": "joint_review", "is_complete": True, "joint_review_above": 0.3}
            ],
            "marts.rpt_review_agenda": [item],
            "marts.rpt_conversion_curves": [
                {"quarter_start": THIS_QUARTER, "source": HOSTILE, "step": HOSTILE}
                | {"age_days": age, "share": age / 100}
                for age in range(9)
            ],
            "ops.problems": [{"crm": HOSTILE, "field": HOSTILE, "problem": HOSTILE}],
            "ops.loads": [
                {"crm": HOSTILE, "status": "loaded", "exported_at": datetime(2026, 1, 1)}
            ],
            "restricted.leads": [{"lead_key": lead["lead_key"], "name": HOSTILE}],
        }
    )
    rows["marts.dim_sla_term"].append(
        term("volume", "marketing", min_count=1, segment=HOSTILE, region=HOSTILE)
    )
    folder = made(tmp_path, rows)
    shown = 0
    for build in (folder, folder.with_name("restricted_scorecard")):
        for file, page in pages(build):
            assert "script" not in page.tags, file
            assert not [event for _, event, _ in page.attributes if event.startswith("on")], file
            assert not [link for link in page.links if ":" in link or "<" in link], file
            shown += page.text.count(HOSTILE)
    assert shown > 30
    assert see(folder / source_page(HOSTILE)).title.startswith(HOSTILE)
    assert {file.parent for file in folder.rglob("*.html")} == {
        *(folder, folder / "sources", folder / "teams", folder / "clauses")
    }


def test_links_lead_to_pages_and_places_that_are_there(tmp_path: Path) -> None:
    folder = made(tmp_path, company())
    seen = dict(pages(folder))
    for file, page in seen.items():
        assert len(page.ids) == len(set(page.ids)), file
        for link in page.links:
            path, _, place = link.partition("#")
            target = (file.parent / path).resolve() if path else file
            assert target in seen, (file, link)
            assert not place or place in seen[target].ids, (file, link)


def test_pages_forbid_and_hold_no_request(tmp_path: Path) -> None:
    for file, page in pages(made(tmp_path, company())):
        policy = next(value for _, key, value in page.attributes if key == "content")
        assert policy.startswith("default-src 'none'; style-src 'sha256-"), file
        addresses = [v for _, key, v in page.attributes if key in ("src", "srcset", "data")]
        assert addresses == [], file
        assert "http" not in file.read_text().replace("http-equiv", ""), file
        assert not [tag for tag, key, _ in page.attributes if key == "style"], file


def test_every_page_has_a_language_one_heading_and_a_title(tmp_path: Path) -> None:
    titles = []
    for file, page in pages(made(tmp_path, company())):
        assert ("html", "lang", "en") in page.attributes, file
        levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels.count(1) == 1, file
        assert levels[0] == 1, file
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), file
        assert "main" in page.tags, file
        titles.append(page.title)
    assert len(titles) == len(set(titles))


def test_what_cannot_be_judged_has_no_figure(tmp_path: Path) -> None:
    unjudged = clause("speed_to_lead", "sales", verdict="not_assessable", assessable_share=0.0)
    unjudged = [row | {"is_escalated": False, "consecutive_missed": None} for row in unjudged]
    missing = {"crm": "hubspot", "clause": "speed_to_lead", "side": "sales", "obligations": 7}
    missing |= {"is_assessable": False, "missing": "activities", "to_export": "Export calls.csv."}
    rows = company(**{"marts.rpt_scorecard": unjudged, "marts.rpt_sla_assessability": [missing]})
    folder = made(tmp_path, rows)
    (row,) = see(folder / "index.html").table("sales").rows[1:]
    assert row[1:4] == ["–? Not assessable"] * 3
    assert "The exports hold nothing to judge it by." in row[0]
    assert "Escalated" not in row[0]
    assert "sales had no promise that could be judged" in see(folder / "index.html").text
    page = see(folder / clause_page("speed_to_lead")).text
    assert "? Not assessable hubspot: activities. Export calls.csv." in page
    assert see(folder / "trust.html").table("assessable").rows[1][:3] == [
        *("Speed to lead", "hubspot", "7")
    ]


def test_rows_behind_an_agenda_item_are_those_of_its_condition(tmp_path: Path) -> None:
    item = {"meeting": "weekly", "topic": "missed_clause", "side": "sales", "minutes": 15}
    item |= {"subject": "speed_to_lead", "statement": "So it is.", "period_start": THIS_WEEK}
    item |= {"rows_in": "marts.fct_sla_obligations"}
    of = "clause = 'speed_to_lead' and source = "
    rows = company(
        **{
            "marts.fct_sla_obligations": [
                obligation(
                    f"hubspot:{n:02}#1", "speed_to_lead", "sales", source="a" if n else "it's"
                )
                for n in range(31)
            ],
            "marts.rpt_review_agenda": [
                item | {"position": 1, "row_filter": of + "'a'"},
                item | {"position": 2, "row_filter": of + "'it''s'"},
                item | {"position": 3, "row_filter": of + "'none'"},
                item | {"position": 4, "row_filter": of + "'a'"},
            ],
        }
    )
    page = see(made(tmp_path, rows) / "agenda.html")
    tables = [table.rows for table in page.tables]
    assert [len(table) - 1 for table in tables] == [25, 1, 25]
    assert "The first 25 of 30." in page.text
    assert tables[1][1][0] == "hubspot:00#1"
    assert "weekly-3" in page.ids


def test_the_same_marts_are_the_same_bytes(tmp_path: Path) -> None:
    version = publish_by_hand(tmp_path / "published", company())
    build_scorecard(version)
    first = {file: file.read_bytes() for file in version.rglob("*.html")}
    build_scorecard(version)
    assert {file: file.read_bytes() for file in version.rglob("*.html")} == first


def test_rebuilding_replaces_what_is_published_and_removes_what_is_no_page(tmp_path: Path) -> None:
    published = tmp_path / "published"
    version = publish_by_hand(published, company())
    scorecard = rebuild(published)
    assert scorecard.entry == published / "scorecard" / "index.html"
    assert scorecard.entry.read_text() == (version / "scorecard" / "index.html").read_text()
    gone = version / "scorecard" / "sources" / "gone.html"
    gone.write_text("")
    rebuild(published)
    assert not gone.exists()
    assert not [*version.rglob(".*.new")]


def test_the_lineage_names_the_tables_that_are_read_and_no_other() -> None:
    code = Path(reading.__file__).read_text()
    read = set(re.findall(r"\b(?:marts|ops)\.(\w+)", code))
    file = PROJECT_ROOT / "dbt" / "models" / "marts" / "exposures.yml"
    exposures = {each["name"]: each for each in yaml.safe_load(file.read_text())["exposures"]}
    named = {ref[len("ref('") : -2] for ref in exposures["scorecard"]["depends_on"]}
    assert read - {"runs", "restatements"} == named  # those two are no models


def test_what_is_not_published_cannot_be_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Nothing is published in .* yet: run leadpact nightly"):
        rebuild(tmp_path)
    version = publish_by_hand(tmp_path / "published")
    with duckdb.connect(str(version / "leadpact.duckdb")) as connection:
        connection.execute("drop table marts.rpt_review_agenda")
    with pytest.raises(UsageError, match="has no rpt_review_agenda: it was made by an older"):
        rebuild(tmp_path / "published")


def test_a_year_of_weeks_and_fifty_sources_are_made_in_under_three_seconds(tmp_path: Path) -> None:
    version = publish_by_hand(tmp_path / "published", large_company())
    began = time.process_time()
    scorecard = build_scorecard(version)
    assert scorecard.pages > 60
    # Of the processor, so that a busy machine makes no difference.
    assert time.process_time() - began < 3
