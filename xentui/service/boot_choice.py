"""Which entry of a guest's boot menu is booted, and how: what xl is told, and what the guest is to be built with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from xentui import config as language
from xentui.bootmenu.superblock import READ_BY_PYGRUB
from xentui.config.quoting import quote
from xentui.errors import ConfigError, NotAllowedError, Suggest, UsageError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.model.boot_menu import BootEntry, BootMenu, WantedEntry
from xentui.model.configuration import DomainConfig
from xentui.model.libxl import from_libxl
from xentui.service import boot_menu, domuloader
from xentui.service.boot_source import boot_disk
from xentui.spelling import nearest

_OURS = ("--entry", "--kernel", "--ramdisk", "--args", "--offset")
_INTERACTIVE = ("-i", "--interactive")
_MICROCODE = re.compile(r"(?:^|/)(?:[a-z]+-ucode|early_ucode|microcode)[^/]*\.(?:img|cpio)$")
"""Initrds with nothing but microcode, which Xen loads and no guest can."""
_ESCAPE = re.compile(r"\\u[0-9a-f]{4}", re.IGNORECASE)
_CLOSE = 3


class BootWay(StrEnum):
    """How a chosen entry is booted, in the order in which the ways are tried."""

    ENTRY = "pygrub --entry"
    PATHS = "pygrub --kernel"
    TAKEN_OUT = "xentui-domuloader"


RESCUES: tuple[tuple[str, str], ...] = (
    ("single", "single user, by the guest's own init"),
    ("systemd.unit=rescue.target", "systemd's rescue target: local file systems, a password, no network"),
    ("rd.break", "a shell in the initrd, before the root file system is entered (dracut)"),
    ("init=/bin/sh", "a shell in place of init: nothing runs, nothing is asked"),
)
"""What is put behind the arguments of an entry to get into a guest that does not come up, and what it does."""


@dataclass(frozen=True, slots=True)
class BootChoice:
    """An entry as it is going to be booted.

    ``number`` counts from 0 in the menu; ``words`` are the configuration lines for ``xl create``; ``args`` the command
    line the guest is to get; ``kernel`` and ``initrd`` its files.  ``notes`` are sentences worth showing.
    """

    entry: BootEntry
    number: int
    way: BootWay
    words: tuple[str, ...]
    args: str
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The entry, the submenus above it first, as GRUB writes it."""
        return self.entry.full_title


def pick(menu: BootMenu, wanted: str, *, label: str) -> tuple[int, BootEntry]:
    """Return the entry that a title, a title behind those of its submenus, or a number from 0 means; "" is the default.

    Raises NotAllowedError where there is none, or several have that title.
    """
    entries = menu.entries
    if not wanted:
        number = next((at for at, entry in enumerate(entries) if entry.default), -1)
        if number < 0:
            raise NotAllowedError("its boot menu has no default", subject=label, hint=_LOOK(label))
        return number, entries[number]
    found = [at for at, entry in enumerate(entries) if wanted in (entry.title, entry.full_title)]
    if not found and wanted.isdecimal() and int(wanted[:9]) < len(entries):
        found = [int(wanted)]
    if len(found) == 1:
        return found[0], entries[found[0]]
    if found:
        numbers = ", ".join(map(str, found))
        raise NotAllowedError(
            f"several entries have the title “{wanted}”: {numbers}",
            subject=label,
            hint="give the number of one",
        )
    near = nearest(wanted, [entry.title for entry in entries], n=_CLOSE, likeness=0.5)
    raise NotAllowedError(
        f"its boot menu has no entry “{wanted}”",
        subject=label,
        hint=_LOOK(label),
        details=[f"there is “{title}”" for title in near],
    )


def _LOOK(label: str) -> tuple[str | Suggest, ...]:  # noqa: N802 - a hint, made where it is given
    return ("look at the menu: ", Suggest("domain.boot-entries", label))


async def read_and_choose(document: language.Document, host: Host, wanted: WantedEntry) -> BootChoice:
    """Read the menu a configuration boots by, and decide as :func:`choose`; raises NotAllowedError and HostError."""
    config = from_libxl(language.to_libxl(document))
    refuse_firmware(config)
    menu = await boot_menu.of_config(host, config, config.name)
    return choose(document, menu, wanted, host)


def choose(document: language.Document, menu: BootMenu, wanted: WantedEntry, host: Host) -> BootChoice:
    """Decide how an entry of ``menu``, which is on the disk of ``document``, is booted.

    Raises NotAllowedError where that cannot be done, and says why.
    """
    config = from_libxl(language.to_libxl(document))
    label = config.name
    refuse_firmware(config)
    if menu.loader == "direct kernel":
        raise NotAllowedError(
            f"it boots the kernel of its configuration, {config.kernel}: there is nothing to choose",
            subject=label,
            hint=("change kernel and bootloader: ", Suggest("config.edit", label)),
        )
    number, entry = pick(menu, wanted.entry, label=label)
    if not entry.kernel or not _boots_linux(entry):
        raise NotAllowedError(
            f"“{entry.title}” has no kernel that Xen could boot ({entry.loader or 'nothing'})",
            subject=label,
            hint="its own boot loader can: choose it on the guest's console, if it has one",
        )
    given = entry.args if wanted.args is None else wanted.args
    wanted_args = " ".join(word for word in (given, wanted.more) if word)
    if choice := _by_entry(document, config, menu, number, wanted_args):
        return choice
    if entry.place is None:
        raise NotAllowedError(f"the kernel of “{entry.title}” is not there: {entry.kernel}", subject=label)
    initrd, notes = _initrd(entry, label)
    by_pygrub = entry.place.filesystem in READ_BY_PYGRUB and not entry.place.volume
    if by_pygrub and config.boot_method != "domUloader":
        paths = [
            f"--kernel={entry.kernel}",
            f"--ramdisk={initrd}",
            f"--args={wanted_args}",
            f"--offset={entry.place.start}",
        ]
        return BootChoice(entry, number, BootWay.PATHS, _pygrub(document, config, paths), wanted_args, notes)
    taken = _taken_out(document, config, entry, initrd=initrd, args=wanted_args, host=host)
    return BootChoice(entry, number, BootWay.TAKEN_OUT, taken, wanted_args, notes)


