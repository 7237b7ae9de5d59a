"""What a guest starts from, looked at on its host: whether it is there, and what Xen can make of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.errors import StoreCode, StoreError, UsageError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.service.boot_switch import GRUB_FOLDERS, PVH_GRUB
from xentui.service.host_files import stat, whole_path
from xentui.service.making import cloud_image, trees
from xentui.service.making.answers import TYPES, Answers, GuestSource, SourceKind
from xentui.service.making.building.recipe import Recipe, recipe
from xentui.service.making.guest_types import GuestTypeChoice
from xentui.service.making.systems import GuestSystem
from xentui.text import lines, plain

if TYPE_CHECKING:
    from xentui.agent.protocol.disk_answers import KernelFacts

_DESCRIPTOR, _SECTOR = 16, 2048  # of ISO 9660, where its volume descriptors begin
_CD, _BOOT_RECORD = b"\x01CD001", b"\x00CD001\x01EL TORITO SPECIFICATION"
_NOT_UNPACKED = ("bzip2", "lzo")
"""What Debian's libxenguest is built without."""
_Look = Callable[[Host, GuestSource, GuestSystem], Awaitable[GuestTypeChoice]]


@dataclass(frozen=True, slots=True)
class FoundSource:
    """What was found: the type the guest gets, kernel and initrd to install by, and why so.

    ``on_cd``: these lie on the CD, not on the host.  ``tree`` is what they are fetched from first, None for files that
    are there; ``recipe`` how a system is put on its disk, None where none is.
    """

    type: str
    kernel: str = ""
    ramdisk: str = ""
    on_cd: bool = False
    tree: trees.RemoteTree | None = None
    recipe: Recipe | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def find(
    host: Host, answers: Answers, chosen: GuestSystem, host_against: Mapping[str, str]
) -> FoundSource:
    """Look at the source that was answered, for a system; ``host_against`` says why the host boots no guest of a type.

    Raises UsageError for what nothing can be booted from as it was answered, StoreError for what is not there.
    """
    source = answers.source
    by_kind: Mapping[SourceKind, _Look] = {
        SourceKind.KERNEL: _kernel,
        SourceKind.TREE: _tree,
        SourceKind.ISO: _iso,
        SourceKind.NETWORK: _network,
        SourceKind.IMAGE: _with_system,
        SourceKind.CLOUD: _cloud,
        SourceKind.DISK: _with_system,
    }
    if source.kind is SourceKind.DISK and answers.disks:
        source = replace(source, path=answers.disks[0].path, format=answers.disks[0].format)
    if source.kind.builds:
        possible = await _built(host, answers, chosen)
    else:
        possible = await by_kind[source.kind](host, source, chosen)
    against = {each: host_against.get(each) or possible.against.get(each, "") for each in TYPES}
    order = (*possible.first, *chosen.types, *TYPES)
    best = chosen.types[0]
    got = answers.type or next((each for each in order if not against[each]), "")
    if not got or against[got]:
        told = got or best
        others = [each for each in TYPES if not against[each]]
        raise UsageError(
            f"it cannot boot as {told.upper()}: {against[told]}",
            subject=source.path or source.kernel,
            hint=f"it can be {' or '.join(others)}" if others else "choose another source",
        )
    usual = source.kind.installs and not answers.type and got == best and not possible.first
    why = (f"{got}: {chosen.why}",) if usual else ()
    pc = possible.on_cd and got == "hvm"
    on_cd = possible.on_cd and not pc
    reasons = possible.reasons
    if on_cd:
        reasons = (f"it is started by {possible.kernel} on the CD, which pygrub reads from its first disk",)
    warnings = possible.warnings
    if doubt := possible.doubts.get(got, ""):
        warnings += (f"as {got.upper()} it may not boot: {doubt}",)
    return FoundSource(
        got,
        "" if pc else possible.kernel,
        "" if pc else possible.ramdisk,
        on_cd=on_cd,
        tree=possible.tree,
        recipe=possible.recipe,
        reasons=(*why, *reasons),
        warnings=warnings if got == "hvm" else (*warnings, *possible.for_console),
    )


async def _with_system(host: Host, source: GuestSource, chosen: GuestSystem) -> GuestTypeChoice:
    """Return a disk with any system on it: what it may boot as is a guess, which never refuses what is asked for."""
    if source.kind is SourceKind.IMAGE:
        await _require_image(host, source.path, "the image")
    elif not source.path.startswith("/"):
        return GuestTypeChoice({})  # the disk is named later, or refused there
    found = await _look_at_image(host, source)
    doubts = {kind: why for kind, why in found.against.items() if why}
    fits = tuple(kind for kind in (*chosen.types, *TYPES) if kind not in doubts)
    best = chosen.types[0]
    reasons = (f"not {best}: {doubts[best]}",) if fits and best in doubts else ()
    return replace(
        found,
        against={},
        doubts=doubts,
        first=fits if doubts else (),
        reasons=(*reasons, *found.reasons),
        warnings=() if doubts else found.warnings,
    )


