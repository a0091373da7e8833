"""When things happen: arrivals of leads hour by hour, and the working days of each office.

Belongs here: two small tables, `arrival_hours` and `workdays` (with `open_days`, its inverse), and
the expressions that read them. Instants are whole seconds since 1970-01-01 UTC.

Working time of an office is counted in business seconds since its first working day, so that "two
working days later" is an addition. Lunch breaks are not observed: people eat at their desks.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from dagster_project.sample.company import Company
from dagster_project.sample.sql import DAY, create_table, literal

# Relative arrivals by local hour, from midnight on; by ISO weekday, Monday first.
HOURS = (3, 2, 1, 1, 1, 2, 5, 12, 28, 46, 52, 48, 36, 44, 50, 46, 38, 27, 18, 14, 13, 12, 9, 5)
WEEKDAYS = (100, 112, 108, 102, 84, 22, 26)

# Days on which the offices are closed, as the default agreement has them.
_US = (
    "2025-09-01", "2025-11-27", "2025-11-28", "2025-12-25", "2026-01-01", "2026-01-19",
    "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03", "2026-09-07", "2026-11-26",
    "2026-11-27", "2026-12-25", "2027-01-01",
)  # fmt: skip
_UK = (
    "2025-08-25", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06",
    "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01",
)  # fmt: skip
_DACH = (
    "2025-10-03", "2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06",
    "2026-05-01", "2026-05-14", "2026-05-25", "2026-12-25", "2027-01-01",
)  # fmt: skip
HOLIDAYS = {"us_east": _US, "us_west": _US, "emea_uk": _UK, "emea_dach": _DACH}


def create_arrival_hours(
    con: duckdb.DuckDBPyConnection, company: Company, leads: int, start: int, end: int
) -> None:
    """Creates `arrival_hours`: per hour from `start` to `end` the number of its first lead, how
    many arrive, and per market the cumulated weight by which they are shared out.

    Weights are integers, so their sums are exact in whatever order they are added.
    """
    create_table(con, "markets", company.markets)
    months = ", ".join(map(str, company.months))
    shares = ", ".join(
        f"max(cumulated) filter (market = {literal(market.name)}) as up_to_{market.name}"
        for market in company.markets
    )
    con.execute(f"""
create or replace table arrival_hours as
with hours as (
    select unnest(range({start}, {end}, 3600)) as hour
),
weights as (
    select
        h.hour,
        m.name as market,
        m.position,
        timezone(m.timezone, make_timestamptz(h.hour * 1000000)) as local,
        m.share
        * ([{", ".join(map(str, HOURS))}])[1 + extract(hour from local)::int]
        * ([{", ".join(map(str, WEEKDAYS))}])[extract(isodow from local)::int]
        * ([{months}])[extract(month from local)::int]
        * (1000 + ((h.hour - {start}) * {round(company.growth * 1000)})
            // {end - start}) as weight
    from hours as h cross join markets as m
),
within as (
    select
        hour,
        market,
        sum(weight) over (partition by hour order by position) as cumulated,
        weight
    from weights
),
totals as (
    select hour, sum(weight) as total, {shares}
    from within group by hour
),
running as (
    select *, sum(total) over (order by hour) as so_far, sum(total) over () as everything
    from totals
)
select
    * exclude (so_far, everything),
    ((so_far - total) * {leads} // everything)::bigint as first_number,
    (so_far * {leads} // everything)::bigint - first_number as arrivals
from running
where (so_far * {leads} // everything) > ((so_far - total) * {leads} // everything)
order by hour
""")


def create_workdays(con: duckdb.DuckDBPyConnection, company: Company, start: int, end: int) -> None:
    """Creates `workdays` (every day of every office) and `open_days` (the working days, counted).

    They reach from two days before `start` to 200 days after `end`, so that what begins before
    `end` can be planned beyond it.
    """
    create_table(con, "offices", company.offices)
    holidays = ", ".join(
        f"({literal(calendar)}, date '{day}')"
        for calendar, days in HOLIDAYS.items()
        for day in days
    )
    con.execute(f"""
create or replace table workdays as
with days as (
    select
        o.calendar,
        d.day::date as day,
        epoch(timezone(o.timezone, d.day + o.opens::interval))::bigint as opens_at,
        (o.hours * 3600)::bigint as open_seconds,
        isodow(d.day) <= 5 and h.day is null as is_open
    from offices as o
    cross join (
        select unnest(range(
            date_trunc('day', to_timestamp({start})::timestamp) - interval 2 day,
            to_timestamp({end})::timestamp + interval 200 day,
            interval 1 day
        )) as day
    ) as d
    left join (values {holidays}) as h(calendar, day)
        on h.calendar = o.calendar and h.day = d.day::date
)
select
    calendar,
    epoch(day)::bigint // {DAY} as day_number,
    opens_at,
    open_seconds,
    is_open,
    (sum(is_open::int) over (partition by calendar order by day) - is_open::int)::bigint
        as open_days_before
from days
order by calendar, day_number
""")
    con.execute("""
create or replace table open_days as
select calendar, open_days_before as position, opens_at, open_seconds
from workdays where is_open order by calendar, position
""")
    con.execute("""
create or replace table office_offsets as
select calendar, min(day_number * 86400 + 32400 - opens_at) // 3600 * 3600 as shift
from workdays group by calendar
""")


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970-01-01 UTC of an aware `instant`."""
    return int(instant.timestamp())
