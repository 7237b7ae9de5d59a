"""``drain`` and ``undrain``: a host emptied, and what was taken off it brought back."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from xentui.commands.agreement import agreed_to_told
from xentui.commands.migrate_session import carry_logs
from xentui.commands.other_host import names_of_others, other_host, other_hosts
from xentui.errors import ExitStatus, HostError, NotAllowedError, Suggest, UsageError, XentuiError
from xentui.model.drain import DrainedGuest, DrainWay
from xentui.service.draining import Draining, HostPlan, HostStep, StepKind, Undraining
from xentui.service.jobs.run import GoesOnError
from xentui.text import plain, printable

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor
    from xentui.service.jobs.progress import Progress

_NONE = "none"
"""What ``--to`` has where nothing is to be moved."""
_DOES = {
    StepKind.MEND: "mended",
    StepKind.MOVE: "moves",
    StepKind.SHUTDOWN: "shut down",
    StepKind.START: "started",
    StepKind.AUTOSTART: "autostart",
    StepKind.SETTLED: "nothing",
    StepKind.STAY: "stays",
}
_NAME, _WHY = 24, 400
_LONGEST, _NAMED = 86_400, 5
_ROUNDS = 3
"""Plans that are made at most, one after the other: what was mended is planned anew."""
_Do = Callable[[HostStep, "Progress | None"], Awaitable[str]]


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
            if not session.dry_run:
                with context.progress(f"moves begun from {source.host.name}") as progress:
                    await draining.settle(progress)
            for _round in range(_ROUNDS):
                plan = await draining.plan(shutdown=args.shutdown or none)
                _tell(context, args, plan)
                if _asks_to_stop(context, args, plan) and await _stops(context, plan):
                    plan = await draining.plan(shutdown=True)
                    _tell(context, args, plan)
                results = await _carried_out(context, args, plan, draining.do, "Empty")
                mended = [step for step in plan.doing if step.kind is StepKind.MEND]
                if not mended or any(results.get(step.uuid) != "" for step in plan.doing):
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
            raise NotAllowedError(
                "nothing was taken off this host, or all of it is back", subject=host.host.name
            )
        names = dict.fromkeys(each.to for each in record.guests if each.way is DrainWay.MOVE and each.to)
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
            plan = await undraining.plan()
            _tell(context, args, plan)
            results = await _carried_out(context, args, plan, undraining.do, "Bring back")
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
    return context.confirm is not None and await context.confirm(f"Shut down {what} instead?")


def _tell(context: Context, args: argparse.Namespace, plan: HostPlan) -> None:
    if args.json:
        return
    tell = context.out if context.hypervisor.session.dry_run else context.note
    for line in told(plan):
        tell(line)


def told(plan: HostPlan) -> Iterator[str]:
    """A plan in lines: each guest in order with what becomes of it and why."""
    yield f"{plan.host}: {_counted(plan)}"
    for problem in plan.problems:
        yield f"! {printable(problem)}"
    width = max((min(_NAME, len(step.name)) for step in plan.steps), default=0)
    for number, step in enumerate(plan.doing, 1):
        yield f"{number:>3}. {_line(step, width)}"
    for step in plan.staying:
        yield f"  ✗  {_line(step, width)}"
    if plan.off:
        yield f"     {plan.off} {'is' if plan.off == 1 else 'are'} off, and stay{'s' if plan.off == 1 else ''}"


def _line(step: HostStep, width: int) -> str:
    name = step.name if len(step.name) <= _NAME else f"{step.name[: _NAME - 1]}…"
    to = f" to {step.to}" if step.kind is StepKind.MOVE else ""
    asks = f" (asks: {', '.join(step.asks)})" if step.asks else ""
    why = f": {plain(step.why, _WHY)}" if step.why else ""
    hint = " (--shutdown)" if step.could_stop else ""
    return f"{name:<{width}}  {_DOES[step.kind]}{to}{asks}{why}{hint}"


def _counted(plan: HostPlan) -> str:
    kinds = [step.kind for step in plan.steps]
    words = [
        f"{kinds.count(kind)} {_DOES[kind]}"
        for kind in StepKind
        if kind in kinds and kind is not StepKind.STAY
    ]
    words += [f"{len(plan.staying)} stay"] if plan.staying else []
    return ", ".join(words) or "no guest runs, and none starts with it"


async def _carried_out(
    context: Context,
    args: argparse.Namespace,
    plan: HostPlan,
    do: _Do,
    what: str,
) -> dict[str, str]:
    """Do the steps one after the other; what came of each, by uuid: "" for done, else why not."""
    if context.hypervisor.session.dry_run or not plan.doing:
        return {}
    asks = ", ".join(dict.fromkeys(word for step in plan.doing for word in step.asks))
    doubts = f" in spite of {asks}" if asks else ""
    question = f"{what} {plan.host} like that{doubts}?"
    await agreed_to_told(context, args, question, subject=plan.host)
    context.asked()
    results: dict[str, str] = {}
    for step in plan.doing:
        title = f"{step.name}: {_DOES[step.kind]}" + (f" to {step.to}" if step.kind is StepKind.MOVE else "")
        try:
            with context.progress(title) as progress:
                done = await do(step, progress)
        except XentuiError as error:
            results[step.uuid] = error.message
            context.tell_error(error)
            if not args.keep_going or isinstance(error, GoesOnError | HostError):
                break
        else:
            results[step.uuid] = ""
            context.note(f"{step.name}: {printable(done)}")
    return results


def _ended(
    context: Context,
    args: argparse.Namespace,
    plan: HostPlan,
    results: dict[str, str],
    still: list[str],
) -> int:
    """Tell how it stands, ``still`` being what runs on a host that was to be emptied; returns the exit status."""
    dry = context.hypervisor.session.dry_run
    left = [step for step in plan.doing if results.get(step.uuid) != ""]
    if args.json:
        context.json(as_json(plan, results))
    if dry:
        return ExitStatus.FAILED if plan.staying else ExitStatus.DONE
    if left:
        back, on = Suggest("fleet.undrain", plan.host), Suggest("fleet.drain", plan.host)
        verb = back if _is_undrain(args) else on
        context.advise((f"{len(left)} of {len(plan.doing)} are left: ", verb, " goes on from here"))
    elif still:
        more = f" and {len(still) - _NAMED} more" if len(still) > _NAMED else ""
        context.note(f"{plan.host}: {', '.join(still[:_NAMED])}{more} still run there")
    elif not plan.staying:
        context.note(f"{plan.host}: {'all of it is back' if _is_undrain(args) else 'is empty'}")
    return ExitStatus.FAILED if left or still or plan.staying else ExitStatus.DONE


def _is_undrain(args: argparse.Namespace) -> bool:
    return hasattr(args, "forget")


async def _forget(context: Context, args: argparse.Namespace, host: Hypervisor) -> int:
    record = await host.session.store.read_drain()
    for guest in record.guests:
        context.note(_kept(guest))
    if not record.guests or context.hypervisor.session.dry_run:
        return ExitStatus.DONE
    await agreed_to_told(
        context, args, f"Forget that for {host.host.name}, and bring nothing back?", subject=host.host.name
    )
    context.asked()
    await Undraining(host, {}).forget()
    return ExitStatus.DONE


def _kept(guest: DrainedGuest) -> str:
    what = {
        DrainWay.MOVE: f"was moved to {guest.to}",
        DrainWay.SHUTDOWN: "was shut down",
        DrainWay.AUTOSTART: "does not start with the host",
    }[guest.way]
    return f"{guest.name}: {what}"


def as_json(plan: HostPlan, results: dict[str, str]) -> dict[str, Any]:
    """The documented form of a plan, and of what came of it (docs/fleet.md)."""
    return {
        "host": plan.host,
        "problems": [printable(each) for each in plan.problems],
        "off": plan.off,
        "guests": [
            {
                "name": step.name,
                "uuid": step.uuid,
                "does": step.kind.value,
                "to": step.to or None,
                "why": printable(step.why),
                "asks": list(step.asks),
                "could_stop": step.could_stop,
                "done": results.get(step.uuid) == "",
                "error": printable(results.get(step.uuid) or ""),
            }
            for step in plan.steps
        ],
    }
