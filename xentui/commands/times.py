"""Times as they are shown."""

from __future__ import annotations

import time
from datetime import datetime


def local_time(text: str, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A time as logs write it (ISO 8601) in the local zone; what is none is shown as it is."""
    try:
        return time.strftime(form, time.localtime(datetime.fromisoformat(text).timestamp()))
    except (ValueError, OverflowError, OSError):
        return text or "-"
