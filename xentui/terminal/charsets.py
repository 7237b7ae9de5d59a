"""Character sets: DEC Special Graphics and the United Kingdom set, by ``ESC ( ) * +``, SO, SI and shifts.

They count in UTF-8 as well, where xterm and the Linux console heed them too: pygrub under ``TERM=vt100`` draws
its frame this way.
"""

from __future__ import annotations

Charset = dict[int, str]

# DEC STD 070, "DEC Special Graphics": 0x5f is a blank, 0x60–0x7e are these.
_GRAPHICS = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"
SPECIAL_GRAPHICS: Charset = {0x5F: " ", **{0x60 + offset: sign for offset, sign in enumerate(_GRAPHICS)}}
UNITED_KINGDOM: Charset = {ord("#"): "£"}

_BY_FINAL = {"0": SPECIAL_GRAPHICS, "2": SPECIAL_GRAPHICS, "A": UNITED_KINGDOM}
SLOTS = {"(": 0, ")": 1, "*": 2, "+": 3, "-": 1, ".": 2, "/": 3}
"""The intermediates that make a set G0–G3 (``-./`` for sets of 96 characters)."""
_SHIFTED: Charset = {}


class Charsets:
    """The four sets G0–G3, the one in use, and a single shift that waits for its character.

    ``current`` is None while characters stand for themselves.
    """

    __slots__ = ("_g", "_single", "_used", "current")

    def __init__(self) -> None:
        self._g: list[Charset | None] = [None] * 4
        self._used = 0
        self._single: int | None = None
        self.current: Charset | None = None

    def copy(self) -> Charsets:
        """Return the same sets, apart from these."""
        other = Charsets()
        other._g = list(self._g)
        other._used = self._used
        other._renew()
        return other

    def designate(self, intermediate: str, final: str) -> None:
        """``ESC INTERMEDIATE FINAL``: make a set G0–G3; sets not known here are ASCII."""
        slot = SLOTS.get(intermediate)
        if slot is not None:
            self._g[slot] = _BY_FINAL.get(final)
            self._renew()

    def designate_ascii(self) -> None:
        """``ESC ( B``, which ncurses sends with each change of looks."""
        if self._g[0] is not None:
            self._g[0] = None
            self._renew()

    def shift(self, slot: int) -> None:
        """Use G0 (SI), G1 (SO), G2 (``ESC n``) or G3 (``ESC o``) from now on."""
        self._used = slot
        self._renew()

    def single_shift(self, slot: int) -> None:
        """Use G2 (``ESC N``) or G3 (``ESC O``) for the next character only."""
        self._single = slot
        self._renew()

    def translate(self, text: str) -> str:
        """Return what ``text`` stands for; ends a single shift."""
        first = ""
        if self._single is not None and text:
            first, text = text[0].translate(self._g[self._single] or {}), text[1:]
            self._single = None
            self._renew()
        return first + (text.translate(self.current) if self.current else text)

    def _renew(self) -> None:
        self.current = self._g[self._used] if self._single is None else _SHIFTED
