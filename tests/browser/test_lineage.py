"""Where a number comes from, found by clicking: in Dagster's pages and in dbt's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_project.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_MILLISECONDS = 180_000


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`leadpact ui` on a copy of what the sample's run left."""
    folder = tmp_path_factory.mktemp("ui") / "data"
    for part in ("dagster", "published"):
        shutil.copytree(Settings().data_dir / part, folder / part, symlinks=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    paths = {"LEADPACT_DATA_DIR": str(folder), "LEADPACT_EXPORTS": str(folder / "none")}
    ui = subprocess.Popen(
        [sys.executable, "-m", "dagster_project.cli", "ui", "--port", str(port)],
        env={**os.environ, **paths},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ui.stderr is not None
    try:
        assert any("pages are at" in line for line in ui.stderr)
        yield f"http://127.0.0.1:{port}"
    finally:
        ui.send_signal(signal.SIGTERM)
        ui.communicate(timeout=60)


def test_a_newcomer_finds_speed_to_lead_in_three_clicks(browser: Browser, pages: str) -> None:
    page = browser.new_page(viewport={"width": 1500, "height": 950})
    page.set_default_timeout(_MILLISECONDS)
    page.goto(pages)
    page.get_by_text("Search", exact=True).click()
    page.keyboard.type("speed_to_lead")
    page.get_by_text("exposures / speed_to_lead").first.click()
    page.get_by_text("Sales touches a lead soon after a rep got it.").wait_for()
    page.get_by_role("link", name="int_cycle_touches").first.click()
    page.get_by_text("primary key (cycle_id)").wait_for()
    assert page.url.startswith(f"{pages}/assets/intermediate/int_cycle_touches")
    # The pages load again once the origins are found, a quarter of a minute after the start.
    page.wait_for_timeout(1000)
    for _ in range(24):
        if page.get_by_text("From int_cycles.cycle_id.").count():
            break
        page.wait_for_timeout(5000)
        page.reload()
        page.get_by_text("primary key (cycle_id)").wait_for()
    assert page.get_by_text("From int_cycles.cycle_id.").count() == 1
    page.close()


def test_dbts_pages_ask_nobody(browser: Browser, published: Path) -> None:
    page = browser.new_page()
    page.set_default_timeout(_MILLISECONDS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    file = (published / "dbt_docs" / "index.html").resolve()
    page.goto(f"{file.as_uri()}#!/model/model.leadpact.rpt_speed_to_lead_curve")
    page.get_by_text("One row per clock, arrival, dimension").wait_for()
    page.get_by_text("dimension_value").first.wait_for()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert faults == []
    page.close()
