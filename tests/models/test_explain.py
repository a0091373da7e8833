"""The sentences about verdicts, and the story that `leadpact explain` tells of a lead.

The company (small_company.py) is known to the minute: what is said of it is asserted word by word.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from dagster_project.cli import app
from dagster_project.errors import UsageError
from dagster_project.explain import Story, print_story, tell
from dagster_project.publish import RunRecord, history, publish
from tests.models.small_company import (
    ADA_LEAD,
    MERGED,
    NEVER_MQL,
    SAME_BUT_FOR_CASE,
    TEST,
    write_company,
)
from tests.models.warehouse import build_warehouse

STONE = f"salesforce:{ADA_LEAD}"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which the small company is published."""
    folder = tmp_path_factory.mktemp("explained")
    exports, agreement = write_company(folder)
    warehouse = build_warehouse(folder / "data", exports, agreement)
    run = RunRecord(
        run_id="run-1",
        trigger="command",
        started_at=datetime(2025, 4, 1, 2),
        leadpact_version="0",
    )
    with duckdb.connect(str(warehouse)) as connection:
        history.begin(connection, run, published_run=None)
        history.record_load(connection, run.run_id, files_new=0, files_refused=0)
    publish(warehouse, folder / "data" / "published", run)
    return folder / "data"


@pytest.fixture(scope="module")
def published(data_dir: Path) -> Path:
    return data_dir / "published"


@pytest.fixture
def mart(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(published / "leadpact.duckdb"), read_only=True) as connection:
        yield connection


def sentences(mart: duckdb.DuckDBPyConnection, cycle_id: str) -> dict[str, str]:
    return dict(
        mart.execute(
            "select clause, explanation from marts.sla_explanations where cycle_id = ?", [cycle_id]
        ).fetchall()
    )


def test_every_obligation_has_one_sentence(mart: duckdb.DuckDBPyConnection) -> None:
    rows = mart.execute(
        """
        select count(*), count(explanations.explanation), min(length(explanations.explanation))
        from marts.fct_sla_obligations
        left join marts.sla_explanations as explanations using (cycle_id, clause)
        """
    ).fetchall()
    ((obligations, explained, shortest),) = rows
    assert obligations == explained == 22
    assert shortest > 30


def test_the_sentences_of_a_routed_and_rejected_lead(mart: duckdb.DuckDBPyConnection) -> None:
    assert sentences(mart, f"{STONE}#1") == {
        "fit": "Fit when it became an MQL Fri 14 Mar 2025 16:38 (Europe/Berlin): every criterion "
        "of the lead definition was met.",
        "completeness": "Complete when it became an MQL Fri 14 Mar 2025 16:38 (Europe/Berlin): "
        "every required field was valid.",
        "handoff": "Became an MQL Fri 14 Mar 2025 16:38 (Europe/Berlin); routed to Ada Diaz "
        "Fri 14 Mar 16:40, 2 minutes against 5.",
        "speed_to_lead": "Routed to Ada Diaz Fri 14 Mar 2025 16:40 (Europe/Berlin); first touch "
        "Mon 17 Mar 10:05, 85 business minutes against 60, after the deadline Mon 17 Mar 09:40.",
        "disposition": "Routed to Ada Diaz Fri 14 Mar 2025 16:40 (Europe/Berlin); rejected "
        "Tue 18 Mar 11:00, 90 hours 20 minutes against 72 hours, after the deadline "
        "Mon 17 Mar 16:40.",
        "feedback": "Rejected by sales Tue 18 Mar 2025 11:00 (Europe/Berlin) with the reason "
        "no_budget and a note.",
        "contest_review": "Rejected by sales Tue 18 Mar 2025 11:00 (Europe/Berlin); marketing "
        "ruled Wed 19 Mar 12:30, 25 hours 30 minutes against 7 days.",
    }


