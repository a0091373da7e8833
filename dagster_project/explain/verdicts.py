"""How a cycle was judged, clause by clause.

Belongs here: the verdicts with what is to be known beside their sentences: the term, the record,
the criteria of the lead definition, whether the data can tell. Does not belong here: the sentences
themselves, which are the view's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagster_project.explain.model import Verdict
from dagster_project.explain.published import Published, Row

# In the order in which a lead meets them; clauses of a later agreement come last.
_CLAUSES = (
    "fit",
    "completeness",
    "handoff",
    "speed_to_lead",
    "disposition",
    "cadence",
    "feedback",
    "contest_review",
)


def verdicts_of(published: Published, cycle_ids: Sequence[str]) -> dict[str, list[Verdict]]:
    """The verdicts of each cycle. The ids stand in the query itself: the views make a sentence for
    every row that they are not told to leave out."""
    if not cycle_ids:
        return {}
    marks = ", ".join("?" for _ in cycle_ids)
    sentences = published.rows(
        f"from marts.sla_explanations where cycle_id in ({marks})", cycle_ids
    )
    explained = {(row["cycle_id"], row["clause"]): row["explanation"] for row in sentences}
    fits = {
        row["cycle_id"]: row
        for row in published.rows(
            f"from marts.fit_explanations where cycle_id in ({marks})", cycle_ids
        )
    }
    rows = published.rows(
        f"""
        select obligations.*, terms.limit_value, terms.limit_unit, terms.clock, terms.min_count,
            terms.target_rate, terms.effective_from, assessability.missing,
            assessability.to_export, assessability.crm
        from marts.fct_sla_obligations as obligations
        left join marts.dim_sla_term as terms using (term_id)
        left join marts.rpt_sla_assessability as assessability
            on assessability.clause = obligations.clause
            and assessability.crm = split_part(obligations.lead_key, ':', 1)
        where obligations.cycle_id in ({marks})
        """,
        cycle_ids,
    )
    rows.sort(key=lambda row: (_place(row["clause"]), row["clause"]))
    verdicts: dict[str, list[Verdict]] = {}
    for row in rows:
        fit = fits.get(row["cycle_id"]) if row["clause"] == "fit" else None
        verdicts.setdefault(row["cycle_id"], []).append(
            Verdict(
                clause=row["clause"],
                side=row["side"],
                status=row["status"],
                sentence=explained[row["cycle_id"], row["clause"]],
                term=_term(row),
                record=row["evidence_record_id"],
                details=tuple(_criteria(fit, row["status"])) if fit else (),
                doubt=None if row["is_assessable"] else _doubt(row),
            )
        )
    return verdicts


def _place(clause: str) -> int:
    return _CLAUSES.index(clause) if clause in _CLAUSES else len(_CLAUSES)


def _criteria(fit: Row, status: str) -> Iterator[str]:
    """What the sentence does not say of the criteria: those met, and where no clause is owed those
    not met."""
    if fit["criteria_failed"] and status != "missed":
        yield f"Not met: {fit['criteria_failed']}."
    if fit["criteria_met"]:
        yield f"Met: {fit['criteria_met']}."


def _doubt(row: Row) -> str:
    return (
        f"Not assessable: {row['crm']} never exported {row['missing']}. Export {row['to_export']}."
    )


def _term(row: Row) -> str:
    """`speed_to_lead: 60 business minutes, target 90%`."""
    parts = []
    if row["min_count"] is not None:
        parts.append(f"{row['min_count']} touches")
    if row["limit_value"] is not None:
        kind = "business " if row["clock"] == "business" else ""
        parts.append(f"{row['limit_value']:g} {kind}{row['limit_unit']}")
    if row["target_rate"] is not None:
        parts.append(f"target {row['target_rate'] * 100:g}%")
    return row["term_id"] + (": " if parts else "") + ", ".join(parts)
