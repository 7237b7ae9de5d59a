"""extlinux.conf and isolinux.cfg (wiki.syslinux.org, Config; doc/menu.txt)."""

from __future__ import annotations

import posixpath
import re

from xentui.bootmenu.files import Counted, Files, text_of
from xentui.bootmenu.limits import ENTRIES, INITRDS, NOTES, WORD, BootMenuError
from xentui.bootmenu.menu import Menu, MenuEntry
from xentui.domuloader.tuples import NamedTuple

_KERNELS = ("kernel", "linux", "boot", "bss", "pxe", "fdimage", "comboot", "com32", "localboot", "config")
_FILES = ("kernel", "linux", "boot")
"""Of these the word behind is a file of the guest."""
_MENUS = ("menu.c32", "vesamenu.c32", "gfxboot.c32", "gfxboot", "whichsys.c32")
_INCLUDED = 16
"""Files that include each other; syslinux itself stops at as many."""
_DIGITS = re.compile(r"[0-9]{1,9}")


class _Label(NamedTuple):
    name: str
    submenu: tuple[str, ...]
    source: str
    first: int
    last: int
    title: str = ""
    loader: str = ""
    kernel: str = ""
    append: str | None = None
    initrd: str = ""
    hidden: bool = False


def read_menu(files: Files, device: str, path: str) -> Menu:
    """Return the menu of a configuration of syslinux's; raises BootMenuError where there is none."""
    reading = _Reading(Counted(files), device)
    reading.read(path, 0)
    return reading.menu(path)


