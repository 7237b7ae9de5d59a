"""The two configurations of a new guest: the one that is stored, and the one it is installed by, once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from xentui import config as language
from xentui.config.quoting import quote
from xentui.model.devices import Access, Disk, Vif
from xentui.service.installing.texts import DRIVES, console_argument, free_drive, without_boot
from xentui.service.making import trees
from xentui.service.making.answers import Answers, Display, SourceKind
from xentui.service.making.sources import FoundSource
from xentui.service.making.systems import GuestSystem
from xentui.service.making.unattended import Unattended

_OF_HOST = "root=/dev/xvda ro console=hvc0 net.ifnames=0"
"""The line of a kernel of the host that boots a system which was made."""
_PV_DRIVES = ("xvdz", "xvdy", "xvdx", "xvdw")
"""Where a CD is put behind the disks a guest may be given later."""


def stored(
    answers: Answers, system: GuestSystem, found: FoundSource, disks: Iterable[Disk], grub: str
) -> str:
    """Return the text that is stored; ``grub`` is the host's GRUB for PVH guests, "" where it has none."""
    kind = found.type
    lines = [
        f"name = {quote(answers.name)}",
        f"type = {quote(kind)}",
        f"memory = {answers.memory or system.memory}",
        f"vcpus = {answers.vcpus or system.vcpus}",
    ]
    if kind == "hvm":
        lines.append('boot = "c"')
    elif answers.source.kind.builds and found.kernel:
        lines.append(f"kernel = {quote(found.kernel)}")
        lines += [f"ramdisk = {quote(found.ramdisk)}"] if found.ramdisk else []
        lines.append(f"extra = {quote(' '.join(filter(None, (_OF_HOST, answers.source.extra))))}")
    elif kind == "pvh" and grub:
        lines.append(f"kernel = {quote(grub)}    # GRUB, in the guest: its own menu on the console")
    else:
        lines.append('bootloader = "pygrub"    # boots what its own boot menu says')
    lines += ["", _list("disk", [language.format_disk(disk) for disk in disks])]
    lines += [_list("vif", [_vif(answers, system, number) for number in range(len(answers.interfaces))])]
    lines += ["", *_display(answers, kind)]
    if system.emulated:
        lines += ['usbdevice = "tablet"     # the pointer stands where the mouse does', "localtime = 1"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _list(key: str, items: Sequence[str]) -> str:
    if not items:
        return f"{key} = []"
    return "\n".join([f"{key} = [", *(f"    {quote(item)}," for item in items), "]"])


def _vif(answers: Answers, system: GuestSystem, number: int) -> str:
    wanted = answers.interfaces[number]
    model = "e1000" if system.emulated else ""
    return language.format_vif(Vif(mac=wanted.mac, bridge=wanted.bridge, model=model))


def _display(answers: Answers, type: str) -> list[str]:
    if type != "hvm":
        shown = answers.display is Display.VNC
        return ['vfb = ["vnc=1,vnclisten=127.0.0.1"]'] if shown else []
    if answers.display is Display.VNC:
        return ["vnc = 1", 'vnclisten = "127.0.0.1"', 'serial = "pty"']
    return ["vnc = 0", 'serial = "pty"          # its console, where the guest uses a serial line']


def installing(
    text: str, answers: Answers, system: GuestSystem, found: FoundSource, unattended: Unattended | None = None
) -> str:
    """Return the text it is installed by: what is stored, but for what it boots; raises ConfigError where that is none.

    ``unattended`` are answers for the installer, which lie on a small disk, or in an initrd in the place of its own.
    """
    document = language.parse(text, source="the configuration")
    if found.kernel and not found.on_cd:
        document = without_boot(document, "kernel").set("kernel", found.kernel)
        document = document.set("ramdisk", found.ramdisk) if found.ramdisk else document
    elif found.on_cd:
        document = without_boot(document, "bootloader").set("bootloader", "pygrub")
        arguments = [f"--kernel={found.kernel}", *([f"--ramdisk={found.ramdisk}"] if found.ramdisk else [])]
        document = document.set("bootloader_args", arguments)
    words = unattended.answers.words if unattended else ""
    if found.kernel and (line := kernel_line(answers, system, found.type, words)):
        document = document.set("extra", line)
    if answers.source.kind is SourceKind.ISO:
        document = _with_cd(document, answers.source.path, found)
    if answers.source.kind is SourceKind.NETWORK:
        document = document.set("boot", "n")
    if unattended is not None and unattended.initrd:
        return document.set("ramdisk", unattended.path).text
    if unattended is not None:
        vdev = free_drive(language.disks_of(document), _PV_DRIVES)
        item = language.format_disk(Disk(unattended.path, vdev, access=Access.READ))
        document = document.append_item("disk", item)
    return document.text


def _with_cd(document: language.Document, path: str, found: FoundSource) -> language.Document:
    hvm = found.type == "hvm"
    vdev = free_drive(language.disks_of(document), DRIVES if hvm else _PV_DRIVES)
    item = language.format_disk(Disk(path, vdev, access=Access.READ, cdrom=True))
    if hvm:
        return document.append_item("disk", item).set("boot", "dc")
    return document.insert_item("disk", 0, item)  # the first disk is the one pygrub reads


def kernel_line(answers: Answers, system: GuestSystem, type: str, unattended: str = "") -> str:
    """Return what stands on the installer's kernel line: its console, what its installer needs, where its answers
    are.
    """
    words = [answers.source.extra] if answers.source.extra else []
    if not system.emulated and "console=" not in answers.source.extra:
        words.insert(0, console_argument(hvm=type == "hvm"))
    if system.extra and system.extra not in answers.source.extra:
        words.append(system.extra)
    if answers.source.kind is SourceKind.TREE and trees.is_remote(answers.source.path):
        words += trees.kernel_words(answers.source.path, system, answers.source.extra)
    if unattended and unattended.partition("=")[0] not in re.split(r"[\s=]+", answers.source.extra):
        words.append(unattended)
    return " ".join(words)
