"""The interface of a host: it runs argv lists, and its agent works on its files.

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
    """How to start a Python process on a host: the agent, or the holder of a console.

    ``command`` is a local argv that runs :data:`xentui.agent.BOOTSTRAP` there.  ``root`` is the folder of the store,
    ``keep`` whether the agent's source may be cached in it, ``sha256`` the digest of that source.
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
    """Runs commands on a host.  Every method raises :class:`~xentui.errors.HostError` when the host is out of reach."""

    @property
    def name(self) -> str:
        """The name that the user gave it: ``local``, ``sim``, ``ssh://root@xen1``."""

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        """Run a command and wait for its end.  After ``timeout`` seconds it is killed, and HostError is raised.

        ``often`` marks a command that only reads and ends soon: an agent that runs on the host may run it.
        On cancellation the command gets SIGTERM, and its end is awaited.
        """

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Start a long-running command."""

    turns: int
    """The round trips that the last command run ``often`` has taken."""

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """Return the local argv that runs ``argv`` on that host when spawned on a pseudo-terminal here.

        With ``survive_hangup`` the command ignores SIGHUP: ``xl create -c`` must live on to act on the guest's
        reboot when the admin's own connection drops.
        """

    def pty_environment(self) -> Mapping[str, str]:
        """Return the environment of a child process that runs :meth:`pty_argv`."""

    @property
    def share_folder(self) -> str:
        """The local folder through which consoles of that host are shared with other users; "" for none."""

    @property
    def far_python(self) -> FarPython | None:
        """How to start the process that attaches, and shares, a console on the host; None where this process does."""


class FileAgent(Protocol):
    """Runs operations of :mod:`xentui.agent` on the files and the store of a host."""

    @property
    def name(self) -> str:
        """As :attr:`CommandRunner.name`."""

    @property
    def store_root(self) -> str:
        """The folder of the managed store on that host."""

    @property
    def command_prefix(self) -> tuple[str, ...]:
        """The words before an argv that the agent on that host runs: none on a real host."""

    async def call(self, operation: AgentCall[P, T], *_: P.args, **arguments: P.kwargs) -> T:
        """Run one of :mod:`xentui.hosts.operations` on that host, its arguments by keyword.

        Raises the error the agent reports as :class:`~xentui.errors.StoreError`,
        :class:`~xentui.errors.HostError` when the host is out of reach.  The answer is what another host says:
        nothing but its type is promised, and not even that.
        """

    def host_path(self, path: str) -> str:
        """Return the agent's path for a ``path`` as the user writes it (the simulator has its own /etc, /srv …)."""

    def shown(self, text: str) -> str:
        """Return ``text`` with the agent's paths in it as the user writes them, the reverse of :meth:`host_path`."""


NamedWith = Callable[[str], str]


def nowhere(_word: str, /) -> str:
    """Return "": the :data:`NamedWith` of a host that was named without others."""
    return ""


class Host(CommandRunner, FileAgent, Protocol):
    """A machine with Xen: it runs commands, and its agent works on its files."""

    @property
    def reach(self) -> Reach:
        """How other hosts connect to it, as far as that is known here."""

    named_with: NamedWith
    """The address of a host by the name it has in the list or inventory this one was named by; "" for none there."""

    @property
    def toolstack(self) -> str:
        """The engine, ``xl``, ``libvirt`` or ``ganeti``, from config.toml or the host's files; "" if not known."""

    async def close(self) -> None:
        """Close connections and end helper processes."""
