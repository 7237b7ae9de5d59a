"""What a check says: a line with its state, why it matters, and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from xentui.errors import Suggest
from xentui.frozen import dataclass
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.service.host_check.facts import Facts

_LIMIT = 400


class CheckState(StrEnum):
    """How a host stands in one respect; the value is the word it is told by."""

    OK = "ok"
    NOTE = "note"
    """As it may be, and worth knowing."""
    UNKNOWN = "unknown"
    WARNING = "warning"
    FAULT = "fault"

    @property
    def sign(self) -> str:
        """One character that says the same without colour."""
        return {"ok": "✓", "note": "·", "unknown": "?", "warning": "!", "fault": "✗"}[self.value]

    @property
    def exit_status(self) -> int:
        """What ``xentui check`` exits with where this is its worst line; 1 to 3 are those of every command."""
        return {"ok": 0, "note": 0, "unknown": 4, "warning": 5, "fault": 6}[self.value]


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A file of the host with another text; ``old`` is what it had when it was looked at.

    Bytes that are no UTF-8 are half surrogates in both (``surrogateescape``). ``made``: it was not there.
    """

    path: str
    old: str
    new: str
    made: bool = False


@dataclass(frozen=True, slots=True)
class Mend:
    """What xentui itself can do about a line, once it was agreed to: files are changed, then commands run in order.

    ``what`` says it in a clause with a verb; ``then`` what is left to do afterwards, as a sentence.
    """

    what: str
    edits: tuple[FileEdit, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    then: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One check's answer.

    ``id`` names the check, ``title`` says in a word or two what it is of; ``found`` is what was found; ``why`` says
    why that matters, and is empty where all is well; ``command`` is what an admin types to mend it, or the
    command of xentui's that does, ``steps`` where that is more than one; ``mend`` is that as xentui does it by itself,
    None where it is not safe to.
    """

    id: str
    title: str
    state: CheckState
    found: str
    why: str = ""
    command: str | Suggest = ""
    steps: tuple[str, ...] = ()
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check's function returns: a line without its name."""

    state: CheckState
    found: str
    why: str = ""
    command: str | Suggest = ""
    steps: tuple[str, ...] = ()
    mend: Mend | None = None

    def named(self, id: str, title: str) -> Line:
        """Return the line of the check of that name; what a host says is made plain.

        A file that is not UTF-8 cannot be put back as it was: there xentui mends nothing.
        """
        odd = self.mend is not None and any("\ufffd" in edit.old for edit in self.mend.edits)
        return Line(
            id,
            title,
            self.state,
            plain(self.found, _LIMIT),
            plain(self.why, _LIMIT),
            self.command if isinstance(self.command, Suggest) else plain(self.command, _LIMIT),
            tuple(plain(step, _LIMIT) for step in self.steps),
            None if odd else self.mend,
        )


def ok(found: str) -> Finding:
    """Return the finding that all is well."""
    return Finding(CheckState.OK, found)


def note(found: str, why: str = "", command: str | Suggest = "") -> Finding:
    """Return the finding that nothing is wrong, but something is worth knowing."""
    return Finding(CheckState.NOTE, found, why, command)


def unknown(what: str, why: str = "", command: str = "") -> Finding:
    """Return the finding that it could not be found out."""
    return Finding(CheckState.UNKNOWN, f"could not tell: {what}", why, command)


def warning(found: str, why: str, command: str | Suggest = "", mend: Mend | None = None) -> Finding:
    """Return the finding that something will go wrong some day."""
    return Finding(CheckState.WARNING, found, why, command, mend=mend)


def fault(found: str, why: str, command: str = "", mend: Mend | None = None) -> Finding:
    """Return the finding that something does not work."""
    return Finding(CheckState.FAULT, found, why, command, mend=mend)


@dataclass(frozen=True, slots=True)
class HostCheck:
    """A check: its ``id`` for scripts, its ``title``, and the function that makes the finding of what was read.

    ``anywhere``: it says something of a host without a hypervisor, too; ``where``: only of one that has this file.
    """

    id: str
    title: str
    find: Callable[[Facts], Finding]
    anywhere: bool = False
    where: str = ""

    def fits(self, facts: Facts) -> bool:
        """Return whether it says anything of a host."""
        if self.where and self.where not in facts.texts:
            return False
        return facts.control or bool(facts.unread) or self.anywhere
