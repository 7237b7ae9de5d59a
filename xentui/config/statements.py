"""What a configuration says, as xl takes it."""

from __future__ import annotations

from functools import cached_property

from xentui.config.numbers import c_long
from xentui.config.syntax import Assignment, List, Scalar, Value

PlainValue = str | int | list["PlainValue"]


class Statements:
    """The assignments of one configuration, immutable.

    ``source`` names it in messages, ``text`` is exactly what was parsed, ``assignments`` are in file order.
    Queries answer as xl does (libxlu_cfg.c): a later assignment wins, ``+=`` joins strings and appends to
    lists.
    """

    def __init__(self, text: str, source: str, assignments: tuple[Assignment, ...]) -> None:
        self.source = source
        self.text = text
        self.assignments = assignments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Statements) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.source}: {len(self.assignments)} assignments>"

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
        """Return the keys that are set, in order of their first appearance."""
        return tuple(self._effective)

    def parts(self, key: str) -> tuple[Assignment, ...]:
        """Return the assignments that make up the effective value: the last ``=`` and every ``+=`` after it."""
        return tuple(self._effective.get(key, ()))

    def place(self, key: str) -> tuple[int, int]:
        """Line and column of the effective assignment, from 1; (0, 0) when the key is not set."""
        parts = self._effective.get(key)
        return (parts[-1].line, parts[-1].column) if parts else (0, 0)

    def items(self, key: str) -> tuple[Value, ...]:
        """Return the items of a list with their places; empty when the key is not set or is a single value."""
        return tuple(
            item
            for part in self._effective.get(key, ())
            if isinstance(part.value, List)
            for item in part.value.items
        )

    def get(self, key: str) -> PlainValue | None:
        """Return the effective value: an int for a bare number, a str for a string, a list; None when not set.

        A bare word of digits that is not a number to xl (``12ab``) is given as a str.
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
        """Return a single value as text, quoted or not; ``default`` when not set, or a list (xlu_cfg_get_string)."""
        texts = [part.value.text for part in self._effective.get(key, ()) if isinstance(part.value, Scalar)]
        return "".join(texts) if texts else default

    def number(self, key: str, default: int | None = None) -> int | None:
        """Return a number in C notation, quoted or not; ``default`` when there is none (xlu_cfg_get_long).

        xl takes no number that was written with ``+=``, whatever it says.
        """
        parts = self._effective.get(key)
        if not parts or parts[-1].operator == "+=":
            return default
        value = parts[-1].value
        number = c_long(value.text) if isinstance(value, Scalar) else None
        return default if number is None else number

    def boolean(self, key: str, default: bool | None = None) -> bool | None:
        """Return a number read as false (0) or true; ``default`` as for :meth:`number` (xlu_cfg_get_defbool)."""
        number = self.number(key)
        return default if number is None else number != 0

    def strings(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list up to the first item that is itself a list, where xl stops too; else empty."""
        texts: list[str] = []
        for item in self.items(key):
            if not isinstance(item, Scalar):
                break
            texts.append(item.text)
        return tuple(texts)


def _plain(value: Value) -> PlainValue:
    if isinstance(value, List):
        return [_plain(item) for item in value.items]
    if value.quoted:
        return value.text
    number = c_long(value.text)
    return value.text if number is None else number
