"""The last events of the hosts below list and details, where the terminal is large enough for all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from heapq import nlargest
from itertools import islice

from rich.text import Text
from textual.message import Message

from xentui.tui.event_words import HostEvent, row
from xentui.tui.host_state import HostState
from xentui.tui.jobs import on_host
from xentui.tui.widgets.styled_line import StyledLine, part


class EventPane(StyledLine):
    """A title, and below it the last events, the newest first; a click asks for all of them."""

    COMPONENT_CLASSES = {
        "event-pane--title",
        "event-pane--error",
        "event-pane--warning",
        "event-pane--information",
        "event-pane--own",
    }

    class Clicked(Message):
        """The user wants to see all."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hosts: tuple[HostState, ...] = ()
        self._key = ""

    def show(self, hosts: Iterable[HostState], key: str) -> None:
        """Show what has happened on these hosts; ``key`` leads to all events."""
        self._hosts, self._key = tuple(hosts), key
        if self.display:
            self.redraw()

    def line(self) -> Text:
        """Return the title, and as many events as there is room for."""
        now, room = time.time(), max(0, self.size.height - 1)
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append("Events", part(self, "event-pane--title"))
        text.append(f"  {self._key} shows all", part(self, "event-pane--own"))
        newest = nlargest(room, self._events(room), key=lambda found: found[0].at)
        for event, host in newest:
            look = "own" if event.own else event.weight
            name = on_host(event.name, host.label)
            text.append(f"\n{row(event, now, name)}", part(self, f"event-pane--{look}"))
        if not newest:
            text.append("\nnone since xentui was started", part(self, "event-pane--own"))
        return text

    def _events(self, most: int) -> Iterable[tuple[HostEvent, HostState]]:
        """Yield the newest events of each host, at most so many: of hundreds of hosts few are shown at each look."""
        for host in self._hosts:
            yield from ((event, host) for event in islice(reversed(host.events), most))

    def choose(self) -> None:
        """Ask for all."""
        self.post_message(self.Clicked())

    def on_click(self) -> None:
        """Ask for all."""
        self.choose()
