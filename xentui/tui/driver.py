"""Textual's driver, with frames made shorter."""

from __future__ import annotations

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from xentui.tui.keyboard import KeyboardDriver
from xentui.tui.thrift import squeeze


class ThriftyDriver(KeyboardDriver):
    """Sends what changes something on the terminal."""

    def write(self, data: str) -> None:
        """Send a frame, or a sequence that sets a mode."""
        super().write(squeeze(data))


def thrifty(driver: type[Driver]) -> type[Driver]:
    """The driver to use instead of the one Textual would take."""
    return ThriftyDriver if driver is LinuxDriver else driver
