"""``storage …``: what lies below the disks of guests, whether another host shares it, and setting it up."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group

if TYPE_CHECKING:
    from xentui.commands.context import Context


async def _show(context: Context, args: argparse.Namespace) -> None:
    from xentui.commands.storage_session import show  # few look at storage

    await show(context, args)


async def _free(context: Context, args: argparse.Namespace) -> None:
    from xentui.commands.storage_session import free

    await free(context, args)


COMMANDS = (
    Command(
        id="storage.show",
        verb="storage show",
        summary="Show what lies below images: mounts, volumes, devices, their room, whose disks, what is wrong",
        group=Group.HOST,
        arguments=(
            Argument(
                ("what",),
                "a path, or a domain: all its disks",
                ArgumentKind.DOMAIN,
                metavar="PATH|DOM",
                optional=True,
            ),
            Argument(
                ("--shared-with",),
                "say of each disk whether that host has it, too",
                ArgumentKind.HOST,
                metavar="HOST",
            ),
            flag("--json", help="machine-readable (docs/storage.md)"),
        ),
        run=_show,
        details="`show` may be left out. That a folder is shared is proven by a file that is left in it for a moment.",
    ),
    Command(
        id="storage.free",
        verb="storage free",
        summary="Detach a loop device that holds an image and that nobody uses, after asking",
        group=Group.HOST,
        arguments=(Argument(("path",), "the image, or the loop device", ArgumentKind.PATH),),
        mutates=True,
        asks=True,
        run=_free,
    ),
)
