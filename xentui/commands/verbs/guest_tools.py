"""``create-image``: a guest made by xen-create-image of xen-tools."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command, Group
from xentui.service.xen_tools.options import OPTIONS, Kind, Option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xentui.commands.context import Context

_KINDS = {
    Kind.FLAG: ArgumentKind.FLAG,
    Kind.CHOICE: ArgumentKind.CHOICE,
    Kind.PATH: ArgumentKind.PATH,
    Kind.FOLDER: ArgumentKind.PATH,
    Kind.SOURCE: ArgumentKind.PATH,
}


async def _create(context: Context, args: argparse.Namespace) -> None:
    with context.progress(f"create {args.name}") as progress:
        made = await context.hypervisor.xen_tools.create(args.name, _given(args), progress=progress)
    if made is None:
        return
    for warning in made.warnings:
        context.warn(warning)
    context.note(f"{made.name}: made of {', '.join(made.disks)}, and managed ({made.uuid})")
    context.note(f"its configuration was {made.config}; what was done is in {made.log}")
    what = f"root password of {made.name}"
    if made.password and await context.reveal_secret(made.name, what, made.password, made.log):
        await context.hypervisor.xen_tools.forget_password(made)


def _given(args: argparse.Namespace) -> Mapping[str, Sequence[str]]:
    """Return the options that were given, by name."""
    found: dict[str, Sequence[str]] = {}
    for option in OPTIONS:
        value = getattr(args, option.dest, None)
        if option.kind is Kind.FLAG:
            if value:
                found[option.name] = ("1",)
        elif value is not None:
            found[option.name] = option.values(value)
    return found


def _argument(option: Option) -> Argument:
    several = "; several separated by commas" if option.kind is Kind.ADDRESSES else ""
    return Argument(
        (f"--{option.name}",),
        option.summary + several,
        _KINDS.get(option.kind, ArgumentKind.TEXT),
        choices=option.choices,
        metavar="" if option.kind is Kind.FLAG or option.choices else option.dest.upper(),
    )


COMMANDS = (
    Command(
        id="host.create-image",
        verb="create-image",
        summary="Make a guest with xen-create-image of xen-tools, and manage it",
        group=Group.IMAGES,
        arguments=(
            Argument(("name",), "name of the guest, which is its host name too"),
            *(_argument(option) for option in OPTIONS),
        ),
        mutates=True,
        run=_create,
        details=(
            "The options are xen-create-image's own, with the defaults of /etc/xen-tools/xen-tools.conf of the "
            "host; those that mean nothing with the place of its disks or the way it is installed are refused. It "
            "runs as a job of the host, which a broken connection does not end; Ctrl-C ends it, and removes what "
            "it has made. The root password is shown once. A host needs xen-tools (Debian 12: `apt install "
            "xen-tools`; Debian 13 has none)."
        ),
    ),
)
