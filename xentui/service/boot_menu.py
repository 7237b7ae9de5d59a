"""The boot menu of a guest's disk, or of any image, as the guest's own boot loader would show it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any

from xentui.bootmenu import packing
from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.hosts.local import LocalHost
from xentui.model.boot_menu import BootEntry, BootMenu, BootPlace, ImageMachine, PygrubEntry, PygrubMenu
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.text import plain

_SECONDS, _EACH = 10.0, 25.0
"""Until a host is given up, and for each image besides: the program itself gives one up after as long."""
_ANSWER, _FILES = 4 << 20, 48 << 20
"""Bytes that are told of one image, and with the files of its menu; the program tells less."""
_AT_ONCE, _PROGRAMS = 25, 2
"""Images one program reads, and programs at a time: a dom0 is small."""
NO_MENU = "there is no boot menu to show: "
"""What the reason why none was read begins with."""
_TEXT = 4096
_ENTRIES, _LISTED = 1000, 100
_STAMP, _KNOWN, _REMEMBERED = re.compile(r"[0-9:]{1,80}"), 2000, 1 << 16
_FORMATS = ("raw", "qcow2", "vhd")
"""Of images, as configurations call them, that are read."""
_DISK, _CD, _NETWORK = "c", "d", "n"
_TRIED = (_DISK, _CD)
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


@dataclass(frozen=True, slots=True)
class BootImage:
    """An image a guest boots from, its ``format`` as libxl calls it ("" where nobody has said), and notes on it."""

    path: str
    format: str = ""
    notes: tuple[str, ...] = ()
    otherwise: BootImage | None = None
    """What is booted where this does not boot."""

    @property
    def chain(self) -> tuple[BootImage, ...]:
        """This, and what comes after it."""
        return (self, *(self.otherwise.chain if self.otherwise else ()))


async def of_config(
    host: Host, config: DomainConfig, label: str, *, running: bool = False, text: bool = False
) -> BootMenu:
    """The menu a configuration would boot by; ``label`` is whose it is.  Raises as :func:`of_domain`."""
    found = boot_source(config, label)
    if isinstance(found, BootMenu):
        return found
    answers = await _answers(host, found.chain, text=text)
    return _first(found.chain, answers, config, running=running)


async def of_disk(host: Host, config: DomainConfig, label: str) -> BootMenu:
    """The menu on the disk of a configuration, whatever that boots now; raises as :func:`of_domain`."""
    return await of_config(host, replace(config, kernel="", bootloader="pygrub"), label)


def boot_source(config: DomainConfig, label: str) -> BootImage | BootMenu:
    """The image a configuration boots from, or the one entry of a kernel it names itself; raises NotAllowedError."""
    grub = config.boot_method == "direct kernel" and bool(_GRUB.search(config.kernel))
    if config.kernel and config.boot_method == "direct kernel" and not grub:
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
    form = disk.format or "raw"
    if form not in _FORMATS:
        raise NotAllowedError(
            f"its disk {disk.vdev} is a {form} image, whose boot menu is not read",
            subject=label,
            hint=f"`qemu-img convert -O raw {disk.target} …` makes an image it is read from",
        )
    otherwise = None
    said = [f"GRUB itself, {config.kernel} of the host, shows this menu in the guest"] if grub else []
    if config.type == "hvm":
        said += _before(config, disk)
        behind = replace(config, disks=tuple(each for each in config.disks if not each.cdrom))
        if disk.cdrom and _DISK in config.boot_order.partition(_CD)[2] and boot_disk(behind):
            source = boot_source(behind, label)
            otherwise = source if isinstance(source, BootImage) else None
    return BootImage(disk.target, form, tuple(said), otherwise)


def boot_disk(config: DomainConfig) -> Disk | None:
    """The disk a guest boots from: the first, for an HVM guest the first its firmware comes to (``boot=``)."""
    disks = [disk for disk in config.disks if disk.target]
    if config.type == "hvm":
        for letter in config.boot_order:
            wanted = [disk for disk in disks if letter in _TRIED and disk.cdrom is (letter == _CD)]
            if wanted:
                return wanted[0]
    return disks[0] if disks else None


def _before(config: DomainConfig, disk: Disk) -> Iterator[str]:
    """Yield what the firmware of an HVM guest tries besides the disk that is read."""
    order = config.boot_order
    letter = _CD if disk.cdrom else _DISK
    if _NETWORK in order and letter not in order.partition(_NETWORK)[0]:
        yield f"its firmware asks the network first (boot={order!r}): what that would boot is not known"
    if disk.cdrom and _DISK in order.partition(_CD)[2]:
        yield f"its firmware boots the CD in {disk.vdev} first (boot={order!r}), the disk only where that does not boot"


async def of_image(host: Host, path: str, *, running: bool = False, text: bool = False) -> BootMenu:
    """The menu of an image or a block device of the host; ``running`` where a guest may write it meanwhile.

    ``text`` adds the files with the entries.

    Raises HostError where the host cannot read it, and NotAllowedError where it holds no menu.
    """
    (answer,) = await _answers(host, (BootImage(path),), text=text)
    return _menu_of(answer, path, running=running)


async def machine_of(host: Host, path: str, format: str = "") -> ImageMachine:
    """For which machine the system of an image was made, and its menu; ``format`` is the image's, "" what it begins as.

    Raises HostError where the host cannot read it.
    """
    (answer,) = await _answers(host, (BootImage(path, format),), machine=True)
    try:
        told = answer.get("machine") or {}
        found = ImageMachine(
            efi=tuple(_texts(told.get("efi", ()))),
            kernels=tuple(_texts(told.get("kernels", ()))),
            kernel=plain(str(told.get("kernel", "")), 40),
            sector=bool(told["sector"]) if "sector" in told else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HostError("the host's answer is not valid", subject=path) from error
    try:
        return replace(found, menu=_menu_of(answer, path, running=False))
    except NotAllowedError as error:
        return replace(found, why=error.message)


class KnownMenus:
    """Answers there were, by image, with the stamp the image had: one that has it still is not read again."""

    def __init__(self) -> None:
        self._answers: dict[BootImage, dict[str, Any]] = {}

    def stamp(self, image: BootImage) -> str:
        """The stamp an image had when it was read, "" for none."""
        found = str(self._answers.get(image, {}).get("stamp", ""))
        return found if _STAMP.fullmatch(found) else ""

    def take(self, image: BootImage, answer: dict[str, Any], size: int) -> dict[str, Any]:
        """Return what is known of an image now that there is an answer, of so many bytes."""
        if answer.get("same") is True and image in self._answers:
            return self._answers[image]
        if len(self._answers) >= _KNOWN:
            self._answers.clear()
        if size <= _REMEMBERED:
            self._answers[image] = answer
        return answer


async def of_all(
    host: Host, domains: Sequence[Domain], known: KnownMenus | None = None
) -> AsyncIterator[tuple[Domain, BootMenu | XentuiError]]:
    """The menus of many domains, as they are known: several images by one program, a few programs at a time.

    With ``known`` images that have not changed are not read again, and menus tell when they were written.
    """
    images: list[tuple[Domain, BootImage]] = []
    for domain in domains:
        try:
            found = boot_source(domain.config, domain.label)
        except NotAllowedError as error:
            yield domain, error
            continue
        if isinstance(found, BootMenu):
            yield domain, found
        else:
            images.append((domain, found))
    slots = asyncio.Semaphore(_PROGRAMS)

    async def some(part: Sequence[tuple[Domain, BootImage]]) -> list[tuple[Domain, BootMenu | XentuiError]]:
        async with slots:
            try:
                answers = await _answers(
                    host, [each for _domain, image in part for each in image.chain], known=known
                )
            except HostError as error:
                return [(domain, error) for domain, _image in part]
        made = []
        for domain, image in part:
            made.append((domain, _told(image.chain, [answers.pop(0) for _ in image.chain], domain)))
            await asyncio.sleep(0)  # some menus are long
        return made

    parts = [images[at : at + _AT_ONCE] for at in range(0, len(images), _AT_ONCE)]
    reading = [asyncio.ensure_future(some(part)) for part in parts]
    try:
        for done in asyncio.as_completed(reading):
            for each in await done:
                yield each
    finally:
        # Where nobody waits for them any more, no disks are read.
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


def _told(
    images: Sequence[BootImage], answers: Sequence[dict[str, Any]], domain: Domain
) -> BootMenu | XentuiError:
    try:
        return _first(images, answers, domain.config, running=domain.domid is not None)
    except XentuiError as error:
        return error


def _first(
    images: Sequence[BootImage], answers: Sequence[dict[str, Any]], config: DomainConfig, *, running: bool
) -> BootMenu:
    """The menu of the first image that has one; raises as :func:`_menu_of` for the last."""
    for image, answer in zip(images[:-1], answers, strict=False):
        with contextlib.suppress(NotAllowedError):
            return _as_booted(_menu_of(answer, image.path, running=running), config, image)
    return _as_booted(_menu_of(answers[-1], images[-1].path, running=running), config, images[-1])


def _as_booted(menu: BootMenu, config: DomainConfig, image: BootImage) -> BootMenu:
    """A menu without what pygrub makes of it, where it is not pygrub that boots by it; the image's notes come first."""
    pygrub = menu.pygrub if config.boot_method == "pygrub" else None
    return replace(menu, pygrub=pygrub, notes=(*image.notes, *menu.notes))


