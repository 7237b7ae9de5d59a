"""The program: a disk, and as JSON what its boot loader would show."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import sys

from xentui.bootmenu import NAME, disk_batch, pygrub
from xentui.bootmenu.disk import FileSystem, GuestDisk, divided
from xentui.bootmenu.files import text_of
from xentui.bootmenu.find import Found, find
from xentui.bootmenu.limits import SECONDS, TOLD, TOO_LONG, WALL, WORD, BootMenuError, OverlongError
from xentui.bootmenu.menu import Menu, MenuEntry
from xentui.bootmenu.superblock import container
from xentui.domuloader.children import LOOK, spent
from xentui.domuloader.disk_view import View, ViewError, opened, viewed
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, ContextManager, NoReturn

    from xentui.bootmenu.pygrub import PygrubView
    from xentui.bootmenu.pygrub_parsers import PygrubImage

_MORE = 5
"""Seconds beyond those of its readers until a disk is given up."""
_FILES = 20
"""Files of a menu whose text or time is told."""


class Options(NamedTuple):
    """What the program is told."""

    disks: Sequence[str]
    """Images or block devices."""
    text: bool = False
    """The files with the entries, too."""
    machine: bool = False
    """For which machine its system was made, too."""
    places: bool = False
    """Partitions and file systems only."""
    formats: str = ""
    """Of the disks, separated by commas: raw, qcow2, vhd."""
    stamps: str = ""
    """The stamps that images had, separated by commas: unchanged ones are not read."""


_SWITCHES, _VALUES = ("text", "machine", "places"), ("formats", "stamps")


def parsed(words: Sequence[str]) -> Options:
    """Return the words of the command; exits with 2 where one is not known.

    ``argparse`` would take a tenth of the time that all the rest does, for words that only xentui writes.
    """
    found: dict[str, Any] = {}
    disks: list[str] = []
    for at, word in enumerate(words):
        name, equals, value = word[2:].partition("=")
        if word == "--":
            disks += words[at + 1 :]
            break
        if not word.startswith("--"):
            disks.append(word)
        elif name in _VALUES and equals:
            found[name] = value
        elif name in _SWITCHES and not equals:
            found[name] = True
        else:
            sys.stderr.write(f"{NAME}: unknown option {word}\n")
            sys.exit(2)
    if not disks:
        sys.stderr.write(f"{NAME}: give it an image or a block device\n")
        sys.exit(2)
    return Options(disks, **found)


class _Bound:
    """Ends what is done meanwhile when that, and the programs it has run, have taken all their time of the processor.

    It rings while this process works itself: what it waits for has bounds of its own.
    """

    def __enter__(self) -> None:
        self._begun = spent()
        self._over = False
        signal.signal(signal.SIGVTALRM, self._look)
        signal.setitimer(signal.ITIMER_VIRTUAL, LOOK, LOOK)

    def __exit__(self, *_raised: object) -> None:
        self._over = True
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _look(self, _number: int, _frame: object) -> None:
        if not self._over and spent() - self._begun >= SECONDS - 2 * LOOK:
            self._over = True
            raise OverlongError(f"reading the disk {TOO_LONG} {SECONDS} s")


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Write what there is to standard output, a line for each disk.

    Exits with 0 wherever it could answer, be it that there is no menu.
    """
    options = parsed(sys.argv[1:] if words is None else words)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        # What was made of nodes and loop devices is to go.
        signal.signal(ending, _leave)
    formats = options.formats.split(",")
    stamps = options.stamps.split(",")

    def read(number: int) -> dict[str, Any]:
        kind = formats[number] if number < len(formats) else ""
        where = os.path.abspath(options.disks[number])
        if options.places:
            return contents(where, kind)
        return _answered(where, kind, stamps[number] if number < len(stamps) else "", options)

    try:
        for line in disk_batch.answers(len(options.disks), read, WALL + _MORE):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        os._exit(1)  # what it has begun is ended, and nobody is told
    sys.exit(0)


def _answered(image: str, kind: str, stamp: str, options: Options) -> dict[str, Any]:
    """Return the answer for an image, with its stamp; nothing but that where the image still has the one that is
    given.
    """
    if not options.stamps:
        return answer(image, kind, text=options.text, wants_machine=options.machine)
    now = _stamp(image)
    if now and now == stamp:
        return {"same": True, "stamp": now}
    made = answer(image, kind, text=options.text, changed=True)
    # What a busy host had no time for is asked for again.
    return {**made, "stamp": "" if made.get("hurried") else now}


def _stamp(image: str) -> str:
    """Return what an image file has anew when it was written; "" for a block device, of which nothing tells."""
    try:
        status = os.stat(image)
    except OSError:
        return ""
    return f"{status.st_ino}:{status.st_size}:{status.st_mtime_ns}" if stat.S_ISREG(status.st_mode) else ""


def answer(
    image: str, kind: str = "", *, text: bool, changed: bool = False, wants_machine: bool = False
) -> dict[str, Any]:
    """Return what is found on an image: ``places`` and either ``menu`` or ``error``; ``text`` adds the files with
    entries.

    ``kind`` is the image's format, "" where nobody has said.  ``changed`` adds when the menu's files were written,
    ``wants_machine`` for which machine its system was made.
    """
    disk: GuestDisk | None = None
    about: dict[str, Any] = {}
    try:
        with viewed(image) as packed, _unpacked(packed, kind) as view, _Bound():
            disk = GuestDisk(view)
            if wants_machine:
                from xentui.bootmenu.machine import machine  # few are asked for it

                about["machine"] = machine(disk, view.image)
            made = told(disk, text=text, changed=changed)
    except (BootMenuError, OverlongError, ViewError) as error:
        made = {"error": str(error)}
    except (MemoryError, RecursionError):
        made = {"error": "the menu is larger, or deeper, than any boot loader could read"}
    except OSError as error:
        made = {"error": f"{image}: {error.strerror or error}"}
    made["places"] = [_place(each) for each in disk.places] if disk else []
    if disk and disk.hurried:
        made["hurried"] = True
    return {**made, **about}


