"""What a job runs on its host: argv as the host's toolstack has said, with places for what they are about."""

from __future__ import annotations

from typing import Any, Dict, List

DOMID, PATH = "{domid}", "{path}"
#: Those of xl, for jobs of an xentui that did not say.  With a domid behind it ``list`` is of that domain alone.
XL = {
    "list": ["xl", "list", "-v"],
    "save": ["xl", "save", DOMID, PATH],
    "restore": ["xl", "restore", "-p", PATH],
    "unpause": ["xl", "unpause", DOMID],
    "destroy": ["xl", "destroy", DOMID],
}
_MOST_WORDS = 100

Commands = Dict[str, List[str]]


def checked(value: Any) -> Commands:
    """Return the commands of a job; raises TypeError where that is not an argv for each of the names of :data:`XL`."""
    if not isinstance(value, dict) or set(value) != set(XL):
        raise TypeError(f"is not a command for each of {', '.join(XL)}")
    return {name: _argv(argv) for name, argv in value.items()}


def filled(argv: List[str], *, domid: int = 0, path: str = "") -> List[str]:
    """Return an argv with what it is about in its places, each of which is a word of its own."""
    places = {DOMID: str(domid), PATH: path}
    return [places.get(word, word) for word in argv]


def is_argv(value: Any, most: int = _MOST_WORDS) -> bool:
    """Return whether something is an argv, of at most so many words."""
    try:
        return bool(_argv(value, most))
    except TypeError:
        return False


def _argv(value: Any, most: int = _MOST_WORDS) -> List[str]:
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= most:
        raise TypeError(f"is not an argv of at most {most} words")
    if not all(isinstance(word, str) and "\0" not in word for word in value):
        raise TypeError("is not an argv of texts")
    return list(value)
