"""The agreement's settings: dbt's variables, overridden by the contract folder's `vars.yml`.

Belongs here: which variables there are and what each may be. The defaults live in
`dbt_project.yml` alone, so that dbt run by hand and the nightly run agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from dagster_project.contract.columns import CURRENCY
from dagster_project.contract.engine import time_zones
from dagster_project.errors import Fault

VariableValue = str | int | float


class Setting(NamedTuple):
    """A variable's value and the line of the file that sets it."""

    value: VariableValue
    file: str
    line: int


Settings = Mapping[str, Setting]


def _whole(low: int, high: int | None = None) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        known = isinstance(value, int) and not isinstance(value, bool)
        if not known or value < low or (high is not None and value > high):
            bounds = f"of at least {low}" if high is None else f"from {low} to {high}"
            raise ValueError(f"{value!r} is not a whole number {bounds}.")
        return int(value)

    return read


def _threshold(value: Any) -> float | int:
    """Blank, null and 0 all say that there is none."""
    if value in (None, ""):
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        known = False
    else:
        known = isfinite(value) and value >= 0
    if not known:
        raise ValueError(f"{value!r} is not a score: write a number above 0, or leave it out.")
    return value


def _share(value: Any) -> float | int:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not 0 < value <= 1:
        raise ValueError(f"{value!r} is not a share: write a number above 0, up to 1.")
    return value


def _at_least(low: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not known or not isfinite(value) or value < low:
            raise ValueError(f"{value!r} is not a number of at least {low:g}.")
        return float(value)

    return read


def _entry(value: Any) -> str:
    if value not in ("stage", "score"):
        raise ValueError(f"{value!r} is unknown: write stage or score.")
    return str(value)


def _time_zone(value: Any) -> str:
    if value not in time_zones():
        raise ValueError(f"{value!r} is not an IANA time zone: write one like Europe/Berlin.")
    return str(value)


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not CURRENCY.fullmatch(value):
        raise ValueError(f"{value!r} is not a currency: write its three-letter code, like EUR.")
    return value.upper()


def _calendar(value: Any) -> str:
    """Blank and null both say: the first calendar of the file."""
    if value is None:
        return ""
    return str(value).strip()


VARIABLES: dict[str, Callable[[Any], VariableValue]] = {
    "reporting_timezone": _time_zone,
    "reporting_currency": _currency,
    "default_calendar": _calendar,
    "fiscal_year_start_month": _whole(1, 12),
    "mql_entry": _entry,
    "mql_score_threshold": _threshold,
    "requalification_gap_days": _whole(0),
    "touch_spacing_minutes": _whole(0),
    "conversion_window_days": _whole(1),
    "logging_grace_minutes": _whole(0),
    "channel_mix_share": _share,
    "channel_mix_conversion_ratio": _share,
    "joint_review_rejection_rate": _share,
    "benchmark_quarters": _whole(1),
    "benchmark_min_cycles": _whole(1),
    "benchmark_min_expected": _whole(1),
    "source_decision_margin": _share,
    "integrity_rejection_ratio": _at_least(1),
    "integrity_tolerated_share": _share,
    "integrity_tolerated_deletions": _share,
    "integrity_bulk_dispositions": _whole(2),
    "integrity_burst_touches": _whole(2),
    "integrity_bar_tolerance": _share,
    "integrity_bunching_width": _whole(1),
    "integrity_conversion_days": _whole(1),
    "integrity_false_discovery_rate": _share,
}


def read_settings(dbt_project: Path, overrides: Path) -> tuple[dict[str, Setting], list[Fault]]:
    """Each variable as `overrides` sets it, else as `dbt_project` does, and what is wrong.

    `overrides` need not exist; a variable that is faulty is left out of the result.
    """
    settings: dict[str, Setting] = {}
    faults: list[Fault] = []

    defaults, found = _assignments(dbt_project, within="vars")
    faults += found
    # Other variables of the dbt project are dbt's own business.
    own = {name: line_value for name, line_value in defaults.items() if name in VARIABLES}
    for name in VARIABLES:
        if name not in own and not found:
            faults.append(Fault(str(dbt_project), f"vars lacks {name}: add its default."))
    chosen, found = _checked(own, str(dbt_project))
    settings |= chosen
    faults += found

    given, found = _assignments(overrides)
    faults += found
    for name, (line, _) in given.items():
        if name not in VARIABLES:
            message = f"{name} is no variable: the variables are {', '.join(VARIABLES)}."
            faults.append(Fault(str(overrides), message, line))
    own = {name: line_value for name, line_value in given.items() if name in VARIABLES}
    chosen, found = _checked(own, str(overrides))
    faults += found
    settings = {name: item for name, item in settings.items() if name not in own} | chosen
    return settings, faults + list(_threshold_of_entry(settings))


def _threshold_of_entry(settings: Settings) -> Iterator[Fault]:
    """Cycles that open at a score need one."""
    if {"mql_entry", "mql_score_threshold"} <= settings.keys():
        entry = settings["mql_entry"]
        if entry.value == "score" and not settings["mql_score_threshold"].value:
            message = (
                "mql_entry: score needs mql_score_threshold: write the score that makes an MQL."
            )
            yield Fault(entry.file, message, entry.line)


def _checked(
    assignments: Mapping[str, tuple[int, Any]], file: str
) -> tuple[dict[str, Setting], list[Fault]]:
    settings: dict[str, Setting] = {}
    faults: list[Fault] = []
    for name, (line, value) in assignments.items():
        try:
            settings[name] = Setting(VARIABLES[name](value), file, line)
        except ValueError as error:
            faults.append(Fault(file, f"{name}: {error}", line))
    return settings, faults


def _assignments(
    path: Path, within: str | None = None
) -> tuple[dict[str, tuple[int, Any]], list[Fault]]:
    """Name -> (line, value) of a YAML mapping, or of the mapping under its key `within`."""
    file = str(path)
    try:
        # utf-8-sig: editors on Windows begin a file with a byte order mark.
        entries = _entries(path.read_text(encoding="utf-8-sig"), within)
    except FileNotFoundError:
        if within is None:
            return {}, []
        return {}, [Fault(file, "the file is missing: it holds the variables' defaults.")]
    except UnicodeDecodeError:
        return {}, [Fault(file, "the file is not UTF-8: save it as UTF-8.")]
    except OSError as error:
        return {}, [Fault(file, f"the file cannot be read ({error.strerror}): make it readable.")]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return {}, [Fault(file, f"this is no YAML ({error.problem}): correct it.", line)]
    except (yaml.YAMLError, TypeError) as error:
        return {}, [Fault(file, f"this is no list of variables ({error}): correct it.", 1)]

    assignments: dict[str, tuple[int, Any]] = {}
    faults: list[Fault] = []
    for name, line, value in entries:
        if name in assignments:
            first, _ = assignments[name]
            faults.append(Fault(file, f"{name} is set in line {first} too: keep one.", line))
        else:
            assignments[name] = (line, value)
    return assignments, faults


def _entries(text: str, within: str | None) -> list[tuple[str, int, Any]]:
    """Name, 1-based line and value of each entry of a YAML mapping.

    Raises yaml.YAMLError if it is no YAML, TypeError if it is no mapping.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if within is not None and isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == within), None)
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode):
            raise TypeError("it should hold lines like mql_entry: stage")
        return [
            (key.value, key.start_mark.line + 1, loader.construct_object(value, deep=True))
            for key, value in node.value
        ]
    finally:
        loader.dispose()
