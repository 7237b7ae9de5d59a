"""The logs of one domain together: all sessions, the search through them, what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from xentui.console.domain_logs import DomainLogs
from xentui.console.log_search import LogPattern
from xentui.console.transcript import Transcript
from xentui.errors import HostError


@pytest.fixture
def logs(tmp_path: Path) -> DomainLogs:
    """Two logs, each of two sessions with two panics."""
    paths = []
    for name in ("older", "newer"):
        log = Transcript(tmp_path / f"{name}.log")
        for session in (1, 2):
            log.mark(f"booting {name} {session}")
            for time in (1, 2):
                log.write(b"up\npanic %d of %s %d\n" % (time, name.encode(), session))
        log.close()
        paths.append(log.path)
    return DomainLogs.read(paths)


def test_sessions_are_told_the_newest_first(logs: DomainLogs) -> None:
    assert [each.session.words for each in logs.sessions] == [
        "booting newer 2",
        "booting newer 1",
        "booting older 2",
        "booting older 1",
    ]
    assert all(each.place == -1 for each in logs.sessions)


@pytest.mark.parametrize("most", [0, 1, 3, 5, 8, 100])
def test_the_newest_matches_are_told_with_their_sessions_and_all_are_counted(
    logs: DomainLogs, most: int
) -> None:
    found, count = logs.search(LogPattern("panic"), most)
    told = [(each.log.line_at(each.place).text, each.session.words) for each in found]
    every = [
        (f"panic {time} of {name} {session}", f"booting {name} {session}")
        for name in ("newer", "older")
        for session in (2, 1)
        for time in (2, 1)
    ]
    assert (told, count) == (every[:most], 8)


def test_a_log_without_a_match_is_passed_over(logs: DomainLogs) -> None:
    found, count = logs.search(LogPattern("older 1"), 10)
    assert count == len(found) == 3
    assert {each.session.words for each in found} == {"booting older 1"}


def test_one_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="cannot be read"):
        DomainLogs.read([tmp_path / "gone.log"])
