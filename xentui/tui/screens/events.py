"""What has happened on the host, whoever asked for it."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Protocol

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from xentui.service import lookup
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.event_words import HostEvent, row
from xentui.tui.screens.overlay import ScreenAbove
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.notice_line import NoticeLine
from xentui.tui.widgets.styled_line import part

if TYPE_CHECKING:
    from xentui.model.domain import Domain

_HINTS = (
    Hint("Enter", "Go to domain"),
    Hint("V", "Console"),
    Hint("/", "Filter"),
    Hint("F5", "Refresh", 1),
    Hint("Esc", "Back"),
)


class EventsContext(UiContext, Protocol):
    """What the events are shown of."""

    def go_to(self, uuid: str) -> None:
        """Go to a domain in the list, taking the filter back where it hides it."""


class EventsScreen(ScreenAbove):
    """The events of the session, the newest first; a filter keeps those that have all its words."""

    BINDINGS = [
        bound("enter", "choose", "Go to domain", "Go to the domain of the event", id="events.go"),
        bound(
            "escape,q,ctrl+e",
            "back",
            "Back",
            "Show all events again, or go back to the list",
            id="events.back",
            show=True,
        ),
        bound(
            "slash", "filter", "Filter", "Show only events with these words", id="events.filter", show=True
        ),
        bound(
            "V",
            "look",
            "Console",
            "Read what the console of the domain has shown",
            id="events.look",
            show=True,
        ),
        bound("f5", "reload", "Refresh", "Show what has happened meanwhile", id="events.reload", show=True),
    ]
    context: EventsContext
    COMPONENT_CLASSES = {"events-screen--error", "events-screen--warning", "events-screen--own"}

    def __init__(self, context: EventsContext) -> None:
        super().__init__()
        self.context = context
        self.notice = NoticeLine()
        self._filter = Input(placeholder="words to search for", id="events-filter")
        self._title = Static(classes="log-title")
        self._shown: list[HostEvent] = []

    def compose(self) -> ComposeResult:
        """Title, events, what to filter by, keys."""
        yield self._title
        yield OptionList(id="events")
        yield self._filter
        yield self.notice
        yield KeyHints(_HINTS)

    def on_mount(self) -> None:
        """Show all."""
        self._filter.display = False
        self.action_reload()
        self.set_focus(self._list)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#events", OptionList)

    def action_reload(self) -> None:
        """Show what has happened, newest first."""
        events = self.context.host_state.events
        words = self._filter.value.casefold().split()
        now = time.time()
        self._shown = [
            event for event in reversed(events) if all(word in row(event, now).casefold() for word in words)
        ]
        head = f"Events of the host: {len(self._shown)}"
        self._title.update(Text(f"{head} of {len(events)}" if words else head))
        listed = self._list
        listed.clear_options()
        listed.add_options(
            [Option(self._row(event, now)) for event in self._shown]
            or [
                Option(
                    Text(
                        "no events since xentui was started" if not events else "no events with these words"
                    ),
                    disabled=True,
                )
            ]
        )
        if self._shown:
            listed.highlighted = 0

    def action_filter(self) -> None:
        """Type what to filter by."""
        self._filter.display = True
        self.set_focus(self._filter)

    def action_back(self) -> None:
        """First what is filtered by goes, then the screen."""
        if self._filter.display:
            self._filter.value = ""
            self._filter.display = False
            self.set_focus(self._list)
        else:
            self.context.close(self)

    def action_look(self) -> None:
        """Read what the console of the domain has shown."""
        if domain := self._go():
            self.context.background(partial(self.context.open_console, domain, looking=True))

    @on(Input.Changed)
    def _typed(self) -> None:
        self.action_reload()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.set_focus(self._list)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._go()

    def _go(self) -> Domain | None:
        """Go to the domain of the event under the cursor, where it is there still; returns the domain then."""
        place = self._list.highlighted
        if place is None or place >= len(self._shown):
            return None
        event = self._shown[place]
        snapshot = self.context.host_state.snapshot
        found = lookup.of_uuid(snapshot, event.uuid) if snapshot else None
        if found is None:
            self.context.notify(f"{event.name} is not there any more", severity="warning")
            return None
        self.context.close(self)
        self.context.go_to(event.uuid)
        return found

    def _row(self, event: HostEvent, now: float) -> Text:
        look = "own" if event.own else event.weight
        style = part(self, f"events-screen--{look}") if look != "information" else ""
        return Text(row(event, now), style, no_wrap=True, overflow="ellipsis")
