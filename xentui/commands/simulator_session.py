"""``sim``: what is done to the simulated host."""

from __future__ import annotations

import argparse
import asyncio
import math
import shlex
from collections.abc import Callable
from typing import Any

from xentui.commands.context import Context
from xentui.errors import HostError, UsageError
from xentui.hosts.sim import SimHost
from xentui.simulator import Simulator, control

_WORDLESS = ("vanish", "return", "repair", "lose-power", "libvirt")


async def drive(context: Context, args: argparse.Namespace) -> None:
    """Do what the words say; raises UsageError for a host that is not simulated, or words that make no sense."""
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
    """Return seconds to hang, or a speed, of which ``inf`` is one."""
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
