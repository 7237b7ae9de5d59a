"""One guest made from the words of a command line and a file of answers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xentui.commands.confirmation import agreed_after_warning
from xentui.commands.files import of_host, own_file
from xentui.commands.first_boot_arguments import first_boot_of
from xentui.errors import StoreError, Suggest, UsageError, XentuiError
from xentui.hosts import operations
from xentui.model.sizes import disk_size, memory_size, vcpu_count
from xentui.service import host_files
from xentui.service.config_source import HOST, LOCAL, decoded, this_machine
from xentui.service.making import (
    Answers,
    Display,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
    answers_file,
)

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.making import Made, Plan

_NO_INTERFACE = "none"
_USUAL_SIZE = 10 << 30
"""Of the disk a system is put on."""


async def make(context: Context, args: argparse.Namespace) -> None:
    """Make the guest the words and the file of answers describe, after showing what would be made."""
    hypervisor = context.hypervisor
    session = hypervisor.session
    answers = await _answers(context, args)
    plan = await hypervisor.making.plan(answers)
    tell = context.out if session.dry_run else context.note
    for line in plan_lines(plan, install=bool(args.start) or session.dry_run):
        tell(line)
    for warning in plan.warnings:
        context.warn(warning)
    session.require_writable()
    await agreed_to_disks(context, args, plan.name, len(plan.new_disks))
    if args.save:
        await _save(context, args.save, plan.answers)
    context.asked()
    with context.progress(f"make {plan.name}") as progress:
        made = await hypervisor.making.make(plan, start=bool(args.start), progress=progress)
    if not session.dry_run:
        _print_made(context, made, plan.warnings)


def plan_lines(plan: Plan, *, install: bool = True) -> list[str]:
    """Return a plan in lines: what is made and why, and the configurations, the one it is installed by where wanted."""
    lines = [f"make {plan.name}:"]
    lines += [f"  disk {disk.words}" for disk in plan.disks]
    lines += [f"  disk {plan.unattended.words_of_disk}"] if plan.unattended else []
    lines += [f"  {reason}" for reason in plan.reasons]
    lines += ["", "the stored configuration:", *(f"  {line}" for line in plan.text.splitlines())]
    if plan.install and install:
        lines += ["", "the install configuration, booted once:"]
        lines += [f"  {line}" for line in plan.install.splitlines()]
    return [*lines, ""]


async def agreed_to_disks(context: Context, args: argparse.Namespace, name: str, disks: int) -> None:
    """Go on where no new ``disks`` take room, or they are agreed to; raises UsageError where nobody can be asked."""
    if disks:
        many = f"{disks} disks" if disks > 1 else "the disk"
        await agreed_after_warning(context, args, f"Make {many} and store {name}?", subject=name)


def not_started(name: str, trouble: XentuiError) -> XentuiError:
    """Return what to raise where a guest was made, and its start has failed."""
    return XentuiError(
        "is made and stored, but could not be started",
        subject=name,
        hint=(Suggest("domain.start", name), " tries again"),
        details=trouble.account(),
    )


def _print_made(context: Context, made: Made, told: Sequence[str]) -> None:
    """Tell what was made; ``told`` are warnings that have been told of it before."""
    for warning in made.warnings:
        if warning not in told:
            context.warn(warning)
    context.note(f"{made.name}: stored ({made.uuid})")
    if made.trouble is not None:
        raise not_started(made.name, made.trouble)
    if made.installs:
        context.advise((f"{made.name}: its installer runs: ", Suggest("console.open", made.name)))
    elif made.started:
        context.note(f"{made.name}: started")
    elif made.install:
        context.advise(
            ("its installer is booted by ", Suggest("domain.install", made.name, "FILE"), " with this file:")
        )
        context.text(made.install)
    else:
        context.advise((Suggest("domain.start", made.name), " starts it"))


# The answers


async def _answers(context: Context, args: argparse.Namespace) -> Answers:
    """Return what the file says, and over it what the words do."""
    word = vars(args)["from"]
    answers = (
        answers_file.read(decoded(await own_file(context, word, "file of answers"), word), word)
        if word
        else Answers()
    )
    if args.name:
        answers = replace(answers, name=args.name)
    if not answers.name:
        raise UsageError("a name is needed", subject="make", hint=Suggest("host.make", "NAME", "…"))
    answers = replace(
        answers,
        system=args.system or answers.system,
        type=args.type or answers.type,
        memory=memory_size(args.memory) if args.memory else answers.memory,
        vcpus=vcpu_count(args.vcpus) if args.vcpus is not None else answers.vcpus,
        display=Display.VNC if args.vnc else answers.display,
        source=_source(args, answers.source if word else None),
    )
    if args.unattended:
        text = decoded(await own_file(context, args.unattended, "file of answers"), args.unattended)
        answers = replace(answers, unattended=text)
    answers = replace(answers, first_boot=await first_boot_of(context, args, answers))
    return await _devices(context, args, answers, from_file=bool(word))


def _source(args: argparse.Namespace, of_file: GuestSource | None) -> GuestSource:
    """Return the source that the words name; that of the file where they name none."""
    named = {
        SourceKind.TREE: args.tree,
        SourceKind.ISO: args.iso,
        SourceKind.NETWORK: args.pxe,
        SourceKind.IMAGE: args.image,
        SourceKind.CLOUD: args.cloud,
        SourceKind.BUILD: args.debootstrap,
        SourceKind.ARCHIVE: args.archive,
        SourceKind.DISK: args.no_install,
    }
    kinds = [kind for kind, given in named.items() if given]
    with_kernel = (SourceKind.ISO, SourceKind.TREE, SourceKind.BUILD, SourceKind.ARCHIVE)
    if len(kinds) > 1 or (kinds and kinds[0] not in with_kernel and args.kernel):
        raise UsageError("it can start from one source only", subject="make", hint="give only one source")
    kind = kinds[0] if kinds else of_file.kind if of_file is not None else SourceKind.KERNEL
    _require_fitting(args, kind)
    more: dict[str, Any] = {
        key: value
        for key, value in (
            ("kernel", args.kernel),
            ("ramdisk", args.ramdisk),
            ("extra", args.extra),
            ("format", args.image_format),
            ("suite", args.suite),
            ("mirror", args.mirror),
            ("packages", tuple(filter(None, args.packages.split(","))) if args.packages else ()),
            ("tool", args.by),
            ("keyring", args.keyring),
            ("filesystem", args.filesystem),
        )
        if value
    }
    if kinds:
        path = named[kinds[0]]
        return GuestSource(kinds[0], path=path if isinstance(path, str) else "", **more)
    if of_file is not None:
        return replace(of_file, **more)
    if args.kernel:
        return GuestSource(SourceKind.KERNEL, **more)
    raise UsageError(
        "a source is needed",
        subject="make",
        hint="--kernel, --tree, --iso, --pxe, --image, --cloud, --debootstrap, --archive or --no-install",
    )


def _require_fitting(args: argparse.Namespace, kind: SourceKind) -> None:
    """Raise UsageError for an option that says something of a system which is not made."""
    of_packages = ("suite", "mirror", "packages", "by", "keyring")
    wrong = [name for name in of_packages if getattr(args, name) and kind is not SourceKind.BUILD]
    wrong += ["filesystem"] if args.filesystem and not kind.builds else []
    if wrong:
        raise UsageError("is for systems that are made", subject=f"--{wrong[0]}", hint="with --debootstrap")


async def _devices(
    context: Context, args: argparse.Namespace, answers: Answers, *, from_file: bool
) -> Answers:
    hypervisor = context.hypervisor
    disks = list(answers.disks)
    if args.disk or args.size or args.format or args.preallocated or (not disks and not from_file):
        first = disks[0] if disks else WantedDisk("")
        form = args.format or first.format
        path = args.disk or first.path
        size = disk_size(args.size) if args.size else first.size
        if answers.source.kind.builds and not size:
            size = _USUAL_SIZE
        if not path and (size or answers.source.kind.copies):
            path = await hypervisor.making.usual_disk(answers.name, form)
        if path:
            preallocated = args.preallocated or first.preallocated
            disks[:1] = [replace(first, path=path, size=size, format=form, preallocated=preallocated)]
    interfaces = answers.interfaces
    if args.bridge:
        interfaces = () if args.bridge == _NO_INTERFACE else (WantedInterface(args.bridge),)
    elif not from_file:
        bridge = await hypervisor.editing.usual_bridge()
        interfaces = (WantedInterface(bridge),) if bridge else ()
    return replace(answers, disks=tuple(disks), interfaces=interfaces)


async def _save(context: Context, word: str, answers: Answers) -> None:
    """Write the answers to a new file, of this machine where nothing else is said."""
    text = answers_file.write(answers)
    session = context.hypervisor.session
    if session.dry_run:
        context.out(f"# answers would be written to {word}")
        return
    if of_host(word):
        await host_files.write(session, word.removeprefix(HOST), text, overwrite=False)
        return
    machine = this_machine()
    place = machine.host_path(word.removeprefix(LOCAL))
    try:
        await machine.call(operations.write_file, path=place, data=text.encode("utf-8"), exclusive=True)
    except StoreError as error:
        raise StoreError(
            f"the answers cannot be written: {error.message}",
            code=error.code,
            subject=word,
            hint=error.hint or "choose another file",
        ) from error
