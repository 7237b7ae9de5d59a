"""Whether a guest waits at the prompt of a shell, so that a command can be typed without typing into a program."""

from __future__ import annotations

import re

from xentui.terminal import Emulator

_LONGEST = 100
# The mark of the user or of root, and one blank.  ">" is none: it continues a line, or is a boot loader's or a
# database's.  Before the mark stand names, hosts and paths; no "=" (psql), no ":" at the end (login), no figure before
# "%" (progress).
_PROMPT = re.compile(
    r"(?:[\w@.:~/+,()\[\] -]{0,90}[\w~\])/ ])?[#$] |(?:[\w@.:~/+,\[\] -]{0,90}[A-Za-z_~\]/])?% "
)


def at_shell_prompt(emulator: Emulator) -> bool:
    """Return whether the cursor stands behind what looks like a shell's prompt, with nothing typed yet.

    A program on the alternate screen, one that has taken the mouse, and one that hides the cursor are none.  A guest
    can show a prompt that is none: what is typed then is a line of text.
    """
    if emulator.alternate_screen or not emulator.cursor_visible or emulator.mouse_mode:
        return False
    line, column = emulator.cursor
    if column > _LONGEST or line >= emulator.lines:
        return False
    text = emulator.copy(
        (emulator.history_length + line, 0), (emulator.history_length + line, emulator.columns)
    )
    return len(text.rstrip()) < column and _PROMPT.fullmatch(text[:column].ljust(column)) is not None
