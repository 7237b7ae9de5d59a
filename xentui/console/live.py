"""A domain's console as people see it: one thing through all the sessions it has had."""

from __future__ import annotations

import contextvars
from collections.abc import Callable

from xentui.agent.console import line_frames
from xentui.console.exit_result import ExitResult
from xentui.console.pty_session import Hearing
from xentui.console.row_times import RowTimes
from xentui.console.session import ConsoleSession, Listener, Phase
from xentui.console.transcript import Transcript
from xentui.model.consoles import WhichConsole

ATTACHED = "attached"
WAITING = "waiting for the domain to come back"
GONE = "ended: the domain is gone"
LEFT = "left: the guest runs on"
STARTING = "waiting for the domain's console"
LOST = "ended: the connection was lost"
HELD = "held by another client"
UNSHARED = "ended: its holder has left it"
CUT_OFF = "ended: its holder was cut off"
OVER = "ended: the console has ended"
FULL = "watched by as many as can"
ENDS = {line_frames.LEFT: UNSHARED, line_frames.CUT: CUT_OFF, line_frames.OVER: OVER, line_frames.FULL: FULL}
"""The status of one that was watched, by the exit status of what watched it."""
WATCHING = "watching, "
"""Begins the status of one that is watched, before that of its holder."""
TAKEN = "taken over by "
"""Begins the status of a console somebody else has asked for."""


class LiveConsole:
    """The console of one domain.

    ``domid`` is the one it was last attached to, -1 for a boot whose domain has not shown up yet.  ``session`` is
    the present session or the last one; all of them go on with the same emulator and the same log.
    """

    def __init__(
        self, uuid: str, name: str, domid: int, session: ConsoleSession, transcript: Transcript
    ) -> None:
        self.uuid = uuid
        self.name = name
        self.domid = domid
        self.session = session
        self.transcript = transcript
        self.guest_uuid = ""
        """The uuid that a guest which is booted is to have; "" where that is not known before it runs."""
        self.which: WhichConsole | None = None
        """Which of its domain's consoles it is; None for the one that is opened by itself."""
        self.lacking = ""
        """What is missing for its guest to speak on it, as far as that is known."""
        self.activity = False
        """Whether there was output since it was last seen."""
        self.rang = False
        """Whether the guest has rung the bell since then."""
        self.shared = False
        """Whether it is held by somebody who shares it: it can be watched, and taken over."""
        self.watching = False
        """Whether what is shown is what its holder shares."""
        self._status = ATTACHED
        self._listeners: dict[object, tuple[Listener, contextvars.Context, Callable[[], None]]] = {}
        self._watchers: dict[object, Callable[[LiveConsole], None]] = {}
        self._ears: dict[object, tuple[Callable[[bytes], None], Callable[[], None]]] = {}

    @property
    def times(self) -> RowTimes:
        """When the rows of its scrollback and screen came."""
        return self.session.times

    @property
    def status(self) -> str:
        """What has become of it, in words for people: ``attached``, ``held by root on pts/3 for 12 min`` …"""
        return self._status

    @property
    def ended(self) -> bool:
        """Whether nothing more comes from it until it is attached again."""
        return self.session.phase is Phase.ENDED

    def seen(self) -> None:
        """Somebody has looked at it."""
        self.activity = self.rang = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """As :meth:`ConsoleSession.listen`, for this session and all that follow; returns what ends it.

        ``on_ended`` is called at the end of each session.  After a re-attachment ``on_output`` is called once with
        the new session before it has printed anything.
        """
        key = object()
        self._listeners[key] = (listener, contextvars.copy_context(), self.session.listen(listener))

        def unsubscribe() -> None:
            _, _, stop = self._listeners.pop(key, (None, None, None))
            if stop is not None:
                stop()

        return unsubscribe

    def overhear(self, ear: Callable[[bytes], None], *, since: Hearing = Hearing.NOW) -> Callable[[], None]:
        """As :meth:`ConsoleSession.overhear`, for this session and all that follow; returns what ends it."""
        key = object()
        self._ears[key] = (ear, self.session.overhear(ear, since=since))

        def stop() -> None:
            _, ending = self._ears.pop(key, (None, None))
            if ending is not None:
                ending()

        return stop

    def on_change(self, callback: Callable[[LiveConsole], None]) -> Callable[[], None]:
        """Have ``callback`` called when status, name, domid or session have changed; returns what ends it."""
        key = object()
        self._watchers[key] = callback

        def unsubscribe() -> None:
            self._watchers.pop(key, None)

        return unsubscribe

    # For the hub

    def changed(self, status: str = "") -> None:
        """Something has changed, perhaps to another status."""
        self._status = status or self._status
        for callback in list(self._watchers.values()):
            callback(self)

    def go_on_with(self, session: ConsoleSession) -> None:
        """Take ``session`` for the present one; the listeners move to it."""
        self.session = session
        for key, (listener, context, stop) in list(self._listeners.items()):
            stop()
            self._listeners[key] = (listener, context, context.run(session.listen, listener))
        for key, (ear, stop) in list(self._ears.items()):
            stop()
            self._ears[key] = (ear, session.overhear(ear))


def why_off(result: ExitResult | None) -> str:
    """Return the status of a console whose domain is off, as far as the guest's last words tell why."""
    words = "\n".join(result.last_lines if result is not None else ())
    if "Kernel panic" in words:
        return "ended: the guest crashed"
    if "Power down" in words or "System halted" in words:
        return "ended: the guest powered off"
    return "ended: the domain is off"
