"""A cloud image looked at before it is copied: for which machine it was made, and what a guest of it boots by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from xentui.bootmenu.find import NOTHING_READ
from xentui.bootmenu.limits import TOO_LONG
from xentui.bootmenu.superblock import READ_BY_PYGRUB
from xentui.errors import UsageError, XentuiError
from xentui.model.boot_menu import BootEntry, BootMenu, ImageMachine
from xentui.service import boot_menu
from xentui.service.boot_menu_answer import NO_MENU
from xentui.service.making.answers import GuestSource
from xentui.service.making.guest_types import GuestTypeChoice
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.hosts.base import Host

_OURS = ("x86_64", "i386")
_LOADERS = {
    "bootx64.efi": "x86_64",
    "bootia32.efi": "i386",
    "bootaa64.efi": "aarch64",
    "bootarm.efi": "arm",
    "bootriscv64.efi": "riscv64",
    "bootloongarch64.efi": "loongarch64",
}
"""EFI's names for what is started by itself (UEFI 2.10, 3.5.1.1)."""
_KERNELS = (
    (re.compile(r"[-._](?:amd64|x86[_-]64)\b"), "x86_64"),
    (re.compile(r"[-._](?:686(?:-pae)?|i[3-6]86)\b"), "i386"),
    (re.compile(r"[-._](?:arm64|aarch64)\b"), "aarch64"),
    (re.compile(r"[-._](?:armmp(?:-lpae)?|armv7\w*|armhf)\b"), "arm"),
    (re.compile(r"[-._](?:ppc64(?:le|el)?|powerpc64le)\b"), "ppc64"),
    (re.compile(r"[-._]s390x?\b"), "s390x"),
    (re.compile(r"[-._]riscv64\b"), "riscv64"),
    (re.compile(r"[-._]loong(?:arch)?64\b"), "loongarch64"),
)
"""How distributions end the names of their kernels."""


def evidence(found: ImageMachine) -> Iterator[tuple[str, str]]:
    """Yield the machines that something on the image is for, each with what that is."""
    if found.kernel:
        yield found.kernel, f"its kernel is one for {found.kernel}"
    for loader in found.efi:
        if loader in _LOADERS:
            yield _LOADERS[loader], loader.upper()
    kernels = [entry.kernel.rpartition("/")[2] for entry in found.menu.entries] if found.menu else []
    for name in (*found.kernels, *kernels):
        yield from ((machine, name) for pattern, machine in _KERNELS if pattern.search(name))


def refuse_other_machine(found: ImageMachine, path: str) -> None:
    """Raise UsageError where all that tells says that the image is for another processor."""
    told = dict(evidence(found))
    if not told or any(machine in _OURS for machine in told):
        return
    machine, why = next(iter(told.items()))
    raise UsageError(
        f"is an image for {plain(machine, 20)}: {plain(why, 100)}",
        subject=path,
        hint="take the one for amd64 (x86_64)",
    )


async def look(host: Host, source: GuestSource, *, grub: bool) -> GuestTypeChoice:
    """Return what a guest of the image could be; ``grub`` tells whether the host has GRUB for PVH guests.

    Raises UsageError for an image that was made for another machine.
    """
    try:
        found = await boot_menu.machine_of(host, source.path, source.format)
    except XentuiError as error:
        return GuestTypeChoice({}, warnings=(f"what is on the image is not known: {error.message}",))
    refuse_other_machine(found, source.path)
    against = {"pv": "", "pvh": "", "hvm": _against_hvm(found)}
    if found.menu is None:
        return _without_menu(found, against)
    against["pv"] = _against_pygrub(found.menu)
    against["pvh"] = "" if grub and found.menu.loader == "grub2" else against["pv"]
    entry = found.menu.default
    kernel = plain((entry.kernel if entry else "").rpartition("/")[2] or "no kernel", 80)
    where = f"partition {found.menu.partition}" if found.menu.partition else "the whole disk"
    menu = f"{found.menu.loader} on {where} ({found.menu.filesystem}) boots {kernel}"
    return GuestTypeChoice(against, reasons=(menu,), for_console=tuple(_console(entry)))


def _without_menu(found: ImageMachine, against: dict[str, str]) -> GuestTypeChoice:
    reason = found.why.removeprefix(NO_MENU)
    why = (f"what it boots is not known: {reason}",)
    if NOTHING_READ in reason or TOO_LONG in reason:
        return GuestTypeChoice(against, warnings=why)
    no_menu = f"no boot menu can be read on it: {reason}"
    return GuestTypeChoice({**against, "pv": no_menu, "pvh": no_menu}, warnings=why)


def _against_hvm(found: ImageMachine) -> str:
    return "it has no boot sector: it boots with EFI only" if found.sector is False else ""


def _against_pygrub(menu: BootMenu) -> str:
    """Return why pygrub boots nothing of a disk, "" where it does."""
    entry, seen = menu.default, menu.pygrub
    if entry is None or not entry.kernel:
        return "its boot menu names no kernel"
    if entry.place and entry.place.volume:
        return "pygrub reads no LVM, where its kernel is"
    if entry.place and entry.place.filesystem not in READ_BY_PYGRUB:
        return f"pygrub reads no {entry.place.filesystem}, where its kernel is"
    if seen is not None and not any(each.kernel for each in seen.entries):
        return "pygrub finds no kernel in its boot menu"
    return ""


def _console(entry: BootEntry | None) -> Iterator[str]:
    """Yield what is odd about where the kernel of the image tells what it does."""
    named = re.findall(r"(?:^|\s)console=(\w+)", entry.args if entry else "")
    if named and not {"hvc0", "xvc0"} & set(named):
        yield (
            f"its kernel command line names the console {named[-1]}: as a PV or PVH guest it shows no kernel messages "
            "without console=hvc0; a login appears if the system starts one on hvc0 (systemd does)"
        )
