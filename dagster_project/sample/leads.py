"""Who comes in: one row per lead of a chunk, with all that is decided when it arrives.

Belongs here: the table `leads`. Number `n` counts all leads in order of creation. A lead is a
person at a company, each with a number of its own: a duplicate has the person of the lead it will
be merged into, a colleague the company of a lead shortly before.

Numbers are looked at in blocks of 64, so that who belongs to whom never crosses a chunk.
"""

from __future__ import annotations

import duckdb

from dagster_project.sample.company import Company
from dagster_project.sample.gaming import lowered_bar
from dagster_project.sample.sql import DAY, Chance, literal, weighted
from dagster_project.sample.words import (
    COMPANY_FIRST,
    COMPANY_FORM,
    COMPANY_SECOND,
    FIRST_NAMES,
    LAST_NAMES,
)

BLOCK = 64

INDUSTRIES_SERVED = (
    ("Software", 22), ("Financial Services", 14), ("Manufacturing", 14), ("Healthcare", 12),
    ("Professional Services", 10), ("Retail", 9), ("Logistics", 8), ("Telecommunications", 5),
    ("Insurance", 6),
)  # fmt: skip
INDUSTRIES_NOT_SERVED = (
    ("Agriculture", 3), ("Education", 4), ("Government", 3), ("Construction", 3), ("", 2),
)  # fmt: skip
BUYERS = (
    ("VP of Sales", 12), ("Head of Marketing", 12), ("Director of Operations", 12),
    ("Marketing Manager", 14), ("IT Manager", 10), ("Chief Revenue Officer", 6), ("CFO", 5),
    ("Founder", 6), ("Revenue Operations Manager", 9), ("Director, Customer Success", 7),
    ("Team Lead Sales", 7),
)  # fmt: skip
OTHERS = (
    ("Analyst", 6), ("Consultant", 4), ("Sales Representative", 4), ("Student", 2),
    ("Executive Assistant", 2), ("Intern", 1), ("Software Engineer", 4),
)  # fmt: skip
REQUIRED = ("name", "company", "role", "email", "source", "score")


def create_leads(
    con: duckdb.DuckDBPyConnection, company: Company, first: int, last: int, chance: Chance
) -> None:
    """Creates `leads` for the numbers from `first` (a multiple of 64) up to before `last`, and
    `lead_ends`: until when anything can happen to each (merge, deletion, the present)."""
    _create_arrivals(con, company, first, last, chance)
    first_owner = chance.weighted(
        [("integration", 58), ("marketing", 22), ("queue", 20)], "first owner"
    )
    labels = " ".join(
        f"when {literal(each.name)} then {chance.one_of(each.labels, 'source label')}"
        for each in company.sources
    )
    company_misfits = lowered_bar(
        company, "(1 - s.fit) * 0.55", "(1 - s.fit) * 0.55 + 0.35", "a.created_at"
    )
    con.execute(f"""
create or replace table leads as
with described as (
    select
        a.*,
        {chance("company fits", "c")} < {company_misfits} as company_misfits,
        {chance("person fits", "p")} < (1 - s.fit) * 0.45 as person_misfits,
        {chance("which misfit", "c")} as company_misfit,
        {chance("which misfit of the person", "p")} as person_misfit,
        s.mql as mql_chance, s.at_once, s.sql as sql_chance, s.rejected as rejected_chance,
        s.recent, s.blank as blank_chance, s.created_by_sales,
        g.min_employees, g.max_employees, g.amount, g.deal_days
    from arrivals as a
    join source_table as s on s.name = a.source
    join segment_table as g on g.name = a.segment
)
select
    d.* exclude (
        source_chance, size_chance, company_misfit, min_employees, max_employees, blank_chance
    ),
    case when d.created_by_sales then 'rep' else {first_owner} end as first_owner_role,
    case when d.created_by_sales
        then t.first_number + floor({chance("first rep")} * t.size)::bigint
        else f.first_number + floor({chance("first other owner")} * f.size)::bigint
    end as first_owner,
    not company_misfits and not person_misfits as is_fit,
    case d.source {labels} end as raw_source,
    {_blank_columns(chance)},
    {_company_columns(chance)},
    {_person_columns(company, chance)}
from described as d
join office_teams as t on t.office = d.office and t.role = 'sdr'
left join office_teams as f on f.office = d.office and f.role = {first_owner}
order by n
""")
    con.execute("""
create or replace table lead_ends as
select l.n, least(p.ends_at, l.merged_at - 1, l.deleted_at - 1) as ends_at
from leads as l cross join present as p
order by l.n
""")


