"""The line at the bottom: the keys that matter here; a click on one does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.text import Text
from textual import events
from textual.message import Message

from xentui.commands.command import Command
from xentui.tui.keys import COMMANDS, KEYS
from xentui.tui.widgets.styled_line import StyledLine, part

_LAST = "view.help"


class KeyBar(StyledLine):
    """Keys in the order of the commands; what is not possible now is dimmed, what does not fit is left out."""

    COMPONENT_CLASSES = {"key-bar--key", "key-bar--label", "key-bar--dim"}

    class Pressed(Message):
        """A key was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, str]] = []
        self._keys: Mapping[str, str] = {}
        self._why_not: Callable[[Command], str] = lambda _action: ""
        self._hints: Sequence[tuple[str, str]] = ()

    def show(
        self,
        keys: Mapping[str, str],
        why_not: Callable[[Command], str],
        hints: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Draw the bar: ``keys`` are the displayed keys by command id.

        Where there are ``hints``, those keys and labels stand there instead.
        """
        self._keys, self._why_not, self._hints = keys, why_not, hints
        self.redraw()

    def line(self) -> Text:
        """The keys that fit; what is not possible now is dimmed."""
        key, label, dim = (part(self, f"key-bar--{name}") for name in ("key", "label", "dim"))
        text = Text(no_wrap=True)
        self._places = []
        for shown, meaning in self._hints:
            text.append(f" {shown}", key)
            text.append(f" {meaning}", label)
        if self._hints:
            return text
        for command in self._fitting(self._keys):
            start = text.cell_len
            possible = not self._why_not(command)
            text.append(f" {self._keys[command.id]}", key if possible else dim)
            text.append(f" {command.label}", label if possible else dim)
            self._places.append((start, text.cell_len, command.id))
        return text

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        for start, end, action in self._places:
            if start <= event.x < end:
                self.post_message(self.Pressed(action))

    def _fitting(self, keys: Mapping[str, str]) -> list[Command]:
        """The most important commands that fit, in the order of the table."""
        wanted = sorted(
            (command for command in COMMANDS if KEYS[command.id].bar and command.id in keys), key=self._rank
        )
        room = self.size.width
        taken: set[str] = set()
        for command in wanted:
            needed = len(keys[command.id]) + len(command.label) + 2
            if needed <= room:
                room -= needed
                taken.add(command.id)
        return [command for command in COMMANDS if command.id in taken]

    @staticmethod
    def _rank(command: Command) -> int:
        return 0 if command.id == _LAST else KEYS[command.id].bar
