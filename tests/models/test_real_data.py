"""Real data sets of other companies give their published figures through the marts.

Skipped where the data is absent: its licences forbid keeping it here.
"""

from __future__ import annotations

import csv
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.models.warehouse import build_warehouse, rows
from tests.real_data import shared_data

FIXTURES = PROJECT_ROOT / "tests" / "fixtures" / "real"


def agreement_of(name: str, folder: Path) -> Path:
    """The shipped agreement with what this company does otherwise."""
    shutil.copytree(PROJECT_ROOT / "dbt" / "seeds", folder)
    shutil.copytree(FIXTURES / name, folder, dirs_exist_ok=True)
    return folder


def warehouse_of(name: str, folder: Path, quotas: str = "", as_of: datetime | None = None) -> Path:
    """The build file; `quotas` are lines of quotas.csv for the shipped ones."""
    files = shared_data(name)
    drop = folder / "exports" / name / "2026-11-20"
    drop.mkdir(parents=True)
    for file in sorted(files.glob("*.csv")):
        shutil.copy(file, drop / file.name)
    agreement = agreement_of(name, folder / "agreement")
    # The shipped definition is younger than these companies.
    definition = agreement / "lead_definition.csv"
    definition.write_text(definition.read_text().replace("2024-01-01", "2016-01-01"))
    if quotas:
        header = "quarter_start,segment,region,quota,currency\n"
        (agreement / "quotas.csv").write_text(header + quotas, encoding="utf-8")
    return build_warehouse(folder / "data", folder / "exports", agreement, as_of)


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return warehouse_of("olist", tmp_path_factory.mktemp("olist"))


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return warehouse_of("maven", tmp_path_factory.mktemp("maven"), MAVEN_QUOTAS)


MAVEN_QUOTAS = "2017-07-01,unknown,unknown,2500000,USD\n2017-10-01,unknown,unknown,3000000,USD\n"
"""Made up: the seller has accounts, but its pipeline has no leads and so no segment or region."""


def test_olist_funnel_by_origin(olist: Path) -> None:
    funnel = rows(
        olist,
        """
        select dimension_value as source, sum(mql) as mql, sum(won) as won
        from marts.rpt_funnel where period = 'quarter' and dimension = 'source' group by source
        """,
    )
    # Of 842 wins one came before its lead's first contact: it is in no cycle and so in no funnel.
    assert {row["source"]: (row["mql"], row["won"]) for row in funnel} == {
        "organic_search": (2296, 270),
        "paid_search": (1586, 195),
        "social": (1350, 75),
        "unknown": (1099, 179),
        "direct_traffic": (499, 56),
        "email": (493, 15),
        "referral": (284, 24),
        "other": (150, 4),
        "display": (118, 6),
        "other_publicities": (65, 3),
        "unmapped": (60, 14),  # the blank origin, which is not the origin "unknown"
    }


def test_olist_mql_by_quarter(olist: Path) -> None:
    funnel = rows(
        olist,
        """
        select period_start, mql from marts.rpt_funnel
        where period = 'quarter' and dimension = 'all'
        """,
    )
    assert {row["period_start"]: row["mql"] for row in funnel} == {
        date(2017, 4, 1): 4,
        date(2017, 7, 1): 937,
        date(2017, 10, 1): 1061,
        date(2018, 1, 1): 3343,
        date(2018, 4, 1): 2655,
    }


def test_olist_won_by_quarter_won(olist: Path) -> None:
    won = rows(
        olist,
        """
        select date_trunc('quarter', closed_at)::date as quarter, count(*) as won
        from marts.fct_opportunities where is_won group by quarter
        """,
    )
    assert {row["quarter"]: row["won"] for row in won} == {
        date(2017, 10, 1): 3,
        date(2018, 1, 1): 333,
        date(2018, 4, 1): 386,
        date(2018, 7, 1): 93,
        date(2018, 10, 1): 27,
    }


