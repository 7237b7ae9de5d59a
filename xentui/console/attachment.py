"""Attaching to one console: its session is started, followed, logged and shared, and taken up again by another."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from xentui.console.live import ATTACHED, LiveConsole
from xentui.console.session import ConsoleSession, Phase
from xentui.console.sharing import ConsoleSharing, SharedConsole
from xentui.console.transcript import Transcript
from xentui.console.user_terminal import restoring
from xentui.errors import XentuiError
from xentui.hosts.base import Host
from xentui.text import plain

UNKNOWN = "?"
"""Begins the key of a console whose domain's uuid is not known yet."""
# What an earlier boot has left: half a sequence, modes, margins; soft reset keeps text and cursor.
_CANCEL, _SOFT_RESET = b"\x18", b"\x1b[!p"


class Attachment:
    """What is known of one console, and of its being attached to."""

    def __init__(self, console: LiveConsole) -> None:
        self.console = console
        self.lock = asyncio.Lock()
        self.closed = False
        self.started = time.monotonic()
        self.sightings = 0
        self.attempts = 0
        self.refused = False
        self.taken_by = ""
        """Who has asked for it, while it is let go of for that."""

    @property
    def shared(self) -> SharedConsole:
        """The console as it is known to others on its host."""
        console = self.console
        known = "" if console.uuid.startswith(UNKNOWN) else console.uuid
        return SharedConsole(console.name, console.domid, console.guest_uuid or known)


class ConsoleAttacher:
    """Attaches to consoles on ``host``, which it shares there by ``sharing``; all methods belong to one event loop.

    ``history``, ``read_only`` and ``answers`` are as of :class:`xentui.console.hub.ConsoleHub`; ``ended`` is told of
    each session that has ended, ``taken`` of each console that is let go of for somebody else, and who that is.
    """

    def __init__(
        self,
        host: Host,
        sharing: ConsoleSharing,
        *,
        history: int,
        read_only: bool,
        answers: bool,
        ended: Callable[[Attachment], None],
        taken: Callable[[LiveConsole, str], None],
    ) -> None:
        self._host = host
        self._sharing = sharing
        self._history = history
        self._read_only = read_only
        self._answers = answers
        self._ended = ended
        self._taken = taken
        self._tasks: set[asyncio.Task[None]] = set()

    def session(
        self,
        argv: Sequence[str],
        transcript: Transcript,
        before: ConsoleSession | None,
        shared: SharedConsole,
        *,
        boot: bool,
    ) -> ConsoleSession:
        """Return a session that runs ``argv``, on the screen of the one ``before``."""
        return ConsoleSession(
            self._sharing.pty_argv(argv, shared, boot=boot),
            environment=self._host.pty_environment(),
            transcript=transcript,
            history=self._history,
            keep_child=boot,
            emulator=before.emulator if before is not None else None,
            times=before.times if before is not None else None,
            read_only=self._read_only,
            answers=self._answers,
        )

    def _watching(self, argv: Sequence[str], before: ConsoleSession) -> ConsoleSession:
        """Return a session that shows what somebody shares: it is logged by who holds the console."""
        emulator, times = before.emulator, before.times
        return ConsoleSession(argv, history=self._history, emulator=emulator, times=times, read_only=True)

    async def attach(
        self,
        record: Attachment,
        argv: Sequence[str],
        what: str,
        *,
        boot: bool = False,
        watch: bool = False,
    ) -> None:
        """Go on with a new session, on the screen of the old one.  The record's lock is held."""
        console = record.console
        emulator = console.session.emulator
        emulator.feed(_CANCEL + restoring(alternate_screen=emulator.alternate_screen) + _SOFT_RESET)
        if emulator.cursor[1]:
            emulator.feed(b"\r\n")
        if watch:
            session = self._watching(argv, console.session)
        else:
            session = self.session(argv, console.transcript, console.session, record.shared, boot=boot)
        console.watching, console.shared = watch, False
        console.go_on_with(session)
        await self.start(record, session, what)
        session.announce()

    async def start(self, record: Attachment, session: ConsoleSession, what: str) -> None:
        """Start the session of a console, told to its log as ``what``; raises UsageError or HostError."""
        console = record.console
        number = f" (domid {console.domid})" if console.domid >= 0 else ""
        number += f", console {console.which}" if console.which is not None else ""
        if not console.watching:
            await self.note(console, f"{what} {console.name}{number}")
        session.listen(_Follower(self._ended, record), watching=False)
        record.started, record.refused, record.sightings = time.monotonic(), False, 0
        record.taken_by = ""
        try:
            await session.start()
        except XentuiError as error:
            console.changed(f"ended: {plain(error.message)}")
            raise
        if session.phase is Phase.OPEN:
            console.changed(what if console.watching else ATTACHED)
        if not console.watching:
            self.spawn(self._share(record, session))

    async def _share(self, record: Attachment, session: ConsoleSession) -> None:
        """Share a console as long as its session is open."""
        loop = asyncio.get_running_loop()

        def taken(who: str) -> None:
            # A loop that has been closed has nobody to tell.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._give, record, session, who)

        share = self._sharing.share(session, record.shared, taken)
        if share is None:
            return
        try:
            if await asyncio.to_thread(share.open):
                await session.wait_ended()
        finally:
            who = record.taken_by if record.console.session is session else ""
            left = session.result is None or session.result.left
            await asyncio.to_thread(self._sharing.end, share, left=left, taken_by=who)

    def _give(self, record: Attachment, session: ConsoleSession, who: str) -> None:
        """Let go of a console somebody else asks for."""
        if record.console.session is session and session.phase is Phase.OPEN and not record.taken_by:
            record.taken_by = who or "somebody"
            self.spawn(session.close())
            self._taken(record.console, record.taken_by)

    async def close(self, record: Attachment) -> None:
        """Leave a console; the guest runs on."""
        record.closed = True
        console = record.console
        open_still = console.session.phase is Phase.OPEN
        await console.session.close()
        async with record.lock:
            await console.session.close()
        if open_still:
            await self.note(console, f"left {console.name}")
        await asyncio.to_thread(console.transcript.close)

    async def note(self, console: LiveConsole, words: str) -> None:
        """Note in the log of a console what has become of it."""
        await asyncio.to_thread(console.transcript.mark, words)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin what nobody waits for: what goes wrong is said in the console's status."""

        async def run() -> None:
            with contextlib.suppress(XentuiError):
                await work

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what nobody waits for."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class _Follower:
    """The ear at a session: what its console is told, and that it has ended."""

    def __init__(self, ended: Callable[[Attachment], None], record: Attachment) -> None:
        self._ended = ended
        self._record = record
        self._bells = 0

    def on_output(self, session: ConsoleSession) -> None:
        if session.bytes_seen:
            self._record.console.activity = True
        before, self._bells = self._bells, session.emulator.bells
        if self._bells != before:
            self._record.console.rang = True

    def on_ended(self, session: ConsoleSession) -> None:
        if self._record.console.session is session:
            self._ended(self._record)
