"""What a terminal sends, through the parser to the bytes a guest gets."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from xentui.terminal.keys import encode_key, encode_paste
from xentui.tui.input.key_parser import KeyParser
from xentui.tui.input.typed_keys import UnknownSequence


class Terminal:
    """A parser whose time goes on when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.parser = KeyParser(clock=lambda: self.now)

    def sends(self, *pieces: str) -> list[Message]:
        """The messages of some input that comes in these pieces, at once."""
        return [message for piece in pieces for message in self.parser.feed(piece)]

    def waits(self, seconds: float = 0.15) -> list[Message]:
        """The messages that time brings."""
        self.now += seconds
        return list(self.parser.tick())

    def all_of(self, *pieces: str) -> list[Message]:
        """The messages of some input, nothing following it."""
        return self.sends(*pieces) + self.waits()


def guest_bytes(messages: Sequence[Message]) -> bytes:
    """What a guest gets of keys and pastes."""
    data = b""
    for message in messages:
        if isinstance(message, UnknownSequence):
            data += message.sequence.encode()
        elif isinstance(message, events.Key):
            data += encode_key(message.key, message.character)
        elif isinstance(message, events.Paste):
            data += encode_paste(message.text, bracketed=False)
    return data
