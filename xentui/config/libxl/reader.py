"""Reading a document the way xl reads its parameters, with the warnings xl prints."""

from __future__ import annotations

from typing import NoReturn

from xentui.config.document import Document
from xentui.config.numbers import c_long, is_out_of_range
from xentui.config.refusal import RefusedError
from xentui.config.syntax import List, Scalar, Value

_CRASHED = 128 + 11


class Reader:
    """libxlutil's xlu_cfg_get_* over one document; ``warnings`` grows with each wrong kind of value.

    ``out_of_range`` is the C library's errno after the last number: xl looks at a stale one.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.warnings: list[str] = []
        self.out_of_range = False
        self._unended = ""

    def string(self, key: str, *, warn: bool = True) -> str | None:
        """Return a single value as text; None when not set or a list."""
        parts = self.document.parts(key)
        if not parts:
            return None
        if isinstance(parts[-1].value, List):
            if warn:
                self._warn(key, f"parameter `{key}' is a list but should be a single value")
            return None
        return self.document.string(key)

    def number(self, key: str, *, warn: bool = True) -> int | None:
        """Return a single value as a C long; None when not set or not a number."""
        text = self.string(key, warn=warn)
        if text is None:
            return None
        if self.document.parts(key)[-1].operator == "+=":
            problem = f"can't use += with numbers for parameter `{key}'"
        else:
            number = c_long(text)
            self.out_of_range = is_out_of_range(text)
            if number is not None:
                return number
            problem = f"parameter `{key}' is not a valid number"
            if self.out_of_range:
                problem = f"parameter `{key}' could not be parsed as a number: Numerical result out of range"
        if warn:
            self._warn(key, problem)
        return None

    def flag(self, key: str) -> str | None:
        """Return a number as libxl prints a defbool: ``"True"``, ``"False"``, or None for the default."""
        number = self.number(key)
        return None if number is None else "True" if number else "False"

    def list(self, key: str, *, warn: bool = True) -> tuple[Value, ...] | None:
        """Return the items of a list; None when not set or a single value."""
        parts = self.document.parts(key)
        if not parts:
            return None
        if isinstance(parts[-1].value, Scalar):
            if warn:
                self._warn(key, f"parameter `{key}' is a single value but should be a list")
            return None
        return self.document.items(key)

    def scalars(self, key: str, *, warn: bool = True) -> tuple[Scalar, ...] | None:
        """Return the items of a list up to the first that is a list itself, where xl's loops end."""
        items = self.list(key, warn=warn)
        if items is None:
            return None
        scalars: list[Scalar] = []
        for item in items:
            if not isinstance(item, Scalar):
                break
            scalars.append(item)
        return tuple(scalars)

    def scanned(self, text: str, end: int) -> None:
        """Note that xl read ``text`` by sscanf up to ``end``: reaching the end of it clears the C library's errno."""
        if end >= len(text):
            self.out_of_range = False

    def is_set(self, key: str) -> bool:
        """Return whether the key has any value."""
        return bool(self.document.parts(key))

    def warn(self, text: str) -> None:
        """Note a line that xl prints and goes on."""
        self.warnings.append(self._unended + text)
        self._unended = ""

    def warn_unended(self, text: str) -> None:
        """Note what xl prints without an end of line: what it prints next stands beside it."""
        self._unended += text

    def crash(self, message: str, *, key: str, at: Value | None = None, hint: str = "") -> NoReturn:
        """Stop where xl reads memory that is none: raises RefusedError with a shell's exit status for that."""
        self.refuse(f"{message}, which makes xl crash", "", key=key, at=at, hint=hint, exit_code=_CRASHED)

    def spoken(self, *more: str) -> tuple[str, ...]:
        """Return every line xl has printed so far, and then ``more``."""
        first, *rest = more or ("",)
        return (*self.warnings, *([said] if (said := self._unended + first) else ()), *rest)

    def refuse(
        self,
        message: str,
        words: str,
        *,
        key: str = "",
        at: Value | None = None,
        hint: str = "",
        exit_code: int = 1,
    ) -> NoReturn:
        """Stop as xl stops: raises RefusedError at a value or ``key``, with every line xl has printed so far."""
        line, column = (at.line, at.column) if at is not None else self.document.place(key)
        raise RefusedError(
            message,
            source=self.document.source,
            line=line,
            column=column,
            hint=hint,
            words=self.spoken(words),
            exit_code=exit_code,
        )

    def _warn(self, key: str, text: str) -> None:
        line = self.document.parts(key)[-1].value.line
        self.warn(f"{self.document.source}:{line}: warning: {text}")
