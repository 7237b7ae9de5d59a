"""A network in a folder, and a host on it."""

from __future__ import annotations

import ast
import shlex
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from xentui.hosts import login_retry
from xentui.hosts.ssh import SshHost

FAKE_SSH = f"{shlex.quote(sys.executable)} -I -S {shlex.quote(str(Path(__file__).with_name('fake_ssh.py')))}"


class Network:
    """What the fake ssh sees and has seen."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        folder.mkdir()
        monkeypatch.setenv("FAKE_SSH", str(folder))
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        monkeypatch.setattr(login_retry, "_PAUSE", 0.0)

    def fail(self, how: str) -> None:
        """Let the next connections fail in that way; "" lets them succeed."""
        self._monkeypatch.setenv("FAKE_SSH_FAIL", how)
        self._monkeypatch.delenv("FAKE_SSH_MUTE", raising=False)

    def mute(self, then: str = "timeout") -> None:
        """Let the next connections be made and nothing come, until :meth:`answer`; what comes then is that failure."""
        self.fail(then)
        self._monkeypatch.setenv("FAKE_SSH_MUTE", "1")

    def answer(self) -> None:
        """Let all that are mute say what they have to."""
        (self.folder / "answer").touch()

    def drop(self, count: int) -> None:
        """Let that many of the next logins be dropped before they begin."""
        (self.folder / "drop").mkdir(exist_ok=True)
        for number in range(count):
            (self.folder / "drop" / str(number)).touch()

    def hang_up(self) -> None:
        """End the kept connection."""
        (self.folder / "master").unlink(missing_ok=True)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Each start of ssh: its options, target and command."""
        path = self.folder / "calls"
        return [ast.literal_eval(line) for line in path.read_text().splitlines()] if path.exists() else []

    def count(self) -> None:
        """Note from now on what is sent."""
        self._monkeypatch.setenv("FAKE_SSH_COUNT", "1")

    @property
    def sent(self) -> int:
        """How many bytes the far side has been sent since this was asked last, command lines included."""
        path = self.folder / "sent"
        lengths = [int(line.split()[0]) for line in path.read_text().splitlines()] if path.exists() else []
        path.unlink(missing_ok=True)
        return sum(lengths)

    @property
    def commands(self) -> list[str]:
        """The far commands that were run, in order."""
        return [call["command"][0] for call in self.calls if call["command"]]


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A network where every connection succeeds."""
    return Network(tmp_path / "network", monkeypatch)


@pytest.fixture
async def far(network: Network, tmp_path: Path) -> AsyncIterator[SshHost]:
    """A host over SSH, with no store yet."""
    host = SshHost("ssh://root@xen1", command=FAKE_SSH, store_root=str(tmp_path / "store"))
    yield host
    await host.close()
