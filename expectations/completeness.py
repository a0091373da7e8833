"""Marketing's commitment: the fields the agreement requires are there when a lead is handed over.

Read from `intermediate.int_leads_as_handed_over`: one row per cycle, the values as of `mql_at`,
the rule in force for each field at that date (null: not required), the week of `mql_at` in the
reporting time zone, and the target of the completeness term in force (null: nothing was promised
for that lead, which is then not judged). A cycle whose MQL is inferred was never handed over:
exempt. A breach never blocks the run: it is the finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from expectations.model import Check, Suite

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE = "intermediate.int_leads_as_handed_over"

# A promise was in force, and there was a handover.
_HANDED_OVER = """target_rate is not null and cycle_id in (
    select cycle_id from intermediate.int_cycles where not is_mql_inferred
)"""

# Each rule as a regular expression on the value, null read as ''. A number arrives as what its
# cast gives ('' when it does not parse), where a digit tells it from `nan` and `inf`.
PATTERNS = {
    "present": "[^[:space:]]",
    "email": "^[^@[:space:]]+@[^@[:space:]]+[.][^@[:space:]]+$",
    "number": "[0-9]",
}
MEANINGS = {
    "present": "the {field} is not blank",
    "email": "the {field} reads something@something.something, with no blank in it and one @",
    "number": "the {field} is a number",
    "in_sources": "the {field} is one that the agreement lists for its CRM",
}


def suites(connection: DuckDBPyConnection) -> list[Suite]:
    """The suite of the required fields in the built warehouse; empty when none is required.

    Reads the agreement (`contract.required_fields`, `contract.lead_sources`) and the targets.
    The caller closes the connection before the suite is run.
    """
    rules = connection.execute(
        "select distinct field, rule from contract.required_fields order by field, rule"
    ).fetchall()
    if not rules:
        return []
    sources = [
        name
        for (name,) in connection.execute(
            f"""
            select distinct {_match_key("crm")} || ' / ' || {_match_key("raw_source")} as name
            from contract.lead_sources
            where {_match_key("raw_source")} is not null and source is not null
            order by name
            """
        ).fetchall()
    ]
    columns = list(_columns(rules))
    return [
        Suite(
            name="completeness",
            table=TABLE,
            rows=_rows(columns),
            key="cycle_id",
            checks=tuple(
                _check(*column, target, sources)
                for column, target in zip(columns, _targets(connection, columns), strict=True)
            ),
            blocking=False,
        )
    ]


def _columns(rules: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Field, rule and the name results go by: the field's, unless two rules held in turn."""
    fields = [field for field, _rule in rules]
    for field, rule in rules:
        yield field, rule, field if fields.count(field) == 1 else f"{field} ({rule})"


def _rows(columns: Sequence[tuple[str, str, str]]) -> str:
    """One row per lead handed over under a promise; a field not required of it is null."""
    values = ",\n".join(
        f"    case when {field}_rule = '{rule}' then {_value(field, rule)} end as \"{column}\""
        for field, rule, column in columns
    )
    return f"""
select
    cycle_id,
    mql_week,
    target_rate,
{values}
from {TABLE}
where {_HANDED_OVER}
"""


def _value(field: str, rule: str) -> str:
    if rule == "in_sources":
        return f"{_match_key('crm')} || ' / ' || coalesce({_match_key(field)}, '')"
    if rule == "number":
        return f"coalesce(cast(try_cast(trim({field}) as double) as varchar), '')"
    return f"coalesce({field}, '')"


def _match_key(column: str) -> str:
    """Raw values match trimmed, ignoring case; non-breaking spaces are blanks."""
    return f"nullif(trim(replace(lower({column}), chr(160), ' ')), '')"


def _targets(
    connection: DuckDBPyConnection, columns: Sequence[tuple[str, str, str]]
) -> list[float | None]:
    """Per column the mean of the targets in force for the leads of whom it was required."""
    means = ", ".join(
        # A mean of equal doubles need not equal them.
        f"case when min(target_rate) filter ({field}_rule = '{rule}') "
        f"= max(target_rate) filter ({field}_rule = '{rule}') "
        f"then min(target_rate) filter ({field}_rule = '{rule}') "
        f"else avg(target_rate) filter ({field}_rule = '{rule}') end"
        for field, rule, _column in columns
    )
    row = connection.execute(f"select {means} from {TABLE} where {_HANDED_OVER}").fetchone()
    assert row is not None
    return list(row)


def _check(
    field: str, rule: str, column: str, target: float | None, sources: Sequence[str]
) -> Check:
    arguments: dict[str, Any] = {
        "column": column,
        "period": "mql_week",
        "target": "target_rate",
        "key": "cycle_id",
        "mostly": 1.0 if target is None else target,
    }
    if rule == "in_sources":
        expectation = "expect_column_values_to_be_in_set_by_period"
        arguments["value_set"] = list(sources)
    else:
        expectation = "expect_column_values_to_match_regex_by_period"
        arguments["regex"] = PATTERNS[rule]
    promise = "" if target is None else f" for at least {target * 100:g} % of the leads"
    meaning = f"As handed over, {MEANINGS[rule].format(field=field)}{promise}."
    return Check(expectation=expectation, arguments=arguments, meaning=meaning)
