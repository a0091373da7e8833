"""The SQL and the programs that stand in docs/bi, so that tests can run them."""

from __future__ import annotations

import re
from pathlib import Path

from dagster_project.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "docs" / "bi"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[tuple[str, str]]:
    """Each block of a language, beside the name of its page and its place there."""
    return [
        (f"{page.name}-{number}", text)
        for page in sorted(FOLDER.glob("*.md"))
        for number, (found, text) in enumerate(_BLOCK.findall(page.read_text("utf-8")), start=1)
        if found == language
    ]


def links() -> list[tuple[str, Path]]:
    """Every link to a file of the repository, with the page that has it."""
    return [
        (page.name, (page.parent / target).resolve())
        for page in sorted(FOLDER.glob("*.md"))
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
        if not target.startswith("http")
    ]
