"""The half of Textual's driver that reads: with our parser, and nothing between a key and its event but reading."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import locale
import os
import select
import signal
from typing import Any

from textual import constants
from textual.drivers.linux_driver import LinuxDriver

from xentui.tui.input.key_parser import KeyParser
from xentui.tui.textual_compat.keyboard import KeyReader

_LOOK = 0.1
"""Seconds between two looks whether the input is to end."""
_PIECE = 4096
_NUMERIC_KEYPAD = "\x1b>"
"""An application keypad, as a program before may have left it, would send what Alt-O and a letter send."""
# Of the kitty protocol, beside what Textual asks for: what a key would be with Shift, for Alt with that.
_KITTY_KEYBOARD_BEFORE = "\x1b[<u"
_ALTERNATE_KEYS = "\x1b[=4;2u"


class KeyboardDriver(KeyReader, LinuxDriver):
    """Reads keys with :class:`~xentui.tui.input.key_parser.KeyParser`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # In a turn of the loop of their own: another one may come while the terminal is being taken, and Textual's
        # handlers, called there and then, would take it a second time in between.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTSTP, signal.SIGCONT):
            handler = signal.getsignal(number)
            if callable(handler):
                loop.add_signal_handler(number, handler, number, None)

    def start_application_mode(self) -> None:
        """Begin, asking the terminal for all it can tell of keys.

        After a SIGSTOP this is called again with nothing given back before: there is one reader, what the terminal was
        like before the first time is kept, and what it was told to keep of its keyboard is kept once.
        """
        before = self._read_no_more()
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if before is not None:
            self.attrs_before = before
        if self.writes:
            self.write(_NUMERIC_KEYPAD if constants.DISABLE_KITTY_KEY else _NUMERIC_KEYPAD + _ALTERNATE_KEYS)
            self.flush()

    def _read_no_more(self) -> list[Any] | None:
        """End the reader, if there is one; returns the modes of the terminal before it, where that has some."""
        reader = self.reader
        if reader is None or not reader.is_alive():
            return None
        self.exit_event.set()
        reader.join()
        self.exit_event.clear()
        if not constants.DISABLE_KITTY_KEY:
            self.write(_KITTY_KEYBOARD_BEFORE)
        return self.attrs_before

    def expects(self) -> bool:
        """Return whether the terminal is to answer a question yet."""
        return False

    def run_input_thread(self) -> None:
        """Read, and hand on what it means, until the input is to end."""
        parser = KeyParser(self.logs_input)
        parser.expects = self.expects
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
    """Return how the terminal encodes what is typed, as the locale has it."""
    name = codecs.lookup(locale.getpreferredencoding(False)).name
    return "utf-8" if name == "ascii" else name
