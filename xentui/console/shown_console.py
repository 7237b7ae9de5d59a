"""What a view needs of a console: a live one, or one that is read from a log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from xentui.console.session import ConsoleSession, Listener, Phase
    from xentui.model.consoles import WhichConsole
    from xentui.terminal import Emulator


class ShownSession(Protocol):
    """Where a console's output is seen, and what is typed goes; see :class:`xentui.console.session.ConsoleSession`."""

    read_only: bool
    dropped_input: int
    phase: Phase

    @property
    def emulator(self) -> Emulator:
        """What it shows."""

    def write(self, data: bytes) -> None:
        """Queue input for the guest."""

    def send_leave(self) -> None:
        """Type the leave key into the guest."""

    def resize(self, columns: int, lines: int) -> None:
        """Give it another size."""


class ShownConsole(Protocol):
    """One console; see :class:`xentui.console.live.LiveConsole`."""

    uuid: str
    name: str
    domid: int
    which: WhichConsole | None
    lacking: str
    shared: bool
    watching: bool

    @property
    def session(self) -> ConsoleSession | ShownSession:
        """The present session or the last one."""

    @property
    def status(self) -> str:
        """What has become of it, in words for people."""

    @property
    def ended(self) -> bool:
        """Whether nothing more comes from it by itself."""

    def seen(self) -> None:
        """Somebody has looked at it."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have ``listener`` told of output; returns what ends that."""

    def on_change(self, callback: Callable[[ShownConsole], None]) -> Callable[[], None]:
        """Have ``callback`` called when something else has changed; returns what ends that."""


__all__ = ["ShownConsole", "ShownSession"]
