"""The domain that a job stores when what it has made for it is whole: storing it is the point of no return.

Before that a failure, a kill or a cancel takes away all that was made, and says what could not be taken away.
"""

from __future__ import annotations

import contextlib
import os
from typing import Callable

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.files import fsio
from xentui.agent.images import image_worker
from xentui.agent.jobs import records
from xentui.agent.jobs.worker import JobWork, reached
from xentui.agent.protocol.arguments import TEXT_LIMIT
from xentui.agent.store import changes, layout, names, trash

#: Of the job's folder: the text of the new domain.
TEXT_NAME = "entry.cfg"
NOTHING_LEFT = "nothing is left of it"


def require_absent(root: str, uuid: str, name: str) -> None:
    """Raise code ``exists`` where a domain of that uuid or name is stored.  The caller holds the store."""
    if os.path.lexists(layout.entry(root, uuid)):
        raise AgentError("exists", f"the uuid {uuid} is already stored", layout.entry(root, uuid))
    if names.find(root, name) is not None:
        raise AgentError("exists", f"the name {name} is already stored", name)


class NewDomain:
    """The domain that ``work`` is to store under ``uuid`` and ``name``, for that ``reason``."""

    def __init__(self, work: JobWork, uuid: str, name: str, reason: str) -> None:
        self._work = work
        self._uuid, self._name, self._reason = uuid, name, reason

    def store(self) -> None:
        """Store it, by its text in the job's folder."""
        work = self._work
        text = fsio.read_bounded(os.path.join(work.place, TEXT_NAME), TEXT_LIMIT)

        def create() -> int:
            changes.create(
                work.root,
                uuid=self._uuid,
                name=self._name,
                text=text.decode("utf-8"),
                user=str(work.record["user"]),
                reason=self._reason,
            )
            return 0

        work.on_record(["xentui-store", "create", self._uuid, self._name], create)

    @property
    def stored(self) -> bool:
        """Whether it was stored, even if it has been deleted since."""
        root = self._work.root
        return os.path.lexists(layout.entry(root, self._uuid)) or trash.locate(root, self._uuid) is not None

    def make(
        self,
        write: Callable[[contextlib.ExitStack], int],
        give_names: Callable[[], int],
        take_away: Callable[[], str],
        tidy: Callable[[], None] = lambda: None,
    ) -> None:
        """Do the job of one that has disks made for it: these, their names, then the domain, or nothing of it.

        Arguments: ``write`` writes the disks under passing names, ``give_names`` gives them their own; both return the
        exit status of what failed, 0 for none.  The others are as of :meth:`complete`.
        """

        def make(resources: contextlib.ExitStack) -> int:
            code = write(resources)
            reached("disks written")
            code = code or give_names()
            reached("disks named")
            if not code:
                self.store()
            return code

        self.complete(make, take_away, tidy)

    def complete(
        self,
        make: Callable[[contextlib.ExitStack], int],
        take_away: Callable[[], str],
        tidy: Callable[[], None] = lambda: None,
    ) -> None:
        """Do the job: all that it makes and the domain with it, or nothing.

        Arguments: ``make`` makes it and stores the domain; it returns the exit status of what failed, 0 for none, and
        may hold things open until that.  ``take_away`` takes all of it away again, and says what is left then;
        ``tidy`` is done before the end of a job that has not failed.
        """
        work = self._work
        try:
            with contextlib.ExitStack() as resources:
                code = make(resources)
        except image_worker.CancelledError:
            code = records.CANCELLED
        except (AgentError, OSError) as error:
            if not self.stored:
                work.end(1, take_away(), failure_of(error))
                return
            code = 0
        if code:
            left = take_away()
            work.end(code, f"it was cancelled: {left}" if code == records.CANCELLED else left)
            return
        tidy()
        work.end(0)

    def settle(self, take_away: Callable[[], str], tidy: Callable[[], None] = lambda: None) -> None:
        """Settle the job, which was cut short: leave nothing of it where the domain was not stored."""
        if self.stored:
            tidy()
            self._work.end(0)
            return
        self._work.end(1, f"it was interrupted: {take_away()}")
