"""A few fields to fill in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label

from xentui.commands.completion import Candidate
from xentui.errors import UsageError, XentuiError
from xentui.frozen import dataclass
from xentui.service.config_source import HOST, LOCAL
from xentui.tui.completers import path_completer, suggester, word_completer
from xentui.tui.dialogs.base import Dialog
from xentui.tui.widgets.check import Check
from xentui.tui.widgets.completing_input import (
    Complete,
    Completions,
    LineInForm,
)

_WHOLE = ("/", "phy:", "file:", LOCAL, HOST)
"""What a path begins with that goes on from no folder."""


class RefusedAnswerError(UsageError):
    """Why the answers of a form cannot be taken; ``field`` is the one to look at next."""

    def __init__(self, message: str, *, field: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    ``path`` completes paths on the host; ``suggest`` asks the host for things of that kind, or of several with blanks
    between (with ``path`` as long as no slash is typed); ``words`` are offered and ``options`` are the only ones it may
    be; ``switch`` makes it on or off ("" is off); ``check`` raises for a value that cannot be; a field that is not
    ``needed`` may be empty.
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
    check: Callable[[str], object] | None = None


class DialogLine(LineInForm):
    """The line of one field; ``submitted`` is called for Enter."""

    def __init__(
        self,
        value: str,
        complete: Complete | None,
        completions: Completions,
        *,
        replaces: bool,
        needed: bool,
        id: str,
        submitted: Callable[[Widget], None],
    ) -> None:
        super().__init__(value, complete, completions, replaces=replaces, needed=needed, id=id)
        self._enter = submitted

    def submit(self) -> None:
        """Enter."""
        self._enter(self)


class FormDialog(Dialog[dict[str, str]]):
    """Fields one below the other; the answer is their values by name.

    Enter is OK in every line and box, Tab and the arrows go on to another.  ``check`` raises for
    answers that do not go together, ``ask`` for those the host does not take: the dialog stays, with what was typed.
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        accept_label: str,
        lines: Sequence[str] = (),
        *,
        check: Callable[[dict[str, str]], object] | None = None,
        ask: Callable[[dict[str, str]], Awaitable[object]] | None = None,
    ) -> None:
        super().__init__(title, lines, accept_label)
        self._fields = list(fields)
        self._check = check
        self._ask = ask

    def body(self) -> Iterable[Widget]:
        """A row for each field."""
        for field in self._fields:
            if field.switch:
                yield Check(field.label, bool(field.value), id=f"field-{field.name}")
                continue
            offered = Completions()
            line = DialogLine(
                field.value,
                self._completer(field),
                offered,
                # A folder is gone on from; what else stands there is replaced by what is typed.
                replaces=not (field.path and field.value.endswith("/")),
                needed=field.needed,
                id=f"field-{field.name}",
                submitted=self.submitted,
            )
            label = Label(field.label, markup=False, classes="dialog-label")
            yield Vertical(
                Horizontal(label, line, classes="dialog-row"),
                offered,
                *([Label(field.help, markup=False, classes="dialog-help")] if field.help else []),
                classes="dialog-field",
            )

    def on_mount(self) -> None:
        """The first field is where typing goes."""
        super().on_mount()
        self.set_focus(self.query_one(f"#field-{self._fields[0].name}"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """A whole path typed behind the folder that stood there takes its place."""
        for field in self._fields:
            if event.input.id == f"field-{field.name}":
                # What was typed since the message is there already.
                whole = meant(field, event.input.value)
                if whole != event.input.value:
                    event.input.value = whole
                    event.input.cursor_position = len(whole)

    def accept(self) -> None:
        """Leave with the values, or say which cannot be."""
        answer = {}
        for field in self._fields:
            widget = self.query_one(f"#field-{field.name}")
            if isinstance(widget, Checkbox):
                answer[field.name] = "yes" if widget.value else ""
                continue
            assert isinstance(widget, Input)  # noqa: S101 - made so above
            answer[field.name] = value = meant(field, widget.value.strip())
            problem = _problem(field, value)
            widget.set_class(bool(problem), "-refused")
            if problem:
                self.set_focus(widget)
                self.refuse(f"{field.label}: {problem}")
                return
        if self._check is not None:
            try:
                self._check(answer)
            except XentuiError as error:
                self._tell(error)
                return
        if self._ask is None:
            self.dismiss(answer)
        else:
            self.run_worker(self._dismiss_asked(answer, self._ask), exclusive=True)

    async def _dismiss_asked(
        self, answer: dict[str, str], ask: Callable[[dict[str, str]], Awaitable[object]]
    ) -> None:
        """Leave with the values, unless the host does not take them."""
        self.refuse("asking the host …")
        try:
            await ask(answer)
        except XentuiError as error:
            self._tell(error)
        else:
            self.dismiss(answer)

    def _tell(self, error: XentuiError) -> None:
        """Say why the answers cannot be taken and what to do, at the field that is meant."""
        for field in self._fields:
            widget = self.query_one(f"#field-{field.name}")
            meant = isinstance(error, RefusedAnswerError) and error.field == field.name
            widget.set_class(meant, "-refused")
            if meant:
                self.set_focus(widget)
        hint = error.plain_hint
        self.refuse(f"{error.message}: {hint}" if hint else error.message)

    def _completer(self, field: Field) -> Complete | None:
        words = (*field.words, *(Candidate(word) for word in field.options))
        if words:
            return word_completer(words)
        if field.path:
            return path_completer(self.app, field.suggest, own_behind=field.value)
        return suggester(self.app, field.suggest) if field.suggest else None


def meant(field: Field, text: str) -> str:
    """What a field says: a whole path typed behind the folder that stood there takes its place."""
    typed = text.removeprefix(field.value)
    behind = field.path and field.value.endswith("/") and typed != text
    return typed if behind and typed.startswith(_WHOLE) else text


def _problem(field: Field, value: str) -> str:
    if not value:
        return "is empty" if field.needed else ""
    if field.options and value not in field.options:
        return f"is one of {', '.join(field.options)}"
    if field.check is not None:
        try:
            field.check(value)
        except XentuiError as error:
            return error.headline
        except ValueError:
            return f"{value} is no number"
    return ""
