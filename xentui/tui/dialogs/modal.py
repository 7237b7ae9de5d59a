"""A screen above the others that is left with an answer."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.events import ScreenResume
from textual.screen import ModalScreen

Answer = TypeVar("Answer")


class Modal(ModalScreen[Answer], Generic[Answer]):
    """A modal screen that is left once; ``host`` is what the list calls the host it is about, "" for the only one."""

    host = ""
    tells_hosts = False
    """Whether it says by itself which host what it is about is on: not the one it was asked from, maybe."""

    _done: tuple[Answer, ...] = ()
    """The answer it is left with as soon as it is on top."""
    _shown = False
    """Whether it has been on top before."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Leave with an answer; nothing where it is not on top: Textual would take away what is there instead."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def leave(self, answer: Answer) -> None:
        """Leave as soon as nothing stands above: what was done may have had something to show."""
        self._done = (answer,)
        self.dismiss(answer)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """It is shown, or what stood above is gone."""
        if not self._shown:
            event.refresh_styles = False  # each of its widgets has got its style a moment ago
        self._shown = True
        if self._done:
            self.dismiss(self._done[0])
