"""The sample company of the repository, published once for all tests of what analysts use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a whole run on data/exports.

    `LEADPACT_SAMPLE_DATA` names one in which that was done already, by this code.
    """
    if done := os.environ.get("LEADPACT_SAMPLE_DATA"):
        return Path(done).absolute()
    folder = tmp_path_factory.mktemp("sample") / "data"
    run = subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", "nightly"],
        env={**os.environ, "LEADPACT_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return folder
