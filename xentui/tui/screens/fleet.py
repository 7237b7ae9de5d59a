"""Hosts side by side: a line a host, below it what is to be known of the one under the cursor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.commands.fleet_session import HostLine, differences_of, notes_of, table
from xentui.errors import FaultError, XentuiError
from xentui.fleet import overview
from xentui.fleet.link import LinkState, aged
from xentui.model.state import DomainState
from xentui.text import plain, printable
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.screens.list_screen import ListScreen
from xentui.tui.widgets.key_hints import Hint
from xentui.tui.widgets.styled_line import part

_AT_ONCE = 8
_LEGEND = "! more memory promised than there is, or another version than most"
_ABOUT = 8
"""Lines about the host under the cursor."""


class FleetScreen(ListScreen[HostLine]):
    """The hosts of the session, each asked by itself: one that hangs stays a line that says so.

    ``command`` begins a typed one, which leads back to a view as this one where nothing is typed; ``before`` is that
    view then: its hosts are shown as they were there until they answer again.
    """

    BINDINGS = [
        bound("escape,q,percent_sign", "back", "Back", "Back to the list", id="fleet.back", show=True),
        bound(
            "d",
            "drain",
            "Drain",
            "Drain the host: shows the plan and asks first",
            id="fleet.drain",
            show=True,
        ),
        bound("u", "undrain", "Undrain", "Bring its guests back", id="fleet.undrain", show=True),
        bound("f5", "again", "Refresh", "Ask all hosts again", id="fleet.again", show=True),
    ]
    COMPONENT_CLASSES = {"fleet-screen--away", "fleet-screen--odd"}

    def __init__(
        self,
        context: UiContext,
        hosts: Sequence[UiContext],
        command: Callable[[str, FleetScreen], None],
        before: FleetScreen | None = None,
    ) -> None:
        super().__init__(context, about_id="fleet-about")
        self._hosts = list(hosts)
        self._command = command
        self._lines = [HostLine(host.hypervisor.host.name, None) for host in hosts]
        self._start = 0
        if before is not None:
            self._lines, self._start = list(before._lines), before._start
        self.rows = self._lines
        self._asking = 0
        self._head = Static(id="fleet-head")

    def compose(self) -> ComposeResult:
        """Title, table, what is to be said of the host under the cursor, keys."""
        yield self.title_line
        yield self._head
        yield OptionList(id="fleet-hosts")
        yield self.about
        yield self.notice
        yield self.hints

    def on_mount(self) -> None:
        """Ask."""
        self.set_focus(self.listed)
        self.hints.show_hints(
            [Hint("d", "Drain"), Hint("u", "Undrain"), Hint("F5", "Refresh", 1), Hint("Esc", "Back")]
        )
        self.listed.add_options([Option("") for _host in self._hosts])
        self.listed.highlighted = self._start
        self.action_again()

    def action_again(self) -> None:
        """Ask all hosts again."""
        self.run_worker(self._look(), exclusive=True)

    async def _look(self) -> None:
        turns = asyncio.Semaphore(_AT_ONCE)
        self._asking = len(self._hosts)
        self._show()

        async def one(place: int) -> None:
            async with turns:
                self._lines[place] = await _asked(self._hosts[place])
            self._asking -= 1
            self._show()

        async with asyncio.TaskGroup() as group:
            for place in range(len(self._hosts)):
                group.create_task(one(place))

    def _show(self) -> None:
        now = time.time()
        up = sum(line.overview is not None for line in self._lines)
        asking = f", {self._asking} to answer …" if self._asking else ""
        self.title_line.update(Text(f"Hosts: {up} of {len(self._lines)} up{asking}"))
        head, rows = table(self._lines, now)
        self.notice.explain(_LEGEND if any("!" in row for row in rows) else "")
        # The list has a column of its own before its rows.
        self._head.update(Text(head, no_wrap=True, overflow="ellipsis"))
        listed = self.listed
        for place, (line, row) in enumerate(zip(self._lines, rows, strict=True)):
            odd = line.overview is not None and bool(line.overview.over)
            name = "away" if line.overview is None else "odd" if odd else ""
            style = part(self, f"fleet-screen--{name}") if name else ""
            listed.replace_option_prompt_at_index(place, Text(row, style, no_wrap=True, overflow="ellipsis"))
        self.show_about()

    @property
    def _place(self) -> int:
        return self.listed.highlighted or 0

    def about_lines(self, row: HostLine) -> Iterable[str]:
        """Return what is known of the current host, and where all hosts differ."""
        about = (*self._state(row), *notes_of([row]), *differences_of(self._lines))
        return [printable(line) for line in about[:_ABOUT]]

    def _state(self, line: HostLine) -> Iterator[str]:
        host = self._hosts[self._place]
        link = host.host_state.link(time.time())
        old = link.age is not None and link.state is not LinkState.UP
        age = f", as of {aged(link.age or 0.0)} ago" if old else ""
        reason = f": {link.reason}" if link.reason else ""
        word = "is away" if link.state is LinkState.AWAY else f"is {link.state.value}"
        yield f"{plain(line.host, 60)}: {word}{age}{reason}"
        if line.overview is not None:
            it = line.overview
            versions = ", ".join(f"{what} {version}" for what, version in it.versions.items())
            load = " ".join(f"{each:.2f}" for each in it.load) if it.load is not None else "not known"
            yield f"{versions}; load {load}"
            states = ", ".join(f"{it.states[state]} {state}" for state in DomainState if it.states.get(state))
            yield f"guests: {states or 'none'}; Domain-0 has {it.dom0_mib} MiB"

    def action_drain(self) -> None:
        """Begin to type what empties the host under the cursor; it shows its plan, and asks."""
        self._type("drain")

    def action_undrain(self) -> None:
        """The same for what brings it back."""
        self._type("undrain")

    def _type(self, verb: str) -> None:
        self._start = self._place
        name = self._lines[self._place].host
        self.context.close(self)
        self._command(f"{verb} {name} ", self)


async def _asked(host: UiContext) -> HostLine:
    """Return a host as it answers; what goes wrong is its line."""
    name = host.hypervisor.host.name
    try:
        return HostLine(name, await overview.look(host.hypervisor))
    except XentuiError as error:
        snapshot = host.host_state.snapshot
        return HostLine(name, None, error, snapshot.taken if snapshot is not None else None)
    except Exception as error:  # noqa: BLE001 - the boundary: one bad answer must not hide the other hosts
        return HostLine(name, None, FaultError(error))
