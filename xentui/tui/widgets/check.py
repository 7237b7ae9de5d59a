"""A box to check, whose state is told by a sign, not by its colour alone."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Check(Checkbox):
    """``[x]`` or ``[ ]``."""

    def __init__(self, label: Content | str, value: bool = False, *, id: str | None = None) -> None:
        super().__init__(label if isinstance(label, Content) else Content(label), value, id=id, compact=True)

    @property
    def _button(self) -> Content:
        return Content("[x]" if self.value else "[ ]").stylize(self.get_visual_style("toggle--button"))
