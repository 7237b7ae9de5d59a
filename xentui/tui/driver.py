"""Textual's driver, with a way to the terminal of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
import traceback
import tty
from collections.abc import Callable, Iterable
from typing import Any

from rich.text import Text
from textual import events, messages
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from xentui.tui.input.keyboard import KeyboardDriver
from xentui.tui.input.reports import ASK_MARGINS, Answered, ModeReport
from xentui.tui.output.grid import Cursor
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
        self._running = asyncio.get_running_loop()
        self._output.failed = self._give_up

    def write(self, data: str) -> None:
        """Have a frame shown, or a sequence sent that sets a mode."""
        self._output.write(data)

    def _give_up(self, error: Exception) -> None:
        """End the program: what is painted reaches nobody any more."""
        words = "".join(traceback.format_exception(error))
        with contextlib.suppress(RuntimeError):  # the application has ended already
            self._running.call_soon_threadsafe(self.app.panic, Text(words))

    def start_application_mode(self) -> None:
        """Take the terminal; whatever it shows."""
        self._output.start()
        self._output.asks = self.input_tty
        super().start_application_mode()
        self._ask()
        self._output.repaint()
        self._pass_on()
        super().close()  # the thread of Textual's own, which would have nothing to write
        resized = signal.getsignal(signal.SIGWINCH)

        def repaint(number: int, frame: Any) -> None:
            self._ask()  # another terminal may show it now
            self._output.repaint()
            if callable(resized):
                resized(number, frame)

        signal.signal(signal.SIGWINCH, repaint)

    def expects(self) -> bool:
        """Return whether the terminal is to answer a question yet."""
        return self._output.expects

    def stop_application_mode(self) -> None:
        """Leave the terminal when it has answered: the shell would take that for keys.

        It is left here and not at the end: letting go of a host far away may take its time.
        """
        self._output.part()
        super().stop_application_mode()
        self._output.stop()

    def _ask(self) -> None:
        """Ask what the terminal can do; Apple's shows the question."""
        self._output.margins = False
        if self.input_tty and os.environ.get("TERM_PROGRAM") != "Apple_Terminal":
            self.write(ASK_MARGINS)

    def _pass_on(self) -> None:
        """Have what is written reach the terminal as it is: a line feed would become two characters."""
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(self.fileno)
            modes[tty.OFLAG] &= ~termios.OPOST
            termios.tcsetattr(self.fileno, termios.TCSANOW, modes)

    def process_message(self, message: Message) -> None:
        """Take what the terminal says of itself; paint anew where something else may have written to it."""
        if isinstance(message, Answered):
            self._output.answered()
            return
        if isinstance(message, ModeReport):
            self._output.margins = message.known
            return
        if isinstance(message, (events.AppFocus, events.Resize, messages.InBandWindowResize)):
            self.repaint()
        super().process_message(message)

    def follow_cursor(self, cursor: Callable[[], Cursor | None]) -> None:
        """Have the terminal's own cursor where ``cursor`` says, which is asked with every frame."""
        self._output.cursor = cursor

    def put_rows(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Have rows shown, each at its line and column, as styles and text."""
        self._output.put_rows(rows)

    def point(self) -> None:
        """Ask for the cursor where no frame comes."""
        self._output.point()

    def repaint(self) -> None:
        """Send all there is to show, whatever the terminal shows now."""
        self._output.repaint()

    def close(self) -> None:
        """Give the terminal back."""
        self._output.stop()


def thrifty(driver: type[Driver]) -> type[Driver]:
    """Return the driver to use instead of the one Textual would take."""
    return ThriftyDriver if driver is LinuxDriver else driver
