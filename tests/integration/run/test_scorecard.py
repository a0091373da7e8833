"""The scorecard of a whole run: published with the rest, and what it says is what the marts say."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import duckdb
import pytest

from dagster_project.report import words
from dagster_project.report.pages import clause_page, source_page, team_page
from tests.integration.run.conftest import Installation
from tests.unit.report.reading_pages import Seen, see

Finished = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def published(first_run: tuple[Installation, Finished]) -> Installation:
    installation, done = first_run
    assert done.returncode == 0, done.stderr
    assert str(installation.published / "scorecard" / "index.html") in done.stdout
    return installation


@pytest.fixture(scope="module")
def first_page(published: Installation) -> Seen:
    return see(published.published / "scorecard" / "index.html")


def plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").split())


def test_every_clause_stands_there_as_in_rpt_scorecard(
    published: Installation, first_page: Seen
) -> None:
    rows = published.query(
        """
        select side, metric, period, is_complete, actual, unit, verdict
        from marts.rpt_scorecard
        semi join (
            select period, is_complete, max(period_start) as period_start
            from marts.rpt_scorecard group by all
        ) using (period, is_complete, period_start)
        where side <> 'joint' and not (period = 'month' and is_complete)
        """
    )
    place = {("week", True): 1, ("week", False): 2, ("month", False): 3}
    shown = {
        (side, name): row
        for side in ("marketing", "sales")
        for row in first_page.table(side).rows[1:]
        for name in words.CLAUSES.values()
        if row[0].startswith(name + " ")
    }
    assert len(rows) == 3 * 9
    for side, metric, period, is_complete, actual, unit, verdict in rows:
        cell = shown[str(side), words.clause(str(metric))][place[str(period), bool(is_complete)]]
        figure = words.measure(actual, str(unit), "USD")  # type: ignore[arg-type]
        assert cell.startswith(plain(figure)), (metric, period)
        assert cell.endswith(words.VERDICTS[str(verdict)]), (metric, period)


def test_escalations_are_those_of_the_newest_week(
    published: Installation, first_page: Seen
) -> None:
    ((escalated,),) = published.query(
        """
        select count(*) from marts.rpt_scorecard
        where period = 'week' and is_escalated
            and period_start = (select max(period_start) from marts.rpt_scorecard
                where period = 'week')
        """
    )
    assert first_page.text.count("⚑ Escalated:") == escalated


def test_the_weekly_agenda_is_that_of_the_marts(published: Installation, first_page: Seen) -> None:
    statements = published.query(
        "select statement from marts.rpt_review_agenda where meeting = 'weekly' order by position"
    )
    text = first_page.text
    assert statements
    for (statement,) in statements:
        assert plain(str(statement)) in text
        text = text.partition(plain(str(statement)))[2]  # and in this order


def test_every_agenda_item_shows_as_many_rows_as_there_are(published: Installation) -> None:
    page = see(published.published / "scorecard" / "agenda.html")
    shown = iter(page.tables)
    for table, condition in published.query(
        """
        select rows_in, row_filter from marts.rpt_review_agenda
        order by case meeting when 'weekly' then 1 when 'monthly' then 2 else 3 end, position
        """
    ):
        ((rows,),) = published.query(f"select count(*) from {table} where {condition}")
        assert isinstance(rows, int)
        if rows:
            assert len(next(shown).rows) - 1 == min(rows, 25), condition


def test_a_page_for_every_clause_source_and_team(published: Installation) -> None:
    folder = published.published / "scorecard"
    for query, page in (
        ("select distinct clause from marts.rpt_sla_compliance", clause_page),
        ("select distinct source from marts.rpt_source_benchmarks", source_page),
        (
            "select distinct dimension_value from marts.rpt_sla_compliance where dimension = 'team'"
            " and period = 'quarter' and not is_complete",
            team_page,
        ),
    ):
        names = [str(name) for (name,) in published.query(query)]
        assert names
        assert [name for name in names if not (folder / page(name)).exists()] == []


def test_benchmarks_stand_there_with_their_intervals(published: Installation) -> None:
    rows = published.query(
        """
        from marts.rpt_source_benchmarks select
            source, observed, current_cycles, expected, expected_low, expected_high, verdict
        where step = 'mql_to_sql' and not is_complete and expected is not null
        """
    )
    page = see(published.published / "scorecard" / "sources.html")
    shown = page.table("table").column("MQL to SQL")
    assert rows
    for source, observed, cycles, expected, low, high, verdict in rows:
        numbers = [words.number(value) for value in (expected, low, high)]  # type: ignore[arg-type]
        assert shown[str(source)].startswith(
            f"{observed} of {cycles}; expected {numbers[0]} ({numbers[1]} to {numbers[2]})"
        )
        assert shown[str(source)].endswith(words.COMPARISONS[str(verdict)])


def test_the_leads_behind_a_clause_are_those_missed_with_their_explanation(
    published: Installation,
) -> None:
    page = see(published.published / "scorecard" / clause_page("completeness"))
    rows = page.table("missed").rows[1:]
    explained = {
        cycle: plain(str(explanation))
        for cycle, explanation in published.query(
            "select cycle_id, explanation from marts.sla_explanations where clause = 'completeness'"
        )
    }
    missed = published.query(
        """
        select cycle_id from marts.fct_sla_obligations
        where clause = 'completeness' and status = 'missed'
        order by counts_on desc, cycle_id limit 3
        """
    )
    assert [row[0] for row in rows[:3]] == [str(cycle) for (cycle,) in missed]
    assert all(row[-1] == explained[row[0]] for row in rows)


def test_persons_are_named_in_the_restricted_build_alone(published: Installation) -> None:
    with duckdb.connect(str(published.published / "restricted.duckdb"), read_only=True) as file:
        names = file.execute("select name, email from restricted.restricted.leads").fetchall()
    public = published.published / "scorecard"
    restricted = published.published / "restricted_scorecard"
    text = "".join(page.read_text() for page in public.rglob("*.html"))
    assert [email for _, email in names if email and email in text] == []
    named = "".join(page.read_text() for page in restricted.rglob("*.html"))
    assert sum(bool(email and email in named) for _, email in names) > 10
    assert stat.S_IMODE(restricted.resolve().stat().st_mode) == 0o700


def test_the_command_makes_the_same_pages_again(installation: Installation) -> None:
    folder = installation.published / "scorecard"
    before = {page: page.read_bytes() for page in folder.rglob("*.html")}
    shutil.rmtree(folder.resolve())
    done = installation.run("scorecard", "--no-open")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(folder / "index.html")
    assert {page: page.read_bytes() for page in folder.rglob("*.html")} == before


def test_the_command_says_where_nothing_is_published(
    installation: Installation, tmp_path: Path
) -> None:
    done = installation.run("scorecard", "--data-dir", str(tmp_path / "none"))
    assert done.returncode == 2
    assert done.stderr.startswith("Nothing is published in ")
