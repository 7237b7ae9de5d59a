"""``autostart``: which domains start with the host, and in which order."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands import describe
from xentui.commands.arguments import Argument, ArgumentKind, domain
from xentui.commands.command import Command, Group, Targets
from xentui.errors import Suggest, UsageError
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context


async def _autostart(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    if args.delay is not None:
        raise UsageError(_NO_DELAY, subject="--delay", hint=_INSTEAD_OF_DELAY)
    if args.order is not None and args.switch != "on":
        raise UsageError(
            "--order goes with `on`",
            subject="autostart",
            hint=Suggest("domain.autostart", "DOM", "on", "--order", "N"),
        )
    if args.switch is None:
        context.out(describe.autostart(found))
        return
    order = None if args.order in (None, "none") else _order(args.order)
    await context.hypervisor.definitions.autostart(
        found, on=args.switch == "on", order=order, keep_order=args.order is None
    )


_NO_DELAY = "xendomains has no delay for one domain: it starts the next as soon as `xl create` has returned"

_INSTEAD_OF_DELAY = (
    "give what must be up first a lower --order, and let the guests that need it wait for it themselves"
)


def _order(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise UsageError(
            "is not a position in the order", subject=word, hint="write --order N, from 0 to 99, or none"
        )
    return int(word)


COMMANDS = (
    Command(
        id="domain.autostart",
        verb="autostart",
        label="Autostart",
        says="change the autostart",
        summary="Start a managed domain when the host boots, or stop doing so",
        group=Group.MANAGED,
        arguments=(
            domain(Action.AUTOSTART),
            Argument(
                ("switch",),
                "on or off; without it, say which",
                ArgumentKind.CHOICE,
                choices=("on", "off"),
                optional=True,
            ),
            Argument(
                ("--order",),
                "position 0 to 99 (lowest starts first), or none (after all others)",
                metavar="N",
            ),
            Argument(("--delay",), "not supported by xendomains (explains why)", metavar="S"),
        ),
        targets=Targets.MANY,
        mutates=True,
        run=_autostart,
        details="A link in /etc/xen/auto leads to the stored configuration; xendomains starts the links by name.",
    ),
    Command(
        id="domain.autostart-order",
        label="Order",
        says="change the autostart order",
        summary="Set a domain's position in the autostart order",
        group=Group.MANAGED,
        arguments=(domain(Action.AUTOSTART),),
        targets=Targets.ONE,
        mutates=True,
    ),
)
