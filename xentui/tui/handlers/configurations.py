"""Editing configurations: the form, history, drift, one change to many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xentui import service
from xentui.commands.availability import left_out, possible
from xentui.commands.completion import Candidate
from xentui.config import SCHEMA
from xentui.errors import Render, UsageError, XentuiError
from xentui.model.domain import Domain
from xentui.tui import editor, screens
from xentui.tui.context import UiContext
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.report import ReportDialog, TextDialog, problem_line
from xentui.tui.dialogs.review import ReviewDialog
from xentui.tui.handlers.templates import asked_for_one
from xentui.tui.handlers.work import Handler
from xentui.tui.jobs import Job
from xentui.tui.keys import BY_ID

if TYPE_CHECKING:
    from xentui.service.editing import BulkItem, BulkResult, Change, Draft


async def _edit(ui: UiContext, domains: Sequence[Domain]) -> None:
    # The list may have been shown after a glance: what runs is not known yet.
    domain = await ui.hypervisor.inventory.current(domains[0]) or domains[0]
    draft = await ui.hypervisor.editing.open(domain)
    if ui.hypervisor.session.read_only:
        await ui.show(TextDialog(f"{domain.label}: this session is read-only", draft.text.splitlines()))
        return
    await _show(ui, draft, domain)


async def _new_form(ui: UiContext, _domains: Sequence[Domain]) -> None:
    if await asked_for_one(ui):
        return
    editing = ui.hypervisor.editing
    await _show(ui, editing.blank(bridge=await editing.usual_bridge()), None)


async def _show(ui: UiContext, draft: Draft, domain: Domain | None) -> None:
    await ui.show(editor.screen.EditorScreen(ui, draft, domain))


async def _make(ui: UiContext, _domains: Sequence[Domain]) -> None:
    from xentui.tui.handlers.making import Wizard  # few make guests in a session

    await Wizard(ui).run()


async def _history(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.show(screens.history.HistoryScreen(ui, domains[0]))


async def _drift(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.show(screens.drift.DriftScreen(ui, domains[0]))


async def _boot_menu(ui: UiContext, domains: Sequence[Domain]) -> None:
    await ui.show(screens.boot_menu.BootMenuScreen(ui, domains[0]))


async def _bulk(ui: UiContext, marked: Sequence[Domain]) -> None:
    command = BY_ID["config.bulk"]
    domains, without = possible(command, marked), left_out(command, marked)
    names = ", ".join(domain.label for domain in domains)
    known = tuple(Candidate(key.name, key.doc) for key in SCHEMA.values() if key.toolstack != "xm")
    fields = [
        Field(
            "key", "Key", "", words=(Candidate(BRIDGE, "Move interfaces to another bridge: OLD=NEW"), *known)
        ),
        Field("value", "Value", "", needed=False, help="empty removes the key"),
    ]
    title = f"One change to {len(domains)} domain{'s' if len(domains) > 1 else ''}"
    answer = await ui.ask(FormDialog(title, fields, "Preview", [names, *without], check=_change))
    if answer is None:
        return
    change = _change(answer)
    items = await ui.hypervisor.editing.bulk.preview(domains, change)
    concerned = [item for item in items if not item.left_out]
    lines = [*without, *([""] if without else ()), *(line for item in items for line in _previewed(item))]
    if not concerned:
        await ui.show(ReportDialog(f"{change.words}: nothing to change", lines))
        return
    question = f"{change.words[:1].upper()}{change.words[1:]} in {len(concerned)} of {len(marked)} domains?"
    if await ui.ask(ReviewDialog(question, lines, "Store")):
        _apply(ui, change, items, without)


def _apply(ui: UiContext, change: Change, items: Sequence[BulkItem], without: Sequence[str]) -> None:
    async def work(job: Job) -> str:
        result = await ui.hypervisor.editing.bulk.apply(items, reason=change.words)
        done = _bulk_lines(job, change.words, result, ui.word)
        job.details = [*job.details, *without]
        return "; ".join([done, *without])

    ui.jobs.start(change.words, f"in {len(items)} domains", work, cancellable=False)


BRIDGE = "bridge"
"""What is typed for the key to move interfaces to another bridge."""


def _change(answer: Mapping[str, str]) -> Change:
    """Return the change that was typed; raises UsageError where it is none."""
    key, value = answer["key"], answer["value"]
    if key == BRIDGE:
        old, equals, new = value.partition("=")
        if not (old.strip() and equals and new.strip()):
            raise UsageError("a bridge is given as OLD=NEW")
        change = service.editing.Change.bridge(old.strip(), new.strip())
    else:
        change = service.editing.Change.set(key, value) if value else service.editing.Change.remove(key)
    service.editing.require_sound(change)
    return change


def _previewed(item: BulkItem) -> list[str]:
    """Return what a change would do to one domain."""
    if item.left_out:
        return [f"{item.name}: left out: {item.reason}", ""]
    problems = [problem_line(problem) for problem in item.problems]
    return [item.name, *problems, *(line.rstrip("\n") for line in item.diff), ""]


def _bulk_lines(job: Job, what: str, result: BulkResult, render: Render) -> str:
    """Tell how it went with each; raises XentuiError where it failed with some."""
    done = sum(outcome.done for outcome in result.outcomes)
    lines = []
    for outcome in result.outcomes:
        ending = f"version {outcome.version}" if outcome.done else f"left out: {outcome.left_out}"
        lines += outcome.error.report(render) if outcome.error is not None else [f"{outcome.name}: {ending}"]
    if result.failed:
        raise XentuiError(f"{what}: {done} done, {len(result.failed)} failed", details=lines)
    job.commands = job.commands[:20]
    job.details = lines
    return f"stored in {done} domain{'s' * (done != 1)}"


HANDLERS: dict[str, Handler] = {
    "domain.boot-entries": _boot_menu,
    "config.edit": _edit,
    "config.new": _new_form,
    "view.make": _make,
    "config.history": _history,
    "config.drift": _drift,
    "config.bulk": _bulk,
}
