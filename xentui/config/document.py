"""A configuration as a document: what it says, and edits that leave the rest alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from xentui.config import editing, item_editing
from xentui.config.numbers import c_long
from xentui.config.syntax import Assignment, ConfigParser, List, Scalar, Value, decode

PlainValue = str | int | list["PlainValue"]


class Document:
    """One parsed configuration; immutable, every edit returns a new one.

    ``source`` names it in messages, ``text`` is exactly what was parsed, ``assignments`` are in file order.
     Queries answer as xl does (libxlu_cfg.c): a later assignment wins, ``+=`` joins strings and appends to
    lists.
    """

    def __init__(self, text: str, source: str, assignments: tuple[Assignment, ...]) -> None:
        self.source = source
        self.text = text
        self.assignments = assignments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"<Document {self.source}: {len(self.assignments)} assignments>"

    @cached_property
    def _effective(self) -> dict[str, list[Assignment]]:
        effective: dict[str, list[Assignment]] = {}
        for assignment in self.assignments:
            parts = effective.get(assignment.key)
            if parts is None or assignment.operator == "=":
                effective[assignment.key] = [assignment]
            else:
                parts.append(assignment)
        return effective

    def keys(self) -> tuple[str, ...]:
        """The keys that are set, in order of their first appearance."""
        return tuple(self._effective)

    def parts(self, key: str) -> tuple[Assignment, ...]:
        """The assignments that make up the effective value: the last ``=`` and every ``+=`` after it."""
        return tuple(self._effective.get(key, ()))

    def place(self, key: str) -> tuple[int, int]:
        """Line and column of the effective assignment, from 1; (0, 0) when the key is not set."""
        parts = self._effective.get(key)
        return (parts[-1].line, parts[-1].column) if parts else (0, 0)

    def items(self, key: str) -> tuple[Value, ...]:
        """The items of a list with their places; empty when the key is not set or is a single value."""
        return tuple(
            item
            for part in self._effective.get(key, ())
            if isinstance(part.value, List)
            for item in part.value.items
        )

    def get(self, key: str) -> PlainValue | None:
        """The effective value: an int for a bare number, a str for a string, a list; None when not set.

        A bare word of digits that is no number to xl (``12ab``) is given as a str.
        """
        parts = self._effective.get(key)
        if not parts:
            return None
        if isinstance(parts[0].value, List):
            return [_plain(item) for item in self.items(key)]
        if len(parts) == 1:
            return _plain(parts[0].value)
        return self.string(key)

    def string(self, key: str, default: str | None = None) -> str | None:
        """A single value as text, quoted or not; ``default`` when not set, or a list (xlu_cfg_get_string)."""
        texts = [part.value.text for part in self._effective.get(key, ()) if isinstance(part.value, Scalar)]
        return "".join(texts) if texts else default

    def number(self, key: str, default: int | None = None) -> int | None:
        """A number in C notation, quoted or not; ``default`` when there is none (xlu_cfg_get_long).

        xl takes no number that was written with ``+=``, whatever it says.
        """
        parts = self._effective.get(key)
        if not parts or parts[-1].operator == "+=":
            return default
        value = parts[-1].value
        number = c_long(value.text) if isinstance(value, Scalar) else None
        return default if number is None else number

    def boolean(self, key: str, default: bool | None = None) -> bool | None:
        """A number read as false (0) or true; ``default`` as for :meth:`number` (xlu_cfg_get_defbool)."""
        number = self.number(key)
        return default if number is None else number != 0

    def strings(self, key: str) -> tuple[str, ...]:
        """The texts of a list up to the first item that is itself a list, where xl stops too; else empty."""
        texts: list[str] = []
        for item in self.items(key):
            if not isinstance(item, Scalar):
                break
            texts.append(item.text)
        return tuple(texts)

    def set(self, key: str, value: str | int | Sequence[str]) -> Document:
        """Give ``key`` a value: in place, keeping quotes, layout and comments, or else on a new line.

        Items of a list that stay the same keep their writing.  Raises ConfigError for a key or text no
        file can hold.
        """
        if isinstance(value, str | int):
            return self._edited(editing.set_scalar(self, key, value))
        parts = self._effective.get(key)
        if not parts or not isinstance(parts[0].value, List):
            return self._edited(editing.set_new_list(self, key, value))
        return editing.set_items(self, key, value)

    def append_item(self, key: str, item: str) -> Document:
        """Add an item at the end of a list, in its layout; makes the list when the key is not set.

        Raises ConfigError when the key holds a single value.
        """
        return self._edited(item_editing.append(self, key, item))

    def insert_item(self, key: str, index: int, item: str) -> Document:
        """Put an item before the one at ``index`` (from 0); at the end when there is none at that index."""
        return self._edited(item_editing.insert(self, key, index, item))

    def replace_item(self, key: str, index: int, item: str) -> Document:
        """Replace the item at ``index`` (from 0) of the effective list; IndexError when there is none."""
        return self._edited(item_editing.replace(self, key, index, item))

    def remove_item(self, key: str, index: int) -> Document:
        """Take the item at ``index`` (from 0) out of the effective list, with the comment behind it.

        IndexError when there is none.
        """
        return self._edited(item_editing.remove(self, key, index))

    def remove(self, key: str) -> Document:
        """Remove every assignment of ``key``; a line with nothing else on it goes with its comment."""
        return self._edited(editing.remove(self, key))

    def swap_items(self, key: str, index: int, other: int) -> Document:
        """Put two items of the effective list in each other's place, as they are written; each takes its comment.

        Where the line of one has no room for a comment, behind more items or none, the comments stay.
        """
        return self._edited(item_editing.swap(self, key, index, other))

    def replace_items(self, key: str, items: Mapping[int, str]) -> Document:
        """Replace several items of the effective list at once; IndexError when one is not there."""
        return self._edited(
            [
                splice
                for index, item in items.items()
                for splice in item_editing.replace(self, key, index, item)
            ]
        )

    def rewrite_list(self, key: str, items: Sequence[str]) -> Document:
        """Write a list anew on one line, without regard to its layout."""
        return self._edited(editing.set_new_list(self, key, items))

    def append_text(self, text: str) -> Document:
        """Add whole lines of configuration at the end; they win over what is there.  Raises ConfigError."""
        return self._edited([editing.at_end(self, text)])

    def _edited(self, splices: list[editing.Splice]) -> Document:
        return parse(editing.apply(self.text, splices), source=self.source) if splices else self


def parse(text: str | bytes, *, source: str = "<configuration>") -> Document:
    """Read a configuration as xl does.

    ``source`` names it in messages.  Raises :class:`~xentui.errors.ConfigError` with line and column at
    the first fault; also for what is beyond all bounds: 1 MiB, 100 000 values, lists nested deeper than 50.
     Stricter than xl in two points: text that is not UTF-8 is refused, and so is one stray character at
    the very end, which xl overlooks.
    """
    decoded = decode(text, source)
    return Document(decoded, source, ConfigParser(decoded, source).assignments())


def _plain(value: Value) -> PlainValue:
    if isinstance(value, List):
        return [_plain(item) for item in value.items]
    if value.quoted:
        return value.text
    number = c_long(value.text)
    return value.text if number is None else number
