"""Real data sets of other companies give their published figures through the marts.

Skipped where the data is absent: its licences forbid keeping it here.
"""

from __future__ import annotations

import shutil
from datetime import date
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


def warehouse_of(name: str, folder: Path) -> Path:
    files = shared_data(name)
    drop = folder / "exports" / name / "2026-11-20"
    drop.mkdir(parents=True)
    for file in sorted(files.glob("*.csv")):
        shutil.copy(file, drop / file.name)
    agreement = agreement_of(name, folder / "agreement")
    return build_warehouse(folder / "data", folder / "exports", agreement)


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return warehouse_of("olist", tmp_path_factory.mktemp("olist"))


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return warehouse_of("maven", tmp_path_factory.mktemp("maven"))


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
