"""Boot menus of simulated guests.

The ``menu.lst`` or ``grub.cfg`` on a simulated guest's disk begins with one line, :data:`MAGIC`, and ends at the first
NUL.  The disks of the samples are small file systems that have it as a file; a disk may also be that text and nothing
else.  Other images have no boot menu.
"""

from __future__ import annotations

import re

from xentui.frozen import dataclass
from xentui.text import lines

MAGIC = b"# guest image of the xentui simulator\n"


@dataclass(frozen=True, slots=True)
class SimulatedEntry:
    """One entry: its title, the kernel command line it boots with, and the submenu it stands in, if any."""

    title: str
    arguments: str
    submenu: str = ""


@dataclass(frozen=True, slots=True)
class SimulatedMenu:
    """A guest's boot menu; ``timeout`` in seconds, None where it waits for ever."""

    entries: tuple[SimulatedEntry, ...]
    default: int
    timeout: float | None
    grub2: bool

    def entry(self, index: int) -> SimulatedEntry:
        """Return the entry of that number; the default one for a number there is none for."""
        if 0 <= index < len(self.entries):
            return self.entries[index]
        return self.entries[self.default]


def text(head: bytes) -> str | None:
    """Return the configuration in the first bytes of an image; None where it holds none."""
    begin = head.find(MAGIC)
    if begin < 0:
        return None
    return head[begin + len(MAGIC) :].split(b"\0", 1)[0].decode("utf-8", "replace")


def parse(head: bytes) -> SimulatedMenu | None:
    """Read the menu from the first bytes of an image; None where it holds none."""
    found = text(head)
    if found is None:
        return None
    grub2 = "menuentry" in found
    entries: list[SimulatedEntry] = []
    title, submenu, default, timeout = "", "", 0, 5.0
    for raw in lines(found):
        line = raw.strip()
        word, _, rest = line.replace("=", " ", 1 if line.startswith("set ") else 0).partition(" ")
        if line.startswith("set "):
            word, _, rest = rest.partition(" ")
        if word == "default":
            default = _number(rest)
        elif word == "timeout":
            timeout = float(_number(rest))
        elif word == "title":
            title = rest.strip()
        elif word in ("menuentry", "submenu"):
            quoted = re.match(r"""(['"])(.*?)\1""", rest)
            name = quoted[2] if quoted else rest
            title, submenu = (name, submenu) if word == "menuentry" else ("", name)
        elif word == "}":
            title, submenu = ("", submenu) if title else ("", "")
        elif word in ("kernel", "linux") and title:
            entries.append(SimulatedEntry(title, rest.strip().partition(" ")[2], submenu))
    if not entries:
        return None
    chosen = default if 0 <= default < len(entries) else 0
    return SimulatedMenu(tuple(entries), chosen, None if timeout < 0 else timeout, grub2)


def _number(text: str) -> int:
    digits = text.strip().strip("\"'")
    return int(digits) if re.fullmatch(r"-?\d{1,6}", digits) else 0
