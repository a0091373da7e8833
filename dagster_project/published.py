"""What is published, as its readers find it.

Belongs here: which files are those of one night. Does not belong here: opening and asking them
(explain, query), and how they come to be there (publish).
"""

from __future__ import annotations

from pathlib import Path

from dagster_project.errors import UsageError

WAREHOUSE = "leadpact.duckdb"
RESTRICTED = "restricted.duckdb"


def night(published_dir: Path) -> Path:
    """The folder that holds the files published last, links resolved.

    Resolved once: between two files opened through their links a new night may be published.
    Raises UsageError where nothing is published yet.
    """
    folder = (published_dir.resolve() / ".current").resolve()
    if not (folder / WAREHOUSE).exists():
        raise UsageError(
            f"Nothing is published in {published_dir} yet: run leadpact nightly first."
        )
    return folder
