"""The half of Textual's driver that reads: with our parser, and nothing between a key and its event but reading."""

from __future__ import annotations

import codecs
import contextlib
import locale
import os
import select

from textual import constants
from textual.drivers.linux_driver import LinuxDriver

from xentui.tui.key_parser import KeyParser

_LOOK = 0.1
"""Seconds between two looks whether the input is to end."""
_PIECE = 4096
_NUMERIC_KEYPAD = "\x1b>"
"""An application keypad, as a program before may have left it, would send what Alt-O and a letter send."""
# Of the kitty protocol, beside what Textual asks for: what a key would be with Shift, for Alt with that.
_ALTERNATE_KEYS = "\x1b[=4;2u"


class KeyboardDriver(LinuxDriver):
    """Reads keys with :class:`~xentui.tui.key_parser.KeyParser`."""

    def start_application_mode(self) -> None:
        """Begin, asking the terminal for all it can tell of keys."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:
            self.write(_NUMERIC_KEYPAD if constants.DISABLE_KITTY_KEY else _NUMERIC_KEYPAD + _ALTERNATE_KEYS)
            self.flush()

    def run_input_thread(self) -> None:
        """Read, and hand on what it means, until the input is to end."""
        parser = KeyParser(self._debug)
        decode = codecs.getincrementaldecoder(input_encoding())("replace").decode
        while not self.exit_event.is_set():
            wait = parser.wait()
            ready, _, _ = select.select([self.fileno], [], [], _LOOK if wait is None else min(wait, _LOOK))
            if ready:
                data = b""
                with contextlib.suppress(OSError):
                    data = os.read(self.fileno, _PIECE)
                if not data:
                    self.exit_event.wait(_LOOK)  # nobody is there any more
                elif text := decode(data):
                    for message in parser.feed(text):
                        self.process_message(message)
            for message in parser.tick():
                self.process_message(message)


def input_encoding() -> str:
    """How the terminal encodes what is typed, as the locale has it."""
    name = codecs.lookup(locale.getpreferredencoding(False)).name
    return "utf-8" if name == "ascii" else name