async def _answers(
    host: Host,
    images: Sequence[BootImage],
    *,
    text: bool = False,
    machine: bool = False,
    known: KnownMenus | None = None,
) -> list[dict[str, Any]]:
    """Return what the program says of each of several images."""
    paths = [image.path for image in images]
    options = [*(["--text"] if text else []), *(["--machine"] if machine else [])]
    if any(image.format for image in images):
        options.append(f"--formats={','.join(image.format for image in images)}")
    if known is not None:
        options.append(f"--stamps={','.join(known.stamp(image) or '-' for image in images)}")
    argv = packing.argv(*options, *paths)
    sent = await asyncio.to_thread(packing.sources, compiled=isinstance(host, LocalHost))
    done = await host.run(argv, stdin=sent, timeout=_SECONDS + _EACH * len(paths))
    if done.exit_code != 0:
        words = [line for line in done.stderr.decode("utf-8", "replace").split("\n") if line]
        raise HostError(
            "cannot read the boot menu",
            subject=paths[0],
            hint="the host needs python3",
            details=tuple(words[-3:]),
        )
    said = done.stdout.split(b"\n", len(paths))
    if len(said) != len(paths) + 1 or said.pop():
        raise HostError("the host's answer is not valid", subject=paths[0])
    answers = []
    for image, line in zip(images, said, strict=True):
        answer = _parsed(line, image.path, _FILES if text else _ANSWER)
        answers.append(answer if known is None else known.take(image, answer, len(line)))
        await asyncio.sleep(0)  # some are long
    return answers


def _parsed(line: bytes, path: str, limit: int) -> dict[str, Any]:
    """What is told of an image in a line; raises HostError."""
    try:
        answer = json.loads(line) if len(line) <= limit else None
    except (ValueError, RecursionError) as error:
        raise HostError("the host's answer is not valid", subject=path) from error
    if not isinstance(answer, dict):
        raise HostError("the host's answer is not valid", subject=path)
    return answer


def _menu_of(answer: dict[str, Any], path: str, *, running: bool) -> BootMenu:
    try:
        return _read(answer, path, running=running)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise HostError("the host's answer is not valid", subject=path) from error


def _read(answer: dict[str, Any], path: str, *, running: bool) -> BootMenu:
    if "error" in answer:
        words = plain(f"{NO_MENU}{answer['error']}", _TEXT)
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
        changed=float(answer.get("changed", 0)),
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
