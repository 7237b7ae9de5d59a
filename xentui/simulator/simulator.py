"""The simulated host as the rest of xentui sees it: argv in, exit status and output out."""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import field
from importlib import import_module
from itertools import dropwhile
from pathlib import Path

from xentui.agent.files import safe_folder
from xentui.errors import HostError, Suggest
from xentui.frozen import dataclass
from xentui.simulator import shared_storage
from xentui.simulator.call import Call, Exit, Interrupted, Sink
from xentui.simulator.files import HostFiles
from xentui.simulator.machine import Machine
from xentui.simulator.state import State

#: Commands of the simulated host besides xl: the module and function that answers.
_COMMANDS = {
    "xl": ("xl.dispatch", "run"),
    "xentui-wake": ("xl.images", "wake"),
    "xen-create-image": ("xen_tools", "create"),
    "xentop": ("xentop", "run"),
    "xenstore-read": ("xenstore", "read"),
    "xenstore-list": ("xenstore", "list_nodes"),
    "xenstore-ls": ("xenstore", "tree"),
    "xenstore-watch": ("watch", "run"),
    "cat": ("tools", "cat"),
    "losetup": ("storage", "losetup"),
    "lsblk": ("storage", "lsblk"),
    "lvcreate": ("storage", "lvcreate"),
    "lvextend": ("storage", "lvextend"),
    "lvreduce": ("storage", "lvreduce"),
    "lvremove": ("storage", "lvremove"),
    "lvrename": ("storage", "lvrename"),
    "lvs": ("storage", "lvs"),
    "vgs": ("storage", "vgs"),
    "virsh": ("virsh.dispatch", "run"),
    "zfs": ("zfs", "zfs"),
    "qemu-img": ("storage", "qemu_img"),
    "blkid": ("storage_setup", "blkid"),
    "exportfs": ("storage_setup", "exportfs"),
    "mkfs.ext4": ("systems", "make_file_system"),
    "mkfs.xfs": ("systems", "make_file_system"),
    "mkfs.ocfs2": ("storage_setup", "mkfs_ocfs2"),
    "mount": ("storage_setup", "mount"),
    "o2cb": ("storage_setup", "o2cb"),
    "wipefs": ("storage_setup", "wipefs"),
    "ps": ("processes", "ps"),
    "python3": ("tools", "python"),
    "who": ("processes", "who"),
    "df": ("readiness", "df"),
    "mkdir": ("readiness", "mkdir"),
    "modprobe": ("readiness", "modprobe"),
    "service": ("readiness", "service"),
    "ssh": ("ssh", "ssh"),
    "systemctl": ("readiness", "systemctl"),
    "test": ("tools", "test"),
    "true": ("tools", "true"),
    "uname": ("tools", "uname"),
    "unshare": ("xen_tools", "unshare"),
    "update-grub": ("readiness", "update_grub"),
}
INTERRUPTED = 130
NOT_FOUND = 127


