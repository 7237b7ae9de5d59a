"""The boot menu of a guest's disk, or of any image, as the guest's own boot loader would show it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from xentui.bootmenu import packing
from xentui.errors import HostError, NotAllowedError
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootEntry, BootMenu, BootPlace, PygrubEntry, PygrubMenu
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


async def of_domain(host: Host, domain: Domain, *, text: bool = False) -> BootMenu:
    """The menu a domain would boot by; of a kernel its configuration names, an entry.  ``text`` as of :func:`of_image`.

    Raises NotAllowedError where it has no disk whose menu can be read, and HostError.
    """
    return await of_config(host, domain.config, domain.label, running=domain.domid is not None, text=text)


async def of_stored(host: Host, domain: Domain) -> BootMenu:
    """The menu a domain would boot by at its next start; raises as :func:`of_domain`."""
    config = domain.stored or domain.config
    return await of_config(host, config, domain.label, running=domain.domid is not None)


async def of_config(
    host: Host, config: DomainConfig, label: str, *, running: bool = False, text: bool = False
) -> BootMenu:
    """The menu a configuration would boot by; ``label`` is whose it is.  Raises as :func:`of_domain`."""
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
        raise NotAllowedError("it has no disk to boot from", subject=label)
    if disk.format not in _IMAGES:
        raise NotAllowedError(
            f"its disk {disk.vdev} is a {disk.format} image, whose boot menu is not read",
            subject=label,
            hint=f"`qemu-img convert -O raw {disk.target} …` makes an image it is read from",
        )
    menu = await of_image(host, disk.target, running=running, text=text)
    return menu if config.boot_method == "pygrub" else replace(menu, pygrub=None)


def boot_disk(config: DomainConfig) -> Disk | None:
    """The disk a guest boots from: the first, for an HVM guest the first that is no CD."""
    disks = [disk for disk in config.disks if disk.target]
    if config.type == "hvm":
        disks = [disk for disk in disks if not disk.cdrom] or disks
    return disks[0] if disks else None


async def of_image(host: Host, path: str, *, running: bool = False, text: bool = False) -> BootMenu:
    """The menu of an image or a block device of the host; ``running`` where a guest may write it meanwhile.

    ``text`` adds the files with the entries.

    Raises HostError where the host cannot read it, and NotAllowedError where it holds no menu.
    """
    done = await host.run(
        packing.argv(*(("--text",) if text else ()), path), stdin=packing.sources(), timeout=_SECONDS
    )
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
    menu = answer["menu"]
    places = [_place(each) for each in answer["places"][:_LISTED]]
    index = int(answer["place"])
    place = places[index]
    kernel_places = [int(each) for each in answer.get("kernel_places", ())]
    default = int(menu["default"])
    entries = tuple(
        _entry(each, default=number == default, place=_of(places, kernel_places, number))
        for number, each in enumerate(menu["entries"][:_ENTRIES])
    )
    timeout = menu["timeout"]
    unclean = bool(answer["places"][index]["unclean"])
    return BootMenu(
        plain(str(menu["loader"])),
        entries,
        timeout=None if timeout is None else float(timeout),
        disk=path,
        partition=place.partition,
        filesystem=place.filesystem,
        source=plain(str(menu["source"]), _TEXT),
        stale=running or unclean,
        kernels=tuple(_texts(answer["kernels"])),
        notes=(*_texts(answer["notes"]), *_staleness(running=running, unclean=unclean)),
        files={plain(str(name), _TEXT): str(text) for name, text in answer.get("files", {}).items()},
        pygrub=_pygrub(answer["pygrub"]) if "pygrub" in answer else None,
    )


def _place(values: dict[str, Any]) -> BootPlace:
    device = str(values.get("device", ""))
    return BootPlace(
        int(values["partition"]),
        int(values.get("start", 0)),
        plain(str(values["kind"])),
        plain(device) if device.startswith("lvm/") else "",
    )


def _of(places: list[BootPlace], indices: list[int], number: int) -> BootPlace | None:
    """The file system with the kernel of an entry."""
    index = indices[number] if number < len(indices) else -1
    return places[index] if 0 <= index < len(places) else None


def _pygrub(values: dict[str, Any]) -> PygrubMenu:
    return PygrubMenu(
        plain(str(values["source"]), _TEXT),
        tuple(
            PygrubEntry(
                plain(str(each["title"]), _TEXT),
                plain(str(each["kernel"] or ""), _TEXT),
                plain(str(each["initrd"]), _TEXT),
                plain(str(each["args"]), _TEXT),
            )
            for each in values["entries"][:_ENTRIES]
        ),
        int(values["default"]),
        tuple(int(each) for each in values["numbers"][:_ENTRIES]),
        tuple(_texts(values["notes"])),
    )


def _staleness(*, running: bool, unclean: bool) -> Iterator[str]:
    if running:
        yield "the guest runs: what it has written last may not be on its disk yet"
    elif unclean:
        yield "its file system was not left cleanly: what the guest wrote last may not be shown"


def _entry(values: dict[str, Any], *, default: bool, place: BootPlace | None) -> BootEntry:
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
        place=place,
    )


def _texts(values: list[Any]) -> Iterator[str]:
    return (plain(str(value), _TEXT) for value in values[:_LISTED])
