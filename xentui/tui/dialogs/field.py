"""One field of a form: what it is called, what can stand in it, and what is said of what stands there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Any

from rich.text import Text
from textual import events
from textual.app import App
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from xentui.commands.completion import Candidate
from xentui.errors import UsageError, XentuiError
from xentui.frozen import dataclass
from xentui.service.config_source import HOST, LOCAL
from xentui.text import printable
from xentui.tui.completers import path_completer, suggester, word_completer
from xentui.tui.faults import FaultReporting
from xentui.tui.widgets.completions import Complete, Completions
from xentui.tui.widgets.line_in_form import LineInForm

_WHOLE = ("/", "phy:", "file:", LOCAL, HOST, "http://", "https://", "nfs://")
"""What a path begins with that goes on from no folder."""
_RESTED = 0.5
"""Seconds of rest after which the host is asked about what was typed."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the host says of the value of a field.

    ``problem`` is why it cannot be, as the end of a sentence with what to do behind a colon, and where it ``refuses``
    the dialog is not left with it; ``note`` is what is worth knowing, said so too of a value that ``needs`` another
    field to have one; ``sets`` are values of other fields that follow from it, as long as nobody has typed there.
    """

    problem: str = ""
    refuses: bool = False
    note: str = ""
    needs: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    ``path`` completes paths on the host; ``suggest`` asks the host for things of that kind, or of several with blanks
    between (with ``path`` as long as no slash is typed); ``words`` are offered and ``options`` are the only ones it may
    be; ``switch`` makes it on or off ("" is off); ``check`` raises for a value that cannot be, ``asks`` has the host
    say what it is; a field that is not ``needed`` may be empty; what is typed into a ``hidden`` one is not shown.
    """

    name: str
    label: str
    value: str = ""
    help: str = ""
    path: bool = False
    suggest: str = ""
    words: tuple[Candidate, ...] = ()
    options: tuple[str, ...] = ()
    switch: bool = False
    needed: bool = True
    hidden: bool = False
    check: Callable[[str], object] | None = None
    asks: Callable[[str], Awaitable[Said]] | None = None

    @property
    def id(self) -> str:
        """The id of the widget one types into."""
        return f"field-{self.name}"


class DialogLine(LineInForm):
    """The line of one field; ``meant`` is what it says, ``submitted`` is called for Enter."""

    def __init__(
        self,
        value: str,
        complete: Complete | None,
        completions: Completions,
        *,
        replaces: bool,
        id: str,
        meant: Callable[[str], str],
        submitted: Callable[[Widget], None],
    ) -> None:
        super().__init__(value, complete, completions, replaces=replaces, id=id)
        self._meant = meant
        self._enter = submitted

    def tidy(self) -> None:
        """Write what is meant: a whole path typed behind the folder that stood there takes its place."""
        whole = self._meant(self.value)
        if whole != self.value:
            self.value = whole
            self.cursor_position = len(whole)

    def action_complete(self, step: int) -> None:
        """Complete what is meant: Tab may come before the line has been told of what was typed."""
        self.tidy()
        super().action_complete(step)

    def action_choices(self) -> None:
        """Show what there is beside what is meant."""
        self.tidy()
        super().action_choices()

    def submit(self) -> None:
        """Enter."""
        self._enter(self)

    def _offer(self, candidates: Sequence[Candidate], taken: int | None) -> None:
        line = self.parent
        if not self._completions.is_attached and isinstance(line, Widget) and isinstance(line.parent, Widget):
            # Most lines are never offered anything: what would be shown below each takes time to mount.
            line.parent.mount(self._completions, after=line)
        super()._offer(candidates, taken)


