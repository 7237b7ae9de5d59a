"""The actions that concern the list only: marks, filter, order, folds, and what is copied from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xentui.model.domain import Domain
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.domain_list import columns
from xentui.tui.handlers.view_context import View, ViewContext
from xentui.tui.session_state import SIMULATED


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
    elif not context.main.host_bar.drop_mode(SIMULATED):
        context.notify("")
    context.main.to_list()


def _filter(context: ViewContext, _domains: Sequence[Domain]) -> None:
    context.prompts.ask_filter()


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


LIST_VIEWS: Mapping[str, View] = {
    "list.mark": _mark,
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
}
