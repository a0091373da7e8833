"""What is written to a lead over time: its field history.

Belongs here: the table `changes`, one row per lead, instant and field with the value before and
after, as the CRM's own words, and the snapshots of leads made from it. A field's first value is a
row too (`is_initial`), so that what a lead shows at any instant is the newest row up to then.

Owners are written as the number of the person. Nothing is written to a lead that has been merged
or deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from dagster_project.sample.company import Company
from dagster_project.sample.gaming import lowered_bar
from dagster_project.sample.leads import BUYERS
from dagster_project.sample.sql import DAY, Chance, literal, weighted

NOTES = (
    "Spoke briefly, no project planned.", "Size is below what we serve.",
    "Budget frozen until next year.", "Wants to look again later; asked us not to call.",
    "Only looking for a student paper.", "Not the person who decides, no introduction offered.",
    "Uses an in-house tool and is content with it.", "Asked for pricing only, ended the call.",
    'Said "call me in spring".\nNo budget before the new year.',
)  # fmt: skip

FIELDS = ("status", "lifecycle", "owner", "score", "title", "company", "reason", "note")


@dataclass(frozen=True, slots=True)
class Write:
    """One kind of entry in the field history, as SQL over the lead `l` and its pass `c`.

    `priority` orders what is written in the same second; 0 is a field's first value.
    """

    field: str
    at: str
    value: str
    actor: str
    priority: int
    where: str = "true"

    def sql(self, tables: str) -> str:
        """The entries of this kind for the rows of `tables`."""
        return f"""
select l.n, {self.at} as written_at, {literal(self.field)} as field,
    ({self.value})::varchar as value, {self.actor} as actor, {self.priority} as priority
from {tables}
where {self.at} is not null and {self.where}"""


def create_changes(con: duckdb.DuckDBPyConnection, company: Company, chance: Chance) -> None:
    """Creates `changes` up to the present from `leads` and `cycles`.

    `seq` numbers a lead's changes in order; a lead has fewer than 127.
    """
    of_leads = "leads as l left join cycles as c on c.n = l.n and c.k = 1"
    of_cycles = "cycles as c join leads as l on l.n = c.n"
    parts = "\nunion all\n".join(
        [
            *(write.sql(of_leads) for write in _first_values(company, chance)),
            *(write.sql(of_leads) for write in _corrections(company, chance)),
            *(write.sql(of_cycles) for write in _progress(company, chance)),
            *(write.sql(of_cycles) for write in _ownership(company, chance)),
        ]
    )
    con.execute(f"""
create or replace table changes as
with written as (
    {parts}
),
numbered as (
    select
        w.n, w.written_at, w.field, w.value, w.actor, w.priority = 0 as is_initial,
        row_number() over lead_order as seq,
        lag(w.value) over field_order as value_before
    from written as w
    join lead_ends as e on e.n = w.n
    where w.written_at <= e.ends_at
    window
        lead_order as (partition by w.n order by w.written_at, w.priority, w.field),
        field_order as (partition by w.n, w.field order by w.written_at, w.priority)
)
select * from numbered
where is_initial or field = 'converted' or value is distinct from value_before
order by n, seq
""")


def snapshot(at: int) -> str:
    """The SQL of what each lead shows at the instant `at`: one row per lead that exists by then.

    Columns `shown_<field>`; null: never written. `changed_at` is the instant of the newest change.
    """
    values = ",\n    ".join(
        f"arg_max(value, seq) filter (field = {literal(name)}) as shown_{name}" for name in FIELDS
    )
    return f"""
select
    n,
    max(written_at) as changed_at,
    {values}
