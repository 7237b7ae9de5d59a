"""Consoles shared by who reaches the host over SSH: the console runs below a process on the host, which shares it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.agent.console.test_share_server import is_shared
from tests.unit.console.far_xl import put_xl
from tests.unit.console.support import PATIENCE, shown, until
from tests.unit.hosts.conftest import FAKE_SSH, Network
from xentui.agent.console import host_end, line_end, line_frames
from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.errors import NotAllowedError
from xentui.hosts.local import LocalHost
from xentui.hosts.ssh import SshHost
from xentui.toolstack.xl.toolstack import XlToolstack

__all__ = ["network"]
U = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A host with an ``xl`` whose consoles have one client each."""
    folder = tmp_path / "bin"
    folder.mkdir()
    put_xl(folder)
    sudo = folder / "sudo"
    sudo.write_text('#!/bin/sh\n[ "$1 $2" = "-n --" ] || exit 1\nshift 2\nexec "$@"\n')
    sudo.chmod(0o755)
    (tmp_path / "locks").mkdir()
    monkeypatch.setenv("LOCKS", str(tmp_path / "locks"))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Network(tmp_path / "network", monkeypatch)


def far_host(tmp_path: Path) -> SshHost:
    return SshHost("ssh://root@xen1", command=FAKE_SSH, store_root=str(tmp_path / "store"))


@pytest.fixture
async def hubs(network: Network, tmp_path: Path) -> AsyncIterator[dict[str, ConsoleHub]]:
    """Two admins who reach the host over SSH, one who is on it, and one there who is not root."""
    hosts: dict[str, SshHost | LocalHost] = {
        "one": far_host(tmp_path),
        "two": far_host(tmp_path),
        "here": LocalHost(str(tmp_path / "store")),
        "sudo": LocalHost(str(tmp_path / "store"), sudo=True),
    }
    hubs = {name: ConsoleHub(host, XlToolstack(host), history=30_000) for name, host in hosts.items()}
    yield hubs
    for hub in hubs.values():
        await hub.close_all()
    for host in hosts.values():
        await host.close()


async def attach(hub: ConsoleHub) -> LiveConsole:
    return await hub.open(uuid=U, name="web1", domid=3, argv=["xl", "console", "3"])


async def held(hub: ConsoleHub, tmp_path: Path) -> LiveConsole:
    console = await attach(hub)
    await until(lambda: "ready" in shown(console.session.emulator))
    await until(lambda: is_shared(tmp_path / "store" / "shared", 3))
    return console


def last(console: LiveConsole) -> str:
    """The last line on a console."""
    lines = shown(console.session.emulator).split("\n")
    return next((line for line in reversed(lines) if line.strip()), "")


PAIRS = [("one", "two"), ("one", "here"), ("here", "one"), ("sudo", "one"), ("here", "sudo")]


@pytest.mark.parametrize(("holder", "other"), PAIRS)
async def test_it_is_watched_taken_over_and_handed_back(
    hubs: dict[str, ConsoleHub], tmp_path: Path, holder: str, other: str
) -> None:
    first = await held(hubs[holder], tmp_path)
    second = await attach(hubs[other])
    await until(lambda: second.shared)
    assert second.status.startswith("held by ")
    assert (" at " in second.status) is (holder != "here")
    await hubs[other].watch(U)
    await until(lambda: "ready" in shown(second.session.emulator))
    first.session.write(b"typed by the holder")
    await until(lambda: "<typed by the holder>" in shown(second.session.emulator))
    second.session.write(b"typed by who watches")
    taken: list[str] = []
    hubs[holder].on_taken = lambda _console, who: taken.append(who)
    for _ in range(2):
        await hubs[other].take_over(U)
        await until(lambda: first.ended and first.status.startswith("taken over by "))
        await attach(hubs[other])
        second.session.write(b"mine now")
        await until(lambda: "<mine now>" in last(second))
        assert "who watches" not in shown(second.session.emulator)
        await attach(hubs[holder])
        await until(lambda: first.shared)
        await hubs[holder].take_over(U)
        await until(lambda: second.status.startswith("taken over by "))
        await attach(hubs[holder])
        first.session.write(b"mine again")
        await until(lambda: "<mine again>" in last(first))
        await attach(hubs[other])
        await until(lambda: second.shared)
    assert len(taken) == 2 and all(taken)


