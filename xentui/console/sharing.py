"""Consoles shared on their host: by this process where it is on it, else by one that is begun there for each."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from xentui.agent.console import line_frames, shares
from xentui.agent.console.share_server import ConsoleShare
from xentui.console.pty_session import Hearing
from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.hosts.privilege import login_name
from xentui.text import largest_unit, plain

if TYPE_CHECKING:
    from typing import Protocol

    from xentui.console.exit_result import ExitResult
    from xentui.hosts.base import Host

    class Heard(Protocol):
        """What is shared."""

        def overhear(self, ear: Callable[[bytes], None], *, since: Hearing) -> Callable[[], None]:
            """As :meth:`xentui.console.pty_session.PtySession.overhear`."""


_LETTING_GO: Final = 10.0
"""Seconds a holder has to let go of a console."""
_LOOK: Final = 0.2
"""Seconds between two looks whether it has."""


@dataclass(frozen=True, slots=True)
class SharedConsole:
    """A console of a host as it is known to others there: of a domain that runs, or of one that is being booted."""

    name: str
    """The domain's, for people."""
    domid: int
    """-1 where it is not known yet."""
    uuid: str = ""
    """The domain's; "" where it is not known yet."""

    @property
    def names(self) -> list[str]:
        """What it may be called; the first is how it is shared, which it is not where there is none."""
        running = [shares.of_domid(self.domid)] if self.domid >= 0 else []
        return [*running, *([shares.of_boot(self.uuid)] if self.uuid else [])]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who shares a console, "" where that is not told, and for how many seconds."""

    who: str
    seconds: int

    @property
    def words(self) -> str:
        """Who it is, since when, and from where: ``root on pts/3 for 12 min, from 192.168.77.2``; "" if not told."""
        name, comma, origin = self.who.partition(", from ")
        return f"{name} for {largest_unit(self.seconds)}{comma}{origin}" if name else ""


class ConsoleSharing:
    """How the consoles of ``host`` are shared."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def pty_argv(self, argv: Sequence[str], console: SharedConsole, *, boot: bool = False) -> list[str]:
        """Return the local command that holds a console by ``argv`` on its host, where it is shared unless
        :meth:`share` does.

        With ``boot`` it is begun to live on when the line is cut.
        """
        plainly = self._host.pty_argv(argv, survive_hangup=boot)
        if self._host.far_python is None:
            return plainly
        wanted = {"names": console.names[:1], "who": self._asker, "argv": list(argv), "keep": boot}
        return self._line(wanted, plainly)

    def watching_argv(self, console: SharedConsole) -> list[str]:
        """Return the command that shows on a terminal what is shared, until Ctrl-]."""
        if self._host.far_python is None:
            return [*_ours("share_client"), self._host.share_folder, *console.names, self._asker]
        return self._line({"names": console.names, "who": self._asker}, [])

    def share(
        self, heard: Heard, console: SharedConsole, taken: Callable[[str], None]
    ) -> ConsoleShare | None:
        """Return what shares a console from this process when it is opened; None where that is not this process's to
        do.

        ``taken`` is told, in a thread, who asks for it.
        """
        if not self._host.share_folder or not console.names:
            return None
        overhear = partial(heard.overhear, since=Hearing.BEGINNING)
        return ConsoleShare(self._host.share_folder, console.names[0], overhear, taken, who=self._asker)

    def end(self, share: ConsoleShare, *, left: bool, taken_by: str = "") -> None:
        """End the sharing of a console that was ``left``, or has ended, or was let go of for who takes it."""
        share.close(line_frames.LEFT if left else line_frames.OVER, taken_by)

    def why_over(self, done: ExitResult) -> str:
        """Return why one that was watched is shown no more; "" where one has left it oneself."""
        if done.taken_by:
            return f"its console was taken over by {done.taken_by}"
        return (
            ""
            if done.left
            else line_frames.END_WORDS.get(done.exit_code, "nobody shares its console any more")
        )

    async def holder(self, console: SharedConsole) -> Holder | None:
        """Return who shares a console; None where nobody does, or the host cannot tell."""
        if not console.names:
            return None
        try:
            told = await self._host.call(operations.console_holder, names=console.names)
        except XentuiError:
            return None
        # A far host is not trusted to say anything in particular.
        if not isinstance(told, dict) or not told.get("name"):
            return None
        who, seconds = told.get("who"), told.get("seconds")
        return Holder(
            plain(who, 100) if isinstance(who, str) else "", seconds if isinstance(seconds, int) else 0
        )

    async def require(self, console: SharedConsole) -> None:
        """Raise NotAllowedError where nobody shares it."""
        if await self.holder(console) is None:
            raise _unshared(console)

    async def take_over(self, console: SharedConsole) -> None:
        """Have who holds a console let go of it, and wait until that is done, for some seconds at most.

        Raises NotAllowedError where nobody shares it, HostError where it is not let go of.
        """
        names = console.names
        if not names or not await self._host.call(operations.ask_for_console, names=names, who=self._asker):
            raise _unshared(console)
        until = time.monotonic() + _LETTING_GO
        while await self.holder(console) is not None:
            if time.monotonic() > until:
                raise HostError("who holds its console does not let go of it", subject=console.name)
            await asyncio.sleep(_LOOK)

    def _line(self, wanted: dict[str, object], plainly: list[str]) -> list[str]:
        """Return the command that joins a terminal here to :mod:`xentui.agent.console.host_end` on the host."""
        far = self._host.far_python
        assert far is not None  # noqa: S101 - it is asked for such hosts only
        told = {"command": far.command, "root": far.root, "keep": far.keep, "sha256": far.sha256}
        return [*_ours("remote_line"), json.dumps({**told, "plain": plainly, "wanted": wanted})]

    @property
    def _asker(self) -> str:
        return asker(away=self._host.far_python is not None)


def _ours(program: str) -> list[str]:
    # -P: the folder it is called from may be anybody's, and is not a place to load root's modules from.
    return [sys.executable, "-P", "-m", f"xentui.console.{program}"]


def asker(*, away: bool = False) -> str:
    """Return who asks, for the other's eyes: user, terminal, and from where; with ``away`` the machine in their
    place.
    """
    tty = ""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        tty = os.ttyname(sys.__stdin__.fileno()).removeprefix("/dev/")  # type: ignore[union-attr]
    origin = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    if away:
        return plain(f"{login_name()} at {os.uname().nodename}", 100)
    return plain(f"{login_name()}{f' on {tty}' if tty else ''}{f', from {origin}' if origin else ''}", 100)


def _unshared(console: SharedConsole) -> NotAllowedError:
    return NotAllowedError(
        "its console is not shared: who holds it does not use xentui, or has left it",
        subject=console.name,
        hint="attach to it again",
    )
