"""Consoles shared over real SSH connections that are cut: OpenSSH's own server, on this machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.sshd import client, needed, serving_ssh, user
from tests.unit.console.far_xl import put_xl
from tests.unit.console.support import shown, until
from tests.xen.line import Line
from xentui.agent.console.shares import console_holder
from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.console.live import CUT_OFF, LOST, UNSHARED
from xentui.errors import XentuiError
from xentui.hosts.ssh import SshHost
from xentui.toolstack.xl.toolstack import XlToolstack

pytestmark = needed
UUID = "11111111-2222-3333-4444-555555555555"
SETTINGS = "ListenAddress 127.0.0.1\nSetEnv PATH={folder}/bin:{path} LOCKS={folder}/locks\n"


class Far:
    """A host with a real sshd, and lines to it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.lines: list[Line] = []
        self._port = port

    def line(self) -> Line:
        """Another line to it, of its own."""
        self.lines.append(Line(self._port))
        return self.lines[-1]

    def client(self) -> int:
        """The process that has the console last."""
        return int((self.folder / "locks" / "3.pid").read_text())

    @property
    def sockets(self) -> list[str]:
        """What lies in the folder of what is shared."""
        folder = self.store / "shared"
        return sorted(os.listdir(folder)) if folder.exists() else []

    @property
    def is_shared(self) -> bool:
        return bool(console_holder(str(self.store), names=["3.sock"])["name"])


class Admin:
    """One who reaches the host by a line of his own."""

    def __init__(self, far: Far) -> None:
        self.line = far.line()
        self.host = SshHost(
            f"ssh://{user()}@127.0.0.1:{self.line.port}",
            command=client(far.folder),
            store_root=str(far.store),
        )
        self.hub = ConsoleHub(self.host, XlToolstack(self.host), history=30_000)

    async def attach(self) -> LiveConsole:
        return await self.hub.open(uuid=UUID, name="web1", domid=3, argv=["xl", "console", "3"])

    async def holds(self, far: Far) -> LiveConsole:
        console = await self.attach()
        await until(lambda: "ready" in shown(console.session.emulator))
        await until(lambda: far.is_shared)
        return console

    async def watches(self) -> LiveConsole:
        console = await self.attach()
        await until(lambda: console.shared)
        await self.hub.watch(UUID)
        await until(lambda: "ready" in shown(console.session.emulator))
        return console

    def cut(self, how: str) -> None:
        """Cut the line: what is between breaks, or the ssh here is killed."""
        if how == "broken":
            self.line.cut()
            return
        os.kill(self.ssh, signal.SIGKILL)

    @property
    def ssh(self) -> int:
        """The process that keeps his connection; 0 where there is none."""
        done = subprocess.run(
            self.host._ssh(["-O", "check"], None), capture_output=True, text=True, check=False
        )
        found = re.search(r"pid=(\d+)", done.stderr)
        return int(found[1]) if found else 0

    async def close(self) -> None:
        await self.hub.close_all()
        await self.host.close()
        if process := self.ssh:
            os.kill(process, signal.SIGTERM)
        self.line.close()


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    """A host whose ``xl`` has consoles with one client each."""
    for name in ("bin", "locks"):
        (tmp_path / name).mkdir(mode=0o700)
    put_xl(tmp_path / "bin")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    settings = SETTINGS.format(folder=tmp_path, path=os.environ["PATH"])
    # The address of a socket is short.
    with tempfile.TemporaryDirectory(prefix="xentui-") as run, serving_ssh(tmp_path, settings) as port:
        monkeypatch.setenv("XDG_RUNTIME_DIR", run)
        yield Far(tmp_path, port)


@pytest.fixture
async def admins(far: Far) -> AsyncIterator[tuple[Admin, Admin]]:
    """Two of them."""
    pair = Admin(far), Admin(far)
    for admin in pair:
        await admin.host.run(["true"])
    yield pair
    for admin in pair:
        await admin.close()


async def nothing_is_left(far: Far, client: int) -> None:
    """The console was let go of, and nothing lies where it was shared."""
    await until(lambda: not os.path.exists(f"/proc/{client}"))
    await until(lambda: not far.sockets)


@pytest.mark.parametrize("how", ["broken", "killed"])
async def test_who_watches_is_told_that_the_line_of_the_holder_was_cut_and_gets_it(
    far: Far, admins: tuple[Admin, Admin], how: str
) -> None:
    one, two = admins
    first = await one.holds(far)
    second = await two.watches()
    client = far.client()
    one.cut(how)
    await until(lambda: second.status == CUT_OFF)
    assert "the line of who held the console was cut" in shown(second.session.emulator)
    await until(lambda: first.status == LOST)
    await nothing_is_left(far, client)
    await two.attach()
    await until(lambda: far.is_shared)
    second.session.write(b"mine")
    await until(lambda: "<mine>" in shown(second.session.emulator))
    if how == "broken":
        one.line.mend()
    again = await one.attach()
    await until(lambda: again.status.startswith("held by "))