from changes
where written_at <= {at}
group by n"""


def _first_values(company: Company, chance: Chance) -> Iterator[Write]:
    """What a lead shows when it is created."""
    new, mql = (company.labels.status[stage][0] for stage in ("new", "mql"))
    rule = number_of_first(company, "integration")
    creator = f"case when l.first_owner_role = 'queue' then {rule} else l.first_owner end"

    def first(field: str, value: str, where: str = "true") -> Write:
        return Write(field, "l.created_at", value, creator, 0, where)

    title = "case when l.blank_role then '' else l.title end"
    if company.crm == "hubspot":
        yield first(
            "lifecycle",
            "case when c.is_born_mql then 'marketingqualifiedlead' "
            f"when {chance('subscriber', 'l.n')} < 0.3 then 'subscriber' else 'lead' end",
        )
        yield first("status", literal(new))
        yield first("title", title)
        yield first("company", "case when l.blank_company then '' else l.company_name end")
    else:
        yield first("created", "''")
        yield first(
            "status", f"case when c.is_born_mql then {literal(mql)} else {literal(new)} end"
        )
        yield first("title", title, f"l.blank_role or {_is_promoted(chance)}")
        yield first("company", "''", "l.blank_company")
    yield first("owner", "l.first_owner")
    yield first(
        "score",
        f"case when c.is_at_once then {_mql_score(company, chance, '(l.n * 8 + 1)')} "
        f"else {_early_score(chance)} end",
        "not l.blank_score",
    )


def _corrections(company: Company, chance: Chance) -> Iterator[Write]:
    """What is found out or changes about a lead whether or not it ever becomes an MQL."""
    rule = str(number_of_first(company, "integration"))

    def later(days: int, spread: int, question: str) -> str:
        return f"l.created_at + {days * DAY} + ({chance(question, 'l.n')} * {spread * DAY})::bigint"

    yield Write(
        "title", later(1, 25, "enriched after"), "l.title", rule, 5,
        f"l.blank_role and {chance('enriched', 'l.n')} < 0.45",
    )  # fmt: skip
    yield Write(
        "title", later(9, 90, "promoted after"), weighted(BUYERS, chance("new title", "l.n")),
        rule, 5, f"not l.blank_role and {_is_promoted(chance)}",
    )  # fmt: skip
    yield Write(
        "company", later(1, 12, "company found after"), "l.company_name", rule, 5,
        f"l.blank_company and {chance('company found', 'l.n')} < 0.35",
    )  # fmt: skip
    yield Write(
        "score", later(1, 40, "score moves after"),
        f"{_early_score(chance)} + (floor({chance('score moves by', 'l.n')} * 18) - 8)::int",
        rule, 5,
        f"not l.blank_score and c.n is null and {chance('score moves', 'l.n')} < 0.5",
    )  # fmt: skip


def _progress(company: Company, chance: Chance) -> Iterator[Write]:
    """Stages and what goes with them: the score that made the MQL, the reason of a rejection."""

    def c(question: str) -> str:
        return chance(question, "c.m")

    rule = str(number_of_first(company, "integration"))
    worker = "case when c.sql_at is null then c.rep else c.ae end"
    for stage, at, actor, priority, where in (
        ("mql", "c.mql_at", rule, 3, "not c.is_inferred"),
        ("sal", "c.sal_at", "c.rep", 4, "true"),
        ("sql", "c.sql_at", "c.rep", 5, "true"),
        ("opportunity", "c.opp_at", "c.ae", 6, "true"),
        ("rejected", "c.rejected_at", worker, 7, "true"),
        ("dead", "c.dead_at", worker, 7, "true"),
        ("recycled", "c.recycled_at", worker, 7, "true"),
    ):
        words = company.labels.status[stage]
        if words:
            value = chance.one_of(words, f"word for {stage}", "c.m")
            yield Write("status", at, value, actor, priority, where)
    yield Write(
        "status", f"c.first_at + {4 * DAY}", literal(company.labels.unmapped_status), "c.rep", 8,
        f"c.outcome = 'open' and {c('on hold')} < 0.2",
    )  # fmt: skip
    yield Write(
        "status", "c.sal_at + 9000", literal(company.labels.status["mql"][0]), rule, 3,
        f"{c('scored again')} < 0.015 "
        "and c.sal_at + 9000 < coalesce(c.sql_at, c.closed_at, c.sal_at + 9001)",
    )  # fmt: skip
    if company.crm == "hubspot":
        yield from _lifecycle(rule)
    else:
        yield Write("converted", "c.opp_at", "''", "c.ae", 7)
    yield Write(
        "score", "c.mql_at - case when c.k = 1 and c.is_at_once then 0 else 2 end",
        _mql_score(company, chance, "c.m"), rule, 1, "not l.blank_score",
    )  # fmt: skip
    yield Write(
        "score", f"c.mql_at + {DAY} + ({c('score later after')} * {20 * DAY})::bigint",
        f"{_mql_score(company, chance, 'c.m')} + (floor({c('score later by')} * 22) - 8)::int",
        rule, 8,
        f"not l.blank_score and {c('score later')} < 0.3",
    )  # fmt: skip
    yield Write("reason", "c.rejected_at", weighted(company.labels.reasons, c("reason")), worker, 8)
    note = chance.one_of(NOTES, "note", "c.m")
    yield Write(
        "note", "c.rejected_at", f"case when {c('no note')} < 0.1 then '' else {note} end",
        worker, 9,
    )  # fmt: skip


def _lifecycle(rule: str) -> Iterator[Write]:
    """HubSpot's lifecycle stage, which its workflows keep beside the lead status."""
    yield Write("lifecycle", "c.mql_at", "'marketingqualifiedlead'", rule, 2, "not c.is_inferred")
    yield Write("lifecycle", "c.sql_at", "'salesqualifiedlead'", "c.rep", 5)
    yield Write("lifecycle", "c.opp_at", "'opportunity'", "c.ae", 6)
    yield Write("lifecycle", "c.deal_closed_at", "'customer'", rule, 7, "c.deal = 'won'")
    yield Write("lifecycle", "c.closed_at + 60", "'lead'", rule, 8)


