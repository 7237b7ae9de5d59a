"""Which kernel a guest runs, which it would boot, and whether the two differ; read for many guests now and then."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace

from xentui.errors import HostError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootMenu
from xentui.model.domain import Domain
from xentui.service import boot_menu
from xentui.service.boot_default import entry_of

READ_AGAIN = 600.0
"""Seconds until the disk of a guest is looked at again."""
_FAILED_AGAIN = 10.0
"""Seconds until one is looked at again that the host could not be asked about, as where the line was cut."""
_AT_A_TIME = 25
_RELEASE = re.compile(r"(?:vmlinu[xz]|bzImage|kernel|Image|linux)-(.+?)(?:\.efi|\.gz)?")
_CLOCKS = 2.0
"""Seconds by which the clocks of a guest and of its host may differ, and by which an uptime is rounded."""


@dataclass(frozen=True, slots=True)
class GuestKernel:
    """The release a guest runs ("" where it is off, or nobody knows), and the one its boot menu boots next."""

    runs: str = ""
    boots: str = ""

    @property
    def waits(self) -> bool:
        """Whether another kernel than the running one waits for the next boot."""
        return bool(self.runs and self.boots) and self.runs != self.boots

    @property
    def words(self) -> str:
        """Both, for people; "" where nothing is known."""
        if self.waits:
            return f"runs {self.runs}, would boot {self.boots}"
        return self.boots or self.runs


def release(path: str) -> str:
    """Return the release in the name of a kernel's file, the name itself where it has none; "" for no path."""
    folder, _, name = path.rpartition("/")
    if name == "linux" and "/" in folder:
        return folder.rpartition("/")[2]  # as kernel-install lays them out: TOKEN/RELEASE/linux
    match = _RELEASE.fullmatch(name)
    return match[1] if match else name


def of_menu(domain: Domain, menu: BootMenu, booted: float = 0.0, runs: str = "") -> GuestKernel:
    """Return what a menu tells of a guest that was booted at a moment, 0 where nobody knows when.

    A menu written before the guest booted is the one it was booted by; of a later one only what was known before of
    this run of the guest, ``runs``, tells what it runs.  A one-off boot may be of anything.
    """
    boots = release(_next(domain, menu))
    if domain.domid is None:
        return GuestKernel("", boots)
    if menu.loader == "direct kernel":
        return GuestKernel(release(domain.config.kernel), release(_stored_kernel(domain)))
    same = bool(booted and menu.changed) and menu.changed < booted - _CLOCKS and not domain.one_off
    return GuestKernel(runs or (boots if same else ""), boots)


def _stored_kernel(domain: Domain) -> str:
    stored = domain.stored or domain.config
    return stored.kernel or domain.config.kernel


def _next(domain: Domain, menu: BootMenu) -> str:
    """Return the kernel of the entry that is booted unless another is chosen: the stored choice, pygrub's, or the
    menu's.
    """
    config = domain.stored or domain.config
    seen_by_pygrub = menu.pygrub
    if seen_by_pygrub is not None:
        wanted = entry_of(config)
        for number, entry in enumerate(seen_by_pygrub.entries):
            if wanted and wanted in (entry.title, str(number)):
                return entry.kernel
        if 0 <= seen_by_pygrub.default < len(seen_by_pygrub.entries):
            return seen_by_pygrub.entries[seen_by_pygrub.default].kernel
        return ""
    return menu.default.kernel if menu.default else ""


class GuestKernels:
    """The kernels of a host's guests, as they were last read; a disk that has not changed is not read again."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._menus = boot_menu.KnownMenus()
        self._read: dict[str, _Read] = {}

    def of(self, domain: Domain, booted: float = 0.0) -> GuestKernel:
        """Return what is known of a guest that was booted at a moment, 0 where nobody knows when; empty where
        nothing is.
        """
        read = self._read.get(domain.uuid)
        if read is None or read.menu is None:
            return GuestKernel()
        kernel = of_menu(domain, read.menu, booted, read.runs if read.domid == domain.domid else "")
        self._read[domain.uuid] = replace(read, domid=domain.domid, runs=kernel.runs)
        return kernel

    def due(self, domains: Sequence[Domain]) -> list[Domain]:
        """Return those whose disks are to be looked at now: the new, the rebooted, and those not looked at for long."""
        self.forget(domains)
        found = []
        for domain in domains:
            if domain.is_control or domain.copy_of or not domain.uuid:
                continue
            if self.older(domain, READ_AGAIN):
                found.append(domain)
        return found[:_AT_A_TIME]

    def menu(self, domain: Domain) -> BootMenu | XentuiError | None:
        """Return the menu a guest would boot by as it was last read, or why there is none; None where it was not
        read.
        """
        read = self._read.get(domain.uuid)
        if read is None or read.of != _asked(domain):
            return None
        return read.menu or read.why

    def older(self, domain: Domain, seconds: float) -> bool:
        """Return whether the menu of a guest was not read in the last seconds, or is not the one it boots by now."""
        read = self._read.get(domain.uuid)
        if read is None or read.of != _asked(domain):
            return True
        return time.monotonic() - read.at >= (min(seconds, _FAILED_AGAIN) if read.failed else seconds)

    async def read(self, domains: Sequence[Domain]) -> None:
        """Look at the disks of some guests; what is known stays where the host cannot be asked."""
        async for domain, menu in boot_menu.of_all(self._host, domains, self._menus):
            before, failed = self._read.get(domain.uuid), isinstance(menu, HostError)
            if failed and before is not None and before.menu is not None and before.of == _asked(domain):
                self._read[domain.uuid] = replace(before, at=time.monotonic(), failed=True)
                continue
            kept = before is not None and before.domid == domain.domid
            self._read[domain.uuid] = _Read(
                _asked(domain),
                time.monotonic(),
                None if isinstance(menu, XentuiError) else menu,
                menu if isinstance(menu, XentuiError) else None,
                domain.domid,
                before.runs if before is not None and kept else "",
                failed,
            )

    def forget(self, domains: Sequence[Domain]) -> None:
        """Forget what is known of all but these."""
        kept = {domain.uuid for domain in domains}
        for uuid in [uuid for uuid in self._read if uuid not in kept]:
            del self._read[uuid]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a guest: what it was asked for, when, the menu or ``why`` there is none, what it now runs.

    ``failed`` says that the host could not be asked the last time.
    """

    of: tuple[object, ...]
    at: float
    menu: BootMenu | None
    why: XentuiError | None
    domid: int | None
    runs: str
    failed: bool = False


def _asked(domain: Domain) -> tuple[object, ...]:
    """Return what makes another look worth while: another boot of it, or another way of booting."""
    config = domain.stored or domain.config
    disks = tuple(disk.target for disk in config.disks)
    return domain.domid, config.kernel, config.bootloader, config.bootloader_args, disks