async def test_who_leaves_has_let_go_of_it(hubs: dict[str, ConsoleHub], tmp_path: Path) -> None:
    first = await held(hubs["one"], tmp_path)
    first.session.write(b"x" * 100)
    await hubs["one"].close(U)
    assert first.session.result is not None
    assert (first.session.result.exit_code, first.session.result.left) == (0, True)
    second = await attach(hubs["two"])
    await until(lambda: "ready" in shown(second.session.emulator))
    assert second.status == "attached"


async def test_the_leave_key_for_the_guest_does_not_leave(
    hubs: dict[str, ConsoleHub], tmp_path: Path
) -> None:
    first = await held(hubs["one"], tmp_path)
    first.session.send_leave()
    first.session.write(b"on")
    await until(lambda: "on>" in shown(first.session.emulator))
    first.session.write(b"\x1d")
    await until(lambda: first.status == "left: the guest runs on")


async def test_a_line_that_is_cut_frees_the_console_and_is_attached_again(
    hubs: dict[str, ConsoleHub], tmp_path: Path
) -> None:
    first = await held(hubs["one"], tmp_path)
    client = int((tmp_path / "locks" / "3.pid").read_text())
    os.kill(_line_of(client), signal.SIGKILL)
    await until(lambda: first.status == "ended: the connection was lost")
    await until(lambda: not os.path.exists(f"/proc/{client}"))
    second = await attach(hubs["two"])
    await until(lambda: "ready" in shown(second.session.emulator))


def _line_of(client: int) -> int:
    """The process below which a console runs."""
    return int(Path(f"/proc/{client}/stat").read_text().rpartition(")")[2].split()[1])


def _near_end_of(client: int) -> int:
    """The process at this end of the line below which a console runs."""
    process = client
    while b"xentui.console.remote_line" not in Path(f"/proc/{process}/cmdline").read_bytes():
        process = _line_of(process)
    return process


async def test_who_is_killed_has_let_go_of_it(hubs: dict[str, ConsoleHub], tmp_path: Path) -> None:
    first = await held(hubs["one"], tmp_path)
    client = int((tmp_path / "locks" / "3.pid").read_text())
    os.kill(_near_end_of(client), signal.SIGKILL)
    await until(lambda: first.ended)
    await until(lambda: not is_shared(tmp_path / "store" / "shared", 3))
    await until(lambda: not os.path.exists(f"/proc/{client}"))


async def test_a_host_without_python_has_its_consoles_unshared(
    hubs: dict[str, ConsoleHub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("xl", "sh"):
        (folder / name).symlink_to(tmp_path / "bin" / "xl" if name == "xl" else "/bin/sh")
    monkeypatch.setenv("FAKE_SSH_PATH", str(folder))
    first = await attach(hubs["one"])
    await until(lambda: "ready" in shown(first.session.emulator))
    assert not is_shared(tmp_path / "store" / "shared", 3)


async def test_a_watcher_sees_the_newest_of_a_flood(hubs: dict[str, ConsoleHub], tmp_path: Path) -> None:
    first = await held(hubs["one"], tmp_path)
    second = await attach(hubs["two"])
    await until(lambda: second.shared)
    await hubs["two"].watch(U)
    await until(lambda: "ready" in shown(second.session.emulator))
    first.session.write(b"flood")
    await until(lambda: "<flood>" in shown(first.session.emulator))
    await until(lambda: "<flood>" in shown(second.session.emulator))
    assert "line  19999" in shown(second.session.emulator)
    history = first.session.emulator.history_text()
    assert [line for line in history if line.startswith("line ")][:2] == ["line      0", "line      1"]


async def test_nobody_else_may_join(hubs: dict[str, ConsoleHub], tmp_path: Path) -> None:
    await held(hubs["one"], tmp_path)
    folder = tmp_path / "store" / "shared"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "3.sock").stat().st_mode) == 0o600


