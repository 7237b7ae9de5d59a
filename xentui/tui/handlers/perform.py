"""Doing a command to the chosen domains: ask for its arguments, ask whether, then a job for each."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from xentui.commands.command import Act, Command
from xentui.commands.context import Context
from xentui.commands.parsing import defaults
from xentui.model.domain import Domain
from xentui.tui.confirmation import agreed_to, willing
from xentui.tui.context import UiContext
from xentui.tui.handlers.forms import Form, declared
from xentui.tui.handlers.work import each
from xentui.tui.jobs import Job, ended


async def perform(
    ui: UiContext, command: Command, do: Act, domains: Sequence[Domain], form: Form | None
) -> object:
    """Do a command to each of ``domains``; ``form`` asks for its arguments where it has one of its own.

    Returns what the form does, without one whether the command was begun.
    """
    form = form or declared(command)
    label, action = command.label, command.action
    title = form.title if form is not None and form.title else command.verb

    async def begun(answers: Mapping[str, object]) -> Job | None:
        args = Namespace(**{**defaults(command), **answers})
        if command.asks and action is not None:
            if not await willing(ui, action, label, domains, str(getattr(args, command.danger, ""))):
                return None
        elif len(domains) > 1 and not await agreed_to(ui, label, domains):
            return None

        async def act(domain: Domain, job: Job) -> str:
            return await do(job_context(ui, job), domain, args)

        return each(ui, title, domains, act, cancellable=not command.steady, by_itself=command.steady)

    async def begin(answers: Mapping[str, object]) -> bool:
        return await ended(await begun(answers))

    if form is None:
        return await begun({}) is not None
    return await form.ask(ui, domains, begin)


def job_context(ui: UiContext, job: Job) -> Context:
    """Return what a command works with when it runs as a job of the screen."""
    return Context(
        ui.hypervisor,
        job.output.append,
        job.output.append,
        progress=lambda _title: nullcontext(ui.jobs.progress(job)),
        warned=job.warnings.append,
        render=ui.word,
    )
