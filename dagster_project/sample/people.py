"""Who works there: queues, integration and marketing users, managers, and the reps of each team.

Belongs here: the table `people` and `office_teams`. Numbers of people are stable for a size of
company; a rep's habit follows from the place in the team.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from dagster_project.sample.company import Company, Office
from dagster_project.sample.gaming import gamed_habit, is_gamer
from dagster_project.sample.sql import Chance, create_table
from dagster_project.sample.words import FIRST_NAMES, LAST_NAMES

LEADS_PER_SDR = 1_200
LEADS_PER_AE = 2_500
SMALLEST_TEAM = {"sdr": 2, "ae": 2}
LARGEST_TEAM = 600


@dataclass(frozen=True, slots=True)
class Person:
    """One owner of records; `number` identifies. `calendar` blank where nobody keeps hours."""

    number: int
    role: str
    team: str
    team_number: int
    calendar: str
    timezone: str
    first_name: str
    last_name: str
    email: str
    habit: str
    response_seconds: float
    ignores: float
    cadence: float
    rejects: float
    logs_late: float
    bursts: float
    leaves: bool
    games: bool


@dataclass(frozen=True, slots=True)
class OfficeTeam:
    """Who plays `role` for the leads of `office`: `size` people from `first_number` on."""

    role: str
    office: str
    first_number: int
    size: int


def create_people(
    con: duckdb.DuckDBPyConnection, company: Company, leads: int, chance: Chance
) -> tuple[Person, ...]:
    """Creates `people` and `office_teams` for a company of `leads` leads and returns the people."""
    people: list[Person] = []
    first_numbers: dict[str, list[tuple[str | None, int, int]]] = {}
    for team_number, team in enumerate(company.teams):
        size = _size(company, team.role, team.office, leads)
        first = len(people)
        first_numbers.setdefault(team.role, []).append((team.office, first, size))
        people.extend(
            _person(company, team_number, first + place, place, chance) for place in range(size)
        )
    create_table(con, "people", people)
    create_table(
        con,
        "office_teams",
        [
            OfficeTeam(role, office.calendar, *_serving(company, office, teams))
            for role, teams in first_numbers.items()
            for office in company.offices
        ],
    )
    return tuple(people)


def _size(company: Company, role: str, office: str | None, leads: int) -> int:
    if role not in SMALLEST_TEAM:
        return 1
    total = sum(market.share for market in company.markets)
    share = sum(market.share for market in company.markets if market.office == office) / total
    per_rep = LEADS_PER_SDR if role == "sdr" else LEADS_PER_AE
    return min(LARGEST_TEAM, max(SMALLEST_TEAM[role], round(leads * share / per_rep)))


def _serving(
    company: Company, office: Office, teams: list[tuple[str | None, int, int]]
) -> tuple[int, int]:
    """First number and size of the team of `office`, else of a team in its region, else of all.

    All teams of one role have adjoining numbers.
    """
    region = {each.calendar for each in company.offices if each.region == office.region}
    for wanted in ({office.calendar}, region):
        for team_office, first, size in teams:
            if team_office in wanted:
                return first, size
    return teams[0][1], sum(size for _, _, size in teams)


def _person(company: Company, team_number: int, number: int, place: int, chance: Chance) -> Person:
    team = company.teams[team_number]
    habit = company.habits[(place + 3 * team_number) % len(company.habits)]
    games = bool(company.gaming) and is_gamer(company, team_number, place)
    if games:
        habit = gamed_habit(habit, company.gaming)
    office = next((each for each in company.offices if each.calendar == team.office), None)
    is_person = team.role not in {"queue", "integration"}
    first = FIRST_NAMES[chance.value(f"first name of {number}") % len(FIRST_NAMES)]
    last = LAST_NAMES[chance.value(f"last name of {number}") % len(LAST_NAMES)]
    if not is_person:
        first, last = team.name.rsplit(" ", 1) if " " in team.name else ("", team.name)
    return Person(
        number=number,
        role=team.role,
        team=team.name,
        team_number=team_number,
        calendar=team.office or "",
        timezone=office.timezone if office else "UTC",
        first_name=first,
        last_name=last,
        email=f"{first}.{last}.{number}@leadpact.example".lower().replace(" ", "").lstrip("."),
        habit=habit.name,
        response_seconds=habit.response_minutes * 60,
        ignores=habit.ignores,
        cadence=habit.cadence,
        rejects=habit.rejects,
        logs_late=habit.logs_late,
        bursts=habit.bursts,
        leaves=team.role == "sdr" and place == 1 and team_number % 2 == 0,
        games=games,
    )
