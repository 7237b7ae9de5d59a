"""The looks of what a guest writes from now on: SGR, protection, and the character sets that ncurses has among them."""

from __future__ import annotations

from dataclasses import replace

from xentui.terminal.charsets import Charsets
from xentui.terminal.sgr import select
from xentui.terminal.style import PLAIN, StyleTable

_MEMO_LIMIT = 4096
_MEMO_LONGEST = 128


class Styling:
    """What characters are written in: ``style`` is theirs, ``blank`` that of erased cells; ``styles`` knows both."""

    def __init__(self) -> None:
        self.styles = StyleTable()
        self._sgr_memo: dict[tuple[str, str], tuple[str, str]] = {}
        self._styles_memo: dict[tuple[str, str], tuple[str, str, bool]] = {}
        self.style_plainly()

    def style_plainly(self) -> None:
        """Write as after a reset."""
        self.style = self.blank = PLAIN
        self.charsets = Charsets()
        self.protection = ""

    def set_style(self, index: str) -> None:
        self.style = index
        self.blank = self.styles.blank(index)

    def protect(self, kind: str, *, on: bool) -> None:
        """Protect what is written from now on, or no longer.

        ``kind`` is ``dec`` (DECSCA) for what DECSED and DECSEL leave, ``iso`` (SPA) for what ED, EL and ECH leave as
        well.  The one used last holds for all protected cells, as in xterm.
        """
        self.protection = kind
        self.set_style(self.styles.index(replace(self.styles[self.style], protected=on)))

    def select_style(self, parameters: str) -> None:
        """SGR: change the looks of what is written from now on."""
        key = (parameters, self.style)
        known = self._sgr_memo.get(key)
        if known is None:
            index = self.styles.index(select(parameters, self.styles[self.style]))
            if len(self._sgr_memo) >= _MEMO_LIMIT:
                self._sgr_memo.clear()
            known = self._sgr_memo[key] = (index, self.styles.blank(index))
        self.style, self.blank = known

    def select_styles(self, sequences: str) -> None:
        """Carry out some SGR, and ``ESC ( B``, which ncurses has among them."""
        key = (sequences, self.style)
        known = self._styles_memo.get(key)
        if known is None:
            known = self._select_each(sequences, key)
        self.style, self.blank, ascii_set = known
        if ascii_set:
            self.charsets.designate_ascii()

    def _select_each(self, sequences: str, key: tuple[str, str]) -> tuple[str, str, bool]:
        ascii_set = "(" in sequences
        for sequence in sequences.split("\x1b"):
            if sequence.endswith("m"):
                self.select_style(sequence[1:-1])
        known = (self.style, self.blank, ascii_set)
        if len(sequences) <= _MEMO_LONGEST:
            if len(self._styles_memo) >= _MEMO_LIMIT:
                self._styles_memo.clear()
            self._styles_memo[key] = known
        return known
