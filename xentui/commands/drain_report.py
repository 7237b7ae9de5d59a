"""How an emptied host is told of: its plan, how far that was done, what is left and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from xentui.commands.suggestions import as_verb
from xentui.errors import Hint, Render, Suggest, XentuiError, joined, worded
from xentui.model.drain import DrainedGuest, DrainWay, GuestOutcome, OutcomeState
from xentui.model.job import HostJobState, JobLook
from xentui.service.draining import HostPlan, HostStep, StepKind
from xentui.service.draining.job_sequence import command, failure
from xentui.text import plain, printable

_DOES = {
    StepKind.MEND: "mended",
    StepKind.MOVE: "moves",
    StepKind.SHUTDOWN: "shut down",
    StepKind.START: "started",
    StepKind.AUTOSTART: "autostart",
    StepKind.RESOLVED: "nothing",
    StepKind.STAY: "stays",
}
_NAME, _WHY = 24, 400
_NAMED = 40
"""Guests that are told of one by one."""
Results = Mapping[str, XentuiError | None]
"""What came of the guests whose step was begun, by uuid: None for done, else why not."""


def plan_lines(plan: HostPlan, render: Render) -> Iterator[str]:
    """Yield a plan in lines: each guest in order with what becomes of it and why."""

    def word(hint: Hint) -> str:
        return worded(hint, render)

    yield f"{plan.host}: {_counted(plan)}"
    for problem in plan.problems:
        yield f"! {printable(problem)}"
    for finding in plan.by_client:
        yield f"! {plan.host} does not do it by itself ({finding.word}): {plain(finding.why, _WHY)}"
        if finding.hint:
            yield f"  {plain(word(finding.hint), _WHY)}"
    width = max((min(_NAME, len(step.name)) for step in plan.steps), default=0)
    for number, step in enumerate(plan.doing, 1):
        yield f"{number:>3}. {_line(step, width, word)}"
    for step in plan.staying:
        yield f"  ✗  {_line(step, width, word)}"
    if plan.untouched:
        were = "was" if plan.untouched == 1 else "were"
        yield f"     {plan.untouched} of those that were to be taken off never {were}"
    if plan.off:
        yield f"     {plan.off} {'is' if plan.off == 1 else 'are'} off, and stay{'s' if plan.off == 1 else ''}"


def _line(step: HostStep, width: int, word: Callable[[Hint], str]) -> str:
    name = _cut(step.name)
    to = f" to {step.to}" if step.kind is StepKind.MOVE else ""
    asks = f" (asks: {', '.join(step.asks)})" if step.asks else ""
    return f"{name:<{width}}  {_DOES[step.kind]}{to}{_could(step)}{asks}{_why(step, word)}"


def _could(step: HostStep) -> str:
    return " (can be shut down)" if step.could_stop else ""


def _why(step: HostStep, word: Callable[[Hint], str]) -> str:
    why = _reason(step, word)
    return f": {plain(why, _WHY)}" if why else ""


def _reason(step: HostStep, word: Callable[[Hint], str]) -> str:
    """Return why a step is what it is, and what ends that; "" where there is nothing to say."""
    return ": ".join(filter(None, (step.why, word(step.hint))))


def title(step: HostStep) -> str:
    """Return a step in a few words, the guest first."""
    to = f" to {step.to}" if step.kind is StepKind.MOVE else ""
    return f"{_cut(step.name)}: {_DOES[step.kind]}{to}"


def _cut(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _counted(plan: HostPlan) -> str:
    kinds = [step.kind for step in plan.steps]
    words = [
        f"{kinds.count(kind)} {_DOES[kind]}"
        for kind in StepKind
        if kind in kinds and kind is not StepKind.STAY
    ]
    words += [f"{count} stay{'s' if count == 1 else ''}"] if (count := len(plan.staying)) else []
    return ", ".join(words) or "no guest runs, and none starts with it"


def unfinished(
    plan: HostPlan,
    results: Results,
    still: Sequence[str],
    word: Callable[[Hint], str],
    *,
    back: bool,
) -> XentuiError | None:
    """Return what is left of a plan that was carried out, as an error; None where nothing is.

    Of each guest that is left it says what happened, why, and what to do.  ``still`` are the names of those that run on
    a host that was to be emptied; ``word`` words hints; ``back`` where it was to be brought back.
    """
    failed = [(step, error) for step in plan.doing if (error := results.get(step.uuid)) is not None]
    waiting = [step for step in plan.doing if step.uuid not in results]
    known = {step.name for step in (*(step for step, _ in failed), *waiting, *plan.staying)}
    others = [name for name in still if name not in known]
    lines = [
        *(_failed(step, error, word) for step, error in failed),
        *(f"{step.name}: {_short(step, word)}" for step in plan.staying),
        *(f"{step.name}: was not begun" for step in waiting),
        *(f"{name}: still runs there, and was not in the plan" for name in others),
    ]
    if not lines:
        return None
    many = f", {len(lines)} guests are left" if len(lines) > 1 else ""
    first = failed[0] if failed else None
    told = f"{first[0].name}: {first[1].message}" if first is not None else lines[0]
    if len(lines) > _NAMED:
        lines[_NAMED:] = [f"and {len(lines) - _NAMED} more"]
    return XentuiError(
        f"{'not all of it is back' if back else 'is not empty'}{many}: {told}",
        subject=plan.host,
        details=lines,
        hint=_on(plan, failed, waiting, others, back=back),
    )


def _on(
    plan: HostPlan, failed: Sequence[Any], waiting: Sequence[Any], others: Sequence[Any], *, back: bool
) -> Hint:
    """Return how one goes on."""
    again: Hint = ""
    if failed or waiting or others or back:
        again = (command(plan.host, back=back), " goes on from here")
    return joined("; ", again, how_to_stop(plan))


def how_to_stop(plan: HostPlan) -> Hint:
    """Return how those are shut down that stay and need not; "" where there are none."""
    if not plan.stoppable:
        return ""
    return (Suggest("fleet.drain", plan.host, "--shutdown"), " shuts down what cannot be moved")


def _short(step: HostStep, word: Callable[[Hint], str]) -> str:
    return f"{_DOES[step.kind]}{_could(step)}{_why(step, word)}"


def _failed(step: HostStep, error: XentuiError, word: Callable[[Hint], str]) -> str:
    does = {
        StepKind.MOVE: f"was not moved to {step.to}",
        StepKind.SHUTDOWN: "was not shut down",
        StepKind.MEND: "was not mended",
        StepKind.START: "was not started",
    }.get(step.kind, "failed")
    hint = f" → {word(error.hint)}" if error.hint else ""
    return f"{step.name}: {does}: {plain(error.message, _WHY)}{hint}"


def _message(error: XentuiError | None) -> str:
    return error.message if error is not None else ""


def plan_of(told: JobLook, host: str) -> HostPlan:
    """Return what a host is doing by itself, as a plan."""
    return HostPlan(
        host,
        tuple(
            HostStep(_kind(outcome), None, outcome.uuid, outcome.name, outcome.to)
            for outcome in told.outcomes
        ),
    )


def _kind(outcome: GuestOutcome) -> StepKind:
    try:
        return StepKind(outcome.does)
    except ValueError:
        return StepKind.STAY


def results_of(told: JobLook, host: str, *, back: bool = False) -> Results:
    """Return what has come of the guests a host has dealt with by itself."""
    return {
        outcome.uuid: None if outcome.state is OutcomeState.DONE else failure(outcome, host, back=back)
        for outcome in told.outcomes
        if outcome.ended
    }


def is_under_way(told: JobLook, held: str) -> bool:
    """Return whether a job deals with guests at this moment, for whom the host is ``held``."""
    return bool(held) and told.state is HostJobState.RUNNING


def status(told: JobLook, host: str, held: str, word: str) -> Iterator[str]:
    """Yield how far a host is with its own ``drain`` or ``undrain``, or how that ended, in lines.

    ``held`` is who is at it: a job that goes on for nobody settles what one that was killed has left.
    """
    done = sum(outcome.state is OutcomeState.DONE for outcome in told.outcomes)
    how = f"the {word} has ended" if told.state is HostJobState.ENDED else f"the {word} was killed"
    if is_under_way(told, held):
        how = f"{held} {word}s it at this moment"
    yield f"{host}: {how}, {done} of {len(told.outcomes)} done"
    width = max((min(_NAME, len(outcome.name)) for outcome in told.outcomes), default=0)
    for number, outcome in enumerate(told.outcomes, 1):
        state = "is not begun" if outcome.state is OutcomeState.WAITING else outcome.state.value
        reason = outcome.why
        if outcome.state is OutcomeState.WAITING and not is_under_way(told, held):
            reason = reason or f"the {word} {_ended(told)} before"
        why = f": {plain(reason, _WHY)}" if reason else ""
        to = f" to {outcome.to}" if outcome.to else ""
        yield f"{number:>3}. {_cut(outcome.name):<{width}}  {_DOES[_kind(outcome)]}{to}: {state}{why}"


def _ended(told: JobLook) -> str:
    """Return how a job has ended before it came to each of its guests."""
    if told.state is not HostJobState.ENDED:
        return "was killed"
    return "was stopped" if told.end is not None and told.end.is_stopped else "ended"


def kept(guest: DrainedGuest) -> str:
    what = {
        DrainWay.MOVE: f"was moved to {guest.to}",
        DrainWay.SHUTDOWN: "was shut down",
        DrainWay.AUTOSTART: "does not start with the host",
    }[guest.way]
    return f"{guest.name}: {what}"


def as_json(plan: HostPlan, results: Results) -> dict[str, Any]:
    """Return the documented form of a plan, and of what came of it (docs/fleet.md)."""
    return {
        "host": plan.host,
        "problems": [printable(each) for each in plan.problems],
        "off": plan.off,
        "by_host": not plan.by_client,
        "guests": [
            {
                "name": step.name,
                "uuid": step.uuid,
                "does": step.kind.value,
                "to": step.to or None,
                "why": printable(_reason(step, lambda hint: worded(hint, as_verb))),
                "asks": list(step.asks),
                "could_stop": step.could_stop,
                "done": step.uuid in results and results[step.uuid] is None,
                "error": printable(_message(results.get(step.uuid))),
            }
            for step in plan.steps
        ],
    }
