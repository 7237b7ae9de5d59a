"""What is kept out of a console's log: secrets that a guest echoes."""

from __future__ import annotations

from collections.abc import Collection

_STANDS_FOR = "********"


def redacted(text: str, words: Collection[str]) -> str:
    """Return a text without these words."""
    for word in sorted(filter(None, words), key=len, reverse=True):
        text = text.replace(word, _STANDS_FOR)
    return text


class Redactor:
    """Replaces words in bytes that come in pieces, cut anywhere; what may be the beginning of one is held back."""

    def __init__(self) -> None:
        self._hidden: dict[object, frozenset[bytes]] = {}
        self._words: tuple[bytes, ...] = ()
        self._held = b""

    def hide(self, words: Collection[str]) -> object:
        """Replace these from now on; returns what :meth:`show` takes."""
        key = object()
        self._hidden[key] = frozenset(word.encode("utf-8", "surrogatepass") for word in words if word)
        self._sort()
        return key

    def show(self, key: object) -> None:
        """Replace them no more."""
        self._hidden.pop(key, None)
        self._sort()

    def _sort(self) -> None:
        kept = frozenset().union(*self._hidden.values())
        self._words = tuple(sorted(kept, key=len, reverse=True))

    def passed(self, data: bytes) -> bytes:
        """Return what may be shown of the next piece, and of what was held back before it."""
        if not self._words:
            data, self._held = self._held + data, b""
            return data
        data = self._held + data
        for word in self._words:
            data = data.replace(word, _STANDS_FOR.encode())
        held = max(
            (
                length
                for word in self._words
                for length in range(1, min(len(word), len(data) + 1))
                if data.endswith(word[:length])
            ),
            default=0,
        )
        self._held = data[len(data) - held :]
        return data[: len(data) - held]

    def rest(self) -> bytes:
        """Return what is held back still, when nothing more comes: no whole secret is in it."""
        held, self._held = self._held, b""
        return held
