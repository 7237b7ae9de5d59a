"""What of a domain's s-expression got into the file: the rest is told, so that nothing can be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xentui.config.convert.records import ConvertedLine
from xentui.config.convert.xend_known import is_known, reason_for
from xentui.config.refusal import printable
from xentui.config.secrets import HIDDEN, is_secret
from xentui.config.sxp import Sxp

Place = tuple[Sxp, str]
"""A list, and the name of an entry in it."""
_SHOWN = 200
_SAYS_NOTHING = ("", "None")
_OTHER = "{} says otherwise, and counts"


class XendSource:
    """One domain: whoever reads an entry marks it as used, and :meth:`rest` tells of all others."""

    def __init__(self, domain: Sxp) -> None:
        self.domain = domain
        self.changes: list[ConvertedLine] = []
        self._used: set[int] = set()
        self._opened: set[int] = set()
        self._reasons: dict[int, str] = {}
        self._errors: set[int] = set()

    def text(
        self,
        *places: Place,
        fits: Callable[[str], object] = bool,
        why: str = "",
        same: Callable[[str], str] = str,
    ) -> str:
        """Return the text of the first place that says something, "" where none does.

        A text that does not ``fit`` is told with ``why``, and so is one that contradicts what was taken; ``same``
        makes texts alike that differ in spelling only.
        """
        chosen = taken_from = ""
        for node, name in places:
            for entry in reversed(node.children(name)):
                value = text_of(entry)
                if value is None:
                    continue
                if value in _SAYS_NOTHING:
                    self.use(entry)
                elif not fits(value):
                    self.leave(entry, why)
                elif not chosen:
                    chosen, taken_from = value, name
                    self.use(entry)
                elif same(value) == same(chosen):
                    self.use(entry)
                else:
                    self.leave(entry, _OTHER.format(taken_from if taken_from != name else "another entry"))
        return chosen

    def use(self, *entries: Sxp) -> None:
        """Count entries as used, with all that is in them."""
        self._used.update(map(id, entries))

    def open(self, *nodes: Sxp) -> None:
        """Tell of the entries within a list one by one, and not of the list as a whole."""
        self._opened.update(map(id, nodes))

    def leave(self, node: Sxp, reason: str, *, error: bool = False) -> None:
        """Tell of a list as a whole, whatever of it was read."""
        self._used.discard(id(node))
        self._opened.discard(id(node))
        for inner in _within(node):
            self._used.discard(id(inner))
            self._opened.discard(id(inner))
        if reason:
            self._reasons[id(node)] = reason
        if error:
            self._errors.add(id(node))

    def made(self, entry: Sxp, after: str, reason: str) -> None:
        """Tell of an entry that is another one in the file."""
        self.use(entry)
        self.changes.append(ConvertedLine(entry.line, written(entry), after, reason))

    def rest(self, kind: str) -> Iterator[ConvertedLine]:
        """Yield what nobody used of a guest of a ``kind`` (``pv``, ``hvm``), each with its path and its reason."""
        yield from self._rest(self.domain, (), kind)

    def _rest(self, node: Sxp, path: tuple[str, ...], kind: str) -> Iterator[ConvertedLine]:
        for index, item in enumerate(node.items):
            if isinstance(item, str):
                if (index or not node.head) and item not in _SAYS_NOTHING:
                    yield ConvertedLine(
                        node.line, _nested(path, printable(item, _SHOWN)), "", "xl has no counterpart for it"
                    )
            elif id(item) not in self._used:
                if id(item) in self._opened or any(id(inner) in self._used for inner in _within(item)):
                    yield from self._rest(item, (*path, item.head) if item.head else path, kind)
                elif id(item) in self._reasons or not (says_nothing(item) or is_known(path, item)):
                    reason = self._reasons.get(id(item)) or reason_for(path, item, kind)
                    error = id(item) in self._errors
                    yield ConvertedLine(item.line, _nested(path, written(item)), "", reason, error)


def text_of(entry: Sxp) -> str | None:
    """Return the one text behind an entry's name, "" where there is none; None for lists and several."""
    if len(entry.items) == 1:
        return ""
    value = entry.items[1]
    if isinstance(value, Sxp):
        return None if value.items else ""
    return value if len(entry.items) == 2 else None


def alike(one: str | Sxp, other: str | Sxp) -> bool:
    """Return whether two pieces say the same."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return len(one.items) == len(other.items) and all(map(alike, one.items, other.items))


def says_nothing(entry: Sxp) -> bool:
    """Return whether there is nothing behind an entry's name: no text, Python's None, empty lists."""
    return all(map(_is_nothing, entry.items[1:] if entry.head else entry.items))


def _is_nothing(item: str | Sxp) -> bool:
    return item in _SAYS_NOTHING if isinstance(item, str) else all(map(_is_nothing, item.items))


def _within(node: Sxp) -> Iterator[Sxp]:
    for item in node.lists:
        yield item
        yield from _within(item)


def _nested(path: tuple[str, ...], shown: str) -> str:
    for name in reversed(path):
        shown = f"({printable(name)} {shown})"
    return shown


def written(item: Sxp, room: int = _SHOWN) -> str:
    """Return an s-expression on one line, cut where it is long; a password is not shown."""
    if is_secret(item.head):
        return f"({item.head} {HIDDEN})"
    pieces: list[str] = []
    for inner in item.items:
        if isinstance(inner, str):
            pieces.append(printable(inner, max(2, room)) or "''")
        elif len(inner.items) <= 2 and all(isinstance(word, str) for word in inner.items):
            pieces.append(written(inner, room))
        else:
            pieces.append(f"({printable(inner.head)} …)" if inner.head else "(…)")
        room -= len(pieces[-1]) + 1
        if room <= 0:
            break
    return f"({' '.join(pieces)})"
