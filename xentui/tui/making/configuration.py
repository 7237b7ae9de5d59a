"""The last step of the wizard: the configurations themselves, in which each line can be changed."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static
from textual.worker import Worker

from xentui.errors import ConfigError, XentuiError, worded
from xentui.service.making import INSTALL, Plan
from xentui.text import plain, printable
from xentui.tui.bindings import bound
from xentui.tui.dialogs.base import BUSY_AFTER
from xentui.tui.dialogs.modal import Modal
from xentui.tui.editor.raw.editor import RawEditor
from xentui.tui.faults import FaultReporting
from xentui.tui.widgets.completions import Completions
from xentui.tui.widgets.key_hints import Hint, KeyHints

_REASONS, _MOST = 5, 10
"""Rows of warnings and reasons together, and of warnings where there are more."""
_BUSY = "asking the host … (Esc: back to the text)"
Replan = Callable[[str, str], Awaitable[Plan]]
"""Plans anew with two texts, each "" where it follows from the answers."""


class ConfigurationStep(FaultReporting, Modal[Plan]):
    """Shows what would be stored, and what it is installed by; the answer is the plan with what was changed.

    ``stored`` and ``install`` are texts that were changed before, "" for none.  ``replan`` makes the plan; ``keep``
    is given both texts where one leaves; ``heading`` makes the title of what is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("f2,ctrl+s", "make", "Make", "Make the guest", id="make.make", show=True),
        bound(
            "f9",
            "other",
            "Other text",
            "Switch between stored and install configuration",
            id="make.other",
        ),
        bound("f5", "anew", "Anew", "Restore the text that follows from the answers", id="make.anew"),
        bound("escape", "back", "Back", "Back to the step before", id="make.back"),
    ]

    def __init__(
        self,
        plan: Plan,
        stored: str,
        install: str,
        replan: Replan,
        *,
        keep: Callable[[str, str], None],
        heading: Callable[[str], str],
    ) -> None:
        super().__init__()
        self._heading = heading
        self._plan = plan
        self._replan = replan
        self._keep = keep
        self._stored = stored or plan.usual
        self._install = install
        self._shown_install = ""
        self._installing = False
        self._planning: Worker[None] | None = None
        self._title = Static(classes="log-title")
        self._about = Static(id="make-about")
        self._problem = Static(id="make-problem")
        self._offered = Completions()
        self.raw = RawEditor(completions=self._offered)
        self._hints = KeyHints()

    def compose(self) -> ComposeResult:
        """Title, why it is so, the text, what is wrong with it, keys."""
        yield self._title
        yield self._about
        yield self.raw
        yield self._offered
        yield self._problem
        yield self._hints

    def on_mount(self) -> None:
        """Begin with what is stored."""
        self.add_class("-raw")
        self._show(self._stored)
        self.set_focus(self.raw)

    def _show(self, text: str) -> None:
        self._tell("")
        plan = self._plan
        which = "the install configuration, booted once" if self._installing else "the stored configuration"
        self._title.update(Text(self._heading(which)))
        self._tell_about()
        self.raw.load_text(text)
        other = "Stored text" if self._installing else "Install text"
        self._hints.show_hints(
            (
                Hint("F2", "Make"),
                *((Hint("F9", other),) if plan.install else ()),
                Hint("F5", "From the answers", 1),
                Hint("Esc", "Back"),
            )
        )

    def on_resize(self) -> None:
        """Warnings are wrapped for the width."""
        self._tell_about()

    def _tell_about(self) -> None:
        """Say what there is to say: warnings whole, and of the reasons as many as are left room."""
        width = max(20, (self.size.width or 80) - 2)
        warnings, reasons = self._lines()
        rows = [row for line in warnings for row in textwrap.wrap(line, width, subsequent_indent="  ")]
        rows = rows[:_MOST] + reasons[: max(0, _REASONS - len(rows))]
        self._about.update(Text("\n".join(rows), no_wrap=True, overflow="ellipsis"))

    def _lines(self) -> tuple[list[str], list[str]]:
        """Return what is odd, and the rest of what there is to say of it."""
        plan = self._plan
        by_hand = bool(self._install) if self._installing else self._stored != plan.usual
        changed = ["! changed by hand; F5 restores the text from the answers"] if by_hand else []
        odd = [f"! {warning}" for warning in plan.warnings]
        lines = [disk.words for disk in plan.new_disks]
        lines += [*([plan.unattended.words_of_disk] if plan.unattended else []), *plan.reasons]
        return [plain(line, 500) for line in [*changed, *odd]], [plain(line, 300) for line in lines]

    @on(RawEditor.Edited)
    def _edited(self) -> None:
        self._tell("")

    def _take(self) -> None:
        """Take over what stands in the editor."""
        if not self._installing:
            self._stored = self.raw.text
        elif self.raw.text != self._shown_install:
            self._install = self.raw.text

    def _tell(self, words: str) -> None:
        self._problem.update(Text(printable(words)))
        self._problem.display = bool(words)

    def _tell_error(self, error: XentuiError) -> None:
        hint = worded(error.hint, self.app.word)  # type: ignore[attr-defined]
        self._tell(f"{error.headline}{f': {hint}' if hint else ''}")
        if isinstance(error, ConfigError) and error.line and (error.source == INSTALL) == self._installing:
            self.raw.go_to(error.line, error.column or 1)

    def _changed(self) -> tuple[str, str]:
        """Return both texts, "" for one nobody has changed."""
        return "" if self._stored == self._plan.usual else self._stored, self._install

    # Keys

    def action_back(self) -> None:
        """Back, with what was changed; first from the host, where it is asked, to the text."""
        if self._planning is not None:
            self._planning.cancel()
            self._rest()
            return
        self._take()
        self._keep(*self._changed())
        self.dismiss(None)

    def action_anew(self) -> None:
        """Restore the text that follows from the answers."""
        if self._planning is not None:
            return
        if self._installing:
            self._install = ""
            self._show_install()
        else:
            self._stored = self._plan.usual
            self._show(self._stored)

    def action_other(self) -> None:
        """Show the other text."""
        if self._planning is not None:
            return
        if not self._plan.install:
            self._tell("nothing is installed: there is no other text")
            return
        self._take()
        if self._installing:
            self._installing = False
            self._show(self._stored)
        else:
            self._show_install()

    def _show_install(self) -> None:
        try:
            self._shown_install = self._install or self._plan.installed_by(self._stored)
        except XentuiError as error:
            self._tell_error(error)
            return
        self._installing = True
        self._show(self._shown_install)

    def action_make(self) -> None:
        """Leave with the plan, where the host has nothing against it."""
        if self._planning is None:
            self._take()
            self.set_focus(None)  # what is typed meanwhile would not be what is made
            self._planning = self.run_worker(self._planned(), group="plan")

    async def _planned(self) -> None:
        busy = self.set_timer(BUSY_AFTER, partial(self._tell, _BUSY))
        try:
            plan = await self._replan(*self._changed())
        except XentuiError as error:
            self._rest()
            self._tell_error(error)
        else:
            self._rest()
            self._keep(*self._changed())
            self.leave(plan)
        finally:
            busy.stop()

    def _rest(self) -> None:
        """Take keys again: the host has answered, or is not asked any more."""
        self._planning = None
        self._tell("")
        if self.focused is None:
            self.set_focus(self.raw)
