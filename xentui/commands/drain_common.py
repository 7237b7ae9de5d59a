"""What ``drain`` and ``undrain`` have in common: which host is meant, what is agreed to, how it is told."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from xentui.commands import drain_report
from xentui.commands.confirmation import agreed_after_warning
from xentui.commands.drain_report import Results
from xentui.commands.migrate_session import carry_logs
from xentui.commands.other_host import other_host
from xentui.errors import ExitStatus
from xentui.service.draining import Draining, HostPlan, HostStep, Undraining

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor


@asynccontextmanager
async def meant_host(
    context: Context, args: argparse.Namespace
) -> AsyncIterator[tuple[Hypervisor, list[Hypervisor]]]:
    """The host that is meant, and the others of the session."""
    own, known = context.hypervisor, [context.hypervisor, *context.beside]
    word = args.on or own.host.name
    if word == own.host.name:
        yield own, list(context.beside)
        return
    async with other_host(own, word, context.beside) as meant:
        yield meant, [each for each in known if each is not meant]


def carrying(by_name: dict[str, Hypervisor]) -> Callable[[str, str, str, str], None]:
    """Has what is kept here of a domain's console go along with it."""

    def carry(source: str, target: str, name: str, uuid: str) -> None:
        if source in by_name and target in by_name:
            carry_logs(by_name[source], by_name[target], name, uuid)

    return carry


def print_plan(context: Context, args: argparse.Namespace, plan: HostPlan) -> None:
    """Tell of a plan, unless JSON is wanted."""
    if args.json:
        return
    dry = context.hypervisor.session.dry_run
    tell = context.out if dry else context.note
    for line in drain_report.plan_lines(plan, context.render):
        tell(line)
    if dry and (hint := drain_report.how_to_stop(plan)):  # else it is asked, or told at the end
        tell(f"→ {context.word(hint)}")


async def wait_for_begun_moves(context: Context, host: Hypervisor, work: Draining | Undraining) -> None:
    """Wait for what was begun before, and goes on by itself."""
    with context.progress(f"moves begun for {host.host.name}") as progress:
        await work.wait_for_begun_moves(progress)


async def agree(context: Context, args: argparse.Namespace, plan: HostPlan, what: str) -> None:
    """Go on where a plan that was told is agreed to; raises as :func:`agreed_after_warning`."""
    asks = ", ".join(dict.fromkeys(word for step in plan.doing for word in step.asks))
    doubts = f" in spite of {asks}" if asks else ""
    question = f"{what} {plan.host} like that{doubts}?"
    await agreed_after_warning(context, args, question, subject=plan.host)
    context.asked()


def is_done(results: Results, step: HostStep) -> bool:
    """Return whether a step was seen through."""
    return step.uuid in results and results[step.uuid] is None


def print_end(
    context: Context,
    args: argparse.Namespace,
    plan: HostPlan,
    results: Results,
    *,
    still: Sequence[str] = (),
    back: bool = False,
) -> int:
    """Tell how it stands: of a host that was to be emptied, where ``still`` is what runs there, or brought ``back``.

    Raises what :func:`drain_words.unfinished` makes of guests that are left; the exit status is that of a dry run else.
    """
    if args.json:
        context.json(drain_report.as_json(plan, results))
    if context.hypervisor.session.dry_run:
        return ExitStatus.FAILED if plan.staying else ExitStatus.DONE
    if (failure := drain_report.unfinished(plan, results, still, context.word, back=back)) is not None:
        raise failure
    context.note(f"{plan.host}: {'all of it is back' if back else 'is empty'}")
    return ExitStatus.DONE
