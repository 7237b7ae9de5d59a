"""Every command, found by its verb or its id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xentui.commands.command import Command

_SUBJECTS = (
    *("listing", "boot_menu", "definitions", "autostart", "configurations"),
    *("making", "converting", "exporting", "editing", "versions"),
    *("starting", "stopping", "signalling", "migrating"),
    *("installing", "memory", "resources", "devices", "consoles", "images", "guest_tools", "host"),
    *("host_check", "fleet", "storage", "xend", "ganeti", "simulator"),
)
"""The modules of :mod:`xentui.commands.verbs`, in the order help shows them.

Each imports what it runs when that is run, so that all of them can be read where a front end starts.
"""


_WITHOUT_LABELS = (
    "listing",
    "making",
    "converting",
    "exporting",
    "images",
    "guest_tools",
    "installing",
    "host",
    "host_check",
    "fleet",
    "storage",
    "xend",
    "ganeti",
    "simulator",
)
"""Of these nothing is on the screen, which starts without reading them."""


FAMILIES = {"image": "images", "storage": "storage", "xend-config": "xend", "ganeti": "ganeti"}
"""First words of verbs of two, as ``image create``, and the module that declares all of each."""
_UNSAID = {"storage": "show", "xend-config": "show"}
"""The second word of a verb that may be left out: what follows the first is none of the others then."""


def split(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the verb that words begin with, of one word or two, and the words behind it; ``words`` are not empty."""
    first, second = words[0], words[1] if len(words) > 1 else ""
    if (unsaid := _UNSAID.get(first)) and second not in ("-h", "--help"):
        verbs_of = {command.verb.partition(" ")[2] for command in family(first)}
        if second not in verbs_of:
            return f"{first} {unsaid}", list(words[1:])
    count = 2 if first in FAMILIES and second and not second.startswith("-") else 1
    return " ".join(words[:count]), list(words[count:])


def family(name: str) -> tuple[Command, ...]:
    """Return the commands whose verbs begin with that word, in order; none where it is no first word."""
    return _read(FAMILIES[name]) if name in FAMILIES else ()


def find(verb: str) -> Command | None:
    """Return the command of that verb; reads no more modules than it has to."""
    among = family(verb.partition(" ")[0]) or _all()
    return next((command for command in among if command.verb == verb), None)


@cache
def verbs() -> Mapping[str, Command]:
    """Return every command with a verb, by that."""
    return {command.verb: command for command in _all() if command.verb}


@cache
def by_id() -> Mapping[str, Command]:
    """Return every command by its id."""
    return {command.id: command for command in _all()}


def labelled() -> tuple[Command, ...]:
    """Return every command that is on the screen."""
    subjects = (subject for subject in _SUBJECTS if subject not in _WITHOUT_LABELS)
    return tuple(command for subject in subjects for command in _read(subject) if command.label)


def _all() -> Iterator[Command]:
    for subject in _SUBJECTS:
        yield from _read(subject)


def _read(subject: str) -> tuple[Command, ...]:
    commands: tuple[Command, ...] = import_module(f"xentui.commands.verbs.{subject}").COMMANDS
    return commands