async def test_who_watches_is_told_that_the_holder_has_left_it(far: Far, admins: tuple[Admin, Admin]) -> None:
    one, two = admins
    await one.holds(far)
    second = await two.watches()
    await one.hub.close(UUID)
    await until(lambda: second.status == UNSHARED)


@pytest.mark.parametrize("how", ["broken", "killed"])
async def test_the_holder_does_not_notice_that_the_line_of_a_watcher_was_cut(
    far: Far, admins: tuple[Admin, Admin], how: str
) -> None:
    one, two = admins
    first = await one.holds(far)
    second = await two.watches()
    client = far.client()
    first.session.write(b"flood")
    await until(lambda: "line " in shown(second.session.emulator))
    two.cut(how)
    await until(lambda: second.status == LOST)
    await until(lambda: "<flood>" in shown(first.session.emulator))
    first.session.write(b"on")
    await until(lambda: "<on>" in shown(first.session.emulator))
    assert (first.ended, far.client(), far.sockets) == (False, client, ["3.sock"])
    two.line.mend()
    again = await two.attach()
    await until(lambda: again.shared)
    await two.hub.watch(UUID)
    first.session.write(b"seen again")
    await until(lambda: "<seen again>" in shown(again.session.emulator))


@pytest.mark.parametrize("how", ["broken", "killed"])
async def test_a_line_that_is_cut_in_a_flood_lets_go_of_its_console(
    far: Far, admins: tuple[Admin, Admin], how: str
) -> None:
    one, two = admins
    first = await one.holds(far)
    second = await two.watches()
    client = far.client()
    first.session.write(b"flood")
    await until(lambda: "line " in shown(second.session.emulator))
    one.cut(how)
    await until(lambda: second.ended)
    await nothing_is_left(far, client)


async def test_a_line_that_is_cut_before_the_guest_prints_anything_leaves_nothing(
    far: Far, admins: tuple[Admin, Admin]
) -> None:
    one, two = admins
    (far.folder / "locks" / "wait").touch()
    first = await one.attach()
    await until((far.folder / "locks" / "3.pid").exists)
    client = far.client()
    one.cut("killed")
    await until(lambda: first.ended)
    await nothing_is_left(far, client)
    (far.folder / "locks" / "wait").unlink()
    await two.holds(far)


async def test_what_is_left_of_one_that_was_killed_is_recognised(
    far: Far, admins: tuple[Admin, Admin]
) -> None:
    one, two = admins
    first = await one.holds(far)
    second = await two.watches()
    client = far.client()
    os.kill(_parent(client), signal.SIGKILL)
    await until(lambda: first.status == LOST and second.status == CUT_OFF)
    assert "who held the console is gone" in shown(second.session.emulator)
    await until(lambda: not os.path.exists(f"/proc/{client}"))
    assert far.sockets == ["3.sock"]
    assert not far.is_shared
    with pytest.raises(XentuiError, match="is not shared"):
        await two.hub.watch(UUID)
    await two.holds(far)
    assert far.sockets == ["3.sock"]
    await two.hub.close(UUID)
    await until(lambda: not far.sockets)


async def test_a_console_whose_line_hangs_is_taken_over_at_once(
    far: Far, admins: tuple[Admin, Admin]
) -> None:
    """As a machine that is asleep: no end of its connection comes."""
    one, two = admins
    await one.holds(far)
    second = await two.watches()
    stopped = one.ssh
    os.kill(stopped, signal.SIGSTOP)
    try:
        await two.hub.take_over(UUID)
        await two.attach()
        second.session.write(b"mine")
        await until(lambda: "<mine>" in shown(second.session.emulator))
    finally:
        os.kill(stopped, signal.SIGCONT)


async def test_a_boot_whose_line_is_cut_goes_on(far: Far, admins: tuple[Admin, Admin]) -> None:
    one, two = admins
    argv = ["xl", "create", "-c", "/x.cfg", "3"]
    boot = await one.hub.open(uuid=UUID, name="web1", domid=-1, argv=argv, boot=True)
    await until(lambda: "ready" in shown(boot.session.emulator))
    second = await two.watches()
    one.cut("broken")
    await until(lambda: second.ended and boot.ended)
    await until((far.folder / "locks" / "booted").exists)
    await until(lambda: not far.sockets)


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
