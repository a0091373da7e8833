"""What every number means, computed the slow way: the warehouse must say the same.

The functions here take an exports folder and an agreement folder and return lists of plain
dicts keyed by the public column names; instants are naive UTC datetimes.

AMBIGUITIES: where the rules can be read in more than one way, what the readings are and which
one is taken here. ``doubt`` names the switch of ``companies.write_company`` that lets the case
occur; what has none can occur in any company.

Time and drops

 1. "a value given by the caller to replay the past": (a) drops exported after as_of are read,
    only what they date after as_of is left out; (b) such drops are not read at all. Taken: a.
    Current values and flags (IsDeleted, IsWon) are then the newest known; an absence from a full
    drop is dated by that drop and so does count only up to as_of.
 2. "A later version of a record wins by last-modified, then exported_at": generic records have
    no last-modified. Taken: exported_at alone.
 3. "marked deleted": of activities and opportunities that a flag or a full drop marks deleted,
    the rules say nothing. (a) they never were; (b) they count as before. Taken: a deleted
    activity is no touch and no reply; a deleted opportunity keeps its row and its cycle_id, but
    makes no stage event and opens and closes nothing. doubts deleted_activity, deleted_deal
 4. History without record ids (HubSpot, generic) sent again in a later drop: taken as the same
    change when record, field, values and instant are the same text; the first place counts.
 5. "the only or first calendar": first in the file's order or in the alphabet. Taken: file.

Stage history

 6. "Where a CRM exports neither history nor stage dates": decided (a) by what was delivered in
    any drop, for the whole CRM; (b) lead by lead. Taken: a; history is there when any change of
    a status was delivered, stage dates when any lead has one. With both, history alone counts.
 7. HubSpot's lead status where nothing dates it but stage dates tell the lifecycle: (a) seen from
    drop to drop; (b) unknown. Taken: b. Without stage dates either, a; if both change in one drop,
    the lifecycle comes first. doubt lead_status_without_history
 8. "A lead's first status is the old value of its first recorded status change": HubSpot records
    no old value. Taken: a contact with any recorded change has no first status; one without has
    its current lifecycle stage and lead status from creation.
 9. A lead whose CRM gives stage dates, itself without one: taken as "no recorded change", its
    current status holds from creation.
10. "the previous drop": (a) of the CRM's leads; (b) the previous one that holds the record.
    Taken: a. A last-modified after the drop's own instant is used as it is.
11. "Stage dates" that differ between drops (a second mql_at over the first): taken: the current
    version's dates alone.
12. Stage dates of one instant: taken in the order of the funnel.
13. `Became a Lead Date`: taken as stage `new`, the others as mql, sql, opportunity and won.
14. Merged leads: a loser's first status (from its own creation) is a stage event and moves too.
    A loser known only from an earlier drop brings what that drop said. With score entry a
    loser's score history moves as its stage events would; its score value does not.

Cycles

15. "closing ones are rejected, dead, recycled, and an opportunity of the lead won or lost": a
    lead status that maps to won or lost (a) closes nothing; (b) closes; (c) closes where no
    opportunity of the lead was exported. Taken: c; it gives won_at or lost_at of the cycle.
    doubt status_won
16. "an opportunity with no cycle before it at all": (a) opportunity records alone; (b) the
    lead's own status `opportunity` as well. Taken: b. A status `won` opens nothing.
    doubt status_opportunity_first
17. "those whose instant lies in [mql_at, next cycle's mql_at)": with a closing and a new mql in
    one second, (a) by the instant the closing belongs to the new cycle, and the cycle it closed
    shows no such stage; (b) by the order of events it stays with the old one. Taken: a.
    doubt same_second_reopen
18. "its opportunities' creation, win and loss included": an opportunity of cycle 1 won in the
    window of cycle 2: (a) counts for neither (not the second's opportunity, not in the first's
    window); (b) for cycle 2; (c) for cycle 1. Taken: a; it does close the open cycle 2.
    doubt win_in_a_later_cycle
19. "An opportunity linked to several leads counts once": its win or loss closes (a) the open
    cycle of every linked lead; (b) only of the lead it counts with. Taken: a; only the one it
    counts with has it as a stage. With no cycle of any linked lead before it, it opens one, for
    the lowest lead_key. A lead whose linked opportunity counts with another lead gets none.
    doubt shared_deal_close
20. "counts_to_volume is true for a lead's first cycle": also for an inferred one. Taken: yes,
    the flag; volume counts MQLs, so not the inferred. The gap is days of 24 hours.
21. "when the score first reaches the threshold": (a) each time it comes from below; (b) any
    recorded score at or above it. Taken: a; a second cycle needs a new crossing after closing.
22. "It counts in funnels from the stage it really reached": a cycle opened by sql counts as SQL
    and later, not as SAL, though its sal_at is implied. Taken so; columns keep implied values.
23. "the instant its stage history first shows closed won/lost": taken as two firsts, whatever
    the opportunity is now, so a lost, reopened and won one is both. doubt reopened_deal
    A stage is closed by stage_map, else when it is the current stage of a closed opportunity.
24. "else its close date's start": (a) a generic closed_at with a time of day is that instant;
    (b) its date's start. Taken: a. doubt closing_instant. A HubSpot close date with a time is
    the date of that instant in the reporting time zone.
25. A win can by its close date lie before the creation or the mql_at: taken literally, outside
    the window it is no win of the cycle. doubt win_before_creation
26. Closed won with a close date after as_of: taken as not closed and not won yet in
    fct_opportunities. doubt won_in_the_future
27. opportunity_key of a cycle with several: taken: the first by creation, then by key.

Values

28. "a field with history": (a) one whose changes the CRM ever delivered; (b) a fixed list;
    (c) record by record. Taken: a.
29. "its value in the earliest export ... at or after the instant", with no such export: taken:
    the current value. An older version in a newer drop (doubt stale_version) is the value of that
    export, though never the current one.
30. HubSpot's "the last at or before t" with only later ones recorded: taken: null. A contact
    without any recorded change of the field: its current value.
31. source, segment, region and score of a cycle: as of mql_at. The country has no "as of"
    in its sentence, nor has the source. Taken: as of mql_at, all of them.
32. reason_code and note: as of rejected_at; null where the cycle was not rejected.
33. The attribute `source` of the definition: (a) the mapped name; (b) the raw value. Taken: a.
    With no criterion in force every lead fits; with no required field every lead is complete.
34. sourced_by of an unmapped source: taken: `unknown`.

People and touches

35. "first instant at which the owner is a sales rep": an owner for no time (two changes in one
    second) is none; the last of a second holds. doubt owner_for_no_time
36. Owners where nothing records them: taken like statuses, observed by drop; HubSpot by every
    Owner Assigned Date that any drop showed, blank meaning ever. doubt owner_without_history
37. calendar_id, team of a cycle never routed: taken: null.
38. "completed, outbound, human activity of a sales rep": the activity's owner, not its creator.
39. A call with CallType Internal: neither outbound nor inbound: no touch and no reply, whatever
    an `any` row says. doubt internal_call
40. "Inbound activity by the prospect is a reply": taken: only of a type with a human row for
    inbound or any; whoever owns it. A planned or future one is none.
41. raw type of a Salesforce event: taken: `meeting`.
42. "prior_touches": all the lead's touches before mql_at, those of earlier cycles too.
43. "the lead's previous touch": any earlier touch, itself counted or not, of any cycle. Two of
    one instant: the lower record id is first.
44. An activity of two contacts that were merged into one lead: one touch of it.
45. Test leads: taken as if they did not exist, nor opportunities of test leads alone.
    doubt test_lead_deal

Opportunities

46. source, segment and region of an opportunity: (a) its cycle's, else its own LeadSource and
    its account's; (b) its own first. Taken: a.
47. amount_reporting: the rate in force on (a) the close date; (b) the creation; (c) as_of.
    Taken: a, and c without a close date; null before the first rate. An opportunity without a
    currency is in the reporting currency. doubt dated_rates

The ledger

48. "exempt if the cycle closed at or before due_at" read literally exempts every contest_review
    not done in time, since its rejection closes the cycle. Taken: not for contest_review.
49. no_mql exempts every clause of an inferred cycle, and goes before every other reason.
50. decided_at of exempt rows is said only for fit, completeness, feedback and cadence (their
    instant). Taken: null for the clauses with a deadline.
51. cadence with enough touches and a reply: (a) exempt; (b) met. Taken: a.
52. cadence's due_at: dead_at; fit, completeness: mql_at; feedback: rejected_at. limit_seconds
    only where a deadline is timed.
53. "marketing's ruling on the rejection": the review whose rejected_at is the cycle's to the
    second and whose ruled_at lies in the cycle's window.
54. owner_key and team of marketing's clauses too: those of routed_to; null when never routed.
55. due_at exactly as_of, not fulfilled: pending (missed only when due_at < as_of).
56. evidence_record_id: touch, review, or the record of the stage event; null for the rest.
57. speed_to_lead of a lead routed after the cycle closed: closed_at <= due_at, so exempt.

Compliance and volume

58. What is exempt without a decided_at counts in (a) the period of due_at; (b) of starts_at; (c)
    of mql_at; (d) none. Taken: a, and c where the clock never started.
59. The target rate of a row that mixes terms: taken: the mean of the judged obligations' own
    targets. With none judged, the target of the terms in force in the period if they share one.
60. "complete periods with no data": taken: at dimension `all`, every period that has begun, from
    the month of the first MQL, in which a term of the clause is in force on a day at least.
61. consecutive_missed of a period that is not complete or has no data: taken: as the run stands.
    It is counted for every dimension and value; is_escalated for weeks of `all` alone.
62. elapsed mean, median and p90: taken: of the judged that were fulfilled, late ones included.
63. volume of MQLs no term governs: (a) counted; (b) left out. Taken: a. The period's target is
    (a) the days' parts of the terms in force on each; (b) of the term at its start. Taken: a.
64. A volume term that leaves segment or region open: (a) one target for all it governs together;
    (b) the same for each. Taken: a, under `any`; a more specific term's MQLs are not its own.
65. volume by source, team and owner: no rows. Its verdict in an incomplete period: against the
    whole period's target.

Joint outcomes and the stress test

66. The quarter of "closed won": taken: of the day it was won (closed_at), as everywhere; open
    ones by close date, past ones too. Deleted opportunities are in no pipeline. A quota converts at
    the rate of its quarter's first day.
67. "overall conversion" of a channel: taken: MQL to won of the quarter's own MQLs so far; the rest
    are all other sources together. Without a win of another source there is nothing to be half of.
68. "the definition in force" of the stress test: (a) that of as_of's date; (b) that of each mql_at.
    Taken: a, on values as of mql_at. Examples: b, what the lead was told then.
69. "won deals" of the quarter: won opportunities, and wins by status where the cycle has none;
    those without an MQL count as won outside the definition.
70. "precision": taken: of the MQLs decided in the quarter (deals won with an MQL, cycles closed
    without a win) that pass, the share won.
71. "cooling": taken: a band of the definition whose share among won fell against the four quarters
    before, the whole interval of the ratio below 1.

Sources

72. "share that made the step within d days", with times to the second: (a) times as they are, so
    10 days and an hour is not within 10; (b) whole days of both. Taken: a; the ages at which the
    curve is read are whole days elapsed, not dates apart.
73. Beyond the age to which any cycle of the benchmark was watched: the curve stays as it was.
    Without benchmark cohort: expected null, too_few. Rows where either cohort has a cycle.
74. A cycle whose MQL is inferred begins the steps from the stage that opened it.
75. "accepted / (accepted + rejected)" of a cycle that is both: taken: the first of the two, at one
    instant accepted. Inferred MQLs are in neither rate.
76. The diagnosis is of the source in its quarter, and stands on its rows that are below. Fit and
    acceptance are of MQLs of the quarter and of the benchmark's quarters; "below" is any less.
    What the exports cannot judge at all does not make it downstream.
77. The interval of benchmark_rate: 95 %, Greenwood on the log(-log) scale.
78. rpt_source_decisions is the project's own rule; it is written out in ``sources``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.reference.agreement import number
from tests.reference.clock import local_date
from tests.reference.compliance import compliance, mql_volume
from tests.reference.cycles import (
    Cycle,
    World,
    build_world,
    month_start,
    owners_over_time,
    quarter_start,
    role_of,
)
from tests.reference.definition import examples, grid, stress_test
from tests.reference.integrity import lead_allocation, people_signals
from tests.reference.ledger import ledger
from tests.reference.pipeline import channel_mix, conversion_change, coverage, coverage_totals
from tests.reference.sources import (
    Unjudged,
    conversion_curves,
    source_benchmarks,
    source_decisions,
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
        survivors = [deal.crm.survivor(lead_id) for lead_id in opportunity.lead_ids]
        if not deal.lead_keys and any(key in deal.crm.leads for key in survivors):
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
                "currency": opportunity.currency or said.variables["reporting_currency"],
                "amount_reporting": said.amount_reporting(
                    amount,
                    opportunity.currency,
                    opportunity.close_date or local_date(world.as_of, world.zone),
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


def reference_obligations(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    world = world_of(exports, agreement, as_of)
    return [obligation.row() for obligation in ledger(world)]


def reference_compliance(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    return compliance(world_of(exports, agreement, as_of))


def reference_volume(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    return mql_volume(world_of(exports, agreement, as_of))


def reference_coverage(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    opportunities = reference_opportunities(exports, agreement, as_of)
    return coverage(world_of(exports, agreement, as_of), opportunities)


def reference_coverage_totals(
    exports: Path, agreement: Path, as_of: datetime | None = None
) -> Rows:
    opportunities = reference_opportunities(exports, agreement, as_of)
    return coverage_totals(world_of(exports, agreement, as_of), opportunities)


def reference_channel_mix(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    opportunities = reference_opportunities(exports, agreement, as_of)
    return channel_mix(world_of(exports, agreement, as_of), opportunities)


def reference_conversion_change(
    exports: Path, agreement: Path, as_of: datetime | None = None
) -> Rows:
    return conversion_change(world_of(exports, agreement, as_of))


def reference_stress_test(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    opportunities = reference_opportunities(exports, agreement, as_of)
    return stress_test(world_of(exports, agreement, as_of), opportunities)


def reference_grid(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    opportunities = reference_opportunities(exports, agreement, as_of)
    return grid(world_of(exports, agreement, as_of), opportunities)


def reference_examples(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    return examples(world_of(exports, agreement, as_of))


def reference_curves(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    return conversion_curves(world_of(exports, agreement, as_of))


def reference_benchmarks(exports: Path, agreement: Path, unjudged: Unjudged) -> Rows:
    return source_benchmarks(world_of(exports, agreement), unjudged)


def reference_decisions(exports: Path, agreement: Path, unjudged: Unjudged) -> Rows:
    return source_decisions(world_of(exports, agreement), unjudged)


def reference_integrity(
    exports: Path, agreement: Path, unknowable: Collection[tuple[str, str]] = ()
) -> Rows:
    """The signals about people; `unknowable` are CRM and clause that the exports are silent on."""
    opportunities = reference_opportunities(exports, agreement)
    return people_signals(world_of(exports, agreement), opportunities, unknowable)


def reference_allocation(exports: Path, agreement: Path, as_of: datetime | None = None) -> Rows:
    opportunities = reference_opportunities(exports, agreement, as_of)
    return lead_allocation(world_of(exports, agreement, as_of), opportunities)


def reference_story(
    exports: Path, agreement: Path, lead_key: str, as_of: datetime | None = None
) -> list[str]:
    """What the reference knows of one lead, line by line, for whoever compares."""
    world = world_of(exports, agreement, as_of)
    lead = world.leads.get(lead_key)
    if lead is None:
        return [f"{lead_key} is {'a test lead' if lead_key in world.test_leads else 'no lead'}"]
    lines = [f"{lead_key}, merged into it: {', '.join(lead.losers) or 'nobody'}"]
    linked = {deal.key for deal in world.deals if lead_key in deal.lead_keys}
    for event in world.events:
        if event.lead_key == lead_key or event.opportunity_key in linked:
            observed = " (observed)" if event.is_observed else ""
            lines.append(f"event {event.at} {event.stage}{observed} {event.opportunity_key}")
    for since, owner in owners_over_time(lead.crm, lead.record):
        lines.append(f"owner {since} {owner} {role_of(world, lead.crm, owner)[0]}")
    for touch in lead.touches:
        lines.append(f"touch {touch.at} {touch.direction} {touch.channel} {touch.is_counted}")
    lines += [f"cycle {_cycle_row(cycle)}" for cycle in lead.cycles]
    lines += [
        f"owes {obligation.row()}"
        for obligation in ledger(world)
        if obligation.cycle.lead_key == lead_key
    ]
    return lines
