"""The agreement as a whole: read, validated, and known by its content.

Belongs here: the one object other parts are handed, and how it comes about. Does not belong here:
single cells, rows or rules.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from dagster_project.contract.reading import read_seeds
from dagster_project.contract.rules import rule_faults, rule_warnings
from dagster_project.contract.seeds import SEEDS, FxRate, Seeds
from dagster_project.contract.variables import Setting, VariableValue, read_settings
from dagster_project.errors import ContractError, Fault, UsageError
from dagster_project.ingest.mapping import Mappings, mapping_files, read_mappings
from dagster_project.settings import PROJECT_ROOT

DBT_PROJECT = PROJECT_ROOT / "dbt" / "dbt_project.yml"

BEGINNING = date(1900, 1, 1)
"""Before any record of a CRM: since when the reporting currency is worth itself."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A valid agreement.

    `vars` holds every dbt variable, ready for `--vars`: `default_calendar` is resolved, a score
    threshold that is not set is 0. `content_hash` is 64 hex digits; see `content_hash_of`.
    `warnings` are legal and seldom meant.
    """

    folder: Path
    seeds: Seeds
    vars: Mapping[str, VariableValue]
    content_hash: str
    warnings: tuple[Fault, ...]

    @property
    def default_calendar(self) -> str:
        """The calendar of reps whose team has none, and of the company's own weeks."""
        return str(self.vars["default_calendar"])


def read_agreement(folder: Path) -> tuple[Contract, Mappings]:
    """The agreement and the column mappings in use, the folder's own and those shipped.

    Raises what both raise, a ContractError with the faults of both at once.
    """
    faults: list[Fault] = []
    try:
        contract = read_contract(folder)
    except ContractError as error:
        faults.extend(error.faults)
    try:
        mappings = read_mappings(folder)
    except ContractError as error:
        told = {fault.file for fault in faults}  # a file that nobody may read
        faults.extend(fault for fault in error.faults if fault.file not in told)
    if faults:
        raise ContractError(faults)
    return contract, mappings


def read_contract(folder: Path) -> Contract:
    """`check_contract` with this installation's own dbt project and mappings."""
    return check_contract(folder, DBT_PROJECT, shipped_and_own_mappings(folder))


def check_contract(folder: Path, dbt_project: Path, mappings: Iterable[Path] = ()) -> Contract:
    """The agreement in `folder`: its sixteen CSV files and, if there, its `vars.yml`.

    `dbt_project` is the `dbt_project.yml` that holds the variables' defaults. `mappings` are the
    column mappings in use, shipped and the folder's own: they belong to the content that
    `content_hash` stands for, and their names are the CRMs there are.

    Raises UsageError if there is no such folder, ContractError with every fault of every file.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder} is no folder: name the one that holds the agreement's CSV files."
        )
    seeds, faults = read_seeds(folder)
    settings, found = read_settings(dbt_project, folder / "vars.yml")
    faults += found
    faults += rule_faults(seeds, settings)
    faults += _calendar_faults(seeds, settings)
    faults += _name_faults(folder)
    mapping_texts, found = _read_mappings(mappings)
    faults += found
    if faults:
        raise ContractError(sorted(faults, key=lambda fault: (fault.file, fault.line or 0)))

    variables = {name: setting.value for name, setting in settings.items()}
    variables["default_calendar"] = (
        variables["default_calendar"] or seeds.business_hours[0].calendar_id
    )
    seeds = _with_reporting_currency(seeds, str(variables["reporting_currency"]))
    crms = frozenset({"salesforce", "hubspot", *(Path(name).stem for name, _ in mapping_texts)})
    return Contract(
        folder=folder,
        seeds=seeds,
        vars=variables,
        content_hash=content_hash_of(seeds, variables, mapping_texts),
        warnings=(*_idle_files(folder), *rule_warnings(seeds, crms)),
    )


def shipped_and_own_mappings(folder: Path) -> list[Path]:
    """The mapping files that come with the project and those of a contract folder."""
    return mapping_files(folder)


def normalised_csv(seeds: Seeds, seed: str) -> str:
    """A seed as text: comma, LF, header and rows in the file's order, values in one spelling."""
    columns = SEEDS[seed].columns()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in seeds.rows(seed):
        writer.writerow([_cell_text(getattr(row, column)) for column in columns])
    return text.getvalue()


def content_hash_of(
    seeds: Seeds, variables: Mapping[str, VariableValue], mapping_texts: Iterable[tuple[str, str]]
) -> str:
    """SHA-256, in hex, of what the agreement says.

    It covers the seeds as `normalised_csv` writes them, the variables, and the name and text of
    each mapping. So encoding marks, line ends, blanks around cells, the order of columns and where
    the folder lies do not matter; the order of rows does: the first calendar is the default.
    """
    parts = [(seed, normalised_csv(seeds, seed)) for seed in SEEDS]
    parts.append(("vars", json.dumps(variables, sort_keys=True)))
    parts += mapping_texts
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _cell_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _read_mappings(mappings: Iterable[Path]) -> tuple[list[tuple[str, str]], list[Fault]]:
    """Name and text of each mapping, by name; of two with one name, in the order given.

    What they say is for the loading to judge; a byte that is no UTF-8 is kept as it is.
    """
    texts: list[tuple[str, str]] = []
    faults: list[Fault] = []
    for path in sorted(mappings, key=lambda path: path.name):
        try:
            text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
        except OSError as error:
            message = f"the file cannot be read ({error.strerror}): make it readable."
            faults.append(Fault(str(path), message))
        else:
            texts.append((path.name, text))
    return texts, faults


def _name_faults(folder: Path) -> Iterable[Fault]:
    """A settings file under another name would be passed over in silence."""
    if (folder / "vars.yaml").exists():
        message = "this file is not read: rename it vars.yml."
        yield Fault(str(folder / "vars.yaml"), message)


def _idle_files(folder: Path) -> Iterable[Fault]:
    """Warning: a CSV file that is none of the seeds, perhaps a misspelled one."""
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in SEEDS:
            yield Fault(str(path), "this file is no seed of the agreement: it is not read.")


def _calendar_faults(seeds: Seeds, settings: Mapping[str, Setting]) -> Iterable[Fault]:
    """There is a calendar, and the default is one of them."""
    if "business_hours" in seeds.broken:
        return
    calendars = {hours.calendar_id for hours in seeds.business_hours}
    if not calendars:
        message = "there is no calendar: write the hours of at least one."
        yield Fault(seeds.file("business_hours"), message)
    elif "default_calendar" in settings:
        setting = settings["default_calendar"]
        if setting.value and setting.value not in calendars:
            message = (
                f"default_calendar: {setting.value!r} is an unknown calendar: write one of"
                f" business_hours.csv ({', '.join(sorted(calendars))}), or leave it blank."
            )
            yield Fault(setting.file, message, setting.line)


def _with_reporting_currency(seeds: Seeds, currency: str) -> Seeds:
    """The reporting currency is worth 1 on every day, whether or not a row says so."""
    if any(
        rate.currency == currency and rate.effective_from <= BEGINNING for rate in seeds.fx_rates
    ):
        return seeds
    own = FxRate.model_validate(
        {"file": "", "line": 0, "currency": currency, "effective_from": BEGINNING, "rate": 1}
    )
    return replace(seeds, fx_rates=(own, *seeds.fx_rates))
