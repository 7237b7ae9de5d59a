"""Ctrl-Z in the list: my last change, whatever it was."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.handlers.work import Handler
from xentui.tui.jobs import Job
from xentui.tui.undo import lines


async def _undo(ui: UiContext, _domains: Sequence[Domain]) -> None:
    step = ui.undos.last
    if step is None:
        ui.notify("nothing to undo: this session has changed nothing", severity="warning")
        return
    if step.under_way:
        ui.notify(f"{step.title} is still in progress: undo it when it has ended", severity="warning")
        return
    if step.reason:
        ui.undos.forget(step)
        before = ui.undos.last
        key = ui.shown_key("ctrl+z")
        more = f" · {key} again undoes {before.title}" if before is not None and not before.reason else ""
        ui.notify(f"{step.title} cannot be undone: {step.reason}{more}", severity="warning")
        return
    about = [] if len(step.done) == 1 else list(lines(step, plain))
    about.append("Later changes by others stay as they are.")
    dialog = ConfirmDialog(f"Undo {plain(step.title)}?", about, "Undo")
    dialog.tells_hosts = True  # a step names the host of each domain, wherever the cursor is
    if not await ui.ask(dialog):
        return

    async def work(job: Job) -> str:
        return await ui.undos.undo(step, job, ui.word)

    # It says of each what host it is on.
    ui.jobs.on("").start("undo", ", ".join(step.subjects[:3]), work, cancellable=False)


HANDLERS: dict[str, Handler] = {"list.undo": _undo}
