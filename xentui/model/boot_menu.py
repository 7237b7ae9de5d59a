"""A guest's boot menu: what it would boot, without booting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class BootPlace:
    """A file system of a disk: its ``partition`` (0: the whole disk, or a volume) begins at byte ``start``.

    ``volume`` is what GRUB calls a volume of LVM within the disk (``lvm/vg-root``), "" for none; ``filesystem`` its
    kind as blkid(8) calls it.
    """

    partition: int = 0
    start: int = 0
    filesystem: str = ""
    volume: str = ""


@dataclass(frozen=True, slots=True)
class PygrubEntry:
    """An entry as pygrub has it; ``kernel`` is "" where it finds none, and then it boots none."""

    title: str
    kernel: str = ""
    initrd: str = ""
    args: str = ""


@dataclass(frozen=True, slots=True)
class PygrubMenu:
    """What pygrub makes of a disk: ``entries`` in its own numbers, from 0, of the file ``source``.

    ``default`` is the number it boots by itself, -1 for none; ``numbers`` has, for each entry of the boot loader's own
    menu, its number here, -1 for none; ``notes`` say where the two differ.
    """

    source: str = ""
    entries: tuple[PygrubEntry, ...] = ()
    default: int = -1
    numbers: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BootEntry:
    """One entry.

    ``submenu`` are the titles above it, outermost first; ``kernel`` and ``initrd`` paths in the guest, ``args`` the
    kernel's command line; ``loader`` the boot loader's command for it (``linux``, ``chainloader`` …).  ``source`` is
    the file it stands in, ``lines`` the first and the last there, from 1.  ``place`` is the file system its kernel is
    on, None where the kernel is not there.
    """

    title: str
    submenu: tuple[str, ...] = ()
    kernel: str = ""
    initrd: tuple[str, ...] = ()
    args: str = ""
    loader: str = ""
    default: bool = False
    source: str = ""
    lines: tuple[int, int] = (0, 0)
    place: BootPlace | None = None

    @property
    def full_title(self) -> str:
        """The title behind those of its submenus, as GRUB writes it."""
        return ">".join((*self.submenu, self.title))


@dataclass(frozen=True, slots=True)
class BootMenu:
    """A menu, and where it was read.

    ``loader`` is ``grub2``, ``grub-legacy``, ``extlinux``, ``isolinux``, or ``direct kernel`` for a kernel that the
    configuration itself names; ``timeout`` in seconds, None where it waits for ever; ``disk`` the image or device,
    ``partition`` its number there, 0 for the whole disk.  ``stale``: the guest runs, or its file system has a journal
    not yet played back, so that what is read may be older than what the guest last wrote.  ``kernels`` are those on the
    disk that no entry names.  ``files`` are the texts the entries stand in, by path, where they were asked for.
    ``pygrub`` is what pygrub makes of the disk, None where that is not known.  ``changed`` is when the files the menu
    is made of were last written, in seconds since the epoch, 0 where that was not asked for.
    """

    loader: str
    entries: tuple[BootEntry, ...]
    timeout: float | None = None
    disk: str = ""
    partition: int = 0
    filesystem: str = ""
    source: str = ""
    stale: bool = False
    kernels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    pygrub: PygrubMenu | None = None
    changed: float = 0.0

    @property
    def default(self) -> BootEntry | None:
        """The entry that boots unless another is chosen."""
        return next((entry for entry in self.entries if entry.default), None)


@dataclass(frozen=True, slots=True)
class WantedEntry:
    """An entry of the boot menu that is asked for: its title or number, "" for the default.

    ``args`` is a command line in the place of the entry's, ``more`` goes behind it.
    """

    entry: str = ""
    args: str | None = None
    more: str = ""


@dataclass(frozen=True, slots=True)
class ImageMachine:
    """For which machine the system on an image was made, as what lies there tells.

    ``efi`` are the names of EFI's own loaders, in small letters, ``kernels`` those of kernels, ``kernel`` the machine
    of one as its first bytes tell ("" where they do not); ``sector`` whether a BIOS would start something of it, None
    where that is not known.  ``menu`` is its boot menu, None where none was read: then ``why`` says why.
    """

    efi: tuple[str, ...] = ()
    kernels: tuple[str, ...] = ()
    kernel: str = ""
    sector: bool | None = None
    menu: BootMenu | None = None
    why: str = ""
