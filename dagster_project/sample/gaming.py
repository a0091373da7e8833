"""Gaming the agreement: what some people of a company do when told to, and nobody otherwise.

Belongs here: who games, and each kind of gaming as a change of what the honest simulation makes.
Reps game for themselves (the first of the first SDR team, and of every SDR team the eleventh, the
twenty-first and so on); lowering the bar is marketing's, for all leads of the recent past.

Without gaming, every function here returns what it was given and changes no table: the same seed
gives the same bytes as before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import duckdb

from dagster_project.sample.company import Company, Gaming, Habit
from dagster_project.sample.sql import DAY, Chance

KINDS: tuple[Gaming, ...] = get_args(Gaming)

_EVERY = 10
_MONTH = 28 * DAY
_CLEARED = ("rejected", "dead", "recycled")


def is_gamer(company: Company, team_number: int, place: int) -> bool:
    """Whether the rep at a place (from 0) of a team games, where the company's reps do at all."""
    if company.teams[team_number].role != "sdr":
        return False
    first_team = next(n for n, team in enumerate(company.teams) if team.role == "sdr")
    return place % _EVERY == 0 and (place > 0 or team_number == first_team)


def gamed_habit(habit: Habit, gaming: frozenset[Gaming]) -> Habit:
    """The habit of a rep who games: rejects six times as many leads, lets half of them lie, enters
    most touches long after, follows most touches with another at once."""
    if "over_disqualifying" in gaming:
        habit = replace(habit, rejects=6.0)
    if "ignored_leads" in gaming:
        habit = replace(habit, ignores=0.5)
    if "late_logging" in gaming:
        habit = replace(habit, logs_late=0.6)
    if "touch_bursts" in gaming:
        habit = replace(habit, bursts=0.7)
    return habit


def cleared_together(company: Company, step: str, planned_at: str) -> str:
    """The SQL of when a step is written: gamers clear what they closed in four weeks within half a
    minute, on a Thursday afternoon."""
    if "bulk_dispositions" not in company.gaming or step not in _CLEARED:
        return planned_at
    return (
        f"case when p.games then (({planned_at}) // {_MONTH} + 1) * {_MONTH} + 57600 + p.m % 30 "
        f"else {planned_at} end"
    )


def delete_pending(con: duckdb.DuckDBPyConnection, company: Company, chance: Chance) -> None:
    """Gamers delete every fifth lead that they would not have answered within the half hour.

    Changes `leads` and `lead_ends`; leads that others are merged into are spared.
    """
    if "deleted_while_pending" not in company.gaming:
        return
    con.execute(f"""
create or replace table deletions as
select
    c.n,
    c.routed_at + 300 + ({chance("gamed deletion after", "c.m")} * 1200)::bigint as deleted_at
from cycles as c
join people as p on p.number = c.rep
join leads as l on l.n = c.n
where c.k = 1 and p.games and {chance("gamed deletion", "c.m")} < 0.2
    and l.deleted_at is null and l.merges_into is null and l.place not in (36, 40)
    and not c.is_inferred and coalesce(c.first_at > c.routed_at + 1600, true)
order by c.n""")
    con.execute("""
update leads set deleted_at = d.deleted_at from deletions as d where d.n = leads.n""")
    con.execute("""
update lead_ends set ends_at = least(lead_ends.ends_at, d.deleted_at - 1)
from deletions as d where d.n = lead_ends.n""")


def lowered_bar(company: Company, honest: str, lowered: str, at: str) -> str:
    """SQL of a value that is `lowered` for what happens `at` an instant of the recent past, where
    the bar is lowered then, and `honest` else."""
    if "bar_lowering" not in company.gaming:
        return honest
    return f"case when {at} > (select recent_from from present) then {lowered} else {honest} end"
