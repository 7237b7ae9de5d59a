"""Reading a document the way xl reads its parameters, with the warnings xl prints."""

from __future__ import annotations

from typing import NoReturn

from xentui.config.document import Document
from xentui.config.numbers import c_long, is_out_of_range
from xentui.config.refusal import RefusedError
from xentui.config.syntax import List, Scalar, Value


class Reader:
    """libxlutil's xlu_cfg_get_* over one document; ``warnings`` grows with each wrong kind of value."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.warnings: list[str] = []

    def string(self, key: str, *, warn: bool = True) -> str | None:
        """A single value as text; None when not set or a list."""
        parts = self.document.parts(key)
        if not parts:
            return None
        if isinstance(parts[-1].value, List):
            if warn:
                self._warn(key, f"parameter `{key}' is a list but should be a single value")
            return None
        return self.document.string(key)

    def number(self, key: str, *, warn: bool = True) -> int | None:
        """A single value as a C long; None when not set or not a number."""
        text = self.string(key, warn=warn)
        if text is None:
            return None
        if self.document.parts(key)[-1].operator == "+=":
            problem = f"can't use += with numbers for parameter `{key}'"
        else:
            number = c_long(text)
            if number is not None:
                return number
            problem = f"parameter `{key}' is not a valid number"
            if is_out_of_range(text):
                problem = f"parameter `{key}' could not be parsed as a number: Numerical result out of range"
        if warn:
            self._warn(key, problem)
        return None

    def flag(self, key: str) -> str | None:
        """A number as libxl prints a defbool: ``"True"``, ``"False"``, or None for the default."""
        number = self.number(key)
        return None if number is None else "True" if number else "False"

    def list(self, key: str, *, warn: bool = True) -> tuple[Value, ...] | None:
        """The items of a list; None when not set or a single value."""
        parts = self.document.parts(key)
        if not parts:
            return None
        if isinstance(parts[-1].value, Scalar):
            if warn:
                self._warn(key, f"parameter `{key}' is a single value but should be a list")
            return None
        return self.document.items(key)

    def scalars(self, key: str, *, warn: bool = True) -> tuple[Scalar, ...] | None:
        """The items of a list up to the first that is a list itself, where xl's loops end."""
        items = self.list(key, warn=warn)
        if items is None:
            return None
        scalars: list[Scalar] = []
        for item in items:
            if not isinstance(item, Scalar):
                break
            scalars.append(item)
        return tuple(scalars)

    def is_set(self, key: str) -> bool:
        """Whether the key has any value."""
        return bool(self.document.parts(key))

    def warn(self, text: str) -> None:
        """Note a line that xl prints and goes on."""
        self.warnings.append(text)

    def refuse(
        self, message: str, words: str, *, key: str = "", hint: str = "", exit_code: int = 1
    ) -> NoReturn:
        """Stop as xl stops: raises RefusedError at ``key``, with every line xl has printed so far."""
        line, column = self.document.place(key)
        raise RefusedError(
            message,
            source=self.document.source,
            line=line,
            column=column,
            hint=hint,
            words=(*self.warnings, *([words] if words else ())),
            exit_code=exit_code,
        )

    def _warn(self, key: str, text: str) -> None:
        line = self.document.parts(key)[-1].value.line
        self.warnings.append(f"{self.document.source}:{line}: warning: {text}")
