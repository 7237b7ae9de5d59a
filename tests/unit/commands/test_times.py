"""The moments a user may mean."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, strategies as st

from xentui.commands.times import exact, iso, moment
from xentui.errors import UsageError

NOW = datetime(2026, 1, 2, 12, 30, 15).timestamp()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", datetime(2026, 1, 2, 12, 30, 15)),
        ("10m", datetime(2026, 1, 2, 12, 20, 15)),
        ("2h ago", datetime(2026, 1, 2, 10, 30, 15)),
        ("3 d", datetime(2025, 12, 30, 12, 30, 15)),
        ("today", datetime(2026, 1, 2)),
        ("Yesterday", datetime(2026, 1, 1)),
        ("03:04", datetime(2026, 1, 2, 3, 4)),
        ("23:00:01", datetime(2026, 1, 1, 23, 0, 1)),
        ("2026-01-01", datetime(2026, 1, 1)),
        ("2026-01-01 03:04:05", datetime(2026, 1, 1, 3, 4, 5)),
    ],
)
def test_what_is_written_is_a_moment(text: str, meant: datetime) -> None:
    assert moment(text, NOW) == meant.timestamp()


def test_a_zone_may_be_given() -> None:
    assert moment("2026-01-01T00:00:00+00:00", NOW) == 1767225600.0


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    try:
        assert isinstance(moment(text, NOW), float)
    except UsageError as error:
        assert error.hint


def test_moments_no_calendar_has_are_told_all_the_same() -> None:
    assert exact(1e15) == "1000000000000000.000"
    assert (iso(1e15), iso(None), iso(0.0)) == (None, None, "1970-01-01T00:00:00.000+00:00")
