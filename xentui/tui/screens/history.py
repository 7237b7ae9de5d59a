"""The versions of a domain's configuration: read any, compare any two, bring one back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widgets import OptionList

from xentui.config.secrets import masked
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.store.history import Version
from xentui.text import lines, plain
from xentui.tui.bindings import screen_key
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.report import TextDialog
from xentui.tui.layout import WIDE
from xentui.tui.screens.list_screen import ScreenWithRows
from xentui.tui.screens.overlay import DomainScreen
from xentui.tui.widgets.beside import BesidePane
from xentui.tui.widgets.key_hints import Hint, KeyHints

_key = partial(screen_key, "history")

_HINTS = (
    Hint("Enter", "Read"),
    Hint("Space", "Mark"),
    Hint("d", "Compare"),
    Hint("R", "Restore"),
    Hint("Ctrl-Z", "Undo last"),
    Hint("Esc", "Back"),
)
_REST = 0.1
"""Seconds the cursor rests before the host is asked what the version has changed."""


class HistoryScreen(DomainScreen, ScreenWithRows[Version]):
    """Versions of ``domain``, newest first; where there is room, beside them what the one under the cursor changed."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter", "choose", "Read", "Read this version"),
        _key("d", "compare", "Compare", "Compare with the marked version, else the previous one"),
        _key("space", "mark", "Mark", "Mark the version to compare with"),
        _key("R", "restore", "Restore", "Restore this version"),
        _key("ctrl+z", "undo", "Undo last", "Undo the last change: restore the previous version"),
        _key("escape,q", "back", "Back", "Back to the list"),
    ]

    def __init__(self, context: UiContext, domain: Domain) -> None:
        super().__init__(context, domain)
        self._marked: int | None = None
        self._beside = BesidePane()
        self._resting: Timer | None = None
        self._changes: dict[tuple[int, int], Sequence[str]] = {}
        """What has been read, by the numbers of both versions: they never change."""

    def compose(self) -> ComposeResult:
        """Title, versions, keys."""
        yield self.heading("History of {}")
        with Horizontal(id="history-body"):
            yield OptionList(id="versions")
            yield self._beside
        yield self.notice
        yield KeyHints(_HINTS)

    async def on_mount(self) -> None:
        """Read the history."""
        await self.load()
        self.set_focus(self.listed)

    async def load(self) -> None:
        """Read the versions."""
        try:
            versions = await self.context.hypervisor.history.versions(self.domain)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        self._draw(list(reversed(versions)))

    def _draw(self, versions: Sequence[Version]) -> None:
        self.show_rows(versions, identity=lambda item: f"{item.version} {item.time}")

    def row_text(self, item: Version) -> Text:
        """Return the version as a line."""
        return version_row(item, marked=item.version == self._marked)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter reads the version."""
        event.stop()
        if (current := self.current) is not None and current.version:
            self.run_worker(self._read(current.version))

    async def _read(self, version: int) -> None:
        try:
            text = await self.context.hypervisor.history.text(self.domain, version)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        self.app.push_screen(TextDialog(f"{self.domain.label}, version {version}", lines(text)))

    def show_about(self) -> None:
        """Show what the version has changed, once the cursor rests."""
        self._show_beside_soon()

    def on_resize(self) -> None:
        """There may be room for it now."""
        self._show_beside_soon()

    def _show_beside_soon(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        if self.size.width >= WIDE:
            self._resting = self.set_timer(_REST, self._begin_beside)

    def _begin_beside(self) -> None:
        self.run_worker(self._show_beside(), group="beside", exclusive=True)

    async def _show_beside(self) -> None:
        """Show what the version under the cursor has changed; of the first, and of a lost one, what there is."""
        current = self.current
        if current is None or not current.version:
            self._beside.show("", ())
            return
        pair = self._pair(current.version)
        if pair is None:
            pair = 0, current.version
        try:
            if pair not in self._changes:
                self._changes[pair] = await self._read_changes(*pair)
        except XentuiError as error:
            self._beside.show(f"Version {current.version}", [error.headline])
            return
        old, new = pair
        title = f"Version {old} → {new}" if old else f"Version {new}, the first"
        self._beside.show(title, self._changes[pair] or ["no difference"])

    async def _read_changes(self, old: int, new: int) -> Sequence[str]:
        history = self.context.hypervisor.history
        if not old:
            return [masked(line) for line in lines(await history.text(self.domain, new))]
        return [line.rstrip("\n") for line in await history.diff(self.domain, old, new)]

    def _pair(self, version: int) -> tuple[int, int] | None:
        """Return the versions to compare, the older first: with the marked one, else with the one before; None
        without.
        """
        older = (item.version for item in self.rows if 0 < item.version < version)
        other = self._marked if self._marked not in (None, version) else next(older, 0)
        return (min(other, version), max(other, version)) if other else None

    def action_mark(self) -> None:
        """Mark the version under the cursor for a comparison, or unmark it."""
        if (current := self.current) is not None and current.version:
            self._marked = None if self._marked == current.version else current.version
            self._draw(self.rows)

    def action_compare(self) -> None:
        """Compare the version under the cursor with the marked one, else with the one before it."""
        current = self.current
        if current is None or not current.version:
            return
        pair = self._pair(current.version)
        if pair is None:
            self.context.notify("there is no other version to compare with", severity="warning")
            return
        self.run_worker(self._compare(*pair))

    async def _compare(self, old: int, new: int) -> None:
        try:
            changes = await self._read_changes(old, new)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        title = f"{self.domain.label}: version {old} → {new}"
        self.app.push_screen(TextDialog(title, changes or ["no difference"]))

    async def action_restore(self) -> None:
        """Make the version under the cursor current again, as a new version."""
        if (current := self.current) is not None and current.version:
            await self.context.wait_until_prompted(self.run_worker(self._restore(current.version)))

    async def _restore(self, version: int) -> None:
        if self.refuses("restore a version"):
            return
        lines = ["It becomes the newest version; no version is lost. It takes effect at the next start."]
        if not await self.context.ask(ConfirmDialog(f"Restore version {version}?", lines, "Restore")):
            return
        await self.change(
            self.context.hypervisor.history.restore(self.domain, version),
            lambda made: f"version {version} is current again, as version {made}",
        )

    async def action_undo(self) -> None:
        """Undo the last change: restore the previous version."""
        await self.context.wait_until_prompted(self.run_worker(self._undo()))

    async def _undo(self) -> None:
        if self.refuses("undo"):
            return
        if not await self.context.ask(
            ConfirmDialog("Undo the last change?", ["The previous version becomes current again."], "Undo")
        ):
            return
        await self.change(
            self.context.hypervisor.history.undo(self.domain),
            lambda made: f"the last change is undone, as version {made}",
        )


def version_row(item: Version, *, marked: bool) -> Text:
    """Return a version as a line."""
    number = str(item.version) if item.version else "-"
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(item.time))
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(f"{'*' if marked else ' '}{number:>4}  {when}  {plain(item.event, 9):<9} ")
    text.append(plain(f"{item.user or '-'}  {item.reason}", 300))
    return text
