"""The keys of the screen that edits a configuration."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from xentui.tui.bindings import GROUPS, Heading
from xentui.tui.jump import KEY

_GROUP = GROUPS[Heading.MANAGED]


def _key(key: str, action: str, label: str, tooltip: str) -> Binding:
    name = action.partition("(")[0].replace("_", "-")
    step = "-back" if "(-1)" in action else ""
    return Binding(key, action, label, tooltip=tooltip, id=f"edit.{name}{step}", group=_GROUP)


BINDINGS: tuple[BindingType, ...] = (
    _key("f2,ctrl+s", "store", "Store", "Check, show what changes, and store it"),
    _key("f3", "new_disk", "New disk", "Make a new image for the first disk, or for another"),
    _key("f9", "other_view", "Raw text", "Switch between form and raw text"),
    _key("f4", "once", "Boot once", "Boot this text once, without storing it"),
    _key("f6", "way", "Boot method", "In the form: choose how the guest boots, filled in from its disk"),
    _key("f5", "write", "Write file", "Write the text to a file on the host"),
    _key("f8", "problem(1)", "Problem", "Go to the next problem"),
    _key("shift+f8", "problem(-1)", "Previous problem", "Go to the previous problem"),
    _key("ctrl+l", "problems", "Problems", "List all problems, to go to one"),
    _key(
        "f7",
        "beside",
        "Difference",
        "Show beside the form what has changed, or the text (from 120 columns)",
    ),
    _key(KEY, "jump", "Jump", "Show letters on fields and panes; a letter goes there"),
    _key("ctrl+z", "undo", "Undo", "Undo the last change"),
    _key("ctrl+y", "redo", "Redo", "Redo it"),
    _key("ctrl+pagedown", "section(1)", "Next section", "Go to the next section"),
    _key("ctrl+pageup", "section(-1)", "Previous section", "Go to the previous section"),
    _key("f1", "help", "Help", "Show the keys"),
    _key("escape", "leave", "Back", "From a field to the sections, from there to the list"),
)
