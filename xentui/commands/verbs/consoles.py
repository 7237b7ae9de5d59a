"""``console``, and what the screen does with consoles."""

from __future__ import annotations

import argparse

from xentui.commands.arguments import Argument, ArgumentKind, domain
from xentui.commands.command import Command, Group, Targets
from xentui.commands.console_session import attach
from xentui.commands.context import Context
from xentui.errors import UsageError
from xentui.service.legality import Action


async def _console(context: Context, args: argparse.Namespace) -> None:
    if _scripted(args):
        from xentui.commands import (
            console_script,  # what waits in consoles is of no use to completion and help
        )

        await console_script.run(context, args)
        return
    if args.timeout is not None:
        raise UsageError("--timeout is for --wait, --send, --expect", subject="console")
    found = await context.hypervisor.inventory.find(args.domain)
    await (context.open_console(found) if context.open_console else attach(context, found))


def _scripted(args: argparse.Namespace) -> bool:
    """Whether something is waited for or sent, and nobody attached."""
    return any(word is not None for word in (args.wait, args.run, args.send, args.expect))


COMMANDS = (
    Command(
        id="console.open",
        verb="console",
        label="Console",
        says="open the console",
        summary="Attach to a guest's console; Ctrl-] leaves",
        group=Group.CONSOLES,
        arguments=(
            domain(Action.CONSOLE),
            Argument(
                ("--wait",), "wait until the guest prints what matches, and print that line", metavar="RE"
            ),
            Argument(("--send",), "send a line to the guest", metavar="TEXT"),
            Argument(("--expect",), "then wait until the guest prints what matches", metavar="RE"),
            Argument(("--timeout",), "seconds to wait (60)", ArgumentKind.NUMBER, metavar="S"),
            Argument(
                ("--run",),
                "run a script of steps (- for standard input)",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
        ),
        targets=Targets.ONE,
        run=_console,
        takes_terminal=lambda args: not _scripted(args),
        details="With --wait, --send, --expect or --run nobody is attached: exit status 4 says that what was waited "
        "for has not come, 5 that the script calls a failure what has. docs/console.md has the words of a script.",
    ),
    Command(
        id="console.look",
        label="Scrollback",
        summary="Read, search and copy a console's scrollback",
        group=Group.CONSOLES,
        arguments=(domain(),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.full",
        label="Full screen",
        summary="Attach the console to the whole terminal",
        group=Group.CONSOLES,
        arguments=(domain(Action.CONSOLE),),
        targets=Targets.ONE,
    ),
    Command(
        id="console.close",
        label="Close console",
        summary="Close the console and its scrollback",
        group=Group.CONSOLES,
        arguments=(domain(),),
        targets=Targets.ONE,
    ),
)
