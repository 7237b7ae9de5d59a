"""``console``, and what the screen does with consoles."""

from __future__ import annotations

import argparse

from xentui.commands.arguments import domain
from xentui.commands.command import Command, Group, Targets
from xentui.commands.console_session import attach
from xentui.commands.context import Context
from xentui.service.legality import Action


async def _console(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    await (context.open_console(found) if context.open_console else attach(context, found))


COMMANDS = (
    Command(
        id="console.open",
        verb="console",
        label="Console",
        says="open the console",
        summary="Attach to a guest's console; Ctrl-] leaves",
        group=Group.CONSOLES,
        arguments=(domain(Action.CONSOLE),),
        targets=Targets.ONE,
        run=_console,
        takes_terminal=lambda _args: True,
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
