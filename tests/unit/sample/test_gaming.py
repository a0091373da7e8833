"""Gaming is planted when asked for, by the people it is said of, and never otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.errors import UsageError
from dagster_project.sample import KINDS, SampleReport, generate

from .conftest import Sample, open_sample

LEADS = 3_000


def make(folder: Path, *gaming: str) -> Sample:
    report: SampleReport = generate(folder, LEADS, crm="salesforce", gaming=gaming)
    return open_sample(folder, report)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make(tmp_path_factory.mktemp("honest"))


MEASURES = {
    "over_disqualifying": """
select count(*) from salesforce."LeadHistory" as h where NewValue = 'Unqualified'
    and CreatedById = '0055g0000000008AAA'""",
    "bar_lowering": """
select count(*) from salesforce."LeadHistory" where NewValue = 'MQL'
    and CreatedDate > '2026-07-23'""",
    "ignored_leads": """
select count(*) from salesforce."Lead" as l where OwnerId = '0055g0000000008AAA' and drop = 1
    and Status = 'MQL'""",
    "late_logging": """
select count(*) from salesforce."Task" where OwnerId = '0055g0000000008AAA'
    and CreatedDate::timestamp > CompletedDateTime::timestamp + interval 80 minute""",
    "bulk_dispositions": """
select count(*) - count(distinct CreatedDate[1:16]) from salesforce."LeadHistory"
where CreatedById = '0055g0000000008AAA'
    and NewValue in ('Unqualified', 'No Response', 'Nurture', 'Recycled')""",
    "touch_bursts": """
select count(*) from (select CompletedDateTime::timestamp - lag(CompletedDateTime::timestamp)
    over (partition by WhoId, OwnerId order by CompletedDateTime) as gap from salesforce."Task"
    where OwnerId = '0055g0000000008AAA')
where gap < interval 5 minute""",
    "deleted_while_pending": """
select count(*) from salesforce."Lead" where IsDeleted = 'true' and MasterRecordId is null""",
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_does_more_of_it(honest: Sample, tmp_path: Path, kind: str) -> None:
    gamed = make(tmp_path, kind)
    before, after = honest.value(MEASURES[kind]), gamed.value(MEASURES[kind])
    assert after > 1.25 * before + 4
    gamed.con.close()


def test_the_same_gaming_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        generate(tmp_path / name, 600, gaming=KINDS)
    files = sorted(path.relative_to(tmp_path / "one") for path in tmp_path.glob("one/*/*/*.csv"))
    assert files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cheating is no kind of gaming: name some of over_disq"):
        generate(tmp_path, 100, gaming=["cheating"])
    assert list(tmp_path.iterdir()) == []
