"""Which statements are questions, and what DuckDB's errors say to people.

Belongs here: telling a question from a change, and errors as one sentence with their place. Does
not belong here: running them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from dagster_project.errors import LeadpactError, RunFailedError, UsageError

# PIVOT without its values named counts as several statements.
_QUESTIONS = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.MULTI,
}
# The machine's fault, not that of who asked.
_OF_THE_MACHINE = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.InternalException,
    duckdb.FatalException,
)
_NO_FILES = "file system operations are disabled by configuration"
_NO_WRITING = "attached in read-only mode"
# The settings that it names are locked.
_NO_ADVICE = re.compile(r",? or SET \w+=\w+ to [^.]*")
# The tables of the restricted file.
_PERSONS = {
    "leads",
    "rejection_words",
    "problem_values",
    "quarantined_lines",
    "expectation_failures",
}
_NO_PERSONS = re.compile(r'"(restricted\.\w+)" does not exist')
_ONLY_READS = "leadpact query only reads what is published, and nothing was changed"


def one_question(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The question that `sql` holds, without what ends it; UsageError where it holds another thing.

    A statement that would change something is refused here, by its name; that it could not change
    anything is the connection's own doing.
    """
    with errors_as_sentences(sql):
        statements = connection.extract_statements(sql)
    if not statements:
        raise UsageError("There is no question in this: give a statement such as FROM rpt_funnel.")
    if len(statements) > 1:
        raise UsageError(f"These are {len(statements)} statements: ask one question at a time.")
    (statement,) = statements
    if statement.type not in _QUESTIONS:
        word = re.sub(r"(--[^\n]*\n|/\*.*?\*/|\s)*", "", sql, count=1, flags=re.S)
        verb = (re.match(r"\w+", word) or [statement.type.name])[0].upper()
        raise UsageError(f"{_ONLY_READS}: {verb} is no question; begin with SELECT, FROM or WITH.")
    return statement.query.strip().rstrip(";").rstrip()


@contextmanager
def errors_as_sentences(sql: str, *, before: int = 0) -> Iterator[None]:
    """DuckDB's errors on `sql` as one sentence with its line and column.

    `before` is how many bytes the statement that DuckDB saw has before those of `sql`. Raises
    UsageError where the question is wrong, RunFailedError where the machine failed.
    """
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.Error as error:
        raise _told(error, sql, before) from error


def _told(error: duckdb.Error, sql: str, before: int) -> LeadpactError:
    facts = _facts(error)
    message = _NO_ADVICE.sub("", " ".join(str(facts["exception_message"]).split()))
    if _NO_WRITING in message:
        return UsageError(f"{_ONLY_READS}.")
    if _NO_FILES in message:
        return UsageError("leadpact query reads what is published and no other file.")
    if isinstance(error, _OF_THE_MACHINE):
        return RunFailedError(f"{message.rstrip('.')}.")
    if isinstance(error, duckdb.ParserException):
        message = f"This is no SQL: {message}"
    message = _without_table(facts, message)
    place = _place(sql, facts, before)
    return UsageError(f"{place}{message if message.endswith('?') else message.rstrip('.') + '.'}")


def _facts(error: duckdb.Error) -> dict[str, Any]:
    """What DuckDB says of an error, which it writes as JSON after the kind of error."""
    text = str(error)
    try:
        facts = json.loads(text[text.index("{") :])
    except ValueError:
        facts = {}
    return facts if "exception_message" in facts else {"exception_message": text}


def _place(sql: str, facts: dict[str, Any], before: int) -> str:
    position = int(facts.get("position", -1)) - before
    if not 0 <= position <= len(sql.encode()):
        return ""
    # DuckDB counts bytes.
    read = sql.encode()[:position].decode(errors="ignore")
    line, column = read.count("\n") + 1, len(read) - (read.rfind("\n") + 1) + 1
    return f"Line {line}, column {column}: "


def _without_table(facts: dict[str, Any], message: str) -> str:
    """What to do about a table that is not there; the message as it was where that is not it."""
    persons = _NO_PERSONS.search(message)
    if persons or (facts.get("type") == "Table" and facts.get("name") in _PERSONS):
        name = persons[1] if persons else facts["name"]
        return f"{name} tells who the leads are: those who may read it add --restricted"
    if facts.get("type") == "Table" and "Did you mean" not in message:
        return f"{message.rstrip('!')}: leadpact query --tables lists what there is"
    return message
