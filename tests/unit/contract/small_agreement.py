"""The smallest agreement in which every seed has a row, and the faults of a changed one."""

from __future__ import annotations

from pathlib import Path

from dagster_project.contract import check_contract
from dagster_project.errors import ContractError

SEEDS = {
    "sla_terms": """\
term_id,clause,side,segment,region,min_count,limit_value,limit_unit,clock,target_rate,require_note,effective_from,effective_to
t1,speed_to_lead,sales,,,,60,minutes,business,0.9,,2024-01-01,
""",
    "business_hours": """\
calendar_id,timezone,weekday,opens,closes
office,Europe/Berlin,1,09:00,12:00
office,Europe/Berlin,1,13:00,17:00
""",
    "holidays": "calendar_id,holiday_date,name\noffice,2025-01-01,New Year\n",
    "team_roles": "crm,team,role_type,region,calendar_id\nsalesforce,SDR,sdr,emea,office\n",
    "stage_map": "crm,raw_stage,stage\nsalesforce,MQL,mql\n",
    "touch_types": "crm,raw_type,direction,channel,is_human\nsalesforce,Call,any,call,true\n",
    "lead_sources": "crm,raw_source,source,sourced_by\nsalesforce,Web,website,marketing\n",
    "disqualification_reasons": "crm,raw_reason,reason_code\nsalesforce,Too small,wrong_icp\n",
    "required_fields": "field,rule,effective_from,effective_to\nemail,email,2024-01-01,\n",
    "lead_definition": """\
criterion_id,kind,attribute,operator,value,effective_from,effective_to,description
size,firmographic,employees,between,20|500,2024-01-01,,Our size
""",
    "lead_definition_examples": """\
example_id,industry,employees,role,country,score,email,expected,why
e1,Software,100,CTO,Germany,50,a@b.example,pass,Our size
""",
    "segments": "segment,min_employees,max_employees\nsmb,1,199\nenterprise,200,\n",
    "regions": "country,region\nGermany,emea\n",
    "quotas": "quarter_start,segment,region,quota,currency\n2025-01-01,smb,emea,1000,EUR\n",
    "fx_rates": "currency,effective_from,rate\nUSD,2024-01-01,1\nEUR,2024-01-01,1.08\n",
    "internal_domains": "domain\nacme.example\n",
}

DBT_PROJECT = """\
name: leadpact
vars:
  reporting_timezone: UTC
  reporting_currency: USD
  default_calendar: ""
  fiscal_year_start_month: 1
  mql_entry: stage
  mql_score_threshold: 0
  requalification_gap_days: 30
  touch_spacing_minutes: 5
  conversion_window_days: 90
  logging_grace_minutes: 60
  channel_mix_share: 0.5
  channel_mix_conversion_ratio: 0.5
  joint_review_rejection_rate: 0.3
  benchmark_quarters: 4
  benchmark_min_cycles: 30
  benchmark_min_expected: 5
  source_decision_margin: 0.5
  integrity_rejection_ratio: 1.25
  integrity_tolerated_share: 0.1
  integrity_tolerated_deletions: 0.01
  integrity_bulk_dispositions: 5
  integrity_burst_touches: 5
  integrity_bar_tolerance: 0.1
  integrity_bunching_width: 5
  integrity_conversion_days: 30
  integrity_false_discovery_rate: 0.05
"""


def write_agreement(folder: Path, **changed: str | bytes) -> Path:
    """The small agreement in `folder`, with the files named in `changed` (by stem) as given."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, text in (SEEDS | changed).items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / f"{seed}.csv").write_bytes(content)
    return folder


def write_dbt_project(folder: Path, text: str = DBT_PROJECT) -> Path:
    """A `dbt_project.yml` beside the agreement's folder."""
    path = folder.parent / "dbt_project.yml"
    path.write_text(text)
    return path


def faults_of(folder: Path) -> list[str]:
    """What is wrong with the agreement in `folder`, with paths relative to it."""
    try:
        check_contract(folder, write_dbt_project(folder))
    except ContractError as error:
        return [str(fault).removeprefix(f"{folder}/") for fault in error.faults]
    return []


def warnings_of(folder: Path) -> list[str]:
    """What is legal and seldom meant in the agreement in `folder`."""
    contract = check_contract(folder, write_dbt_project(folder))
    return [str(fault).removeprefix(f"{folder}/") for fault in contract.warnings]
