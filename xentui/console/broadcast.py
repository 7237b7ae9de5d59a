"""What is typed into one console, typed into several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xentui.console.session import Phase
from xentui.console.shown_console import ShownConsole, ShownSession
from xentui.terminal import Emulator


class Broadcast:
    """The consoles that are typed into together.

    One whose session ends is left out from then on: what follows a reboot is a boot menu, which nobody meant.
    """

    def __init__(self, consoles: Sequence[ShownConsole]) -> None:
        self._sessions = {console: console.session for console in consoles}

    @property
    def consoles(self) -> tuple[ShownConsole, ...]:
        """Those that are typed into, in the order they were given."""
        return tuple(console for console, session in self._sessions.items() if _typed_into(console, session))

    def __contains__(self, console: object) -> bool:
        return any(console is each and _typed_into(each, session) for each, session in self._sessions.items())

    def write(self, encoded: Callable[[Emulator], bytes]) -> int:
        """Type into all what ``encoded`` makes of it for each one's emulator; returns how many took none of it.

        How a key is sent depends on the modes a guest has set.
        """
        refused = 0
        for console in self.consoles:
            session = console.session
            dropped = session.dropped_input
            session.write(encoded(session.emulator))
            refused += session.dropped_input != dropped
        return refused


def _typed_into(console: ShownConsole, session: ShownSession) -> bool:
    return console.session is session and session.phase is Phase.OPEN and not session.read_only
