"""The login of a guest that has `login` on its kernel's command line."""

from __future__ import annotations

import contextlib

from xentui.simulator.console.terminal import Terminal

_USER, _PASSWORD = "root", "sesam"


def ask(terminal: Terminal) -> None:
    """Ask for user and password until they are right."""
    while True:
        with contextlib.suppress(KeyboardInterrupt, EOFError):
            terminal.write("tinyguest login: ")
            if not (user := terminal.line([])):
                continue  # as agetty(8) does: an Enter that was typed while it booted is nobody's name
            terminal.write("Password: ")
            if (user, terminal.line([], echo=False)) == (_USER, _PASSWORD):
                return
        terminal.write("Login incorrect\n")
