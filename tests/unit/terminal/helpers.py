"""Small emulators for tests that read like the specification."""

from __future__ import annotations

from xentui.terminal import Emulator


def fed(*pieces: str | bytes, columns: int = 10, lines: int = 4, history: int = 100) -> Emulator:
    """An emulator that was fed the pieces, text as UTF-8."""
    emulator = Emulator(columns, lines, history)
    for piece in pieces:
        emulator.feed(piece.encode() if isinstance(piece, str) else piece)
    return emulator


def rows(emulator: Emulator) -> list[str]:
    """The screen's lines down to the last one that is not empty."""
    text = emulator.text()
    while text and not text[-1]:
        text.pop()
    return text
