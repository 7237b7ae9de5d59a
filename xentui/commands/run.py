"""A verb from its name and words to its exit status."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui import commands
from xentui.commands import registry
from xentui.commands.global_options import global_options
from xentui.commands.parsing import parse
from xentui.errors import ExitStatus, Suggest, UsageError, XentuiError
from xentui.spelling import nearest

if TYPE_CHECKING:
    from xentui.commands.command import Command
    from xentui.commands.context import Context


def find_verb(name: str) -> Command:
    """Return the command of that verb; raises UsageError with the nearest ones."""
    if command := registry.find(name):
        return command
    first, _blank, second = name.partition(" ")
    if members := registry.family(first):
        known = ", ".join(member.verb.partition(" ")[2] for member in members)
        raise UsageError(
            f"is not a command of `{first}`" if second else "does not say what to do",
            subject=second or first,
            hint=f"`{first}` and one of: {known}",
        )
    close = nearest(name, registry.verbs(), n=2)
    raise UsageError(
        "is not a command of xentui",
        subject=name,
        hint=(
            " or ".join(f"`{word}`" for word in close) + "?"
            if close
            else (Suggest("xentui.help"), " lists them")
        ),
    )


def parse_verb(command: Command, words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of a verb, global options included where given."""
    namespace: argparse.Namespace = parse(command, words, global_options)
    return namespace


async def run_verb(command: Command, args: argparse.Namespace, context: Context) -> int:
    """Run a command; errors are printed and become its exit status."""
    try:
        return int(await run_command(command, args, context) or ExitStatus.DONE)
    except XentuiError as error:
        context.report_error(error)
        return int(error.exit_status)


async def run_command(command: Command, args: argparse.Namespace, context: Context) -> int | None:
    """Run a command; returns its exit status, of which None is 0, and raises what goes wrong."""
    if command.run is not None:
        return await command.run(context, args)
    if command.act is None:
        raise UsageError("is done on the screen only", subject=command.id)
    found = await context.hypervisor.inventory.find(args.domain)
    if command.asks and command.action is not None:
        await commands.confirmation.agreed(
            context, args, command.action, [found], getattr(args, command.danger, "")
        )
    await command.act(context, found, args)
    return None
