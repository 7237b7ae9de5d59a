"""The actions that concern the screen only: marks, sorting, panes, other screens."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.service import lookup
from xentui.tui import screens
from xentui.tui.context import MainContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.menu import choices
from xentui.tui.dialogs.report import ErrorsDialog, error_lines
from xentui.tui.domain_list import columns
from xentui.tui.host_context import HostContext
from xentui.tui.jump import JumpTarget, at, jump
from xentui.tui.keys import BY_ID
from xentui.tui.notifications import title
from xentui.tui.screens.events import EventsScreen
from xentui.tui.screens.help import HelpScreen, sections, typed_commands
from xentui.tui.screens.log import LogScreen
from xentui.tui.screens.main import MainScreen
from xentui.tui.termination import has_shell

if TYPE_CHECKING:
    from xentui.tui.console_tabs import ConsoleTabs
    from xentui.tui.notifications import Notifications
    from xentui.tui.prompts import Prompts
    from xentui.tui.screens.fleet import FleetScreen


class ViewContext(MainContext, Protocol):
    """What these actions are about: the main screen, and what the app has beside it."""

    main: MainScreen
    notifications: Notifications

    @property
    def prompts(self) -> Prompts:
        """The lines one types."""

    @property
    def consoles(self) -> ConsoleTabs:
        """What is done with consoles."""

    async def leave(self) -> None:
        """Quit, after asking where work or consoles would be cut off: the user may stay."""

    def known_hosts(self) -> list[str]:
        """The hosts that can be named."""

    async def change_host(self, name: str) -> None:
        """Leave this host for another."""

    def dismiss_simulator(self) -> bool:
        """Take it for known that the host is simulated; False where that is not said."""

    def next_theme(self) -> None:
        """Take the next theme."""

    def refresh_hosts(self) -> None:
        """Look at the hosts at once."""

    def repaint(self) -> None:
        """Send the terminal all it is to show."""

    def action_command_palette(self) -> None:
        """Show the palette."""

    def action_suspend_process(self) -> None:
        """Stop, until the shell brings xentui back."""


View = Callable[[ViewContext, Sequence[Domain]], None]
HostView = Callable[[ViewContext, HostContext, Sequence[Domain]], None]
"""One that is about a host: that of the domains."""


def _mark(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.main.table.toggle_mark()


def _mark_all(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.main.table.mark_all()


def _invert(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.main.table.invert_marks()


def _clear(context: ViewContext, _domains: Sequence[Domain]) -> None:
    table = context.main.table
    if table.marked:
        table.unmark_all()
    elif context.main.table.filter_text:
        context.filter_list("")
    elif not context.dismiss_simulator():
        context.notify("")
    context.main.to_list()


def _filter(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.prompts.ask_filter()


def _command(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.prompts.ask_command()


def _host(context: ViewContext, _domains: Sequence[Domain]) -> None:
    async def choose() -> None:
        here = context.here.hypervisor.host.name
        choices = [Choice(name, name, "this one" if name == here else "") for name in context.known_hosts()]
        chosen = await context.ask(ChooseDialog("Change host", choices, start=here))
        if chosen and chosen != here:
            try:
                await context.change_host(chosen)
            except XentuiError as error:
                context.notify_error(error)

    context.background(choose)


def _sort(context: ViewContext, _domains: Sequence[Domain]) -> None:
    async def choose() -> None:
        now, _reverse = context.main.table.sort
        ids = context.main.table.sort_ids
        choices = [Choice(name, columns.sortable(name).title) for name in ids]
        if chosen := await context.ask(ChooseDialog("Sort by", choices, start=now)):
            context.main.table.sort_by(chosen)

    context.background(choose)


def _sort_step(step: int) -> View:
    def view(context: ViewContext, _domains: Sequence[Domain]) -> None:
        table = context.main.table
        ids = [column.id for column in table.painter.columns if column.id in table.sort_ids]
        now, _reverse = table.sort
        position = ids.index(now) if now in ids else -step
        table.sort_by(ids[(position + step) % len(ids)], reverse=False)
        context.notify(f"sorted by {table.sort[0]}")

    return view


def _fold(context: ViewContext, _domains: Sequence[Domain]) -> None:
    if _of_several(context, "fold"):
        context.main.table.toggle_fold()


def _fold_all(context: ViewContext, _domains: Sequence[Domain]) -> None:
    if _of_several(context, "fold"):
        folded = context.main.table.model.folded
        context.main.table.fold(frozenset() if folded else frozenset(context.hosts))


def _flat(context: ViewContext, _domains: Sequence[Domain]) -> None:
    if len(context.hosts) > 1:
        context.main.table.lay_flat(not context.main.table.model.flat)
    else:
        context.notify("the list has one host only", severity="warning")


def _of_several(context: ViewContext, what: str) -> bool:
    """Return whether there are rows of hosts to act on; says why not."""
    model = context.main.table.model
    if not model.grouped:
        reason = "its hosts have no rows of their own" if model.hosts else "the list has one host only"
        context.notify(f"nothing to {what}: {reason}", severity="warning")
    elif not model.filter.shows_all:
        context.notify(f"nothing to {what}: the filter shows what matches on all hosts", severity="warning")
    return model.grouped and model.filter.shows_all


def _reverse(context: ViewContext, _domains: Sequence[Domain]) -> None:
    column, reverse = context.main.table.sort
    context.main.table.sort_by(column, reverse=not reverse)


def _copy(what: str) -> View:
    def view(context: ViewContext, domains: Sequence[Domain]) -> None:
        text = str(getattr(domains[0], what))
        context.main.app.copy_to_clipboard(text)
        context.notify(f"copied {text}")

    return view


def _details(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.main.with_details(context.main.has_class("-no-details"))


def _boot_menu(context: ViewContext, _domains: Sequence[Domain]) -> None:
    main = context.main
    # Where the details are hidden it is not in sight, whatever was asked for before.
    main.with_menu(not main.follower.menu.shown or main.has_class("-no-details"))


def _pane(step: int) -> View:
    def view(context: ViewContext, _domains: Sequence[Domain]) -> None:
        context.main.next_pane(step)

    return view


def _menu(context: ViewContext, domains: Sequence[Domain]) -> None:
    async def choose() -> None:
        listed = choices(context.main.key_of, context.main.targets.reason)
        marked = context.main.table.marked_shown
        title = f"{len(marked)} marked domains" if len(marked) > 1 else domains[0].label
        chosen = await context.ask(ChooseDialog(title, listed))
        if chosen:
            await context.main.action_act(chosen)

    context.background(choose)


def _jump(context: ViewContext, _domains: Sequence[Domain]) -> None:
    main = context.main
    places = [*at(main.table, main.to_list), *at(main.details, partial(main.action_pane, 2))]
    for pane in (main.consoles.first, main.consoles.second):
        places += at(pane.view, partial(main.set_focus, pane.view))
    if main.tabs.display:
        row = main.tabs.region
        tabs = [(column, number) for column, number in main.tabs.starts if number > 2]
        places += [
            JumpTarget(row.x + column, row.y, partial(main.action_pane, number)) for column, number in tabs
        ]
    jump(main.app, places)


def _log(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    context.main.app.push_screen(LogScreen(host))


def _help(context: ViewContext, _domains: Sequence[Domain]) -> None:
    shown = sections(context.main.app.screen, context.shown_key)
    context.main.app.push_screen(HelpScreen([*shown, typed_commands()]))


def _error(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    shown = host.hypervisor.session.host.shown
    parts = [
        (title(told), [*now, *map(shown, error_lines(told.error, context.word))], told.severity)
        for told, now in context.notifications.report(time.time())
    ]
    if parts:
        context.main.app.push_screen(ErrorsDialog(parts))
    else:
        context.notify("no errors so far")


def _events(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    context.main.app.push_screen(EventsScreen(host))


def _check(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    context.main.app.push_screen(screens.host_check.HostCheckScreen(host, host.hypervisor))


def _fleet(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    hosts = [each for each in context.hosts.values() if isinstance(each, HostContext)]

    def show(before: FleetScreen | None = None) -> None:
        context.main.app.push_screen(screens.fleet.FleetScreen(host, hosts, begin, before))

    def begin(line: str, screen: FleetScreen) -> None:
        context.prompts.ask_command(line, whence=partial(show, screen))

    show()


def _images(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    context.main.app.push_screen(screens.images.ImagesScreen(host))


def _storage(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    context.main.app.push_screen(screens.storage.StorageScreen(host))


def _go_to_news(context: ViewContext, host: HostContext, _domains: Sequence[Domain]) -> None:
    state = host.host_state
    event = next((each for each in reversed(state.events) if not each.own), None)
    if event is None:
        context.notify("there was no notice to go to yet")
        return
    domain = lookup.of_uuid(state.snapshot, event.uuid) if state.snapshot is not None else None
    if domain is None:
        context.notify(f"{event.name} is not there any more", severity="warning")
        return
    host.go_to(event.uuid)
    if event.printed:
        context.background(partial(host.open_console, domain, looking=True))


def _refresh(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.refresh_hosts()
    context.main.refresh()


def _repaint(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.repaint()


def _theme(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.next_theme()


def _palette(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.action_command_palette()


def _background(context: ViewContext, _domains: Sequence[Domain]) -> None:
    if has_shell():
        context.action_suspend_process()
    else:
        context.notify("cannot suspend xentui: no shell could bring it back", severity="warning")


def _quit(context: ViewContext, _domains: Sequence[Domain]) -> None:
    # Who cannot be let out in order is let out all the same.
    context.main.app.run_worker(context.leave(), exit_on_error=True)


def _full(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    context.background(partial(host.consoles.full_screen, domains[0]))


def _close(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    context.background(partial(host.consoles.close, domains[0]))


def _fit(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    live = host.console_of(domains[0])
    if live is None:
        context.notify(f"{domains[0].label} has no console open", severity="warning")
        return
    context.main.consoles.show(live)
    # A pane that has just come into sight has its size after the next layout.
    context.main.console.call_after_refresh(context.main.console.action_fit)


def _beside(context: ViewContext, host: HostContext, domains: Sequence[Domain]) -> None:
    context.background(partial(host.consoles.beside, domains[0]))


def _together(context: ViewContext, _domains: Sequence[Domain]) -> None:
    rows = context.main.targets.rows(BY_ID["console.together"])
    chosen = [context.hosts[row.host].console_of(row.domain) for row in rows]
    lives = [live for live in chosen if live is not None]
    context.background(partial(context.consoles.together, lives, context.opened()))


VIEWS: Mapping[str, View] = {
    "list.mark": _mark,
    "console.together": _together,
    "list.mark-all": _mark_all,
    "list.invert": _invert,
    "list.clear": _clear,
    "list.filter": _filter,
    "list.sort": _sort,
    "list.sort-previous": _sort_step(-1),
    "list.sort-next": _sort_step(1),
    "list.reverse": _reverse,
    "list.fold": _fold,
    "list.fold-all": _fold_all,
    "list.flat": _flat,
    "list.copy-name": _copy("label"),
    "list.copy-uuid": _copy("uuid"),
    "view.details": _details,
    "view.boot-menu": _boot_menu,
    "view.next": _pane(1),
    "view.previous": _pane(-1),
    "view.jump": _jump,
    "view.menu": _menu,
    "view.command": _command,
    "view.palette": _palette,
    "view.help": _help,
    "view.refresh": _refresh,
    "view.repaint": _repaint,
    "view.theme": _theme,
    "view.background": _background,
    "view.host": _host,
    "view.quit": _quit,
}

HOST_VIEWS: Mapping[str, HostView] = {
    "console.fit": _fit,
    "console.beside": _beside,
    "view.log": _log,
    "view.error": _error,
    "view.events": _events,
    "view.images": _images,
    "view.storage": _storage,
    "view.check": _check,
    "view.fleet": _fleet,
    "view.go": _go_to_news,
    "console.full": _full,
    "console.close": _close,
}
