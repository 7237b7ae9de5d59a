"""The boot menu of a guest's disk, or of any image, as the guest's own boot loader would show it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from xentui.bootmenu import packing
from xentui.errors import HostError, NotAllowedError
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootEntry, BootMenu
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.text import plain

_SECONDS = 30.0
"""Until a host is given up; the program itself takes five."""
_TEXT = 4096
_ENTRIES, _LISTED = 1000, 100
_IMAGES = ("raw", "")
_GRUB = re.compile(r"(?:^|/)(?:grub-(?:i386|x86_64)-xen(?:_pvh)?\.bin|pvgrub[^/]*|grub-[^/]*-xen[^/]*)$")
"""GRUB itself in the place of a kernel, as Debian's grub-xen-host and others name it."""


async def of_domain(host: Host, domain: Domain) -> BootMenu:
    """The menu a domain would boot by; of a kernel its configuration names, an entry.

    Raises NotAllowedError where it has no disk whose menu can be read, and HostError.
    """
    config = domain.config
    if config.kernel and config.boot_method == "direct kernel" and not _GRUB.search(config.kernel):
        entry = BootEntry(
            "(the kernel of the configuration)",
            kernel=config.kernel,
            initrd=(config.ramdisk,) if config.ramdisk else (),
            args=config.cmdline,
            loader="linux",
            default=True,
        )
        return BootMenu("direct kernel", (entry,), timeout=0.0, notes=("the kernel is a file of the host",))
    disk = boot_disk(config)
    if disk is None:
        raise NotAllowedError("it has no disk to boot from", subject=domain.label)
    if disk.format not in _IMAGES:
        raise NotAllowedError(
            f"its disk {disk.vdev} is a {disk.format} image, whose boot menu is not read",
            subject=domain.label,
            hint=f"`qemu-img convert -O raw {disk.target} …` makes an image it is read from",
        )
    return await of_image(host, disk.target, running=domain.domid is not None)


def boot_disk(config: DomainConfig) -> Disk | None:
    """The disk a guest boots from: the first, for an HVM guest the first that is no CD."""
    disks = [disk for disk in config.disks if disk.target]
    if config.type == "hvm":
        disks = [disk for disk in disks if not disk.cdrom] or disks
    return disks[0] if disks else None


async def of_image(host: Host, path: str, *, running: bool = False) -> BootMenu:
    """The menu of an image or a block device of the host; ``running`` where a guest may write it meanwhile.

    Raises HostError where the host cannot read it, and NotAllowedError where it holds no menu.
    """
    done = await host.run(packing.argv(path), stdin=packing.sources(), timeout=_SECONDS)
    if done.exit_code != 0:
        words = [line for line in done.stderr.decode("utf-8", "replace").split("\n") if line]
        raise HostError(
            "cannot read the boot menu",
            subject=path,
            hint="the host needs python3",
            details=tuple(words[-3:]),
        )
    try:
        return _read(json.loads(done.stdout), path, running=running)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise HostError("the host's answer makes no sense", subject=path) from error


def _read(answer: dict[str, Any], path: str, *, running: bool) -> BootMenu:
    if "error" in answer:
        words = plain(f"there is no boot menu to show: {answer['error']}", _TEXT)
        raise NotAllowedError(words, subject=path)
    menu, place = answer["menu"], answer["places"][int(answer["place"])]
    default = int(menu["default"])
    entries = tuple(
        _entry(each, default=number == default) for number, each in enumerate(menu["entries"][:_ENTRIES])
    )
    timeout = menu["timeout"]
    unclean = bool(place["unclean"])
    return BootMenu(
        plain(str(menu["loader"])),
        entries,
        timeout=None if timeout is None else float(timeout),
        disk=path,
        partition=int(place["partition"]),
        filesystem=plain(str(place["kind"])),
        source=plain(str(menu["source"]), _TEXT),
        stale=running or unclean,
        kernels=tuple(_texts(answer["kernels"])),
        notes=(*_texts(answer["notes"]), *_staleness(running=running, unclean=unclean)),
    )


def _staleness(*, running: bool, unclean: bool) -> Iterator[str]:
    if running:
        yield "the guest runs: what it has written last may not be on its disk yet"
    elif unclean:
        yield "its file system was not left cleanly: what the guest wrote last may not be shown"


def _entry(values: dict[str, Any], *, default: bool) -> BootEntry:
    return BootEntry(
        plain(str(values["title"]), _TEXT),
        submenu=tuple(_texts(values["submenu"])),
        kernel=plain(str(values["kernel"]), _TEXT),
        initrd=tuple(_texts(values["initrd"])),
        args=plain(str(values["args"]), _TEXT),
        loader=plain(str(values["loader"])),
        default=default,
        source=plain(str(values["source"]), _TEXT),
        lines=(int(values["first"]), int(values["last"])),
    )


def _texts(values: list[Any]) -> Iterator[str]:
    return (plain(str(value), _TEXT) for value in values[:_LISTED])
