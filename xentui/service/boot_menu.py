"""The boot menu of a guest's disk, or of any image, as the guest's own boot loader would show it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootMenu, ImageMachine
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.service.boot_menu_answer import menu_of, texts
from xentui.service.boot_source import BootImage, boot_source
from xentui.service.disk_reader import run_reader
from xentui.text import plain

_SECONDS, _EACH = 10.0, 25.0
"""Until a host is given up, and for each image besides: the program itself gives one up after as long."""
_ANSWER, _FILES = 4 << 20, 48 << 20
"""Bytes that are told of one image, and with the files of its menu; the program tells less."""
_AT_ONCE, _PROGRAMS = 25, 2
"""Images one program reads, and programs at a time: a dom0 is small."""
_STAMP, _KNOWN, _REMEMBERED = re.compile(r"[0-9:]{1,80}"), 2000, 1 << 16


async def of_domain(host: Host, domain: Domain, *, text: bool = False) -> BootMenu:
    """Return the menu a domain would boot by; of a kernel its configuration names, an entry.  ``text`` as of
    :func:`of_image`.

    Raises NotAllowedError where it has no disk whose menu can be read, and HostError.
    """
    return await of_config(host, domain.config, domain.label, running=domain.domid is not None, text=text)


async def of_stored(host: Host, domain: Domain) -> BootMenu:
    """Return the menu a domain would boot by at its next start; raises as :func:`of_domain`."""
    config = domain.stored or domain.config
    return await of_config(host, config, domain.label, running=domain.domid is not None)


async def of_config(
    host: Host, config: DomainConfig, label: str, *, running: bool = False, text: bool = False
) -> BootMenu:
    """Return the menu a configuration would boot by; ``label`` is whose it is.  Raises as :func:`of_domain`."""
    found = boot_source(config, label)
    if isinstance(found, BootMenu):
        return found
    answers = await _answers(host, found.chain, text=text)
    return _first(found.chain, answers, config, running=running)


async def of_disk(host: Host, config: DomainConfig, label: str) -> BootMenu:
    """Return the menu on the disk of a configuration, whatever that boots now; raises as :func:`of_domain`."""
    return await of_config(host, replace(config, kernel="", bootloader="pygrub"), label)


async def of_image(host: Host, path: str, *, running: bool = False, text: bool = False) -> BootMenu:
    """Return the menu of an image or a block device of the host; ``running`` where a guest may write it meanwhile.

    ``text`` adds the files with the entries.

    Raises HostError where the host cannot read it, and NotAllowedError where it holds no menu.
    """
    (answer,) = await _answers(host, (BootImage(path),), text=text)
    return menu_of(answer, path, running=running)


async def machine_of(host: Host, path: str, format: str = "") -> ImageMachine:
    """For which machine the system of an image was made, and its menu; ``format`` is the image's, "" what it begins as.

    Raises HostError where the host cannot read it.
    """
    (answer,) = await _answers(host, (BootImage(path, format),), machine=True)
    try:
        told = answer.get("machine") or {}
        found = ImageMachine(
            efi=tuple(texts(told.get("efi", ()))),
            kernels=tuple(texts(told.get("kernels", ()))),
            kernel=plain(str(told.get("kernel", "")), 40),
            sector=bool(told["sector"]) if "sector" in told else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HostError("the host's answer is not valid", subject=path) from error
    try:
        return replace(found, menu=menu_of(answer, path, running=False))
    except NotAllowedError as error:
        return replace(found, why=error.message)


class KnownMenus:
    """Answers there were, by image, with the stamp the image had: one that has it still is not read again."""

    def __init__(self) -> None:
        self._answers: dict[BootImage, dict[str, Any]] = {}

    def stamp(self, image: BootImage) -> str:
        """Return the stamp an image had when it was read, "" for none."""
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
    """Yield the menus of many domains, as they are known: several images by one program, a few programs at a time.

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
    """Return the menu of the first image that has one; raises as :func:`menu_of` for the last."""
    for image, answer in zip(images[:-1], answers, strict=False):
        with contextlib.suppress(NotAllowedError):
            return _as_booted(menu_of(answer, image.path, running=running), config, image)
    return _as_booted(menu_of(answers[-1], images[-1].path, running=running), config, images[-1])


def _as_booted(menu: BootMenu, config: DomainConfig, image: BootImage) -> BootMenu:
    """Return a menu without what pygrub makes of it, where it is not pygrub that boots by it; the image's notes come
    first.
    """
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
    done = await run_reader(host, [*options, *paths], timeout=_SECONDS + _EACH * len(paths))
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
    """Return what is told of an image in a line; raises HostError."""
    try:
        answer = json.loads(line) if len(line) <= limit else None
    except (ValueError, RecursionError) as error:
        raise HostError("the host's answer is not valid", subject=path) from error
    if not isinstance(answer, dict):
        raise HostError("the host's answer is not valid", subject=path)
    return answer
