"""The simulated host: answers like xl, without a Xen, from a folder shared by all processes of a user."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from xentui.errors import HostError, StoreError
from xentui.hosts import process
from xentui.hosts.base import Completed, NamedWith, Stream, nowhere
from xentui.hosts.local import dispatch, found_toolstack
from xentui.hosts.privilege import ignoring_hangup
from xentui.hosts.reach import Reach
from xentui.simulator import Simulator, shared_storage
from xentui.simulator.state import State

if TYPE_CHECKING:
    from xentui.hosts.base import FarPython
    from xentui.hosts.operations import AgentCall, P, T


_TOOLS = ("/usr/bin/xen-create-image", "/usr/bin/mmdebstrap")
"""Who asks for this is about to use more of what is installed on the host."""
_STORE = "/var/lib/xentui"
"""Where a real host has its store."""
_ON_STORAGE = ("look_at_storage", "around_storage", "leave_probe", "find_probe")
"""Operations that see what is mounted."""


class SimHost:
    """A simulated dom0; implements :class:`xentui.hosts.base.Host`.

    Commands that end run in this process, in a worker thread; consoles and streams are processes of their own.
    """

    def __init__(
        self, folder: Path, *, name: str = "sim", reach: Reach | None = None, toolstack: str = ""
    ) -> None:
        self._folder = folder
        self._name = name
        self._reach = reach
        self.named_with: NamedWith = nowhere
        self._toolstack = toolstack
        self.turns = 0
        self._simulator: Simulator | None = None
        self._opening = threading.Lock()

    @property
    def name(self) -> str:
        """``sim``, ``sim:NAME``, or the name config.toml gives it."""
        return self._name

    @property
    def store_root(self) -> str:
        """The managed store, in the simulator's own folder."""
        return str(self._folder / "store")

    @property
    def toolstack(self) -> str:
        """As configured, or as the simulated host's files tell."""
        return self._toolstack or found_toolstack(str(self._folder / "root"), self.store_root)

    @property
    def command_prefix(self) -> tuple[str, ...]:
        """A process of the simulator."""
        return tuple(self._process(()))

    @property
    def simulator(self) -> Simulator:
        """The simulator itself, made at first use; ``xentui sim`` drives it."""
        with self._opening:
            if self._simulator is None:
                try:
                    self._simulator = Simulator(self._folder)
                except OSError as error:
                    raise HostError(
                        f"the simulator's folder cannot be used: {error.strerror or error}",
                        subject=str(self._folder),
                        hint="set XDG_STATE_HOME to a folder that can be written",
                    ) from error
            return self._simulator

    def set_aside(self) -> bool:
        """Move a damaged state away, so that the next use makes the host again; returns whether there was one."""
        with self._opening:
            self._simulator = None
            path = self._folder / "state.db"
            if path.exists():
                State.set_aside(path)
                return True
            return False

    async def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        timeout: float | None = None,
        often: bool = False,  # noqa: ARG002 - of any the same
    ) -> Completed:
        """Run a command of the simulated host to its end."""
        try:
            async with asyncio.timeout(timeout):
                return await self._run(argv, stdin)
        except TimeoutError:
            raise HostError(
                f"`{argv[0]}` did not answer within {timeout:g} s", subject=self._name, hint="the host hangs"
            ) from None

    async def stream(self, argv: Sequence[str]) -> Stream:
        """Start a long-running command."""
        return await process.ProcessStream.start(self._process(argv))

    def pty_argv(self, argv: Sequence[str], *, survive_hangup: bool = False) -> list[str]:
        """Return a process of the simulator; its consoles are real pseudo-terminals."""
        command = self._process(argv)
        return ignoring_hangup(command) if survive_hangup else command

    def pty_environment(self) -> Mapping[str, str]:
        """Nothing beyond this process's own environment."""
        return {}

    @property
    def share_folder(self) -> str:
        """Beside the store, in the simulator's folder."""
        return f"{self.store_root}/shared"

    @property
    def far_python(self) -> FarPython | None:
        """None: it is here."""
        return None

    @property
    def reach(self) -> Reach:
        """As config.toml has it, else by the name of its folder, which lies beside those of the others."""
        return self._reach or Reach(self._folder.name)

    async def call(self, operation: AgentCall[P, T], *_: P.args, **arguments: P.kwargs) -> T:
        """Run an agent operation in a worker thread."""
        await asyncio.to_thread(lambda: self.simulator)
        asked = arguments.get("paths")
        if operation == "host_facts" or (
            isinstance(asked, list) and any(self.host_path(path) in asked for path in _TOOLS)
        ):
            await asyncio.to_thread(self.simulator.furnish)
        elif operation in _ON_STORAGE:
            await asyncio.to_thread(self.simulator.mount)
        try:
            return await asyncio.to_thread(self._dispatch, operation, arguments)
        except StoreError as error:
            raise StoreError(
                self.shown(error.message),
                code=error.code,
                subject=self.shown(error.subject),
                hint=error.hint,
                details=[self.shown(line) for line in error.details],
            ) from error

    def _dispatch(self, operation: AgentCall[P, T], arguments: Mapping[str, Any]) -> T:
        """Run an operation; of a file server's folder as the server lets it."""
        if operation not in _ON_STORAGE:
            return dispatch(self.store_root, operation, arguments)
        shared_storage.seen(self.simulator.state, operation, None)
        answer = dispatch(self.store_root, operation, arguments)
        return cast("T", shared_storage.seen(self.simulator.state, operation, answer))

    def host_path(self, path: str) -> str:
        """Return where a path of the simulated host really lies."""
        return str(self.simulator.host_path(path))

    def shown(self, text: str) -> str:
        """Return the simulated host's own paths, and its store's, as they are on a real one."""
        there = text.replace(f"{self.store_root}/", f"{_STORE}/")
        return there.replace(f"{self.simulator.files.root}/", "/")

    async def close(self) -> None:
        """Let go of the state; the host goes on existing."""
        if self._simulator is not None:
            self._simulator.close()
            self._simulator = None

    def _process(self, argv: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "xentui.simulator", "--state", str(self._folder), *argv]

    async def _run(self, argv: Sequence[str], stdin: bytes) -> Completed:
        cancel = threading.Event()
        work = asyncio.ensure_future(
            asyncio.to_thread(lambda: self.simulator.run(argv, stdin, cancel=cancel))
        )
        try:
            result = await asyncio.shield(work)
        except asyncio.CancelledError:
            cancel.set()
            await asyncio.gather(work, return_exceptions=True)
            raise
        return Completed(tuple(argv), result.exit_code, result.stdout, result.stderr)
