"""``sim``: driving the simulated host."""

from __future__ import annotations

import argparse
import asyncio
import math
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command, Group
from xentui.commands.context import Context
from xentui.errors import HostError, UsageError

if TYPE_CHECKING:
    from xentui.simulator import Simulator

_ACTIONS = (
    *("reset", "add", "crash", "poweroff", "reboot", "busy", "hang", "vanish", "return", "speed"),
    *("break", "repair", "share", "cut-migrations", "lose-power", "libvirt"),
)
_WORDLESS = ("vanish", "return", "repair", "lose-power", "libvirt")


async def _sim(context: Context, args: argparse.Namespace) -> None:
    from xentui.hosts.sim import SimHost  # the simulator is needed by this verb only

    host = context.hypervisor.host
    if not isinstance(host, SimHost):
        raise UsageError("drives the simulator only", subject="sim", hint="`xentui --host sim sim …`")
    context.hypervisor.session.require_writable()
    words = _words(args)
    if context.hypervisor.session.dry_run:
        context.hypervisor.session.say("# " + shlex.join(["xentui-sim", *words]))
        return
    try:
        done = await asyncio.to_thread(_drive, host.simulator, args)
    except HostError:
        if args.action != "reset" or not host.set_aside():
            raise
        done = await asyncio.to_thread(
            _drive, host.simulator, args
        )  # a damaged state is in the way of a new one
    if done:
        context.note(done)


def _words(args: argparse.Namespace) -> list[str]:
    """Return what is to be done, as words; raises UsageError where one is missing or no number."""
    words = [args.action]
    if args.action == "reset":
        return words if args.domains is None else [*words, "--domains", str(args.domains)]
    if args.action in ("hang", "speed"):
        return [*words, f"{_number(args):g}"]
    return words if args.action in _WORDLESS else [*words, _word(args)]


def _drive(simulator: Simulator, args: argparse.Namespace) -> str:
    from xentui.simulator import control

    if args.action == "reset":
        control.reset(simulator, domains=12 if args.domains is None else args.domains)
        return "the simulated host is as new"
    if args.action == "libvirt":
        return f"libvirt keeps {control.libvirt(simulator)} domains now: restart xentui"
    if args.action in _WORDLESS:
        acts_on_host = {
            "vanish": control.vanish,
            "return": control.come_back,
            "repair": control.repair_host,
            "lose-power": control.lose_power,
        }
        acts_on_host[args.action](simulator)
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
        "break": control.break_host,
        "share": control.share,
        "cut-migrations": control.cut_migrations,
    }
    acts[args.action](simulator, name)
    return ""


def _word(args: argparse.Namespace) -> str:
    if not args.value:
        what = "a number" if args.action in ("hang", "speed") else "a name"
        hint = f"`xentui --host sim sim {args.action} {'N' if what == 'a number' else 'NAME'}`"
        raise UsageError(f"`sim {args.action}` needs {what}", hint=hint)
    return str(args.value)


def _number(args: argparse.Namespace) -> float:
    """Seconds to hang, or a speed, of which ``inf`` is one."""
    word = _word(args)
    try:
        number = float(word)
    except ValueError:
        raise UsageError("is not a number", subject=word) from None
    if args.action == "hang" and not 0 <= number < math.inf:
        raise UsageError("is not a number of seconds", subject=word, hint="give 0 or more")
    if args.action == "speed" and not number > 0:
        raise UsageError("is not a speed", subject=word, hint="give a number above 0; inf means at once")
    return number


COMMANDS = (
    Command(
        id="host.sim",
        verb="sim",
        summary="Control the simulated host",
        group=Group.SIMULATOR,
        arguments=(
            Argument(("action",), "what happens there", ArgumentKind.CHOICE, choices=_ACTIONS),
            Argument(
                ("value",),
                "a domain; seconds to hang; a factor of speed; a check to fail; a host to share with; a phase to cut",
                ArgumentKind.DOMAIN,
                metavar="DOM|N",
                optional=True,
            ),
            Argument(("--domains",), "how many domains a reset makes (12)", ArgumentKind.NUMBER, metavar="N"),
        ),
        mutates=True,
        default_host="sim",
        run=_sim,
    ),
)
