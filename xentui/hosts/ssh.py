"""A host reached by OpenSSH: one multiplexed connection, so the admin's ssh_config, agent, keys and jumps count."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from xentui.agent import AgentError, guarded
from xentui.errors import HostError, UsageError
from xentui.hosts import process
from xentui.hosts.base import Completed, StderrWatcher, Stream
from xentui.hosts.local import DEFAULT_STORE, ignoring_hangup
from xentui.hosts.remote_agent import RemoteAgent
from xentui.hosts.ssh_errors import explain

SSH_FAILED = 255
"""The exit status ssh keeps for its own failures (ssh(1))."""
_CONNECT_TIMEOUT = 10
_PERSIST = 60


class SshHost:
    """A dom0 over SSH; implements :class:`xentui.hosts.base.Host`.

    Arguments: ``url`` is ``ssh://[user@]host[:port]``; ``command`` the SSH command line (``XENTUI_SSH``), split
    as a shell would; ``name`` how the user calls the host.
    """

    def __init__(
        self,
        url: str,
        *,
        command: str = "ssh",
        store_root: str = DEFAULT_STORE,
        name: str = "",
    ) -> None:
        self._name = name or url
        self._store_root = store_root
        self._target, port = _parse(url)
        self._command = _split_command(command)
        self._control = control_folder()
        self._options = [
            *("-o", "BatchMode=yes"),
            *("-o", "ControlMaster=auto"),
            *("-o", f"ControlPath={self._control}/%C"),
            *("-o", f"ControlPersist={_PERSIST}"),
            *("-o", f"ConnectTimeout={_CONNECT_TIMEOUT}"),
            *("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"),
            *(("-p", str(port)) if port else ()),
        ]
        self._connecting = asyncio.Lock()
        self._connected = False
        self._agent = RemoteAgent(
            self._remote(["python3", "-I", "-X", "utf8", "-u", "-c", _bootstrap()]),
            host_name=self._name,
            store_root=store_root,
        )

    @property
    def name(self) -> str:
        """The URL, or the name config.toml gives it."""
        return self._name

    @property
    def store_root(self) -> str:
        """The folder of the managed store on that host."""
        return self._store_root

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None
    ) -> Completed:
        """Run a command over the kept connection."""
        await self._connect()
        done = await process.run(self._remote(argv), stdin=stdin, timeout=timeout)
        return await self._checked(argv, done)

    async def run_watched(self, argv: Sequence[str], on_stderr: StderrWatcher) -> Completed:
        """Run a command over the kept connection, showing its standard error as it comes."""
        await self._connect()
        done = await process.run(self._remote(argv), on_stderr=on_stderr)
        return await self._checked(argv, done)

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Start a long-running command over the kept connection."""
        await self._connect()
        return await process.ProcessStream.start(self._remote(argv))

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """``ssh -tt`` with the command; the far sshd gives it a terminal."""
        far = ignoring_hangup(argv) if survive_hangup else argv
        return self._remote(far, "-tt")

    def pty_environment(self) -> Mapping[str, str]:
        """Nothing beyond this process's own environment."""
        return {}

    async def call(self, operation: str, **arguments: Any) -> Any:
        """Run an agent operation in the far Python process, started at the first call."""
        await self._connect()
        try:
            return await self._agent.call(operation, arguments)
        except HostError:
            self._connected = False
            raise

    def host_path(self, path: str) -> str:
        """The path as it is: relative ones start in the login folder there."""
        return path

    async def close(self) -> None:
        """End the agent; the connection itself stays for a minute, for the next command."""
        await self._agent.close()

    def _remote(self, argv: Sequence[str], *options: str) -> list[str]:
        return [*self._command, *self._options, *options, "--", self._target, shlex.join(argv)]

    async def _connect(self) -> None:
        """Make the master connection before anything runs in parallel: two at once would each log in."""
        async with self._connecting:
            if self._connected:
                return
            _make_private(self._control)
            # A master started by the first command keeps that command's pipes; one of its own does not.
            check = await process.run([*self._command, *self._options, "-O", "check", "--", self._target])
            if check.exit_code != 0:
                started = await process.run(self._remote(["true"]), timeout=_CONNECT_TIMEOUT * 3)
                if started.exit_code != 0:
                    raise explain(self._name, self._target, started)
            self._connected = True

    async def _checked(self, argv: Sequence[str], done: Completed) -> Completed:
        if done.exit_code == SSH_FAILED:
            self._connected = False
            raise explain(self._name, self._target, done)
        return Completed(tuple(argv), done.exit_code, done.stdout, done.stderr)


def control_folder() -> Path:
    """Where the control sockets live: one's own folder, short enough for a socket address.

    A session taken over from another user (by su, say) may have that user's ``XDG_RUNTIME_DIR`` and home: who may
    write there could have his own socket answer, or have any folder made private by root.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir() and not guarded.problem(runtime):
        return Path(runtime) / "xentui"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "xentui" / "ssh"
    if guarded.problem(str(folder)) and os.geteuid() == 0:
        return Path("/run/xentui-ssh")
    return folder


def _make_private(folder: Path) -> None:
    try:
        with guarded.private_folder(str(folder)):
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


def _parse(url: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(str(error), subject=url, hint="write ssh://[user@]host[:port]") from error
    user, at, place = parts.netloc.rpartition("@")
    # `hostname` is in lower case, but Host patterns of ssh_config(5) tell the cases apart.
    host = place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]
    user, host = unquote(user), unquote(host)
    bad = not host or parts.path.strip("/") or parts.query or parts.fragment or parts.password is not None
    odd = (bool(at) and not user) or any(not word.isprintable() or " " in word for word in (user, host))
    if parts.scheme != "ssh" or bad or odd or f"{user}{host}".startswith("-") or host.startswith("-"):
        raise UsageError("is not an SSH address", subject=url, hint="write ssh://[user@]host[:port]")
    return (f"{user}@{host}" if user else host), port


def _split_command(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"XENTUI_SSH cannot be read: {error}", subject=command) from error
    return words or ["ssh"]


def _bootstrap() -> str:
    from xentui import agent  # noqa: PLC0415 - local hosts never need it

    return agent.BOOTSTRAP
