"""Integrity signals: silent where nobody games anything, and heard where somebody does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from dagster_project.sample import KINDS, generate
from dagster_project.settings import PROJECT_ROOT
from tests.models.warehouse import Rows, build_warehouse, rows

AGREEMENT = PROJECT_ROOT / "dbt" / "seeds"

# The first rep of each CRM's first SDR team, in a company of this size the only ones who game.
GAMERS = {"salesforce:0055g0000000008", "hubspot:70000006"}
# A contact deleted in HubSpot is in no export any more.
DELETERS = {"salesforce:0055g0000000008"}


def signals_of(folder: Path, leads: int, seed: int, gaming: Iterable[str] = ()) -> Rows:
    generate(folder / "exports", leads, seed=seed, gaming=list(gaming))
    warehouse = build_warehouse(folder / "data", folder / "exports", AGREEMENT)
    found = rows(warehouse, "from marts.rpt_integrity_signals")
    for row in found:
        row["warehouse"] = warehouse
    return found


def flagged(signals: Rows, signal: str, measure: str | None = None) -> set[str]:
    return {
        row["subject"]
        for row in signals
        if row["signal"] == signal and measure in (None, row["measure"]) and row["is_flagged"]
    }


@pytest.mark.parametrize(("leads", "seed"), [(5_000, 11), (12_000, 12)])
def test_where_nobody_games_at_most_one_in_twenty_is_flagged(
    tmp_path: Path, leads: int, seed: int
) -> None:
    """The honest company has reps who reject more, forget more and log later than others."""
    signals = signals_of(tmp_path, leads, seed)
    by_measure: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in signals:
        by_measure[row["signal"], row["measure"]].append(row)
    assert {signal for signal, _ in by_measure} == set(KINDS)
    for (signal, measure), looked_at in by_measure.items():
        subjects = {row["subject"] for row in looked_at}
        assert len(flagged(looked_at, signal, measure)) <= 0.05 * len(subjects), (signal, measure)


@pytest.fixture(scope="module")
def gamed(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """Every kind of gaming but one planted at once in a company of 10,000 leads."""
    others = [kind for kind in KINDS if kind != "over_disqualifying"]
    return signals_of(tmp_path_factory.mktemp("gamed"), 10_000, 13, others)


@pytest.mark.parametrize(
    ("signal", "measure", "gamers"),
    [
        ("ignored_leads", "leads", GAMERS),
        ("late_logging", "speed_to_lead", GAMERS),
        ("bulk_dispositions", "dispositions", GAMERS),
        ("touch_bursts", "one_lead", GAMERS),
        ("deleted_while_pending", "leads", DELETERS),
    ],
)
def test_reps_who_game_are_found(gamed: Rows, signal: str, measure: str, gamers: set[str]) -> None:
    assert gamers <= flagged(gamed, signal, measure)
    # The account executives who get a gamer's leads work them like the gamer.
    assert len(flagged(gamed, signal, measure) - gamers) <= 4


def test_reps_who_reject_too_much_are_found_and_nobody_else(tmp_path: Path) -> None:
    signals = signals_of(tmp_path, 10_000, 13, ["over_disqualifying"])
    assert flagged(signals, "over_disqualifying") == GAMERS
    assert {row["signal"] for row in signals if row["is_flagged"]} == {"over_disqualifying"}


@pytest.mark.parametrize("measure", ["fit", "score", "bunching"])
def test_a_lowered_bar_is_found(gamed: Rows, measure: str) -> None:
    found = [
        row
        for row in gamed
        if row["signal"] == "bar_lowering" and row["measure"] == measure and row["is_flagged"]
    ]
    assert date(2026, 10, 1) in {row["period_start"] for row in found if row["subject"] == "all"}
    # Nothing was lowered before the third quarter.
    assert {row["period_start"] for row in found} <= {date(2026, 7, 1), date(2026, 10, 1)}


def test_the_bar_is_compared_with_the_four_quarters_before(gamed: Rows) -> None:
    """The same figures from the cycles, counted in Python."""
    cycles = rows(gamed[0]["warehouse"], "from marts.fct_lead_cycles")
    as_of = rows(gamed[0]["warehouse"], "select as_of from ingest.run_context")[0]["as_of"]
    mqls = [c for c in cycles if c["counts_to_volume"] and not c["is_mql_inferred"]]
    age = timedelta(days=30)
    questions: dict[str, Any] = {
        "fit": lambda c: c["is_fit"],
        "mql_to_sql": lambda c: (
            None
            if c["mql_at"] + age > as_of
            else bool(c["sql_at"]) and c["sql_at"] <= c["mql_at"] + age
        ),
        "bunching": lambda c: None if c["score"] is None else 50 <= c["score"] < 55,
    }
    first_day = min(c["mql_at"] for c in mqls).date()
    looked_at = [row for row in gamed if row["signal"] == "bar_lowering"]
    assert len(looked_at) > 60
    for row in looked_at:
        start = row["period_start"]
        own = [c for c in mqls if row["subject"] in ("all", c["source"])]
        now = [c for c in own if start <= c["mql_at"].date() < _later(start, 3)]
        before = [c for c in own if _later(start, -12) <= c["mql_at"].date() < start]
        days = (min(_later(start, 3), as_of.date()) - start).days
        days_before = (start - max(first_day, _later(start, -12))).days
        ratio = (len(now) / days) / (len(before) / days_before)
        assert row["volume_ratio"] == pytest.approx(ratio)
        if row["measure"] == "score":
            scores = [c["score"] for c in now if c["score"] is not None]
            earlier = [c["score"] for c in before if c["score"] is not None]
            assert row["observed"] == pytest.approx(mean(scores))
            assert row["expected"] == pytest.approx(mean(earlier))
            assert row["out_of"] == len(scores)
        else:
            asked = [questions[row["measure"]](c) for c in now]
            answers = [answer for answer in asked if answer is not None]
            asked = [questions[row["measure"]](c) for c in before]
            answers_before = [answer for answer in asked if answer is not None]
            share = sum(answers_before) / len(answers_before)
            assert (row["observed"], row["out_of"]) == (sum(answers), len(answers))
            assert row["expected"] == pytest.approx(len(answers) * share)
        if ratio <= 1 and row["measure"] != "bunching":
            assert not row["is_flagged"]
            assert row["q_value"] is None


def _later(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def test_every_signal_can_be_looked_into(gamed: Rows) -> None:
    """A sentence each; each flagged one with its records, which are those of the exports."""
    for row in gamed:
        assert row["explanation"].endswith(".")
        assert "None" not in row["explanation"]
        assert (row["severity"] == "none") == (not row["is_flagged"])
        if row["is_flagged"]:
            assert row["evidence_count"] > 0
            assert row["signal"] == "bar_lowering" or row["evidence_count"] == row["observed"]
    evidence = rows(
        gamed[0]["warehouse"],
        """
        select signal, measure, min(why) as why, count(*) as n, count(distinct record_id) as records
        from marts.rpt_integrity_evidence group by all order by all
        """,
    )
    assert all(row["why"] and row["records"] > 0 for row in evidence)
    worth = [row for row in gamed if row["signal"] == "ignored_leads" and row["is_flagged"]]
    assert all(row["amount_at_stake"] > 1000 for row in worth)


def test_what_a_gamer_was_given_is_no_excuse(gamed: Rows) -> None:
    """Leads are dealt out at random: nobody's mix or fit is far from the team's."""
    allocation = rows(
        gamed[0]["warehouse"],
        "from marts.rpt_lead_allocation where period = 'quarter' and leads >= 50",
    )
    assert len(allocation) > 30
    for row in allocation:
        assert row["source_mix_distance"] < 3 * row["source_mix_distance_by_chance"]
        assert row["expected_conversion_low"] <= row["expected_conversion_rate"]
        assert row["expected_conversion_rate"] <= row["expected_conversion_high"]
    far = [
        row
        for row in allocation
        if not row["fit_rate_low"] <= row["team_fit_rate"] <= row["fit_rate_high"]
    ]
    assert len(far) <= 0.1 * len(allocation)
