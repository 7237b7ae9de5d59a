"""Notices about the text being edited: they go when the text they speak of does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xentui.errors import XentuiError
from xentui.tui.messages import Notice

if TYPE_CHECKING:
    from xentui.tui.editor.screen import EditorScreen


class StatusNotices:
    """Leaves notices on the editor's line; ``state`` is all that is typed, and taken over or not."""

    def __init__(self, screen: EditorScreen, state: Callable[[], object]) -> None:
        self._screen = screen
        self._state = state
        self._said: str | None = None
        self._about: object = None

    def say(self, text: str, *, error: XentuiError | None = None, severity: str = "information") -> None:
        """Show a notice that holds until the next edit."""
        # At once: one that is still on its way could not be taken back.
        self._screen.app.notifications.notice(Notice(text, error, severity))
        self._said = text
        self._about = None
        # What has led here may still have fields to show.
        self._screen.call_later(self._remember)

    def edited(self) -> None:
        """Take a notice back if it no longer is about what stands there."""
        if self._said is not None and self._about is not None and self._state() != self._about:
            self._screen.notice.withdraw(self._said)
            self._said = None

    def _remember(self) -> None:
        self._about = self._state()
