"""What all dialogs share: a titled box that Esc leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.css.scalar import Scalar
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Button, Static

from xentui.errors import XentuiError, worded
from xentui.text import printable
from xentui.tui.bindings import bound
from xentui.tui.dialogs.modal import Modal
from xentui.tui.faults import FaultReporting
from xentui.tui.widgets.check import Check
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.line_in_form import NEXT_FIELD, LineInForm

Answer = TypeVar("Answer")
_HEIGHT = 92
"""Hundredths of the screen a dialog may take at most."""
_LEAST = _SEVERAL = 2
_BESIDE = 6
"""Rows of a dialog beside its body: a border, a title of one row and the buttons, each with a row between."""
BUSY_AFTER = 0.3
"""Seconds after which work under way is told of."""
_BUSY, _HELD = "in progress … (Esc: let it continue in the background)", "in progress …"
_BOX = (Hint("Space", "on or off"), Hint("Tab", NEXT_FIELD, 1))
_NO_HINT = "correct it and press Enter; after Esc, E shows the details"


class DialogBody(VerticalScroll, inherit_bindings=False):
    """What is between title and buttons, scrolled where it is more than there is room for.

    It has no keys: Up and Down are for the fields in it, also where it could be scrolled by them.
    """

    class LaidOut(Message):
        """There is another room for it, or it is more or less than it was."""

    def on_mount(self) -> None:
        """Its size is told by an event; how much is in it is not."""
        self.watch(self, "virtual_size", self._tell, init=False)

    def on_resize(self) -> None:
        """There is another room."""
        self._tell()

    def _tell(self) -> None:
        self.post_message(self.LaidOut())


class Dialog(FaultReporting, Modal[Answer], Generic[Answer]):
    """A dialog; subclasses say what is in it (:meth:`body`) and what OK means (:meth:`accept`).

    Arguments: ``title`` stands on top; ``lines`` are plain text below it; ``accept_label`` is the button's;
    ``attempt`` does what the answer is for while the dialog still stands: what it raises is said there, with all that
    was typed, and where it returns False the dialog stays too.  With ``held`` nobody leaves meanwhile.

    One that begins elsewhere than at its first button or field sets the focus itself when it is mounted:
    ``Widget.focus`` waits for the app's turn, and keys typed before that would be for the first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("escape", "leave", "Cancel", "Cancel", id="dialog.cancel", show=True),
        bound("enter", "default", "Default", "Press the button that shows Enter", id="dialog.default"),
        bound("down", "app.focus_next", "Next field", "Go to the next field", id="dialog.next"),
        bound("up", "app.focus_previous", "Previous field", "Go to the previous field", id="dialog.previous"),
        bound("pagedown", "scroll(1)", "Page down", "Scroll the list down", id="dialog.page-down"),
        bound("pageup", "scroll(-1)", "Page up", "Scroll the list up", id="dialog.page-up"),
    ]

    CANCEL = "Cancel"
    """What the button says that leaves without an answer."""
    CAREFUL = False
    """Whether Enter cancels, as what is agreed to is not taken back."""
    SETTLES = False
    """Whether :meth:`submit` has something to do before an answer is used."""

    def __init__(
        self,
        title: str,
        lines: Iterable[str] = (),
        accept_label: str = "OK",
        *,
        attempt: Callable[[Answer], Awaitable[object]] | None = None,
        held: bool = False,
    ) -> None:
        super().__init__()
        self._attempt = attempt
        self._held = held
        self._busy = False
        self._title = title
        self._lines = list(lines)
        self._accept_label = accept_label
        self._problem = ""
        self._more = False
        self._hints = KeyHints(id="dialog-keys")
        self._fields_there = -1

    def compose(self) -> ComposeResult:
        """Title, lines, body, buttons."""
        with Vertical(classes="dialog"):
            yield Static(Text(self._heading), classes="dialog-title")
            with DialogBody(classes="dialog-body", can_focus=False):
                if self._lines:
                    yield Static(
                        Text("\n".join(printable(line) for line in self._lines)), classes="dialog-lines"
                    )
                yield from self.body()
            yield Static("", id="problem")
            with Horizontal(classes="dialog-buttons"):
                yield self._hints
                if self._accept_label:
                    key = "y" if self.CAREFUL else "Enter"
                    yield Button(f"{self._accept_label} ({key})", id="accept", compact=True)
                    key = "Enter" if self.CAREFUL else "Esc"
                    yield Button(f"{self.CANCEL} ({key})", id="cancel", compact=True)
                else:
                    yield Button("Close (Enter)", id="cancel", compact=True)

    @property
    def _heading(self) -> str:
        """The title, and the host where there are several."""
        return printable(f"{self._title} (on {self.host})" if self.host else self._title)

    def body(self) -> Iterable[Widget]:
        """Return the widgets between lines and buttons."""
        return ()

    def on_mount(self) -> None:
        """A problem is shown only when there is one; Textual calls this after what a subclass has told."""
        self.query_one("#problem").display = bool(self._problem)
        # What _fit finds for most dialogs, so that they need not be laid out again for it.
        room = self.app.size.height * _HEIGHT // 100 - _BESIDE
        self.query_one(".dialog-body").styles.max_height = max(_LEAST, room)

    def on_resize(self, _event: events.Resize) -> None:
        """What is in the box is scrolled, so that message and buttons are always there."""
        self.call_after_refresh(self._fit)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Of a field its help is in sight too, and what its keys do."""
        self._show_field(event.widget)
        self._show_keys()

    def on_completing_input_keys_changed(self) -> None:
        """Tab does something else now."""
        self._show_keys()

    def _show_keys(self) -> None:
        """Say what Tab does in the field one is in."""
        field = self.focused
        keys = field.keys if isinstance(field, LineInForm) else _BOX if isinstance(field, Check) else ()
        if self._fields_there < 0:  # they do not change, and this is asked at most keys
            self._fields_there = len(self.query("LineInForm, Check"))
        if self._fields_there < _SEVERAL:
            keys = tuple(hint for hint in keys if hint.label != NEXT_FIELD)
        if self._hints.is_attached:  # not of one that is left just now
            self._hints.show_hints(keys)

    def on_dialog_body_laid_out(self) -> None:
        """The field one is in stays in sight, whatever is said of another, and at any size."""
        self.call_after_refresh(self._tell_of_more)
        if self.focused is not None:
            self._show_field(self.focused)

    def _show_field(self, widget: Widget) -> None:
        field = widget.parent
        while field is not None and field is not self and "dialog-field" not in field.classes:
            field = field.parent
        if isinstance(field, Widget) and field is not self:
            self.call_after_refresh(field.scroll_visible, animate=False)

    def _fit(self) -> None:
        """Give the body the room that title, message and buttons leave; and lists in it what the rest of it leaves."""
        if not (self.is_attached and self.query(".dialog-body")):
            return  # one that is left is taken apart while it is attached still
        box, body = self.query_one(".dialog", Vertical), self.query_one(".dialog-body", VerticalScroll)
        beside = sum(
            child.outer_size.height + child.styles.margin.height
            for child in box.children
            if child.display and child is not body
        )
        room = max(_LEAST, self.size.height * _HEIGHT // 100 - box.gutter.height - beside)
        for part in body.query(".dialog-report, OptionList"):
            # By what the others take: how high all of it was before is known too late, where this is asked twice.
            others = sum(
                child.outer_size.height + child.styles.margin.height
                for child in body.children
                if child.display and child is not part
            )
            left = max(_LEAST, room - others)
            most = part.styles.base.max_height
            small = most is None or left < most.resolve(self.size, self.size)
            _limit(part, left if small else most)
        _limit(body, room)
        self.call_after_refresh(self._tell_of_more)

    def _tell_of_more(self) -> None:
        """Say beside the title that there is more than is in sight, and by which keys it is reached."""
        if self.is_attached:
            more = any(read.max_scroll_y for read in self._read)
            if more == self._more:
                return
            self._more = more
            title = Text(self._heading)
            if more:
                title.append("  (PgDn shows more)", "not bold dim")
            for shown in self.query(".dialog-title").results(Static):  # none of one that is left just now
                shown.update(title)

    def action_scroll(self, pages: int) -> None:
        """Scroll what is listed, from whatever field; the fields where nothing is, or all of it is in sight."""
        read_on = [read for read in self._read if read.max_scroll_y]
        for read in read_on or self.query(".dialog-body"):
            read.scroll_relative(y=pages * max(1, read.size.height - 1), animate=False)

    @property
    def _read(self) -> Iterable[Widget]:
        """What is read and scrolled: reports, or the lines of a question that has nothing else."""
        others = self.query(".dialog-report, .dialog-field, OptionList, Input")
        return self.query(".dialog-report") if others else self.query(".dialog-body")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The buttons do what the keys they show do."""
        event.stop()
        if event.button.id == "accept":
            self.accept()
        else:
            self._leave_unanswered()

    def action_leave(self) -> None:
        """Leave without an answer; first what is offered goes."""
        if not (isinstance(self.focused, LineInForm) and self.focused.take_offer_back()):
            self._leave_unanswered()

    def _leave_unanswered(self) -> None:
        if not (self._busy and self._held):
            self.dismiss(None)

    def on_check_submitted(self, event: Check.Submitted) -> None:
        """Enter on a box goes on."""
        event.stop()
        self.submitted(event.check)

    def submitted(self, _field: Widget) -> None:
        """Enter in a field does what it does everywhere in the dialog."""
        self.action_default()

    def action_default(self) -> None:
        """Do what Enter does, as a button shows."""
        if self._accept_label and not self.CAREFUL:
            self.accept()
        else:
            self.dismiss(None)

    def accept(self) -> None:
        """Leave with an answer, or say what is wrong with it."""
        raise NotImplementedError

    def finish(self, answer: Answer) -> None:
        """Leave with an answer, once what it is for has been done."""
        if not self._busy:
            self._busy = True  # before the worker's turn: Enter may have been typed twice
            if self._attempt is None and not self.SETTLES:
                self.leave(answer)
            else:
                self.run_worker(self._finish(answer), group="attempt")

    async def _finish(self, answer: Answer) -> None:
        focused, busy = (
            self.focused,
            self.set_timer(BUSY_AFTER, lambda: self.refuse(_HELD if self._held else _BUSY)),
        )
        self.set_focus(None)  # what is typed meanwhile would change what is being done
        try:
            done = await self.submit(answer)
            if done is not False and self._attempt is not None:
                done = await self._attempt(answer)
        except Exception as error:
            self._rest(busy, focused)
            if not isinstance(error, XentuiError):
                raise  # a fault, told as any
            self.show_error(error)
        else:
            if done is False:
                self._rest(busy, focused)
                self.refuse("")
                return
            # One that is left now takes no focus again, which would style and paint all of it.
            self._rest(busy, None if self.is_active else focused)
            self.leave(answer)

    def _rest(self, busy: Timer, focused: Widget | None) -> None:
        """Take answers again."""
        busy.stop()
        self._busy = False
        if self.focused is None and focused is not None and focused.is_attached:
            self.set_focus(focused)

    async def submit(self, _answer: Answer) -> object:
        """Complete an answer before it is used; False where it cannot be used, and that has been said."""
        return True

    def show_error(self, error: XentuiError) -> None:
        """Say why the answer could not be used, and what to do next; the tool's last words where nobody knows that."""
        self.app.notifications.record(error)  # type: ignore[attr-defined]
        hint = worded(error.hint, self.app.word)  # type: ignore[attr-defined]
        last = "" if hint or not error.details else error.details[-1]
        words = f" ({last})" if last and last.rpartition(": ")[2] not in error.message else ""
        what = self.app.notifications.shown(error.headline)  # type: ignore[attr-defined]
        self.refuse(f"{what}{words} → {hint or _NO_HINT}")

    def refuse(self, problem: str) -> None:
        """Say why the answer cannot be taken."""
        self._problem = problem
        widget = self.query_one("#problem", Static)
        widget.update(Text(printable(problem)))
        widget.display = bool(problem)
        widget.styles.min_height = None
        self.call_after_refresh(self._fit)

    def forget_refusal(self) -> None:
        """Take away why the answer could not be taken; its lines stay, so that nothing moves while one types."""
        widget = self.query_one("#problem", Static)
        widget.styles.min_height = widget.outer_size.height
        widget.update("")


def _limit(part: Widget, rows: Scalar | int | None) -> None:
    """Set how high a part may be; where it may be that already, nothing is laid out again."""
    now, wanted = part.styles.max_height, Scalar.from_number(rows) if isinstance(rows, int) else rows
    if now != wanted:
        part.styles.max_height = wanted
