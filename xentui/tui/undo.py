"""What this session has changed, a step for each thing the user has done, and undoing the last of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import field
from typing import TYPE_CHECKING

from xentui.errors import HostError, Render, XentuiError
from xentui.frozen import dataclass
from xentui.tui.jobs import Job, JobState, current

if TYPE_CHECKING:
    from xentui.service.session_change import SessionChange

KEPT = 100
"""Steps that can be undone."""
_undoing: ContextVar[bool] = ContextVar("undoing", default=False)


@dataclass(slots=True, repr=False, eq=False)
class UndoStep:
    """All that one action has changed: of one domain, or of many."""

    owner: object
    done: list[SessionChange] = field(default_factory=list)

    @property
    def under_way(self) -> bool:
        """Whether more may come of it."""
        return isinstance(self.owner, Job) and self.owner.state is JobState.RUNNING

    @property
    def possible(self) -> list[SessionChange]:
        """What of it can be undone, the newest first."""
        return [item for item in reversed(self.done) if item.undo is not None]

    @property
    def subjects(self) -> list[str]:
        """The domains it was done to."""
        return list(dict.fromkeys(item.subject for item in self.done))

    @property
    def title(self) -> str:
        """What was done to what: ``web1: rename to web2``, ``12 domains: pause``."""
        names = self.subjects
        whats = list(dict.fromkeys(item.what for item in self.done))
        about = names[0] if len(names) == 1 else f"{len(names)} domains"
        more = f" and {len(whats) - 1} more" if len(whats) > 2 else ""
        return f"{about}: {' and '.join(whats[:2]) if not more else whats[0]}{more}"

    @property
    def reason(self) -> str:
        """Why nothing of it can be undone; "" where something can."""
        return "" if self.possible else self.done[-1].reason


class Undos:
    """The steps of a session, oldest first."""

    def __init__(self) -> None:
        self._steps: list[UndoStep] = []

    def take(self, done: SessionChange) -> None:
        """Keep a change with the step it is part of: a job's, else one of the task that made it."""
        if _undoing.get():
            return
        owner: object = current() or asyncio.current_task()
        if not self._steps or self._steps[-1].owner is not owner:
            # Two jobs may be at work at once.
            known = next((step for step in reversed(self._steps) if step.owner is owner), None)
            if known is not None and owner is not None:
                self._steps.remove(known)
            self._steps.append(known or UndoStep(owner))
            del self._steps[:-KEPT]
        self._steps[-1].done.append(done)

    @property
    def last(self) -> UndoStep | None:
        """The last step; None where nothing was changed."""
        return self._steps[-1] if self._steps else None

    def forget(self, step: UndoStep) -> None:
        """Take a step out: it is undone, or cannot be."""
        if step in self._steps:
            self._steps.remove(step)

    async def undo(self, step: UndoStep, job: Job, render: Render) -> str:
        """Undo what can be undone of a step; raises XentuiError naming what could not.

        It is forgotten then, but where the host was out of reach.
        """
        _undoing.set(True)
        wanted, several, failed = step.possible, len(step.subjects) > 1, list[XentuiError]()
        for item in wanted:
            try:
                await _undone(item)
            except HostError:
                raise
            except XentuiError as error:
                failed.append(error)
            else:
                step.done.remove(item)
        self.forget(step)
        if len(failed) == 1 and len(wanted) == 1:
            raise failed[0]
        if failed:
            lines = [line for error in failed for line in error.report(render)]
            raise XentuiError(
                f"{len(wanted) - len(failed)} undone, {len(failed)} not: {failed[0].headline}", details=lines
            )
        job.details = [f"{item.subject}: {item.what}: undone" for item in wanted]
        return f"{len(wanted)} changes undone" if several else f"undone: {wanted[0].what}"


async def _undone(item: SessionChange) -> None:
    if item.undo is not None:
        await item.undo()


def lines(step: UndoStep, shown: Callable[[str], str], most: int = 12) -> Sequence[str]:
    """Return what undoing a step does, a line for each change, and what of it cannot be undone."""
    told = [f"{shown(item.subject)}: {item.what}" for item in step.possible]
    final = [f"{shown(item.subject)}: {item.what} stays: {item.reason}" for item in step.done if item.reason]
    listed = [*told, *final]
    return listed if len(listed) <= most else [*listed[:most], f"… and {len(listed) - most} more"]
