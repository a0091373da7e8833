"""The required fields one by one, as marketing handed the leads over."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.agreement import Term, in_force, is_email, norm, number
from tests.reference.clock import local_date
from tests.reference.compliance import PERIODS, period_end, wilson
from tests.reference.cycles import Cycle, Lead, World, month_start, quarter_start, value_as_of

Rows = list[dict[str, Any]]


def completeness(world: World) -> Rows:
    first_month = int(world.agreement.variables["fiscal_year_start_month"])
    # period, its first day, field, rule, dimension, value -> (is valid, target) of each lead
    groups: dict[tuple[str, date, str, str, str, str], list[tuple[bool, Fraction]]] = {}
    for lead in world.leads.values():
        for cycle in lead.cycles:
            day = local_date(cycle.mql_at, world.zone)
            term = world.agreement.term("completeness", day, cycle.segment, cycle.region)
            if cycle.is_inferred or term is None:
                continue
            starts = {
                "week": day - timedelta(days=day.isoweekday() - 1),
                "month": month_start(day),
                "quarter": quarter_start(day, first_month),
            }
            asked = [
                (name, rule, _is_valid(world, lead, cycle, name, rule))
                for name, rule, effective_from, effective_to in world.agreement.required_fields
                if in_force(day, effective_from, effective_to)
            ]
            asked.append(("all", "all", all(valid for _, _, valid in asked)))
            for period in PERIODS:
                for name, rule, valid in asked:
                    for cut in (("all", "all"), ("source", cycle.source)):
                        key = (period, starts[period], name, rule, *cut)
                        groups.setdefault(key, []).append((valid, _target(term)))
    return [_row(world, key, found) for key, found in groups.items()]


def _target(term: Term) -> Fraction:
    return Fraction(str(term.target_rate))


def _is_valid(world: World, lead: Lead, cycle: Cycle, name: str, rule: str) -> bool:
    column = "title" if name == "role" else name
    value = value_as_of(lead.crm, lead.record, column, cycle.mql_at)
    if value is None:
        return False
    if rule == "email":
        return is_email(value)
    if rule == "number":
        return number(value) is not None
    if rule == "in_sources":
        return (norm(cycle.crm), norm(value)) in world.agreement.lead_sources
    return True


def _row(
    world: World,
    key: tuple[str, date, str, str, str, str],
    found: list[tuple[bool, Fraction]],
) -> dict[str, Any]:
    period, start, name, rule, dimension, value = key
    valid = sum(one for one, _ in found)
    target = sum((one for _, one in found), Fraction(0)) / len(found)
    low, high = wilson(valid, len(found))
    is_met = Fraction(valid, len(found)) >= target
    return {
        "period": period,
        "period_start": start,
        "field": name,
        "rule": rule,
        "dimension": dimension,
        "dimension_value": value,
        "evaluated": len(found),
        "valid": valid,
        "rate": valid / len(found),
        "rate_low": low,
        "rate_high": high,
        "target_rate": float(target),
        "verdict": "met" if is_met else "missed",
        "is_conclusive": not is_met and high < target,
        "is_complete": period_end(period, start) <= local_date(world.as_of, world.zone),
    }