async def _cloud(host: Host, source: GuestSource, _system: GuestSystem) -> GuestTypeChoice:
    await _require_image(host, source.path, "the cloud image")
    return await _look_at_image(host, source)


async def _look_at_image(host: Host, source: GuestSource) -> GuestTypeChoice:
    return await cloud_image.look(host, source, grub=bool(await grub(host, GRUB_FOLDERS, PVH_GRUB)))


async def _require_image(host: Host, path: str, what: str) -> None:
    """Raise UsageError where no path is given, StoreError where it is neither a file nor a device."""
    if not path:
        raise UsageError(f"{what} is needed", subject="source", hint="name one of the host")
    whole_path(path)
    if (await stat(host, [path]))[path].get("kind") != "block":
        await require_files(host, [path])


async def _built(host: Host, answers: Answers, chosen: GuestSystem) -> GuestTypeChoice:
    """Return a system that is put on the disk: nothing boots it on a whole machine, and pygrub reads no XFS of
    today.
    """
    made = await recipe(host, answers, chosen)
    source = answers.source
    against = {"hvm": "no boot loader is put on its disk"}
    warnings: tuple[str, ...] = ()
    found = GuestTypeChoice(against)
    if source.kernel:
        kernel = GuestSource(SourceKind.KERNEL, kernel=source.kernel, ramdisk=source.ramdisk)
        found = await _kernel(host, kernel, chosen, installer=False)
        warnings = found.warnings
    elif made.filesystem == "xfs":
        against["pv"] = "pygrub cannot read current XFS"
        if not await grub(host, GRUB_FOLDERS, PVH_GRUB):
            against["pvh"] = "pygrub reads no XFS, and the host has no GRUB for PVH guests (grub-xen-host)"
    if not (made.keys or made.password):
        warnings += ("nobody can log in: it gets neither an SSH key nor a root password",)
    return replace(
        found, against={**found.against, **against}, recipe=made, warnings=warnings, ramdisk=source.ramdisk
    )


async def _network(_host: Host, _source: GuestSource, _system: GuestSystem) -> GuestTypeChoice:
    only = "only a whole machine has a network card that boots"
    return GuestTypeChoice(
        {"pv": only, "pvh": only}, reasons=("hvm: its network card asks for what to boot (PXE)",)
    )


async def _kernel(
    host: Host, source: GuestSource, _system: GuestSystem, *, installer: bool = True
) -> GuestTypeChoice:
    if not source.kernel:
        raise UsageError("a kernel is needed", subject="source", hint="name its file on the host")
    for path in filter(None, (source.kernel, source.ramdisk)):
        whole_path(path)
    await require_files(host, [path for path in (source.kernel, source.ramdisk) if path])
    facts = await host.call(operations.look_at_kernel, path=host.host_path(source.kernel))
    return _of_kernel(source, facts, installer=installer)


def _of_kernel(source: GuestSource, facts: KernelFacts, *, installer: bool) -> GuestTypeChoice:
    packing = plain(str(facts.get("packing") or ""), 20)
    if facts.get("kind") not in ("bzimage", "elf"):
        raise UsageError(
            "is not a kernel that Xen or QEMU can start", subject=source.kernel, hint="name another file"
        )
    against = {
        "pv": "the kernel has no entry for PV" if facts.get("pv") is False else "",
        "pvh": "the kernel has no entry for PVH" if facts.get("pvh") is False else "",
        "hvm": "" if facts.get("kind") == "bzimage" else "QEMU starts a bzImage only",
    }
    reasons, warnings = [], []
    known = [kind.upper() for kind in ("pv", "pvh") if facts.get(kind) is True]
    release = plain(str(facts.get("release") or ""), 60)
    if known:
        reasons.append(f"the kernel{f' {release}' if release else ''} boots as {' and as '.join(known)}")
    elif facts.get("pv") is None:
        why = plain(str(facts.get("why") or ""), 120)
        warnings.append(f"whether the kernel boots as PV or PVH is not known{f': {why}' if why else ''}")
    if packing in _NOT_UNPACKED:
        warnings.append(f"the kernel is packed with {packing}, which Xen's tools of Debian do not unpack")
    if installer and not source.ramdisk:
        warnings.append("no initrd is named; an installer's kernel needs its own")
    return GuestTypeChoice(
        against, source.kernel, source.ramdisk, reasons=tuple(reasons), warnings=tuple(warnings)
    )