class FieldRow(FaultReporting, Vertical):
    """The line of a field with its name before it, and below it what there is to choose from, its help or its problem.

    What was typed is checked when the line is left; once something is wrong, and where nothing can come of what is
    typed, at each key.  ``decided`` is told what the host says of it.
    """

    class Edited(Message):
        """Something was typed into the line of ``row``."""

        def __init__(self, row: FieldRow) -> None:
            super().__init__()
            self.row = row

    def __init__(
        self,
        app: App[object],
        field: Field,
        submitted: Callable[[Widget], None],
        decided: Callable[[Mapping[str, str]], None],
    ) -> None:
        self.field = field
        self._decided = decided
        self._asked = field.value
        self._said = Said()
        self._asking: tuple[str, asyncio.Task[Said]] | None = None
        self._resting: Timer | None = None
        self._shown = ""
        offered = Completions()
        self.line = DialogLine(
            field.value,
            _completer(app, field),
            offered,
            # A folder is gone on from; what else stands there is replaced by what is typed.
            replaces=not (field.path and field.value.endswith("/")),
            id=field.id,
            meant=partial(meant, field),
            submitted=submitted,
        )
        self.line.password = field.hidden
        self._told = Text(field.help)
        self._about = Static(self._told, classes="dialog-help")
        label = Label(field.label, markup=False, classes="dialog-label")
        super().__init__(
            Horizontal(label, self.line, classes="dialog-row"), self._about, classes="dialog-field"
        )

    def on_mount(self) -> None:
        """A field without help has no line for it."""
        self._about.display = bool(self.field.help)

    @property
    def value(self) -> str:
        """What the field says."""
        typed = self.line.value
        return typed if self.field.hidden else meant(self.field, typed.strip())

    @property
    def problem(self) -> str:
        """Why it cannot say that, whatever the host thinks of it; "" where it can."""
        refusal = self.refusal
        return "" if refusal is None else refusal.headline

    @property
    def refusal(self) -> XentuiError | None:
        """The same as an error, which says what to do next as well."""
        return _refusal(self.field, self.value)

    def unsay(self) -> None:
        """Show the help: what is wrong is said elsewhere."""
        self._say("")

    def take(self, value: str) -> None:
        """Say what follows from another field."""
        if self.line.value in (self.field.value, self._shown):
            self._shown = self.line.shown = value
            self.line.value = value

    async def ask(self) -> Said:
        """Have the host say what stands there, once for each value; nothing where it cannot answer."""
        value = self.value
        if value == self._asked:
            return self._said
        if self.field.asks is None or not value or self.problem:
            return Said()
        if self._asking is None or self._asking[0] != value:
            self._asking = value, asyncio.ensure_future(self._answer(self.field.asks, value))
        # Who leaves a field and submits at once waits twice for one answer.
        return await asyncio.shield(self._asking[1])

    async def _answer(self, asks: Callable[[str], Awaitable[Said]], value: str) -> Said:
        """Return what the host says of a value, shown as long as that stands there."""
        try:
            said = await asks(value)
        except XentuiError:
            return Said()  # whatever is done next tells of a host that does not answer
        finally:
            if self._asking is not None and self._asking[0] == value:
                self._asking = None
        if value == self.value and self.is_attached:
            self._asked, self._said = value, said
            self._decided(said.sets)
            self._show_checked()
        return said

    def on_unmount(self) -> None:
        """Nobody waits for an answer any more."""
        if self._asking is not None:
            self._asking[1].cancel()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A whole path typed behind the folder that stood there takes its place; what is wrong is said."""
        event.stop()
        self.line.tidy()  # what was typed since the message is there already
        whole = self.line.value
        if self.line.has_class("-refused") or not self._may_become():
            self._show_checked()
        self.post_message(self.Edited(self))
        if self._resting is not None:
            self._resting.stop()
        if self.field.asks is not None and not (self.field.path and whole.endswith("/")):
            self._resting = self.set_timer(_RESTED, self._ask_host)

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """What was typed is checked."""
        if self.value != self.field.value:
            self._show_checked()
            self._ask_host()

    def _ask_host(self) -> None:
        if self.field.asks is not None and self.is_attached:
            begun: Any = self.ask  # made only when it begins: the dialog may be on its way out
            self.run_worker(begun, group="ask", exclusive=True)

    def _may_become(self) -> bool:
        """Return whether what is typed is the beginning of something the field can have."""
        options = self.field.options
        return not options or any(option.startswith(self.value) for option in options)

    def _show_checked(self) -> None:
        said = self._said if self.value == self._asked else Said()
        problem = self.problem or said.problem
        self.line.set_look("-refused", on=bool(problem))
        self._say(problem or said.note)

    def _say(self, words: str) -> None:
        """Show words, the help where there are none."""
        if not self._about.is_attached:
            return
        shown = Text(printable(words or self.field.help))
        if shown.plain != self._told.plain:
            room = self._about.size.width
            # Laying a form out again takes longer than painting a line of it.
            moves = not self._about.display or max(shown.cell_len, self._told.cell_len) > room
            self._about.update(shown, layout=moves)
            self._told = shown
        self._about.display = bool(words or self.field.help)
        self._about.set_class(bool(words) and self.line.has_class("-refused"), "-refused")


def meant(field: Field, text: str) -> str:
    """Return what a field says: a whole path typed behind the folder that stood there takes its place."""
    typed = text.removeprefix(field.value)
    behind = field.path and field.value.endswith("/") and typed != text
    return typed if behind and typed.startswith(_WHOLE) else text


def _completer(app: App[object], field: Field) -> Complete | None:
    words = (*field.words, *(Candidate(word) for word in field.options))
    if words:
        return word_completer(words)
    if field.path:
        return path_completer(app, field.suggest, own=True)
    return suggester(app, field.suggest) if field.suggest else None


def _refusal(field: Field, value: str) -> XentuiError | None:
    if not value:
        return UsageError("must not be empty") if field.needed else None
    if field.options and value not in field.options:
        return UsageError(f"must be one of {', '.join(field.options)}")
    if field.check is not None:
        try:
            field.check(value)
        except XentuiError as error:
            return error
        except ValueError:
            return UsageError(f"{value} is not a number")
    return None
