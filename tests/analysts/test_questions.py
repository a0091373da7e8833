"""Every question of docs/questions.md gives the answer that stands under it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.analysts import questions

QUESTIONS = questions.read()


@pytest.fixture(scope="module")
def published(sample: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with questions.open_sample(sample) as connection:
        yield connection


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
def test_the_answer_is_what_the_sql_gives(
    published: duckdb.DuckDBPyConnection, question: questions.Question
) -> None:
    assert question.table.count("\n") > 2, "an empty answer shows nothing"
    assert questions.answered(published, question.sql) == question.table


def test_the_page_is_complete() -> None:
    assert [question.title.split(".")[0] for question in QUESTIONS] == [
        str(number) for number in range(1, 11)
    ]
    page = questions.PAGE.read_text()
    parts = re.split(r"^## ", page, flags=re.M)[1:]
    for part in parts:
        for wanted in ("Asked by", "**How to read it.**", "**The trap.**", "```sql\n"):
            assert wanted in part, part.splitlines()[0]


def test_the_questions_read_published_tables_alone(sample: Path) -> None:
    """Also with the connection of `leadpact query`, in which nothing else can be reached."""
    from dagster_project.query.opening import open_for_questions

    with open_for_questions(sample / "published") as connection:
        for question in QUESTIONS:
            assert questions.answered(connection, question.sql) == question.table


def test_a_page_that_is_wrong_is_found(published: duckdb.DuckDBPyConnection) -> None:
    assert questions.answered(published, "select 1.5 as a, null as b, true as c, 'x|y' as d") == (
        "| a | b | c | d |\n| ---: | ---: | --- | --- |\n| 1.5 |  | yes | x\\|y |\n"
    )
