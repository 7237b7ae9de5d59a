"""The way from problem to problem of the text being edited: one after the other, or chosen from a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from xentui.config import Problem
from xentui.tui.context import UiContext
from xentui.tui.editor.problem_guide import ProblemGuide
from xentui.tui.editor.problems_dialog import ProblemsDialog
from xentui.tui.editor.status_notices import StatusNotices


class ProblemTour:
    """Goes to the problems that ``guide`` has found.

    ``take`` is awaited first: it takes over what is typed by now.  ``go_to`` is awaited with the problem one goes to.
    """

    def __init__(
        self,
        context: UiContext,
        guide: ProblemGuide,
        notices: StatusNotices,
        *,
        take: Callable[[], Awaitable[None]],
        go_to: Callable[[Problem], Awaitable[None]],
    ) -> None:
        self._context = context
        self._guide = guide
        self._notices = notices
        self._take = take
        self._go_to = go_to

    async def step(self, step: int) -> None:
        """Go to the next problem (1), or to the one before (-1)."""
        if await self.any_by_now():
            await self._go_to(self._guide.step(step))

    async def choose(self) -> None:
        """List all problems, and go to the one that is chosen."""
        problem = await self._context.ask(ProblemsDialog(self._guide.found, self._guide.start))
        if problem is not None:
            self._guide.go_to(problem)
            await self._go_to(problem)

    async def any_by_now(self) -> bool:
        """Return whether there are any in what is typed by now; says so where there are none."""
        await self._take()
        if not self._guide.found:
            self._notices.say("no problems found")
        return bool(self._guide.found)
