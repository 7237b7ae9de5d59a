"""Notices about the text being edited: they go when the text they speak of does."""

from __future__ import annotations

from collections.abc import Callable

from xentui.errors import XentuiError
from xentui.tui.context import UiContext
from xentui.tui.widgets.notice_line import NoticeLine


class StatusNotices:
    """Leaves notices on the editor's ``line``; ``state`` is all that is typed, and taken over or not."""

    def __init__(self, context: UiContext, line: NoticeLine, state: Callable[[], object]) -> None:
        self._context = context
        self._line = line
        self._state = state
        self._said: str | None = None
        self._about: object = None

    def say(self, text: str, *, error: XentuiError | None = None, severity: str = "information") -> None:
        """Show a notice that holds until the next edit."""
        # At once: one that is still on its way could not be taken back.
        self._context.notify_at_once(text, error=error, severity=severity)
        self._said = text
        self._about = None
        # What has led here may still have fields to show.
        self._line.call_later(self._remember)

    def edited(self) -> None:
        """Take a notice back if it no longer is about what stands there."""
        if self._said is not None and self._about is not None and self._state() != self._about:
            self._line.withdraw(self._said)
            self._said = None

    def _remember(self) -> None:
        self._about = self._state()
