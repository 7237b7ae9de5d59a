"""Lines of a configuration file as they are made from s-expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from xentui.config.convert.xend_source import text_of
from xentui.config.quoting import quote
from xentui.config.refusal import printable
from xentui.config.sxp import Sxp
from xentui.errors import ConfigError

_SHOWN = 200
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CPUS = re.compile(r"\^?[0-9]{1,9}(?:-[0-9]{1,9})?(?:,\^?[0-9]{1,9}(?:-[0-9]{1,9})?)*")
_WORDS = {"True": "1", "False": "0"}


@dataclass(slots=True)
class Lines:
    """A file as it grows."""

    _lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The file so far."""
        return "".join(f"{line}\n" for line in self._lines)

    def string(self, key: str, value: str) -> None:
        """A text; nothing where it is empty.  Raises ConfigError for what no file can hold."""
        if value:
            self._lines.append(f"{key} = {_quoted(key, value)}")

    def number(self, key: str, value: int) -> None:
        """A number; xl takes a negative one in quotes only."""
        self._lines.append(f"{key} = {value}" if value >= 0 else f'{key} = "{value}"')

    def items(self, key: str, values: list[str]) -> None:
        """A list with a line an item; nothing where it is empty."""
        if values:
            self._lines += [f"{key} = [", *(f"    {_quoted(key, value)}," for value in values), "]"]

    def comment(self, line: str) -> None:
        """A comment of one line."""
        self._lines.append(f"# {printable(line, _SHOWN)}".rstrip())


def _quoted(key: str, value: str) -> str:
    if _CONTROL.search(value):
        raise ConfigError(
            f"the value of {key} holds a control character: '{printable(value)}'",
            hint="Take it out of the s-expression.",
        )
    return quote(value)


def number_in(text: str) -> int | None:
    """Return a number or a Boolean as xend writes them."""
    word = _WORDS.get(text, text)
    return int(word) if _NUMBER.fullmatch(word) else None


def is_number(text: str) -> bool:
    """Return whether it is a number or a Boolean."""
    return number_in(text) is not None


def spelled(text: str) -> str:
    """Return the one spelling of a number; any other text as it is."""
    number = number_in(text)
    return text if number is None else str(number)


def whole_in(text: str) -> int | None:
    """Return a number that is not negative."""
    number = number_in(text)
    return number if number is not None and number >= 0 else None


def cpu_ranges(entry: Sxp) -> str | list[str] | None:
    """xend's ``cpus`` as xl's, "" for any CPU, None for what is neither's.

    ``(cpus ((0 1) ()))`` has for each virtual CPU the physical ones, none for any; ``(cpus 0-3,^1)`` is for all of
    them, and ``(cpus (0-3 1))`` has a range for each.
    """
    text = text_of(entry)
    if text is not None:
        return text if not text or _CPUS.fullmatch(text) else None
    inner = entry.items[1]
    if not isinstance(inner, Sxp) or len(entry.items) > 2:
        return None
    rows = [",".join(map(str, row.items)) if isinstance(row, Sxp) else row for row in inner.items]
    if any(row and not _CPUS.fullmatch(row) for row in rows):
        return None
    return [row or "all" for row in rows] if any(rows) else ""
