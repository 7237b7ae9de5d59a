"""What is sent to a guest: ``trigger``, ``sysrq``, ``send-key``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind, domain
from xentui.commands.command import Command, Group, Targets
from xentui.model.keys import SYSRQ, GuestKey
from xentui.model.trigger import Trigger
from xentui.service.legality import Action, against_key, against_trigger

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.domain import Domain


async def _trigger(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.trigger(found, Trigger(args.event))
    return f"{args.event} sent"


async def _sysrq(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.sysrq(found, args.letter)
    return f"sysrq {args.letter} sent ({SYSRQ[args.letter].meaning})"


async def _send_key(context: Context, found: Domain, args: argparse.Namespace) -> str:
    await context.hypervisor.lifecycle.send_key(found, GuestKey(args.key))
    return f"{args.key} sent"


def _has_no(found: Domain, key: str) -> str:
    return against_key(found, GuestKey(key))


def _takes_none(found: Domain, event: str) -> str:
    return against_trigger(found, Trigger(event))


COMMANDS = (
    Command(
        id="domain.trigger",
        verb="trigger",
        label="Trigger",
        summary="Send a guest a trigger: NMI, power or sleep button, wake-up",
        group=Group.LIFE,
        arguments=(
            domain(Action.TRIGGER),
            Argument(
                ("event",), "what is sent", ArgumentKind.CHOICE, choices=tuple(Trigger), against=_takes_none
            ),
        ),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        danger="event",
        act=_trigger,
        details=(
            "`nmi` is sent to any guest; the buttons `power` and `sleep`, and `s3resume`, which wakes a sleeping "
            "guest, to an HVM guest. Xen sends no guest `reset` or `init`, although xl knows these words: use "
            "`reboot`, which asks the guest, or `destroy` and `start`."
        ),
    ),
    Command(
        id="domain.sysrq",
        verb="sysrq",
        summary="Send a Linux guest a magic SysRq",
        group=Group.LIFE,
        arguments=(
            domain(Action.SYSRQ),
            Argument(("letter",), "what to do", ArgumentKind.CHOICE, choices=tuple(SYSRQ), metavar="LETTER"),
        ),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        danger="letter",
        act=_sysrq,
        details=(
            "h lists what the guest knows; s t w l p m d q z show or write something, k f e i u b o c g end "
            "something and ask, 0 to 9 set what its console shows. xl leaves the letter for the guest's Xen "
            "driver: a guest without that driver ignores it, and nothing reports this. What the guest answers, or "
            "that its kernel.sysrq forbids a letter, is on its console."
        ),
    ),
    Command(
        id="domain.send-key",
        verb="send-key",
        summary="Press keys of an HVM guest's keyboard, or break its serial line",
        group=Group.LIFE,
        arguments=(
            domain(Action.SEND_KEY),
            Argument(
                ("key",),
                "which keys",
                ArgumentKind.CHOICE,
                choices=tuple(GuestKey),
                metavar="KEY",
                against=_has_no,
            ),
        ),
        targets=Targets.MANY,
        mutates=True,
        asks=True,
        danger="key",
        act=_send_key,
        details=(
            "ctrl-alt-delete, ctrl-alt-backspace, ctrl-alt-f1, -f2, -f3, -f7 are pressed by QEMU. `break` sends a "
            "break on the first serial line, after which Linux takes a letter as a sysrq. PV and PVH guests have "
            "neither: use `reboot` instead of Ctrl-Alt-Del; on hvc0, Ctrl-O and a letter are a sysrq."
        ),
    ),
)
