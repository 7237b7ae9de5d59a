"""The screen: live list, consoles and single-key actions, on Textual."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from xentui.errors import Suggest, UsageError
from xentui.hosts.choose import HostChoice
from xentui.settings import Settings
from xentui.tui import runtime_tuning


def usable() -> bool:
    """Return whether there is a terminal that can show the screen; Textual draws on standard error."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    terminal = all(stream is not None and stream.isatty() for stream in streams)
    return terminal and os.environ.get("TERM", "") not in ("", "dumb")


def run(
    choice: HostChoice,
    settings: Settings,
    *,
    read_only: bool = False,
    dry_run: bool = False,
    beside: Sequence[HostChoice] = (),
) -> int:
    """Show the screen until the user leaves it, from host to host; returns the exit status.

    At first hosts ``beside`` the chosen one are shown with it.

    Raises UsageError where there is no terminal for it.
    """
    if not usable():
        raise UsageError(
            "the screen needs a terminal",
            hint=(
                "give a command (",
                Suggest("host.list"),
                "), or pipe commands into ",
                Suggest("xentui.shell"),
            ),
        )
    # Read by Textual when it is imported: half the frames are plenty over SSH, and save as many bytes.
    if os.environ.get("SSH_CONNECTION"):
        os.environ.setdefault("TEXTUAL_FPS", "30")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("ESCDELAY", "50")
    runtime_tuning.tune_for_startup()
    from xentui.tui.app import XentuiApp  # after the settings above

    following: HostChoice | None = choice
    status = 0
    while following is not None:
        app = XentuiApp(
            following.host,
            settings,
            read_only=read_only,
            dry_run=dry_run,
            notice=following.notice,
            simulated=following.simulated,
            here=following.here,
            beside=[each.host for each in beside],
        )
        app.run(mouse=settings.mouse)
        following, beside, status = app.next_host, (), app.return_code or 0
    return status
