"""One domain made of a template by the words of a command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.commands.make_session import agreed_to_disks, not_started
from xentui.errors import Suggest, UsageError, XentuiError

if TYPE_CHECKING:
    from xentui.commands.context import Context


async def make_of_template(context: Context, args: argparse.Namespace, others: Sequence[str] = ()) -> None:
    """Make the domain, after showing what would be made; ``others`` are options that were given besides."""
    hypervisor = context.hypervisor
    session = hypervisor.session
    if others:
        raise UsageError(
            "does not go with a template: it has all but its blanks",
            subject=others[0],
            hint="--set BLANK=VALUE sets one",
        )
    if not args.name:
        raise UsageError(
            "a name is needed", subject="make", hint=Suggest("host.make", "NAME", "--template", "TEMPLATE")
        )
    template = await hypervisor.inventory.find(args.template)
    plan = await hypervisor.templates.plan(template, args.name, _settings(args))
    tell = context.out if session.dry_run else context.note
    tell(f"make {plan.name} of the template {template.label}:")
    for line in (*(copy.words for copy in plan.copies), *plan.shares):
        tell(f"  disk {line}")
    tell("the stored configuration:")
    for line in plan.text.splitlines():
        tell(f"  {line}")
    session.require_writable()
    await agreed_to_disks(context, args, plan.name, len(plan.copies))
    context.asked()
    with context.progress(f"make {plan.name}") as progress:
        await hypervisor.cloning.clone(plan, progress=progress)
    if session.dry_run:
        return
    context.note(f"{plan.name}: stored ({plan.uuid})")
    for line in plan.notes:
        context.warn(line)
    if not args.start:
        context.advise((Suggest("domain.start", plan.name), " starts it"))
        return
    try:
        started = await hypervisor.lifecycle.start(await hypervisor.inventory.find(plan.uuid))
    except XentuiError as error:
        raise not_started(plan.name, error) from error
    for warning in started.warnings:
        context.warn(warning)
    context.note(f"{plan.name}: started")


def _settings(args: argparse.Namespace) -> dict[str, str]:
    """Return what ``--set`` says; raises UsageError."""
    found = {key: str(value) for key in ("memory", "vcpus") if (value := getattr(args, key)) is not None}
    for word in args.set or ():
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise UsageError("is not of the form BLANK=VALUE", subject=word, hint="--set memory=2G")
        if found.setdefault(key, value) != value:
            raise UsageError("is given twice", subject=key)
    return found
