"""The agreement that ships, another one in another folder, and what its hash stands for."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from dagster_project.contract import Contract, check_contract, read_contract, stage_for_dbt
from dagster_project.settings import PROJECT_ROOT
from tests.unit.contract.small_agreement import (
    SEEDS,
    warnings_of,
    write_agreement,
    write_dbt_project,
)


@pytest.fixture(scope="module")
def shipped() -> Contract:
    return read_contract(PROJECT_ROOT / "dbt" / "seeds")


def test_the_shipped_agreement_is_valid_and_warns_of_nothing(shipped: Contract) -> None:
    assert shipped.warnings == ()
    assert shipped.default_calendar == "us_east"


def test_the_shipped_promises_are_the_defaults(shipped: Contract) -> None:
    promised = {
        term.clause: (
            term.side,
            term.min_count,
            term.limit_value,
            term.limit_unit,
            term.clock,
            float(term.target_rate),
            term.require_note,
        )
        for term in shipped.seeds.sla_terms
        if term.clause != "volume"
    }
    assert promised == {
        "fit": ("marketing", None, None, None, None, 0.85, False),
        "completeness": ("marketing", None, None, None, None, 1.0, False),
        "handoff": ("marketing", None, 5, "minutes", "wall", 0.95, False),
        "speed_to_lead": ("sales", None, 60, "minutes", "business", 0.9, False),
        "disposition": ("sales", None, 72, "hours", "wall", 1.0, False),
        "feedback": ("sales", None, None, None, None, 1.0, True),
        "cadence": ("sales", 6, 10, "days", "business", 0.9, False),
        "contest_review": ("marketing", None, 7, "days", "wall", 1.0, False),
    }


def test_volume_is_promised_for_every_segment_and_region(shipped: Contract) -> None:
    seeds = shipped.seeds
    bands = {
        (segment.segment, region)
        for segment in seeds.segments
        for region in {row.region for row in seeds.regions}
    }
    targets = [term for term in seeds.sla_terms if term.clause == "volume"]
    assert {(term.segment, term.region) for term in targets} == bands
    assert {term.limit_unit for term in targets} == {"month"}
    assert {(quota.segment, quota.region) for quota in seeds.quotas} == bands
    assert len(seeds.quotas) == 12 * len(bands)


def test_the_shipped_examples_are_enough_and_of_both_kinds(shipped: Contract) -> None:
    counts = Counter(example.expected for example in shipped.seeds.lead_definition_examples)
    assert counts["pass"] >= 3
    assert counts["fail"] >= 3


def test_an_agreement_may_lie_anywhere(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "acme" / "our agreement")
    contract = check_contract(folder, write_dbt_project(folder))
    (term,) = contract.seeds.sla_terms
    assert (term.clause, term.limit_value, term.line) == ("speed_to_lead", Decimal(60), 2)
    assert term.file == str(folder / "sla_terms.csv")


def test_the_hash_is_of_the_content_wherever_it_lies(tmp_path: Path) -> None:
    here = write_agreement(tmp_path / "here")
    there = write_agreement(tmp_path / "there" / "deeper")
    first = check_contract(here, write_dbt_project(here)).content_hash
    assert len(first) == 64
    assert check_contract(there, write_dbt_project(there)).content_hash == first


def test_the_hash_changes_with_rows_their_order_variables_and_mappings(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    dbt_project = write_dbt_project(folder)
    seen = {check_contract(folder, dbt_project).content_hash}

    write_agreement(folder, internal_domains="domain\nother.example\n")
    seen.add(check_contract(folder, dbt_project).content_hash)
    write_agreement(folder, regions="country,region\nGermany,emea\nFrance,emea\n")
    seen.add(check_contract(folder, dbt_project).content_hash)
    write_agreement(folder, regions="country,region\nFrance,emea\nGermany,emea\n")
    seen.add(check_contract(folder, dbt_project).content_hash)
    write_agreement(folder)
    (folder / "vars.yml").write_text("touch_spacing_minutes: 6\n")
    seen.add(check_contract(folder, dbt_project).content_hash)
    (folder / "vars.yml").unlink()
    mapping = tmp_path / "zoho.yml"
    mapping.write_text("crm: zoho\n")
    seen.add(check_contract(folder, dbt_project, [mapping]).content_hash)
    mapping.write_text("crm: zoho\ntimezone: UTC\n")
    seen.add(check_contract(folder, dbt_project, [mapping]).content_hash)
    assert len(seen) == 7

    mapping.write_bytes(b"\xef\xbb\xbfcrm: zoho\r\ntimezone: UTC\r\n")
    assert check_contract(folder, dbt_project, [mapping]).content_hash in seen


def test_a_mapping_makes_its_crm_known(tmp_path: Path) -> None:
    folder = write_agreement(
        tmp_path / "agreement", stage_map="crm,raw_stage,stage\nzoho,Qualified,mql\n"
    )
    mapping = tmp_path / "zoho.yml"
    mapping.write_text("crm: zoho\n")
    contract = check_contract(folder, write_dbt_project(folder), [mapping])
    assert not any("has no mapping" in str(warning) for warning in contract.warnings)


def test_a_csv_that_is_no_seed_is_a_warning(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    (folder / "region.csv").write_text("country,region\n")
    assert "region.csv: this file is no seed of the agreement: it is not read." in warnings_of(
        folder
    )


def test_dbt_gets_a_folder_of_plain_seeds(tmp_path: Path) -> None:
    folder = write_agreement(
        tmp_path / "agreement",
        stage_map=b'\xef\xbb\xbf Stage,CRM,raw_stage\r\nMQL, Salesforce ,"A, ""b""\r\nc"\r\n',
        touch_types="crm,raw_type,direction,channel,is_human\nhubspot,call,ANY,call,FALSE\n",
    )
    (folder / "vars.yml").write_text("mql_entry: stage\n")
    contract = check_contract(folder, write_dbt_project(folder))
    target = tmp_path / "data" / "seeds"

    assert sorted(path.stem for path in stage_for_dbt(contract, target)) == sorted(SEEDS)
    assert sorted(path.name for path in target.iterdir()) == sorted(f"{s}.csv" for s in SEEDS)
    assert (target / "stage_map.csv").read_bytes() == (
        b'crm,raw_stage,stage\nsalesforce,"A, ""b""\nc",mql\n'
    )
    assert (target / "touch_types.csv").read_text().splitlines()[1] == "hubspot,call,any,call,false"
    assert (target / "sla_terms.csv").read_text().splitlines()[1] == (
        "t1,speed_to_lead,sales,,,,60,minutes,business,0.9,false,2024-01-01,"
    )


def test_the_reporting_currency_is_worth_itself_on_every_day(tmp_path: Path) -> None:
    folder = write_agreement(
        tmp_path / "agreement", fx_rates="currency,effective_from,rate\nEUR,2024-01-01,1.08\n"
    )
    stage_for_dbt(check_contract(folder, write_dbt_project(folder)), tmp_path / "seeds")
    assert (tmp_path / "seeds" / "fx_rates.csv").read_text() == (
        "currency,effective_from,rate\nUSD,1900-01-01,1\nEUR,2024-01-01,1.08\n"
    )


def test_a_seed_that_says_the_same_is_not_written_again(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    dbt_project = write_dbt_project(folder)
    target = tmp_path / "seeds"
    stage_for_dbt(check_contract(folder, dbt_project), target)
    before = {path.name: path.stat().st_mtime_ns for path in target.iterdir()}

    write_agreement(folder, regions="country,region\r\n Germany,emea\r\n")
    assert stage_for_dbt(check_contract(folder, dbt_project), target) == ()
    assert {path.name: path.stat().st_mtime_ns for path in target.iterdir()} == before

    write_agreement(folder, regions="country,region\nGermany,emea\nFrance,emea\n")
    changed = stage_for_dbt(check_contract(folder, dbt_project), target)
    assert changed == (target / "regions.csv",)


def test_a_leftover_seed_is_removed(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    target = tmp_path / "seeds"
    target.mkdir()
    (target / "old.csv").write_text("a\n1\n")
    stage_for_dbt(check_contract(folder, write_dbt_project(folder)), target)
    assert not (target / "old.csv").exists()


def test_the_agreement_itself_is_never_rewritten(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    (folder / "notes.csv").write_text("a\n")
    contract = check_contract(folder, write_dbt_project(folder))
    with pytest.raises(ValueError, match="holds the agreement itself"):
        stage_for_dbt(contract, folder)
    assert (folder / "notes.csv").exists()
