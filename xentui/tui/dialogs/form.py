"""A few fields to fill in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from textual import on
from textual.widget import Widget
from textual.widgets import Checkbox

from xentui.errors import UsageError, XentuiError, worded
from xentui.tui.dialogs.base import Dialog
from xentui.tui.dialogs.field import Field, FieldRow
from xentui.tui.widgets.check import Check

_NAMED = 3
"""Characters of a value from which an error that has them is about its field."""


class RefusedAnswerError(UsageError):
    """Why the answers of a form cannot be taken; ``field`` is the one to look at next."""

    def __init__(self, message: str, *, field: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.field = field


class FormDialog(Dialog[dict[str, str]]):
    """Fields one below the other; the answer is their values by name.

    Enter is OK in every line and box, Tab and the arrows go on to another.  ``begin`` names the field where typing
    goes at first, the first one if none.  ``check`` raises for answers that do not go together; ``attempt`` and
    ``held`` are those of :class:`Dialog`.
    """

    SETTLES = True

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        accept_label: str,
        lines: Sequence[str] = (),
        *,
        begin: str = "",
        check: Callable[[dict[str, str]], object] | None = None,
        attempt: Callable[[dict[str, str]], Awaitable[object]] | None = None,
        held: bool = False,
    ) -> None:
        super().__init__(title, lines, accept_label, attempt=attempt, held=held)
        self._fields = list(fields)
        self._begin = begin or self._fields[0].name
        self._check = check
        self._refused: tuple[str, str] | None = None
        """The field whose answer was refused last, and that answer."""

    def body(self) -> Iterable[Widget]:
        """Yield a row for each field."""
        for field in self._fields:
            if field.switch:
                yield Check(field.label, bool(field.value), id=field.id)
            else:
                yield FieldRow(self.app, field, self.submitted, self._decided)

    def on_mount(self) -> None:
        """One field is where typing goes."""
        super().on_mount()
        begin = next(field for field in self._fields if field.name == self._begin)
        self.set_focus(self.query_one(f"#{begin.id}"))

    def accept(self) -> None:
        """Leave with the values, or say which cannot be."""
        if self._busy:
            return
        for row in self.query(FieldRow):
            row.line.set_look("-refused", on=False)
        for row in self.query(FieldRow):
            if refusal := row.refusal:
                self._tell_of(row, refusal)
                return
        answer = self._answer()
        try:
            self._require(answer)
        except XentuiError as error:
            self.show_error(error)
            return
        if self._attempt is None and all(field.asks is None for field in self._fields):
            self.dismiss(answer)
        else:
            self.finish(answer)

    async def submit(self, answer: dict[str, str]) -> object:
        """Have the host say what it has not been asked yet, and take over what follows from it."""
        for row in self.query(FieldRow):
            said = await row.ask()
            lacking = said.needs if said.needs and not self._answer()[said.needs] else ""
            if lacking or (said.problem and said.refuses):
                row.unsay()
                problem, _, hint = (said.note if lacking else said.problem).partition(": ")
                raise RefusedAnswerError(f"{row.value} {problem}", field=lacking or row.field.name, hint=hint)
        answer.update(self._answer())
        self._require(answer)
        return True

    def show_error(self, error: XentuiError) -> None:
        """Say why the answers cannot be taken and what to do, at the field that is meant."""
        name = error.field if isinstance(error, RefusedAnswerError) else self._named_by(error)
        for field in self._fields:
            widget = self.query_one(f"#{field.id}")
            widget.set_class(field.name == name, "-refused")
            if field.name == name:
                self.set_focus(widget)
        self._refused = next(
            ((row.field.name, row.value) for row in self.query(FieldRow) if row.field.name == name), None
        )
        super().show_error(error)

    def _named_by(self, error: XentuiError) -> str:
        """Return the field whose value an error names; "" where it names none."""
        text = "\n".join((error.headline, *error.details))
        named = [
            row.field.name
            for row in self.query(FieldRow)
            if len(row.value) >= _NAMED and row.value.removeprefix("phy:").removeprefix("file:") in text
        ]
        return named[0] if named else ""

    def _answer(self) -> dict[str, str]:
        answer = {row.field.name: row.value for row in self.query(FieldRow)}
        for field in self._fields:
            if field.switch:
                answer[field.name] = "yes" if self.query_one(f"#{field.id}", Checkbox).value else ""
        return answer

    def _require(self, answer: dict[str, str]) -> None:
        """Raise XentuiError for answers that do not go together."""
        if self._check is not None:
            self._check(answer)

    def _tell_of(self, row: FieldRow, refusal: XentuiError) -> None:
        row.unsay()
        row.line.set_look("-refused", on=True)
        self.set_focus(row.line)
        self._refused = row.field.name, row.value
        hint = worded(refusal.hint, self.app.word)  # type: ignore[attr-defined]
        self.refuse(f"{row.field.label}: {refusal.told_of(row.value)}{f' → {hint}' if hint else ''}")

    @on(FieldRow.Edited)
    def _edited(self, event: FieldRow.Edited) -> None:
        """What was refused is gone once it is another answer."""
        event.stop()
        row, refused = event.row, self._refused
        if refused is not None and row.field.name == refused[0] and row.value != refused[1]:
            self._refused = None
            self.forget_refusal()

    def _decided(self, values: Mapping[str, str]) -> None:
        """Take over what the host says of a field in others."""
        for row in self.query(FieldRow):
            if row.field.name in values:
                row.take(values[row.field.name])
