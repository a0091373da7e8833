"""Rules of what is owed about a lead: the definition, the required fields, the company sizes.

That the signed examples agree with the definition is checked by the build, which holds the one
rule that classifies a lead; it is not repeated here.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from dagster_project.contract.columns import PLAIN_NUMBER, FieldName, FieldRuleName
from dagster_project.contract.engine import expression_fault
from dagster_project.contract.rules.periods import gaps, overlaps
from dagster_project.contract.seeds import Seeds, Segment
from dagster_project.errors import Fault

NUMERIC_ATTRIBUTES = {"employees", "score"}
NUMERIC_OPERATORS = {"between", "at_least"}

FIELD_OF_RULE: dict[FieldRuleName, FieldName] = {
    "email": "email",
    "number": "score",
    "in_sources": "source",
}


def numbers_for_numeric_operators(seeds: Seeds) -> Iterator[Fault]:
    """Only sizes and scores lie between numbers."""
    for criterion in seeds.lead_definition:
        numeric = criterion.attribute in NUMERIC_ATTRIBUTES
        if criterion.operator in NUMERIC_OPERATORS and not numeric:
            message = (
                f"{criterion.operator} compares numbers and {criterion.attribute} is text:"
                " write in, not_in or matches."
            )
            yield criterion.fault(message, "operator")


def bounds_of_between(seeds: Seeds) -> Iterator[Fault]:
    """`between` takes low|high."""
    for criterion in seeds.lead_definition:
        if criterion.operator != "between":
            continue
        bounds = [bound.strip() for bound in criterion.value.split("|")]
        if len(bounds) != 2 or not all(PLAIN_NUMBER.fullmatch(bound) for bound in bounds):
            message = f"{criterion.value!r} is not two numbers: write low|high, like 20|500."
            yield criterion.fault(message, "value")
        elif Decimal(bounds[0]) > Decimal(bounds[1]):
            message = f"{bounds[0]} is above {bounds[1]}: write the lower bound first."
            yield criterion.fault(message, "value")


def number_of_at_least(seeds: Seeds) -> Iterator[Fault]:
    """`at_least` takes a number."""
    for criterion in seeds.lead_definition:
        if criterion.operator == "at_least" and not PLAIN_NUMBER.fullmatch(criterion.value):
            message = f"{criterion.value!r} is not a plain number: write one like 50."
            yield criterion.fault(message, "value")


def values_of_lists(seeds: Seeds) -> Iterator[Fault]:
    """`in` and `not_in` take values separated by |, none of them blank."""
    for criterion in seeds.lead_definition:
        if criterion.operator not in {"in", "not_in"}:
            continue
        if not all(value.strip() for value in criterion.value.split("|")):
            message = "the list holds a blank value: write values with one | between them."
            yield criterion.fault(message, "value")


def expressions_compile(seeds: Seeds) -> Iterator[Fault]:
    """`matches` takes a regular expression that the engine understands."""
    for criterion in seeds.lead_definition:
        if criterion.operator != "matches":
            continue
        reason = expression_fault(criterion.value)
        if reason is not None:
            message = f"the engine cannot read this regular expression ({reason}): correct it."
            yield criterion.fault(message, "value")


def rule_suits_field(seeds: Seeds) -> Iterator[Fault]:
    """Every field can be present; the other rules are made for one field each."""
    for required in seeds.required_fields:
        field = FIELD_OF_RULE.get(required.rule, required.field)
        if required.field != field:
            message = (
                f"{required.rule} is made for {field}, not for {required.field}: write present."
            )
            yield required.fault(message, "rule")


def maximum_above_minimum(seeds: Seeds) -> Iterator[Fault]:
    """Both ends of a segment are inclusive."""
    for segment in seeds.segments:
        if segment.max_employees is not None and segment.max_employees < segment.min_employees:
            message = (
                f"{segment.max_employees} is below min_employees {segment.min_employees}:"
                " exchange the two."
            )
            yield segment.fault(message, "max_employees")


def _start(segment: Segment) -> int:
    return segment.min_employees


def _end(segment: Segment) -> int | None:
    return None if segment.max_employees is None else segment.max_employees + 1


def one_segment_per_size(seeds: Seeds) -> Iterator[Fault]:
    """A company belongs to at most one segment."""
    for pair in overlaps(seeds.segments, _start, _end):
        first, second = sorted(pair, key=lambda segment: segment.line)
        size = max(first.min_employees, second.min_employees)
        message = (
            f"{second.segment} and {first.segment} (line {first.line}) both hold a company of"
            f" {size} employees: both ends count, end one below the other."
        )
        yield second.fault(message, "min_employees")


def sizes_without_segment(seeds: Seeds) -> Iterator[Fault]:
    """Warning: a size between two segments is `unknown`."""
    for before, after in gaps(seeds.segments, _start, _end):
        message = (
            f"companies of {_end(before)} to {after.min_employees - 1} employees have no segment,"
            f" between {before.segment} and {after.segment}."
        )
        yield after.fault(message, "min_employees")
