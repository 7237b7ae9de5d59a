"""The keys for looking around in what a console has printed."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from xentui.tui.bindings import GROUPS, Heading

_GROUP = GROUPS[Heading.CONSOLE]


def _look(key: str, name: str, label: str, tooltip: str, *arguments: object) -> Binding:
    inside = ", ".join(repr(argument) for argument in arguments)
    return Binding(
        key,
        f"{name}({inside})",
        label,
        show=False,
        tooltip=tooltip,
        id=f"look.{label.lower().replace(' ', '-')}",
        group=_GROUP,
    )


BINDINGS: tuple[BindingType, ...] = (
    _look("enter", "type", "Type", "Type into the guest again"),
    _look("escape,q", "leave", "To the list", "Back to the list; the console stays open"),
    _look("up", "move", "Up", "A row up", -1, 0),
    _look("down", "move", "Down", "A row down", 1, 0),
    _look("left", "move", "Left", "A column left; in a replay ten seconds back", 0, -1),
    _look("right", "move", "Right", "A column right; in a replay ten seconds on", 0, 1),
    _look("pageup", "page", "Page up", "A page back", -1),
    _look("pagedown", "page", "Page down", "A page forward", 1),
    _look("home", "edge", "Oldest", "To the oldest row", "first"),
    _look("end", "edge", "Newest", "To the newest row", "last"),
    _look("slash", "search", "Search", "Find text; /EXPRESSION (grep -E), @TIME (@13:05, @10m)"),
    _look("n", "match", "Next match", "The previous match (older)", -1),
    _look("N", "match", "Newer match", "The next match (newer)", 1),
    _look("space", "select", "Select", "Start or end a selection; hold a replay, or let it go on"),
    _look("y", "copy", "Copy", "Copy the selection, else the row (OSC 52)"),
    _look("right_square_bracket", "send_leave", "Send leave key", "Send the leave key itself to the guest"),
    _look("p", "replay", "Replay", "Replay a session of the log"),
    _look("plus", "speed", "Faster", "Replay faster", 1),
    _look("minus", "speed", "Slower", "Replay slower", -1),
    _look("t", "clock", "Times", "Show when each row was printed"),
    _look("f", "fit", "Fit size", "Give the guest this pane's size (types stty at a shell prompt)"),
)
WHILE_LOOKING = frozenset(
    {
        "type",
        "leave",
        "move",
        "page",
        "edge",
        "search",
        "match",
        "select",
        "copy",
        "send_leave",
        "fit",
        "clock",
    }
)
"""Their actions that are for looking around only: while one types, the guest gets those keys."""