class _Reading:
    def __init__(self, files: Counted, device: str) -> None:
        self._files, self._device = files, device
        self._labels: list[_Label] = []
        self._notes: list[str] = []
        self._submenu: list[str] = []
        self._append = self._default = self._ui = self._on_timeout = ""
        self._marked = -1
        self._timeout: float | None = None
        self._prompt = False
        self._help = False

    def read(self, path: str, depth: int) -> None:
        """Take a file in, and what it includes."""
        data = self._files.read(self._device, path)
        if data is None:
            if not depth:
                raise BootMenuError(f"{path} cannot be read")
            self._note(f"{path} cannot be read")
            return
        for number, line in enumerate(text_of(data).split("\n"), 1):
            words = line[:WORD].strip()
            key, _, rest = words.replace("\t", " ").partition(" ")
            key, rest = key.lower(), rest.strip()
            if self._help:
                self._help = key != "endtext"
            elif key == "menu":
                inner, _, rest = rest.partition(" ")
                self._menu_line(inner.lower(), rest.strip(), path, number, depth)
            elif key == "include":
                self._include(rest, path, depth)
            elif key and not key.startswith("#"):
                self._line(key, rest, path, number)

    def _include(self, rest: str, path: str, depth: int) -> None:
        if depth >= _INCLUDED:
            self._note("its files include each other in an endless loop")
        elif rest:
            self.read(_beside(path, rest.split(maxsplit=1)[0]), depth + 1)

    def _line(self, key: str, rest: str, path: str, number: int) -> None:
        if key == "label":
            if len(self._labels) >= ENTRIES:
                raise BootMenuError(f"it has more than {ENTRIES} entries", number)
            self._labels.append(_Label(rest, tuple(self._submenu), path, number, number))
        elif key == "text":
            self._help = rest.lower().startswith("help")
        elif key == "default":
            self._default = rest
        elif key == "ontimeout":
            self._on_timeout = rest
        elif key == "ui":
            self._ui = rest
        elif key == "timeout":
            digits = _DIGITS.match(rest)
            self._timeout = int(digits[0]) / 10 if digits and int(digits[0]) else None
        elif key == "prompt":
            self._prompt = rest.startswith("1")
        elif not self._labels:
            if key == "append":
                self._append = rest
        else:
            self._label_line(key, rest, path, number)

    def _label_line(self, key: str, rest: str, path: str, number: int) -> None:
        label = self._labels[-1]
        last = number if label.source == path else label.last
        if key in _KERNELS:
            name = rest.split(" ", 1)[0]
            file = _beside(path, name) if name and key in _FILES else name
            label = label._replace(loader=key, kernel=file, last=last)
        elif key == "append":
            label = label._replace(append=rest, last=last)
        elif key == "initrd":
            label = label._replace(initrd=rest, last=last)
        self._labels[-1] = label

    def _menu_line(self, key: str, rest: str, path: str, number: int, depth: int) -> None:
        if key == "begin":
            self._submenu.append(rest or "submenu")
            if len(self._submenu) > _INCLUDED * 2:
                raise BootMenuError("its submenus are nested in an endless loop", number)
        elif key == "end":
            self._submenu[-1:] = []
        elif key == "title":
            # That of a submenu stands before the first of its labels.
            if self._submenu and not (self._labels and self._labels[-1].submenu == tuple(self._submenu)):
                self._submenu[-1] = _without_hotkey(rest)
        elif key == "include":
            self._include(rest, path, depth)
        elif self._labels:
            label = self._labels[-1]
            if key == "label":
                self._labels[-1] = label._replace(title=_without_hotkey(rest), last=max(label.last, number))
            elif key == "default":
                self._marked = len(self._labels) - 1
            elif key == "hide":
                self._labels[-1] = label._replace(hidden=True)

    def _note(self, sentence: str) -> None:
        if len(self._notes) < NOTES:
            self._notes.append(sentence)

    def menu(self, path: str) -> Menu:
        """Return what has been read, as a menu."""
        labels = [label for label in self._labels if label.loader or label.initrd or label.append is not None]
        word = self._default.split(" ", 1)[0]
        graphic = bool(self._ui) or posixpath.basename(word) in _MENUS
        if not labels and word and not graphic:
            # A kernel and its arguments may stand behind DEFAULT, with no label at all.
            labels = [_Label(word, (), path, 1, 1, loader="linux", kernel=_beside(path, word))]
            labels[0] = labels[0]._replace(append=self._default.partition(" ")[2] or None)
        marked = self._labels[self._marked] if self._marked >= 0 else None
        shown = [label for label in labels if not label.hidden] if graphic else labels
        if not shown:
            raise BootMenuError(f"{path} has no entries")
        wanted = self._on_timeout or self._default
        named = next(
            (index for index, label in enumerate(shown) if label.name == wanted.split(" ", 1)[0]), -1
        )
        default = (
            shown.index(marked) if graphic and marked in shown and not self._on_timeout else max(named, 0)
        )
        timeout = self._timeout if graphic or self._prompt else 0.0
        entries = tuple(self._entry(label, index) for index, label in enumerate(shown))
        loader = "isolinux" if posixpath.basename(path).startswith("isolinux") else "extlinux"
        return Menu(loader, path, entries, default, timeout, tuple(self._notes))

    def _entry(self, label: _Label, number: int) -> MenuEntry:
        append = self._append if label.append is None else "" if label.append == "-" else label.append
        words, initrd = [], label.initrd
        for word in append.split():
            if word.startswith("initrd="):
                initrd = initrd or word[len("initrd=") :]
            else:
                words.append(word)
        return MenuEntry(
            label.title or label.name,
            submenu=label.submenu,
            ident=label.name,
            kernel=label.kernel,
            initrd=tuple(_beside(label.source, each) for each in initrd.split(",")[:INITRDS] if each),
            args=" ".join(words)[:WORD],
            device=self._device,
            loader=label.loader or "linux",
            source=label.source,
            first=label.first,
            last=label.last,
            position=(number,),
        )


def _without_hotkey(title: str) -> str:
    return title.replace("^", "", 1)


def _beside(config: str, path: str) -> str:
    """Return a path as syslinux finds it: from the folder of its configuration."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(config), path))