def test_the_sentences_of_a_lead_that_is_neither_fit_nor_complete(
    mart: duckdb.DuckDBPyConnection,
) -> None:
    """An MQL on the Saturday before the clocks went forward, due on the Monday after."""
    told = sentences(mart, f"salesforce:{SAME_BUT_FOR_CASE}#1")
    assert told["fit"] == (
        "Not fit when it became an MQL Sat 29 Mar 2025 10:00 (Europe/Berlin): industry Mining is "
        "not one of Software, Computer Software, Technology, Information Technology and Services, "
        "Internet or 10 others; employees 12 is not between 20 and 10000; job title is missing."
    )
    assert told["completeness"] == (
        "Not complete when it became an MQL Sat 29 Mar 2025 10:00 (Europe/Berlin): job title is "
        "missing; e-mail is no address; source is missing."
    )
    assert told["handoff"] == (
        "Became an MQL Sat 29 Mar 2025 10:00 (Europe/Berlin) when Ada Diaz owned it already: no "
        "time needed of 5 minutes."
    )
    assert told["speed_to_lead"] == (
        "Routed to Ada Diaz Sat 29 Mar 2025 10:00 (Europe/Berlin); not touched by the deadline "
        "Mon 31 Mar 10:00 (60 business minutes), nor since."
    )
    assert told["disposition"] == (
        "Routed to Ada Diaz Sat 29 Mar 2025 10:00 (Europe/Berlin); no disposition yet, the "
        "deadline is Tue 1 Apr 11:00 (72 hours)."
    )


def test_the_criteria_that_a_lead_met_are_told_too(mart: duckdb.DuckDBPyConnection) -> None:
    rows = mart.execute(
        "select criteria_met from marts.fit_explanations where cycle_id = ?",
        [f"salesforce:{SAME_BUT_FOR_CASE}#1"],
    ).fetchall()
    assert rows == [
        (
            "job title is not ruled out by “Students, interns, teachers and assistants do not "
            "buy”; country Germany is none of the 10 that are ruled out; score 70 is at least 50; "
            "e-mail domain is none of the 9 that are ruled out and is not one of "
            "rivalcloud.example, competisoft.example",
        )
    ]


def test_no_sentence_names_a_lead(mart: duckdb.DuckDBPyConnection) -> None:
    told = mart.execute("select explanation from marts.sla_explanations").fetchall()
    told += mart.execute(
        "select concat_ws(' ', criteria_met, criteria_failed) from marts.fit_explanations"
    ).fetchall()
    personal = ("Eve", "Stone", "Ned", "Lake", "Quarry", "quarry", "VP Operations", "Next year")
    assert [text for (text,) in told for word in personal if word in text] == []


def test_what_was_never_exported_is_not_assessable(mart: duckdb.DuckDBPyConnection) -> None:
    rows = mart.execute(
        """
        select crm, clause, obligations, missing, to_export from marts.rpt_sla_assessability
        where not is_assessable and clause not in ('fit', 'completeness') order by all
        """
    ).fetchall()
    hubspot = [row[1:] for row in rows if row[0] == "hubspot"]
    assert [row for row in rows if row[0] == "salesforce"] == []
    assert hubspot == [
        (
            "cadence",
            0,
            "which leads were rejected, given up or recycled; activities",
            "contacts_property_history.csv with hs_lead_status; calls.csv, emails.csv and "
            "meetings.csv",
        ),
        (
            "contest_review",
            0,
            "when leads were rejected, given up or recycled; rulings of marketing on rejections",
            "contacts_property_history.csv with hs_lead_status; reviews.csv",
        ),
        (
            "disposition",
            1,
            "when leads were rejected, given up or recycled",
            "contacts_property_history.csv with hs_lead_status",
        ),
        (
            "feedback",
            0,
            "which leads were rejected, given up or recycled; reasons of rejections; notes on "
            "rejections",
            "contacts_property_history.csv with hs_lead_status; contacts.csv with Disqualification "
            "Reason; contacts.csv with Disqualification Note",
        ),
        (
            "speed_to_lead",
            1,
            "activities",
            "calls.csv, emails.csv and meetings.csv",
        ),
    ]
    assert {row[1] for row in rows if row[0] == "zoho"} == {
        "cadence",
        "contest_review",
        "disposition",
        "feedback",
        "handoff",
        "speed_to_lead",
    }


def test_the_ledger_knows_what_is_not_assessable(mart: duckdb.DuckDBPyConnection) -> None:
    rows = mart.execute(
        """
        select clause, status, is_assessable from marts.fct_sla_obligations
        where lead_key = 'hubspot:7' and clause in ('handoff', 'speed_to_lead') order by clause
        """
    ).fetchall()
    assert rows == [("handoff", "met", True), ("speed_to_lead", "missed", False)]


