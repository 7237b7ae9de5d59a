"""What all dialogs share: a titled box that Esc leaves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

from xentui.text import printable
from xentui.tui.bindings import bound
from xentui.tui.widgets.check import Check
from xentui.tui.widgets.completing_input import LineInForm

Answer = TypeVar("Answer")
_HEIGHT = 92
"""Hundredths of the screen a dialog may take at most."""
_LEAST = 2


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """A dialog; subclasses say what is in it (:meth:`body`) and what OK means (:meth:`accept`).

    Arguments: ``title`` stands on top; ``lines`` are plain text below it; ``accept_label`` is the button's.

    One that begins elsewhere than at its first button or field sets the focus itself when it is mounted:
    ``Widget.focus`` waits for the app's turn, and keys typed before that would be for the first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("escape", "leave", "Cancel", "Cancel", id="dialog.cancel", show=True),
        bound("down", "app.focus_next", "Next field", "Go to the next field", id="dialog.next"),
        bound("up", "app.focus_previous", "Previous field", "Go to the previous field", id="dialog.previous"),
    ]

    def __init__(self, title: str, lines: Iterable[str] = (), accept_label: str = "OK") -> None:
        super().__init__()
        self._title = title
        self._lines = list(lines)
        self._accept_label = accept_label
        self._problem = ""

    def compose(self) -> ComposeResult:
        """Title, lines, body, buttons."""
        with Vertical(classes="dialog"):
            yield Static(Text(printable(self._title)), classes="dialog-title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                if self._lines:
                    yield Static(
                        Text("\n".join(printable(line) for line in self._lines)), classes="dialog-lines"
                    )
                yield from self.body()
            yield Static("", id="problem")
            with Horizontal(classes="dialog-buttons"):
                if self._accept_label:
                    yield Button(self._accept_label, id="accept", compact=True)
                yield Button("Cancel" if self._accept_label else "Close", id="cancel", compact=True)

    def body(self) -> Iterable[Widget]:
        """The widgets between lines and buttons."""
        return ()

    def on_mount(self) -> None:
        """A problem is shown only when there is one; Textual calls this after what a subclass has told."""
        self.query_one("#problem").display = bool(self._problem)

    def on_resize(self, _event: events.Resize) -> None:
        """What is in the box is scrolled, so that message and buttons are always there."""
        self.call_after_refresh(self._fit)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Of a field its help is in sight too."""
        field = event.widget.parent
        while field is not None and field is not self and "dialog-field" not in field.classes:
            field = field.parent
        if isinstance(field, Widget) and field is not self:
            self.call_after_refresh(field.scroll_visible, animate=False)

    def _fit(self) -> None:
        """Give the body the room that title, message and buttons leave; and lists in it what the rest of it leaves."""
        if not self.is_attached:
            return
        box, body = self.query_one(".dialog", Vertical), self.query_one(".dialog-body", VerticalScroll)
        beside = sum(
            child.outer_size.height + child.styles.margin.height
            for child in box.children
            if child.display and child is not body
        )
        room = max(_LEAST, self.size.height * _HEIGHT // 100 - box.gutter.height - beside)
        for part in body.query(".dialog-report, OptionList"):
            left = max(_LEAST, room - body.virtual_size.height + part.outer_size.height)
            most = part.styles.base.max_height
            small = most is None or left < most.resolve(self.size, self.size)
            part.styles.max_height = left if small else most
        if body.virtual_size.height > room or body.styles.max_height is not None:
            body.styles.max_height = room

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The buttons do what Enter and Esc do."""
        event.stop()
        if event.button.id == "accept":
            self.accept()
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Leave without an answer; first what is offered goes."""
        if not (isinstance(self.focused, LineInForm) and self.focused.take_offer_back()):
            self.dismiss(None)

    def on_check_submitted(self, event: Check.Submitted) -> None:
        """Enter on a box goes on."""
        event.stop()
        self.submitted(event.check)

    def submitted(self, _field: Widget) -> None:
        """Enter in a field goes on to the next."""
        self.focus_next()

    def accept(self) -> None:
        """Leave with an answer, or say what is wrong with it."""
        raise NotImplementedError

    def refuse(self, problem: str) -> None:
        """Say why the answer cannot be taken."""
        self._problem = problem
        widget = self.query_one("#problem", Static)
        widget.update(Text(printable(problem)))
        widget.display = bool(problem)
        self.call_after_refresh(self._fit)
