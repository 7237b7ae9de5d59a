"""The consoles a guest can have: its PV console, serial ports, and channels."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass


class ConsoleKind(StrEnum):
    """What a console is to the guest, by the word of ``xl console -t``."""

    PV = "pv"
    """A ring of Xen's: hvc0 in a guest, and a channel from number 1 on."""
    SERIAL = "serial"
    """A serial port that QEMU emulates for an HVM guest: ttyS0."""


@dataclass(frozen=True, slots=True)
class WhichConsole:
    """One of a guest's consoles."""

    kind: ConsoleKind
    number: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class GuestConsole:
    """A console a running guest has; ``name`` is a channel's."""

    which: WhichConsole
    name: str = ""

    @property
    def inside(self) -> str:
        """What the guest has at its end."""
        if self.which.kind is ConsoleKind.SERIAL:
            return f"ttyS{self.which.number}"
        return f"channel {self.name}".rstrip() if self.which.number else "hvc0"
