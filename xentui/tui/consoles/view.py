"""A console one types into: keys, pastes and the mouse go to the guest, or select and scroll."""

from __future__ import annotations

from textual import events
from textual.message import Message

from xentui.console.broadcast import Broadcast
from xentui.console.shown_console import ShownConsole
from xentui.terminal import MouseEvent
from xentui.tui.consoles.rows import ConsoleRows
from xentui.tui.consoles.selection import ConsolePlace
from xentui.tui.input.key_parser import LONGEST_PASTE
from xentui.tui.input.typed_keys import LongPaste, UnknownSequence

_WHEEL = 3
"""Rows a turn of the wheel scrolls."""


class ConsoleView(ConsoleRows):
    """Shows one console, and types into its guest unless the user is ``looking`` around."""

    class Left(Message):
        """The leave key was pressed."""

    class Wanted(Message):
        """Enter on a console that has ended: attach again."""

    class WatchWanted(Message):
        """Show what the holder of the console shares."""

    class TakeWanted(Message):
        """Take the console over from its holder."""

    class Pasted(Message):
        """Text of several lines was pasted in ``view`` for ``into``; it is typed only when the user agrees."""

        def __init__(self, view: ConsoleView, text: str, into: Broadcast) -> None:
            super().__init__()
            self.view = view
            self.text = text
            self.into = into

    class Refused(Message):
        """Text that was pasted is not typed, and why."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    class Copied(Message):
        """Text was selected with the mouse."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, leave_key: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self.leave_key = leave_key
        self.broadcast: Broadcast | None = None
        """The consoles that are typed into together; None where each is typed into alone."""
        self._dragging = False
        self._guest_button = 0
        """The mouse button that was pressed on the guest's screen and is held, from 1."""
        self._last_move = (-1, -1, 0)
        """Where the mouse was last told of, and its button."""

    @property
    def types(self) -> bool:
        """Whether keys are typed into a guest."""
        return not self.looking and self.console is not None and not self.console.ended

    async def on_key(self, event: events.Key) -> None:
        """Type into the guest; while looking around, keys are the bindings' business."""
        if self.looking or self.console is None or self.emulator is None:
            return
        event.stop()
        event.prevent_default()
        if event.key == self.leave_key:
            self.post_message(self.Left())
            return
        if self.console.ended:
            self._after_end(self.console, event.key)
            return
        if self.console.watching and event.key == "t":
            self.post_message(self.TakeWanted())
            return
        if isinstance(event, UnknownSequence):
            data = event.sequence.encode()
        else:
            data = self.emulator.key(event.key, event.character)
        if data:
            if not self.is_live:
                self.live()
            if self._refuses(self.console):
                return
            if (together := self._together()) is None:
                self.console.session.write(data)
                return
            raw = data if isinstance(event, UnknownSequence) else b""
            key, character = event.key, event.character
            self._tell_refused(
                together.write(lambda emulator: raw or emulator.key(key, character)), "what was typed"
            )

    def _after_end(self, console: ShownConsole, key: str) -> None:
        """Do what a key means in a console that has ended."""
        wanted: dict[str, type[Message]] = {"enter": self.Wanted, "escape": self.Left}
        if console.shared:
            wanted |= {"w": self.WatchWanted, "t": self.TakeWanted}
        if (message := wanted.get(key)) is not None:
            self.post_message(message())

    def on_paste(self, event: events.Paste) -> None:
        """Type what was pasted; several lines are asked about first."""
        event.stop()
        if self.console is None or self.looking:
            return
        if self._refuses(self.console):
            return
        if isinstance(event, LongPaste):
            self.post_message(
                self.Refused(f"pasted text of more than {LONGEST_PASTE:,} characters: not typed")
            )
            return
        into = self._typed_into(self.console)
        if not into.consoles:
            self.post_message(self.Refused("the pasted text is not typed: the console has ended"))
            return
        if "\n" in event.text.strip("\n") or "\r" in event.text.strip("\r\n"):
            self.post_message(self.Pasted(self, event.text, into))
        else:
            self.type(event.text, into)

    def _refuses(self, console: ShownConsole) -> bool:
        """Say why nothing is typed into a console, where that is so."""
        if not console.session.read_only:
            return False
        why = "it is watched only, t takes over" if console.watching else "this session is read-only"
        self.post_message(self.Refused(f"cannot type into the guest: {why}"))
        return True

    def type(self, text: str, into: Broadcast) -> None:
        """Type text as a paste into those it was meant for, as far as they are there still."""
        guests = len(into.consoles)
        refused = into.write(lambda emulator: emulator.paste(text))
        if not guests:
            self.post_message(self.Refused("the pasted text is not typed: the console has ended"))
        elif refused and guests == 1:
            self.post_message(
                self.Refused("the pasted text is not typed: the guest reads too slowly for that much")
            )
        else:
            self._tell_refused(refused, "the pasted text")

    def _typed_into(self, console: ShownConsole) -> Broadcast:
        """Return those that get what is typed now: the same ones later, but for those whose sessions have ended."""
        together = self._together()
        return Broadcast((console,) if together is None else together.consoles)

    def _together(self) -> Broadcast | None:
        """Return the consoles that get what is typed into this one; None where it is the only one."""
        together = self.broadcast
        return (
            together
            if together is not None and self.console is not None and self.console in together
            else None
        )

    def _tell_refused(self, refused: int, what: str) -> None:
        if refused:
            guests = "a guest reads" if refused == 1 else f"{refused} guests read"
            self.post_message(self.Refused(f"{what} is not typed everywhere: {guests} too slowly"))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back, or tell a guest that wants to know."""
        event.stop()
        if self._wanted_by_guest(event):
            self._to_guest(event, 64, "press")
        else:
            self.scroll_rows(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on, or tell a guest that wants to know."""
        event.stop()
        if self._wanted_by_guest(event):
            self._to_guest(event, 65, "press")
        else:
            self.scroll_rows(_WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select; with a guest that uses the mouse, while Shift is held."""
        if self._wanted_by_guest(event):
            if self._to_guest(event, event.button - 1, "press"):
                self._guest_button = event.button
                self.capture_mouse()
            return
        self.selection.begin(self._place(event))
        self._dragging = True
        self.capture_mouse()
        self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select on, or tell a guest that wants to know."""
        if self._dragging:
            self.selection.move(self._place(event))
            self.refresh()
        elif (int(event.x), int(event.y), event.button) != self._last_move:
            self._last_move = (int(event.x), int(event.y), event.button)
            if self._wanted_by_guest(event):
                self._to_guest(event, event.button - 1 if event.button else 3, "move")

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """What is selected is copied."""
        if self._guest_button:
            self._to_guest(event, event.button - 1, "release")
            self._guest_button = 0
            self.release_mouse()
        if not self._dragging:
            return
        self._dragging = False
        self.release_mouse()
        if (text := self.selected_text()) and not self.selection.empty:
            self.post_message(self.Copied(text))
        if not self.looking:
            self.selection.clear()
        self.refresh()

    def selected_text(self) -> str:
        """Return the text between the ends of the selection."""
        emulator = self.emulator
        if emulator is None or self.selection.anchor is None:
            return ""
        start, end = self.selection.ends()
        return emulator.copy((start.row, start.column), (end.row, end.column + 1))

    def _place(self, event: events.MouseEvent) -> ConsolePlace:
        return ConsolePlace(self.first_row() + int(event.y), max(0, int(event.x) - self.clock_width))

    def _wanted_by_guest(self, event: events.MouseEvent) -> bool:
        """Return whether the mouse is the guest's: it has asked for it, and Shift is not held."""
        emulator = self.emulator
        wanted = self.types and emulator is not None and emulator.mouse_mode
        return bool(wanted) and (not event.shift or bool(self._guest_button))

    def _to_guest(self, event: events.MouseEvent, button: int, action: str) -> bool:
        """Tell the guest of a mouse event; False outside of its screen, which what is held down does not leave."""
        emulator = self.emulator
        if emulator is None or self.console is None:
            return False
        line, column = int(event.y) + self.first_row() - emulator.history_length, int(event.x)
        if self._guest_button:
            line = max(0, min(line, emulator.lines - 1))
            column = max(0, min(column, emulator.columns - 1))
        if not (0 <= line < emulator.lines and 0 <= column < emulator.columns):
            return False
        told = MouseEvent(button, action, line, column, event.shift, event.meta, event.ctrl)
        self.console.session.write(emulator.mouse(told))
        return True

    def on_focus(self) -> None:
        """The cursor shows where typing goes."""
        self._tell_focus(gained=True)

    def on_blur(self) -> None:
        """The cursor is hidden."""
        self._tell_focus(gained=False)

    def _tell_focus(self, *, gained: bool) -> None:
        if (
            self.console is not None
            and self.emulator is not None
            and (data := self.emulator.focus(gained=gained))
        ):
            self.console.session.write(data)
        self.refresh()