async def _tree(host: Host, source: GuestSource, chosen: GuestSystem) -> GuestTypeChoice:
    folder = source.path.rstrip("/")
    if not folder:
        raise UsageError("the folder of the tree is needed", subject="source", hint="name one of the host")
    if trees.is_remote(source.path):
        return await _remote(host, source, chosen)
    whole_path(folder)
    seen = (await host.call(operations.stat, paths=[host.host_path(folder)])).popitem()[1]
    if seen.get("kind") != "dir":
        raise _missing(folder, "is not a folder of the host")
    pairs = [(source.kernel, source.ramdisk)] if source.kernel else list(chosen.kernels)
    places = [[f"{folder}/{name.lstrip('/')}" for name in pair if name] for pair in pairs]
    facts = await stat(host, [path for place in places for path in place])
    for place in places:
        if all(facts[path].get("kind") == "file" for path in place):
            kernel, ramdisk = (*place, "")[:2]
            found = await _kernel(
                host, GuestSource(SourceKind.KERNEL, kernel=kernel, ramdisk=ramdisk), chosen
            )
            told = f"the tree has {' and '.join(path.removeprefix(f'{folder}/') for path in place)}"
            return replace(found, reasons=(told, *found.reasons))
    looked = ", ".join(kernel for kernel, _ in pairs[:4])
    raise StoreError(
        f"holds no kernel and initrd of {chosen.label}: looked for {looked or 'none'}",
        code=StoreCode.MISSING,
        subject=source.path,
        hint="choose the system it is of, or name kernel and initrd",
    )


async def _remote(host: Host, source: GuestSource, chosen: GuestSystem) -> GuestTypeChoice:
    """Return a tree on a server: of what type its kernel is, is known where it was fetched before."""
    tree = await trees.look(host, source, chosen)
    warnings = tree.warnings
    if tree.family and chosen.label.split(",")[0].split()[0].lower() not in tree.family.lower():
        warnings += (f"the tree says that it is {tree.family}",)
    if tree.there:
        found = await fetched(host, tree, chosen)
        return replace(
            found, tree=tree, reasons=(tree.words, *found.reasons), warnings=(*warnings, *found.warnings)
        )
    told = "whether the kernel boots as it is to is looked at once it is fetched, before anything is made"
    return GuestTypeChoice({}, *tree.paths, tree=tree, reasons=(tree.words, told), warnings=warnings)


async def fetched(host: Host, tree: trees.RemoteTree, chosen: GuestSystem) -> GuestTypeChoice:
    """Return what can be started by the kernel of a tree that was fetched; raises UsageError for what is not a
    kernel.
    """
    kernel, ramdisk = tree.paths
    return await _kernel(host, GuestSource(SourceKind.KERNEL, kernel=kernel, ramdisk=ramdisk), chosen)


async def _iso(host: Host, source: GuestSource, chosen: GuestSystem) -> GuestTypeChoice:
    if not source.path:
        raise UsageError("the image of the CD is needed", subject="source", hint="name a file of the host")
    whole_path(source.path)
    await require_files(host, [source.path])
    head = await host.call(
        operations.read_head, path=host.host_path(source.path), limit=(_DESCRIPTOR + 4) * _SECTOR
    )
    descriptors = [head[at : at + _SECTOR] for at in range(_DESCRIPTOR * _SECTOR, len(head), _SECTOR)]
    if not descriptors or not descriptors[0].startswith(_CD):
        raise UsageError("is not an image of a CD (ISO 9660)", subject=source.path, hint="name another file")
    boots = any(each.startswith(_BOOT_RECORD) for each in descriptors)
    kernel, ramdisk = (source.kernel, source.ramdisk) if source.kernel else chosen.on_cd or ("", "")
    no_kernel = "" if kernel else "a PV guest has no drive to boot from; the kernel on the CD must be named"
    reasons = ["hvm: it boots the CD as a PC does"] if boots and not source.kernel else []
    return GuestTypeChoice(
        {"pv": no_kernel, "pvh": no_kernel, "hvm": "" if boots else "the CD has no boot record"},
        kernel,
        ramdisk,
        on_cd=True,
        reasons=tuple(reasons),
        first=("hvm",) if boots and not source.kernel else (),
    )


async def require_files(host: Host, paths: Sequence[str]) -> None:
    """Raise StoreError where one of the paths is not a file that can be read."""
    facts = await stat(host, paths)
    for path in paths:
        kind = facts[path].get("kind")
        if kind == "missing":
            raise _missing(path, "there is no such file on the host")
        if kind != "file":
            folder = kind == "dir"
            raise _missing(
                path,
                "is a folder" if folder else "is not a file",
                "name a file in it" if folder else "name a file",
            )


def _missing(path: str, message: str, hint: str = "correct the path, or bring it to the host") -> StoreError:
    return StoreError(message, code=StoreCode.MISSING, subject=path, hint=hint)


async def grub(host: Host, folders: Sequence[str], name: str) -> str:
    """Return where the host has GRUB for guests; "" where it has none."""
    paths = [f"{folder}/{name}" for folder in folders]
    facts = await stat(host, paths)
    return next((path for path in paths if facts[path].get("kind") == "file"), "")


def against_types(report: str) -> Mapping[str, str]:
    """Return why a host boots no guest of a type, as its own report tells; nothing where it does not say."""
    caps = next((line.partition(":")[2] for line in lines(report) if line.startswith("virt_caps")), None)
    if caps is None:
        return {}
    words = caps.split()
    hvm = "" if "hvm" in words else "the processor of the host has no hardware virtualization"
    return {"hvm": hvm, "pvh": hvm, "pv": "" if "pv" in words else "this Xen boots no PV guests"}
