"""This machine as a Xen host."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xentui.hosts import process
from xentui.hosts.agent_errors import as_store_error
from xentui.hosts.base import Completed, NamedWith, Stream, nowhere
from xentui.hosts.privilege import SYSTEM_FOLDERS, Privilege, login_name
from xentui.hosts.reach import Reach

if TYPE_CHECKING:
    from xentui.hosts.base import FarPython
    from xentui.hosts.operations import AgentCall, P, T
    from xentui.hosts.remote_agent import RemoteAgent

DEFAULT_STORE = "/var/lib/xentui"


class LocalHost:
    """The dom0 xentui itself runs in; implements :class:`xentui.hosts.base.Host`.

    With ``sudo`` everything runs as root through ``sudo -n``, the file work too.
    """

    def __init__(
        self,
        store_root: str = DEFAULT_STORE,
        *,
        name: str = "local",
        sudo: bool = False,
        keep_agent: bool = True,
        reach: Reach | None = None,
        toolstack: str = "",
    ) -> None:
        self._name = name
        self._reach = reach
        self.named_with: NamedWith = nowhere
        self._toolstack = toolstack
        self._store_root = store_root
        self._privilege = Privilege(sudo=sudo, user=login_name() if sudo else "", host=name)
        self.turns = 0
        self._agent = _root_agent(self._privilege, name, store_root, keep_agent) if sudo else None

    @property
    def name(self) -> str:
        """``local``, or the name config.toml gives it."""
        return self._name

    @property
    def store_root(self) -> str:
        """The folder of the managed store."""
        return self._store_root

    @property
    def toolstack(self) -> str:
        """As configured, or as the machine's files tell."""
        return self._toolstack or found_toolstack("/", self._store_root)

    @property
    def command_prefix(self) -> tuple[str, ...]:
        """Nothing: the agent runs where the commands do."""
        return ()

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        timeout: float | None = None,
        often: bool = False,  # noqa: ARG002 - of any the same
    ) -> Completed:
        """Run a command to its end."""
        return await self._privilege.run(argv, lambda words: process.run(words, stdin=stdin, timeout=timeout))

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Start a long-running command."""
        return await process.ProcessStream.start(self._privilege.argv(argv))

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """Return the command itself, below a shell that ignores SIGHUP where it must survive one."""
        return self._privilege.argv(argv, survive_hangup=survive_hangup)

    def pty_environment(self) -> Mapping[str, str]:
        """Nothing beyond this process's own environment."""
        return {}

    async def call(self, operation: AgentCall[P, T], *_: P.args, **arguments: P.kwargs) -> T:
        """Run an agent operation in a worker thread, or with ``sudo`` in a process of root's."""
        if self._agent is not None:
            return await self._agent.call(operation, arguments)
        return await asyncio.to_thread(dispatch, self._store_root, operation, arguments)

    @property
    def share_folder(self) -> str:
        """Beside the store; with ``sudo`` nowhere: consoles are root's there, and this process is not."""
        return f"{self._store_root}/shared" if self._agent is None else ""

    @property
    def far_python(self) -> FarPython | None:
        """Root's, where ``sudo`` is used."""
        return self._agent.far_python if self._agent is not None else None

    @property
    def reach(self) -> Reach:
        """As config.toml has it, else by the name this machine calls itself."""
        return self._reach or Reach(f"root@{os.uname().nodename}")

    def host_path(self, path: str) -> str:
        """Return the absolute path."""
        return os.path.abspath(path)

    def shown(self, text: str) -> str:
        """Return the text as it is."""
        return text

    async def close(self) -> None:
        """End root's process, where there is one."""
        if self._agent is not None:
            await self._agent.close()


def _root_agent(privilege: Privilege, name: str, store_root: str, keep: bool) -> RemoteAgent:
    from xentui.hosts.remote_agent import RemoteAgent  # root itself needs none

    return RemoteAgent(
        privilege.argv,
        refusal=privilege.refusal,
        host_name=name,
        store_root=store_root,
        keep=keep,
    )


def dispatch(root: str, operation: AgentCall[..., T], arguments: Mapping[str, Any]) -> T:
    """Run an agent operation in this process; raises :class:`~xentui.errors.StoreError`."""
    from xentui import agent  # only hosts with files of their own need it

    try:
        answer: T = agent.dispatch(root, operation, dict(arguments), operation.module)
        return answer
    except agent.AgentError as error:
        raise as_store_error(error.code, error.message, error.path) from error


_LIBVIRT = ("etc/libvirt/libxl", "run/libvirt/libxl")
"""Where libvirt's Xen driver has a file of XML for each domain it keeps, and for each that it runs (libxl_conf.c)."""


def found_toolstack(root: str, store_root: str) -> str:
    """Return ``libvirt`` if its Xen driver defines or runs domains below ``root`` and the store at ``store_root`` has
    none.

    For a host of xl this takes one look at a folder that does not exist.
    """
    folders = [folder for folder in (os.path.join(root, name) for name in _LIBVIRT) if os.path.isdir(folder)]
    if not any(name.endswith(".xml") for folder in folders for name in _names(folder)):
        return ""
    return "" if _names(os.path.join(store_root, "domains")) else "libvirt"


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def is_dom0() -> bool:
    """Return whether this machine is a Xen control domain (``/proc/xen/capabilities`` says ``control_d``)."""
    try:
        with open("/proc/xen/capabilities", encoding="ascii") as capabilities:
            return "control_d" in capabilities.read(4096)
    except (OSError, UnicodeDecodeError):
        return False


def why_xl_cannot_answer(*, sudo: bool = False) -> str:
    """Return why ``xl`` would not answer here, as a sentence; empty when it should.  With ``sudo`` root runs it."""
    if not is_dom0():
        return "this machine is not a Xen dom0"
    folders = [*os.get_exec_path(), *SYSTEM_FOLDERS]
    if not any(os.access(os.path.join(folder, "xl"), os.X_OK) for folder in folders):
        return "this dom0 has no xl"
    devices = [device for device in ("/dev/xen/privcmd", "/proc/xen/privcmd") if os.path.exists(device)]
    if devices and not sudo and not os.access(devices[0], os.R_OK | os.W_OK):
        return "xl needs root here, or `sudo = true` in config.toml"
    return ""
