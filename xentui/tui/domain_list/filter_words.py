"""What each kind of word of a filter tests."""

from __future__ import annotations

import operator
import re
import time
from collections.abc import Callable, Iterable

from xentui.commands import describe
from xentui.model.domain import Domain, Drift
from xentui.model.sizes import MIB, UNITS
from xentui.model.state import DomainState
from xentui.patterns import late_pattern
from xentui.tui.domain_list import column_values as values
from xentui.tui.domain_list.row import DomainRow

Test = Callable[[DomainRow], bool]

KINDS = ("managed", "template", "transient", "control", "copy")
STATES = tuple(state.value for state in DomainState)
DRIFTS = tuple(drift.value for drift in Drift)
NOTES = tuple(values.SIGNS)
UUID_LEAST = 4
"""Characters of a uuid that are taken for one: fewer are in too many of them."""
WORD_LEAST = 3
"""Characters from which text is looked for beside names too."""
BUDGET = 0.2
"""Seconds a pattern may spend on names before it is given up."""

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
}
_COMPARISON = late_pattern(r"([a-z]+)(>=|<=|>|<|=)(.*)", re.IGNORECASE)
_NUMBER = late_pattern(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([a-z%]*)", re.IGNORECASE)
_RATE_UNITS = {"": 1.0, "b": 1.0, **UNITS}
_TIME_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

Figure = tuple[values.Figure, dict[str, float]]
FIGURES: dict[str, Figure] = {
    "mem": (lambda entry: entry.domain.memory_kib * 1024 or None, {"": MIB, "b": 1.0, **UNITS}),
    "vcpus": (values.vcpus_figure, {"": 1.0}),
    "cpu": (values.cpu, {"": 1.0, "%": 1.0}),
    "disk": (values.disk, _RATE_UNITS),
    "net": (values.net, _RATE_UNITS),
    "up": (values.uptime, _TIME_UNITS),
}
"""Figures by the word before the comparison, and what the units after the number are worth."""


class WordError(ValueError):
    """Why a word is not understood, in a few words."""


class Pattern:
    """A regular expression tried on names, each name once; given up when it has cost its budget."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self._known: dict[str, bool] = {}
        self._left = BUDGET
        self._literal = text(pattern.pattern)

    @property
    def given_up(self) -> bool:
        """Whether it has taken too long; it is searched for as text then."""
        return self._left <= 0

    def __call__(self, entry: DomainRow) -> bool:
        if self.given_up:
            return self._literal(entry)
        name = entry.domain.name[: values.NAME_LIMIT]
        found = self._known.get(name)
        if found is None:
            started = time.perf_counter()
            found = self._known[name] = self._pattern.search(name) is not None
            self._left -= time.perf_counter() - started
        return found


def text(words: str) -> Test:
    """Return text in a name, or that of one of several hosts; also a domid, or the first characters of a uuid.

    From :data:`WORD_LEAST` characters on also the beginning of a state, a kind or a note, and text in the path of a
    disk or the name of a bridge: of fewer nearly every domain has some.
    """
    needle = words.casefold()
    uuid = needle if len(needle) >= UUID_LEAST else None
    domid = int(needle) if needle.isascii() and needle.isdigit() and len(needle) < 10 else None
    beyond = len(needle) >= WORD_LEAST

    def test(entry: DomainRow) -> bool:
        domain = entry.domain
        return (
            needle in domain.name.casefold()
            or needle in entry.host.casefold()
            or (domid is not None and domain.domid == domid)
            or (uuid is not None and domain.uuid.startswith(uuid))
            or (beyond and (_has_word(entry, needle) or _uses(domain, needle)))
        )

    return test


def _has_word(entry: DomainRow, needle: str) -> bool:
    """Return whether a word the list shows of a domain begins so: its state, its kind, or one of its notes."""
    domain = entry.domain
    return (
        domain.state.value.startswith(needle)
        or describe.kind(domain).startswith(needle)
        or any(word.startswith(needle) for word in values.notes(domain))
    )


def _uses(domain: Domain, needle: str) -> bool:
    """Return whether ``needle`` is in the path of a disk, or the name of a bridge."""
    return _has_disk(domain, needle) or _has_bridge(domain, needle)


def _has_disk(domain: Domain, needle: str) -> bool:
    return any(needle in disk.target.casefold() for disk in domain.config.disks)


def _has_bridge(domain: Domain, needle: str) -> bool:
    return any(needle in vif.bridge.casefold() for vif in domain.config.vifs)


def disks(value: str) -> Test:
    """Return text in the path of any of its disks."""
    needles = [part.casefold() for part in _parts(value)]
    return lambda entry: any(_has_disk(entry.domain, needle) for needle in needles)


def hosts(value: str) -> Test:
    """Return text in the name of the host."""
    needles = [part.casefold() for part in _parts(value)]
    return lambda entry: any(needle in entry.host.casefold() for needle in needles)


def bridges(value: str) -> Test:
    """Return text in the name of a bridge that one of its interfaces is on."""
    needles = [part.casefold() for part in _parts(value)]
    return lambda entry: any(_has_bridge(entry.domain, needle) for needle in needles)


def states(value: str) -> Test:
    """Any of some states, by words, beginnings of words or letters.  Raises WordError."""
    wanted: set[DomainState] = set()
    for word in _parts(value):
        exact = [state for state in DomainState if word in (state.letter, state.value)]
        found = exact or [state for state in DomainState if state.value.startswith(word.lower())]
        if not found:
            raise WordError(f"no state `{word}`")
        wanted.update(found)
    return lambda entry: entry.domain.state in wanted


def kinds(value: str) -> Test:
    """Any of some kinds.  Raises WordError."""
    wanted = _chosen(value, KINDS, "kind")
    return lambda entry: describe.kind(entry.domain) in wanted


def drift(value: str) -> Test:
    """Drifted in any of some ways, or at all.  Raises WordError."""
    wanted = _chosen(value, DRIFTS, "drift") if value else set(DRIFTS)
    return lambda entry: any(kind.value in wanted for kind in entry.domain.drift)


def note(value: str) -> Test:
    """Any of some notes.  Raises WordError."""
    wanted = _chosen(value, NOTES, "note")
    return lambda entry: any(word.partition(":")[0] in wanted for word in values.notes(entry.domain))


def comparison(word: str) -> Test | None:
    """Return a comparison of a figure; None where the word is none.  Raises WordError for one without a sense."""
    match = _COMPARISON.fullmatch(word)
    if match is None or match[1].lower() not in FIGURES:
        return None
    figure, units = FIGURES[match[1].lower()]
    number = _NUMBER.fullmatch(match[3])
    if number is None or number[2].lower() not in units:
        allowed = "/".join(unit for unit in units if len(unit) == 1)
        raise WordError(f"`{match[1]}` is compared with a number" + (f" ({allowed})" if allowed else ""))
    bound = float(number[1]) * units[number[2].lower()]
    compare = _COMPARE[match[2]]

    def test(entry: DomainRow) -> bool:
        value = figure(entry)
        return value is not None and compare(value, bound)

    return test


KEYS: dict[str, tuple[Callable[[str], Test], tuple[str, ...]]] = {
    "state": (states, STATES),
    "kind": (kinds, KINDS),
    "drift": (drift, DRIFTS),
    "note": (note, NOTES),
    "host": (hosts, ()),
    "disk": (disks, ()),
    "bridge": (bridges, ()),
}
"""What stands before a colon: the test it makes of what follows, and the words for that, where they are known."""


def _parts(value: str) -> list[str]:
    return [part for part in value.split(",") if part]


def _chosen(value: str, words: Iterable[str], what: str) -> set[str]:
    chosen: set[str] = set()
    for part in _parts(value):
        found = [word for word in words if word.startswith(part.lower())]
        if not found:
            raise WordError(f"no {what} `{part}`")
        chosen.update(found)
    return chosen
