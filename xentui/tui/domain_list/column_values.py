"""What the cells of the list of domains say, and by what they are sorted."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter

from xentui.commands import describe
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.patterns import late_pattern
from xentui.terminal.widths import DROPPED, width
from xentui.text import plain
from xentui.tui import humanize
from xentui.tui.domain_list.row import DomainRow

NONE = "-"
"""Where there is no figure: a domain that is off has no load, and nought would be a lie."""
SIGNS = {
    "odd-name": "^",
    "same-name": "=",
    "by": "o",
    "half-migration": "%",
    "moving": ">",
    "copy": "x",
    "damaged": "!",
    "saved": "s",
    "one-off": "1",
    "drift": "~",
    "notice": "?",
    "copies": "x",
    "autostart": "a",
}
"""What stands for a note behind the kind's letter, where there is no room for words."""

NAME_LIMIT = 100
"""Characters of a name that are looked at."""
_WEIGHTS = tuple(SIGNS)

SortKey = float | str | tuple[object, ...]
Text = Callable[[DomainRow], str]
Figure = Callable[[DomainRow], float | None]


def notes(domain: Domain) -> list[str]:
    """Return what is worth a word, the weightiest first: those of ``xentui list``, and that there is a notice."""
    words = describe.notes(domain)
    if domain.notice and not domain.copy_of:
        words.insert(len(words) - domain.autostart - bool(domain.copies), "notice")
    return words


def sign(domain: Domain) -> str:
    """Return the sign of the weightiest note; "" for none, as most of thousands have."""
    noted = _noted(domain), domain.half
    if not any(noted[0]) and not noted[1]:
        return ""
    known = _signs.get(noted)
    if known is None:
        if len(_signs) >= _MOST_SIGNS:
            _signs.clear()
        words = notes(domain)
        known = _signs[noted] = SIGNS[words[0].partition(":")[0]] if words else ""
    return known


_noted = attrgetter(
    "odd_name",
    "namesakes",
    "by",
    "moving",
    "copy_of",
    "damaged",
    "saved_to",
    "one_off",
    "drift",
    "copies",
    "autostart",
    "notice",
)
"""All that makes a note but the name of a half of a migration."""
_signs: dict[tuple[tuple[object, ...], str], str] = {}
"""The signs that were found, by what makes them: of thousands of domains most have the same."""
_MOST_SIGNS = 4096


def weight(domain: Domain) -> str:
    """Return how much the weightiest note is worth: ``alarm``, ``note``, or "" for what only tells of a wish."""
    words = notes(domain)
    first = words[0].partition(":")[0] if words else "autostart"
    return "alarm" if first == "damaged" else "" if first == "autostart" else "note"


@lru_cache(maxsize=8192)
def name_order(text: str) -> tuple[object, ...]:
    """Return a sort key that takes numbers in names as numbers: web2 before web10."""
    parts: list[int | str] = [*_DIGITS.split(text[:NAME_LIMIT].casefold())]
    parts[1::2] = map(int, parts[1::2])
    # One in the other: the text of a name that ends where another has a number must never meet that number.
    return (tuple(parts), text)


_DIGITS = late_pattern(r"([0-9]+)")


@lru_cache(maxsize=8192)
def shown_name(name: str) -> str:
    """Return a guest-chosen name as a terminal may have it: no control characters, nothing that moves what follows."""
    text = plain(name, NAME_LIMIT)
    return text if text.isascii() else "".join(sign for sign in text if width(sign) != DROPPED)


def name(entry: DomainRow) -> str:
    return shown_name(entry.domain.name) or entry.domain.uuid or "(null)"


def by_name(entry: DomainRow) -> SortKey:
    return (not entry.domain.is_control, name_order(entry.domain.name))


def host(entry: DomainRow) -> str:
    return shown_name(entry.host)


def by_host(entry: DomainRow) -> SortKey:
    return name_order(entry.host)


def by_state(entry: DomainRow) -> SortKey:
    return _RANKS[entry.domain.state]


GOING_ON = "…"
CONDITIONS = {
    "booting": "B",
    "saved": "W",
    "asleep": "z",
    "template": "=",
    "not installed": DomainState.OFF.letter,
}
"""The letters of what xl has no state for."""
_RANKS = {
    DomainState.CRASHED: 0,
    DomainState.DYING: 1,
    DomainState.RUNNING: 2,
    DomainState.BLOCKED: 2,
    DomainState.PAUSED: 3,
    DomainState.SHUTDOWN: 4,
    DomainState.SUSPENDED: 5,
    DomainState.OFF: 6,
}
"""What wants attention first; running and blocked are one, since guests go to and fro between them."""


def state_words(entry: DomainRow) -> str:
    """Return a letter and a word; of what goes on just what it is."""
    condition = entry.condition
    letter = state_letter(entry)
    return condition if letter == GOING_ON else f"{letter} {condition}"