@pytest.mark.parametrize(
    "asked",
    [
        STONE,
        f"SALESFORCE:{ADA_LEAD}",
        ADA_LEAD,
        f"{ADA_LEAD}IAA",
        f"  {STONE} ",
        MERGED,
        MERGED.lower(),
    ],
)
def test_a_lead_is_found_by_every_form_of_its_id(published: Path, asked: str) -> None:
    story = tell(published, asked)
    assert story.lead_key == STONE
    assert [cycle.cycle_id for cycle in story.cycles] == [f"{STONE}#1"]


def test_the_last_three_characters_give_a_salesforce_id_its_capitals(published: Path) -> None:
    """E: of the first five the third is one. Q: of the last five the fifth is one, A: none is."""
    assert tell(published, "00q00000000000aEAQ").lead_key == STONE
    assert tell(published, "00q00000000000aEAA").lead_key == f"salesforce:{SAME_BUT_FOR_CASE}"


def test_the_story_of_a_lead(published: Path) -> None:
    story = tell(published, STONE)
    assert story.as_of == datetime(2025, 4, 1)
    assert story.who == (
        "Eve [bold red]Stone[/], VP Operations at Quarry, eve@quarry.example",
        "Sales wrote: “Next year\x1b[31m perhaps”",
    )
    assert story.facts == (
        f"salesforce:{MERGED} was merged into it.",
        "Source organic_search (marketing), segment smb, region emea, industry Software, "
        "80 employees, Germany, score 70 when it became an MQL.",
    )
    assert told(story.before) == [
        ("Mon 10 Mar 2025 09:00", "Owned by Inbound, a queue", ADA_LEAD),
        ("Mon 10 Mar 2025 09:00", "New", ADA_LEAD),
    ]
    (cycle,) = story.cycles
    assert cycle.zone == "Europe/Berlin"
    assert cycle.headline == "An MQL Fri 14 Mar 2025 16:38, routed to Ada Diaz (SDR DACH)."
    assert told(cycle.events) == [
        ("Fri 14 Mar 2025 16:38", "Became an MQL", "017000000000001"),
        ("Fri 14 Mar 2025 16:40", "Routed to Ada Diaz (SDR DACH)", "017000000000002"),
        ("Mon 17 Mar 2025 10:05", "Call by Ada Diaz", "00T000000000001"),
        (
            "Mon 17 Mar 2025 10:09",
            "E-mail by Ada Diaz, too soon after the one before to count",
            "00T000000000002",
        ),
        (
            "Tue 18 Mar 2025 11:00",
            "Rejected by sales: no_budget; the cycle ends",
            "017000000000003",
        ),
    ]
    assert [(verdict.clause, verdict.status, verdict.record) for verdict in cycle.verdicts] == [
        ("fit", "met", ADA_LEAD),
        ("completeness", "met", ADA_LEAD),
        ("handoff", "met", "017000000000002"),
        ("speed_to_lead", "missed", "00T000000000001"),
        ("disposition", "missed", "017000000000003"),
        ("feedback", "met", "017000000000003"),
        ("contest_review", "met", "017000000000003"),
    ]
    assert cycle.verdicts[3].term == "speed_to_lead: 60 business minutes, target 90%"
    assert cycle.verdicts[3].doubt is None


def told(events: object) -> list[tuple[str, str, str | None]]:
    from dagster_project.explain.times import clock

    assert isinstance(events, tuple)
    return [(clock(event.at) if event.at else "", event.what, event.record) for event in events]


def test_a_rep_who_owned_the_lead_before_is_told_in_the_cycle(published: Path) -> None:
    (cycle,) = tell(published, f"salesforce:{SAME_BUT_FOR_CASE}#1").cycles
    assert told(cycle.events) == [
        ("Sat 29 Mar 2025 10:00", "Became an MQL", "017000000000004"),
        ("Sat 29 Mar 2025 10:00", "Routed: Ada Diaz (SDR DACH) owned it already", None),
    ]


def test_a_verdict_that_the_data_cannot_give_says_so(published: Path) -> None:
    (cycle,) = tell(published, "hubspot:7").cycles
    doubts = {verdict.clause: verdict.doubt for verdict in cycle.verdicts}
    assert doubts["handoff"] is None
    assert doubts["speed_to_lead"] == (
        "Not assessable: hubspot never exported activities. "
        "Export calls.csv, emails.csv and meetings.csv."
    )


