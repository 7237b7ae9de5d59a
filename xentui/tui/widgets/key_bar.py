"""The line at the bottom: the keys that matter here; a click on one does the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.text import Text
from textual import events
from textual.message import Message

from xentui.commands.command import Command
from xentui.tui.keys import ALWAYS, BY_ID, COMMANDS, KEYS
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.styled_line import part


class KeyBar(KeyHints):
    """The keys for the state of a domain, then others that are possible, then dimmed those that are not; those that
    lead to all others at the right edge.  What does not fit is left out.
    """

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
        self._leading: Sequence[str] = ()

    def show(
        self,
        keys: Mapping[str, str],
        why_not: Callable[[Command], str],
        leading: Sequence[str] = (),
        hints: Sequence[Hint] = (),
    ) -> None:
        """Draw the bar: ``keys`` are the displayed keys by command id, ``leading`` the ids that come first.

        Where there are ``hints``, those stand there instead.
        """
        self._keys, self._why_not, self._leading, self._hints = keys, why_not, leading, tuple(hints)
        self.redraw()

    def line(self) -> Text:
        """Return the keys that fit; what is not possible now is dimmed."""
        self._places = []
        if self._hints:
            return super().line()
        text = Text(no_wrap=True)
        before, always = self._fitting()
        for command, possible in before:
            self._append(text, command, possible=possible)
        # From one domain to the next they stay where they are: nothing for the eye to find, nor for the line to carry.
        text.append(" " * (self.size.width - text.cell_len - sum(map(self._width, always))))
        for command in always:
            self._append(text, command, possible=True)
        return text

    def _append(self, text: Text, command: Command, *, possible: bool) -> None:
        start = text.cell_len
        text.append(f" {self._keys[command.id]}", part(self, f"key-bar--{'key' if possible else 'dim'}"))
        text.append(f" {command.label}", part(self, f"key-bar--{'label' if possible else 'dim'}"))
        self._places.append((start, text.cell_len, command.id))

    def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        for start, end, action in self._places:
            if start <= event.x < end:
                self.post_message(self.Pressed(action))

    def _fitting(self) -> tuple[list[tuple[Command, bool]], list[Command]]:
        """Return the commands that fit, in the order they are shown, and whether each is possible; those that always
        are.
        """
        # The last one of these is the first to have room: it tells of all the others.
        room = self.size.width
        always: list[Command] = []
        for command in reversed([BY_ID[name] for name in ALWAYS if name in self._keys]):
            room -= self._width(command)
            if room >= 0:
                always.insert(0, command)
        before: list[tuple[Command, bool]] = []
        for command, possible in self._in_turn():
            if self._width(command) <= room:
                room -= self._width(command)
                before.append((command, possible))
        return before, always

    def _in_turn(self) -> Iterator[tuple[Command, bool]]:
        """Yield all other commands of the bar: those that lead, the possible ones, those that are not."""
        leading = [BY_ID[name] for name in self._leading if name in self._keys]
        others = sorted(
            (
                command
                for command in COMMANDS
                if KEYS[command.id].bar and command.id in self._keys and command.id not in ALWAYS
            ),
            key=lambda command: KEYS[command.id].bar,
        )
        known = {command.id: not self._why_not(command) for command in (*leading, *others)}
        for wanted in (True, False):
            for command in leading:
                if known[command.id] is wanted:
                    yield command, wanted
            for command in others:
                if known[command.id] is wanted and command.id not in self._leading:
                    yield command, wanted

    def _width(self, command: Command) -> int:
        return len(self._keys[command.id]) + len(command.label) + 2
