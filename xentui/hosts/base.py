"""What a host is to the layers above: a place where argv lists run and files live.

``local``, ``ssh`` and ``sim`` implement :class:`Host`; nothing above this package starts a process or opens a
file of a host by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from xentui.frozen import dataclass
from xentui.text import lines

if TYPE_CHECKING:
    from xentui.hosts.operations import AgentCall, P, T
    from xentui.hosts.reach import Reach


@dataclass(frozen=True, slots=True)
class FarPython:
    """How a Python is begun that has a host's files, where this process has not: by which local ``command`` (one that
    runs :data:`xentui.agent.BOOTSTRAP` there), for the store at ``root``, whether its source may be kept there, and
    that source's digest.
    """

    command: tuple[str, ...]
    root: str
    keep: bool
    sha256: str


GANETI = "ganeti"
"""The :attr:`toolstack` of a host that is the master of a Ganeti cluster."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that has run: its argv as given, exit status, and the whole of both outputs.

    A command killed by a signal has exit code 128 + signal, as a shell reports it.
    """

    argv: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output, decoded leniently."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def words(self) -> tuple[str, ...]:
        """The tool's own words: the non-empty lines of standard error, decoded leniently."""
        said = lines(self.stderr.decode("utf-8", "replace"))
        return tuple(line.rstrip() for line in said if line.strip())


class Stream(Protocol):
    """A long-running command whose output is read as it comes."""

    def lines(self) -> AsyncIterator[bytes]:
        """Return lines of standard output without their newline, until it ends."""

    async def close(self) -> int:
        """Stop the command if it still runs; returns its exit code."""

    @property
    def error_text(self) -> str:
        """The last of what it said on standard error."""


class CommandRunner(Protocol):
    """Where commands run.  Every method raises :class:`~xentui.errors.HostError` when the host is out of reach."""

    @property
    def name(self) -> str:
        """How the user names it: ``local``, ``sim``, ``ssh://root@xen1``."""

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        """Run a command to its end.  ``timeout`` in seconds; past it the command is killed and HostError raised.

        One that is run ``often`` only looks, and ends soon: what is there on the host already may run it.
        On cancellation the command gets SIGTERM and is waited for before the cancellation goes on.
        """

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Start a long-running command."""

    turns: int
    """How often the line there has turned for what was run ``often`` last."""

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """Return the local argv that runs ``argv`` on that host when spawned on a pseudo-terminal here.

        With ``survive_hangup`` the command ignores SIGHUP: ``xl create -c`` must live on to act on the guest's
        reboot when the admin's own connection drops.
        """

    def pty_environment(self) -> Mapping[str, str]:
        """Environment for a child made from :meth:`pty_argv`."""

    @property
    def share_folder(self) -> str:
        """Where on this machine consoles of that host are shared with others who may have them; "" for nowhere."""

    @property
    def far_python(self) -> FarPython | None:
        """By what a console is held, and shared, on the host itself; None where this process does that itself."""


class FileAgent(Protocol):
    """Where files lie, and the store: what :mod:`xentui.agent` does on a host."""

    @property
    def name(self) -> str:
        """As :attr:`CommandRunner.name`."""

    @property
    def store_root(self) -> str:
        """The folder of the managed store on that host."""

    @property
    def command_prefix(self) -> tuple[str, ...]:
        """What stands before an argv where the agent on that host runs it: nothing on a real one."""

    async def call(self, operation: AgentCall[P, T], *_: P.args, **arguments: P.kwargs) -> T:
        """Run one of :mod:`xentui.hosts.operations` on that host, its arguments by keyword.

        Raises the error the agent reports as :class:`~xentui.errors.StoreError`,
        :class:`~xentui.errors.HostError` when the host is out of reach.  The answer is what another host says:
        nothing but its type is promised, and not even that.
        """

    def host_path(self, path: str) -> str:
        """Return where a path as the user writes it really lies for the agent (the simulator has its own /etc, /srv
        …).
        """

    def shown(self, text: str) -> str:
        """``text`` with the paths in it as the user writes them: the way back from :meth:`host_path`."""


NamedWith = Callable[[str], str]


def nowhere(_word: str, /) -> str:
    """Return what a host knows that was named alone."""
    return ""


class Host(CommandRunner, FileAgent, Protocol):
    """Where commands run and files lie."""

    @property
    def reach(self) -> Reach:
        """How other hosts reach it, as far as that is known here."""

    named_with: NamedWith
    """The address of a host by the name it has in the list or inventory this one was named by; "" for none there."""

    @property
    def toolstack(self) -> str:
        """What drives it, ``xl`` or ``libvirt``, as config.toml says or its own files; "" where neither says."""

    async def close(self) -> None:
        """Let go of connections and helper processes."""
