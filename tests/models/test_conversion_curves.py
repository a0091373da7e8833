"""The curves and verdicts of sources on drawn cohorts: against lifelines, and how often they err.

The cohorts are written where the warehouse would put them, and judged by the very models.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import lifelines
import numpy as np
import pandas as pd
import pytest

from dagster_project import transform
from dagster_project.contract import Contract, read_contract
from dagster_project.ingest import create_tables, create_views, read_mappings
from dagster_project.settings import Settings
from expectations.record import create_tables as create_check_tables
from tests.models.warehouse import Rows, rows

DAY_US = 86_400_000_000
WINDOW_US = 90 * DAY_US
QUARTER = date(2026, 10, 1)
AS_OF = "2026-11-20 02:00:00"
ELAPSED_DAYS = 50 + 2 / 24  # of the current quarter
YEAR_DAYS = 365.0
CONVERTING, PACE_DAYS = 0.4, 12.0  # two in five make the step, half of them within 8 days

Floats = np.ndarray[Any, np.dtype[np.float64]]
Judge = Callable[[pd.DataFrame], None]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("curves"))


@pytest.fixture(scope="module")
def contract(settings: Settings) -> Contract:
    return read_contract(settings.contract)


@pytest.fixture(scope="module")
def warehouse(settings: Settings, contract: Contract) -> Path:
    """Every table, without a row."""
    settings.warehouse_file.parent.mkdir(parents=True, exist_ok=True)
    mappings = read_mappings(None)
    with duckdb.connect(str(settings.warehouse_file)) as connection:
        create_tables(connection, mappings)
        create_views(connection, mappings)
        create_check_tables(connection)
        connection.execute(f"insert into ingest.run_context values (timestamp '{AS_OF}')")
    transform.build(settings, contract)
    return settings.warehouse_file


@pytest.fixture(scope="module")
def judge(settings: Settings, contract: Contract, warehouse: Path) -> Judge:
    """Puts cohorts in place of the warehouse's own and builds what is made of them."""

    def judge_cohorts(steps: pd.DataFrame) -> None:
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("delete from intermediate.int_conversion_steps")
            connection.execute(
                """
                insert into intermediate.int_conversion_steps
                select
                    'mql_to_sql', source, quarter_start, age_days, is_made, watched_us,
                    sum(cycles)
                from steps group by all
                """
            )
        models = ["rpt_conversion_curves", "int_benchmark_comparisons"]
        transform.build(settings, contract, select=models)

    return judge_cohorts


