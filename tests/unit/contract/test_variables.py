"""The agreement's settings: defaults of the dbt project, overridden by `vars.yml`."""

from pathlib import Path

import pytest

from dagster_project.contract import check_contract
from dagster_project.contract.variables import VARIABLES
from dagster_project.errors import ContractError
from tests.unit.contract.small_agreement import (
    DBT_PROJECT,
    faults_of,
    write_agreement,
    write_dbt_project,
)


def agreement_with(tmp_path: Path, vars_yml: str) -> Path:
    folder = write_agreement(tmp_path / "agreement")
    (folder / "vars.yml").write_text(vars_yml)
    return folder


def test_without_vars_yml_the_defaults_hold_and_the_first_calendar_is_found(
    tmp_path: Path,
) -> None:
    folder = write_agreement(tmp_path / "agreement")
    assert check_contract(folder, write_dbt_project(folder)).vars == {
        "reporting_timezone": "UTC",
        "reporting_currency": "USD",
        "default_calendar": "office",
        "fiscal_year_start_month": 1,
        "mql_entry": "stage",
        "mql_score_threshold": 0,
        "requalification_gap_days": 30,
        "touch_spacing_minutes": 5,
        "conversion_window_days": 90,
        "logging_grace_minutes": 60,
        "channel_mix_share": 0.5,
        "channel_mix_conversion_ratio": 0.5,
        "joint_review_rejection_rate": 0.3,
        "benchmark_quarters": 4,
        "benchmark_min_cycles": 30,
        "benchmark_min_expected": 5,
        "source_decision_margin": 0.5,
        "integrity_rejection_ratio": 1.25,
        "integrity_tolerated_share": 0.1,
        "integrity_tolerated_deletions": 0.01,
        "integrity_bulk_dispositions": 5,
        "integrity_burst_touches": 5,
        "integrity_bar_tolerance": 0.1,
        "integrity_bunching_width": 5,
        "integrity_conversion_days": 30,
        "integrity_false_discovery_rate": 0.05,
    }


def test_the_default_calendar_is_the_first_of_the_file(tmp_path: Path) -> None:
    hours = "calendar_id,timezone,weekday,opens,closes\nz,UTC,1,09:00,17:00\na,UTC,1,09:00,17:00\n"
    others = {
        "holidays": "calendar_id,holiday_date,name\n",
        "team_roles": "crm,team,role_type,region,calendar_id\n",
    }
    folder = write_agreement(tmp_path / "agreement", business_hours=hours, **others)
    assert check_contract(folder, write_dbt_project(folder)).default_calendar == "z"
    (folder / "vars.yml").write_text("default_calendar: a\n")
    assert check_contract(folder, write_dbt_project(folder)).default_calendar == "a"


def test_vars_yml_overrides_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    folder = agreement_with(
        tmp_path,
        "# our year\nmql_entry: score\nmql_score_threshold: 62.5\nreporting_timezone: Asia/Tokyo\n",
    )
    variables = check_contract(folder, write_dbt_project(folder)).vars
    assert variables["mql_entry"] == "score"
    assert variables["mql_score_threshold"] == 62.5
    assert variables["reporting_timezone"] == "Asia/Tokyo"
    assert variables["conversion_window_days"] == 90


def test_null_and_blank_mean_not_set(tmp_path: Path) -> None:
    folder = agreement_with(tmp_path, "default_calendar:\nmql_score_threshold: null\n")
    variables = check_contract(folder, write_dbt_project(folder)).vars
    assert (variables["default_calendar"], variables["mql_score_threshold"]) == ("office", 0)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\ufeffmql_entry: stage\n"])
