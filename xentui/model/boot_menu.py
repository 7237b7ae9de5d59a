"""A guest's boot menu: what it would boot, without booting it."""

from __future__ import annotations

from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class BootEntry:
    """One entry.

    ``submenu`` are the titles above it, outermost first; ``kernel`` and ``initrd`` paths in the guest, ``args`` the
    kernel's command line; ``loader`` the boot loader's command for it (``linux``, ``chainloader`` …).  ``source`` is
    the file it stands in, ``lines`` the first and the last there, from 1.
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


@dataclass(frozen=True, slots=True)
class BootMenu:
    """A menu, and where it was read.

    ``loader`` is ``grub2``, ``grub-legacy``, ``extlinux``, ``isolinux``, or ``direct kernel`` for a kernel that the
    configuration itself names; ``timeout`` in seconds, None where it waits for ever; ``disk`` the image or device,
    ``partition`` its number there, 0 for the whole disk.  ``stale``: the guest runs, or its file system has a journal
    not yet played back, so that what is read may be older than what the guest last wrote.  ``kernels`` are those on the
    disk that no entry names.
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

    @property
    def default(self) -> BootEntry | None:
        """The entry that boots unless another is chosen."""
        return next((entry for entry in self.entries if entry.default), None)
