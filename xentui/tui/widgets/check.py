"""A box to check, whose state is told by a sign, not by its colour alone."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Checkbox

from xentui.tui.bindings import bound
from xentui.tui.textual_compat.inputs import CheckParts


class Check(CheckParts, Checkbox, inherit_bindings=False):
    """``[x]`` or ``[ ]``: Space changes it, Enter goes on as from a line."""

    BINDINGS = [
        bound("space", "toggle_button", "Toggle", "Check or uncheck the box", id="check.toggle"),
        bound("enter", "submit", "Enter", "Press the button that shows Enter", id="check.submit"),
    ]

    class Submitted(Message):
        """Enter."""

        def __init__(self, check: Check) -> None:
            super().__init__()
            self.check = check

    def __init__(self, label: Content | str, value: bool = False, *, id: str | None = None) -> None:
        super().__init__(label if isinstance(label, Content) else Content(label), value, id=id, compact=True)

    def action_submit(self) -> None:
        """Enter."""
        self.post_message(self.Submitted(self))

    @property
    def sign(self) -> Content:
        """Seen without colour."""
        return Content("[x]" if self.value else "[ ]").stylize(self.get_visual_style("toggle--button"))
