"""Where data made by others lies, outside the repository because its licences forbid keeping it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT

DATA = Path(os.environ.get("LEADPACT_SHARED_DATA", PROJECT_ROOT.parent / "shared" / "data"))


def shared_data(folder: str) -> Path:
    """The folder of one data set; skips the test, saying so, where it is absent."""
    path = DATA / folder
    if not path.is_dir():
        pytest.skip(f"{path} is absent")
    return path
