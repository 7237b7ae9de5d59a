"""A boot menu as lines of the details."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xentui.errors import HostError, XentuiError
from xentui.model.boot_menu import BootMenu
from xentui.model.domain import Domain
from xentui.service.boot_default import entry_of
from xentui.service.boot_menu_answer import NO_MENU
from xentui.service.kernels import GuestKernel
from xentui.text import plain
from xentui.tui.details import DetailLine
from xentui.tui.screens.boot_menu_text import headline, legend, signs

_SHOWN = 24
"""Entries that are shown at most; the whole menu has a screen of its own."""
_NOTES = 6
_TITLE, _TEXT = 200, 1000
_LABEL = "menu"


def menu_lines(
    domain: Domain, answer: BootMenu | XentuiError, kernel: GuestKernel, key: str
) -> list[DetailLine]:
    """The menu of a domain, or why there is none; ``key`` shows all of it."""
    if isinstance(answer, XentuiError):
        if isinstance(answer, HostError):  # it is asked again by itself: there is nothing to do
            return [DetailLine(_LABEL, f"not read: {plain(answer.message, _TEXT)}", "note")]
        hint = answer.plain_hint
        return [
            DetailLine(_LABEL, f"none: {plain(answer.message.removeprefix(NO_MENU), _TEXT)}", "note"),
            *([DetailLine(_LABEL, plain(hint, _TEXT), "muted")] if hint else []),
        ]
    stored = entry_of(domain.stored) if domain.stored else ""
    parts = [
        (headline(answer, timeout_first=True), "note" if answer.stale else ""),
        *([(kernel.words, "note")] if kernel.waits else ()),
        *_entries(answer, stored),
        *((line, "muted") for line in (legend(answer, stored), *_notes(answer)) if line),
        (f"{key} shows all of it, and boots an entry", "muted"),
    ]
    return [DetailLine(_LABEL, plain(text, _TEXT), tone) for text, tone in parts]


def _entries(menu: BootMenu, stored: str) -> Iterator[tuple[str, str]]:
    """The first entries below the titles of their submenus, and the one that boots; signs as on the menu's screen."""
    count = len(menu.entries)
    numbers = list(range(count))
    if count > _SHOWN:
        booting = next((number for number in numbers if menu.entries[number].default), 0)
        numbers = sorted({*range(_SHOWN - 1), max(booting, _SHOWN - 1)})
    above: Sequence[str] = ()
    before = -1
    for number in numbers:
        entry = menu.entries[number]
        if number != before + 1:
            yield "…", "muted"
        before = number
        if entry.submenu != above:
            above = entry.submenu
            if above:
                yield f"      {plain(' > '.join(above), _TITLE)} >", "muted"
        indent = "  " if above else ""
        tone = "" if entry.default else "muted"
        yield f"{signs(menu, number, stored)}{number:>2} {indent}{plain(entry.title, _TITLE)}", tone
    if before + 1 < count:
        yield f"… {count - before - 1} more", "muted"
    if not count:
        yield "no entries", "note"


def _notes(menu: BootMenu) -> Sequence[str]:
    differing = menu.pygrub.notes if menu.pygrub else ()
    unnamed = [f"no entry names {kernel}" for kernel in menu.kernels]
    return [*differing, *menu.notes, *unnamed][:_NOTES]
