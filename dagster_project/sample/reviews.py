"""Marketing's rulings on rejections, kept in a spreadsheet beside the CRM.

Belongs here: the query of `reviews.csv`, the same for every CRM.
"""

from __future__ import annotations

from collections.abc import Callable

from dagster_project.sample.drops import Drop
from dagster_project.sample.sql import DAY, Chance

EVIDENCE = (
    "Matches the definition on all criteria", "Company confirmed a project on the webinar",
    "Budget named in the form", "Agreed in the weekly meeting", "Title confirmed with the company",
)  # fmt: skip


def reviews(drop: Drop, chance: Chance, lead_id: str, instant: Callable[[str], str]) -> str:
    """The SQL of the rulings made in a drop's time; `lead_id` is SQL over the number `n`.

    Most rulings come within the seven days agreed, some late, some rejections get none.
    """

    def c(question: str) -> str:
        return chance(question, "c.m")

    return f"""
with ruled as (
    select
        c.n, c.m, c.rejected_at,
        case when {c("contested")} < case when l.is_fit then 0.26 else 0.06 end
            then 'contested' else 'accepted' end as ruling,
        c.rejected_at + case
            when {c("ruled")} < 0.86 then 7200 + ({c("ruled after")} * {6 * DAY})::bigint
            when {c("ruled")} < 0.94 then {7 * DAY} + ({c("ruled after")} * {6 * DAY})::bigint
        end as ruled_at
    from cycles as c
    join leads as l on l.n = c.n
    join lead_ends as e on e.n = c.n
    where c.rejected_at <= e.ends_at
)
select
    {lead_id} as lead_id,
    {instant("c.rejected_at")} as rejected_at,
    c.ruling,
    {instant("c.ruled_at")} as ruled_at,
    p.email as ruled_by,
    case when c.ruling = 'contested' or {c("evidence")} < 0.2
        then {chance.one_of(EVIDENCE, "which evidence", "c.m")} else '' end as evidence
from ruled as c
join people as p on p.number = (select min(number) from people where role = 'marketing')
where c.ruled_at is not null and {drop.holds("c.ruled_at")}
order by c.rejected_at, lead_id
"""
