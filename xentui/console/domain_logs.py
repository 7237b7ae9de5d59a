"""All that is kept of one domain's consoles: its logs read together, their sessions, and the search through all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from xentui.console.log_search import LogPattern, search
from xentui.console.logs import ConsoleLog, LogSession, read_log
from xentui.errors import HostError
from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class LoggedSession:
    """A session and the log it is in; ``place`` is a byte of it that was searched for, -1 for none."""

    log: ConsoleLog
    session: LogSession
    place: int = -1


class DomainLogs:
    """The logs of one domain, the one that was written last at the end.

    Reading them, telling their sessions for the first time, and searching block, for seconds at most.
    """

    def __init__(self, logs: Sequence[ConsoleLog] = ()) -> None:
        self.logs = tuple(logs)

    @classmethod
    def read(cls, paths: Sequence[Path]) -> DomainLogs:
        """Read what is there now, in the order of ``paths``.  Raises HostError where one cannot be read."""
        logs = []
        for path in paths:
            try:
                logs.append(read_log(path))
            except OSError as error:
                raise HostError(f"the log cannot be read: {error.strerror}", subject=str(path)) from error
        return cls(logs)

    @cached_property
    def sessions(self) -> tuple[LoggedSession, ...]:
        """All sessions, the newest first."""
        return tuple(
            LoggedSession(log, session) for log in reversed(self.logs) for session in reversed(log.sessions())
        )

    @property
    def size(self) -> int:
        """Bytes there are."""
        return sum(log.size for log in self.logs)

    def search(self, wanted: LogPattern, most: int) -> tuple[list[LoggedSession], int]:
        """Return the ``most`` newest lines in which something is seen, newest first, and how many there are in all.

        Raises as :func:`xentui.console.log_search.search` does.
        """
        found: list[LoggedSession] = []
        count = 0
        sessions = iter(self.sessions)
        here = next(sessions, None)
        for log in reversed(self.logs):
            matches = search(log.data, wanted)
            count += matches.count
            left = most - len(found)
            for place in reversed(matches.places[-left:] if left > 0 else ()):
                while here is not None and not (here.log is log and here.session.start <= place):
                    here = next(sessions, None)
                if here is not None:
                    found.append(LoggedSession(log, here.session, place))
        return found, count


__all__ = ["DomainLogs", "LoggedSession"]
