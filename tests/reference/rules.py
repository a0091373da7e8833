"""What every number means, computed the slow way: the warehouse must say the same.

The functions here take an exports folder and an agreement folder and return lists of plain
dicts keyed by the public column names; instants are naive UTC datetimes.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.reference.agreement import number
from tests.reference.clock import local_date
from tests.reference.cycles import (
    Cycle,
    World,
    build_world,
    month_start,
    quarter_start,
)

Rows = list[dict[str, Any]]

FUNNEL_STAGES = ("sal", "sql", "opportunity", "won")


@lru_cache(maxsize=4)
def world_of(exports: Path, agreement: Path, as_of: datetime | None = None) -> World:
    """Everything known about a company. Folders must not change between two calls."""
    return build_world(exports, agreement, as_of)


def reference_cycles(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    world = world_of(exports, agreement, as_of)
    return [_cycle_row(cycle) for cycle in world.cycles]


def _cycle_row(cycle: Cycle) -> dict[str, Any]:
    return {
        "cycle_id": cycle.cycle_id,
        "lead_key": cycle.lead_key,
        "crm": cycle.crm,
        "cycle_number": cycle.number,
        "source": cycle.source,
        "sourced_by": cycle.sourced_by,
        "segment": cycle.segment,
        "region": cycle.region,
        "mql_at": cycle.mql_at,
        "is_mql_inferred": cycle.is_inferred,
        "counts_to_volume": cycle.counts_to_volume,
        "sal_at": cycle.stages.get("sal"),
        "sql_at": cycle.stages.get("sql"),
        "opportunity_at": cycle.stages.get("opportunity"),
        "won_at": cycle.stages.get("won"),
        "lost_at": cycle.stages.get("lost"),
        "rejected_at": cycle.stages.get("rejected"),
        "dead_at": cycle.stages.get("dead"),
        "recycled_at": cycle.stages.get("recycled"),
        "closed_at": cycle.closed_at,
        "routed_at": cycle.routed_at,
        "routed_to": cycle.routed_to,
        "team": cycle.team,
        "calendar_id": cycle.calendar_id,
        "first_touch_at": cycle.touches[0].at if cycle.touches else None,
        "touches": len(cycle.touches),
        "counted_touches": sum(touch.is_counted for touch in cycle.touches),
        "prior_touches": cycle.prior_touches,
        "replied_at": cycle.replies[0].at if cycle.replies else None,
        "is_fit": cycle.is_fit,
        "is_complete": cycle.is_complete,
        "reason_code": cycle.reason_code,
        "score": cycle.score,
        "opportunity_key": cycle.opportunity_key,
        "is_deleted": cycle.is_deleted,
    }


def reference_touches(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    world = world_of(exports, agreement, as_of)
    return [
        {
            "touch_key": f"{touch.crm}:{touch.kind}:{touch.record_id}:{touch.lead_key}",
            "record_id": touch.record_id,
            "object": touch.kind,
            "lead_key": touch.lead_key,
            "cycle_id": touch.cycle_id,
            "owner_key": touch.owner_key,
            "channel": touch.channel,
            "direction": touch.direction,
            "occurred_at": touch.at,
            "logged_at": touch.logged_at,
            "is_counted": touch.is_counted,
        }
        for lead in world.leads.values()
        for touch in lead.touches
    ]


def reference_opportunities(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    world = world_of(exports, agreement, as_of)
    said = world.agreement
    rows = []
    for deal in world.deals:
        opportunity, cycle = deal.opportunity, deal.cycle
        if opportunity.created_at is None or opportunity.created_at > world.as_of:
            continue
        name = deal.crm.name
        closings = [at for at in (deal.won_at, deal.lost_at) if at and at <= world.as_of]
        is_closed = opportunity.is_closed and bool(closings)
        closing = deal.won_at if opportunity.is_won else deal.lost_at
        amount = number(opportunity.amount)
        rows.append(
            {
                "opportunity_key": deal.key,
                "crm": name,
                "cycle_id": cycle.cycle_id if cycle else None,
                "source": cycle.source if cycle else said.source(name, opportunity.source),
                "sourced_by": cycle.sourced_by
                if cycle
                else said.sourced_by(name, opportunity.source),
                "segment": cycle.segment if cycle else said.segment(opportunity.employees),
                "region": cycle.region if cycle else said.region(opportunity.country),
                "owner_key": f"{name}:{opportunity.owner}" if opportunity.owner else None,
                "stage": opportunity.stage,
                "amount": amount,
                "currency": opportunity.currency,
                "amount_reporting": said.amount_reporting(
                    amount, opportunity.currency, opportunity.close_date
                ),
                "created_at": opportunity.created_at,
                "close_date": opportunity.close_date,
                "closed_at": closing if is_closed and closing in closings else None,
                "is_closed": is_closed and closing in closings,
                "is_won": is_closed and closing in closings and opportunity.is_won,
                "is_deleted": opportunity.is_deleted,
            }
        )
    return rows


def reference_funnel(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    """The counts of the funnel, by month and quarter and every dimension."""
    world = world_of(exports, agreement, as_of)
    first_month = int(world.agreement.variables["fiscal_year_start_month"])
    groups: dict[tuple[Any, ...], list[Cycle]] = {}
    for cycle in world.cycles:
        day = local_date(cycle.mql_at, world.zone)
        for period, start in (
            ("month", month_start(day)),
            ("quarter", quarter_start(day, first_month)),
        ):
            for dimension, value in (
                ("all", "all"),
                ("source", cycle.source),
                ("segment", cycle.segment),
                ("region", cycle.region),
            ):
                groups.setdefault((period, start, dimension, value), []).append(cycle)
    rows = []
    for (period, start, dimension, value), cycles in sorted(groups.items()):
        row: dict[str, Any] = {
            "period": period,
            "period_start": start,
            "dimension": dimension,
            "dimension_value": value,
            "leads": len({cycle.lead_key for cycle in cycles}),
            "mql": sum(not cycle.is_inferred for cycle in cycles),
        }
        for stage in FUNNEL_STAGES:
            row[stage] = sum(_reached(cycle, stage) for cycle in cycles)
        row["open_cycles"] = sum(cycle.closed_at is None for cycle in cycles)
        rows.append(row)
    return rows


def _reached(cycle: Cycle, stage: str) -> bool:
    """An inferred cycle counts from the stage that opened it, not from one it implies."""
    if stage not in cycle.stages:
        return False
    if not cycle.is_inferred:
        return True
    return FUNNEL_STAGES.index(stage) >= FUNNEL_STAGES.index(cycle.origin)
