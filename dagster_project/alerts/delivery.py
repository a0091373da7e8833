"""One message to every address, in a process of its own.

Belongs here: everything that knows apprise. Does not belong here: what is said.

A process, because an address that answers byte by byte can hold up whoever waits for it, and must
not hold up a run; and because apprise writes addresses, with what is secret in them, into its log.
The addresses come by stdin: a process's arguments and environment can be read by others.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Literal

_SECONDS_PER_ADDRESS = 10
_SECONDS_TO_BEGIN = 10

Mood = Literal["success", "warning", "failure"]


def deliver(addresses: Sequence[str], title: str, body: str, mood: Mood) -> list[str | None]:
    """Send it; per address None, or a sentence about what kept it from being delivered."""
    letter = {"addresses": list(addresses), "title": title, "body": body, "mood": mood}
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(letter),
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS_TO_BEGIN + _SECONDS_PER_ADDRESS * len(addresses),
        )
    except subprocess.TimeoutExpired:
        return [_about(place, "it did not answer in time") for place in range(len(addresses))]
    except subprocess.CalledProcessError:
        return [_about(place, "the process that sends ended") for place in range(len(addresses))]
    told: list[str | None] = json.loads(done.stdout)
    return [why and _about(place, why) for place, why in enumerate(told)]


def _about(place: int, why: str) -> str:
    # By its place: an address itself may be a secret.
    return f"address {place + 1} of LEADPACT_ALERTS: {why}"


def _send(addresses: Sequence[str], title: str, body: str, mood: Mood) -> list[str | None]:
    try:
        import apprise
    except ImportError:
        return ["apprise is not installed; run make setup-alerts"] * len(addresses)
    told: list[str | None] = []
    for address in addresses:
        to = apprise.Apprise()
        with apprise.LogCapture(level=apprise.logging.WARNING) as log:
            if not to.add(address):
                told.append("apprise knows no such kind of address, or a part of it is missing")
            elif to.notify(body=body, title=title, notify_type=apprise.NotifyType(mood)):
                told.append(None)
            else:
                told.append(_reason(log.getvalue()))
    return told


def _reason(log: str) -> str:
    """Only what is known to hold no secret."""
    if status := re.search(r"error=(\d{3})", log):
        return f"it answered with status {status[1]}"
    if re.search(r"[Cc]onnection|[Tt]imed? ?out|[Ss]ocket", log):
        return "it could not be reached"
    return "it did not take the message"


if __name__ == "__main__":
    print(json.dumps(_send(**json.load(sys.stdin))))
