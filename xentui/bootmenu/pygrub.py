"""What pygrub makes of a disk, where that differs from the boot loader's own menu: it is what boots a PV guest."""

from __future__ import annotations

import re

from xentui.bootmenu.disk import FileSystem, GuestDisk
from xentui.bootmenu.menu import Menu, MenuEntry
from xentui.bootmenu.pygrub_parsers import PygrubImage, UnreadError, parse
from xentui.bootmenu.superblock import READ_BY_PYGRUB
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_PRIMARY = 4
_NEWER_PATHS = ("/isolinux/isolinux.cfg", "/isolinux.cfg", "/syslinux/syslinux.cfg", "/syslinux.cfg")
_BLS = re.compile(r"^\s*blscfg\b", re.MULTILINE)


class PygrubView(NamedTuple):
    """``entries`` in pygrub's numbers, from 0; ``default`` is the number it boots by itself, -1 for none.

    ``numbers`` has, for each entry of the boot loader's own menu, the number it is here, -1 where it is not;
    ``notes`` say where the two differ, and why.
    """

    source: str
    entries: Sequence[PygrubImage]
    default: int
    numbers: Sequence[int]
    notes: Sequence[str]


def view(
    disk: GuestDisk, menu: Menu, where: FileSystem, files: Sequence[tuple[FileSystem, str]]
) -> PygrubView:
    """Return what pygrub makes of a disk whose loader has ``menu`` on ``where``; ``files`` the first ones on each
    place.
    """
    problems: list[str] = []
    for place in sorted(disk.places, key=lambda each: each.partition.number if each.partition else 0):
        here = [path for owner, path in files if owner == place and path not in _NEWER_PATHS]
        if not here:
            continue
        reason = _beyond(disk, place)
        if reason:
            problems.append(f"pygrub does not see {here[0]}: {reason}")
            continue
        source = here[0]
        try:
            entries, default = parse(source, disk.read(place.device, source) or b"")
        except UnreadError as error:
            problems.append(f"pygrub cannot read {source}: {error}")
            continue
        if not entries or entries[default].kernel is None:
            why = (
                f"its default, “{entries[default].title}”, has no kernel"
                if entries
                else "it finds no entries there"
            )
            problems.append(f"pygrub cannot boot from {source}: {why}{_bls(disk, place, source)}")
            # Another entry can be booted all the same where one is chosen.
            if not entries:
                continue
            default = -1
        if (place, source) != (where, menu.source):
            problems.append(f"pygrub reads another menu: {source} on {place.words}")
            return PygrubView(source, entries, default, [-1] * len(menu.entries), problems)
        numbers = _numbers(menu, entries)
        return PygrubView(
            source, entries, default, numbers, [*problems, *_differences(menu, entries, default, numbers)]
        )
    return PygrubView("", [], -1, [-1] * len(menu.entries), problems or ["pygrub finds no menu on this disk"])


def _beyond(disk: GuestDisk, place: FileSystem) -> str:
    """Return why pygrub never opens a file system, "" where it does."""
    if place.device.startswith("lvm/"):
        return "it does not read volume groups"
    if place.partition and place.partition.number > _PRIMARY and not disk.gpt:
        return f"it does not read logical partitions, such as {place.partition.number}"
    if place.system.kind not in READ_BY_PYGRUB:
        return f"it does not read {place.system.kind}"
    return ""


def _bls(disk: GuestDisk, place: FileSystem, source: str) -> str:
    data = disk.read(place.device, source) or b""
    return "; it does not know blscfg, whose entries are files" if _BLS.search(data.decode("latin-1")) else ""


def _numbers(menu: Menu, entries: Sequence[PygrubImage]) -> list[int]:
    """Return which number each entry of the loader's menu has in pygrub's list; those of one title in their order."""
    left: dict[tuple[str, str | None], list[int]] = {}
    for number in reversed(range(len(entries))):
        left.setdefault((entries[number].title, entries[number].kernel), []).append(number)
    found = []
    for entry in menu.entries:
        # An entry of extlinux goes by its label, whatever it shows.
        titles = (entry.title.strip(), entry.ident.strip())
        same = [
            numbers for numbers in (left.get((title, entry.kernel or None)) for title in titles) if numbers
        ]
        found.append(same[0].pop() if same else -1)
    return found


def _differences(
    menu: Menu, entries: Sequence[PygrubImage], default: int, numbers: Sequence[int]
) -> list[str]:
    said = []
    mine = numbers[menu.default] if 0 <= menu.default < len(numbers) else -1
    if default >= 0 and mine != default:
        said.append(f"pygrub boots “{entries[default].title}” by itself")
    missing = sum(number < 0 and bool(menu.entries[at].kernel) for at, number in enumerate(numbers))
    if missing:
        said.append(f"pygrub does not have {missing} of the entries")
    named = set(numbers)
    more = [entry for number, entry in enumerate(entries) if number not in named]
    if more:
        said.append(f"pygrub has {len(more)} more, such as “{more[0].title}”")
    first = next((number for number, entry in enumerate(entries) if entry.kernel is None), -1)
    if first >= 0:
        said.append(f"pygrub -l stops at its entry {first}, “{entries[first].title}”, which has no kernel")
    different = sum(
        number >= 0 and (entries[number].args.split(), entries[number].initrd) != _booted(menu.entries[at])
        for at, number in enumerate(numbers)
    )
    if different:
        said.append(f"pygrub boots {different} of the entries with other arguments, or another initrd")
    return said


def _booted(entry: MenuEntry) -> tuple[list[str], str]:
    return entry.args.split(), " ".join(entry.initrd)
