"""What people do with a lead: calls, e-mails, messages, meetings, plans, mailings, replies.

Belongs here: the table `activities`, one row per activity with when it happened (`done_at`), when
it was entered (`logged_at`) and by whom. Kinds: call, email, social, meeting, reply, planned (not
done yet), todo (no touch), mailing (a list mail by marketing), automated (sent by a sequence).
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from dagster_project.sample.changes import number_of_first
from dagster_project.sample.company import Company
from dagster_project.sample.sql import DAY, Chance

TOUCH_KINDS = (("call", 44), ("email", 40), ("social", 12), ("todo", 4))


def create_activities(con: duckdb.DuckDBPyConnection, company: Company, chance: Chance) -> None:
    """Creates `activities` entered up to the present.

    `seq` numbers a lead's activities in the order of entry; a lead has fewer than 255. Meetings
    may lie beyond the present, everything else has happened.
    """
    _create_touches(con, chance)
    parts = "\nunion all\n".join(_parts(company, chance))
    con.execute(f"""
create or replace table activities as
with done as (
    {parts}
)
select
    d.*,
    row_number() over (partition by d.n order by d.logged_at, d.done_at, d.kind, d.person) as seq,
    coalesce(x.opp_at <= d.logged_at, false) as is_on_contact
from done as d
join lead_ends as e on e.n = d.n
left join lead_deals as x on x.n = d.n
where d.logged_at <= e.ends_at and (d.kind in ('meeting', 'planned') or d.done_at <= e.ends_at)
order by d.n, seq
""")


def _create_touches(con: duckdb.DuckDBPyConnection, chance: Chance) -> None:
    """Creates `touches`: the reps' calls, e-mails and messages, at their pace and in their hours.

    The first is at `first_at`; the others follow every `pace_b` business seconds, give or take,
    until the pass closes or is handed to the account executive, who works at a slower pace.
    """
    number = "(m * 32 + j)"

    def t(question: str) -> str:
        return chance(question, number)

    con.execute(f"""
create or replace table touches as
with worked as (
    select
        n, m, rep as person, calendar, h, logs_late, bursts, unnest(range(touches)) as j,
        first_at, first_b::bigint as from_b, pace_b,
        least(coalesce(closed_at, 4102444800), coalesce(sql_at, 4102444800)) as until_at
    from cycles
    where first_at is not null
    union all
    select
        n, m, ae, calendar, h, logs_late, bursts,
        unnest(range(16, 18 + floor({chance("deal touches", "m")} * 5)::int)),
        null, opp_b::bigint - 15 * (h * 2.5)::bigint, h * 2.5,
        coalesce(deal_closed_at, 4102444800)
    from cycles
    where opp_at is not null
),
planned as (
    select
        *,
        (from_b + pace_b * (j + 0.35 * {t("sooner or later")} - 0.2))::bigint as at_b
    from worked
)
select
    p.n, p.m, p.j, p.person, p.logs_late, p.bursts,
    {number} as number,
    case when p.j = 0 then p.first_at else d.opens_at + p.at_b % p.h end as done_at,
    {chance.weighted(TOUCH_KINDS, "kind of touch", number)} as any_kind,
    case when p.j = 0 and any_kind = 'todo' then 'email' else any_kind end as kind
from planned as p
join open_days as d on d.calendar = p.calendar and d.position = p.at_b // p.h
where (p.j = 0 or d.opens_at + p.at_b % p.h > p.first_at or p.first_at is null)
    and done_at < p.until_at
""")


def _parts(company: Company, chance: Chance) -> Iterator[str]:
    """The SQL of each source of activities: n, at, logged_at, kind, person."""

    def t(question: str) -> str:
        return chance(question, "t.number")

    def c(question: str) -> str:
        return chance(question, "c.m")

    yield f"""
select
    t.n,
    t.done_at,
    case
        when {t("late")} < t.logs_late then t.done_at + 5400 + ({t("late by")} * {2 * DAY})::bigint
        when t.j > 0 and {t("entered before")} < 0.15
            then t.done_at - 600 - ({t("before by")} * 10000)::bigint
        when t.kind = 'call' then t.done_at + ({t("call lasts")} * 900)::bigint
        else t.done_at + ({t("mail logged")} * 5)::bigint
    end as logged_at,
    t.kind,
    t.person
from touches as t"""
    yield f"""
select t.n, t.done_at + 25 + ({t("burst after")} * 200)::bigint as done_at,
    t.done_at + 240 as logged_at, 'email', t.person
from touches as t where {t("burst")} < t.bursts"""
    yield f"""
select c.n, c.first_at + 1800 + ({c("replies after")} * {2 * DAY})::bigint as done_at,
    done_at + 60 as logged_at, 'reply', c.rep
from cycles as c
where c.first_at is not null and done_at < coalesce(c.closed_at, done_at + 1)
    and {c("replies")} < case
        when c.sql_at is not null then 0.8 when c.outcome = 'dead' then 0.06 else 0.35 end"""
    yield f"""
select c.n, null, c.first_at + 120 as logged_at, 'planned', c.rep
from cycles as c where c.first_at is not null and {c("plans")} < 0.3"""
    yield f"""
select c.n, c.mql_at + 90 as done_at, done_at as logged_at, 'automated',
    {number_of_first(company, "integration")}
from cycles as c where not c.is_inferred and {c("sequence")} < 0.35"""
    days = f"(1 + floor({c('meeting after')} * 4)::bigint)"
    yield f"""
select c.n,
    (c.sql_at // 1800 + 1) * 1800 + {DAY} * (
        {days} + case when (c.sql_at // {DAY} + {days} + 3) % 7 >= 5 then 2 else 0 end
    ) as done_at,
    c.sql_at + ({c("meeting booked after")} * 600)::bigint as logged_at, 'meeting', c.ae
from cycles as c where c.sql_at is not null and {c("meets")} < 0.75"""
    yield f"""
select
    l.n,
    l.created_at + (({DAY} * (2 + 20 * i.i + 15 * {chance("mailing", "(l.n * 8 + i.i)")})))::bigint
        // 3600 * 3600 as done_at,
    done_at + 5 as logged_at,
    'mailing',
    {number_of_first(company, "marketing")}
from leads as l cross join (values (0), (1)) as i(i)
where {chance("gets mailings", "(l.n * 8 + i.i)")} < 0.3"""
