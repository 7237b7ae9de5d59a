"""The images that were made in a form for a text that is not stored yet."""

from __future__ import annotations

import asyncio
from functools import partial

from xentui import config as language
from xentui.errors import ConfigError, XentuiError
from xentui.model.disk_image import NewImage
from xentui.tui.context import UiContext
from xentui.tui.editor import devices
from xentui.tui.jobs import Job, JobState, ended


class MadeImages:
    """Makes images, and removes those again that no text has come to name when the form is left."""

    def __init__(self, context: UiContext) -> None:
        self._context = context
        self._made: dict[str, Job] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """Those that are removed when the form is left."""
        return tuple(self._made)

    async def make(self, new: NewImage) -> bool:
        """Make an image as a job, which goes on when nobody waits; False where it was cancelled.

        Raises what it has failed with.
        """
        context = self._context

        async def work(job: Job) -> str:
            progress = context.jobs.progress(job)
            await context.hypervisor.images.make(new, progress=progress, goes_on=False)
            return "made"

        job = context.jobs.start("make", new.path, work)
        made = await ended(job)
        if made and not context.hypervisor.session.dry_run:
            self._made[new.path] = job
        return made

    def keep(self, text: str) -> None:
        """Keep what a text names that was stored, booted or written."""
        try:
            named = {disk.target for disk in devices.disks(language.parse(text))}
        except ConfigError:
            named = set(self._made)  # whatever it says: nothing it may mean is removed
        self._made = {path: job for path, job in self._made.items() if path not in named}

    def take_back(self) -> None:
        """Remove the others, each by a job; what is being made still is stopped."""
        for path, making in self._made.items():
            self._context.jobs.start("remove", path, partial(self._remove, path, making))
        self._made = {}

    async def _remove(self, path: str, making: Job, _job: Job) -> str:
        if making.task is not None and not making.task.done():
            self._context.jobs.cancel(making)
            await asyncio.wait({making.task})
        if making.state is not JobState.DONE:
            return "not made"  # of what was cancelled or has failed nothing is left
        if why := await self._context.hypervisor.images.take_back(path):
            raise XentuiError(f"stays on the host: {why}", subject=path)
        return "removed again: nothing names it"
