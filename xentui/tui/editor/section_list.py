"""The sections of the form: how many parameters each has, and which have something wrong in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.config import Document
from xentui.tui.bindings import GROUPS, Heading
from xentui.tui.editor.sections import SECTIONS, Section, count


class SectionList(OptionList):
    """Goes into a section by Enter or a click (``enter`` is called with its number)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,right",
            "go_in",
            "Go in",
            tooltip="Open the section",
            id="sections.enter",
            group=GROUPS[Heading.MANAGED],
        )
    ]

    def __init__(self, enter: Callable[[int], Awaitable[None]]) -> None:
        super().__init__(*(Option(section.title, id=section.id) for section in SECTIONS), id="sections")
        self._enter = enter

    def draw(self, document: Document, faulty: Iterable[Section]) -> None:
        """Show how many parameters each section has; ``faulty`` ones are marked."""
        faulty = list(faulty)
        for index, section in enumerate(SECTIONS):
            number = count(section, document)
            sign = "!" if section in faulty else ""
            label = f"{section.title:<16}{number or '':>3}{sign:>2}".rstrip()
            if str(self.get_option_at_index(index).prompt) != label:
                self.replace_option_prompt_at_index(index, label)

    async def action_go_in(self) -> None:
        """Enter goes into the section."""
        if self.highlighted is not None:
            await self._enter(self.highlighted)

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """So does a click."""
        event.stop()
        await self.action_go_in()
