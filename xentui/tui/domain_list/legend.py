"""What the letters and signs of the list mean, in words.  No Textual."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

from xentui.model.state import DomainState
from xentui.tui.domain_list import column_values as values
from xentui.tui.domain_list.columns import KIND_LETTER, Column
from xentui.tui.domain_list.row import DomainRow

KINDS = {"M": "managed", "T": "transient", "C": "control domain"}
NOTES = {
    "odd-name": "misleading name",
    "same-name": "another domain has this name",
    "by": "run by another engine",
    "half-migration": "half of a migration",
    "moving": "moving to another host",
    "copy": "copy kept by xl",
    "damaged": "damaged entry",
    "saved": "saved to a file",
    "one-off": "one-off boot",
    "drift": "drift",
    "notice": "notice",
    "copies": "has copies",
    "autostart": "autostart",
}
STATES = {
    DomainState.RUNNING: "running",
    DomainState.BLOCKED: "blocked (idle)",
    DomainState.PAUSED: "paused",
    DomainState.SHUTDOWN: "shut down, kept",
    DomainState.CRASHED: "crashed, kept",
    DomainState.DYING: "dying",
    DomainState.SUSPENDED: "suspended in the store",
    DomainState.OFF: "off",
}
NBSP = "\N{NO-BREAK SPACE}"
CONDITIONS = {
    "template": "template",
    "booting": "booting",
    "saved": "saved to a file",
    "asleep": "stopped for a save",
}
_BETWEEN = "  "
Letters = tuple[str, str]
_LOOKED_AT = 2000
"""Domains whose signs a line is made of; those that follow hardly bring another."""


def letters(
    entries: Sequence[DomainRow], before: Sequence[DomainRow], known: Sequence[Letters]
) -> tuple[Letters, ...]:
    """Return what the narrow columns say of each entry: the letter of its kind with a sign, and that of its state.

    ``known`` is what they said of those ``before``, which counts for a domain that is the same object.
    """
    had = {
        id(old.domain.rest): (old.domain.state, said)
        for old, said in zip(before, known, strict=False)
        if not old.doing
    }
    return tuple(_letters_of(entry, had.get(id(entry.domain.rest))) for entry in islice(entries, _LOOKED_AT))


def _letters_of(entry: DomainRow, had: tuple[DomainState, Letters] | None) -> Letters:
    """Return the letters of an entry, of which it ``had`` others at most in that state."""
    if had is None or entry.doing:
        return values.kind_letter(entry), values.state_letter(entry)
    state, said = had
    return said if entry.domain.state is state else (said[0], values.state_letter(entry))


def in_use(found: Sequence[Letters]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the letters and signs among those of all entries: of kinds, and of states."""
    kinds, states = zip(*found, strict=True) if found else ((), ())
    return frozenset("".join(kinds)) - {" "}, frozenset(states)


def line(columns: Sequence[Column], used: Collection[str], states: Collection[str]) -> str:
    """Return the meaning of the letters and signs in use, the rare ones first; "" where the columns say it in words."""
    said = []
    if any(column.id == "kind" and column.width == KIND_LETTER for column in columns):
        said += [f"{sign} {NOTES[note]}" for note, sign in _distinct() if sign in used]
        said += [f"{letter} {word}" for letter, word in KINDS.items() if letter in used]
    if any(column.id == "state" and column.width == 1 for column in columns):
        said += [f"{letter} {word}" for letter, word in _states() if letter in states]
    return _BETWEEN.join(said)


def meanings() -> dict[str, list[tuple[str, str]]]:
    """Return all letters and signs with what they mean: those of states, of kinds, and the signs."""
    signs = [(sign, NOTES[note]) for note, sign in _distinct()]
    return {"State": _states(), "Kind": list(KINDS.items()), "Sign": signs}


def whole() -> str:
    """Return all letters and signs, a line for states, one for kinds and some for signs."""
    return "".join(
        f"{title}: {_BETWEEN.join(f'{sign}{NBSP}{word}' for sign, word in pairs)}\n"
        for title, pairs in meanings().items()
    )


def _states() -> list[tuple[str, str]]:
    """Return the letters of states and what they mean."""
    return [
        *((state.letter, word) for state, word in STATES.items()),
        *((values.CONDITIONS[condition], word) for condition, word in CONDITIONS.items()),
        (values.GOING_ON, "an operation is in progress"),
    ]


def _distinct() -> list[tuple[str, str]]:
    """Return a note and its sign; of two that share one the first."""
    return [(note, sign) for note, sign in values.SIGNS.items() if note != "copies"]