def watched(
    source: str, quarter: date, age_days: Floats, made_days: Floats, window_us: int = WINDOW_US
) -> pd.DataFrame:
    """Cycles as int_conversion_steps has them; made_days is infinite where it never happens."""
    age_us = np.floor(age_days * DAY_US)
    made_us = np.floor(np.minimum(made_days, 1e6) * DAY_US)
    is_made = (made_us <= age_us) & (made_us <= window_us)
    return pd.DataFrame(
        {
            "source": source,
            "quarter_start": quarter,
            "age_days": np.minimum(age_us // DAY_US, window_us // DAY_US).astype("int32"),
            "is_made": is_made,
            "cycles": 1,
            "watched_us": np.where(is_made, made_us, np.minimum(age_us, window_us + 1)).astype(
                "int64"
            ),
        }
    )


def made_after(rng: np.random.Generator, cycles: int) -> Floats:
    days = rng.exponential(PACE_DAYS, cycles)
    return np.where(rng.random(cycles) < CONVERTING, days, np.inf)


# --- against lifelines ----------------------------------------------------------------------


def drawn_cohorts() -> dict[str, pd.DataFrame]:
    """Of all sizes, watched for long or not, in whole days with many ties or to the microsecond."""
    rng = np.random.default_rng(7)
    cohorts = {}
    for cycles in (1, 2, 5, 30, 400):
        for youngest, oldest in ((200.0, 400.0), (0.0, 60.0), (30.0, 120.0)):
            for in_whole_days in (True, False):
                age = rng.uniform(youngest, oldest, cycles)
                made = made_after(rng, cycles)
                if in_whole_days:
                    age, made = np.floor(age), np.floor(made)
                name = f"{cycles} cycles, {youngest:.0f} to {oldest:.0f} days, {in_whole_days}"
                cohorts[name] = watched(name, date(2026, 7, 1), age, made)
    cohorts["all at once"] = watched(
        "all at once", date(2026, 7, 1), np.full(40, 200.0), np.full(40, 3.0)
    )
    return cohorts


def test_curves_are_those_of_a_survival_library(judge: Judge, warehouse: Path) -> None:
    cohorts = drawn_cohorts()
    judge(pd.concat(cohorts.values()))
    days = np.arange(91)
    curves = curves_by_source(warehouse)
    assert curves.keys() == cohorts.keys()
    for name, cohort in cohorts.items():
        curve = curves[name]
        assert [row["age_days"] for row in curve] == list(days)
        exact_days = cohort["watched_us"].to_numpy() / DAY_US
        fitted = lifelines.KaplanMeierFitter().fit(exact_days, cohort["is_made"])
        share = 1 - fitted.predict(days).to_numpy()
        assert np.allclose([row["share"] for row in curve], share, atol=1e-11), name
        bounds = fitted.confidence_interval_survival_function_
        places = bounds.index.searchsorted(days, side="right") - 1
        proper = (share > 1e-9) & (share < 1 - 1e-9)
        for column, other in (("share_low", 1), ("share_high", 0)):
            theirs = 1 - bounds.iloc[places, other].to_numpy()
            ours = np.array([row[column] for row in curve])
            assert np.allclose(ours[proper], theirs[proper], atol=1e-9), (name, column)
            assert ((ours >= 0) & (ours <= 1)).all()
        # At risk on a day are those watched longer than the day before.
        assert [row["at_risk"] for row in curve] == [(exact_days > day - 1).sum() for day in days]
        assert [row["events"] for row in curve] == [
            (cohort["is_made"] & (exact_days > day - 1) & (exact_days <= day)).sum() for day in days
        ]


def curves_by_source(warehouse: Path) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    query = f"""
        from marts.rpt_conversion_curves
        where quarter_start = date '{QUARTER}' order by source, age_days
    """
    for row in rows(warehouse, query):
        found.setdefault(row["source"], []).append(row)
    return found


def test_where_nobody_or_everybody_made_it_the_interval_is_not_a_point(
    judge: Judge, warehouse: Path
) -> None:
    """Greenwood's variance is 0 there; Wilson's interval of those at risk says what is known."""
    judge(
        pd.concat(
            [
                watched("all", date(2026, 7, 1), np.full(40, 200.0), np.full(40, 3.0)),
                watched("none", date(2026, 7, 1), np.full(40, 200.0), np.full(40, np.inf)),
                watched("young", date(2026, 7, 1), np.full(40, 10.5), np.full(40, np.inf)),
            ]
        )
    )
    curves = curves_by_source(warehouse)
    z = 1.959963984540054
    wilson_of_none = z**2 / (40 + z**2)
    last = {name: curve[90] for name, curve in curves.items()}
    ends = {name: (row["share_low"], row["share_high"]) for name, row in last.items()}
    assert ends["all"] == (pytest.approx(1 - wilson_of_none), 1.0)
    assert ends["none"] == (0.0, pytest.approx(wilson_of_none))
    assert ends["young"] == (0.0, 1.0)
    assert curves["young"][90]["at_risk"] == 0
    assert (curves["young"][10]["at_risk"], curves["young"][11]["at_risk"]) == (40, 40)


# --- how often a source that is as ever is called below --------------------------------------


def draw_sources(
    rng: np.random.Generator,
    sources: int,
    benchmark: int,
    current: int,
    in_whole_days: bool = False,
) -> pd.DataFrame:
    """Sources whose current quarter is drawn from the same curve as the four before it.

    A benchmark of 0 cycles stands for the curve itself: so many that chance plays no part.
    """

    def made(cycles: int) -> Floats:
        days = made_after(rng, cycles)
        return np.floor(days) if in_whole_days else days

    parts = []
    if benchmark == 0:
        begin = np.arange(0, 120, 1.0 if in_whole_days else 0.01)
        share = CONVERTING * np.diff(1 - np.exp(-begin / PACE_DAYS), append=1.0)
        times = np.append(begin, np.inf)
        certain = watched("", date(2026, 7, 1), np.full(len(times), 400.0), times)
        certain["cycles"] = np.rint(1e7 * np.append(share, 1 - CONVERTING)).astype("int64")
    for number in range(sources):
        name = f"{benchmark}-{current}-{number}"
        if benchmark == 0:
            parts.append(certain.assign(source=name))
        else:
            ages = rng.uniform(ELAPSED_DAYS, ELAPSED_DAYS + YEAR_DAYS, benchmark)
            parts.append(watched(name, date(2026, 7, 1), ages, made(benchmark)))
        ages = rng.uniform(0, ELAPSED_DAYS, current)
        parts.append(watched(name, QUARTER, ages, made(current)))
    return pd.concat(parts)


def shares(warehouse: Path) -> dict[str, float]:
    """The share of sources with each verdict in the current quarter."""
    found = rows(
        warehouse,
        f"""
        select
            avg(cast(verdict = 'below' as integer)) as below,
            avg(cast(verdict = 'above' as integer)) as above,
            avg(cast(verdict = 'too_few' as integer)) as too_few
        from intermediate.int_benchmark_comparisons
        where quarter_start = date '{QUARTER}'
        """,
    )
    return found[0]


@pytest.mark.parametrize(
    ("current", "sources", "least"), [(25, 3000, 0.015), (100, 3000, 0.025), (1500, 800, 0.035)]
)
def test_one_in_twenty_sources_that_are_as_ever_is_below(
    judge: Judge, warehouse: Path, current: int, sources: int, least: float
) -> None:
    """Drawn from the benchmark's own curve by day. Among few cycles no count lies at 5 % exactly,
    and the correction for continuity takes the rarer one."""
    judge(draw_sources(np.random.default_rng(11), sources, 0, current, in_whole_days=True))
    found = shares(warehouse)
    assert least <= found["below"] <= 0.065
    assert least <= found["above"] <= 0.065
    assert found["too_few"] == 0


@pytest.mark.parametrize(
    ("benchmark", "current", "sources"), [(30, 25, 2000), (100, 25, 2000), (1000, 250, 800)]
)
def test_a_benchmark_of_few_cycles_errs_little_more(
    judge: Judge, warehouse: Path, benchmark: int, current: int, sources: int
) -> None:
    """The benchmark is a sample too, which the rule leaves out; times to the microsecond."""
    judge(draw_sources(np.random.default_rng(12), sources, benchmark, current))
    assert 0.02 <= shares(warehouse)["below"] <= 0.08
