"""The hosts on the screen, who follows them, and which of them one is at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from textual.screen import Screen

from xentui import fleet
from xentui.fleet.fleet import Fleet
from xentui.fleet.member import MemberChanged, MemberTold
from xentui.hosts.base import Host
from xentui.tui import runtime_tuning
from xentui.tui.host_context import HostContext, HostScreen
from xentui.tui.host_state import HostState

if TYPE_CHECKING:
    from xentui.console.hub import LiveConsole
    from xentui.console.shown_console import ShownConsole
    from xentui.tui.several_hosts import Several


class ShownHosts:
    """Hosts, each by what the list calls it: ``by_label``, "" for one that is alone.

    ``fleet`` follows them; ``moved`` and ``trouble`` are told what it finds.  ``screens`` are those that are shown, the
    one on top last; ``row_host`` is the host of the row under the cursor.
    """

    def __init__(
        self,
        screen: HostScreen,
        hosts: Sequence[Host],
        *,
        read_only: bool,
        dry_run: bool,
        moved: MemberChanged[HostState],
        trouble: MemberTold[HostState],
        screens: Callable[[], Sequence[Screen[Any]]],
        row_host: Callable[[], str | None],
    ) -> None:
        together = len(hosts) > 1
        self.by_label = {
            label: HostContext(screen, host, label=label, read_only=read_only, dry_run=dry_run)
            for label, host in ((host.name if together else "", host) for host in hosts)
        }
        looks = fleet.cache.LastLooks() if together else None
        self.fleet = Fleet(
            [each.hypervisor for each in self],
            HostState,
            moved,
            trouble,
            looked=runtime_tuning.freeze_gc,
            looks=looks,
        )
        for context, member in zip(self, self.fleet.members, strict=True):
            context.follow(member)
        self.fleet.in_sight = lambda member: self.by_label[member.seen.label] is self.here
        self.several: Several | None = None
        """What is on two of several hosts."""
        if together:
            from xentui.tui.several_hosts import Several  # most screens show one host

            self.several = Several(tuple(self))
            self.fleet.cached()
        self._screens, self._row_host = screens, row_host
        self._opened: list[LiveConsole] = []
        self._about: WeakKeyDictionary[Screen[Any], HostContext] = WeakKeyDictionary()

    def __iter__(self) -> Iterator[HostContext]:
        return iter(self.by_label.values())

    @property
    def here(self) -> HostContext:
        """The host one is at: that of the dialog or screen on top, else of the domain under the cursor."""
        if len(self.by_label) > 1:
            for screen in reversed(self._screens()):
                about = self._about.get(screen) or getattr(screen, "context", None)
                if isinstance(about, HostContext):
                    return about
            if (label := self._row_host()) is not None:
                return self.by_label[label]
        return next(iter(self))

    def is_about(self, screen: Screen[Any], host: HostContext) -> None:
        """Note what a dialog or screen is about that is to be shown."""
        self._about[screen] = host

    def opened(self) -> Sequence[LiveConsole]:
        """Return the open consoles of all hosts, in the order they were opened."""
        there = [live for host in self for live in host.opened]
        self._opened = [live for live in self._opened if live in there]
        self._opened += [live for live in there if live not in self._opened]
        return self._opened

    def host_of(self, console: ShownConsole) -> HostContext:
        """Return the host a console is of."""
        return next((host for host in self if console in host.opened), self.here)