async def test_a_boot_is_shared_from_its_first_line_and_outlives_its_line(
    hubs: dict[str, ConsoleHub], tmp_path: Path
) -> None:
    boot = await hubs["one"].open(
        uuid=U, name="web1", domid=-1, argv=["xl", "create", "-c", "/x.cfg", "3"], boot=True
    )
    await until(lambda: "ready" in shown(boot.session.emulator))
    second = await attach(hubs["two"])
    await until(lambda: second.shared)
    await hubs["two"].watch(U)
    await until(lambda: "ready" in shown(second.session.emulator))
    client = int((tmp_path / "locks" / "3.pid").read_text())
    os.kill(_near_end_of(client), signal.SIGKILL)
    await until(lambda: boot.ended)
    await until((tmp_path / "locks" / "booted").exists)


async def test_a_boot_that_is_taken_over_has_not_failed(hubs: dict[str, ConsoleHub], tmp_path: Path) -> None:
    argv = ["xl", "create", "-c", "/x.cfg", "3"]
    boot = await hubs["one"].open(uuid=U, name="web1", domid=-1, argv=argv, boot=True)
    await until(lambda: "ready" in shown(boot.session.emulator))
    second = await attach(hubs["here"])
    await until(lambda: second.shared)
    await hubs["here"].take_over(U)
    await until(lambda: boot.status.startswith("taken over by "))
    assert boot.session.result is not None
    assert (boot.session.result.exit_code, boot.session.result.left) == (0, True)
    assert (tmp_path / "locks" / "booted").exists()


async def test_its_size_is_passed_on(hubs: dict[str, ConsoleHub], tmp_path: Path) -> None:
    """pygrub draws its menu by it."""
    first = await held(hubs["one"], tmp_path)
    first.session.resize(100, 30)

    def asked() -> bool:
        first.session.write(b"size")
        return "(100, 30)" in shown(first.session.emulator)

    await until(asked)


def test_the_last_words_wait_for_a_line_that_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has ended meanwhile is not cut short: more of it has come than the line has taken."""
    monkeypatch.setattr(host_end, "WINDOW", 1000)
    monkeypatch.setattr(host_end, "_PATIENCE", 0.05)
    said, heard = os.pipe(), os.pipe()
    prints = "import os; os.write(1, b'x' * 8000 + b'last')"
    wanted = {"names": ["3.sock"], "who": "eve", "argv": [sys.executable, "-I", "-S", "-c", prints]}
    console = host_end.HeldConsole(str(tmp_path / "store"), wanted, line_end.LineEnd(said[0], heard[1]))
    serving = threading.Thread(target=console.serve)
    serving.start()
    frames, printed = line_frames.Frames(), b""
    while data := os.read(heard[0], 1 << 16):
        found = frames.take(data)
        printed += b"".join(frame.content for frame in found if frame.kind == line_frames.DATA)
        if any(frame.kind == line_frames.END for frame in found):
            break
        serving.join(0.5)  # so long it takes no more
        taken = line_frames.COUNT.pack(sum(len(frame.content) for frame in found))
        os.write(said[1], line_frames.packed(line_frames.DONE, taken))
    serving.join(PATIENCE)
    assert printed == b"x" * 8000 + b"last"
    for descriptor in (*said, *heard):
        os.close(descriptor)


def test_one_that_says_nothing_is_taken_for_gone_and_a_watcher_told(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a machine that is off: no end of the connection comes from there."""
    monkeypatch.setattr(line_end, "SILENCE", 0.5)
    said, heard = os.pipe(), os.pipe()
    wanted = {"names": ["3.sock"], "who": "eve", "argv": ["xl", "console", "3"]}
    line = line_end.LineEnd(said[0], heard[1])

    def serve() -> None:
        with pytest.raises(line_end.GoneError):
            host_end.HeldConsole(str(tmp_path / "store"), wanted, line).serve()

    serving = threading.Thread(target=serve)
    serving.start()
    serving.join(PATIENCE)
    assert not serving.is_alive()
    client = int((tmp_path / "locks" / "3.pid").read_text())
    assert not os.path.exists(f"/proc/{client}")
    assert not is_shared(tmp_path / "store" / "shared", 3)
    for descriptor in (*said, *heard):
        os.close(descriptor)


