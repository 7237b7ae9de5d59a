"""What jobs of this session have made or renamed, and the filter of the list hides."""

from __future__ import annotations

import time
from collections.abc import Sequence

from xentui.tui.domain_list.model import ListModel
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.jobs import Job, JobState

_WAITS = 15.0
"""Seconds after its end in which what a job has made comes into the list: some polls of a slow host."""


class HiddenRows:
    """Finds rows that nobody sees come; what is done elsewhere is not told of, and each is told of once."""

    def __init__(self, model: ListModel) -> None:
        self._model = model
        self._before: dict[int, dict[str, str]] = {}
        """Names by row as a job that goes on, or has ended lately, has found them; by the number of the job."""
        self._ends: dict[int, float] = {}

    def follow(self, job: Job) -> None:
        """Keep what was listed when a job began, until what it has made is listed."""
        if job.foreign:
            return
        if job.number not in self._before:
            self._before[job.number] = {row.key: row.domain.name for row in self._model.entries}
        if job.state is not JobState.RUNNING:
            self._ends.setdefault(job.number, time.monotonic() + _WAITS)

    def found(self, awaited: str = "") -> Sequence[DomainRow]:
        """Return what ended jobs have made or renamed and the filter hides, and so the row of the key ``awaited``."""
        if not self._ends and not awaited:
            return ()
        model = self._model
        before = [self._before[number] for number in self._ends]
        hidden: list[DomainRow] = []
        if not model.filter.shows_all:
            shown = {row.key for row in model.shown}
            hidden = [
                row
                for row in model.entries
                if row.key not in shown
                and (row.key == awaited or any(names.get(row.key) != row.domain.name for names in before))
            ]
        known = {row.key: row.domain.name for row in model.entries}
        for number in self._ends:
            self._before[number] = known  # each was seen, or is told of
        for number in [each for each, end in self._ends.items() if end < time.monotonic()]:
            del self._ends[number], self._before[number]
        return hidden
