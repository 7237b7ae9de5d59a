"""What the tables of these tests share."""

from __future__ import annotations

import re

from xentui.config.convert import convert

PV = 'name = "web"\nmemory = 256\nkernel = "/boot/vmlinuz"\non_crash = "destroy"\n'
HVM = 'name = "web"\nmemory = 256\nbuilder = "hvm"\non_crash = "destroy"\n'


def lines(before: str, base: str = PV, *, as_xm: bool = True) -> str:
    """What becomes of lines in a file, asked for as xm's or not; lines that were added after them included."""
    made = convert(base + before + "\n", source="web.cfg", as_xm=as_xm).text
    assert made.startswith(base)
    return made.removeprefix(base).removesuffix("\n")


def reasons(text: str) -> str:
    """Why a file was changed."""
    return "\n".join(change.reason for change in convert(text, source="web.cfg", as_xm=True).changes)


def values(text: str) -> str:
    """A text without blanks, to compare what it says."""
    return re.sub(r"\s+", " ", text).strip()
