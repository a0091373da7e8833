"""Quoting of names and texts for the SQL that this part writes.

Belongs here: quoting alone. Values go as parameters wherever DuckDB takes them; views and
read_csv's options do not, hence `text`.
"""

from __future__ import annotations


def name(identifier: str) -> str:
    """`Lead` -> `"Lead"`, with quotes inside doubled."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """`it's` -> `'it''s'`."""
    return "'" + value.replace("'", "''") + "'"


def names(identifiers: list[str] | tuple[str, ...]) -> str:
    """Quoted and joined by commas."""
    return ", ".join(name(identifier) for identifier in identifiers)
