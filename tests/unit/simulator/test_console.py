"""Guests' consoles: boot menus, the kernel's log, a shell, one client at a time."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.recordings import console as recorded
from tests.waiting import wait_until
from xentui.simulator import Simulator, control, guest_images, sample_host
from xentui.simulator.console.server import Server

PROMPT = "/ # "
Spawn = Callable[..., "pexpect.spawn[bytes]"]


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """An empty host on the real clock, four times as fast as usual."""
    simulator = Simulator(tmp_path / "sim", domains=0)
    control.set_speed(simulator, 4.0)
    yield simulator
    control.reset(simulator, 0)


@pytest.fixture
def spawn(simulator: Simulator) -> Iterator[Spawn]:
    """Runs a command of the host on a terminal of 24 by 80."""
    children: list[pexpect.spawn[bytes]] = []

    def start(*argv: str) -> pexpect.spawn[bytes]:
        words = ["-m", "xentui.simulator", "--state", str(simulator.folder), *argv]
        children.append(pexpect.spawn(sys.executable, words, timeout=60, dimensions=(24, 80)))
        return children[-1]

    yield start
    for child in children:
        child.close(force=True)


@pytest.fixture
def direct(simulator: Simulator, tmp_path: Path) -> str:
    """A running guest named ``one``, booted from a kernel on the host."""
    path = tmp_path / "one.cfg"
    path.write_text(
        'name = "one"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\nextra = "console=hvc0"\n'
        'on_reboot = "restart"\non_crash = "preserve"\n'
    )
    assert simulator.run(("xl", "create", "-q", str(path))).exit_code == 0
    return "one"


@pytest.fixture
def pygrub(simulator: Simulator, tmp_path: Path) -> str:
    """The configuration of a guest with the menu of the recordings."""
    image = tmp_path / "guest.img"
    image.write_bytes(guest_images.image(sample_host.MENU_LST))
    path = tmp_path / "menu.cfg"
    path.write_text(f'name = "menu"\nmemory = 128\nbootloader = "pygrub"\ndisk = [\'file:{image},xvda,w\']\n')
    return str(path)


def ended(child: pexpect.spawn[bytes]) -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_pygrubs_menu_is_drawn_byte_for_byte_as_on_a_real_host(spawn: Spawn, pygrub: str) -> None:
    real = b"".join(piece.data for piece in recorded("pygrub-default"))
    begin, end = real.index(b"Using <class"), real.index(b"Will boot selected entry in  7 seconds")
    child = spawn("xl", "create", "-q", "-c", pygrub)
    child.expect_exact("Will boot selected entry in  7 seconds")
    assert child.before == real[begin:end]


def test_the_second_entry_is_chosen_with_the_arrow_key(spawn: Spawn, pygrub: str) -> None:
    child = spawn("xl", "create", "-q", "-c", pygrub)
    child.expect_exact("8 seconds")
    child.send("\x1bOB")
    child.send("\r")
    child.expect_exact(PROMPT)
    child.send("cat /proc/cmdline\r")
    child.expect_exact("single entry=rescue\r\n")
    child.send("\x1d")
    assert ended(child) == 0


def test_other_arrow_sequences_only_stop_the_countdown(
    spawn: Spawn, pygrub: str, simulator: Simulator
) -> None:
    child = spawn("xl", "create", "-q", "-c", pygrub)
    child.expect_exact("8 seconds")
    guest = simulator.state.named("menu")
    assert guest is not None
    domid = guest.domid
    assert simulator.state.waiting(domid, "menu") is not None
    child.send("\x1b[B")
    wait_until(lambda: simulator.state.waiting(domid, "menu") is None)
    guest = simulator.state.named("menu")
    assert guest is not None
    assert guest.phase == "menu"
    child.send("\r")
    child.expect_exact("entry=normal")


def test_grubs_submenu_in_a_pvh_guest(spawn: Spawn, tmp_path: Path) -> None:
    image = tmp_path / "guest.img"
    image.write_bytes(guest_images.image(sample_host.GRUB_CFG))
    path = tmp_path / "pvh.cfg"
    path.write_text(
        f'name = "pvh"\ntype = "pvh"\nmemory = 128\nkernel = "{sample_host.PVH_GRUB}"\n'
        f"disk = ['file:{image},xvda,w']\n"
    )
    child = spawn("xl", "create", "-q", "-c", str(path))
    child.expect_exact("GNU GRUB  version 2.06")
    child.expect_exact("automatically in")
    child.send("\x1b[B")
    child.expect_exact("*Advanced options")
    child.send("\r")
    child.expect_exact("*Tiny Linux (rescue)")
    child.send("\r")
    child.expect_exact("entry=grub-rescue")
    child.expect_exact(PROMPT)


def test_the_backlog_is_shown_once(spawn: Spawn, direct: str, simulator: Simulator) -> None:
    guest = simulator.state.named(direct)
    assert guest is not None
    wait_until(lambda: guest.booted < simulator.clock())
    first = spawn("xl", "console", direct)
    first.expect_exact("Linux version")
    first.expect_exact(PROMPT)
    first.send("\x1d")
    assert ended(first) == 0
    second = spawn("xl", "console", direct)
    while second.expect_exact([PROMPT, pexpect.TIMEOUT], timeout=0.5) == 1:
        second.send("\r")  # what is typed before it has the terminal is lost
    assert b"Linux version" not in (second.before or b"")


def test_one_client_at_a_time(spawn: Spawn, direct: str) -> None:
    first = spawn("xl", "console", direct)
    first.expect_exact(PROMPT)
    second = spawn("xl", "console", direct)
    second.expect_exact("xenconsole: Could not lock /var/lock/xenconsole.1: Resource temporarily unavailable")
    assert ended(second) == 11


def test_ps_tells_who_has_a_console(simulator: Simulator, spawn: Spawn, direct: str) -> None:
    columns = "pid=,ppid=,user:32=,tty=,etime=,args="
    assert simulator.run(("ps", "-e", "-o", columns)).stdout == b""
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    pid, parent, user, terminal, lasting, args = (
        simulator.run(("ps", "-e", "-o", columns)).stdout.decode().split(None, 5)
    )
    assert (int(pid), user, args) == (
        child.pid,
        "root",
        "/usr/lib/xen-4.17/bin/xenconsole 1 --num 0 --type pv\n",
    )
    assert int(parent) > 0
    assert terminal.startswith("pts/")
    assert lasting.startswith("00:")
    child.send("\x1d")
    assert ended(child) == 0
    assert simulator.run(("ps", "-C", "xenconsole", "-o", "pid=,args=")).exit_code == 1
    assert simulator.run(("ps", "aux")).exit_code == 1
    assert simulator.run(("who",)).exit_code == 0


def test_the_escape_counts_only_alone(spawn: Spawn, direct: str) -> None:
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    child.send("echo a\x1db\r")
    child.expect_exact(PROMPT)
    child.send("\x1d")
    assert ended(child) == 0


def test_lines_are_edited_and_a_flood_is_stopped(spawn: Spawn, direct: str) -> None:
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    child.send("echo wrogn\x7f\x7fng > /root/t; cat /root/t | wc\r")
    child.expect_exact("\r\n1\r\n")
    child.expect_exact(PROMPT)
    child.send("\x1b[24;5R" + "\x1b[A" + "\r")
    child.expect_exact("wc\r\n1\r\n")
    child.expect_exact(PROMPT)
    child.send("yes\r")
    child.expect_exact("y\r\ny\r\ny\r\n")
    child.send("\x03")
    child.expect_exact(f"\r\n{PROMPT}")
    child.send("nosuchcommand; seq 1 300 | tail -1\r")
    child.expect_exact("sh: nosuchcommand: not found\r\n300\r\n")


def test_poweroff_ends_the_session(spawn: Spawn, direct: str, simulator: Simulator) -> None:
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    child.send("poweroff\r")
    child.expect_exact("reboot: Power down")
    assert ended(child) == 0
    assert simulator.state.named(direct) is None


def test_a_reboot_ends_the_session_and_the_guest_comes_back(
    spawn: Spawn, direct: str, simulator: Simulator
) -> None:
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    child.send("reboot\r")
    assert ended(child) == 0
    wait_until(lambda: bool(simulator.run(("xl", "domid", direct)).stdout))
    assert simulator.run(("xl", "domid", direct)).stdout.split() == [b"2"]


def test_a_panic_is_seen_and_the_corpse_keeps_its_console(
    spawn: Spawn, direct: str, simulator: Simulator
) -> None:
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    child.send("echo c > /proc/sysrq-trigger\r")
    child.expect_exact("Kernel panic - not syncing")
    child.expect_exact("Kernel Offset: disabled")
    assert b"---sc-" in simulator.run(("xl", "list", direct)).stdout
    child.send("\x1d")
    assert ended(child) == 0


def stopped(folder: Path) -> list[int]:
    """The processes of a host that stand still."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if (
                os.fsencode(folder) in words
                and (process / "stat").read_text().rpartition(")")[2].split()[0] == "T"
            ):
                found.append(int(process.name))
    return found


