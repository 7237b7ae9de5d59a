"""``sim``: driving the simulated host."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xentui.cli.context import Context
from xentui.cli.verb import Argument, Kind, Verb
from xentui.errors import UsageError

if TYPE_CHECKING:
    from xentui.simulator import Simulator

_ACTIONS = ("reset", "add", "crash", "poweroff", "reboot", "busy", "hang", "vanish", "return", "speed")


async def _sim(context: Context, args: argparse.Namespace) -> None:
    from xentui.hosts.sim import SimHost  # noqa: PLC0415 - the simulator is needed by this verb only

    host = context.hypervisor.host
    if not isinstance(host, SimHost):
        raise UsageError("drives the simulator only", subject="sim", hint="xentui --host sim sim …")
    context.hypervisor.session.require_writable()
    done = await asyncio.to_thread(_drive, host.simulator, args)
    if done:
        context.note(done)


def _drive(simulator: Simulator, args: argparse.Namespace) -> str:
    from xentui.simulator import control  # noqa: PLC0415

    if args.action == "reset":
        control.reset(simulator, domains=12 if args.domains is None else args.domains)
        return "the simulated host is as new"
    if args.action in ("vanish", "return"):
        (control.vanish if args.action == "vanish" else control.come_back)(simulator)
        return ""
    if args.action in ("hang", "speed"):
        seconds = _number(args)
        (control.hang if args.action == "hang" else control.set_speed)(simulator, seconds)
        return ""
    name = _word(args)
    if args.action == "add":
        return f"{name}: running as domain {control.add(simulator, name)}"
    acts: dict[str, Callable[..., Any]] = {
        "crash": control.crash,
        "poweroff": control.poweroff,
        "reboot": control.reboot,
        "busy": control.busy,
    }
    acts[args.action](simulator, name)
    return ""


def _word(args: argparse.Namespace) -> str:
    if args.value is None:
        raise UsageError(f"`sim {args.action}` needs a name", hint=f"xentui sim {args.action} NAME")
    return str(args.value)


def _number(args: argparse.Namespace) -> float:
    try:
        return float(_word(args))
    except ValueError:
        raise UsageError("is no number", subject=str(args.value)) from None


VERBS = (
    Verb(
        "sim",
        "Drive the simulated host",
        "Simulator",
        _sim,
        (
            Argument(("action",), "what happens there", Kind.CHOICE, choices=_ACTIONS),
            Argument(
                ("value",), "a domain, or a number of seconds", Kind.DOMAIN, metavar="DOM|N", optional=True
            ),
            Argument(("--domains",), "how many domains a reset makes (12)", Kind.NUMBER, metavar="N"),
        ),
        changes=True,
    ),
)