def test_an_empty_vars_yml_changes_nothing(tmp_path: Path, text: str) -> None:
    assert faults_of(agreement_with(tmp_path, text)) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "reporting_timezone: UTC\nreporting_timezon: UTC\n",
            "vars.yml:2: reporting_timezon is no variable: the variables are "
            + ", ".join(VARIABLES)
            + ".",
        ),
        (
            "reporting_timezone: Mars/Olympus\n",
            "vars.yml:1: reporting_timezone: 'Mars/Olympus' is not an IANA time zone: write one"
            " like Europe/Berlin.",
        ),
        (
            "reporting_currency: dollars\n",
            "vars.yml:1: reporting_currency: 'dollars' is not a currency: write its three-letter"
            " code, like EUR.",
        ),
        (
            "default_calendar: shop\n",
            "vars.yml:1: default_calendar: 'shop' is an unknown calendar: write one of"
            " business_hours.csv (office), or leave it blank.",
        ),
        (
            "fiscal_year_start_month: 13\n",
            "vars.yml:1: fiscal_year_start_month: 13 is not a whole number from 1 to 12.",
        ),
        (
            'fiscal_year_start_month: "4"\n',
            "vars.yml:1: fiscal_year_start_month: '4' is not a whole number from 1 to 12.",
        ),
        (
            "mql_entry: status\n",
            "vars.yml:1: mql_entry: 'status' is unknown: write stage or score.",
        ),
        (
            "\nmql_entry: score\n",
            "vars.yml:2: mql_entry: score needs mql_score_threshold: write the score that makes an"
            " MQL.",
        ),
        (
            "mql_score_threshold: high\n",
            "vars.yml:1: mql_score_threshold: 'high' is not a score: write a number above 0, or"
            " leave it out.",
        ),
        (
            "mql_score_threshold: .inf\n",
            "vars.yml:1: mql_score_threshold: inf is not a score: write a number above 0, or leave"
            " it out.",
        ),
        (
            "requalification_gap_days: -1\n",
            "vars.yml:1: requalification_gap_days: -1 is not a whole number of at least 0.",
        ),
        (
            "touch_spacing_minutes: true\n",
            "vars.yml:1: touch_spacing_minutes: True is not a whole number of at least 0.",
        ),
        (
            "conversion_window_days: 0\n",
            "vars.yml:1: conversion_window_days: 0 is not a whole number of at least 1.",
        ),
        (
            "integrity_tolerated_share: 10\n",
            "vars.yml:1: integrity_tolerated_share: 10 is not a share: write a number above 0, up"
            " to 1.",
        ),
        (
            "integrity_rejection_ratio: 0.9\n",
            "vars.yml:1: integrity_rejection_ratio: 0.9 is not a number of at least 1.",
        ),
        (
            "integrity_bulk_dispositions: 1\n",
            "vars.yml:1: integrity_bulk_dispositions: 1 is not a whole number of at least 2.",
        ),
        (
            "logging_grace_minutes: 1.5\n",
            "vars.yml:1: logging_grace_minutes: 1.5 is not a whole number of at least 0.",
        ),
        (
            "channel_mix_share: 1.5\n",
            "vars.yml:1: channel_mix_share: 1.5 is not a share: write a number above 0, up to 1.",
        ),
        (
            "channel_mix_conversion_ratio: 0\n",
            "vars.yml:1: channel_mix_conversion_ratio: 0 is not a share: write a number above 0,"
            " up to 1.",
        ),
        (
            "joint_review_rejection_rate: 30\n",
            "vars.yml:1: joint_review_rejection_rate: 30 is not a share: write a number above 0,"
            " up to 1.",
        ),
        (
            "mql_entry: stage\nmql_entry: score\n",
            "vars.yml:2: mql_entry is set in line 1 too: keep one.",
        ),
        (
            "- mql_entry\n",
            "vars.yml:1: this is no list of variables (it should hold lines like mql_entry:"
            " stage): correct it.",
        ),
        (
            "mql_entry: [stage\n",
            "vars.yml:2: this is no YAML (expected ',' or ']', but got '<stream end>'): correct"
            " it.",
        ),
    ],
)
def test_a_wrong_variable_is_named_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    assert faults_of(agreement_with(tmp_path, text)) == [sentence]


def test_a_settings_file_under_another_name_is_not_passed_over(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    (folder / "vars.yaml").write_text("mql_entry: score\n")
    assert faults_of(folder) == ["vars.yaml: this file is not read: rename it vars.yml."]


def test_the_fiscal_year_moves_the_quarters_of_the_quotas(tmp_path: Path) -> None:
    folder = agreement_with(tmp_path, "fiscal_year_start_month: 2\n")
    assert faults_of(folder) == [
        "quotas.csv:2: column quarter_start: 2025-01-01 begins no fiscal quarter: write the first"
        " day of month 2, 5, 8, 11."
    ]


def test_another_reporting_currency_needs_other_rates(tmp_path: Path) -> None:
    folder = agreement_with(tmp_path, "reporting_currency: EUR\n")
    assert faults_of(folder) == [
        "fx_rates.csv:3: column rate: EUR is the reporting currency and worth 1, not 1.08: write"
        " rates to it, or change the variable reporting_currency."
    ]


def test_a_default_that_is_missing_is_told(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    text = DBT_PROJECT.replace("  mql_entry: stage\n", "  our_own: 1\n")
    dbt_project = write_dbt_project(folder, text)
    with pytest.raises(ContractError) as caught:
        check_contract(folder, dbt_project)
    assert str(caught.value) == f"{dbt_project}: vars lacks mql_entry: add its default."


def test_a_missing_dbt_project_is_told(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    with pytest.raises(ContractError) as caught:
        check_contract(folder, tmp_path / "dbt_project.yml")
    assert str(caught.value) == (
        f"{tmp_path}/dbt_project.yml: the file is missing: it holds the variables' defaults."
    )
