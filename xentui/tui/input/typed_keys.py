"""Key events that keep what the terminal has sent, for guests that are to get it as it was typed."""

from __future__ import annotations

from textual import events

_BY_WORDS = {"alt+b": "ctrl+left", "alt+f": "ctrl+right"}


class AltKey(events.Key):
    """A key with Alt.

    Arguments: ``key`` with ``alt+`` before it; ``character``, what the key types without Alt; ``apart``, the keys it
    is where nothing knows it with Alt.  A terminal without the kitty protocol sends ESC before the key, as if Esc had
    been pressed just before: what is meant only the one who gets it can tell.
    """

    __slots__ = ["apart"]

    def __init__(self, key: str, character: str | None, apart: tuple[events.Key, ...] = ()) -> None:
        super().__init__(key, character)
        self.apart = apart

    def apart_for(self, *, typing: bool) -> tuple[events.Key, ...]:
        """Return the keys it is where nothing knows it with Alt; into a line Alt with an arrow may come as ESC b and
        ESC f.
        """
        word = _BY_WORDS.get(self.key) if typing else None
        return (events.Key(word, None),) if word else self.apart

    @property
    def is_printable(self) -> bool:
        """It types nothing into a line."""
        return False

    def copy(self) -> AltKey:
        """Return a copy of this event."""
        return AltKey(self.key, self.character, self.apart)


class UnknownSequence(events.Key):
    """A control sequence no key is known for, ``sequence``: nothing to the screen, and itself to a guest."""

    __slots__ = ["sequence"]

    def __init__(self, sequence: str) -> None:
        super().__init__("unknown_sequence", None)
        self.sequence = sequence

    def copy(self) -> UnknownSequence:
        """Return a copy of this event."""
        return UnknownSequence(self.sequence)


class LongPaste(events.Paste):
    """A paste that was longer than what is kept; its text is gone."""

    def __init__(self) -> None:
        super().__init__("")


for _kind, _base in ((AltKey, events.Key), (UnknownSequence, events.Key), (LongPaste, events.Paste)):
    # Textual names the methods that take an event after its class.
    _kind.handler_name = _base.handler_name
