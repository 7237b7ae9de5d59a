"""``drain`` and ``undrain``: a host emptied, and what was taken off it brought back."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.commands import drain_line, drain_words
from xentui.commands.agreement import agreed_to_told
from xentui.commands.drain_words import Results
from xentui.commands.migrate_session import carry_logs
from xentui.commands.other_host import names_of_others, other_host, other_hosts
from xentui.errors import ExitStatus, HostError, NotAgreedError, NotAllowedError, UsageError, XentuiError
from xentui.model.drain import DrainWay
from xentui.service.draining import Draining, HostPlan, HostStep, StepKind, Undraining
from xentui.service.jobs.run import GoesOnError
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor

_NONE = "none"
"""What ``--to`` has where nothing is to be moved."""
_LONGEST = 86_400
_IDLE = 2
"""So many times one goes on after a line that broke without anything having been done since."""
_ROUNDS = 3
"""Plans that are made at most, one after the other: what was mended is planned anew."""


async def drain(context: Context, args: argparse.Namespace) -> int:
    """Show what becomes of each guest of a host, and do it once that was agreed to; 1 where guests stay on it."""
    if args.timeout is not None and not 1 <= args.timeout <= _LONGEST:
        raise UsageError(f"a number of seconds from 1 to {_LONGEST}", subject=str(args.timeout))
    async with _host(context, args) as (source, beside):
        session = source.session
        if not session.dry_run:
            session.require_writable()
        none = (args.to or "").strip() == _NONE
        names = [] if none else _targets(source, args, beside)
        async with other_hosts(source, names, beside) as targets:
            by_name = {source.host.name: source, **{each.host.name: each for each in targets}}
            draining = Draining(
                source,
                targets,
                allow=args.allow or (),
                arrived=_carrying(by_name),
                **({} if args.timeout is None else {"patience": float(args.timeout)}),
            )
            stops = args.shutdown or none

            async def again() -> HostPlan:
                await _settle(context, source, draining)
                return await draining.plan(shutdown=stops)

            if not session.dry_run:
                await _settle(context, source, draining)
            for turn in range(_ROUNDS):
                plan = await draining.plan(shutdown=stops)
                _tell(context, args, plan)
                if _asks_to_stop(context, args, plan):
                    if await _stops(context, plan):
                        stops = True
                        plan = await draining.plan(shutdown=True)
                        _tell(context, args, plan)
                    elif not plan.doing and not turn:
                        raise NotAgreedError(subject=plan.host)
                try:
                    plan, results = await _carried_out(context, args, plan, draining, "Empty", source, again)
                except NotAgreedError:
                    if not turn:
                        raise
                    results = {}  # something was mended before
                mended = [step for step in plan.doing if step.kind is StepKind.MEND]
                if not mended or not all(_is_done(results, step) for step in plan.doing):
                    break  # what was mended may be here, and is to be moved then
            still = [] if session.dry_run else await draining.running()
            return _ended(context, args, plan, results, still)


async def undrain(context: Context, args: argparse.Namespace) -> int:
    """Bring back what was taken off a host, once that was agreed to; 1 where something stays away."""
    async with _host(context, args) as (host, beside):
        session = host.session
        if not session.dry_run:
            session.require_writable()
        if args.forget:
            return await _forget(context, args, host)
        record = await session.store.read_drain()
        if not record.guests:
            raise NotAllowedError("this host is not drained: nothing to bring back", subject=host.host.name)
        if not any(each.begun for each in record.guests):
            return await _forget_planned(context, host)
        names = dict.fromkeys(
            each.to for each in record.guests if each.begun and each.way is DrainWay.MOVE and each.to
        )
        async with AsyncExitStack() as stack:
            others: dict[str, Hypervisor | XentuiError] = {}
            for name in names:
                try:
                    others[name] = await stack.enter_async_context(other_host(host, name, beside))
                except UsageError as error:
                    others[name] = error
            by_name = {name: each for name, each in others.items() if not isinstance(each, XentuiError)}
            undraining = Undraining(
                host, others, allow=args.allow or (), arrived=_carrying({**by_name, host.host.name: host})
            )

            async def again() -> HostPlan:
                await _settle(context, host, undraining)
                return await undraining.plan()

            plan = await undraining.plan()
            _tell(context, args, plan)
            plan, results = await _carried_out(context, args, plan, undraining, "Bring back", host, again)
            return _ended(context, args, plan, results, [])


@asynccontextmanager
async def _host(
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


def _targets(source: Hypervisor, args: argparse.Namespace, beside: list[Hypervisor]) -> list[str]:
    """The hosts guests may go to; none is known of where all that cannot be moved is shut down."""
    try:
        return names_of_others(source, args.to or "", beside)
    except UsageError:
        if args.shutdown and not args.to:
            return []
        raise


def _carrying(by_name: dict[str, Hypervisor]) -> Callable[[str, str, str, str], None]:
    """Has what is kept here of a domain's console go along with it."""

    def carry(source: str, target: str, name: str, uuid: str) -> None:
        if source in by_name and target in by_name:
            carry_logs(by_name[source], by_name[target], name, uuid)

    return carry


def _asks_to_stop(context: Context, args: argparse.Namespace, plan: HostPlan) -> bool:
    """Whether somebody can be asked about guests that cannot be moved."""
    if args.shutdown or args.json or context.confirm is None or not plan.stoppable:
        return False
    return not (context.yes or getattr(args, "yes", False) or context.hypervisor.session.dry_run)