def test_olist_names_the_win_before_its_first_contact(olist: Path) -> None:
    problems = rows(olist, "select record_id, problem from ops.problems where field = 'won_at'")
    assert len(problems) == 1
    assert problems[0]["record_id"].startswith("b91cf881")
    assert problems[0]["problem"] == (
        "the opportunity was won outside the cycle of its lead, so it is in no funnel"
    )
    won = rows(olist, "select count(*) as won from marts.fct_lead_cycles where won_at is not null")
    assert won == [{"won": 841}]


def test_maven_stages(maven: Path) -> None:
    stages = rows(maven, "select stage, count(*) as n from marts.fct_opportunities group by stage")
    assert {row["stage"]: row["n"] for row in stages} == {
        "Won": 4238,
        "Lost": 2473,
        "Engaging": 1589,
        "Prospecting": 500,
    }


def test_maven_win_rate_and_value(maven: Path) -> None:
    totals = rows(
        maven,
        """
        select
            round(100 * avg(is_won::int) filter (where is_closed), 3) as win_rate,
            sum(amount_reporting) filter (where is_won) as value
        from marts.fct_opportunities
        """,
    )
    assert totals == [{"win_rate": 63.150, "value": 10_005_534}]


def test_maven_closed_by_quarter(maven: Path) -> None:
    quarters = rows(
        maven,
        """
        select
            date_trunc('quarter', close_date)::date as quarter,
            count(*) filter (where is_won) as won,
            count(*) filter (where is_closed and not is_won) as lost,
            sum(amount_reporting) filter (where is_won) as value
        from marts.fct_opportunities where is_closed group by quarter
        """,
    )
    assert {row["quarter"]: (row["won"], row["lost"], row["value"]) for row in quarters} == {
        date(2017, 1, 1): (531, 116, 1_134_672),
        date(2017, 4, 1): (1254, 778, 3_086_111),
        date(2017, 7, 1): (1257, 790, 2_982_255),
        date(2017, 10, 1): (1196, 789, 2_802_496),
    }


def test_maven_agents_and_teams(maven: Path) -> None:
    owners = rows(
        maven,
        """
        select team, count(distinct opportunities.owner_key) as agents
        from marts.fct_opportunities as opportunities
        inner join marts.dim_owner as owners using (owner_key)
        group by team order by team
        """,
    )
    assert [row["team"] for row in owners] == ["Central", "East", "West"]
    assert sum(row["agents"] for row in owners) == 30


def test_olist_channels(olist: Path) -> None:
    """Won by origin and by quarter of first contact, as the funnel counts them."""
    mix = rows(
        olist,
        """
        select source, sum(mql) as mql, sum(won) as won, sum(opportunities_created) as created
        from marts.rpt_channel_mix group by source
        """,
    )
    assert {row["source"]: (row["mql"], row["won"]) for row in mix} == {
        "organic_search": (2296, 270),
        "paid_search": (1586, 195),
        "social": (1350, 75),
        "unknown": (1099, 179),
        "direct_traffic": (499, 56),
        "email": (493, 15),
        "referral": (284, 24),
        "other": (150, 4),
        "display": (118, 6),
        "other_publicities": (65, 3),
        "unmapped": (60, 14),
    }
    # When a deal was opened is not told, so no quarter created any, and that is said.
    assert {row["created"] for row in mix} == {0}
    said = rows(olist, "select problem from ops.problems where field = 'created_at'")
    assert [row["problem"] for row in said] == [
        "842 opportunities have no time of creation, so they count in no quarter's pipeline created"
    ]


