"""What the rules work with: the configuration as xl reads it, and the edits they ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from xentui.config import editing
from xentui.config.convert.rewriting import Edit, Rewriting, commented_out
from xentui.config.document import Document
from xentui.config.guest_type import is_hvm
from xentui.config.quoting import quote
from xentui.config.syntax import List, Scalar


@dataclass(slots=True)
class RuleInput:
    """One file on its way from xm to xl.

    ``name`` is what a domain without a name is to be called ("" for none).  ``as_xm`` says that the file means what
    xm made of it: xl refuses it, or somebody said so.  Otherwise it is xl's, and no rule may change what xl makes of
    it.  ``of_xm`` says that something in it is xm's indeed: then what xm filled in by itself is written down too.
    """

    document: Document
    name: str = ""
    as_xm: bool = True
    of_xm: bool = False
    edits: list[Edit] = field(default_factory=list)
    handled: set[str] = field(default_factory=set)
    _lines: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_hvm(self) -> bool:
        """Whether the guest is fully virtual, by ``builder`` or ``type``."""
        return is_hvm(self.document)

    def has(self, key: str) -> bool:
        """Return whether the file sets ``key``."""
        return bool(self.document.parts(key))

    def strings(self, key: str) -> list[Scalar]:
        """Return the items of a list up to the first that is itself a list."""
        found: list[Scalar] = []
        for item in self.document.items(key):
            if not isinstance(item, Scalar):
                break
            found.append(item)
        return found

    def rename(self, key: str, new: str, reason: str) -> None:
        """Give a parameter another name, its value as it is."""
        self.handled.add(key)
        for assignment in self.document.assignments:
            if assignment.key == key:
                self._edit(Edit(assignment.start, assignment.start + len(key), new, reason))

    def set(self, key: str, value: str | int, reason: str) -> None:
        """Give a parameter a single value, in place where it is set."""
        parts = self.document.parts(key)
        if not parts:
            self.add(f"{key} = {value if isinstance(value, int) else quote(value)}", reason)
            return
        last = parts[-1].value
        for start, end, new in editing.set_scalar(self.document, key, value):
            self._edit(Edit(start, end, new, reason if start == last.start else ""))

    def set_list(self, key: str, items: list[str], reason: str) -> None:
        """Make a parameter a list, on one line."""
        parts = self.document.parts(key)
        if not parts:
            self.add(f"{key} = [{', '.join(map(quote, items))}]", reason)
            return
        for start, end, new in editing.set_new_list(self.document, key, items):
            self._edit(Edit(start, end, new, reason if start == parts[-1].value.start else ""))

    def turn_into(self, key: str, statement: str, reason: str) -> None:
        """Put another statement in the place of the last assignment of ``key``; earlier ones become comments."""
        self.handled.add(key)
        *former, last = [found for found in self.document.assignments if found.key == key]
        for assignment in former:
            self.edits += commented_out(
                self.document.text, assignment.start, assignment.end, "", telling=False
            )
        self._edit(Edit(last.start, last.end, statement, reason))

    def comment_out(self, key: str, reason: str) -> None:
        """Make a comment of every assignment of ``key``."""
        self.handled.add(key)
        for assignment in self.document.assignments:
            if assignment.key == key:
                self.of_xm = True
                self.edits += commented_out(self.document.text, assignment.start, assignment.end, reason)

    def replace(self, item: Scalar, new: str, reason: str) -> None:
        """Write another text in the place of one item of a list, quoted as it was."""
        mark = item.raw[0] if item.quoted else '"'
        self._edit(Edit(item.start, item.end, quote(new, mark), reason))

    def add(self, line: str, reason: str) -> None:
        """Add a line at the end."""
        self._lines.append((line, reason))

    def finish(self, draft: Rewriting) -> None:
        """Make all the edits."""
        draft.of_xm = draft.of_xm or self.of_xm
        if self._lines:
            size = len(self.document.text)
            glue = "\n" if self.document.text and not self.document.text.endswith("\n") else ""
            for line, reason in self._lines:
                self.edits.append(
                    Edit(size, size, f"{glue}{line}\n", reason, "", line, telling=False, whole=True)
                )
                glue = ""
        draft.apply(self.edits)

    def _edit(self, edit: Edit) -> None:
        self.of_xm = self.of_xm or edit.telling
        self.edits.append(edit)


def is_list(document: Document, key: str) -> bool:
    """Return whether a parameter is set, and is a list."""
    parts = document.parts(key)
    return bool(parts) and isinstance(parts[-1].value, List)