GREETS = """
import json, sys, time
told = json.loads(sys.stdin.buffer.readline())
print("Welcome to xen1\\n" + told["greeting"], flush=True)
time.sleep(600)
"""


FLOODS = """
import json, sys
told = json.loads(sys.stdin.buffer.readline())
print("\\n" + told["greeting"], flush=True)
for _ in range(4096):
    sys.stdout.buffer.write(b"d\\0\\0\\xff\\xff" + b"x" * 65535)
"""
SLOW = """
import json, sys, time
told = json.loads(sys.stdin.buffer.readline())
time.sleep(1)
sys.stdout.buffer.write(b"\\n" + told["greeting"].encode() + b"\\ne\\0\\0\\0\\x08\\0\\0\\0\\x07over")
"""
WANTS = """
import json, sys, time
told = json.loads(sys.stdin.buffer.readline())
print("\\n" + told["wanted"], flush=True)
time.sleep(600)
"""
NONSENSE = FLOODS.replace("range(4096)", "range(1)").replace('b"d', 'b"?')


@pytest.mark.parametrize(
    ("far", "said", "code"),
    [
        (FLOODS, "the host sends more than it was let", 255),
        (NONSENSE, "the data from the connection is not valid", 255),
        (SLOW, "--- over ---", 7),
        (WANTS, "xentui was replaced by another version", 255),
        (GREETS, "the connection was silent for 0.5 s", 255),
        ("import sys; sys.exit('ssh: connect to host xen1 port 22: Connection refused')", "plainly", 0),
        ("import sys; sys.stderr.write('Connection refused'); sys.exit(255)", "Connection refused", 255),
        ("import sys; sys.stdout.write('x' * 70000); sys.exit(0)", "other output comes without end", 255),
        ("print('a' * 10); raise SystemExit(127)", "plainly", 0),
    ],
)
def test_what_is_said_when_the_host_does_not_answer_as_it_should(
    tmp_path: Path, far: str, said: str, code: int
) -> None:
    told = {
        "command": [sys.executable, "-c", far],
        "root": str(tmp_path),
        "keep": False,
        "sha256": "0" * 64,
        "plain": ["echo", "plainly"],
        "wanted": {"names": ["3.sock"], "who": "eve", "argv": ["xl", "console", "3"]},
    }
    program = f"""
import sys
from xentui.agent.console import line_end
from xentui.console import remote_line
line_end.SILENCE = 0.5
sys.exit(remote_line.main({json.dumps(told)!r}))
"""
    nobody_types, typing = os.pipe()
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        stdin=nobody_types,
    )
    os.close(nobody_types)
    os.close(typing)
    assert (said in done.stdout, done.returncode) == (True, code), done


@pytest.mark.parametrize("holder", ["one", "here"])
async def test_who_has_the_name_of_a_renamed_domain_is_not_shown_its_console(
    hubs: dict[str, ConsoleHub], holder: str
) -> None:
    boot = await hubs[holder].open(
        uuid="", name="web1", domid=-1, argv=["xl", "create", "-c", "/x.cfg", "3"], boot=True, guest_uuid=U
    )
    await until(lambda: "ready" in shown(boot.session.emulator))
    hubs[holder].domains_changed({U: ("web2", 3)})
    assert (boot.uuid, boot.name) == (U, "web2")
    other = "99999999" + U[8:]
    # The new one's console is held by something that shares nothing.
    new = await hubs["two"].open(uuid=other, name="web1", domid=7, argv=["xl", "console", "3"])
    await until(lambda: new.status.startswith("held by "))
    assert not new.shared
    with pytest.raises(NotAllowedError, match="is not shared"):
        await hubs["two"].watch(other)
    with pytest.raises(NotAllowedError, match="is not shared"):
        await hubs["two"].take_over(other)
    assert not boot.ended
    renamed = await hubs["two"].open(uuid=U, name="web2", domid=3, argv=["xl", "console", "3"])
    await until(lambda: renamed.shared)
