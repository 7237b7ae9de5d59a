"""The live consoles of one host: they stay alive unseen, and follow their domains through reboots."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from xentui.console.attachment import UNKNOWN, Attachment, ConsoleAttacher
from xentui.console.exit_result import ExitResult
from xentui.console.live import (
    ENDS,
    FULL,
    GONE,
    HELD,
    LEFT,
    LOST,
    STARTING,
    TAKEN,
    UNSHARED,
    WAITING,
    WATCHING,
    LiveConsole,
    why_off,
)
from xentui.console.session import Phase
from xentui.console.sharing import ConsoleSharing, SharedConsole
from xentui.console.transcript import transcript_of
from xentui.errors import XentuiError
from xentui.hosts.base import Host
from xentui.model.answers import ConsoleTrouble
from xentui.model.consoles import WhichConsole
from xentui.toolstack.base import Toolstack
from xentui.toolstack.targets import Target

_ATTEMPTS = 8
"""How often a console is attached to the same domid again."""
_SURE = 3
"""Snapshots that show a domain unchanged after its console ended without a word, before it is tried again."""
_STEADY = 30.0
"""Seconds after which a session counts as one that had worked."""
_CONNECTION_LOST = 255
"""ssh's own exit code; no toolstack has one as high."""


class ConsoleHub:
    """Opens consoles on ``host``, which ``toolstack`` drives, with ``history`` lines of scrollback; all methods belong
    to one event loop.

    Those of a ``read_only`` one are looked at: nothing is typed into them.  Where nobody looks, a terminal's
    ``answers`` are nothing a guest should get: a shell would take them for something typed.
    """

    def __init__(
        self,
        host: Host,
        toolstack: Toolstack,
        *,
        history: int = 100_000,
        read_only: bool = False,
        answers: bool = True,
    ) -> None:
        self._host = host
        self._toolstack = toolstack
        self._sharing = ConsoleSharing(host)
        self._attacher = ConsoleAttacher(
            host,
            self._sharing,
            history=history,
            read_only=read_only,
            answers=answers,
            ended=self._ended,
            taken=self._taken,
        )
        self.on_open: Callable[[LiveConsole], None] = lambda _console: None
        """Told of each console that is made, before it has printed anything."""
        self.on_taken: Callable[[LiveConsole, str], None] = lambda _console, _who: None
        """Told of each console that is let go of for somebody else, and who that is."""
        self.on_unwatched: Callable[[LiveConsole], None] = lambda _console: None
        """Told of each console that was watched and is not any more, unless one has left it oneself."""
        self._records: dict[str, Attachment] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    def get(self, uuid: str) -> LiveConsole | None:
        """Return the console of a domain, None if none was opened."""
        record = self._records.get(uuid)
        return record.console if record is not None else None

    def all(self) -> tuple[LiveConsole, ...]:
        """Return all consoles, in the order they were opened."""
        return tuple(record.console for record in self._records.values())

    async def open(
        self,
        *,
        uuid: str,
        name: str,
        domid: int,
        argv: Sequence[str],
        boot: bool = False,
        which: WhichConsole | None = None,
        guest_uuid: str = "",
    ) -> LiveConsole:
        """Attach to a domain by running ``argv`` on the host; one that is open for that domid is returned as it is.

        ``which`` says which of its consoles the argv opens.  It takes the place of another one: xenconsole has one
        client for all consoles of a domain (its lock is the domid's).

        With ``boot`` the argv boots the domain (``xl create -c``): it survives the loss of the connection, and is
        not killed by leaving.  ``domid`` is -1 then; it becomes known by :meth:`domains_changed`, and so does the
        uuid of a transient domain: given as "" here, the console's is ``?NAME`` until then.  The ``guest_uuid`` that
        such a one will have, where that is known, is by what it is shared meanwhile.

        Raises UsageError or HostError where the command cannot be started.
        """
        key = uuid or UNKNOWN + name
        async with self._opening.setdefault(key, asyncio.Lock()):
            record = self._records.get(key)
            if record is not None:
                console = record.console
                same = console.domid == domid and console.which == which and not console.watching
                if console.session.phase is Phase.OPEN and same:
                    return console
                async with record.lock:
                    await console.session.close()
                    console.domid, console.which, console.lacking = domid, which, ""
                    console.guest_uuid = guest_uuid
                    await self._attacher.attach(record, argv, "booting" if boot else "attached to", boot=boot)
                return console
            transcript = transcript_of(self._host.name, name, uuid)
            shared = SharedConsole(name, domid, guest_uuid or uuid)
            session = self._attacher.session(argv, transcript, None, shared, boot=boot)
            record = Attachment(LiveConsole(key, name, domid, session, transcript))
            record.console.which, record.console.guest_uuid = which, guest_uuid
            self.on_open(record.console)
            try:
                await self._attacher.start(record, session, "booting" if boot else "attached to")
            except XentuiError:
                transcript.close()
                raise
            self._records[key] = record
            return record.console

    async def watch(self, uuid: str) -> None:
        """Show what the holder of a console shares, to look at.

        Raises NotAllowedError where nobody shares it, HostError where this machine has no room for one more.
        """
        record = self._records[uuid]
        async with record.lock:
            console = record.console
            if console.session.phase is Phase.OPEN:
                return
            shared = record.shared
            await self._sharing.require(shared)
            argv = self._sharing.watching_argv(shared)
            await self._attacher.attach(record, argv, f"{WATCHING}{console.status}", watch=True)

    async def take_over(self, uuid: str) -> None:
        """Have the holder of a console let go of it; it is opened again by :meth:`open`.

        Raises NotAllowedError where nobody shares it, HostError where the holder does not let go.
        """
        await self._sharing.take_over(self._records[uuid].shared)

    def domains_changed(
        self, present: Mapping[str, tuple[str, int | None]], building: Collection[str] = ()
    ) -> None:
        """A snapshot has come: ``present`` gives name and domid (None while off) of each domain by its uuid.

        Names follow; a console whose session has ended attaches to its domain where that runs again.  Domains
        that xl is still ``building``, told by uuid, have no console yet and are left alone.
        """
        for key, record in list(self._records.items()):
            if key.startswith(UNKNOWN):
                self._find_uuid(key, record, present)
            if record.console.uuid not in building:
                self._look(record, present)

    async def close(self, uuid: str) -> None:
        """Leave a console and forget it; the guest runs on.  Nothing happens where there is none."""
        record = self._records.pop(uuid, None)
        if record is not None:
            await self._attacher.close(record)

    async def close_all(self) -> None:
        """Leave all consoles."""
        records = list(self._records.values())
        self._records.clear()
        await asyncio.gather(*(self._attacher.close(record) for record in records))
        await self._attacher.stop()

    # What becomes of them

    def _taken(self, console: LiveConsole, who: str) -> None:
        self.on_taken(console, who)

    def _ended(self, record: Attachment) -> None:
        """The present session of a console has ended."""
        console, result = record.console, record.console.session.result
        record.sightings = 0
        if time.monotonic() - record.started > _STEADY:
            record.attempts = 0
        if result is None or record.closed:
            return
        if result.taken_by and not record.taken_by:
            record.taken_by = result.taken_by
            self.on_taken(console, record.taken_by)
        if console.watching:
            record.refused = True
            self._watched_to_the_end(record, result)
            return
        what = f"{TAKEN}{record.taken_by}" if record.taken_by else "ended"
        self._attacher.spawn(self._attacher.note(console, f"the console of {console.name} {what}"))
        trouble = self._toolstack.console_trouble(result.last_lines)
        if record.taken_by:
            console.changed(what)
        elif result.left:
            console.changed(LEFT)
        elif result.exit_code != 0 and trouble is ConsoleTrouble.HELD:
            record.refused = True
            console.changed(HELD)
            self._attacher.spawn(self._tell_holder(record))
        elif trouble is ConsoleTrouble.NOT_YET and record.attempts < _ATTEMPTS:
            console.changed(STARTING)
        elif result.exit_code == _CONNECTION_LOST:
            console.changed(LOST)
        elif result.exit_code != 0:
            console.changed(
                f"ended: {result.last_lines[-1] if result.last_lines else f'exit code {result.exit_code}'}"
            )
        else:
            console.changed(WAITING)

    def _watched_to_the_end(self, record: Attachment, result: ExitResult) -> None:
        console = record.console
        if record.taken_by:
            console.changed(f"{TAKEN}{record.taken_by}")
        elif result.left:
            console.changed(LEFT)
        elif result.exit_code == _CONNECTION_LOST:
            console.changed(LOST)
        else:
            status = ENDS.get(result.exit_code, UNSHARED)
            console.shared = status == FULL
            console.changed(status)
            self.on_unwatched(console)

    def _look(self, record: Attachment, present: Mapping[str, tuple[str, int | None]]) -> None:
        console = record.console
        name, domid = present.get(console.uuid, (console.name, None))
        if name != console.name:
            console.name = name
            console.changed()
        session = console.session
        if session.phase is Phase.OPEN:
            if console.domid < 0 and domid is not None:
                console.domid = domid
                console.changed()
            return
        result = session.result
        if result is None or result.left or record.lock.locked():
            return
        record.sightings += 1
        if console.watching and domid is not None:
            return  # who has only watched does not get a console nobody has asked for
        if domid is None:
            off = why_off(result) if console.uuid in present else GONE
            if (result.exit_code == 0 or record.refused) and off != console.status:
                console.changed(off)
        elif domid != console.domid:
            record.attempts = 0
            self._attacher.spawn(self._follow(record, domid))
        elif self._try_again(record, result):
            record.attempts += 1
            self._attacher.spawn(self._follow(record, domid))

    def _try_again(self, record: Attachment, result: ExitResult) -> bool:
        """Return whether to attach once more to a domain that has not changed since its console ended."""
        if record.refused or record.attempts >= _ATTEMPTS:
            return False
        return result.exit_code != 0 or record.sightings >= _SURE

    async def _follow(self, record: Attachment, domid: int) -> None:
        async with record.lock:
            if record.closed or record.console.session.phase is Phase.OPEN:
                return
            same = domid == record.console.domid
            record.console.domid = domid
            target = Target(domid, record.console.uuid, record.console.name)
            argv = self._toolstack.console(target, record.console.which)
            await self._attacher.attach(record, argv, "attached again to" if same else "followed to")

    async def _tell_holder(self, record: Attachment) -> None:
        console = record.console
        session = console.session
        holder = await self._sharing.holder(record.shared)
        who = holder.words if holder is not None else ""
        if not who:
            who = await self._toolstack.console_owner(Target(console.domid, console.uuid, console.name))
        if console.session is session and session.phase is Phase.ENDED:
            console.shared = holder is not None
            console.changed(f"held by {who}" if who else "")

    def _find_uuid(self, key: str, record: Attachment, present: Mapping[str, tuple[str, int | None]]) -> None:
        console = record.console
        for uuid, (name, domid) in present.items():
            wanted = uuid == console.guest_uuid if console.guest_uuid else name == console.name
            if wanted and domid is not None and uuid not in self._records:
                console.uuid = uuid
                self._records[uuid] = self._records.pop(key)
                console.changed()
                return


__all__ = ["ConsoleHub", "LiveConsole"]
