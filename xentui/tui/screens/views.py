"""The actions that concern the screen only: marks, sorting, panes, other screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from xentui.model.domain import Domain
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.domain_list import columns

if TYPE_CHECKING:
    from xentui.tui.app import XentuiApp

View = Callable[["XentuiApp", Sequence[Domain]], None]


def _mark(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.main.table.toggle_mark()


def _mark_all(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.main.table.mark_all()


def _invert(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.main.table.invert_marks()


def _clear(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    table = app.main.table
    if table.marked:
        table.unmark_all()
    elif app.filter_text:
        app.filter_list("")
    else:
        app.tell("")
    app.main.to_list()


def _filter(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.prompts.ask_filter()


def _command(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.prompts.ask_command()


def _sort(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    async def choose() -> None:
        now, _reverse = app.main.table.sort
        choices = [Choice(name, columns.sortable(name).title) for name in columns.sort_ids()]
        if chosen := await app.ask(ChooseDialog("Sort by", choices, start=now)):
            app.main.table.sort_by(chosen)

    app.run_worker(choose())


def _sort_step(step: int) -> View:
    def view(app: XentuiApp, _domains: Sequence[Domain]) -> None:
        table = app.main.table
        sortable = columns.sort_ids()
        ids = [column.id for column in columns.fit(table.size.width) if column.id in sortable]
        now, _reverse = table.sort
        position = ids.index(now) if now in ids else -step
        table.sort_by(ids[(position + step) % len(ids)], reverse=False)
        app.tell(f"sorted by {table.sort[0]}")

    return view


def _reverse(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    column, reverse = app.main.table.sort
    app.main.table.sort_by(column, reverse=not reverse)


def _copy(what: str) -> View:
    def view(app: XentuiApp, domains: Sequence[Domain]) -> None:
        text = str(getattr(domains[0], what))
        app.copy_to_clipboard(text)
        app.tell(f"copied {text}")

    return view


def _details(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.main.toggle_class("-no-details")


def _pane(step: int) -> View:
    def view(app: XentuiApp, _domains: Sequence[Domain]) -> None:
        app.main.next_pane(step)

    return view


def _menu(app: XentuiApp, domains: Sequence[Domain]) -> None:
    from xentui.tui.dialogs.menu import choices  # noqa: PLC0415 - made when it is asked for

    async def choose() -> None:
        listed = choices(app.main.key_of, app.main.reason)
        chosen = await app.ask(ChooseDialog(domains[0].label, listed))
        if chosen:
            await app.main.action_act(chosen)

    app.run_worker(choose())


def _log(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    from xentui.tui.screens.log import LogScreen  # noqa: PLC0415 - made when it is asked for

    app.push_screen(LogScreen())


def _help(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    from xentui.tui.screens.help import HelpScreen, sections  # noqa: PLC0415 - made when it is asked for

    app.push_screen(HelpScreen(sections(app.screen, app.shown_key)))


def _error(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    from xentui.tui.dialogs.report import ReportDialog, error_lines  # noqa: PLC0415 - made when it is asked for

    if app.notifications.last_error is None:
        app.tell("nothing has gone wrong yet")
    else:
        app.push_screen(ReportDialog("The last error", error_lines(app.notifications.last_error)))


def _refresh(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.poller.poke()
    app.main.refresh()


def _repaint(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.repaint()


def _theme(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.next_theme()


def _palette(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    app.action_command_palette()


def _quit(app: XentuiApp, _domains: Sequence[Domain]) -> None:
    # Who cannot be let out in order is let out all the same.
    app.run_worker(app.leave(), exit_on_error=True)


def _full(app: XentuiApp, domains: Sequence[Domain]) -> None:
    app.run_worker(app.consoles.full_screen(domains[0]))


def _close(app: XentuiApp, domains: Sequence[Domain]) -> None:
    app.run_worker(app.consoles.close(domains[0]))


VIEWS: Mapping[str, View] = {
    "list.mark": _mark,
    "list.mark-all": _mark_all,
    "list.invert": _invert,
    "list.clear": _clear,
    "list.filter": _filter,
    "list.sort": _sort,
    "list.sort-previous": _sort_step(-1),
    "list.sort-next": _sort_step(1),
    "list.reverse": _reverse,
    "list.copy-name": _copy("label"),
    "list.copy-uuid": _copy("uuid"),
    "view.details": _details,
    "view.next": _pane(1),
    "view.previous": _pane(-1),
    "view.menu": _menu,
    "view.command": _command,
    "view.palette": _palette,
    "view.log": _log,
    "view.error": _error,
    "view.help": _help,
    "view.refresh": _refresh,
    "view.repaint": _repaint,
    "view.theme": _theme,
    "view.quit": _quit,
    "console.full": _full,
    "console.close": _close,
}
