"""What a console is watched for, and scripts run on it, as actions on the list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xentui.commands.console_script import run_script
from xentui.console.pattern_watch import OFFERED, checked
from xentui.console.script_runner import Listeners
from xentui.errors import Suggest, UsageError, XentuiError
from xentui.expect.script import parsed
from xentui.expect.syntax import OutputPatternError
from xentui.model.domain import Domain
from xentui.tui.context import UiContext
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.handlers.perform import job_context
from xentui.tui.handlers.work import Handler, each
from xentui.tui.jobs import Job
from xentui.tui.screens.script import ScriptScreen

_OTHERS = 3
"""Lines for patterns besides those that are offered, at least."""


async def _watch(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    texts = ui.hypervisor.console_texts
    now = await texts.watched(domain.uuid)
    others = [pattern for pattern in now if pattern not in OFFERED]
    others += [""] * max(1, _OTHERS - len(others))
    offered = [
        Field(f"offered{at}", word, "yes" if word in now else "", switch=True)
        for at, word in enumerate(OFFERED)
    ]
    typed = [
        Field(f"other{at}", "Pattern", pattern, needed=False, check=_watchable)
        for at, pattern in enumerate(others)
    ]
    lines = [
        "Reported while its console is open here, visible or not.",
        "`watch` in config.toml applies to every console.",
    ]
    answer = await ui.ask(FormDialog(f"Watch {domain.label} for", [*offered, *typed], "Watch", lines))
    if answer is None:
        return
    chosen = [word for at, word in enumerate(OFFERED) if answer[f"offered{at}"]]
    patterns = checked([*chosen, *(answer[field.name] for field in typed)])

    async def act(domain: Domain, _job: Job) -> str:
        await texts.watch(domain, patterns)
        ui.watch_console(domain.uuid, patterns)
        return f"watched for {', '.join(patterns)}" if patterns else "no longer watched"

    each(ui, "watch", [domain], act)


def _watchable(pattern: str) -> None:
    try:
        checked([pattern])
    except OutputPatternError as error:
        raise UsageError(str(error)) from None


async def _script(ui: UiContext, domains: Sequence[Domain]) -> None:
    domain = domains[0]
    found = await ui.hypervisor.console_texts.scripts(domain)
    if not found:
        hint = (Suggest("console.script", domain.label, "NAME", "--store", "FILE"), " stores one")
        raise UsageError("has no script yet", subject=domain.label, hint=hint)
    choices = [Choice(name, name, f"version {kept.version}") for name, kept in found.items()]
    name = await ui.ask(ChooseDialog(f"Run on the console of {domain.label}", choices))
    if name is None:
        return
    script = parsed(found[name].text, name)
    screen = ScriptScreen(ui, domain, script)
    heard = Listeners(screen.step, screen.text)

    async def work(job: Job) -> str:
        context = job_context(ui, job)
        context.ask_secret, context.live_console = ui.ask_secret, ui.live_console
        try:
            await run_script(context, domain, script, heard=heard)
        except XentuiError as error:
            screen.over(error.message)
            raise
        except asyncio.CancelledError:
            screen.over("stopped")
            raise
        screen.over("done")
        return f"script {name} done"

    await ui.show(screen)
    screen.job = ui.jobs.start(f"script {name}", domain.label, work)


HANDLERS: dict[str, Handler] = {
    "console.watch": _watch,
    "console.script": _script,
}