@dataclass(frozen=True, slots=True)
class Result:
    """A command that has run: exit status and the whole of both outputs."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class Simulator:
    """A host that exists in ``folder`` only.

    ``clock`` gives its time in seconds since 1970, ``sleep`` waits for that many seconds and tells whether
    the wait was
    broken off (default: a real wait that a cancelled command ends).  A folder used for the first time is
    filled with
    ``domains`` domains, see :func:`xentui.simulator.seed.populate`.  Safe to use from several threads and
    processes at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], bool] | None = None,
        domains: int = 12,
    ) -> None:
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100 - links on the way must stay as they are
        if problem := safe_folder.problem(str(self.folder)):
            raise HostError(
                f"the simulator's folder cannot be used: {problem}",
                subject=str(self.folder),
                hint="set XDG_STATE_HOME to a folder of your own",
            )
        self.clock = clock
        self._sleep = sleep
        self.files = HostFiles(self.folder)
        self.state = State(self.folder / "state.db")
        self.machine = Machine(self.state, self.files)
        if self.state.get("made") is None:
            from xentui.simulator import seed  # only the first use needs it

            seed.populate(self, domains=domains, number=_number(self.folder.name), again=False)

    def close(self) -> None:
        """Let go of the state; the host goes on existing."""
        self.state.close()

    def furnish(self) -> None:
        """Have the files there that a check of the host reads."""
        from xentui.simulator.readiness import Installed  # few look at them

        Installed(self.files, self.state).furnish()

    def mount(self) -> None:
        """Have the host tell what it has mounted."""
        self.furnish()
        shared_storage.mount(self.files, self.state)

    def host_path(self, path: str) -> Path:
        """Return where a path of the simulated host really lies; see :class:`HostFiles`."""
        return self.files.path(path)

    def run(
        self,
        argv: Sequence[str],
        stdin: bytes = b"",
        on_stderr: Sink | None = None,
        *,
        cancel: threading.Event | None = None,
        cwd: str = "",
        on_stdout: Sink | None = None,
    ) -> Result:
        """Run a command of the simulated host to its end.

        ``on_stderr`` and ``on_stdout`` are handed each piece of output as it comes, besides its being
        collected;
        setting ``cancel`` ends the command (exit status 130).  Relative paths in ``argv`` are real ones
        seen from
        ``cwd``.  Raises HostError while the host is made to be away (see :mod:`xentui.simulator.control`).
        """
        out, err = _Collector(on_stdout), _Collector(on_stderr)
        code = self.execute(argv, out, err, stdin=stdin, cancel=cancel, cwd=cwd)
        return Result(code, bytes(out.data), bytes(err.data))

    def execute(
        self,
        argv: Sequence[str],
        stdout: Sink,
        stderr: Sink,
        *,
        stdin: bytes = b"",
        cancel: threading.Event | None = None,
        cwd: str = "",
        attached: bool = False,
    ) -> int:
        """Run a command, handing its output on as it comes; returns its exit status.

        ``attached``: this process's standard input and output are the user's, and consoles may use them.
        """
        cancel = cancel or threading.Event()
        call = Call(
            argv=tuple(argv),
            state=self.state,
            machine=self.machine,
            files=self.files,
            clock=self.clock,
            sleep=self._sleep or cancel.wait,
            stdout=stdout,
            stderr=stderr,
            stdin=stdin,
            cwd=cwd,
            cancel=cancel,
            attached=attached,
        )
        try:
            self._reach(call)
            words = _without_env(argv)
            place = _COMMANDS.get(words[0].rpartition("/")[2]) if words else None
            if place is None:
                call.err(f"{words[0] if words else ''}: command not found\n")
                return NOT_FOUND
            answer = getattr(import_module(f"xentui.simulator.{place[0]}"), place[1])
            return int(answer(call, tuple(words[1:])))
        except Exit as end:
            return end.code
        except Interrupted:
            return INTERRUPTED

    def _reach(self, call: Call) -> None:
        """Wait while the host hangs; raises HostError while it is away."""
        if self.state.get("away", False):
            raise HostError(
                "the simulated host is away",
                subject="sim",
                hint=(Suggest("host.sim", "return"), " brings it back."),
            )
        until = float(self.state.get("hangs_until", 0.0))
        while (left := until - self.clock()) > 0:
            if call.sleep(min(left, 1.0)) or call.cancel.is_set():
                raise Interrupted


def _without_env(argv: Sequence[str]) -> Sequence[str]:
    """Return the command behind ``env NAME=VALUE …``: none here heeds a variable."""
    if argv[:1] != ["env"] and argv[:1] != ("env",):
        return argv
    return list(dropwhile(lambda word: "=" in word, argv[1:]))


@dataclass(slots=True)
class _Collector:
    """Output, kept and handed on."""

    also: Sink | None = None
    data: bytearray = field(default_factory=bytearray)

    def __call__(self, piece: bytes) -> None:
        self.data += piece
        if self.also is not None:
            self.also(piece)


def _number(folder: str) -> int:
    """Return what the identities of a host's domains are made from: hosts beside the first, ``sim-NAME``, have
    others.
    """
    return 1 + zlib.crc32(folder.encode()) if folder.startswith("sim-") else 1
