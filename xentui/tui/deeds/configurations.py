"""Editing configurations: the form, history, drift, one change to many."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from xentui.cli.candidates import Candidate
from xentui.config import SCHEMA
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.tui.desk import Desk
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.form import Field, FormDialog
from xentui.tui.jobs import Job


async def _edit(desk: Desk, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    draft = await desk.hypervisor.editing.open(domain)
    _show(desk, draft, domain)


async def _new_form(desk: Desk, _domains: Sequence[Domain]) -> None:
    _show(desk, desk.hypervisor.editing.blank(), None)


def _show(desk: Desk, draft: object, domain: Domain | None) -> None:
    from xentui.tui.editor.screen import EditorScreen  # noqa: PLC0415 - many never edit

    desk.show(EditorScreen(draft, domain))  # type: ignore[arg-type]


async def _history(desk: Desk, domains: Sequence[Domain]) -> None:
    from xentui.tui.screens.history import HistoryScreen  # noqa: PLC0415 - made when it is asked for

    desk.show(HistoryScreen(domains[0]))


async def _drift(desk: Desk, domains: Sequence[Domain]) -> None:
    from xentui.tui.screens.drift import DriftScreen  # noqa: PLC0415 - made when it is asked for

    desk.show(DriftScreen(domains[0]))


async def _bulk(desk: Desk, domains: Sequence[Domain]) -> None:
    from xentui.service.editing import Change  # noqa: PLC0415 - many never edit

    names = ", ".join(domain.label for domain in domains)
    fields = [
        Field("key", "Key", "on_crash", words=tuple(Candidate(key.name, key.doc) for key in SCHEMA.values())),
        Field("value", "Value", "", needed=False, help="empty removes the key; for vif: bridge OLD=NEW"),
    ]
    answer = await desk.ask(FormDialog(f"One change to {len(domains)} domains", fields, "Preview", [names]))
    if answer is None:
        return
    change = Change.typed(answer["key"], answer["value"])
    items = await desk.hypervisor.editing.bulk_preview(domains, change)
    lines = [line for item in items for line in item.lines()]
    if not await desk.ask(ConfirmDialog(f"Store this change in {len(items)} domains?", lines, "Store")):
        return

    async def work(job: Job) -> str:
        result = await desk.hypervisor.editing.bulk_apply(items, reason=str(change))
        job.output = [outcome.line for outcome in result.outcomes]
        desk.remember_bulk(result.id)
        if result.failed:
            raise XentuiError(f"{change}: {result.failed} of {len(items)} failed", details=job.output)
        job.output = []
        return f"stored in {len(items)} domains"

    desk.jobs.start("change", f"{len(items)} domains", work)


async def _bulk_undo(desk: Desk, _domains: Sequence[Domain]) -> None:
    bulk = desk.last_bulk
    if not bulk:
        desk.tell("no change to many was made in this session", severity="warning")
        return
    if not await desk.ask(
        ConfirmDialog(
            "Undo the last change to many?", ["Domains changed since are left as they are."], "Undo"
        )
    ):
        return

    async def work(job: Job) -> str:
        result = await desk.hypervisor.editing.bulk_undo(bulk)
        job.output = [outcome.line for outcome in result.outcomes]
        return "undone"

    desk.jobs.start("undo", "the change to many", work)


DEEDS: dict[str, Callable[[Desk, Sequence[Domain]], Awaitable[None]]] = {
    "config.edit": _edit,
    "config.new": _new_form,
    "config.history": _history,
    "config.drift": _drift,
    "config.bulk": _bulk,
    "config.bulk-undo": _bulk_undo,
}