def test_a_paused_guest_says_nothing(spawn: Spawn, direct: str, simulator: Simulator) -> None:
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    simulator.run(("xl", "pause", direct))
    wait_until(lambda: bool(stopped(simulator.folder)))
    child.send("echo aw''ake\r")
    assert child.expect_exact(["awake", pexpect.TIMEOUT], timeout=0.5) == 1
    simulator.run(("xl", "unpause", direct))
    child.expect_exact("awake\r\n")


_HOLDER = """
import sys, time
from pathlib import Path
from xentui.simulator.state import State
state = State(Path(sys.argv[1]))
with state.change():
    print("within", flush=True)
    time.sleep(0.5)
time.sleep(600)
"""


def test_a_guest_is_stopped_without_a_lock_of_the_hosts_state(simulator: Simulator, direct: str) -> None:
    """Whoever looks at the host would wait for it in vain, its own console's server among them."""
    guest = simulator.state.named(direct)
    assert guest is not None
    argv = [sys.executable, "-c", _HOLDER, str(simulator.state.path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"within\n"
            server = Server(simulator, guest)
            server._child = child.pid
            server._freeze()
            assert stopped(simulator.state.path) == [child.pid]
            with simulator.state.change():
                simulator.state.put("changed", True)
        finally:
            child.kill()


def test_no_process_outlives_its_domain(spawn: Spawn, direct: str, simulator: Simulator) -> None:
    child = spawn("xl", "console", direct)
    child.expect_exact(PROMPT)
    assert list((simulator.folder / "consoles").iterdir())
    control.reset(simulator, 0)
    assert ended(child) == 0
    wait_until(lambda: not list((simulator.folder / "consoles").iterdir()))


def hvm(simulator: Simulator, tmp_path: Path, extra: str = "") -> None:
    path = tmp_path / "win.cfg"
    path.write_text(f'name = "win"\ntype = "hvm"\nmemory = 128\n{extra}')
    assert simulator.run(("xl", "create", "-q", str(path))).exit_code == 0


@pytest.mark.parametrize("kind", [(), ("-t", "serial"), ("-t", "pv"), ("-n", "3")], ids=" ".join)
def test_an_hvm_guest_without_serial_port_is_silent_on_its_pv_console(
    spawn: Spawn, simulator: Simulator, tmp_path: Path, kind: tuple[str, ...]
) -> None:
    """xenconsole takes that where there is no serial/0/tty, and xl heeds no -n without -t."""
    hvm(simulator, tmp_path)
    child = spawn("xl", "console", *kind, "win")
    assert child.expect([pexpect.TIMEOUT, pexpect.EOF, "."], timeout=1.5) == 0
    child.send("\x1d")
    assert ended(child) == 0


def test_the_console_an_hvm_guest_is_created_with_is_that_of_its_type(spawn: Spawn, tmp_path: Path) -> None:
    path = tmp_path / "win.cfg"
    path.write_text('name = "win"\ntype = "hvm"\nmemory = 128\n')
    child = spawn("xl", "create", "-q", "-c", str(path))
    assert child.expect([pexpect.TIMEOUT, pexpect.EOF, "."], timeout=3.0) == 0
    child.send("\x1d")
    assert ended(child) == 0


@pytest.mark.parametrize("kind", [("-t", "pv", "-n", "1"), ("-t", "serial", "-n", "2")], ids=" ".join)
def test_a_console_that_is_not_there_is_waited_for_in_vain(
    spawn: Spawn, simulator: Simulator, tmp_path: Path, kind: tuple[str, ...]
) -> None:
    hvm(simulator, tmp_path)
    child = spawn("xl", "console", *kind, "win")
    child.expect_exact("xenconsole: Could not read tty from store: No such file or directory")
    assert ended(child) == 2


def test_a_domain_has_one_client_for_all_its_consoles(
    spawn: Spawn, simulator: Simulator, tmp_path: Path
) -> None:
    hvm(simulator, tmp_path, 'serial = "pty"\n')
    spawn("xl", "console", "-t", "pv", "win")
    wait_until(lambda: any(lock.read_bytes() for lock in (simulator.folder / "consoles").glob("*.client")))
    child = spawn("xl", "console", "win")
    child.expect_exact("xenconsole: Could not lock /var/lock/xenconsole.")
    assert ended(child) == 11
