"""Times as they are shown."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from xentui.errors import UsageError
from xentui.patterns import late_pattern

_AGO = late_pattern(r"(\d{1,6})\s*(s|sec|m|min|h|d|w)(?: ago)?")
_UNITS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CLOCK = late_pattern(r"\d\d?:\d\d(:\d\d)?")


def local_time(text: str, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return a time as logs write it (ISO 8601) in the local zone; what is none is shown as it is."""
    try:
        return time.strftime(form, time.localtime(datetime.fromisoformat(text).timestamp()))
    except (ValueError, OverflowError, OSError):
        return text or "-"


def moment(text: str, now: float) -> float:
    """Return the moment a user means, in seconds since 1970: ``10m``, ``2h``, ``today``, ``03:04``, ``2026-01-02
    03:04``.

    A clock time without a day is that of the last time the clock showed it; ``now`` is in seconds since 1970.  Raises
    UsageError for anything else.
    """
    word = text.strip().lower()
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if ago := _AGO.fullmatch(word):
        return now - int(ago[1]) * _UNITS[ago[2]]
    if word in ("now", "today", "yesterday"):
        return now if word == "now" else (today - timedelta(days=word == "yesterday")).timestamp()
    try:
        if _CLOCK.fullmatch(word):
            clock = datetime.strptime(word, "%H:%M:%S" if word.count(":") > 1 else "%H:%M")
            found = today.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
            return (found if found.timestamp() <= now else found - timedelta(days=1)).timestamp()
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            "is not a time", subject=text, hint="write 10m, 2h, 3d, today, 03:04 or 2026-01-02 03:04"
        ) from None


def exact(seconds: float) -> str:
    """Return a moment in the local zone, to the millisecond; a moment no calendar has is told as a number."""
    try:
        return datetime.fromtimestamp(seconds).isoformat(" ", "milliseconds")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.3f}"


def iso(seconds: float | None) -> str | None:
    """Return a moment as JSON tells it: ISO 8601, UTC, to the millisecond."""
    try:
        return (
            None
            if seconds is None
            else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
        )
    except (ValueError, OverflowError, OSError):
        return None


def clock_time(seconds: float) -> str:
    """Return the clock of the local zone at a moment; "" for one that no calendar has."""
    try:
        return time.strftime("%H:%M:%S", time.localtime(seconds))
    except (ValueError, OverflowError, OSError):
        return ""
