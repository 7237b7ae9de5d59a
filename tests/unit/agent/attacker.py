"""Another user of the host, who does what he can to folders that root works in, in a loop, while root does."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

NOBODY = 65534
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2

Step = Callable[[], None]


@contextlib.contextmanager
def attacking(step: Step) -> Iterator[None]:
    """Have user ``nobody`` do a step over and over, in a process of his own, until the block is left."""
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(told, b"x")
            while True:
                with contextlib.suppress(OSError):
                    step()
        finally:
            os._exit(1)
    os.read(ready, 1)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ready)
        os.close(told)


def exchange(one: Path, other: Path) -> None:
    """Let two names change places at one instant (renameat2(2))."""
    done = ctypes.CDLL(None, use_errno=True).renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE
    )
    if done != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def hold(path: Path) -> Step:
    """Lock a file or a folder that one may read, and keep it."""
    held: list[int] = []

    def step() -> None:
        if not held:
            held.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        fcntl.flock(held[0], fcntl.LOCK_EX | fcntl.LOCK_NB)

    return step


class Ground:
    """A folder everybody may pass through, with root's secrets in it: what an attack is to change."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="xentui-attack-", dir="/tmp"))
        self.path.chmod(0o755)
        self.secret = self.path / "secret"
        self.secret.write_text("root's\n")
        self.secret.chmod(0o600)
        self.victim = self.path / "victim"
        (self.victim / "sub").mkdir(parents=True)
        for name in ("one", "web1.cfg", "web1", "sub/two"):
            (self.victim / name).write_text("root's\n")
        self.victim.chmod(0o755)
        self._before = self._seen()

    def _seen(self) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for path in sorted([self.secret, self.victim, *self.victim.rglob("*")]):
            status = path.lstat()
            text = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            found.append((str(path), status.st_mode, status.st_uid, status.st_gid, status.st_ino, text))
        return found

    def remember(self) -> None:
        """Take what is there now for what is not to be harmed."""
        self._before = self._seen()

    @property
    def harmed(self) -> bool:
        """Whether anything of root's is not as it was."""
        return self._seen() != self._before

    def folder(self, name: str, *, mode: int = 0o755, owner: int = NOBODY) -> Path:
        """A folder of that mode and owner."""
        path = self.path / name
        path.mkdir(exist_ok=True)
        os.chown(path, owner, owner if owner == 0 else NOBODY)
        path.chmod(mode)
        return path

    def close(self) -> None:
        shutil.rmtree(self.path)