def state_letter(entry: DomainRow) -> str:
    """Return the letter of xl, ``B`` while it boots, ``W`` of one saved to a file; a sign of its own for what goes
    on.
    """
    condition = entry.condition
    if condition == entry.domain.state.value:
        return entry.domain.state.letter
    return CONDITIONS.get(condition, GOING_ON)


def by_kind(entry: DomainRow) -> SortKey:
    return describe.kind(entry.domain)


def by_notes(entry: DomainRow) -> SortKey | None:
    """Entries without a note are sorted last, the weightiest first."""
    words = notes(entry.domain)
    return _WEIGHTS.index(words[0].partition(":")[0]) if words else None


def kind_letter(entry: DomainRow) -> str:
    """``M``, ``T`` or ``C``, and the sign of the weightiest note; a copy is that and nothing else."""
    letter = "M" if entry.domain.template else describe.kind(entry.domain)[0].upper()
    return (" " if entry.domain.copy_of else letter) + sign(entry.domain)


def kind_word(entry: DomainRow) -> str:
    return describe.kind(entry.domain)


def note_words(entry: DomainRow) -> str:
    return " ".join(notes(entry.domain))


def domid(entry: DomainRow) -> str:
    return NONE if entry.domain.domid is None else str(entry.domain.domid)


def domid_figure(entry: DomainRow) -> float | None:
    return entry.domain.domid


def memory(entry: DomainRow) -> str:
    return humanize.size(entry.domain.memory_kib) or NONE


def memory_figure(entry: DomainRow) -> float | None:
    return entry.domain.memory_kib or None


def most_memory(entry: DomainRow) -> str:
    return humanize.size(entry.domain.maxmem_kib) or NONE


def most_memory_figure(entry: DomainRow) -> float | None:
    return entry.domain.maxmem_kib or None


def vcpus(entry: DomainRow) -> str:
    return str(entry.domain.vcpus) if entry.domain.vcpus else NONE


def vcpus_figure(entry: DomainRow) -> float | None:
    return entry.domain.vcpus or None


def shown(figure: Figure, show: Callable[[float], str]) -> Text:
    """Return the text of a figure that may be missing."""

    def text(entry: DomainRow) -> str:
        value = figure(entry)
        return NONE if value is None else show(value)

    return text


def both(first: Figure, second: Figure, show: Callable[[float], str]) -> Text:
    """Return the text of two figures beside each other, five cells each."""

    def text(entry: DomainRow) -> str:
        one, other = first(entry), second(entry)
        return f"{NONE if one is None else show(one):>5} {NONE if other is None else show(other):>5}"

    return text


def cpu(entry: DomainRow) -> float | None:
    """CPU load in percent of one CPU."""
    return entry.load.cpu_percent if entry.load else None


def disk_read(entry: DomainRow) -> float | None:
    """Return bytes a second read from disks."""
    return entry.load.disk_read if entry.load else None


def disk_written(entry: DomainRow) -> float | None:
    """Return bytes a second written to disks."""
    return entry.load.disk_write if entry.load else None


def disk(entry: DomainRow) -> float | None:
    """Return bytes a second from and to disks."""
    return entry.load.disk_read + entry.load.disk_write if entry.load else None


def received(entry: DomainRow) -> float | None:
    """Return bytes a second the domain's interfaces received."""
    return entry.load.net_rx if entry.load else None


def sent(entry: DomainRow) -> float | None:
    """Return bytes a second the domain's interfaces sent."""
    return entry.load.net_tx if entry.load else None


def net(entry: DomainRow) -> float | None:
    """Return bytes a second through interfaces."""
    return entry.load.net_rx + entry.load.net_tx if entry.load else None


def uptime(entry: DomainRow) -> float | None:
    """Return seconds since the domain was built."""
    return entry.uptime


def kernel_short(entry: DomainRow) -> str:
    """Return the release it boots, behind the one it runs where that is another."""
    kernel = entry.kernel
    if kernel is None:
        return ""
    if not kernel.waits:
        return kernel.words
    runs, boots = kernel.runs, kernel.boots
    # What both end in (-amd64) tells nothing.
    tail = next((part for part in _tails(runs) if boots.endswith(part)), "")
    end = -len(tail) or None
    return f"{runs[:end]} > {boots[:end]}"


def _tails(release: str) -> list[str]:
    return [
        release[at:] for at, sign in enumerate(release) if sign in "-." and release[at + 1 : at + 2].isalpha()
    ]


def kernel_words(entry: DomainRow) -> str:
    return entry.kernel.words if entry.kernel else ""


def by_kernel(entry: DomainRow) -> SortKey | None:
    """Return the key to sort by kernel: first those for which another one waits."""
    kernel = entry.kernel
    return (not kernel.waits, name_order(kernel.words)) if kernel and kernel.words else None


def history(columns: int) -> Text:
    """Return the text of the CPU history in so many columns, a whole block for all virtual CPUs busy."""

    def text(entry: DomainRow) -> str:
        return humanize.spark(entry.cpu_history, columns, 100.0 * max(entry.domain.vcpus, 1))

    return text