def test_leads_without_a_cycle(published: Path) -> None:
    story = tell(published, NEVER_MQL)
    assert story.facts == ("It never became an MQL, so nobody owes anything.",)
    assert [what for _, what, _ in told(story.before)] == ["Owned by Ada Diaz (SDR DACH)", "New"]
    story = tell(published, TEST)
    assert story.facts == (
        "It is a test lead of an internal domain: it stands in no mart, and nothing is judged.",
    )
    assert (story.who, story.before, story.cycles) == ((), (), ())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("7", "'7' may be hubspot:7 or zoho:7: ask for one of them."),
        (
            "00q00000000000a",
            "'00q00000000000a' may be salesforce:00Q00000000000A or salesforce:00Q00000000000a: "
            "ask for one of them.",
        ),
        (
            "00T000000000001AAA",
            "No lead is called '00T000000000001AAA': it is an activity of "
            f"{STONE}, ask for that.",
        ),
        ("pipedrive:7", "No CRM called 'pipedrive' has leads here: there are hubspot, salesforce "
         "and zoho."),
        (
            "hubspot:77",
            "No lead is called 'hubspot:77': did you mean hubspot:7?",
        ),
        (
            "something else",
            "No lead is called 'something else': a lead is called like hubspot:7.",
        ),
        ("eve@quarry.example", "'eve@quarry.example' is an address: leads are known by their key "
         "or their CRM's id, which restricted.leads gives for an address."),
        ("hubspot:7#2", "hubspot:7 has no cycle 2: it has cycle 1 only."),
        ("hubspot:7#0", "'hubspot:7#0' names no cycle: write its number after the #, as in "
         "hubspot:7#1."),
        ("hubspot:7#", "'hubspot:7#' names no cycle: write its number after the #, as in "
         "hubspot:7#1."),
        (f"{NEVER_MQL}#1", f"salesforce:{NEVER_MQL} has no cycle 1: it never became an MQL."),
        (f"{TEST}#1", f"salesforce:{TEST} is a test lead of an internal domain: it has no "
         "cycles."),
        ("' or 1=1 --", "No lead is called \"' or 1=1 --\": a lead is called like hubspot:7."),
    ],
)  # fmt: skip
def test_what_names_no_lead(published: Path, asked: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        tell(published, asked)
    assert str(error.value) == message


def test_without_the_restricted_file_only_keys_are_told(published: Path, tmp_path: Path) -> None:
    version = tmp_path / "published" / ".versions" / "run-1"
    version.mkdir(parents=True)
    (version / "leadpact.duckdb").hardlink_to((published / "leadpact.duckdb").resolve())
    (tmp_path / "published" / ".current").symlink_to(Path(".versions") / "run-1")
    story = tell(tmp_path / "published", MERGED)
    assert story.lead_key == STONE
    assert story.who == ("Who it is stands in restricted.duckdb, which you may not read.",)
    assert "Stone" not in printed(story)


def printed(story: Story, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_story(story, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_is_printed_has_no_markup_of_the_data_and_no_control_characters(
    published: Path,
) -> None:
    text = printed(tell(published, STONE))
    assert "Eve [bold red]Stone[/]" in text
    assert "\x1b" not in text
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == f"Lead {STONE}, as of Tue 1 Apr 2025 00:00 UTC"
    assert f"Cycle 1 of 1 ({STONE}#1), times in Europe/Berlin" in lines
    assert "missed  speed to lead, owed by sales" in lines
    assert "Term speed_to_lead: 60 business minutes, target 90%; record 00T000000000001" in lines


def test_the_command(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADPACT_DATA_DIR", "")
    result = CliRunner().invoke(app, ["explain", ADA_LEAD, "--data-dir", str(data_dir)])
    assert result.exit_code == 0, result.stderr
    assert "85 business minutes against 60" in " ".join(result.stdout.split())
    result = CliRunner().invoke(app, ["explain", "7", "--data-dir", str(data_dir)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "'7' may be hubspot:7 or zoho:7: ask for one of them.\n"


def test_nothing_published_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADPACT_DATA_DIR", "")
    result = CliRunner().invoke(app, ["explain", "7", "--data-dir", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Nothing is published in {tmp_path / 'published'} yet: run leadpact nightly first.\n"
    )
