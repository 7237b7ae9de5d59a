"""A configuration as a document: what it says, and edits that leave the rest alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xentui.config import editing, item_editing
from xentui.config.statements import PlainValue, Statements
from xentui.config.syntax import ConfigParser, List, decode

__all__ = ["Document", "PlainValue", "parse"]


class Document(Statements):
    """One parsed configuration; immutable, every edit returns a new one."""

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
        return self._with_items(key, value)

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

    def _with_items(self, key: str, items: Sequence[str]) -> Document:
        """With these in a list; items equal at both ends are not touched."""
        change = editing.between(self.items(key), items)
        if change is None:
            return self.rewrite_list(key, items)
        document = self
        for offset, item in enumerate(change.new[: change.old]):
            document = document.replace_item(key, change.head + offset, item)
        for _ in range(change.old - len(change.new)):
            document = document.remove_item(key, change.head + len(change.new))
        for offset, item in enumerate(change.new[change.old :]):
            document = document.insert_item(key, change.head + change.old + offset, item)
        return document

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
