"""The palette: every action and every domain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from rich.text import Text
from textual import command as textual_command
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from xentui.commands.availability import why_not
from xentui.commands.command import Command, Targets
from xentui.text import plain
from xentui.tui.context import UiContext
from xentui.tui.jobs import on_host
from xentui.tui.keys import COMMANDS, explanation, heading, pane_bindings, without_keys
from xentui.tui.textual_compat.bindings import run_callback
from xentui.tui.textual_compat.palette import PaletteParts


class Reasons(Protocol):
    """What is against an action on what is chosen."""

    def reason(self, command: Command) -> str:
        """Return why it is not possible, "" where it is."""


class PaletteMain(Protocol):
    """What the palette asks of the main screen."""

    @property
    def targets(self) -> Reasons:
        """What actions are done to."""

    def key_of(self, action: str) -> str:
        """Return the key of an action, as it is shown."""

    async def action_act(self, name: str) -> None:
        """Do an action on what is chosen."""

    def action_pane(self, number: int) -> None:
        """Go to a pane by its number."""


class PaletteContext(Protocol):
    """What the palette offers."""

    @property
    def main(self) -> PaletteMain:
        """The main screen."""

    @property
    def hosts(self) -> Mapping[str, UiContext]:
        """The hosts that are shown."""

    @property
    def read_only(self) -> bool:
        """Whether the session may change nothing."""

    async def begin_command(self, command: Command) -> None:
        """Begin a command on the ``:`` line, or run it where it needs nothing more."""


class _Commands(Provider):
    @property
    def xentui(self) -> PaletteContext:
        """The app."""
        return self.app  # type: ignore[return-value]


class ActionProvider(_Commands):
    """Every command by its name, those with a key first; what is not possible now says why.

    One without a key is begun on the ``:`` line, or run where it needs nothing more.
    """

    def _all(self) -> list[tuple[str, str, Callable[[], object]]]:
        main = self.xentui.main
        listed: list[tuple[str, str, Callable[[], object]]] = []
        for command in COMMANDS:
            reason = main.targets.reason(command)
            about = f"not now: {reason}" if reason else f"{main.key_of(command.id)} · {explanation(command)}"
            title = f"{heading(command).value}: {command.label.rstrip('…')}"
            listed.append((title, plain(about, 200), partial(main.action_act, command.id)))
        for command in without_keys():
            # What is for domains says by itself what is against it: another one may be named.
            reason = why_not(replace(command, targets=Targets.NONE), (), read_only=self.xentui.read_only)
            about = f"not now: {reason}" if reason else f":{command.verb} · {command.brief()}"
            begin = partial(self.xentui.begin_command, command)
            listed.append((f"{command.group.value}: {command.verb}", plain(about, 200), begin))
        return sorted(listed, key=lambda item: item[1].startswith("not now"))

    async def discover(self) -> Hits:
        """Yield all of them, the possible ones first."""
        for title, about, do in self._all():
            yield DiscoveryHit(title, do, help=about)

    async def search(self, query: str) -> Hits:
        """Yield those that match."""
        matcher = self.matcher(query)
        for title, about, do in self._all():
            if (score := matcher.match(title)) > 0:
                penalty = 0.5 if about.startswith("not now") else 1.0
                yield Hit(score * penalty, matcher.highlight(title), do, text=title, help=about)


class DomainProvider(_Commands):
    """Every domain: going to it in the list."""

    async def search(self, query: str) -> Hits:
        """Yield those whose name matches."""
        matcher = self.matcher(query)
        for host in self.xentui.hosts.values():
            snapshot = host.host_state.snapshot
            for domain in snapshot.domains if snapshot is not None else ():
                title = f"domain {plain(on_host(domain.label, host.label))}"
                if (score := matcher.match(title)) > 0:
                    yield Hit(
                        score,
                        Text(title),
                        partial(host.go_to, domain.uuid),
                        text=title,
                        help=domain.state.value,
                    )


class PaneProvider(_Commands):
    """The panes by number."""

    async def search(self, query: str) -> Hits:
        """Yield those that match."""
        matcher = self.matcher(query)
        for number, binding in enumerate(pane_bindings(), start=1):
            if (score := matcher.match(binding.tooltip)) > 0:
                yield Hit(
                    score / 2,
                    matcher.highlight(binding.tooltip),
                    partial(self.xentui.main.action_pane, number),
                    text=binding.tooltip,
                )


class Palette(PaletteParts, CommandPalette):
    """Textual's palette, in which Enter waits for what was typed: it would choose among what was found before.

    It offers every action, domain and pane.
    """

    def __init__(self) -> None:
        super().__init__({ActionProvider, DomainProvider, PaneProvider}, id="--command-palette")

    @property
    def _settled(self) -> bool:
        """Whether what is shown was found for what is typed."""
        typed = self.query_one(Input).value.strip()
        return self.sought == typed and not self.gathering

    async def wait_for_hits(self) -> bool:
        """Wait until what is shown was found for what has been typed; False where that takes too long."""
        typed = asyncio.Event()
        self.query_one(Input).call_later(typed.set)
        deadline = time.monotonic() + _PATIENCE
        while not (typed.is_set() and self._settled):
            if time.monotonic() > deadline or not self.is_attached:
                return False
            await asyncio.sleep(0.02)
        return True

    async def choose(self) -> None:
        """Do what is highlighted in the list; returns as the action does.

        Textual would do it only after the keys that have been typed meanwhile.
        """
        found = self.query_one(CommandList)
        if found.highlighted is None:
            return
        chosen = found.get_option_at_index(found.highlighted)
        if isinstance(chosen, textual_command.Command) and not chosen.disabled:
            self.stop_gathering()
            await self.dismiss()
            await run_callback(chosen.hit.command)


IN_ORDER = {"enter", "down", "up", "pagedown", "pageup"}
"""Keys for the list, not for the line."""
_PATIENCE = 5.0
"""Seconds Enter waits for what is sought."""
