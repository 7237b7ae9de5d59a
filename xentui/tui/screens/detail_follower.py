"""The details of what the cursor of the list is at, which follow it once it rests."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.timer import Timer

from xentui.model.domain import Domain
from xentui.tui.context import MainContext
from xentui.tui.details import DetailLine, lines
from xentui.tui.domain_list.host_row import HostRow
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.domain_list.table import DomainTable
from xentui.tui.host_words import host_lines
from xentui.tui.jobs import on_host
from xentui.tui.screens.detail_menu import DetailMenu
from xentui.tui.widgets.detail_pane import ALL, DetailPane

_REST = 0.08
"""Seconds the cursor rests before the details follow."""


class DetailFollower:
    """Shows in ``pane`` what the cursor of ``table`` is at; ``rested`` is called when it has followed;
    ``key_of`` is the key of an action."""

    def __init__(
        self,
        context: MainContext,
        table: DomainTable,
        pane: DetailPane,
        *,
        rested: Callable[[], None],
        key_of: Callable[[str], str],
    ) -> None:
        self._context = context
        self._table = table
        self._pane = pane
        self._rested = rested
        self._resting: Timer | None = None
        self._shown: Domain | None = None
        self.menu = DetailMenu(context, self.show, key_of)
        self._looked_at = ""
        pane.entered = self.follow

    @property
    def resting(self) -> bool:
        """Whether all shows the domain under the cursor."""
        entry = self._table.current
        return self._resting is None and self._shown == (entry.domain if entry is not None else None)

    def show_menu(self, shown: bool) -> None:
        """Show the boot menu at the top of the details, which may be scrolled away from it, or do not show it."""
        row = self._table.current_row
        if shown:
            self._pane.action_scroll(-ALL)
        self.menu.show(shown, row if isinstance(row, DomainRow) else None)
        self.show()

    def moved(self) -> None:
        """The cursor is elsewhere: while it runs on only the list is drawn, a slow line would hold it up else."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self._table.set_timer(_REST, self._follow)

    def follow(self) -> None:
        """Show at once what the cursor has come to, where that is still to be done."""
        if self._resting is not None:
            self._resting.stop()
            self._follow()

    def _follow(self) -> None:
        self._resting = None
        self._look_at()
        self.show()
        self._rested()

    def show(self) -> None:
        """Show the domain under the cursor, or the host."""
        entry = self._table.current_row
        self._shown = entry.domain if isinstance(entry, DomainRow) else None
        self.menu.at(entry if isinstance(entry, DomainRow) else None)
        if entry is None:
            self._pane.show("", ())
            return
        state = self._context.hosts[entry.host].host_state
        if isinstance(entry, HostRow):
            self._pane.show(entry.host, [*self.menu.lines(entry), *host_lines(state, time.time())])
        else:
            domain = entry.domain
            label = on_host(domain.label, entry.host)
            double = [DetailLine("double", text, "note") for text in state.doubles.get(domain.uuid, ())]
            known = lines(domain, state.happenings(domain), state.commands(domain), self._context.word)
            self._pane.show(label, [*double, *self.menu.lines(entry), *known])

    def _look_at(self) -> None:
        """Take for looked at what the cursor has come to, and what it has left."""
        entry = self._table.current
        key = entry.key if entry is not None else ""
        if key != self._looked_at:
            for host in self._context.hosts.values():
                host.host_state.news -= {key, self._looked_at}
            self._looked_at = key
            self.show_news()

    def show_news(self) -> None:
        """Show in the list to which domains something has happened that nobody has looked at."""
        news = {key for host in self._context.hosts.values() for key in host.host_state.news}
        self._table.show_news(news)
