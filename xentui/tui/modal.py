"""A screen above the others that is left with an answer."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

Answer = TypeVar("Answer")


class Modal(ModalScreen[Answer], Generic[Answer]):
    """A modal screen that is left once."""

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Leave with an answer; nothing where it is not on top: Textual would take away what is there instead."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