def test_olist_change_of_conversion_adds_up(olist: Path) -> None:
    changes = rows(
        olist,
        """
        select * from marts.rpt_conversion_change
        where step = 'mql_to_won' and quarter_start = date '2018-01-01'
        """,
    )
    whole = next(row for row in changes if row["dimension"] == "all")
    sources = [row for row in changes if row["dimension"] == "source"]
    assert (whole["mql_before"], whole["mql"], whole["horizon_days"]) == (1061, 3343, 90)
    for part in ("from_mix", "from_rates", "contribution"):
        assert sum(row[part] for row in sources) == pytest.approx(whole[part], abs=1e-9)
    assert whole["rate"] - whole["rate_before"] == pytest.approx(whole["contribution"], abs=1e-9)
    assert whole["rate_before"] < 0.02 < 0.08 < whole["rate"]


def test_olist_won_by_quarter_in_coverage(olist: Path) -> None:
    """No amounts were exported: the deals are counted, and add no money."""
    coverage = rows(
        olist,
        """
        select quarter_start, won_opportunities, won_without_amount, closed_won, coverage_status
        from marts.rpt_pipeline_coverage_totals where dimension = 'all' and won_opportunities > 0
        """,
    )
    assert {
        row["quarter_start"]: (row["won_opportunities"], row["won_without_amount"])
        for row in coverage
    } == {
        date(2017, 10, 1): (3, 3),
        date(2018, 1, 1): (333, 333),
        date(2018, 4, 1): (386, 386),
        date(2018, 7, 1): (93, 93),
        date(2018, 10, 1): (27, 27),
    }
    assert {(row["closed_won"], row["coverage_status"]) for row in coverage} == {(0, "no_quota")}


def test_maven_coverage(maven: Path) -> None:
    coverage = rows(maven, "select * from marts.rpt_pipeline_coverage order by quarter_start")
    assert [
        (row["won_opportunities"], row["lost_opportunities"], row["closed_won"]) for row in coverage
    ] == [
        (531, 116, 1_134_672),
        (1254, 778, 3_086_111),
        (1257, 790, 2_982_255),
        (1196, 789, 2_802_496),
    ]
    won = sum(row["won_opportunities"] for row in coverage)
    lost = sum(row["lost_opportunities"] for row in coverage)
    assert round(100 * won / (won + lost), 3) == 63.150
    assert [(row["coverage_status"], row["remaining_quota"]) for row in coverage] == [
        ("no_quota", None),
        ("no_quota", None),
        ("quota_reached", 0),
        ("quota_open", 197_504),
    ]
    # What is engaging or prospecting has no close date: in no quarter's pipeline, and that is said.
    assert [row["coverage"] for row in coverage] == [None, None, None, 0]
    said = rows(maven, "select problem from ops.problems where field = 'close_date'")
    assert [row["problem"] for row in said] == [
        "2089 opportunities have no close date, so they count in no quarter's open pipeline"
    ]


def test_maven_coverage_in_the_middle_of_a_quarter(tmp_path: Path) -> None:
    """Seen on 15 November, what closes after it is open; the file says what that is worth."""
    as_of = datetime(2017, 11, 15)
    warehouse = warehouse_of("maven", tmp_path, MAVEN_QUOTAS, as_of)
    closed = [
        (date.fromisoformat(row["close_date"]), float(row["close_value"]))
        for row in csv.DictReader((shared_data("maven") / "sales_pipeline.csv").open())
        if row["close_date"] and row["engage_date"] <= "2017-11-15"
    ]
    autumn = [(day, value) for day, value in closed if day >= date(2017, 10, 1)]
    won = sum(value for day, value in autumn if day <= as_of.date())
    pipeline = sum(value for day, value in autumn if day > as_of.date())
    assert won > 1_000_000
    assert pipeline > 1_000_000
    coverage = rows(
        warehouse,
        "select * from marts.rpt_pipeline_coverage where quarter_start = date '2017-10-01'",
    )
    assert [(row["closed_won"], row["open_pipeline"]) for row in coverage] == [(won, pipeline)]
    assert coverage[0]["coverage"] == pytest.approx(pipeline / (3_000_000 - won))
    assert coverage[0]["coverage_of_quota"] == pytest.approx(pipeline / 3_000_000)
    assert coverage[0]["open_unknown"] == pipeline
