"""A question among several: it leads to the next, and Esc to the one before, with all that was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from xentui.tui.dialogs.choose import ChooseDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog

_BACK = "Back"
Attempt = Callable[[dict[str, str]], Awaitable[object]]
"""Does what was answered, or checks it on the host, and raises XentuiError for what cannot be."""


class StepChoice(ChooseDialog):
    """A step that is a choice; None goes back."""

    CANCEL = _BACK


class StepForm(FormDialog):
    """A step with fields; ``keep`` is given what was typed, also where it goes back."""

    CANCEL = _BACK

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        accept_label: str = "Next",
        *,
        attempt: Attempt,
        keep: Callable[[dict[str, str]], None],
    ) -> None:
        super().__init__(title, fields, accept_label, attempt=attempt)
        self._keep = keep

    def _leave_unanswered(self) -> None:
        self._keep(self._answer())
        super()._leave_unanswered()
