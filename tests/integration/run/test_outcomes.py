"""The scorecard and the agenda as they are published: every item leads to its rows."""

from __future__ import annotations

import subprocess

from tests.integration.run.conftest import Installation

Finished = subprocess.CompletedProcess[str]

TOPICS = {
    "weekly": {"escalation", "missed_clause", "waiting", "joint_review", "not_assessable"},
    "monthly": {"source_decision", "completeness", "integrity"},
    "quarterly": {"coverage", "benchmark", "channel_mix", "definition", "integrity"},
}


def test_every_item_of_an_agenda_leads_to_its_rows(
    first_run: tuple[Installation, Finished],
) -> None:
    installation, _ = first_run
    items = installation.query("select statement, rows_in, row_filter from marts.rpt_review_agenda")
    assert len(items) > 10
    empty = [
        statement
        for statement, rows_in, row_filter in items
        if installation.query(f"select count(*) from {rows_in} where {row_filter}") == [(0,)]
    ]
    assert empty == []
    assert [statement for statement, _, _ in items if not str(statement).endswith(".")] == []


def test_an_agenda_is_in_order_with_escalations_first(
    first_run: tuple[Installation, Finished],
) -> None:
    installation, _ = first_run
    for meeting, minutes in (("weekly", 15), ("monthly", 45), ("quarterly", 90)):
        items = installation.query(
            "select position, topic, minutes from marts.rpt_review_agenda "
            f"where meeting = '{meeting}' order by position"
        )
        assert [position for position, _, _ in items] == list(range(1, len(items) + 1))
        assert {each for _, _, each in items} == {minutes}
        topics = [topic for _, topic, _ in items]
        assert set(topics) <= TOPICS["weekly"] | TOPICS[meeting]
        escalated = topics.count("escalation")
        assert topics[:escalated] == ["escalation"] * escalated
    escalated_clauses = installation.query(
        """
        select clause from marts.rpt_sla_compliance
        where is_escalated and is_complete
        qualify period_start = max(period_start) over () order by clause
        """
    )
    assert escalated_clauses
    assert (
        installation.query(
            "select subject from marts.rpt_review_agenda "
            "where meeting = 'weekly' and topic = 'escalation' order by subject"
        )
        == escalated_clauses
    )


def test_the_scorecard_shows_both_sides_with_joint_metrics_first(
    first_run: tuple[Installation, Finished],
) -> None:
    installation, _ = first_run
    rows = installation.query(
        "select side, metric from marts.rpt_scorecard where period = 'month' and not is_complete "
        "order by position"
    )
    sides = [str(side) for side, _ in rows]
    assert list(dict.fromkeys(sides)) == ["joint", "marketing", "sales"]
    assert {metric for side, metric in rows if side == "marketing"} == {
        "volume",
        "fit",
        "completeness",
        "handoff",
        "contest_review",
    }
    assert {metric for side, metric in rows if side == "sales"} == {
        "speed_to_lead",
        "disposition",
        "cadence",
        "feedback",
    }
    assert {"coverage", "sources_below"} <= {metric for side, metric in rows if side == "joint"}
