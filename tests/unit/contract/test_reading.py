"""Files as people really save them: what is read all the same, and what is told."""

from pathlib import Path

import pytest

from dagster_project.contract import check_contract, read_contract
from dagster_project.errors import UsageError
from tests.unit.contract.small_agreement import (
    SEEDS,
    faults_of,
    write_agreement,
    write_dbt_project,
)

STAGES = "the columns are crm, raw_stage, stage."


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfcrm,raw_stage,stage\r\nsalesforce,MQL,mql\r\n",
        b"crm,raw_stage,stage\rsalesforce,MQL,mql\r",
        b"crm,raw_stage,stage\nsalesforce,MQL,mql",
        b" CRM ,Raw_Stage,STAGE\n\n,,\nsalesforce,  MQL ,Mql\n",
        b'stage,crm,raw_stage\n"mql", "salesforce","MQL"\n',
    ],
    ids=["bom and crlf", "cr", "no last line end", "blanks, case, blank lines", "order, quotes"],
)
def test_dialects_that_mean_the_same_are_the_same(tmp_path: Path, text: bytes) -> None:
    plain = write_agreement(tmp_path / "plain")
    other = write_agreement(tmp_path / "other", stage_map=text)
    dbt_project = write_dbt_project(plain)
    (row,) = check_contract(other, dbt_project).seeds.stage_map
    assert (row.crm, row.raw_stage, row.stage) == ("salesforce", "MQL", "mql")
    assert (
        check_contract(other, dbt_project).content_hash
        == check_contract(plain, dbt_project).content_hash
    )


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (b"", ["stage_map.csv:1: the file is empty: begin it with crm, raw_stage, stage."]),
        (b"\n \n", ["stage_map.csv:1: the file is empty: begin it with crm, raw_stage, stage."]),
        (
            b"crm;raw_stage;stage\nsalesforce;MQL;mql\n",
            ["stage_map.csv:1: the cells are separated by semicolons: save the file with commas."],
        ),
        (
            b"crm\traw_stage\tstage\n",
            ["stage_map.csv:1: the cells are separated by tabs: save the file with commas."],
        ),
        (
            b"crm,raw_stage\nsalesforce,MQL\n",
            [f"stage_map.csv:1: column stage: the column is missing: {STAGES}"],
        ),
        (
            b"crm,raw_stage,phase,stage\n",
            [f"stage_map.csv:1: column phase: the column is unknown: {STAGES}"],
        ),
        (
            b"crm,raw_stage,stage,stage\n",
            ["stage_map.csv:1: column stage: the column stands 2 times: keep one."],
        ),
        (
            b"crm,raw_stage,stage,\n",
            [f"stage_map.csv:1: column number 4 has no name: remove it, {STAGES}"],
        ),
        (
            b"crm,raw_stage,stage\nsalesforce,Working, really,sal\nsalesforce,MQL\n",
            [
                "stage_map.csv:2: the row has 4 cells, the header 3: put quotes around a cell"
                " that holds a comma.",
                "stage_map.csv:3: the row has 2 cells, the header 3: leave no cell out, write a"
                " blank one.",
            ],
        ),
        (
            b'crm,raw_stage,stage\nsalesforce,MQL,mql\nsalesforce,"Wor\nking,sal\n',
            ["stage_map.csv:3: a quote opens here and never closes: close it."],
        ),
        (
            b'crm,raw_stage,stage\nsalesforce,"say "MQL"",mql\nsalesforce,New,old\n',
            [
                "stage_map.csv:2: text follows a closing quote: double each quote inside a quoted"
                ' cell ("").',
                "stage_map.csv:3: column stage: 'old' is unknown: write one of new, mql, sal, sql,"
                " opportunity, won, lost, rejected, dead, recycled.",
            ],
        ),
        (
            b"crm,raw_stage,stage\nsalesforce,MQL,mql\nsalesforce,R\xfcckruf,dead\n",
            ["stage_map.csv:3: byte 0xfc is not UTF-8: save the file as UTF-8."],
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    tmp_path: Path, text: bytes, sentences: list[str]
) -> None:
    assert faults_of(write_agreement(tmp_path / "agreement", stage_map=text)) == sentences


def test_a_cell_with_line_breaks_keeps_the_physical_lines(tmp_path: Path) -> None:
    text = 'crm,raw_stage,stage\r\nsalesforce,"Wor\r\n\r\nking",sal\r\nsalesforce,New,old\r\n'
    (fault,) = faults_of(write_agreement(tmp_path / "agreement", stage_map=text))
    assert fault.startswith("stage_map.csv:5: column stage: 'old' is unknown")


def test_a_missing_file_is_told_with_its_columns(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    (folder / "regions.csv").unlink()
    assert faults_of(folder) == [
        "regions.csv: the file is missing: add it with the columns country, region."
    ]


def test_an_empty_folder_lacks_every_seed(tmp_path: Path) -> None:
    (tmp_path / "agreement").mkdir()
    faults = faults_of(tmp_path / "agreement")
    assert [fault.split(":")[0] for fault in faults] == sorted(f"{seed}.csv" for seed in SEEDS)


def test_a_file_that_is_a_folder_is_told(tmp_path: Path) -> None:
    folder = write_agreement(tmp_path / "agreement")
    (folder / "regions.csv").unlink()
    (folder / "regions.csv").mkdir()
    assert faults_of(folder) == [
        "regions.csv: the file cannot be read (Is a directory): make it readable."
    ]


def test_a_missing_folder_is_a_wrong_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_contract(tmp_path / "nowhere")
    assert str(caught.value) == (
        f"{tmp_path}/nowhere is no folder: name the one that holds the agreement's CSV files."
    )
