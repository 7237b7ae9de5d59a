"""menu.lst and grub.conf of GRUB legacy (info grub-legacy, Configuration; pygrub reads the same, GrubConf.py)."""

from __future__ import annotations

import re

from xentui.bootmenu.files import Files, text_of
from xentui.bootmenu.limits import ENTRIES, INITRDS, NOTES, WORD, BootMenuError
from xentui.bootmenu.menu import Menu, MenuEntry

_DIRECTIVE = re.compile(r"\s*([A-Za-z_]+)(?:\s*=\s*|\s+|$)(.*)")
_DEVICE = re.compile(r"\(([^()]*)\)(.*)", re.DOTALL)
_DRIVE = re.compile(r"(hd[0-9]+)(?:,([0-9]+))?")
_OPTION = re.compile(r"(?:--\S+\s+)+")
_LOADERS = ("kernel", "chainloader", "configfile", "halt", "reboot")
SAVED = "the default is the one booted last, which only the loader itself knows; shown is the first"


def read_menu(files: Files, device: str, path: str) -> Menu:
    """Return the menu of a menu.lst; raises BootMenuError where there is none."""
    data = files.read(device, path)
    if data is None:
        raise BootMenuError(f"{path} cannot be read")
    entries: list[MenuEntry] = []
    notes: list[str] = []
    default, timeout = 0, None
    root = device
    for number, line in enumerate(text_of(data).split("\n"), 1):
        match = _DIRECTIVE.match(line[:WORD])
        if match is None:
            continue
        word, rest = match[1].lower(), match[2].strip()
        if word == "title":
            if len(entries) >= ENTRIES:
                notes.append(f"it has more than {ENTRIES} entries")
                break
            root = device
            entries.append(
                MenuEntry(rest, ident=rest, source=path, first=number, last=number, position=(len(entries),))
            )
        elif entries:
            entries[-1] = entries[-1]._replace(last=number)
            if word in ("root", "rootnoverify"):
                root = _named(rest) or root
            else:
                entries[-1] = _entry(entries[-1], word, rest, root)
        elif word == "default" and rest.lower() == "saved":
            notes.append(SAVED)
        elif word == "default":
            default = _number(rest)
        elif word == "timeout":
            timeout = float(min(_number(rest), 1 << 20))
    if not entries:
        raise BootMenuError(f"{path} has no entries")
    default = default if default < len(entries) else 0
    return Menu("grub-legacy", path, tuple(entries), default, timeout, tuple(notes[:NOTES]))


def _entry(entry: MenuEntry, word: str, rest: str, root: str) -> MenuEntry:
    if word in _LOADERS and entry.loader in ("", "kernel"):
        device, path = _place(_OPTION.sub("", rest, count=1) if word == "kernel" else rest, root)
        path, _, args = path.partition(" ")
        return entry._replace(
            loader=word, kernel=path, args=args.strip() if word == "kernel" else "", device=device
        )
    if word in ("initrd", "module"):
        path = _place(rest, root)[1].partition(" ")[0]
        return entry._replace(initrd=(*entry.initrd, path)[:INITRDS] if word == "module" else (path,))
    return entry


def _place(text: str, root: str) -> tuple[str, str]:
    match = _DEVICE.match(text)
    return (_named(match[0]) or root, match[2].strip()) if match else (root, text)


def _named(text: str) -> str:
    """Return a device as GRUB 2 calls it: ``(hd0,0)`` is ``hd0,1``."""
    match = _DEVICE.match(text.strip())
    drive = _DRIVE.match(match[1]) if match else None
    if drive is None:
        return ""
    return f"{drive[1]},{int(drive[2][:6]) + 1}" if drive[2] else drive[1]


def _number(text: str) -> int:
    digits = re.match(r"[0-9]{1,9}", text)
    return int(digits[0]) if digits else 0
