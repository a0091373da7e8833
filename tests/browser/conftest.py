"""A real browser and the sample's scorecard, for `make test-browser`.

The ordinary suite has neither and leaves this folder out. LEADPACT_BROWSER names the browser.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from dagster_project.report import rebuild
from dagster_project.settings import Settings
from tests.browser.opening import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

if "LEADPACT_BROWSER" not in os.environ:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with opened(os.environ["LEADPACT_BROWSER"]) as browser:
        yield browser


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the sample published, its scorecard made by the code that is tested."""
    folder = tmp_path_factory.mktemp("sample") / "published"
    shutil.copytree(Settings().published_dir, folder, symlinks=True)
    rebuild(folder)
    return folder


@pytest.fixture(scope="session")
def scorecard(published: Path) -> Path:
    return (published / "scorecard").resolve()


@pytest.fixture(scope="session")
def marts(published: Path) -> Iterator[Any]:
    with duckdb.connect(str(published / "leadpact.duckdb"), read_only=True) as connection:
        yield connection
