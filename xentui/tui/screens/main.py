"""The main screen: list, details and consoles, and the lines around them."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Resize

from xentui.model.domain import Domain
from xentui.tui import consoles, widgets
from xentui.tui.context import MainContext
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.domain_list.table import DomainTable
from xentui.tui.host_state import HostState
from xentui.tui.host_words import fleet_parts, host_row
from xentui.tui.jobs import on_host
from xentui.tui.keymap import keys_by_action
from xentui.tui.keys import BY_ID, COMMANDS, KEYS, binding, leading, pane_bindings
from xentui.tui.layout import WIDE, details_below
from xentui.tui.screens.console_panes import ConsolePanes
from xentui.tui.screens.detail_follower import DetailFollower
from xentui.tui.screens.first_screen import FirstScreen
from xentui.tui.screens.main_body import MainBody
from xentui.tui.screens.main_targets import MainTargets
from xentui.tui.widgets.detail_pane import DetailPane
from xentui.tui.widgets.host_bar import HostBar
from xentui.tui.widgets.key_bar import KeyBar
from xentui.tui.widgets.notice_line import NoticeLine
from xentui.tui.widgets.tab_strip import Tab, TabStrip

if TYPE_CHECKING:
    from xentui.console.shown_console import ShownConsole
    from xentui.tui.consoles.pane import ConsolePane
    from xentui.tui.widgets.event_pane import EventPane
    from xentui.tui.widgets.prompt_line import PromptLine

_FIRST_PAINT = 0.1
"""Seconds the first paint waits for what the hosts tell, so that the list is in it where they are quick."""


class MainScreen(FirstScreen):
    """Where one is at the start and comes back to."""

    BINDINGS: ClassVar[list[BindingType]] = [*map(binding, COMMANDS), *pane_bindings()]
    AUTO_FOCUS = "DomainTable"

    def __init__(
        self, context: MainContext, host: str, *, modes: tuple[str, ...], leave_key: str, leave_shown: str
    ) -> None:
        super().__init__()
        self.context = context
        self.host_bar = HostBar(host, modes=modes)
        self.tabs = TabStrip()
        self.table = DomainTable(choose=self._open, below=self._details_below, id="list")
        self.details = DetailPane(id="details")
        self.notice = NoticeLine()
        self.keys = KeyBar()
        self._leave = leave_key, leave_shown
        self.consoles = ConsolePanes(
            self, build=self._pane, home=self.table, changed=self.show_tabs, leave=self.to_list
        )
        self.targets = MainTargets(context, self.table, self._looked_at_console)
        self.complete = False
        """Whether console and prompt are there."""
        self._shown_keys: dict[str, str] = {}
        self.follower = DetailFollower(
            context, self.table, self.details, rested=self.show_keys, key_of=self.key_of
        )
        self.up_to_date = False
        """Whether the list shows a host that answers."""

    @property
    def is_current(self) -> bool:
        """Whether it is painted: not below a screen nothing shines through, which it would have painted anew."""
        top = self.app.screen
        return top is self or (top.styles.background.a < 1 and super().is_current)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        # What is made now is styled once: Textual would do it again for the size, for the focus, and when the screen is
        # shown.
        self.update_classes(self.size_classes(), update=False)
        self.table.set_reactive(DomainTable.has_focus, True)
        yield self.host_bar
        yield self.tabs
        with MainBody(self.context, leave=self.to_list), Horizontal(id="domains"):
            yield self.table
            yield self.details
        yield self.notice
        yield self.keys

    @property
    def console(self) -> ConsolePane:
        """Where a console is shown; of two side by side the one that has, or last had, the keys."""
        return self.consoles.active

    def _pane(self, name: str) -> ConsolePane:
        key, shown = self._leave
        return consoles.pane.ConsolePane(
            leave_key=key,
            leave_shown=shown,
            key_of=self.key_of,
            search=self._search,
            named=self._named,
            id=name,
        )

    @cached_property
    def prompt(self) -> PromptLine:
        """Where one types."""
        return widgets.prompt_line.PromptLine()

    @cached_property
    def events(self) -> EventPane:
        """What has happened lately, where there is room for it."""
        return widgets.event_pane.EventPane(id="event-pane")

    async def mount_rest(self) -> None:
        """Add what the list is shown without, unless the screen is on its way out."""
        if self.is_attached:
            await self.query_one("#body").mount(self.consoles.first, self.consoles.second)
        if self.is_attached:
            await self.query_one("#domains").mount(self.events)
        if not self.is_attached:
            return
        await self.mount(self.prompt, after=self.notice)
        self.complete = True
        self.show_events()
        self.show_tabs()

    def on_mount(self) -> None:
        """The keys shown follow the bindings."""
        self.set_focus(self.table)
        self.screen.bindings_updated_signal.subscribe(self, self._keys_changed)
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        if not self._shown_keys:
            self._keys_changed(self)
        self.context.begin()
        self.set_timer(_FIRST_PAINT, self.reveal)

    # What is shown

    def show_host_state(self, state: HostState) -> None:
        """Take over what is known of the host now."""
        now = time.time()
        stale = state.stale(now)
        if state.snapshot is not None:
            self.table.show(state.entries(now, self.context.here.jobs.conditions()))
        if stale:
            self.table.stale(stale)
        elif state.snapshot is not None:
            self.table.fresh()
        self.host_bar.show(state, stale)
        self._list_shown(up_to_date=state.snapshot is not None and not stale)

    def show_hosts(self) -> None:
        """Take over what is known of several hosts now."""
        now, hosts = time.time(), self.context.hosts.values()
        rows = [row for host in hosts for row in host.rows(now)]
        self.table.show(rows, [host_row(host.host_state, now) for host in hosts])
        self.host_bar.show_several(fleet_parts([host.host_state for host in hosts], now))
        self._list_shown(up_to_date=True)  # each row says how its host is

    def _list_shown(self, *, up_to_date: bool) -> None:
        """Let what stands around the list follow it."""
        self.follower.show_news()
        self.notice.explain(self.table.legend)
        self.follower.show()
        self.show_events()
        self.show_keys()
        self.up_to_date = up_to_date

    def show_events(self) -> None:
        """Show what has happened lately, where there is room for it."""
        if self.complete:
            states = [host.host_state for host in self.context.hosts.values()]
            self.events.show(states, self.key_of("view.events"))

    def show_marks(self) -> None:
        """Show how many domains are marked: what is done next is done to those in sight."""
        hidden = self.table.hidden_marks
        self.host_bar.count_marks(len(self.table.marked) - hidden, hidden)

    def show_keys(self) -> None:
        """Show which actions are possible now."""
        typing = self.complete and self.focused is not None and self.prompt in self.focused.ancestors
        hints = self.prompt.hints if typing else ()
        self.keys.show(self._shown_keys, self.targets.reason, leading(self.current), hints)

    def show_tabs(self) -> None:
        """Show which consoles there are."""
        if not self.complete:
            return
        consoles = self.context.opened()
        in_list = self.console.console is None or self.table.has_focus
        domains = Tab(1, "Domains", current=in_list)
        tabs = self.consoles.tabs(consoles, self._named)
        self.set_class(bool(consoles), "-tabs")
        self.tabs.show([domains, Tab(2, "Details", current=self.details.has_focus), *tabs])
        others = [tab.shown for tab in tabs if not tab.current]
        self.consoles.first.bar.show_others("  ".join(others) if self.narrow else "")

    def _named(self, console: ShownConsole) -> str:
        """Return the name of a console's domain, and its host where there are several."""
        return on_host(console.name, self.context.host_of(console).label)

    def to_list(self) -> None:
        """Back to the list; a console beside it stays in sight."""
        self.set_class(False, "-front")
        self.set_focus(self.table)
        self._type_alone()
        self.show_tabs()

    def _type_alone(self) -> None:
        """End the typing into several: who comes back does not remember it."""
        if self.complete and self.consoles.together is not None:
            self.consoles.type_together(None)
            self.context.notify("you type into one console again")

    # What is asked of it

    @property
    def narrow(self) -> bool:
        """Whether there is room for one thing only."""
        return self.size.width < WIDE

    def _details_below(self) -> int:
        """Return the lines of the details that stand below the list; 0 where none do."""
        return details_below(*self.size, console=self.has_class("-console")) if self.details.display else 0

    @property
    def notice_in_sight(self) -> bool:
        """Whether there is room for the line of notices: on a small terminal a console takes it."""
        return not (self.narrow and self.has_class("-front"))

    @property
    def current(self) -> Domain | None:
        """The domain under the cursor."""
        entry = self.table.current
        return entry.domain if entry is not None else None

    def _looked_at_console(self) -> ShownConsole | None:
        """Return the console one is looking around in."""
        looking = self.complete and self.focused is self.console.view
        return self.console.console if looking else None

    @property
    def chosen(self) -> list[Domain]:
        """What is chosen: the marked domains, else the one under the cursor."""
        return [entry.domain for entry in self.table.chosen]

    def key_of(self, action: str) -> str:
        """Return the key of an action, as it is shown."""
        return self._shown_keys.get(action) or self.context.shown_key(KEYS[action].keys.partition(",")[0])

    async def action_act(self, name: str) -> None:
        """Do an action on what is chosen."""
        await self.context.act(name, self.targets.rows(BY_ID[name]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed, or looked for in a console, most keys are not the screen's."""
        focused = self.focused
        if action not in ("act", "pane") or focused is None or not self.complete:
            return True
        if focused is self.console.view:
            return self.console.view.looking and (action == "pane" or KEYS[str(parameters[0])].looking)
        return self.prompt not in focused.ancestors

    def action_pane(self, number: int) -> None:
        """Go to a pane by its number."""
        consoles = self.context.opened()
        if number == 1:
            self.to_list()
        elif number == 2:
            self.set_class(False, "-front")
            self.with_details(True)
            self.set_focus(self.details)
        elif number - 3 < len(consoles):
            self.consoles.show(consoles[number - 3])
        else:
            self.context.notify(f"there is no console {number - 2}", severity="warning")

    def with_details(self, shown: bool) -> None:
        """Show the details, or give their room to the list."""
        self.set_class(not shown, "-no-details")
        self.table.refresh(layout=True)  # how high it is depends on what stands below

    def with_menu(self, shown: bool) -> None:
        """Show the boot menu among the details, or do not; what is asked for is in sight."""
        if shown:
            self.with_details(True)
        self.follower.show_menu(shown)

    def next_pane(self, step: int) -> None:
        """Go from pane to pane: list, details, consoles."""
        consoles = self.context.opened()
        count = 2 + len(consoles)
        shown = self.console.console
        if self.focused is self.console.view and shown in consoles:
            here = 2 + consoles.index(shown)
        else:
            here = 1 if self.focused is self.details else 0
        self.action_pane((here + step) % count + 1)

    @on(DetailPane.BootMenuWanted)
    async def _boot_menu_wanted(self) -> None:
        """Show the boot menu: among the details, on its own screen where it is there already."""
        if self.follower.menu.shown:
            await self.action_act("domain.boot-entries")
        else:
            self.with_menu(True)

    def _search(self) -> None:
        self.context.prompts.ask_search()

    def _keys_changed(self, _screen: object) -> None:
        active = {key: bound.binding.id for key, bound in self.active_bindings.items()}
        self._shown_keys = keys_by_action(active)
        self.show_keys()

    # What its parts tell

    @on(DomainTable.Highlighted)
    def _highlighted(self) -> None:
        self.follower.moved()

    @on(DomainTable.MarksChanged)
    def _marked(self) -> None:
        self.show_keys()
        self.show_marks()

    @on(DomainTable.Chosen)
    async def _chosen(self, event: DomainTable.Chosen) -> None:
        await self._open(event.entry)

    async def _open(self, entry: DomainRow) -> None:
        await self.context.act("console.open", [entry])

    @on(DomainTable.MenuWanted)
    async def _menu_wanted(self) -> None:
        await self.action_act("view.menu")

    @on(KeyBar.Pressed)
    async def _key_clicked(self, event: KeyBar.Pressed) -> None:
        await self.action_act(event.action)

    @on(TabStrip.Chosen)
    def _tab_clicked(self, event: TabStrip.Chosen) -> None:
        self.action_pane(event.number)

    def on_descendant_focus(self) -> None:
        """What is dimmed and which tab is current follows the focus."""
        if self.complete and self.consoles.take_keys():
            self.set_class(True, "-front")
        elif self.table.has_focus or self.details.has_focus:
            self.set_class(False, "-front")
            self._type_alone()
        if self.is_mounted:
            self.show_tabs()

    def on_resize(self, event: Resize) -> None:
        """Another size may show other things."""
        if event.size.width < WIDE and self.complete:
            self.consoles.keep_one()
        self.call_after_refresh(self.show_tabs)

    def on_row_view_laid_out(self) -> None:
        """Say what the letters of the columns mean that there are now."""
        self.notice.explain(self.table.legend)

    # By name, not by class: their modules are read when they are needed.

    async def on_event_pane_clicked(self) -> None:
        """Show all events."""
        await self.action_act("view.events")

    async def on_prompt_line_entered(self, event: PromptLine.Entered) -> None:
        """Do what was typed."""
        await self.context.prompts.entered(event.kind, event.text)

    def on_prompt_line_left(self, event: PromptLine.Left) -> None:
        """The list, or the console, has the keys again."""
        self.context.prompts.left(event.kind, elsewhere=event.elsewhere)

    def on_completing_input_keys_changed(self) -> None:
        """Say what Tab and Esc do now on the line."""
        self.show_keys()

    def on_prompt_line_changed(self, event: PromptLine.Changed) -> None:
        """A filter is followed as it is typed."""
        self.context.prompts.changed(event.kind, event.text)
