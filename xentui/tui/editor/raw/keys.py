"""The keys of the raw editor: those of Textual's text area, named and explained, and its own."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

from xentui.tui.bindings import GROUPS, Heading

# What Textual's text area can do: key, action, id, label, and what help says.
_TEXT: Final = (
    ("up", "cursor_up", "up", "Up", "The line above"),
    ("down", "cursor_down", "down", "Down", "The line below"),
    ("left", "cursor_left", "left", "Left", "The previous character"),
    ("right", "cursor_right", "right", "Right", "The next character"),
    ("ctrl+left", "cursor_word_left", "word-left", "Word left", "The previous word"),
    ("ctrl+right", "cursor_word_right", "word-right", "Word right", "The next word"),
    ("home,ctrl+a", "cursor_line_start", "line-start", "Line start", "The start of the line"),
    ("end,ctrl+e", "cursor_line_end", "line-end", "Line end", "The end of the line"),
    ("pageup", "cursor_page_up", "page-up", "Page up", "A page up"),
    ("pagedown", "cursor_page_down", "page-down", "Page down", "A page down"),
    ("ctrl+home", "text_start", "text-start", "Text start", "The first line"),
    ("ctrl+end", "text_end", "text-end", "Text end", "The last line"),
    ("shift+up", "cursor_up(True)", "select-up", "Select up", "Select to the line above"),
    ("shift+down", "cursor_down(True)", "select-down", "Select down", "Select to the line below"),
    ("shift+left", "cursor_left(True)", "select-left", "Select left", "Select the previous character"),
    ("shift+right", "cursor_right(True)", "select-right", "Select right", "Select the next character"),
    (
        "ctrl+shift+left",
        "cursor_word_left(True)",
        "select-word-left",
        "Select word left",
        "Select the previous word",
    ),
    (
        "ctrl+shift+right",
        "cursor_word_right(True)",
        "select-word-right",
        "Select word right",
        "Select the next word",
    ),
    (
        "shift+home",
        "cursor_line_start(True)",
        "select-line-start",
        "Select to start",
        "Select to the start of the line",
    ),
    (
        "shift+end",
        "cursor_line_end(True)",
        "select-line-end",
        "Select to end",
        "Select to the end of the line",
    ),
    ("f6", "select_line", "select-line", "Select line", "Select the line"),
    ("f7", "select_all", "select-all", "Select all", "Select the whole text"),
    ("backspace", "delete_left", "delete-left", "Delete left", "Delete the previous character"),
    ("delete,ctrl+d", "delete_right", "delete-right", "Delete right", "Delete the next character"),
    (
        "ctrl+w,ctrl+backspace,alt+backspace",
        "delete_word_left",
        "delete-word-left",
        "Delete word left",
        "Delete the previous word",
    ),
    ("alt+delete", "delete_word_right", "delete-word-right", "Delete word right", "Delete the next word"),
    (
        "ctrl+u,super+backspace",
        "delete_to_start_of_line",
        "delete-to-start",
        "Delete to start",
        "Delete to the start of the line",
    ),
    (
        "ctrl+k",
        "delete_to_end_of_line_or_delete_line",
        "delete-to-end",
        "Delete to end",
        "Delete to the end of the line",
    ),
    ("ctrl+shift+k", "delete_line", "delete-line", "Delete line", "Delete the line"),
    ("ctrl+x,super+x", "cut", "cut", "Cut", "Cut what is selected, else the line"),
    ("ctrl+c,super+c", "copy", "copy", "Copy", "Copy what is selected"),
    ("ctrl+v", "paste", "paste", "Paste", "Paste what was cut or copied"),
    ("ctrl+z,super+z", "undo", "undo", "Undo", "Undo the last change"),
    ("ctrl+y,super+y", "redo", "redo", "Redo", "Redo the last change"),
)
_OWN: Final = (
    ("tab", "complete(1)", "complete", "Complete", "Complete the parameter or value, else indent"),
    ("shift+tab", "complete_back", "complete-back", "Complete back", "The previous candidate"),
    ("ctrl+@,ctrl+space", "candidates", "candidates", "Candidates", "Show what can be entered here"),
    ("escape", "leave_candidates", "leave-candidates", "No candidates", "Restore what was typed"),
    ("ctrl+f", "find", "find", "Find", "Find text"),
    ("f3", "find_next(1)", "find-next", "Find next", "Find the next match"),
    ("shift+f3", "find_next(-1)", "find-previous", "Find previous", "Find the previous match"),
    ("f8", "problem(1)", "next-problem", "Next problem", "Go to the next problem"),
    ("shift+f8", "problem(-1)", "previous-problem", "Previous problem", "Go to the previous problem"),
)
BINDINGS: Final[list[BindingType]] = [
    Binding(
        key, action, label, show=False, tooltip=tooltip, id=f"editor.{name}", group=GROUPS[Heading.GENERAL]
    )
    for key, action, name, label, tooltip in (*_OWN, *_TEXT)
]
