"""How the screen words commands that errors suggest: by their key, or as they are typed on the ``:`` line."""

from __future__ import annotations

from collections.abc import Callable

from xentui import commands
from xentui.commands.arguments import ArgumentKind
from xentui.errors import Render, Suggest


def as_key(key_of: Callable[[str], str]) -> Render:
    """Return what words commands for the screen: ``S (Shutdown) on web1``.

    ``key_of`` gives the key of a command's id, "" where it has none.  A command that wants more than a domain is
    told as it is typed, so that no word of it is lost.
    """

    def render(suggest: Suggest) -> str:
        if suggest.form:
            return suggest.form
        command, key = commands.suggestions.command_of(suggest), key_of(suggest.command)
        words = [word for word in suggest.words if not word.startswith("-")]
        takes_domain = command.positionals[:1] and command.positionals[0].kind is ArgumentKind.DOMAIN
        if not key or len(words) > (1 if takes_domain else 0):
            return f"`:{commands.suggestions.typed(suggest)}`"
        named = f"{key} ({command.label.rstrip('…')})"
        return f"{named} on {words[0]}" if words else named

    return render
