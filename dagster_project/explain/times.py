"""Instants on the wall clocks of people.

Belongs here: turning UTC into a zone's time, and a time into words. Does not belong here: which
zone is whose (story).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def on_wall(instant: datetime, zone: str) -> datetime:
    """What the wall clock of a zone shows at an instant, given in UTC; both without zone."""
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def clock(time: datetime) -> str:
    """`Fri 14 Mar 2025 16:40`."""
    return f"{time:%a} {time.day} {time:%b %Y %H:%M}"
