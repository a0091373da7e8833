"""Coverage of quotas, the mix of channels and why conversion changed, by filtering lists.

`opportunities` are rows of the reference's own fct_opportunities. Money and shares are fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from tests.reference.clock import local_date, start_of_day
from tests.reference.compliance import period_end
from tests.reference.cycles import Cycle, World, quarter_start
from tests.reference.intervals import difference_interval, ratio_interval

Rows = list[dict[str, Any]]

SIDES = ("marketing", "sales", "partner", "unknown")
STEPS = {"mql_to_sql": "sql", "mql_to_opportunity": "opportunity", "mql_to_won": "won"}
DAY = timedelta(days=1)


def quarter_of(world: World, day: date) -> date:
    return quarter_start(day, int(world.agreement.variables["fiscal_year_start_month"]))


def is_over(world: World, quarter: date) -> bool:
    return period_end("quarter", quarter) <= local_date(world.as_of, world.zone)


def ratio(part: Fraction | int, whole: Fraction | int) -> float | None:
    return float(Fraction(part) / whole) if whole else None


def mqls_of(world: World, quarter: date) -> list[Cycle]:
    return [
        cycle
        for cycle in world.cycles
        if not cycle.is_inferred
        and quarter_of(world, local_date(cycle.mql_at, world.zone)) == quarter
    ]


# --- coverage -------------------------------------------------------------------------------


def closing_quarter(world: World, opportunity: dict[str, Any]) -> date | None:
    """The quarter an opportunity was closed in, or is to be."""
    day = opportunity["close_date"]
    if opportunity["is_closed"] and opportunity["closed_at"] is not None:
        day = local_date(opportunity["closed_at"], world.zone)
    return None if day is None else quarter_of(world, day)


def coverage(world: World, opportunities: Rows) -> Rows:
    """One row per quarter, segment and region with a quota or an opportunity."""
    rows = []
    for cell in sorted(_cells(world, opportunities)):

        def is_in(segment: str, region: str, wanted: tuple[date, str, str] = cell) -> bool:
            return (segment, region) == wanted[1:]

        rows.append(
            {"quarter_start": cell[0], "segment": cell[1], "region": cell[2]}
            | _coverage(world, cell[0], opportunities, is_in)
        )
    return rows


def coverage_totals(world: World, opportunities: Rows) -> Rows:
    rows = []
    for quarter, dimension, value in sorted(
        {
            (quarter, dimension, value)
            for quarter, segment, region in _cells(world, opportunities)
            for dimension, value in (("all", "all"), ("segment", segment), ("region", region))
        }
    ):

        def is_in(
            segment: str, region: str, dimension: str = dimension, value: str = value
        ) -> bool:
            return value == {"all": "all", "segment": segment, "region": region}[dimension]

        rows.append(
            {"quarter_start": quarter, "dimension": dimension, "dimension_value": value}
            | _coverage(world, quarter, opportunities, is_in)
        )
    return rows


def _cells(world: World, opportunities: Rows) -> set[tuple[date, str, str]]:
    cells = {(quota[0], quota[1], quota[2]) for quota in world.agreement.quotas}
    for one in opportunities:
        quarter = closing_quarter(world, one)
        if quarter is not None and not one["is_deleted"]:
            cells.add((quarter, one["segment"], one["region"]))
    return cells


def _coverage(
    world: World, quarter: date, opportunities: Rows, is_in: Callable[[str, str], bool]
) -> dict[str, Any]:
    mine = [
        one
        for one in opportunities
        if not one["is_deleted"]
        and closing_quarter(world, one) == quarter
        and is_in(one["segment"], one["region"])
    ]
    states = {
        "open": [one for one in mine if not one["is_closed"]],
        "won": [one for one in mine if one["is_won"]],
    }
    quotas = [
        cents(world.agreement.amount_reporting(amount, currency, start))
        for start, segment, region, amount, currency in world.agreement.quotas
        if start == quarter and is_in(segment, region)
    ]
    quota = sum(quotas, Fraction(0)) if quotas else None
    row: dict[str, Any] = {"quota": None if quota is None else float(quota)}
    for state, found in states.items():
        for side in SIDES:
            row[f"{state}_{side}"] = float(money(o for o in found if o["sourced_by"] == side))
        row[f"{state}_opportunities"] = len(found)
        row[f"{state}_without_amount"] = sum(one["amount"] is None for one in found)
        row[f"{state}_without_rate"] = sum(
            one["amount"] is not None and one["amount_reporting"] is None for one in found
        )
    overdue = [o for o in states["open"] if o["close_date"] < local_date(world.as_of, world.zone)]
    row["overdue_pipeline"] = float(money(overdue))
    row["overdue_opportunities"] = len(overdue)
    row["lost_opportunities"] = sum(one["is_closed"] and not one["is_won"] for one in mine)
    won, pipeline = money(states["won"]), money(states["open"])
    row["closed_won"], row["open_pipeline"] = float(won), float(pipeline)
    remaining = None if quota is None else max(quota - won, Fraction(0))
    row["remaining_quota"] = None if remaining is None else float(remaining)
    row["coverage"] = ratio(pipeline, remaining or 0)
    row["coverage_of_quota"] = ratio(pipeline, quota or 0)
    for side in SIDES:
        brought = money(o for o in states["open"] if o["sourced_by"] == side)
        row[f"coverage_{side}"] = ratio(brought, remaining or 0)
    row["coverage_status"] = "quota_open" if remaining else "quota_reached"
    if quota is None:
        row["coverage_status"] = "no_quota"
    row["is_complete"] = is_over(world, quarter)
    return row


def cents(amount: float | None) -> Fraction:
    """An amount as it is kept; a third of a cent makes no pipeline."""
    assert amount is not None
    return Fraction(Decimal(amount).quantize(Decimal("0.01"), ROUND_HALF_UP))


def money(opportunities: Iterable[dict[str, Any]]) -> Fraction:
    amounts = [one["amount_reporting"] for one in opportunities]
    return sum((cents(amount) for amount in amounts if amount is not None), Fraction(0))


# --- the mix of channels --------------------------------------------------------------------


def channel_mix(world: World, opportunities: Rows) -> Rows:
    """One row per quarter and source that made an opportunity or an MQL in it."""
    made = [one for one in opportunities if not one["is_deleted"]]
    created = [(quarter_of(world, local_date(o["created_at"], world.zone)), o) for o in made]
    cells = {(quarter, one["source"]) for quarter, one in created}
    for cycle in world.cycles:
        if not cycle.is_inferred:
            day = local_date(cycle.mql_at, world.zone)
            cells.add((quarter_of(world, day), cycle.source))
    rows = []
    for quarter, source in sorted(cells):
        all_of_them = [one for start, one in created if start == quarter]
        mine = [one for one in all_of_them if one["source"] == source]
        cycles = mqls_of(world, quarter)
        own = [cycle for cycle in cycles if cycle.source == source]
        others = [cycle for cycle in cycles if cycle.source != source]
        won = sum("won" in cycle.stages for cycle in own)
        other_won = sum("won" in cycle.stages for cycle in others)
        share = ratio(money(mine), money(all_of_them))
        relative = None
        if own and other_won:
            relative = float(Fraction(won, len(own)) / Fraction(other_won, len(others)))
        low, high = ratio_interval(won, len(own), other_won, len(others))
        variables = world.agreement.variables
        limit = variables["channel_mix_conversion_ratio"]
        is_flagged = (
            share is not None
            and relative is not None
            and share >= variables["channel_mix_share"]
            and relative <= limit
        )
        rows.append(
            {
                "quarter_start": quarter,
                "source": source,
                "pipeline_created": float(money(mine)),
                "pipeline_share": share,
                "opportunities_created": len(mine),
                "opportunity_share": ratio(len(mine), len(all_of_them)),
                "without_amount": sum(one["amount"] is None for one in mine),
                "without_rate": sum(
                    one["amount"] is not None and one["amount_reporting"] is None for one in mine
                ),
                "mql": len(own),
                "opportunity": sum("opportunity" in cycle.stages for cycle in own),
                "won": won,
                "conversion": ratio(won, len(own)),
                "conversion_of_others": ratio(other_won, len(others)),
                "relative_conversion": relative,
                "relative_conversion_low": low,
                "relative_conversion_high": high,
                "is_flagged": is_flagged,
                "is_conclusive": is_flagged and high is not None and high <= limit,
                "is_complete": is_over(world, quarter),
            }
        )
    return rows


# --- why conversion changed -----------------------------------------------------------------


def conversion_change(world: World) -> Rows:
    """Each quarter that is over beside the one before, at the age of its youngest MQL."""
    days = [local_date(cycle.mql_at, world.zone) for cycle in world.cycles]
    rows: Rows = []
    for quarter in sorted({quarter_of(world, day) for day in days}):
        before = quarter_of(world, quarter - DAY)
        if not is_over(world, quarter) or not mqls_of(world, quarter) or not mqls_of(world, before):
            continue
        end = start_of_day(period_end("quarter", quarter), world.zone)
        window = int(world.agreement.variables["conversion_window_days"])
        horizon = min(window, (world.as_of - end) // DAY)
        for step in STEPS:
            parts = list(_parts(world, quarter, before, step, horizon * DAY))
            whole = {
                name: sum(part[name] for part in parts)
                for name in ("mql", "mql_before", "converted", "converted_before")
            } | {
                name: sum((part[name] for part in parts), Fraction(0))
                for name in ("from_mix", "from_rates")
            }
            whole |= {"dimension": "all", "dimension_value": "all", "share": 1, "share_before": 1}
            for part in [whole, *parts]:
                low, high = difference_interval(
                    part["converted"], part["mql"], part["converted_before"], part["mql_before"]
                )
                rows.append(
                    {
                        "quarter_start": quarter,
                        "step": step,
                        "horizon_days": horizon,
                        "is_mature": horizon == window,
                        **part,
                        "share": float(part["share"]),
                        "share_before": float(part["share_before"]),
                        "rate": ratio(part["converted"], part["mql"]),
                        "rate_before": ratio(part["converted_before"], part["mql_before"]),
                        "rate_change_low": low,
                        "rate_change_high": high,
                        "from_mix": float(part["from_mix"]),
                        "from_rates": float(part["from_rates"]),
                        "contribution": float(part["from_mix"] + part["from_rates"]),
                    }
                )
    return rows


def _parts(
    world: World, quarter: date, before: date, step: str, horizon: timedelta
) -> Iterator[dict[str, Any]]:
    cohorts = {"": mqls_of(world, quarter), "_before": mqls_of(world, before)}
    whole = {
        name: Fraction(sum(_made(cycle, step, horizon) for cycle in cycles), len(cycles))
        for name, cycles in cohorts.items()
    }
    for source in sorted({cycle.source for cycles in cohorts.values() for cycle in cycles}):
        part: dict[str, Any] = {"dimension": "source", "dimension_value": source}
        rates: dict[str, Fraction] = {}
        for name, cycles in cohorts.items():
            mine = [cycle for cycle in cycles if cycle.source == source]
            made = sum(_made(cycle, step, horizon) for cycle in mine)
            part[f"mql{name}"], part[f"converted{name}"] = len(mine), made
            part[f"share{name}"] = Fraction(len(mine), len(cycles))
            if mine:
                rates[name] = Fraction(made, len(mine))
        rate, rate_before = rates.get("", rates.get("_before")), rates.get("_before", rates.get(""))
        assert rate is not None
        assert rate_before is not None
        share, share_before = part["share"], part["share_before"]
        middle = (whole[""] + whole["_before"]) / 2
        part["from_mix"] = (share - share_before) * ((rate + rate_before) / 2 - middle)
        part["from_rates"] = (rate - rate_before) * (share + share_before) / 2
        yield part


def _made(cycle: Cycle, step: str, horizon: timedelta) -> bool:
    at: datetime | None = cycle.stages.get(STEPS[step])
    return at is not None and at - cycle.mql_at <= horizon