def _ownership(company: Company, chance: Chance) -> Iterator[Write]:
    """From the first owner through a queue to a rep, perhaps another, and to an account
    executive; what is recycled goes back to marketing half of the time."""
    rule = str(number_of_first(company, "integration"))
    yield Write(
        "owner", "c.mql_at + 3",
        "(select t.first_number from office_teams as t "
        "where t.role = 'queue' and t.office = l.office)",
        rule, 4, "c.goes_through_queue",
    )  # fmt: skip
    yield Write("owner", "c.routed_at", "c.rep", rule, 5, "c.owner_before <> 'rep'")
    yield Write(
        "owner", "c.reassigned_at", "c.other_rep", "c.rep", 5,
        "c.reassigned_at < coalesce(c.sql_at, c.closed_at, c.reassigned_at + 1)",
    )  # fmt: skip
    yield Write(
        "owner", f"c.sql_at + ({chance('to ae after', 'c.m')} * 5400)::bigint", "c.ae", "c.rep", 6
    )
    yield Write("owner", "c.handed_back_at", str(number_of_first(company, "marketing")), rule, 8)


def _mql_score(company: Company, chance: Chance, number: str) -> str:
    """The SQL of the score with which a lead becomes an MQL: 50 or more, sometimes not."""
    above = f"{chance('mql score', number)} * {chance('mql score too', number)}"
    mostly = f"floor({above} * 50)::int"
    points = lowered_bar(company, mostly, f"floor({above} * 9)::int", "c.mql_at")
    below = f"38 + floor({chance('low score', number)} * 12)::int"
    return (
        "case when l.person_misfits and l.person_misfit between 0.7 and 0.95 "
        f"then {below} else 50 + {points} end"
    )


def _early_score(chance: Chance) -> str:
    return f"3 + floor({chance('score', 'l.n')} * 38)::int"


def _is_promoted(chance: Chance) -> str:
    return f"{chance('promoted', 'l.n')} < 0.03"


def number_of_first(company: Company, role: str) -> int:
    """The number of the first person of `role`, where it and all teams before it have one."""
    return next(number for number, team in enumerate(company.teams) if team.role == role)
