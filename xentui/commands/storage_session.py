"""``storage …``: what lies below the disks of guests, in lines and as JSON, and what is done about it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xentui.commands.other_host import other_host
from xentui.commands.suggestions import as_script
from xentui.errors import Hint, NoSuchDomainError, NotAgreedError, Render, Suggest, UsageError, joined, worded
from xentui.frozen import dataclass
from xentui.model.sizes import shown_bytes
from xentui.service.disk_images.listing import disks_of
from xentui.service.disk_use import path_of
from xentui.service.host_check import mending
from xentui.service.storage import Sameness, places, report, same_files, setup, stray_loops
from xentui.service.storage.cautions import StorageCaution
from xentui.service.storage.places import StoragePlace
from xentui.service.storage.report import ImageStore, LoopDevice, StorageReport
from xentui.service.storage.setup import SetUpStep, carry_out_step
from xentui.spelling import nearest
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.commands.context import Context

_COMMANDS = {
    "show": Suggest("storage.show"),
    "free": Suggest("storage.free"),
    "export": Suggest("storage.export"),
    "mount": Suggest("storage.mount"),
    "ocfs2": Suggest("storage.ocfs2"),
}
"""What else the word behind ``storage`` may be meant to be."""
_OPTIONS = ("rw", "ro", "hard", "soft", "softerr", "nolock", "sync", "async")
"""Options of a mount that are told; those of locks and versions besides."""


async def show(context: Context, args: argparse.Namespace) -> None:
    """Show the storage of a host, or what lies below single paths."""
    if args.what or args.shared_with:
        await _places(context, args)
        return
    found = await report.report(context.hypervisor)
    if args.json:
        context.json(report_json(found))
        return
    for line in table(found, context.render):
        context.out(line)
    if found.truncated:
        context.warn("there are more mounts of file servers than are listed")


async def _places(context: Context, args: argparse.Namespace) -> None:
    """One path, the disks of one domain or of all, each with what lies below, and whether another host has it too."""
    paths = await _paths(context, args.what or "")
    if not paths:
        context.note("no disk is a path of this host")
        return
    ours = context.hypervisor
    shared: Sequence[Sameness | None] = [None] * len(paths)
    if args.shared_with:
        async with other_host(ours, args.shared_with) as theirs:
            if theirs.host.name == ours.host.name:
                raise UsageError("is this host itself", subject=args.shared_with, hint="name another one")
            shared = await same_files(ours.session, theirs.session, [(path, path) for path in paths])
    found = (await places.look(ours.host, paths)).found
    told = [_ShownPath(path, found[path], same) for path, same in zip(paths, shared, strict=True)]
    if args.json:
        context.json({"host": ours.host.name, "disks": [each.as_json(args.shared_with) for each in told]})
        return
    for each in told:
        for line in each.lines(args.shared_with or ""):
            context.out(line)


async def _paths(context: Context, what: str) -> list[str]:
    """Return the path that was given, or those of the disks of the domain of that name; of all where none was."""
    if "/" in what:
        return [what]
    if what:
        try:
            domains = [await context.hypervisor.inventory.find(what)]
        except NoSuchDomainError as error:
            error.hint = _meant(what, error.hint)
            raise
    else:
        domains = list((await context.hypervisor.inventory.poll()).domains)
    return sorted({path_of(disk) for _domain, disk, _runs in disks_of(domains)})


def _meant(word: str, hint: Hint) -> Hint:
    """Return what to do about a word that is no domain: another command of the family is meant, or a path; ``hint`` is
    what is known of domains.
    """
    if close := nearest(word, _COMMANDS):
        return ("did you mean ", _COMMANDS[close[0]], "?")
    if isinstance(hint, str):
        return hint  # domains with names like it
    return joined("; ", hint, f"a path has a `/`; the commands of `storage` are {', '.join(_COMMANDS)}")


@dataclass(frozen=True, slots=True)
class _ShownPath:
    """A path, what lies below, and whether it is the same on another host."""

    path: str
    place: StoragePlace
    same: Sameness | None

    def lines(self, other: str) -> Iterator[str]:
        place = self.place
        yield plain(self.path, 4096)
        if place.kind == "hanging":
            yield f"  the file system at {plain(place.hangs, 200)} does not answer"
        elif place.kind == "missing":
            yield f"  is not there: {plain(place.error, 200)}"
        else:
            if place.real != self.path:
                yield f"  leads to {plain(place.real, 4096)}"
            kind = {"block": "device", "dir": "folder"}.get(place.kind, place.kind)
            yield f"  is a {kind} of {shown_bytes(place.size)}{self._where()}"
            for layer in place.layers or place.mount.layers:
                ids = ", ".join(f"{key} {plain(text, 120)}" for key, text in layer.ids.items())
                yield f"  on {layer.kind} {plain(layer.name, 80)}" + (f" ({ids})" if ids else "")
        if self.same is not None:
            word = {"same": "the same", "different": "not the same", "unknown": "not known to be the same"}
            yield f"  {word[self.same.verdict.value]} on {plain(other, 80)}: {self.same.why}"
            for host in self.same.squashed:
                yield f"  warning: the file server takes root of {host} for nobody (root_squash)"

    def _where(self) -> str:
        mount = self.place.mount
        if self.place.kind == "block":
            return ""
        return f" on {plain(mount.kind, 40)} {plain(mount.source, 200)}, mounted at {plain(mount.point, 200)}"

    def as_json(self, other: str | None) -> dict[str, Any]:
        """Return the documented form (docs/storage.md)."""
        place, same = self.place, self.same
        return {
            "path": self.path,
            "kind": place.kind,
            "real": place.real,
            "mount": {"point": place.mount.point, "type": place.mount.kind, "source": place.mount.source},
            "layers": [
                {"kind": layer.kind, "name": layer.name, "ids": dict(layer.ids)}
                for layer in place.layers or place.mount.layers
            ],
            "shared": None
            if same is None
            else {"with": other, "verdict": same.verdict.value, "why": same.why},
        }


def table(found: StorageReport, render: Render) -> Iterator[str]:
    """Yield stores in rows, below each what is to be said of it; the domains last, as there may be many."""
    rows = [("PLACE", "KIND", "FREE", "SIZE", "SOURCE", "DOMAINS")]
    rows += [
        (
            plain(s.name, 200),
            plain(s.kind, 20),
            _bytes(s.free),
            _bytes(s.room),
            plain(s.source, 200) or "-",
            used(s),
        )
        for s in found.stores
    ]
    widths = [min(30, max(len(row[at]) for row in rows)) for at in range(5)]
    for number, row in enumerate(rows):
        yield "  ".join(f"{text:<{width}}" for text, width in zip(row, [*widths, 0], strict=True)).rstrip()
        if number:
            yield from (f"  {line}" for line in advice(found.stores[number - 1], render))


def used(store: ImageStore) -> str:
    """Return the domains with disks there, with ``*`` behind those that run."""
    return ",".join(plain(name, 80) + "*" * (name in store.running) for name in store.domains) or "-"


def _bytes(size: int | None) -> str:
    return "-" if size is None else shown_bytes(size)


def mount_options(store: ImageStore) -> str:
    """Return the options of a mount that matter for images."""
    words = ("vers=", "local_lock=", "timeo=", "proto=")
    return plain(",".join(each for each in store.options if each in _OPTIONS or each.startswith(words)), 200)


def advice(store: ImageStore, render: Render) -> Iterator[str]:
    """Yield what is to be said of a store: what it stands on, its options, what is wrong, why, and what mends it."""
    if store.below:
        yield f"on {store.below}"
    if store.kind.startswith("nfs"):
        yield f"options {mount_options(store)}"
    for caution in store.cautions:
        yield f"{'·' if caution.note else '!'} {caution.found}"
        yield f"    why:  {caution.why}"
        if caution.command:
            yield f"    mend: {worded(caution.command, render)}"


def report_json(found: StorageReport) -> dict[str, Any]:
    """Return the documented form of a report (docs/storage.md)."""
    return {
        "host": found.host,
        "stores": [
            {
                "name": store.name,
                "kind": store.kind,
                "source": store.source,
                "options": list(store.options),
                "below": store.below,
                "free": store.free,
                "size": store.room,
                "domains": list(store.domains),
                "running": list(store.running),
                "cautions": [_caution_json(caution) for caution in store.cautions],
                "loops": [
                    {"device": loop.device, "file": loop.file, "users": list(loop.users)}
                    for loop in store.loops
                ],
            }
            for store in found.stores
        ],
        "truncated": found.truncated,
    }


def _caution_json(caution: StorageCaution) -> dict[str, Any]:
    return {
        "id": caution.kind.value,
        "found": caution.found,
        "why": caution.why,
        "command": worded(caution.command, as_script),
        "note": caution.note,
    }


async def free(context: Context, args: argparse.Namespace) -> None:
    """Detach what nobody uses, after asking."""
    context.hypervisor.session.require_writable()
    found = await stray_loops.stray_loops(context.hypervisor, args.path)
    await _agreed(context, args, free_question(found), args.path)
    context.asked()
    for loop in await stray_loops.free(context.hypervisor, args.path):
        if not context.hypervisor.session.dry_run:
            context.note(f"{loop.device} is free")


def free_question(loops: Sequence[LoopDevice]) -> str:
    """Return what is asked before loop devices are let go of."""
    names = ", ".join(loop.device for loop in loops)
    return f"No domain, mount or process uses {names}, which holds {plain(loops[0].file, 200)}: detach it?"


async def _agreed(context: Context, args: argparse.Namespace, question: str, subject: str) -> None:
    """Go on where it is agreed to, by --yes or by somebody; raises UsageError where nobody can be asked."""
    if context.hypervisor.session.dry_run or context.yes or getattr(args, "yes", False):
        return
    if context.confirm is None:
        raise UsageError("there is no terminal to ask on", subject=subject, hint="add --yes to agree to it")
    if not await context.confirm(question):
        raise NotAgreedError(subject=subject, more=True)


async def export(context: Context, args: argparse.Namespace) -> None:
    """Export a folder to another host, step by step."""
    context.hypervisor.session.require_writable()
    await _set_up(
        context, args, await setup.nfs_export(context.hypervisor, args.folder, args.client), args.folder
    )


async def mount(context: Context, args: argparse.Namespace) -> None:
    """Mount a folder of a file server, step by step."""
    context.hypervisor.session.require_writable()
    await _set_up(
        context, args, await setup.nfs_mount(context.hypervisor, args.source, args.folder), args.folder
    )


async def ocfs2(context: Context, args: argparse.Namespace) -> None:
    """Mount a device that several hosts have as OCFS2, step by step."""
    context.hypervisor.session.require_writable()
    nodes = [(name, address) for name, _equals, address in (word.partition("=") for word in args.node)]
    steps = await setup.ocfs2(
        context.hypervisor,
        args.device,
        args.folder,
        cluster=args.cluster or "xen",
        nodes=nodes,
        slots=args.slots or 0,
        format=args.format,
    )
    await _set_up(context, args, steps, args.folder)


async def _set_up(
    context: Context, args: argparse.Namespace, steps: Sequence[SetUpStep], subject: str
) -> None:
    """Show, ask and do step after step; a no ends it, and what was done before stays."""
    for number, step in enumerate(steps, 1):
        try:
            await _one(context, args, step, subject, f"{number} of {len(steps)}")
        except BaseException:
            if len(steps) > 1:
                context.note(setup.left_off(steps, number))
            raise


async def _one(context: Context, args: argparse.Namespace, step: SetUpStep, subject: str, which: str) -> None:
    if not context.hypervisor.session.dry_run:
        context.note(f"{which}: {step.mend.what}")
        for told in (*mending.mend_lines(step.mend), *step.losses):
            context.note(f"   {told}")
        if step.typed:
            await _typed(context, step)
        else:
            await _agreed(context, args, step.question, subject)
    for copy in await carry_out_step(context.hypervisor, step, subject):
        context.note(f"the previous content is in {copy}")


async def _typed(context: Context, step: SetUpStep) -> None:
    """Go on where the name was typed: no option stands for that."""
    if context.ask is None:
        raise UsageError(f"{step.typed} is to be typed, and there is no terminal", subject=step.typed)
    if not await context.ask(step):
        raise NotAgreedError(subject=step.typed, more=True)
