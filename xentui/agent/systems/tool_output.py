"""What debootstrap and mmdebstrap say of their work: how far it is, and the words that are worth keeping."""

from __future__ import annotations

import contextlib
import re
from typing import Callable, Dict, List

from xentui.agent.systems.system_names import DEBOOTSTRAP, MMDEBSTRAP

_LINE = 4096
#: What debootstrap tells of by ``P: NOW END ID`` on descriptor 3 (1.0.128), and which part of its work that is.
_PHASES = {
    "DOWNREL": (0, 1),
    "DOWNRELSIG": (1, 2),
    "DOWNPKGS": (2, 6),
    "SIZEDEBS": (6, 8),
    "DOWNDEBS": (8, 45),
    "EXTRACTPKGS": (45, 55),
    "UNPACKREQ": (55, 65),
    "CONFREQ": (65, 70),
    "INSTCORE": (55, 60),
    "UNPACKBASE": (70, 88),
    "CONFBASE": (88, 100),
}
#: The steps mmdebstrap tells of (1.3.5), and how much of its work is done as each begins.
_STEPS = (
    ("running apt-get update", 0),
    ("downloading packages with apt", 5),
    ("extracting archives", 25),
    ("installing essential packages", 35),
    ("downloading apt", 42),
    ("installing apt", 44),
    ("installing remaining packages inside the chroot", 48),
    ("cleaning package lists and apt cache", 95),
)
_PERCENT = re.compile(r" *([0-9]{1,3})\.[0-9]{2}\b")
#: What is no text in what a program prints: escape sequences and control characters.
CONTROL = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


class ToolWords:
    """What a tool says, line by line: how far it is, and the words that are worth keeping."""

    def __init__(self, kind: str, told: Callable[[float], None], say: Callable[[str], None]) -> None:
        self._told = told
        self._say = say
        self._line = {DEBOOTSTRAP: self._debootstrap, MMDEBSTRAP: self._mmdebstrap}.get(kind, say)
        self._rest: Dict[int, bytes] = {}
        self._words: List[str] = []
        self._range = (0, 100)

    def take(self, source: int, piece: bytes) -> None:
        """Take what has come from one of its descriptors."""
        *lines, rest = re.split(rb"[\r\n]", self._rest.get(source, b"") + piece)
        self._rest[source] = rest[-_LINE:]
        for line in lines:
            self._one(source, line)

    def end(self) -> None:
        """Take what stands behind the last line."""
        for source, rest in self._rest.items():
            self._one(source, rest)
        self._rest = {}

    def _one(self, source: int, line: bytes) -> None:
        text = CONTROL.sub("", line[:_LINE].decode("utf-8", "replace")).rstrip()
        if text and source == 3:
            self._line(text)
        elif text and self._line == self._mmdebstrap:
            self._mmdebstrap(text)
        elif text:
            self._say(text)

    def _debootstrap(self, line: str) -> None:
        """``P: NOW END ID``; ``I: ID``, ``IA: ARGUMENT`` and ``IF: FORMAT``, and so W and E."""
        sign, _colon, words = line.partition(": ")
        if sign == "P":
            found = words.split(" ")
            with contextlib.suppress(ValueError):
                now, end = int(found[0]), int(found[1])
                begins, ends = _PHASES.get(found[2] if len(found) > 2 else "", (0, 0))
                if end > 0 and ends:
                    self._told(begins + (ends - begins) * min(1.0, now / end))
        elif sign in ("I", "W", "E"):
            self._words = []
        elif sign in ("IA", "WA", "EA"):
            self._words.append(words)
        elif sign in ("IF", "WF", "EF"):
            self._say(f"{sign[0]}: {_filled(words, self._words)}")
            self._words = []

    def _mmdebstrap(self, line: str) -> None:
        """``I: STEP...``, and on a terminal ``STATUS: 12.34 [###  ]``."""
        begun = line[3:] if line.startswith("I: ") else ""
        for at, (words, far) in enumerate(_STEPS):
            if begun.startswith(words):
                self._range = (far, _STEPS[at + 1][1] if at + 1 < len(_STEPS) else 100)
                self._told(far)
        found = _PERCENT.match(line.partition(":")[2] or line)
        if found and "[" in line:
            begins, ends = self._range
            self._told(begins + (ends - begins) * min(100, int(found[1])) / 100)
        elif line != "done":
            self._say(line)


def _filled(form: str, words: List[str]) -> str:
    """Return a format of printf with each of its places filled; what is not a place stays."""
    left = iter(words)
    return re.sub(r"%(?:s|d|[0-9]+\$s)", lambda _found: next(left, ""), form).replace("%%", "%")
