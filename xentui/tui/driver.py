"""Textual's driver, with a way to the terminal of its own."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from textual import events, messages
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from xentui.tui.input.keyboard import KeyboardDriver
from xentui.tui.output.output import Output


class ThriftyDriver(KeyboardDriver):
    """Sends what changes something on the terminal, when the terminal can take it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Textual draws on standard error, which it keeps to itself meanwhile.
        screen = sys.__stderr__
        self._output = Output(
            2 if screen is None else screen.fileno(),
            os.environ.get("TERM", ""),
            "utf-8" if screen is None else screen.encoding,
        )

    def write(self, data: str) -> None:
        """Have a frame shown, or a sequence sent that sets a mode."""
        self._output.write(data)

    def start_application_mode(self) -> None:
        """Take the terminal; whatever it shows."""
        self._output.start()
        super().start_application_mode()
        self._output.repaint()
        super().close()  # the thread of Textual's own, which would have nothing to write
        resized = signal.getsignal(signal.SIGWINCH)

        def repaint(number: int, frame: Any) -> None:
            self._output.repaint()
            if callable(resized):
                resized(number, frame)

        signal.signal(signal.SIGWINCH, repaint)

    def process_message(self, message: Message) -> None:
        """Paint anew where something else may have written to the terminal."""
        if isinstance(message, (events.AppFocus, events.Resize, messages.InBandWindowResize)):
            self.repaint()
        super().process_message(message)

    def repaint(self) -> None:
        """Send all there is to show, whatever the terminal shows now."""
        self._output.repaint()

    def close(self) -> None:
        """Give the terminal back."""
        self._output.stop()


def thrifty(driver: type[Driver]) -> type[Driver]:
    """The driver to use instead of the one Textual would take."""
    return ThriftyDriver if driver is LinuxDriver else driver
