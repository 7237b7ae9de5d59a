"""Keys: from what the terminal sends to Textual's names for them."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Thread
from typing import TYPE_CHECKING, Any

# The names of keys by the sequences of terminals, those of the kitty protocol, and the parser of mouse reports: a table
# of our own would be a copy to keep up to date.
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS, IgnoredSequence
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.events import Key
from textual.keys import _character_to_key

if TYPE_CHECKING:
    from textual.drivers.linux_driver import LinuxDriver as _LinuxDriver
else:
    _LinuxDriver = object

__all__ = ["ANSI_SEQUENCES_KEYS", "FUNCTIONAL_KEYS", "IgnoredSequence"]


def character_to_key(character: str) -> str:
    """Return the name Textual has for the key of a character, as bindings use it."""
    return _character_to_key(character)


class KeyReader(_LinuxDriver):
    """The half of Textual's driver that reads, to be read with a parser of our own."""

    @property
    def reader(self) -> Thread | None:
        """The thread that reads keys: after a SIGSTOP Textual would start a second one beside it."""
        return self._key_thread

    @property
    def writes(self) -> bool:
        """Whether the terminal is written to: not where Textual has found none."""
        return self._writer_thread is not None

    @property
    def app(self) -> App[Any]:
        """The app whose keys it reads."""
        return self._app

    @property
    def logs_input(self) -> bool:
        """Whether the parser is to log what it reads."""
        return self._debug


class KeySequences(XTermParser):
    """Textual's parser, for what is one character and for the mouse."""

    def keys_of(self, sequence: str) -> Iterable[Key]:
        """Return the keys of a sequence or character, with Textual's names."""
        return self._sequence_to_key_events(sequence)
