"""This machine as a Xen host."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any

from xentui.hosts import process
from xentui.hosts.agent_errors import as_store_error
from xentui.hosts.base import Completed, StderrWatcher, Stream

DEFAULT_STORE = "/var/lib/xentui"
_IGNORE_HANGUP = 'trap "" HUP; exec "$@"'


class LocalHost:
    """The dom0 xentui itself runs in; implements :class:`xentui.hosts.base.Host`."""

    def __init__(self, store_root: str = DEFAULT_STORE, *, name: str = "local") -> None:
        self._name = name
        self._store_root = store_root

    @property
    def name(self) -> str:
        """``local``, or the name config.toml gives it."""
        return self._name

    @property
    def store_root(self) -> str:
        """The folder of the managed store."""
        return self._store_root

    async def run(
        self, argv: Sequence[str], *, stdin: bytes = b"", timeout: float | None = None
    ) -> Completed:
        """Run a command to its end."""
        return await process.run(argv, stdin=stdin, timeout=timeout)

    async def run_watched(self, argv: Sequence[str], on_stderr: StderrWatcher) -> Completed:
        """Run a command to its end, showing its standard error as it comes."""
        return await process.run(argv, on_stderr=on_stderr)

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Start a long-running command."""
        return await process.ProcessStream.start(argv)

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """The command itself, below a shell that ignores SIGHUP where it must survive one."""
        return ignoring_hangup(argv) if survive_hangup else list(argv)

    def pty_environment(self) -> Mapping[str, str]:
        """Nothing beyond this process's own environment."""
        return {}

    async def call(self, operation: str, **arguments: Any) -> Any:
        """Run an agent operation in a worker thread."""
        return await asyncio.to_thread(dispatch, self._store_root, operation, arguments)

    def host_path(self, path: str) -> str:
        """The absolute path."""
        return os.path.abspath(path)

    async def close(self) -> None:
        """Nothing is kept open."""


def ignoring_hangup(argv: Sequence[str]) -> list[str]:
    """``argv`` below a shell that makes it ignore SIGHUP (the ignored signal is inherited through exec)."""
    return ["/bin/sh", "-c", _IGNORE_HANGUP, "sh", *argv]


def dispatch(root: str, operation: str, arguments: dict[str, Any]) -> Any:
    """Run an agent operation in this process; raises :class:`~xentui.errors.StoreError`."""
    from xentui import agent  # noqa: PLC0415 - only hosts with files of their own need it

    try:
        return agent.dispatch(root, operation, arguments)
    except agent.AgentError as error:
        raise as_store_error(error.code, error.message, error.path) from error


def is_dom0() -> bool:
    """Whether this machine is a Xen control domain (``/proc/xen/capabilities`` says ``control_d``)."""
    try:
        with open("/proc/xen/capabilities", encoding="ascii") as capabilities:
            return "control_d" in capabilities.read(4096)
    except (OSError, UnicodeDecodeError):
        return False


def why_xl_cannot_answer() -> str:
    """Why ``xl`` would not answer here, as a sentence; empty when it should."""
    if not is_dom0():
        return "this machine is not a Xen dom0"
    if not any(os.access(os.path.join(folder, "xl"), os.X_OK) for folder in os.get_exec_path()):
        return "this dom0 has no xl in PATH"
    devices = [device for device in ("/dev/xen/privcmd", "/proc/xen/privcmd") if os.path.exists(device)]
    if devices and not os.access(devices[0], os.R_OK | os.W_OK):
        return "xl needs root here"
    return ""
