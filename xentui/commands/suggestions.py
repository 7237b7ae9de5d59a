"""How commands that errors and notes suggest are worded where they are typed: on a command line, and in a prompt."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from xentui.commands import registry
from xentui.commands.frontends import FRONT_ENDS
from xentui.patterns import late_pattern

if TYPE_CHECKING:
    from xentui.commands.command import Command
    from xentui.errors import Render, Suggest

_QUOTED = late_pattern(r"[^\w@%+=:,./~-]")


def command_of(suggest: Suggest) -> Command:
    """Return the command a suggestion names; raises KeyError where there is none."""
    own = (command for command in FRONT_ENDS.values() if command.id == suggest.command)
    return next(own, None) or registry.by_id()[suggest.command]


def typed(suggest: Suggest) -> str:
    """Return verb and words as they are typed in a prompt of xentui's own: ``shutdown -w web1``."""
    words = (shlex.quote(word) if _QUOTED.search(word) else word for word in suggest.words)
    return " ".join((command_of(suggest).verb, *words) if suggest.command else words)


def as_script(suggest: Suggest) -> str:
    """Word a command for JSON: as it is typed on a command line, without quotation marks around it."""
    return f"xentui {typed(suggest)}" if suggest.command else typed(suggest)


def as_verb(suggest: Suggest) -> str:
    """Word a command for xentui's shell: :func:`typed`, in backquotes."""
    return f"`{typed(suggest)}`"


def as_command_line(named_host: str = "") -> Render:
    """Return what words commands for a command line, for the host that was named behind ``--host`` there ("": none).

    A command that needs no host does not name it.
    """

    def render(suggest: Suggest) -> str:
        if not suggest.command:
            return as_verb(suggest)
        command = command_of(suggest)
        host = bool(named_host) and not (command.hostless or command.front_end)
        return f"`xentui {f'--host {shlex.quote(named_host)} ' if host else ''}{typed(suggest)}`"

    return render
