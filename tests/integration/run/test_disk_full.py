"""A disk that is full while the models are built: a file system of 25 MB in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT
from tests.integration.run.conftest import Installation

_MEGABYTES = 25


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_during_the_build_is_one_sentence(disk: Path) -> None:
    installation = Installation(PROJECT_ROOT / "data" / "exports", disk / "data")
    done = installation.run("nightly")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Loading",
        "Building",
        f"The disk that holds {disk / 'data'} is full: make room there and run it again.",
    ]
    assert not installation.published.exists()
