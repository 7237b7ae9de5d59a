"""Regular expressions that are compiled when they are first used: most of a program's are not used in one run of it.

To compile one takes as long as to import a small module; the first list on the screen imports sixty, and uses a dozen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    Pattern = re.Pattern[str]


class _Late:
    """Stands for a compiled pattern; what is asked of it once is found at once from then on."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what copies and pickles look for
            raise AttributeError(name)
        found = getattr(re.compile(self._text, self._flags), name)
        self.__dict__[name] = found
        return found

    def __repr__(self) -> str:
        return f"late_pattern({self._text!r})"


def late_pattern(text: str, flags: int = 0) -> Pattern:
    """Return a pattern with the methods of :func:`re.compile`'s; ``re.error`` is raised by the first of them.

    It is for the methods only: the functions of :mod:`re` do not take it.
    """
    return cast("Pattern", _Late(text, flags))