async def _stops(context: Context, plan: HostPlan) -> bool:
    """Whether somebody agrees to have those shut down that cannot be moved."""
    many = len(plan.stoppable)
    what = plan.stoppable[0].name if many == 1 else f"these {many}"
    names = ", ".join(step.name for step in plan.stoppable)
    about = [] if many == 1 else [f"Cannot be moved, and could be shut down: {names}"]
    return context.confirm is not None and await context.confirm(f"Shut down {what} instead?", about)


def _tell(context: Context, args: argparse.Namespace, plan: HostPlan) -> None:
    if args.json:
        return
    tell = context.out if context.hypervisor.session.dry_run else context.note
    for line in drain_words.told(plan):
        tell(line)


async def _settle(context: Context, host: Hypervisor, work: Draining | Undraining) -> None:
    """Wait for what was begun before, and goes on by itself."""
    with context.progress(f"moves begun for {host.host.name}") as progress:
        await work.settle(progress)


async def _carried_out(  # noqa: PLR0917 - what is done, how, and how it is gone on with
    context: Context,
    args: argparse.Namespace,
    plan: HostPlan,
    work: Draining | Undraining,
    what: str,
    host: Hypervisor,
    again: Callable[[], Awaitable[HostPlan]],
) -> tuple[HostPlan, Results]:
    """Do the steps one after the other; the plan, and what came of each that was begun, by uuid.

    Where the line breaks, it is waited for and gone on by what ``again`` plans: at once where that was agreed to.
    """
    if context.hypervisor.session.dry_run or not plan.doing:
        return plan, {}
    await _agreed(context, args, plan, what)
    agreed, done, results, idle = plan, list[HostStep](), dict[str, XentuiError | None](), 0
    while True:
        async with work.at_work(plan):
            told = await _steps(context, args, plan, work)
        results.update(told)
        seen = [step for step in plan.doing if _is_done(told, step)]
        done += seen
        idle = 0 if seen else idle + 1
        if (
            not drain_line.is_cut(told)
            or idle > _IDLE
            or not await drain_line.is_back(context, host, work.log)
        ):
            break
        before = plan.doing
        try:
            plan = await again()
            if plan.doing:
                _tell(context, args, plan)
            if not drain_line.is_agreed(plan, agreed):
                await _agreed(context, args, plan, what)
                agreed = plan
        except (HostError, NotAgreedError, NotAllowedError) as error:
            context.tell_error(error)
            await work.log.let_go()
            break
        # What broke with the line is told anew, by what both hosts have now; what is planned no more has come about.
        left = {step.uuid for step in plan.steps}
        done += [step for step in before if told.get(step.uuid) is not None and step.uuid not in left]
        results = dict.fromkeys([step.uuid for step in done])
    steps = {step.uuid: step for step in (*done, *plan.steps)}
    return replace(plan, steps=tuple(steps.values())), results


async def _agreed(context: Context, args: argparse.Namespace, plan: HostPlan, what: str) -> None:
    asks = ", ".join(dict.fromkeys(word for step in plan.doing for word in step.asks))
    doubts = f" in spite of {asks}" if asks else ""
    question = f"{what} {plan.host} like that{doubts}?"
    await agreed_to_told(context, args, question, subject=plan.host)
    context.asked()


async def _steps(
    context: Context, args: argparse.Namespace, plan: HostPlan, work: Draining | Undraining
) -> Results:
    results: dict[str, XentuiError | None] = {}
    for number, step in enumerate(plan.doing, 1):
        title = f"{drain_words.title(step)} ({number} of {len(plan.doing)})"
        try:
            with context.progress(title) as progress:
                done = await work.do(step, progress)
        except XentuiError as error:
            results[step.uuid] = error
            context.tell_error(error)
            if not args.keep_going or isinstance(error, GoesOnError | HostError):
                break
        else:
            results[step.uuid] = None
            context.note(f"{step.name}: {printable(done)}")
    return results


def _is_done(results: Results, step: HostStep) -> bool:
    return step.uuid in results and results[step.uuid] is None


def _ended(
    context: Context, args: argparse.Namespace, plan: HostPlan, results: Results, still: Sequence[str]
) -> int:
    """Tell how it stands, ``still`` being what runs on a host that was to be emptied.

    Raises what :func:`drain_words.unfinished` makes of guests that are left; the exit status is that of a dry run else.
    """
    if args.json:
        context.json(drain_words.as_json(plan, results))
    if context.hypervisor.session.dry_run:
        return ExitStatus.FAILED if plan.staying else ExitStatus.DONE
    back = _is_undrain(args)
    if (failure := drain_words.unfinished(plan, results, still, context.word, back=back)) is not None:
        raise failure
    context.note(f"{plan.host}: {'all of it is back' if back else 'is empty'}")
    return ExitStatus.DONE


def _is_undrain(args: argparse.Namespace) -> bool:
    return hasattr(args, "forget")


async def _forget(context: Context, args: argparse.Namespace, host: Hypervisor) -> int:
    record = await host.session.store.read_drain()
    for guest in record.guests:
        context.note(drain_words.kept(guest))
    if not record.guests or context.hypervisor.session.dry_run:
        return ExitStatus.DONE
    await agreed_to_told(
        context, args, f"Forget that for {host.host.name}, and bring nothing back?", subject=host.host.name
    )
    context.asked()
    await Undraining(host, {}).forget()
    return ExitStatus.DONE


async def _forget_planned(context: Context, host: Hypervisor) -> int:
    """Nothing was taken off a host that was to be emptied: there is nothing to ask about."""
    if not host.session.dry_run:
        await Undraining(host, {}).forget()
    context.note(f"{host.host.name}: nothing was taken off it, and what was left to do is forgotten")
    return ExitStatus.DONE
