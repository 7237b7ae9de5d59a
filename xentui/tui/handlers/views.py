"""The actions that concern the screen only, by their ids: those of panes and other screens stand here."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.service import lookup
from xentui.tui import screens
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.menu import choices
from xentui.tui.dialogs.report import ErrorsDialog, error_lines
from xentui.tui.handlers.console_views import CONSOLE_HOST_VIEWS, CONSOLE_VIEWS
from xentui.tui.handlers.list_views import LIST_VIEWS
from xentui.tui.handlers.view_context import HostView, View, ViewContext
from xentui.tui.host_context import HostContext
from xentui.tui.jump import JumpTarget, at, jump
from xentui.tui.notifications import title
from xentui.tui.screens.events import EventsScreen
from xentui.tui.screens.help import HelpScreen, letters, sections, typed_commands
from xentui.tui.screens.log import LogScreen
from xentui.tui.termination import has_shell

if TYPE_CHECKING:
    from xentui.tui.screens.fleet import FleetScreen


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
        chosen = await context.ask(ChooseDialog(title, listed, short=True))
        if chosen:
            await context.main.action_act(chosen)

    context.background(choose)


def _jump(context: ViewContext, _domains: Sequence[Domain]) -> None:
    main = context.main
    places = [*at(main.table, main.to_list), *at(main.details, partial(main.action_pane, 2))]
    places += at(main.events, main.events.choose)
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
    context.main.app.push_screen(HelpScreen([*shown, typed_commands()], searched=letters()))


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
    context.fleet.poke()
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


VIEWS: Mapping[str, View] = {
    **LIST_VIEWS,
    **CONSOLE_VIEWS,
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
    **CONSOLE_HOST_VIEWS,
    "view.log": _log,
    "view.error": _error,
    "view.events": _events,
    "view.images": _images,
    "view.storage": _storage,
    "view.check": _check,
    "view.fleet": _fleet,
    "view.go": _go_to_news,
}
