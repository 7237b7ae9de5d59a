"""What xend of an old host is set to: a form, what it changes and leads to, and xend started anew."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Mapping
from functools import partial

from xentui.commands.xend_session import judged
from xentui.config.xend_settings import ValueKind, checked, setting
from xentui.service.host_check.mending import mend_lines
from xentui.service.host_check.report_line import Mend
from xentui.service.hypervisor import Hypervisor
from xentui.service.xend import changes, peers, status
from xentui.service.xend.status import XendLook
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.review import ReviewDialog
from xentui.tui.jobs import Job, JobState

_LABELS = {
    "server": "Accept guests of other hosts",
    "port": "Port",
    "address": "Address",
    "hosts-allow": "Hosts allowed",
}
_TRIED = "tried"


async def change(ui: UiContext, hypervisor: Hypervisor) -> None:
    """Ask for other settings, show what that changes, and do it; raises XentuiError where they cannot be read."""
    host = hypervisor.host
    look = await status.look(host)
    answer = await ui.ask(_form(look))
    if answer is None:
        return
    tried = answer.pop(_TRIED)
    mend = changes.planned(look, _wanted(answer))
    lines = [] if mend is None else [*mend_lines(mend), *(f"! {each}" for each in changes.leads_to(mend))]
    if tried:
        value = checked(setting("hosts-allow"), answer["hosts-allow"])
        lines += ["", *judged(await peers.judge(host, value, tried))]
    if mend is None:
        lines = ["These are the settings already: nothing changes.", *lines]
    session = hypervisor.session
    if session.read_only:
        lines.append("This session is read-only: nothing can be changed.")
    may = mend is not None and not session.read_only
    agreed = await ui.ask(
        ReviewDialog("Change the settings of xend?" if may else "xend", lines, "Change" if may else "OK")
    )
    if mend is None or not may or not agreed or not await _done(ui, hypervisor, mend):
        return
    anew = look.restart and await ui.ask(_restart(look)) is True
    if anew:
        await _done(ui, hypervisor, changes.restarting(look))


def _form(look: XendLook) -> FormDialog:
    fields = []
    for key, label in _LABELS.items():
        value = look.value(key)
        if value.setting.kind is ValueKind.SWITCH:
            fields.append(Field(key, label, "yes" if value.on else "", switch=True))
        else:
            fields.append(
                Field(
                    key, label, value.text, help=value.setting.about, needed=False,
                    check=partial(checked, value.setting),
                )
            )  # fmt: skip
    fields.append(Field(_TRIED, "Try a host", help="name or address: would xend accept it?", needed=False))
    return FormDialog(
        "xend: who may send guests here",
        fields,
        "Review",
        [*look.cautions[:3]],
        check=lambda answer: changes.planned(look, _wanted(answer)),
    )


def _wanted(answer: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a form's answer; no port is the usual one."""
    wanted = {key: answer[key] for key in _LABELS}
    wanted["server"] = wanted["server"] or "no"
    wanted["port"] = wanted["port"] or setting("port").default
    return wanted


def _restart(look: XendLook) -> ConfirmDialog:
    then = changes.restarting(look).then
    return ConfirmDialog("Restart xend now?", [f"run {shlex.join(look.restart)}", then], "Start anew")


async def _done(ui: UiContext, hypervisor: Hypervisor, mend: Mend) -> bool:
    """Do it as a job; whether it went well."""

    async def work(_job: Job) -> str:
        kept = await changes.changed(hypervisor.session, mend)
        return "; ".join(["done", *(f"the old file is {copy}" for copy in kept)])

    job = ui.jobs.start(mend.what, "xend", work, cancellable=False)
    if job.task is not None:
        await asyncio.wait([job.task])
    return job.state is JobState.DONE
