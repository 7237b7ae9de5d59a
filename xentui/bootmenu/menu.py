"""A boot menu as it would be shown."""

from __future__ import annotations

from xentui.domuloader.tuples import NamedTuple


class MenuEntry(NamedTuple):
    """One entry.

    ``submenu`` are the titles above it, outermost first.  ``kernel`` and ``initrd`` are paths in the guest, ``args`` is
    the kernel's command line.  ``device`` is the partition these are on in the loader's own words ("" where that is
    the configuration's).  ``loader`` is the command that boots it (``linux``, ``multiboot``, ``chainloader`` …), "" for
    none.  ``source`` is the file that has it, ``first`` and ``last`` its lines there, from 1.
    """

    title: str
    submenu: tuple[str, ...] = ()
    ident: str = ""
    kernel: str = ""
    initrd: tuple[str, ...] = ()
    args: str = ""
    device: str = ""
    loader: str = ""
    source: str = ""
    first: int = 0
    last: int = 0
    position: tuple[int, ...] = ()
    """Its number in its menu, and those of the submenus above, from 0: ``(1, 2)`` is GRUB's ``1>2``."""


class Menu(NamedTuple):
    """A menu; ``default`` is an index into ``entries``, -1 for none; ``timeout`` in seconds, None for ever."""

    loader: str
    """``grub2``, ``grub-legacy``, ``extlinux`` or ``isolinux``."""
    source: str
    """The file it was read from."""
    entries: tuple[MenuEntry, ...]
    default: int
    timeout: float | None
    notes: tuple[str, ...] = ()
    once: bool = False
    """Whether the default was asked for one boot only (``next_entry``)."""
