"""Consoles on the user's terminal: what is seen, how one leaves, and that the terminal is given back."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.scenarios.test_simulated import SimulatedWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimulatedWorld]:
    """A simulated host with one running guest."""
    made = SimulatedWorld(tmp_path)
    made.run("new", made.guest("alpha"))
    made.run("start", "alpha")
    yield made
    made.close()


def modes(child: pexpect.spawn[str]) -> list[object]:
    """The terminal's modes, without the characters."""
    return termios.tcgetattr(child.child_fd)[:4]


def in_shell(world: SimulatedWorld) -> pexpect.spawn[str]:
    """A plain shell on a terminal, as an admin has, to start xentui from."""
    child: pexpect.spawn[str] = pexpect.spawn(
        "/bin/sh",
        env={**world.environment, "PS1": "READY> "},
        dimensions=(24, 80),
        timeout=60,
        encoding="utf-8",
        codec_errors="replace",
    )
    child.expect("READY> ")
    return child


def command(world: SimulatedWorld, *words: str) -> str:
    """A xentui command as typed into a shell."""
    return " ".join(world.command(*words)) + "\r"


def test_ctrl_bracket_leaves_and_the_terminal_is_as_before(world: SimulatedWorld) -> None:
    child = in_shell(world)
    before = modes(child)
    child.send(command(world, "console", "alpha"))
    child.expect("leaves the console")
    world.wake(child)
    world.type_command(child, "echo m$((40+2))k", "m42k")
    assert modes(child) != before
    child.send("\x1d")
    child.expect("it keeps running")
    child.expect("READY> ")
    assert modes(child) == before
    child.send("echo status $?\r")
    child.expect("status 0")


def test_leave_is_heard_among_other_keys(world: SimulatedWorld) -> None:
    """Pasted in one piece, as a slow line delivers it."""
    child = in_shell(world)
    child.send(command(world, "console", "alpha"))
    child.expect("leaves the console")
    world.wake(child)
    child.send("echo x\r\x1d")
    child.expect("it keeps running")
    child.expect("READY> ")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(world: SimulatedWorld, number: signal.Signals) -> None:
    child = in_shell(world)
    before = modes(child)
    child.send(f"sh -c 'echo PID $$; exec {command(world, 'console', 'alpha').strip()}'\r")
    child.expect(r"PID (\d+)")
    assert isinstance(child.match, re.Match)
    pid = int(child.match.group(1))
    child.expect("leaves the console")
    world.wake(child)
    os.kill(pid, number)
    child.expect("READY> ")
    assert modes(child) == before


def test_a_second_client_is_told_who_holds_it(world: SimulatedWorld) -> None:
    first = world.spawn("console", "alpha")
    first.expect("leaves the console")
    world.wake(first)
    second = world.spawn("console", "alpha")
    second.expect("Could not lock")
    second.expect(pexpect.EOF)
    second.close()
    assert second.exitstatus == 1
    world.leave(first)


def test_a_console_ends_with_its_guest(world: SimulatedWorld) -> None:
    child = world.spawn("console", "alpha")
    child.expect("leaves the console")
    world.wake(child)
    child.send("poweroff\r")
    child.expect("has ended")
    child.expect(pexpect.EOF)
    world.wait_state("alpha", "off")


def test_no_terminal_no_console(world: SimulatedWorld) -> None:
    said = world.run("console", "alpha", status=2)
    assert "needs a terminal" in said


def test_a_dropped_line_does_not_take_the_guests_keeper_along(world: SimulatedWorld) -> None:
    """`start -c` cut off by SIGHUP: the guest still reboots when it is told to."""
    world.run("destroy", "--yes", "alpha")
    child = world.spawn("start", "alpha", "-c")
    world.boot_to_prompt(child)
    child.kill(signal.SIGHUP)
    child.expect(pexpect.EOF)
    assert world.domain("alpha")["state"] in ("running", "blocked")
    world.run("reboot", "-w", "alpha")
    assert world.domain("alpha")["state"] in ("running", "blocked")


def test_a_boot_cut_off_by_a_hang_up_is_recorded(world: SimulatedWorld) -> None:
    """Twice, as a shell that loses its terminal does; the one-off configuration is known for one."""
    world.run("destroy", "--yes", "alpha")
    child = world.spawn("create", "/etc/xen/alpha.cfg", "memory=96", "-c")
    world.boot_to_prompt(child)
    child.kill(signal.SIGHUP)
    child.kill(signal.SIGHUP)
    child.expect(pexpect.EOF)
    child.close()
    records = json.loads(world.run("log", "--json"))
    assert records[-1]["argv"][:2] == ["xl", "create"]
    assert records[-1]["domain"] == "alpha"
    assert records[-1]["exit"] == 128 + signal.SIGHUP
    assert json.loads(world.run("show", "--json", "alpha"))["one_off"] is True


@pytest.mark.parametrize("words", [("start", "alpha"), ("create", "/etc/xen/alpha.cfg")])
def test_a_dry_run_of_a_watched_boot_prints_its_command(
    world: SimulatedWorld, words: tuple[str, str]
) -> None:
    world.run("destroy", "--yes", "alpha")
    said = world.run("--dry-run", *words, "-c")
    assert [line for line in said.splitlines() if line.startswith("xl create ")]
    assert world.domain("alpha")["state"] == "off"


def test_a_host_that_hangs_still_lets_one_leave(world: SimulatedWorld, tmp_path: Path) -> None:
    """The command behind the console does not react: the terminal comes back after three seconds."""
    from xentui.console import attach

    script = tmp_path / "hang.py"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(Path(attach.__file__).parents[2])!r})\n"
        "from xentui.console.attach import attach\n"
        "print('attached', flush=True)\n"
        "done = attach([sys.executable, '-c', 'import signal, time;"
        ' [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; print("deaf", flush=True); time.sleep(60)\'])\n'
        "print('left', done.left, flush=True)\n"
    )
    child: pexpect.spawn[str] = pexpect.spawn(sys.executable, [str(script)], timeout=60, encoding="utf-8")
    child.expect("attached")
    child.expect("deaf")
    child.send("\x1d")
    child.expect("left True")
    child.expect(pexpect.EOF)