def refuse_firmware(config: DomainConfig) -> None:
    """Raise NotAllowedError for an HVM guest, which leaves no choice from outside."""
    if config.type == "hvm":
        raise NotAllowedError(
            "an HVM guest's firmware boots its own loader, which cannot be told anything from outside",
            subject=config.name,
            hint="choose in the menu on its console or screen",
        )


def _boots_linux(entry: BootEntry) -> bool:
    return entry.loader not in (
        "chainloader",
        "multiboot",
        "multiboot2",
        "configfile",
        "com32",
        "boot",
        "bss",
    )


def _by_entry(
    document: language.Document, config: DomainConfig, menu: BootMenu, number: int, args: str
) -> BootChoice | None:
    """Return the first way: pygrub has the same entry, with the same files and arguments."""
    seen, entry = menu.pygrub, menu.entries[number]
    if seen is None or config.boot_method != "pygrub" or config.kernel or number >= len(seen.numbers):
        return None
    if config.type != "pv":
        return None  # of others the host does not tell what they were built with: nothing is left to pygrub
    theirs = seen.numbers[number]
    if not 0 <= theirs < len(seen.entries):
        return None
    mine = seen.entries[theirs]
    # What the configuration gives besides goes behind the arguments of the entry.
    built_with = " ".join(word for word in (mine.args, config.cmdline) if word)
    if built_with.split() != args.split() or mine.kernel != entry.kernel:
        return None
    if mine.initrd != " ".join(entry.initrd):
        return None
    words = _pygrub(document, config, [f"--entry={_name(seen.entries, theirs)}"])
    return BootChoice(entry, number, BootWay.ENTRY, words, built_with)


def _name(entries: Sequence[object], number: int) -> str:
    """Return what pygrub is told: the title where that means this entry to it, else the number."""
    titles = [str(getattr(each, "title", "")) for each in entries]
    title = titles[number]
    if (
        not title
        or titles.index(title) != number
        or pygrub_number(title) is not None
        or _ESCAPE.search(title)
    ):
        return str(number)
    try:
        quote(f"--entry={title}")
    except ConfigError:
        return str(number)
    return title


def pygrub_number(text: str) -> int | None:
    """Return the number pygrub takes the name of an entry for; None where it is a title (tools/pygrub,
    get_entry_idx).
    """
    try:
        return int(text)
    except ValueError:
        return None


def _initrd(entry: BootEntry, label: str) -> tuple[str, tuple[str, ...]]:
    """Return the one initrd, "" for none; what is only microcode is left out."""
    kept = [path for path in entry.initrd if not _MICROCODE.search(path)]
    left = [path for path in entry.initrd if path not in kept]
    if len(kept) > 1:
        raise NotAllowedError(
            f"“{entry.title}” has several initrds, of which Xen takes one: {', '.join(kept)}", subject=label
        )
    notes = tuple(f"{path} is left out: no guest loads microcode" for path in left)
    return (kept[0] if kept else ""), notes


def _pygrub(document: language.Document, config: DomainConfig, given: Sequence[str]) -> tuple[str, ...]:
    loader = config.bootloader if config.boot_method == "pygrub" else "pygrub"
    kept = kept_arguments(document) if config.boot_method == "pygrub" else []
    return lines(loader, [*kept, *given])


def kept_arguments(document: language.Document) -> list[str]:
    """Return what a configuration tells pygrub besides which entry to boot (``-q``, ``--runas=…``)."""
    return [
        word
        for word in domuloader.arguments(document)
        if word not in _INTERACTIVE and word.partition("=")[0] not in _OURS
    ]


def lines(loader: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the configuration lines for a boot loader with its arguments."""
    try:
        listed = ", ".join(quote(word) for word in arguments)
        return f"bootloader={quote(loader)}", f"bootloader_args=[{listed}]"
    except ConfigError as error:
        raise UsageError(
            "what is to be booted holds characters that no configuration can", hint=str(error.hint)
        ) from error


def _taken_out(
    document: language.Document,
    config: DomainConfig,
    entry: BootEntry,
    *,
    initrd: str,
    args: str,
    host: Host,
) -> tuple[str, ...]:
    """Return the last way: our own loader takes the files out, into a folder libxl makes for it and removes at the
    end.
    """
    place, disk = entry.place, boot_disk(config)
    if place is None or disk is None or "," in entry.kernel or "," in initrd:
        raise NotAllowedError(f"{entry.kernel} cannot be named to the boot loader", subject=config.name)
    partition = str(place.partition) if place.partition else ""
    files = f"{entry.kernel},{initrd}" if initrd else entry.kernel
    named = f"--entry={disk.vdev}{partition}:{files}"
    given = [named, f"--args={args}", *domuloader.where(document, named.partition("=")[2])]
    if place.volume:
        given.append(f"--volume={place.volume}")
    return lines(domuloader.path_on(host), given)
