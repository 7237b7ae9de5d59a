"""Stored, running and the file: where they differ, and taking one over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.service import danger
from xentui.service.legality import Action
from xentui.service.text_diff import is_change
from xentui.text import printable
from xentui.tui.bindings import screen_key
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.screens.overlay import DomainScreen
from xentui.tui.widgets.key_hints import Hint, KeyHints

if TYPE_CHECKING:
    from xentui.service.editing import ThreeWay

_key = partial(screen_key, "drift")

_HINTS = (
    Hint("R", "Running → stored"),
    Hint("F", "File → stored"),
    Hint("W", "Stored → file"),
    Hint("F5", "Reload"),
    Hint("Esc", "Back"),
)


class DriftScreen(DomainScreen):
    """The three sides of a managed domain."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("R", "take_running", "Running → stored", "Store the running configuration"),
        _key("F", "take_file", "File → stored", "Store the file's configuration"),
        _key("W", "put_file", "Stored → file", "Write the stored configuration to the file"),
        _key("f5", "reload", "Reload", "Reload all three"),
        _key("escape,q", "back", "Back", "Back to the list"),
    ]

    def __init__(self, context: UiContext, domain: Domain) -> None:
        super().__init__(context, domain)
        self._text = Static(id="sides")

    def compose(self) -> ComposeResult:
        """Title, differences, keys."""
        yield self.heading("{}: stored, running, file")
        yield VerticalScroll(self._text, id="sides-pane")
        yield self.notice
        yield KeyHints(_HINTS)

    async def on_mount(self) -> None:
        """Read the three sides."""
        self.set_focus(self.query_one("#sides-pane"))
        await self.load()

    async def load(self) -> None:
        """Read the three sides."""
        try:
            domain = await self.context.hypervisor.inventory.current(self.domain)
            self.domain = domain or self.domain
            sides = await self.context.hypervisor.editing.drift.sides(self.domain)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        self._text.update(sides_text(self.domain, sides))

    def action_reload(self) -> None:
        """Read all three again."""
        self.run_worker(self.load(), exclusive=True)

    async def action_take_running(self) -> None:
        """Store what runs."""
        question = "Store the running configuration? Only what differs is changed in the stored text."
        await self._ask(
            [question],
            lambda: self.context.hypervisor.editing.drift.take_running(self.domain),
            "the running configuration is stored",
        )

    async def action_take_file(self) -> None:
        """Store what the file says."""
        question = f"Store what {self.domain.source or 'the file'} says? It takes effect at the next start."
        await self._ask(
            [question],
            lambda: self.context.hypervisor.editing.drift.take_file(self.domain),
            "the file's configuration is stored",
        )

    async def action_put_file(self) -> None:
        """Write what is stored to the file."""
        found = danger.of(Action.WRITE_FILE, [self.domain])
        lines = [f"Overwrite {self.domain.source or 'the file'} with the stored configuration?"]
        await self._ask(
            [*lines, *(danger.told(found, self.context.word) if found else ())],
            lambda: self.context.hypervisor.editing.drift.put_file(self.domain),
            "the stored configuration is written to the file",
            verb="overwrite",
        )

    async def _ask(
        self, lines: Sequence[str], work: Callable[[], Awaitable[object]], done: str, *, verb: str = "adopt"
    ) -> None:
        if not self.refuses(verb):
            await self.context.wait_until_prompted(self.run_worker(self._agree(lines, work, done, verb)))

    async def _agree(
        self, lines: Sequence[str], work: Callable[[], Awaitable[object]], done: str, verb: str
    ) -> None:
        what = verb.capitalize()
        # A version can be brought back; what a file has said cannot.
        if await self.context.ask(ConfirmDialog(what, lines, what, careful=verb == "overwrite")):
            await self.change(work(), lambda _made: done)


def sides_text(domain: Domain, sides: ThreeWay) -> Text:
    """Return the sides and their differences."""
    text = Text()
    there = {"stored": sides.stored, "running": sides.running, "file": sides.file}
    for name, content in there.items():
        state = "present" if content is not None else "none"
        if name == "file" and domain.source:
            state = f"{domain.source}" if content is not None else f"{domain.source} (gone)"
        text.append(f"{name:<8}", "bold")
        text.append(f" {printable(state)}\n")
    for title, lines in (
        ("Stored and running", sides.stored_running),
        ("Stored and file", sides.stored_file),
    ):
        text.append(f"\n{title}\n", "bold")
        if not lines:
            text.append("  no difference\n")
        if title == "Stored and running":
            for device in sides.unconnected:
                text.append(f"  {device} is not connected: its script has failed; it is not adopted\n")
        for line in lines:
            text.append(f"{printable(line.rstrip())}\n", "bold" if is_change(line) else "")
    return text
