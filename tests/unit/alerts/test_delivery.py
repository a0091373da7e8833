"""Messages reach real servers; what does not is told without giving an address away."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from dagster_project.alerts import delivery
from dagster_project.alerts.delivery import deliver
from tests.unit.alerts.servers import mail_server, nobody, webhook


def test_a_webhook_and_a_mailbox_get_the_message() -> None:
    with webhook() as web, mail_server() as mail:
        told = deliver([web.address, mail.address], "leadpact on x", "One.\nTwo.", "warning")
    assert told == [None, None]
    (posted,) = web.messages
    assert (posted["title"], posted["message"], posted["type"]) == (
        "leadpact on x",
        "One.\nTwo.",
        "warning",
    )
    (mailed,) = mail.messages
    assert mailed["title"] == "leadpact on x"
    assert "One." in mailed["message"]
    assert "Two." in mailed["message"]


def test_each_address_that_fails_is_named_by_its_place() -> None:
    with webhook(status=500) as broken, webhook() as web, webhook(seconds=3) as slow:
        addresses = [broken.address, nobody(), "nonsense", slow.address, web.address]
        told = deliver(addresses, "t", "b", "failure")
    assert told == [
        "address 1 of LEADPACT_ALERTS: it answered with status 500",
        "address 2 of LEADPACT_ALERTS: it could not be reached",
        "address 3 of LEADPACT_ALERTS: apprise knows no such kind of address, or a part of it is "
        "missing",
        "address 4 of LEADPACT_ALERTS: it could not be reached",
        None,
    ]
    assert len(web.messages) == 1
    assert not any("t0ken" in why or "s3cret" in why for why in told if why)


def test_who_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_SECONDS_TO_BEGIN", 0)
    monkeypatch.setattr(delivery, "_SECONDS_PER_ADDRESS", 0.5)
    began = time.monotonic()
    with webhook(seconds=5) as slow:
        told = deliver([slow.address.replace("rto=1", "rto=9")], "t", "b", "failure")
        assert time.monotonic() - began < 4
    assert told == ["address 1 of LEADPACT_ALERTS: it did not answer in time"]


def test_the_addresses_are_in_no_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        seen.update(command=command, **more)
        return subprocess.CompletedProcess(command, 0, "[null]", "")

    monkeypatch.setattr(subprocess, "run", run)
    assert deliver(["json://host/t0ken"], "t", "b", "success") == [None]
    assert seen["command"] == [sys.executable, "-m", "dagster_project.alerts.delivery"]
    assert "t0ken" in seen["input"]
    assert "env" not in seen


def test_without_apprise_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    told = delivery._send(["json://host/t0ken"], "t", "b", "success")
    assert told == ["apprise is not installed; run make setup-alerts"]
