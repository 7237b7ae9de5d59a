"""A host reached by OpenSSH over one shared connection; the user's ssh_config, agent, keys and jump hosts apply."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from xentui.agent import AgentError
from xentui.agent.files import safe_folder
from xentui.errors import HostError, NoAgentError, UsageError
from xentui.frozen import dataclass
from xentui.hosts import process
from xentui.hosts.agent_queries import OftenAsked
from xentui.hosts.base import Completed, NamedWith, Stream, nowhere
from xentui.hosts.bastions import way_through, without_jump
from xentui.hosts.connection import Connection
from xentui.hosts.local import DEFAULT_STORE
from xentui.hosts.login_retry import SSH_FAILED
from xentui.hosts.privilege import Privilege
from xentui.hosts.reach import Reach
from xentui.hosts.remote_agent import RemoteAgent
from xentui.hosts.ssh_errors import explain

if TYPE_CHECKING:
    from xentui.hosts.base import FarPython
    from xentui.hosts.logins import Logins
    from xentui.hosts.operations import AgentCall, P, T

_PERSIST = 60
_TURNS = 2
"""Turns of the line in a command over the kept connection: to open a channel, and to run it there."""
_SUDO = "sudo"
_SHELL = frozenset("`'\"$\\;&<>|(){}")
"""What no host may have in it, and users only in part: ssh hands both to shells, by ProxyCommand and the like.
Newer ones refuse the same (valid_hostname and valid_ruser of its ssh.c).
"""
_IN_USERS = frozenset("$\\")
"""As in ``DOMAIN\\name`` and ``machine$``; a backslash at the end would take what follows its meaning."""
_WRITE = "write ssh://[user@]host[:port], and ?sudo behind it for a login that is not root's"


class SshHost:
    """A dom0 over SSH; implements :class:`xentui.hosts.base.Host`.

    ``url`` is ``ssh://[user@]host[:port][?sudo]``; ``command`` the SSH command line (``XENTUI_SSH``), split as by a
    shell; ``name`` the user's name for the host; ``sudo``, as ``?sudo``, runs everything there by ``sudo -n``; without
    ``keep_agent`` nothing is cached in the store there; ``logins`` are the turns for logins if there are other hosts;
    ``reach`` is how those connect to it; ``toolstack`` is its engine.
    """

    def __init__(
        self,
        url: str,
        *,
        command: str = "ssh",
        store_root: str = DEFAULT_STORE,
        name: str = "",
        sudo: bool = False,
        keep_agent: bool = True,
        logins: Logins | None = None,
        reach: Reach | None = None,
        toolstack: str = "",
    ) -> None:
        self._name = name or url
        self._toolstack = toolstack
        self._store_root = store_root
        address = parse_address(url)
        self._target = address.target
        self._reach = reach or _usual_reach(address)
        self.named_with: NamedWith = nowhere
        self._privilege = Privilege(sudo=sudo or address.sudo, user=address.user, host=self._name)
        self._command = list(_split_command(command))
        self._control = control_folder() if logins is None else logins.control(control_folder)
        self._keeping = [
            *("-o", "BatchMode=yes"),
            *("-o", "ControlMaster=auto"),
            *("-o", f"ControlPath={self._control}/%C"),
            *("-o", f"ControlPersist={_PERSIST}"),
            *("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"),
        ]
        self._port = ("-p", str(address.port)) if address.port else ()
        self._logins = logins
        self._jump, self._way = "", list[str]()
        if logins is not None:
            self._command, self._jump = without_jump(self._command)
        self._connection = Connection(
            self._ssh,
            name=self._name,
            target=self._target,
            logins=logins,
            prepare=self._find_way if logins is not None else None,
        )
        self._agent = RemoteAgent(
            lambda argv: self._remote(self._privilege.argv(argv)),
            refusal=self._privilege.refusal,
            host_name=self._name,
            store_root=store_root,
            keep=keep_agent,
        )
        self._often_asked = OftenAsked(self._agent)
        self.turns = _TURNS

    @property
    def name(self) -> str:
        """The URL, or the name config.toml gives it."""
        return self._name

    @property
    def store_root(self) -> str:
        """The folder of the managed store on that host."""
        return self._store_root

    @property
    def toolstack(self) -> str:
        """As configured: nothing is asked of the host before it is looked at."""
        return self._toolstack

    @property
    def command_prefix(self) -> tuple[str, ...]:
        """Nothing: the agent runs where the commands do."""
        return ()

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None, often: bool = False
    ) -> Completed:
        """Run a command over the kept connection; what is run ``often`` the agent runs, where that has begun."""
        await self._connect()

        async def run(words: list[str]) -> Completed:
            completed = await self._often_asked.ask(words) if often and not stdin else None
            if often:
                self.turns = _TURNS if completed is None else 1
            if completed is None:
                completed = await process.run(self._remote(words), stdin=stdin, timeout=timeout)
                if completed.exit_code == SSH_FAILED:
                    self._connection.lost()
                    raise explain(self._name, self._target, completed)
            return completed

        return await self._privilege.run(argv, run)

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Start a long-running command over the kept connection."""
        await self._connect()
        return await process.ProcessStream.start(self._remote(self._privilege.argv(argv)))

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """``ssh -tt`` with the command; the far sshd gives it a terminal."""
        return self._remote(self._privilege.argv(argv, survive_hangup=survive_hangup), "-tt")

    def pty_environment(self) -> Mapping[str, str]:
        """Nothing beyond this process's own environment."""
        return {}

    @property
    def share_folder(self) -> str:
        """Nowhere: who else may have a console is on that host."""
        return ""

    @property
    def far_python(self) -> FarPython | None:
        """That of the host, as the agent is begun there."""
        return self._agent.far_python

    async def call(self, operation: AgentCall[P, T], *_: P.args, **arguments: P.kwargs) -> T:
        """Run an agent operation in the far Python process, started at the first call."""
        await self._connect()
        try:
            return await self._agent.call(operation, arguments)
        except NoAgentError:
            raise  # the connection is there
        except HostError:
            self._connection.lost()
            raise

    @property
    def reach(self) -> Reach:
        """As config.toml has it, else as this machine does, and as root."""
        return self._reach

    def host_path(self, path: str) -> str:
        """Return the path as it is: relative ones start in the login folder there."""
        return path

    def shown(self, text: str) -> str:
        """Return the text as it is."""
        return text

    async def close(self) -> None:
        """End the agent; the connection itself stays for a minute, for the next command."""
        await self._agent.close()

    def _ssh(self, options: Sequence[str], command: str | None) -> list[str]:
        words = () if command is None else (command,)
        return [
            *self._command,
            *self._keeping,
            *self._port,
            *self._way,
            *options,
            "--",
            self._target,
            *words,
        ]

    async def _find_way(self, jump: str) -> None:
        """Connect to the jump host, if there is one, by the connection that all hosts behind it share."""
        assert self._logins is not None  # noqa: S101 - a host alone is left to ssh
        own = self._jump
        way = await way_through(self._logins, self._command, self._keeping, own or jump)
        self._way = list(way) or (["-J", own] if own else [])

    def _remote(self, words: Sequence[str], *options: str) -> list[str]:
        return self._ssh([*self._connection.options, *options], shlex.join(words))

    async def _connect(self) -> None:
        if not self._connection.up:
            _make_private(self._control)
        await self._connection.ready()


