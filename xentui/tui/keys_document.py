"""docs/keys.md, from the bindings: ``python -m xentui.tui.keys_document > docs/keys.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from textual.binding import Binding, BindingType
from textual.dom import DOMNode

from xentui.tui.bindings import Heading
from xentui.tui.consoles.pane import ConsolePane
from xentui.tui.dialogs.base import Dialog
from xentui.tui.dialogs.confirm import ConfirmDialog, TypedDialog
from xentui.tui.dialogs.review import ReviewDialog
from xentui.tui.domain_list.table import DomainTable
from xentui.tui.editor.fields import FieldLine
from xentui.tui.editor.raw.editor import RawEditor
from xentui.tui.editor.rows import RowList
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.editor.section_list import SectionList
from xentui.tui.jump import JumpScreen
from xentui.tui.keymap import shown
from xentui.tui.keys import COMMANDS, binding, heading, pane_bindings
from xentui.tui.making.configuration import ConfigurationStep
from xentui.tui.screens.boot_menu import BootMenuScreen
from xentui.tui.screens.console_logs import ConsoleLogsScreen
from xentui.tui.screens.drift import DriftScreen
from xentui.tui.screens.events import EventsScreen
from xentui.tui.screens.fleet import FleetScreen
from xentui.tui.screens.help import HelpScreen
from xentui.tui.screens.history import HistoryScreen
from xentui.tui.screens.host_check import HostCheckScreen
from xentui.tui.screens.images import ImagesScreen
from xentui.tui.screens.log import LogScreen
from xentui.tui.screens.overlay import ScreenAbove
from xentui.tui.screens.script import ScriptScreen
from xentui.tui.screens.storage import StorageScreen
from xentui.tui.widgets.check import Check
from xentui.tui.widgets.completing_input import CompletingInput
from xentui.tui.widgets.detail_pane import DetailPane
from xentui.tui.widgets.prompt_line import PromptLine

_HEAD = """# Keys

Made from the bindings by `python -m xentui.tui.keys_document > docs/keys.md`; `?` shows those in force.

Give an action another key by its id, in `config.toml`:

    leave_key = "ctrl+]"      # leaves a guest's console: a key with Ctrl, or a function key
    [keys]
    "domain.start" = "f7"     # several: "f7,s"

Keys are named as Textual does: `f7`, `ctrl+k`, `space`, `slash`, `S` for Shift-s. At start xentui warns of
a key that is already in use, or of an id that is not in these tables, and ignores it. Keys under a heading that ends
in “(fixed)” cannot be changed.

An action that is not possible in a domain's state is dimmed; press its key to see why. An action that loses something
for good asks first; destroy and delete ask for the name. In a guest's console every key except the leave key goes to
the guest.
"""


def document() -> str:
    """Return the whole text."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for head in Heading:
        bindings = [binding(command) for command in COMMANDS if heading(command) is head]
        yield _table(head.value, bindings + (pane_bindings() if head is Heading.GENERAL else []))
    for title, made in (
        ("Moving in the list", DomainTable.BINDINGS),
        ("Moving in the details", DetailPane.BINDINGS),
        ("Reading the scrollback of a console", ConsolePane.BINDINGS),
        ("Typing on a line", [*CompletingInput.BINDINGS, *PromptLine.BINDINGS]),
        (
            "Dialogs",
            [*Dialog.BINDINGS, *ConfirmDialog.BINDINGS, *ReviewDialog.BINDINGS, *TypedDialog.BINDINGS],
        ),
        ("Editing a configuration", [*EditorScreen.BINDINGS, *SectionList.BINDINGS]),
        ("Fields of forms and dialogs", [*_own(FieldLine, CompletingInput), *Check.BINDINGS]),
        ("Disks, interfaces and frame buffers of a configuration", RowList.BINDINGS),
        ("Raw text of a configuration", RawEditor.BINDINGS),
        ("Screens above the list", ScreenAbove.BINDINGS),
        ("History", HistoryScreen.BINDINGS),
        ("Stored, running and the file", DriftScreen.BINDINGS),
        ("Boot menu", BootMenuScreen.BINDINGS),
        ("Console logs", ConsoleLogsScreen.BINDINGS),
        ("Log", LogScreen.BINDINGS),
        ("Events", EventsScreen.BINDINGS),
        ("Check of the host", HostCheckScreen.BINDINGS),
        ("Hosts side by side", FleetScreen.BINDINGS),
        ("Disk images of the host", ImagesScreen.BINDINGS),
        ("Storage", StorageScreen.BINDINGS),
        ("Configurations in the wizard", ConfigurationStep.BINDINGS),
        ("Script", ScriptScreen.BINDINGS),
        ("Help", HelpScreen.BINDINGS),
        ("Jump letters", JumpScreen.BINDINGS[:2]),
    ):
        yield _table(f"{title} (fixed)", _plain(made))


def _own(widget: type[DOMNode], base: type[DOMNode]) -> list[BindingType]:
    """Return what a widget binds besides what ``base``, which it is made from, does."""
    classes = widget.__mro__[: widget.__mro__.index(base)]
    return [binding for owner in classes for binding in vars(owner).get("BINDINGS", ())]


def _plain(bindings: Iterable[BindingType]) -> list[Binding]:
    return [binding for binding in bindings if isinstance(binding, Binding)]


def _table(title: str, bindings: Iterable[Binding]) -> str:
    rows = [f"## {title}", "", "| key | does | id |", "|---|---|---|"]
    for made in {each.id: each for each in bindings}.values():
        keys = " ".join(f"`{shown(made.key)}`" for made in Binding.make_bindings([made]))
        rows.append(f"| {keys} | {made.tooltip} | {made.id} |")
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    sys.stdout.write(document())
