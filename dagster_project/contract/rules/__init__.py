"""What the rows of an agreement mean together: one small function per rule.

Add a rule by writing it in the module of its subject and naming it here. A rule yields a `Fault`
for each place that breaks it; FAULTS stop a run, WARNINGS are shown and do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dagster_project.contract.rules import dates, definition, hours, keys, money, terms
from dagster_project.contract.seeds import Seeds
from dagster_project.contract.variables import Setting
from dagster_project.errors import Fault

Rule = Callable[[Seeds], Iterator[Fault]]

FAULTS: tuple[Rule, ...] = (
    keys.unique_keys,
    keys.names_exist,
    keys.names_spelled_alike,
    dates.end_after_start,
    dates.no_two_in_force,
    terms.side_of_clause,
    terms.limit_of_clause,
    terms.unit_of_clause,
    terms.clock_of_clause,
    terms.count_of_clause,
    terms.open_days_have_no_length,
    terms.whole_days_of_cadence,
    terms.volume_is_per_month,
    hours.close_after_open,
    hours.one_zone_per_calendar,
    hours.no_double_hours,
    definition.numbers_for_numeric_operators,
    definition.bounds_of_between,
    definition.number_of_at_least,
    definition.values_of_lists,
    definition.expressions_compile,
    definition.rule_suits_field,
    definition.maximum_above_minimum,
    definition.one_segment_per_size,
)

WARNINGS: tuple[Rule, ...] = (
    terms.clauses_without_term,
    terms.idle_cells,
    terms.places_without_term,
    dates.gaps_between_terms,
    dates.terms_that_end,
    definition.sizes_without_segment,
    keys.sources_with_two_sponsors,
)


def rule_faults(seeds: Seeds, settings: Mapping[str, Setting]) -> Iterator[Fault]:
    """All that stops a run; rules about a variable that is itself faulty are left out."""
    for rule in FAULTS:
        yield from rule(seeds)
    if "fiscal_year_start_month" in settings:
        first_month = int(settings["fiscal_year_start_month"].value)
        yield from money.quarters_begin(seeds, first_month)
    if "reporting_currency" in settings:
        currency = str(settings["reporting_currency"].value)
        yield from money.quotas_have_rates(seeds, currency)
        yield from money.reporting_currency_is_one(seeds, currency)


def rule_warnings(seeds: Seeds, crms: frozenset[str]) -> Iterator[Fault]:
    """What is legal and seldom meant."""
    for rule in WARNINGS:
        yield from rule(seeds)
    yield from keys.crms_without_mapping(seeds, crms)
