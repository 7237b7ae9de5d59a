"""The shell's own verbs: ``help``, ``host``, ``exit`` and ``quit``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.commands import frontends
from xentui.commands.command import Command, Group
from xentui.commands.completion import Vocabulary
from xentui.commands.context import Context
from xentui.commands.help import text
from xentui.commands.registry import verbs

if TYPE_CHECKING:
    from xentui.commands.context import HostPart
    from xentui.fleet.cache import LastLooks


class Leave(Exception):  # noqa: N818 - a wish, not an error
    """The user wants to leave the shell."""


async def _help(context: Context, args: argparse.Namespace) -> None:
    for line in text(" ".join(args.verb), OWN).splitlines():
        context.out(line)


async def _host(context: Context, _args: argparse.Namespace) -> None:
    session = context.hypervisor.session
    context.out(session.host.name)
    context.out(f"managed domains are stored in {session.host.store_root}")
    if session.read_only:
        context.out("read-only: whatever changes something is refused")
    if session.dry_run:
        context.out("dry run: commands that change something are printed, not run")


async def _hosts(parts: Sequence[HostPart], _looks: LastLooks) -> None:
    for part in parts:
        await _host(part.context, part.args)


async def _leave(_context: Context, _args: argparse.Namespace) -> None:
    raise Leave


OWN = {
    verb.verb: verb
    for verb in (
        replace(frontends.HELP, group=Group.SHELL, run=_help),
        Command(
            id="shell.host",
            verb="host",
            summary="Say which host this is",
            group=Group.SHELL,
            front_end=True,
            run=_host,
            across=_hosts,
        ),
        Command(
            id="shell.exit",
            verb="exit",
            summary="Leave the shell, as Ctrl-D does",
            group=Group.SHELL,
            front_end=True,
            run=_leave,
        ),
        Command(
            id="shell.quit",
            verb="quit",
            summary="Leave the shell",
            group=Group.SHELL,
            front_end=True,
            run=_leave,
        ),
    )
}
OUTSIDE = {"shell": frontends.SHELL, "completion": frontends.COMPLETION}
"""Words of the command line that say in the shell where they belong."""


def vocabulary() -> Vocabulary:
    """Return all that may begin a line of the shell."""
    return Vocabulary({**verbs(), **OWN})
