"""Which file of a guest's disk makes its boot menu, and the menu."""

from __future__ import annotations

import re

from xentui.bootmenu.disk import FileSystem, GuestDisk
from xentui.bootmenu.limits import FILE, BootMenuError, OverlongError
from xentui.bootmenu.superblock import CONTAINERS, READABLE
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from xentui.bootmenu.files import Files
    from xentui.bootmenu.menu import Menu

    Read = Callable[[Files, str, str], Menu]
    """Makes a menu of a file: of which device, and its path."""

GRUB2 = ("/boot/grub/grub.cfg", "/grub/grub.cfg", "/boot/grub2/grub.cfg", "/grub2/grub.cfg")
_GRUB2_NAME = "grub.cfg"
SYSLINUX = (
    "/boot/isolinux/isolinux.cfg", "/boot/extlinux/extlinux.conf", "/boot/extlinux.conf", "/extlinux/extlinux.conf",
    "/extlinux.conf", "/isolinux/isolinux.cfg", "/isolinux.cfg", "/syslinux/syslinux.cfg", "/syslinux.cfg",
)  # fmt: skip
LEGACY = ("/boot/grub/menu.lst", "/boot/grub/grub.conf", "/grub/menu.lst", "/grub/grub.conf")


def _grub2(files: Files, device: str, path: str) -> Menu:
    from xentui.bootmenu import grub_menu

    return grub_menu.read_menu(files, device, path)


def _syslinux(files: Files, device: str, path: str) -> Menu:
    from xentui.bootmenu import syslinux

    return syslinux.read_menu(files, device, path)


def _legacy(files: Files, device: str, path: str) -> Menu:
    from xentui.bootmenu import legacy

    return legacy.read_menu(files, device, path)


_READ: Sequence[tuple[Sequence[str], Read]] = ((GRUB2, _grub2), (SYSLINUX, _syslinux), (LEGACY, _legacy))
"""In pygrub's order (tools/pygrub, ``cfgfile`` lists), which goes from the newest loader to the oldest."""
_KERNEL = re.compile(r"(?:vmlinu[xz]|bzImage|kernel|Image)(?:[-.].*)?")
NOTHING_READ = "the host has no program that reads"
"""What the reason begins with where a menu may be there all the same."""
_FOLDERS = 4
"""Folders with kernels that are looked into."""


class Found(NamedTuple):
    """A menu, where it is, kernels that none of its entries names, and what else there is to say."""

    place: FileSystem
    menu: Menu
    kernels: tuple[str, ...]
    notes: tuple[str, ...]
    files: tuple[tuple[FileSystem, str], ...]
    """The first configuration of each file system."""


def find(disk: GuestDisk) -> Found:
    """Return the menu of a disk; raises BootMenuError where it has none that can be read."""
    problems: list[str] = []
    made: tuple[FileSystem, Menu] | None = None
    firsts: list[tuple[FileSystem, str]] = []
    kernels: tuple[str, ...] = ()
    try:
        for place in disk.places:
            if place.system.kind in READABLE:
                made = _looked(disk, place, made, firsts, problems)
        if made is not None:
            kernels = _kernels(disk, *made)
    except (BootMenuError, OverlongError) as error:
        # Whatever else there was no time for: a menu that was found is shown.
        if made is None:
            raise
        problems.append(str(error))
    if made is None:
        raise BootMenuError(_nothing(disk, problems))
    others = [f"{owner.words} has another: {path}" for owner, path in firsts if owner != made[0]]
    return Found(*made, kernels, (*problems, *others), tuple(firsts))


def _looked(
    disk: GuestDisk,
    place: FileSystem,
    made: tuple[FileSystem, Menu] | None,
    firsts: list[tuple[FileSystem, str]],
    problems: list[str],
) -> tuple[FileSystem, Menu] | None:
    """Return the menu that was ``made``, else the one a file system has; adds to the first files, and to the
    problems.
    """
    for at, (path, read) in enumerate(_candidates(disk, place)):
        if not at:
            firsts.append((place, path))
        if made is not None:
            break
        try:
            return place, read(disk, place.device, path)
        except BootMenuError as error:
            large = disk.too_large(place.device, path)
            why = f"it is larger than {FILE >> 20} MiB" if large else _at(error)
            problems.append(f"{path} on {place.words}: {why}")
    return made


def _candidates(disk: GuestDisk, place: FileSystem) -> Iterator[tuple[str, Read]]:
    """Yield the configurations there are, as they are asked for; folders are looked at before files are."""

    def there(path: str) -> bool:
        """Return whether a path exists, as far as folders can be listed; a link to a folder has no slash behind its
        name.
        """
        folder, _, name = path.rpartition("/")
        if not folder and name == "boot":
            # Most have it, and what is in it is asked for next.
            return disk.names(place.device, path) is not None
        if folder and not there(folder):
            return False
        if name == _GRUB2_NAME and disk.there(place.device, path):
            return True  # it is read anyhow, and its folder need not be looked at then
        names = disk.names(place.device, folder or "/")
        return names is not None and (name in names or f"{name}/" in names)

    for paths, read in _READ:
        for path in paths:
            if there(path):
                yield path, read
    if disk.names(place.device, "/") is None:
        # Nothing lists folders here; files may be read all the same.
        for paths, read in _READ:
            for path in paths:
                if disk.read(place.device, path) is not None:
                    yield path, read


def _kernels(disk: GuestDisk, place: FileSystem, menu: Menu) -> tuple[str, ...]:
    """Kernels where the entries' are that no entry names."""
    named = {entry.kernel.rpartition("/")[2] for entry in menu.entries}
    named |= {path.rpartition("/")[2] for entry in menu.entries for path in entry.initrd}
    found = []
    folders = {
        entry.kernel.rpartition("/")[0] or "/" for entry in menu.entries if entry.kernel.startswith("/")
    }
    for folder in sorted(folders)[:_FOLDERS]:
        for name in disk.names(place.device, folder) or ():
            if _KERNEL.fullmatch(name) and name not in named and not name.endswith((".old", ".sig", ".hmac")):
                found.append(f"{folder.rstrip('/')}/{name}")
    return tuple(found[:100])


def _at(error: BootMenuError) -> str:
    return f"line {error.line}: {error}" if error.line else str(error)


def _nothing(disk: GuestDisk, problems: list[str]) -> str:
    if problems:
        return "; ".join(problems)
    if disk.unseen:
        return disk.unseen
    seen = [f"{place.words} ({place.system.kind or 'nothing known'})" for place in disk.places]
    listed = ", ".join(seen[:20]) + (", …" if len(seen) > 20 else "")
    kinds = {place.system.kind for place in disk.places}
    inside = kinds & set(CONTAINERS)
    if inside:
        return f"its format is raw, and it begins as a {inside.pop()} image does: as what, its configuration has to say"
    if not kinds & set(READABLE):
        return f"no file system that a boot loader reads: {listed}"
    if disk.missing:
        return f"{NOTHING_READ} {listed}: install grub-common (grub-fstest) or e2fsprogs (debugfs)"
    return f"no boot loader's configuration on {listed}"
