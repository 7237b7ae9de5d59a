"""What the screen of a boot menu says: where the menu is from, its rows, all there is of an entry.  No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text
from textual.widgets.option_list import Option

from xentui.model.boot_menu import BootEntry, BootMenu
from xentui.text import lines, printable

_NOTES = 20
_LINES, _WIDTH, _TEXT = 2000, 1000, 1 << 17
"""Lines of a file that are shown at once, characters of one, and of all: a dialog lays them all out."""


def headline(menu: BootMenu, *, timeout_first: bool = False) -> str:
    """Return where a menu is from, and when it boots; what a narrow terminal cuts comes last."""
    if not menu.disk:
        return menu.loader
    stale = ("may be stale",) if menu.stale else ()
    where = f"partition {menu.partition}, " if menu.partition else ""
    source = f"{menu.source} ({where}{menu.filesystem})"
    timeout = "waits for a key" if menu.timeout is None else f"boots after {menu.timeout:g} s"
    return " · ".join((*stale, menu.loader, *((timeout, source) if timeout_first else (source, timeout))))


def numbered(text: str, first: int = 1, last: int = 0, *, near: int = 1) -> list[str]:
    """Return the lines of a file from ``first`` to ``last`` (0: its end) with their numbers; of many those about
    ``near``.
    """
    found = lines(text)
    end = min(last, len(found)) if last else len(found)
    begin = max(first, min(near - _LINES // 4, end - _LINES + 1))
    shown: list[str] = []
    size, number = 0, begin
    while number <= end and len(shown) < _LINES and size < _TEXT:
        line = printable(found[number - 1][:_WIDTH])[:_WIDTH]
        shown.append(f"{number:>5}  {line}")
        size, number = size + len(line), number + 1
    if begin > first:
        shown.insert(0, f"({begin - first} lines before these are not shown)")
    if number <= end:
        shown.append(f"({end - number + 1} lines after these are not shown)")
    return shown


def is_stored(menu: BootMenu, number: int, stored: str) -> bool:
    """Return whether a stored choice means an entry: pygrub's number or title."""
    seen = menu.pygrub
    if not stored or seen is None or number >= len(seen.numbers):
        return False
    theirs = seen.numbers[number]
    return 0 <= theirs < len(seen.entries) and stored in (str(theirs), seen.entries[theirs].title)


SIGNS = {"*": "default", "p": "pygrub's default", "=": "set for this domain"}
"""What the characters before an entry mean."""


def legend(menu: BootMenu, stored: str) -> str:
    """Return what the characters before the entries mean, as far as there are any."""
    used = {sign for number in range(len(menu.entries)) for sign in signs(menu, number, stored)}
    return "  ".join(f"{sign} {word}" for sign, word in SIGNS.items() if sign in used)


def signs(menu: BootMenu, number: int, stored: str) -> str:
    """Three characters before an entry, or blanks; see :data:`SIGNS`."""
    seen = menu.pygrub
    theirs = seen.numbers[number] if seen and number < len(seen.numbers) else -1
    return "".join(
        (
            "*" if menu.entries[number].default else " ",
            "p" if seen and theirs >= 0 and theirs == seen.default else " ",
            "=" if is_stored(menu, number, stored) else " ",
        )
    )


def rows(menu: BootMenu, stored: str) -> Iterator[Option]:
    """Yield the entries, below the titles of their submenus, with their :func:`signs`."""
    above: tuple[str, ...] = ()
    seen = menu.pygrub
    for number, entry in enumerate(menu.entries):
        common = 0
        while common < min(len(above), len(entry.submenu)) and above[common] == entry.submenu[common]:
            common += 1
        for depth in range(common, len(entry.submenu)):
            yield Option(_row(f"        {'  ' * depth}{entry.submenu[depth]} >", "bold"), disabled=True)
        above = entry.submenu
        theirs = seen.numbers[number] if seen and number < len(seen.numbers) else None
        missing = "" if theirs is None or theirs >= 0 or not entry.kernel else "  (not in pygrub's list)"
        before = f"{signs(menu, number, stored)}{number:>3}  {'  ' * len(entry.submenu)}"
        yield Option(_row(f"{before}{entry.title}{missing}"), id=str(number))


def _row(text: str, style: str = "") -> Text:
    return Text(printable(text), style, no_wrap=True, overflow="ellipsis")


def entry_text(menu: BootMenu, number: int | None) -> Text:
    """Return all there is of an entry, and what there is to say of the menu."""
    text = Text()
    entry = menu.entries[number] if number is not None and number < len(menu.entries) else None
    for label, value in _facts(menu, entry) if entry else ():
        text.append(f"{label:<8}", "bold")
        text.append(f" {printable(value)}\n")
    for note in _notes(menu):
        text.append(f"{printable(note)}\n", "italic")
    text.rstrip()
    return text


def _facts(menu: BootMenu, entry: BootEntry) -> Iterator[tuple[str, str]]:
    if entry.kernel:
        yield "kernel", entry.kernel if entry.place or not menu.disk else f"{entry.kernel} (missing)"
    elif entry.loader:
        yield "boots", entry.loader
    if entry.args:
        yield "args", entry.args
    if entry.initrd:
        yield "initrd", " ".join(entry.initrd)
    if entry.source:
        where = f", partition {menu.partition}" if menu.partition else ""
        yield "file", f"{entry.source}:{entry.lines[0]}{where} of {menu.disk}"


def _notes(menu: BootMenu) -> Sequence[str]:
    unnamed = [f"no entry names {kernel}" for kernel in menu.kernels]
    differing = menu.pygrub.notes if menu.pygrub else ()
    return [*differing, *menu.notes, *unnamed][:_NOTES]
