"""The error for what xl itself refuses, with xl's own words and exit status."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xentui.errors import ConfigError, Hint

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class RefusedError(ConfigError):
    """A configuration that ``xl create`` would not take.

    ``words`` are the lines xl prints on standard error, ``exit_code`` is what it exits with; the source
    name in ``words`` is the one the text was parsed under, as xl names the file it was given.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = "<configuration>",
        line: int = 0,
        column: int = 0,
        hint: Hint = "",
        words: Sequence[str] = (),
        exit_code: int = 1,
    ) -> None:
        super().__init__(message, source=source, line=line, column=column, hint=hint)
        self.words = tuple(words)
        self.exit_code = exit_code


def printable(text: str, limit: int = 60) -> str:
    """Return text from a configuration made fit for a message: control characters replaced, cut to ``limit``."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return _CONTROL.sub("�", text)
