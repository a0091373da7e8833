"""Runs by hand tell a real web server of what needs people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.run.conftest import Installation
from tests.unit.alerts.servers import webhook


def test_a_refused_file_and_its_end_are_told(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as web:
        monkeypatch.setenv("LEADPACT_ALERTS", web.address)
        monkeypatch.setenv("LEADPACT_EXPORTS_DUE_HOURS", "1000000")
        bad = _new_delivery(installation.exports) / "Lead.csv"
        bad.write_bytes(b"\x00\x01\x02 no table")
        refused = installation.run("nightly")
        assert refused.returncode == 3
        bad.unlink()
        assert installation.run("nightly").returncode == 0
    first, second = ([*posted["message"].splitlines()] for posted in web.messages)
    file = bad.relative_to(installation.exports).as_posix()
    assert (
        f"{file} was refused, so nothing new was published. Mend it or take it away; " in first[0]
    )
    assert all("is escalated" in line for line in first[1:])
    assert f"{file} no longer keeps anything from being published." in second
    told = installation.query("select kind, subject, ended_at is null from ops.alerts")
    assert ("refused", file, True) in told  # as it stood when the publication began
    assert web.address not in refused.stdout + refused.stderr


def _new_delivery(exports: Path) -> Path:
    folder = exports / "salesforce" / "2026-11-21T020000Z"
    folder.mkdir()
    return folder
