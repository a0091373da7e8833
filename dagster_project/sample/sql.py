"""Small pieces of SQL from which the simulation is written.

Belongs here: chance, choice and literals as SQL text. All chance is a hash of a row's own number
and of what is being decided, never a generator with state: a row comes out the same whatever the
order, the number of threads or the chunk in which it is made. Only `+ - * /` and `sqrt` are
applied to it, which every machine rounds alike; logarithms and exponentials are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any
from zlib import crc32

import duckdb

DAY = 86_400

CHANCE_MACRO = """
create or replace macro chance(number, salt) as (
    (hash(xor(hash(number), salt::ubigint)) >> 11)::double / 9007199254740992
)
"""


class Chance:
    """Uniform numbers in [0, 1) as SQL, one independent series per question asked."""

    def __init__(self, seed: int, crm: str) -> None:
        self._prefix = f"{seed}:{crm}:"

    def __call__(self, question: str, number: str = "n") -> str:
        """The SQL of a number in [0, 1) for `question`, the same for equal `number` (a SQL
        expression, a bigint)."""
        return f"chance(({number})::bigint, {crc32((self._prefix + question).encode())})"

    def value(self, question: str) -> int:
        """A fixed non-negative integer for `question`, for the few choices made outside SQL."""
        return crc32((self._prefix + question).encode())

    def one_of(self, words: Sequence[str], question: str, number: str = "n") -> str:
        """The SQL of one of `words`, all equally likely."""
        index = f"1 + floor({self(question, number)} * {len(words)})::int"
        return f"([{', '.join(map(literal, words))}])[{index}]"

    def weighted(
        self, options: Iterable[tuple[object, float]], question: str, number: str = "n"
    ) -> str:
        """The SQL of one of `options`, given as (value, weight)."""
        return weighted(options, self(question, number))

    def spread(self, median: str, question: str, number: str = "n", most: float = 20) -> str:
        """The SQL of a positive duration around `median` with a long tail, at most `most` medians.

        The log-logistic distribution with shape 2, close to a log-normal one with sigma 0.9: one
        in ten exceeds three medians. Its quantile needs a square root only.
        """
        uniform = self(question, number)
        return f"(({median}) * least({most}, sqrt({uniform} / (1 - {uniform}))))"


def weighted(options: Iterable[tuple[object, float]], uniform: str) -> str:
    """The SQL of one of `options` (value, weight), chosen by `uniform`, SQL of a number in
    [0, 1)."""
    chosen = [(value, weight) for value, weight in options if weight > 0]
    if len(chosen) == 1:
        return literal(chosen[0][0])
    total = sum(weight for _, weight in chosen)
    cases = []
    below = 0.0
    for value, weight in chosen[:-1]:
        below += weight
        cases.append(f"when {uniform} < {below / total!r} then {literal(value)}")
    return f"case {' '.join(cases)} else {literal(chosen[-1][0])} end"


def literal(value: object) -> str:
    """`value` as a SQL literal: text, number, boolean or null."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def create_table(con: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Any]) -> None:
    """Creates table `name` from dataclass instances of one class, one column per scalar field,
    and `position`, counted from 0.

    Fields that hold tuples or dictionaries are left out: they are chosen from in SQL text.
    """
    columns = [
        each.name
        for each in fields(rows[0])
        if not isinstance(getattr(rows[0], each.name), tuple | dict)
    ]
    values = ",\n".join(
        f"({position}, {', '.join(literal(getattr(row, column)) for column in columns)})"
        for position, row in enumerate(rows)
    )
    con.execute(
        f"create or replace table {name} as "
        f"from (values {values}) t(position, {', '.join(columns)}) order by position"
    )