def control_folder() -> Path:
    """Return where the control sockets live: one's own folder, short enough for a socket address.

    A session taken over from another user (by su, say) may have that user's ``XDG_RUNTIME_DIR`` and home: who may
    write there could have his own socket answer, or have any folder made private by root.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir() and not safe_folder.problem(runtime):
        return Path(runtime) / "xentui"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "xentui" / "ssh"
    if safe_folder.problem(str(folder)) and os.geteuid() == 0:
        return Path("/run/xentui-ssh")
    return folder


def _make_private(folder: Path) -> None:
    try:
        with safe_folder.private_folder(str(folder)):
            pass
    except AgentError as error:
        raise HostError(
            f"cannot be used for SSH connections: it {error.message}",
            subject=error.path or str(folder),
            hint="set XDG_RUNTIME_DIR to a folder of your own",
        ) from error
    except OSError as error:
        raise HostError(
            f"cannot make the folder for SSH connections: {error.strerror}", subject=str(folder)
        ) from error


@dataclass(frozen=True, slots=True)
class Address:
    """An ``ssh://`` address in parts; ``target`` is user and host as ssh takes them."""

    target: str
    user: str
    port: int | None
    sudo: bool


@lru_cache(maxsize=2048)
def parse_address(url: str) -> Address:
    """Return the parts of ``ssh://[user@]host[:port][?sudo]``; raises UsageError for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(str(error), subject=url, hint=_WRITE) from error
    user, at, place = parts.netloc.rpartition("@")
    # `hostname` is in lower case, but Host patterns of ssh_config(5) tell the cases apart.
    host = place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]
    user, host = unquote(user), unquote(host)
    extra = parts.query not in ("", _SUDO) or parts.fragment or parts.password is not None
    bad = not host or parts.path.strip("/") or extra
    odd = (bool(at) and not user) or any(not word.isprintable() or " " in word for word in (user, host))
    odd = (
        odd
        or bool(_SHELL.intersection(host) or (_SHELL - _IN_USERS).intersection(user))
        or user.endswith("\\")
    )
    if parts.scheme != "ssh" or bad or odd or f"{user}{host}".startswith("-") or host.startswith("-"):
        raise UsageError("is not an SSH address", subject=url, hint=_WRITE)
    return Address(f"{user}@{host}" if user else host, user, port, parts.query == _SUDO)


def _usual_reach(address: Address) -> Reach:
    host = address.target.rpartition("@")[2]
    return Reach(f"root@{host}", f"ssh -p {address.port}" if address.port else "")


@lru_cache(maxsize=8)
def _split_command(command: str) -> tuple[str, ...]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"XENTUI_SSH cannot be read: {error}", subject=command) from error
    return tuple(words) or ("ssh",)
