"""The hosts on the screen, and which of them one is at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual.screen import Screen

from xentui.tui.host_context import HostContext

if TYPE_CHECKING:
    from xentui.console.hub import LiveConsole
    from xentui.console.shown import ShownConsole


class ShownHosts:
    """The hosts by what the list calls them.

    ``screens`` are those that are shown, the one on top last; ``row_host`` is the host of the row under the cursor.
    """

    def __init__(
        self,
        hosts: Mapping[str, HostContext],
        screens: Callable[[], Sequence[Screen[Any]]],
        row_host: Callable[[], str | None],
    ) -> None:
        self._hosts = hosts
        self._screens, self._row_host = screens, row_host
        self._opened: list[LiveConsole] = []
        self._about: WeakKeyDictionary[Screen[Any], HostContext] = WeakKeyDictionary()

    def __iter__(self) -> Iterator[HostContext]:
        return iter(self._hosts.values())

    @property
    def here(self) -> HostContext:
        """The host one is at: that of the dialog or screen on top, else of the domain under the cursor."""
        if len(self._hosts) > 1:
            for screen in reversed(self._screens()):
                about = self._about.get(screen) or getattr(screen, "context", None)
                if isinstance(about, HostContext):
                    return about
            if (label := self._row_host()) is not None:
                return self._hosts[label]
        return next(iter(self._hosts.values()))

    def is_about(self, screen: Screen[Any], host: HostContext) -> None:
        """Note what a dialog or screen is about that is to be shown."""
        self._about[screen] = host

    def opened(self) -> Sequence[LiveConsole]:
        """The open consoles of all hosts, in the order they were opened."""
        there = [live for host in self for live in host.opened]
        self._opened = [live for live in self._opened if live in there]
        self._opened += [live for live in there if live not in self._opened]
        return self._opened

    def host_of(self, console: ShownConsole) -> HostContext:
        """The host a console is of."""
        return next((host for host in self if console in host.opened), self.here)