def _create_arrivals(
    con: duckdb.DuckDBPyConnection, company: Company, first: int, last: int, chance: Chance
) -> None:
    """Creates `arrivals`: number, instant, place in the block, person, company, source, market."""
    market = " ".join(
        f"when market_weight < h.up_to_{each.name} then {literal(each.name)}"
        for each in company.markets[:-1]
    )
    source = weighted([(each.name, each.share) for each in company.sources], "source_chance")
    segment = weighted([(each.name, each.share) for each in company.segments], "size_chance")
    con.execute(f"""
create or replace table arrivals as
with numbered as (
    select
        *,
        unnest(range(
            greatest({first}, first_number), least({last}, first_number + arrivals)
        )) as n
    from arrival_hours
    where first_number < {last} and first_number + arrivals > {first}
),
timed as (
    select
        n,
        n % {BLOCK} as place,
        h.hour + (3600 * (n - h.first_number + {chance("second")}) / h.arrivals)::bigint
            as created_at,
        floor({chance("market")} * h.total)::bigint as market_weight,
        case {market} else {literal(company.markets[-1].name)} end as market,
        {chance("merged", f"n // {BLOCK}")} < 0.8 or n < {2 * BLOCK} as block_merges,
        {chance("chain", f"n // {BLOCK}")} < 0.1 or n < {2 * BLOCK} as block_chains
    from numbered as h
),
related as (
    select
        * exclude (market_weight, block_merges, block_chains),
        case
            when place = 40 and block_merges then n - 4
            when place = 44 and block_merges and block_chains then n - 4
        end as merges_into,
        case
            when place = 40 and block_merges then n - 4
            when place = 44 and block_merges and block_chains then n - 8
            else n
        end as p,
        case
            when n % 4 = 3 and {chance("colleague")} < 0.45
                then n - 1 - floor({chance("of whom")} * 3)::bigint
            else p
        end as c
    from timed
)
select
    r.*,
    {chance("source", "c")} as source_chance,
    {source} as source,
    {chance("size", "c")} as size_chance,
    {segment} as segment,
    m.office,
    m.currency
from related as r
join markets as m on m.name = r.market
""")


def _blank_columns(chance: Chance) -> str:
    return ",\n    ".join(
        f"{chance(f'blank {field}')} < blank_chance * {0.5 if field == 'name' else 1.0} "
        f"as blank_{field}"
        for field in REQUIRED
    )


def _company_columns(chance: Chance) -> str:
    first = chance.one_of(COMPANY_FIRST, "company first", "c")
    second = chance.one_of(COMPANY_SECOND, "company second", "c")
    form = chance.one_of(COMPANY_FORM, "company form", "c")
    within = f"sqrt({chance('employees', 'c')}) * {chance('employees too', 'c')}"
    return f"""
    {first} || {second} as company_stem,
    company_stem || ' ' || {form} as company_name,
    case when company_misfits and company_misfit < 0.5
        then {chance.weighted(INDUSTRIES_NOT_SERVED, "other industry", "c")}
        else {chance.weighted(INDUSTRIES_SERVED, "industry", "c")}
    end as industry,
    case
        when {chance("no size", "c")} < 0.02 then null
        when company_misfits and company_misfit >= 0.92 then 10001 + floor({within} * 90000)::int
        when company_misfits and company_misfit >= 0.5 then 1 + floor({within} * 19)::int
        else min_employees + floor({within} * (max_employees - min_employees))::int
    end as employees"""


def _person_columns(company: Company, chance: Chance) -> str:
    first = chance.one_of(FIRST_NAMES, "first name", "p")
    last = chance.one_of(LAST_NAMES, "last name", "p")
    countries = " ".join(
        f"when {literal(each.name)} then {chance.weighted(each.countries, 'country', 'p')}"
        for each in company.markets
    )
    return f"""
    {first} as first_name,
    {last} as last_name,
    case when person_misfits and person_misfit < 0.7
        then {chance.weighted(OTHERS, "other title", "p")}
        else {chance.weighted(BUYERS, "title", "p")}
    end as title,
    {chance("internal", "p")} < 0.006 or n = 77 as is_test,
    case
        when is_test then {chance.one_of(("leadpact.example", "leadpact-test.example"), "domain")}
        when person_misfits and person_misfit > 0.95
            then {chance.one_of(("rivalcloud.example", "competisoft.example"), "rival", "c")}
        else lower(company_stem) || c || '.example'
    end as domain,
    case
        when {chance("bad address")} < 0.008 then lower(first_name) || ' at ' || domain
        when {chance("cut address")} < 0.006 then lower(first_name) || '@' || lower(company_stem)
        else lower(first_name) || '.' || lower(last_name) || '@' || domain
    end as email,
    case market {countries} end as country,
    case when merges_into is null and place not in (36, 40)
            and ({chance("deleted")} < 0.009 or n = 65)
        then created_at + {3 * DAY}
            + ({chance("deleted after")} * {40 * DAY})::bigint
    end as deleted_at,
    case
        when place = 44 and merges_into is not null
            then created_at + {DAY} + ({chance("merged after")} * {9 * DAY})::bigint
        when merges_into is not null
            then created_at + {30 * DAY} + ({chance("merged after")} * {20 * DAY})::bigint
    end as merged_at"""