def contents(image: str, kind: str = "") -> dict[str, Any]:
    """Return what an image is divided into, as ``places``, or ``error``; ``kind`` is its format.  No file of it is
    read.
    """
    try:
        if kind == "raw":
            return {"places": _places(image)}
        with viewed(image) as packed, _unpacked(packed, kind) as view, _Bound():
            return {"places": _places(view.image)}
    except (BootMenuError, OverlongError, ViewError) as error:
        return {"error": str(error), "places": []}
    except OSError as error:
        return {"error": f"{image}: {error.strerror or error}", "places": []}


def _places(image: str) -> list[dict[str, Any]]:
    fd = opened(image)
    try:
        return [_place(each) for each in divided(fd)]
    finally:
        os.close(fd)


def _unpacked(view: View, kind: str) -> ContextManager[View]:
    """Return the disk within an image; what is said to be raw is raw, whatever it begins with: a guest may write
    there.
    """
    if not kind:
        fd = opened(view.path)
        try:
            kind = container(os.pread(fd, 512, 0)) or "raw"
        finally:
            os.close(fd)
    if kind == "raw":
        return contextlib.nullcontext(view)
    from xentui.bootmenu.containers import unpacked  # few images are one

    return unpacked(view, kind)


def told(disk: GuestDisk, *, text: bool, changed: bool = False) -> dict[str, Any]:
    """Return the menu of a disk, and what belongs to it; raises BootMenuError where there is none.

    What cannot be told of a menu that there is, is left out, and the notes say why.
    """
    found = find(disk)
    made: dict[str, Any] = {"menu": values(found.menu)}
    made["place"] = disk.places.index(found.place)
    made["kernels"] = list(found.kernels)
    made["notes"] = [note[:WORD] for note in (*found.notes, *found.menu.notes)]
    shown, count = len(made["menu"]["entries"]), len(found.menu.entries)
    if shown < count:
        made["notes"].append(f"only {shown} of its {count} entries are shown: all of them have too much text")
    try:
        _complete(made, disk, found, text=text, changed=changed)
    except (BootMenuError, OverlongError) as error:
        made["notes"] += [str(error)] * (str(error) not in made["notes"])
    return made


def _complete(made: dict[str, Any], disk: GuestDisk, found: Found, *, text: bool, changed: bool) -> None:
    """Add what only more reading tells of a menu."""
    shown = len(made["menu"]["entries"])
    made["kernel_places"] = [_place_of(disk, found, entry) for entry in found.menu.entries[:shown]]
    paths = sorted({found.menu.source, *(entry.source for entry in found.menu.entries)})[:_FILES]
    if text:
        made["files"] = {path: _text(disk, found.place, path) for path in paths}
    made["pygrub"] = _pygrub(pygrub.view(disk, found.menu, found.place, found.files))
    if changed:
        made["changed"] = max(disk.changed(found.place.device, path) for path in paths)


def values(menu: Menu) -> dict[str, Any]:
    """Return a menu as it is written: its first entries where all have more text than is told."""
    made = menu._asdict()
    made.pop("notes")
    made["entries"] = _told_of(menu.entries)
    made["default"] = menu.default if menu.default < len(made["entries"]) else -1
    return made


def _pygrub(menu: PygrubView) -> dict[str, Any]:
    entries = _told_of(menu.entries)
    count = len(entries)
    return {
        "source": menu.source,
        "entries": entries,
        "default": menu.default if menu.default < count else -1,
        "numbers": [number if number < count else -1 for number in menu.numbers],
        "notes": [note[:WORD] for note in menu.notes],
    }


def _told_of(entries: Sequence[MenuEntry | PygrubImage]) -> list[dict[str, Any]]:
    """Entries as they are written, as many as there is room for, their texts cut."""
    made: list[dict[str, Any]] = []
    left = TOLD
    for entry in entries:
        told = {
            name: value[:WORD] if isinstance(value, str) else value for name, value in entry._asdict().items()
        }
        left -= len(json.dumps(told))
        if left < 0:
            break
        made.append(told)
    return made


def _place_of(disk: GuestDisk, found: Found, entry: MenuEntry) -> int:
    """Return where an entry's kernel is, as an index into the places; -1 where it is not there.

    That is where the entry says, else beside the menu: pygrub looks there whatever an entry says.
    """
    folder, _, name = entry.kernel.rpartition("/")
    for place in (disk.place(entry.device), found.place):
        if place is not None and name:
            names = disk.names(place.device, folder or "/")
            if names is None or name in names:
                return disk.places.index(place)
    return -1


def _place(place: FileSystem) -> dict[str, Any]:
    partition = place.partition
    return {
        "device": place.device,
        "partition": partition.number if partition else 0,
        "start": partition.start if partition else 0,
        "length": partition.size if partition else 0,
        **place.system._asdict(),
    }


def _text(disk: GuestDisk, place: FileSystem, path: str) -> str:
    data = disk.read(place.device, path)
    return text_of(data) if data else ""


def _leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)
